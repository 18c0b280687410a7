//! Puts the parts of a list request together into one statement.

use rusqlite::types::Value;

use super::ask::Ask;
use super::filter::{self, ForeignKeys, joined};
use super::nest::Nest;
use super::scope::{MAIN, Place, Scope, no_user_extdata};
use super::search;
use crate::access::Sight;
use crate::http::{Failure, Published};
use crate::rows::extras::extdata_sql;
use crate::rows::show::Show;
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
        ask: &Ask,
        sight: Option<Sight>,
    ) -> Result<Self, Failure> {
        let mut scope = Scope::new(schema, switches, resource.name, resource.table).seen_by(sight);
        let outputs = outputs(&mut scope, resource, ask)?;
        let visible = sight.and_then(|sight| sight.condition(resource.table, MAIN));
        let mut conditions: Vec<String> = visible.into_iter().collect();
        conditions.extend(filters(&mut scope, ask)?);
        let order = if ask.count { None } else { Some(order(&mut scope, ask, &outputs)?) };
        let mut selected: Vec<&str> = outputs.iter().map(|output| output.sql.as_str()).collect();
        let customs = extdata_sql(resource.name, MAIN, switches.extdata_values);
        if outputs.iter().any(|output| output.custom.is_some()) {
            selected.push(&customs);
        }
        let distinct = if ask.distinct { "DISTINCT " } else { "" };
        let mut sql = format!("SELECT {distinct}{} FROM {}", selected.join(", "), scope.from());
        if !conditions.is_empty() {
            sql += &format!(" WHERE {}", joined(&conditions, " AND "));
        }
        if let Some(order) = order {
            sql += &format!(" ORDER BY {order}");
        }
        if !ask.count {
            let limit = scope.bind(Value::Integer(ask.limit.unwrap_or(-1)))?;
            let offset = scope.bind(Value::Integer(ask.offset))?;
            sql += &format!(" LIMIT {limit} OFFSET {offset}");
        }
        let nest = (switches.dotted == Dotted::Nested).then(|| Nest::of(&ask.fields, &outputs));
        Ok(Self { sql, params: scope.into_params(), layout: Layout::new(outputs), nest })
    }
}

fn outputs(scope: &mut Scope<'_>, resource: &Resource, ask: &Ask) -> Result<Vec<Output>, Failure> {
    let plain = ask.export || ask.count;
    for path in &ask.expand {
        scope.resolve(path, Published::Field)?;
    }
    let expand: &[String] = if plain { &[] } else { &ask.expand };
    let mut outputs = Vec::new();
    for (key, path) in &ask.fields {
        outputs.push(output(scope, (key, path), expand.contains(path), ask.distinct)?);
    }
    if ask.fields.is_empty() {
        outputs = columns(resource.table, MAIN, expand, scope.switches());
    }
    if ask.extdata && resource.name == "users" && !scope.switches().user_extdata {
        return Err(no_user_extdata());
    }
    if ask.extdata && resource.table.has_extdata() && scope.switches().list_extdata {
        outputs.push(Output::extdata(resource.name, MAIN, scope.switches()));
    }
    if ask.tags && resource.table.has_tags() {
        outputs.push(Output::tags(resource.name, MAIN));
    }
    Ok(outputs)
}

fn output(scope: &mut Scope<'_>, (key, path): (&str, &str), expand: bool, distinct: bool) -> Result<Output, Failure> {
    let place = scope.resolve(path, Published::SelectionField)?;
    let underscore = matches!(place, Place::Extdata { .. }) && scope.switches().extdata_keys == ExtdataKeys::Underscore;
    let key = if underscore && key == path { path.replace('.', "_") } else { key.to_owned() };
    let mut output = match place {
        Place::Column { column, alias, .. } => Output::column(column, &alias, expand),
        // Rows that must differ are compared by the database, so there each one is a column.
        Place::Extdata { name } if distinct => match scope.switches().extdata_values {
            ExtdataValues::Text => Output::of_custom(scope.extdata(&name, "text")?, Show::Plain),
            ExtdataValues::Json => Output::of_custom(scope.extdata(&name, "json")?, Show::Json),
        },
        Place::Extdata { name } => Output { custom: Some(name), ..Output::of_custom("NULL".to_owned(), Show::Plain) },
    };
    output.key = key;
    Ok(output)
}

fn filters(scope: &mut Scope<'_>, ask: &Ask) -> Result<Vec<String>, Failure> {
    let mut conditions = Vec::new();
    if let Some(filter) = &ask.filter {
        let keys = match scope.switches().filter_fk {
            FilterFk::Honour => ForeignKeys::Honoured,
            FilterFk::Ignore => ForeignKeys::Dropped,
        };
        conditions.push(filter::compile(scope, filter, keys)?);
    }
    if let Some(filters) = &ask.filters {
        conditions.push(filter::compile(scope, filters, ForeignKeys::Honoured)?);
    }
    if let Some(query) = &ask.query {
        conditions.push(search::compile(scope, query)?);
    }
    Ok(conditions)
}

/// The order of the rows: by what is asked for, then by ID, or by all that is selected where equal rows fall together.
fn order(scope: &mut Scope<'_>, ask: &Ask, outputs: &[Output]) -> Result<String, Failure> {
    let nulls = scope.switches().nulls;
    let mut parts = Vec::new();
    for (path, down) in &ask.sort {
        let place = scope.resolve(path, Published::Field)?;
        if ask.distinct && !ask.fields.is_empty() && !ask.fields.iter().any(|(_, field)| field == path) {
            return Err(Failure::bad_request("distinct rows can only be sorted by what fields names"));
        }
        let collation = scope.collation(&place);
        let sql = match ask.fields.iter().position(|(_, field)| field == path) {
            // With distinct the expression must be the selected one, parameters included.
            Some(index) if ask.distinct => (index + 1).to_string(),
            _ => scope.sql(&place)?,
        };
        parts.push(format!("{sql}{collation} {}", direction(*down, nulls)));
    }
    match (scope.switches().default_order, ask.distinct) {
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
