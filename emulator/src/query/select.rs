//! Puts the parts of a list request together into one statement.

use rusqlite::types::Value;

use super::filter::{self, ForeignKeys, joined};
use super::list_request::ListRequest;
use super::nest::Nest;
use super::scope::{MAIN, PathTarget, Scope, no_user_extdata};
use super::search;
use crate::access::RowFilter;
use crate::http::{Failure, Published};
use crate::rows::extras::extdata_sql;
use crate::rows::render::Rendering;
use crate::rows::{Layout, Output, columns};
use crate::schema::Resource;
use crate::schema::Schema;
use crate::switches::{DefaultOrder, Dotted, ExtdataKeys, ExtdataValues, FilterFk, Nulls, Switches};

/// A statement with what it needs and what its rows mean.
#[derive(Debug)]
pub(crate) struct Select {
    pub sql: String,
    pub params: Vec<Value>,
    pub layout: Layout,
    /// The form of a row whose dotted keys are objects in objects; none if they are flat.
    pub nest: Option<Nest>,
}

impl Select {
    /// Compiles a list request, for what the caller sees.
    pub(super) fn compile(
        schema: &'static Schema,
        switches: &Switches,
        resource: &Resource,
        list: &ListRequest,
        row_filter: Option<RowFilter>,
    ) -> Result<Self, Failure> {
        let mut scope = Scope::new(schema, switches, resource.name, resource.table).seen_by(row_filter);
        let outputs = outputs(&mut scope, resource, list)?;
        let visible = row_filter.and_then(|row_filter| row_filter.condition(resource.table, MAIN));
        let mut conditions: Vec<String> = visible.into_iter().collect();
        conditions.extend(filters(&mut scope, list)?);
        let order = if list.count { None } else { Some(order(&mut scope, list, &outputs)?) };
        let mut selected: Vec<&str> = outputs.iter().map(|output| output.sql.as_str()).collect();
        let customs = extdata_sql(resource.name, MAIN, switches.extdata_values);
        if outputs.iter().any(|output| output.custom.is_some()) {
            selected.push(&customs);
        }
        let distinct = if list.distinct { "DISTINCT " } else { "" };
        let mut sql = format!("SELECT {distinct}{} FROM {}", selected.join(", "), scope.from());
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", joined(&conditions, " AND "));
        }
        if let Some(order) = order {
            sql += &format!(" ORDER BY {order}");
        }
        if !list.count {
            let limit = scope.bind(Value::Integer(list.limit.unwrap_or(-1)))?;
            let offset = scope.bind(Value::Integer(list.offset))?;
            sql += &format!(" LIMIT {limit} OFFSET {offset}");
        }
        let nest = (switches.dotted == Dotted::Nested).then(|| Nest::of(&list.fields, &outputs));
        Ok(Self { sql, params: scope.into_params(), layout: Layout::new(outputs), nest })
    }
}

fn outputs(scope: &mut Scope<'_>, resource: &Resource, list: &ListRequest) -> Result<Vec<Output>, Failure> {
    let plain = list.export || list.count;
    for path in &list.expand {
        scope.resolve(path, Published::Field)?;
    }
    let expand: &[String] = if plain { &[] } else { &list.expand };
    let mut outputs = Vec::new();
    for (key, path) in &list.fields {
        outputs.push(output(scope, (key, path), expand.contains(path), list.distinct)?);
    }
    if list.fields.is_empty() {
        outputs = columns(resource.table, MAIN, expand, scope.switches());
    }
    if list.extdata && resource.name == "users" && !scope.switches().user_extdata {
        return Err(no_user_extdata());
    }
    if list.extdata && resource.table.has_extdata() && scope.switches().list_extdata {
        outputs.push(Output::extdata(resource.name, MAIN, scope.switches()));
    }
    if list.tags && resource.table.has_tags() {
        outputs.push(Output::tags(resource.name, MAIN));
    }
    Ok(outputs)
}

fn output(scope: &mut Scope<'_>, (key, path): (&str, &str), expand: bool, distinct: bool) -> Result<Output, Failure> {
    let place = scope.resolve(path, Published::SelectionField)?;
    let underscore =
        matches!(place, PathTarget::Extdata { .. }) && scope.switches().extdata_keys == ExtdataKeys::Underscore;
    let key = if underscore && key == path { path.replace('.', "_") } else { key.to_owned() };
    let mut output = match place {
        PathTarget::Column { column, alias, .. } => Output::column(column, &alias, expand),
        // Rows that must differ are compared by the database, so there each one is a column.
        PathTarget::Extdata { name } if distinct => match scope.switches().extdata_values {
            ExtdataValues::Text => Output::of_custom(scope.extdata(&name, "text")?, Rendering::Plain),
            ExtdataValues::Json => Output::of_custom(scope.extdata(&name, "json")?, Rendering::Json),
        },
        PathTarget::Extdata { name } => {
            Output { custom: Some(name), ..Output::of_custom("NULL".to_owned(), Rendering::Plain) }
        }
    };
    output.key = key;
    Ok(output)
}

fn filters(scope: &mut Scope<'_>, list: &ListRequest) -> Result<Vec<String>, Failure> {
    let mut conditions = Vec::new();
    if let Some(filter) = &list.filter {
        let keys = match scope.switches().filter_fk {
            FilterFk::Honour => ForeignKeys::Honoured,
            FilterFk::Ignore => ForeignKeys::Dropped,
        };
        conditions.push(filter::compile(scope, filter, keys)?);
    }
    if let Some(filters) = &list.filters {
        conditions.push(filter::compile(scope, filters, ForeignKeys::Honoured)?);
    }
    if let Some(query) = &list.query {
        conditions.push(search::compile(scope, query)?);
    }
    Ok(conditions)
}

/// The order of the rows: by what is asked for, then by ID, or by all that is selected where equal rows fall together.
fn order(scope: &mut Scope<'_>, list: &ListRequest, outputs: &[Output]) -> Result<String, Failure> {
    let nulls = scope.switches().nulls;
    let mut parts = Vec::new();
    for (path, down) in &list.sort {
        let place = scope.resolve(path, Published::Field)?;
        if list.distinct && !list.fields.is_empty() && !list.fields.iter().any(|(_, field)| field == path) {
            return Err(Failure::bad_request("distinct rows can only be sorted by what fields names"));
        }
        let collation = scope.collation(&place);
        let sql = match list.fields.iter().position(|(_, field)| field == path) {
            // With distinct the expression must be the selected one, parameters included.
            Some(index) if list.distinct => (index + 1).to_string(),
            _ => scope.sql(&place)?,
        };
        parts.push(format!("{sql}{collation} {}", direction(*down, nulls)));
    }
    match (scope.switches().default_order, list.distinct) {
        (DefaultOrder::Random, _) => parts.push("random()".to_owned()),
        (DefaultOrder::Id, false) => parts.push(format!("{MAIN}.\"ID\"")),
        (DefaultOrder::Id, true) => {
            parts.extend((1..=outputs.len()).map(|index| format!("{index} {}", direction(false, nulls))));
        }
    }
    Ok(parts.join(", "))
}

fn direction(down: bool, nulls: Nulls) -> &'static str {
    match (down, nulls) {
        (false, Nulls::Postgres) => "ASC NULLS LAST",
        (true, Nulls::Postgres) => "DESC NULLS FIRST",
        (false, Nulls::Sqlite) => "ASC NULLS FIRST",
        (true, Nulls::Sqlite) => "DESC NULLS LAST",
    }
}
