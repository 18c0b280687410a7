//! Queries as JSON, to be kept and read back. What is read is checked: it may be older than the program, or written by someone else.

mod filter;

use std::fmt;

use serde_json::json;

use super::{Model, Query, Row};
use crate::model::{Json, JsonMap};
use crate::value_class::ValueClass;

/// Members of a list request that a stored query may have, beside those that are read on their own.
const FLAGS: [&str; 5] = ["distinct", "extdata", "tags", "query", "expand"];

/// The columns of the rows of a type.
#[doc(hidden)]
#[derive(Debug)]
pub enum Selected {
    /// Those of whole records.
    All,
    /// Whatever is asked for.
    Any,
    /// These, each with its name in rows.
    These(Vec<(String, Json)>),
}

/// Why JSON is not a query for these records. It shows names of columns, operators and members, and no values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryError {
    /// The resource has no such column; a path is shown as a whole.
    Column(String),
    /// There is no such operator.
    Operator {
        /// The column that it was meant for; empty where it was to join conditions.
        column: String,
        /// The operator.
        operator: String,
    },
    /// A list request has no such member, or it cannot be kept.
    Member(String),
    /// A member is of another kind than it has to be.
    Value {
        /// The member.
        member: String,
        /// What it has to be.
        wanted: &'static str,
        /// What it is.
        found: ValueClass,
    },
    /// It is a query for another resource; null where it says none.
    Resource {
        /// The resource of the type.
        wanted: &'static str,
        /// The resource of the query.
        found: Option<String>,
    },
    /// It selects other columns than rows of the type have.
    Selection,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueryError::Column(path) => write!(f, "there is no column `{path}`"),
            QueryError::Operator { column, operator } if column.is_empty() => {
                write!(f, "there is no operator `{operator}`")
            }
            QueryError::Operator { column, operator } => {
                write!(f, "there is no operator `{operator}` (column `{column}`)")
            }
            QueryError::Member(name) => write!(f, "a stored query has no member `{name}`"),
            QueryError::Value { member, wanted, found } => write!(f, "`{member}` is {found} and has to be {wanted}"),
            QueryError::Resource { wanted, found: Some(found) } => {
                write!(f, "it is a query for `{found}`, and not for `{wanted}`")
            }
            QueryError::Resource { wanted, found: None } => {
                write!(f, "it does not say that it is a query for `{wanted}`")
            }
            QueryError::Selection => f.write_str("it selects other columns than rows of this type have"),
        }
    }
}

impl std::error::Error for QueryError {}

fn value(member: &str, wanted: &'static str, found: &Json) -> QueryError {
    QueryError::Value { member: member.to_owned(), wanted, found: ValueClass::of(found) }
}

impl<E: Model, P> Query<E, P> {
    /// The query as JSON, to be stored: the resource, the request, and whether its rows are [verified](Query::verified).
    ///
    /// ```
    /// # use zeyos_core as zeyos;
    /// # use zeyos_core::query::{Column, Columns, Model};
    /// # use zeyos_core::Query;
    /// # #[derive(Debug, serde::Deserialize)]
    /// # struct Ticket {}
    /// # impl Model for Ticket {
    /// #     const RESOURCE: &'static str = "tickets";
    /// #     const COLUMNS: &'static Columns = &Columns { whole: &["ID"], text: &["name"], ..Columns::NONE };
    /// # }
    /// # const NAME: Column<Ticket, String> = Column::new("name");
    /// let kept = Query::<Ticket>::new().filter(NAME.eq("Seal")).to_json();
    /// let query = Query::<Ticket>::from_json(&kept)?;
    /// assert_eq!(query.to_json(), kept);
    ///
    /// let stale = serde_json::json!({"resource": "tickets", "request": {"filters": {"title": "Seal"}}});
    /// assert_eq!(Query::<Ticket>::from_json(&stale).unwrap_err().to_string(), "there is no column `title`");
    /// # Ok::<(), zeyos::query::QueryError>(())
    /// ```
    pub fn to_json(&self) -> Json {
        let request: JsonMap = self.members().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let mut stored = json!({"resource": E::RESOURCE, "request": request});
        if let Some(columns) = self.order() {
            stored["columns"] = columns.into();
        }
        if self.is_verified() {
            stored["verified"] = true.into();
        }
        stored
    }
}

impl<E: Model, P: Row<E>> Query<E, P> {
    /// A stored query. Its columns, joined ones too, operators and members are checked.
    ///
    /// # Errors
    /// The first thing that is not known here.
    pub fn from_json(stored: &Json) -> Result<Self, QueryError> {
        let members = stored.as_object().ok_or_else(|| value("query", "an object", stored))?;
        let is_known = |name: &&String| ["resource", "request", "columns", "verified"].contains(&name.as_str());
        if let Some(unknown) = members.keys().find(|name| !is_known(name)) {
            return Err(QueryError::Member(unknown.clone()));
        }
        let resource = members.get("resource").and_then(Json::as_str);
        if resource != Some(E::RESOURCE) {
            return Err(QueryError::Resource { wanted: E::RESOURCE, found: resource.map(str::to_owned) });
        }
        let request = members.get("request").unwrap_or(&Json::Null);
        let request = request.as_object().ok_or_else(|| value("request", "an object", request))?;
        let fields = request.get("fields");
        let order = members.get("columns").map_or_else(|| Ok(Vec::new()), |columns| order(columns, fields))?;
        let mut query = selection::<E, P>(fields, &order)?;
        for (name, member) in request.iter().filter(|(name, _)| *name != "fields") {
            query = with::<E, P>(query, name, member)?;
        }
        match members.get("verified") {
            None | Some(Json::Bool(false)) => Ok(query),
            Some(Json::Bool(true)) => Ok(query.verified()),
            Some(other) => Err(value("verified", "true or false", other)),
        }
    }
}

/// The order of columns: names of `fields`, each once.
fn order<'m>(columns: &'m Json, fields: Option<&Json>) -> Result<Vec<&'m str>, QueryError> {
    let names = texts("columns", columns)?;
    let is_one = |name: &str| fields.and_then(Json::as_object).is_some_and(|fields| fields.contains_key(name));
    let is_first = |(index, name): (usize, &&str)| !names[..index].contains(name) && is_one(name);
    if names.iter().enumerate().all(is_first) {
        Ok(names)
    } else {
        Err(value("columns", "names of `fields`, each once", columns))
    }
}

fn with<E: Model, P>(query: Query<E, P>, name: &str, member: &Json) -> Result<Query<E, P>, QueryError> {
    match name {
        "filters" => Ok(query.filter_node(filter::read(member, E::COLUMNS)?.sent())),
        "sort" => {
            for key in texts(name, member)? {
                known::<E>(key.strip_prefix(['+', '-']).unwrap_or(key))?;
            }
            Ok(query.plain("sort", member.clone()))
        }
        "limit" => {
            let rows = member.as_u64().and_then(|rows| u32::try_from(rows).ok());
            rows.map(|rows| query.limit(rows)).ok_or_else(|| value(name, "a number of rows", member))
        }
        "offset" => {
            member.as_u64().map(|rows| query.offset(rows)).ok_or_else(|| value(name, "a number of rows", member))
        }
        _ => {
            let known_name = FLAGS.iter().find(|known| **known == name);
            let known_name = known_name.ok_or_else(|| QueryError::Member(name.to_owned()))?;
            flag::<E>(name, member)?;
            Ok(query.plain(known_name, member.clone()))
        }
    }
}

/// Whether a member that is not a condition is what it has to be.
fn flag<E: Model>(name: &str, member: &Json) -> Result<(), QueryError> {
    match name {
        "expand" => texts(name, member)?.into_iter().try_for_each(known::<E>),
        "query" if !member.is_string() => Err(value(name, "a text", member)),
        "query" => Ok(()),
        _ if member.is_boolean() || member.as_u64().is_some_and(|flag| flag <= 1) => Ok(()),
        _ => Err(value(name, "yes or no", member)),
    }
}

fn texts<'m>(name: &str, member: &'m Json) -> Result<Vec<&'m str>, QueryError> {
    let list = member.as_array().ok_or_else(|| value(name, "a list of texts", member))?;
    list.iter().map(|text| text.as_str().ok_or_else(|| value(name, "a list of texts", text))).collect()
}

fn known<E: Model>(path: &str) -> Result<(), QueryError> {
    E::COLUMNS.comparison(path).map(|_| ()).ok_or_else(|| QueryError::Column(path.to_owned()))
}

/// A query with the columns of its rows.
fn selection<E: Model, P: Row<E>>(fields: Option<&Json>, order: &[&str]) -> Result<Query<E, P>, QueryError> {
    match (P::selected(), fields) {
        (Selected::All, None) | (Selected::Any, None) => Ok(Query::new().retyped()),
        (Selected::All, Some(_)) | (Selected::These(_), None) => Err(QueryError::Selection),
        (Selected::These(columns), Some(fields)) => {
            let same: JsonMap = columns.iter().cloned().collect();
            if *fields == Json::Object(same) { Ok(Query::new().selecting(columns)) } else { Err(QueryError::Selection) }
        }
        (Selected::Any, Some(Json::Array(paths))) => {
            let paths =
                texts("fields", &Json::Array(paths.clone()))?.into_iter().map(str::to_owned).collect::<Vec<_>>();
            paths.iter().try_for_each(|path| known::<E>(path))?;
            Ok(Query::new().plain("fields", paths.into()).retyped())
        }
        (Selected::Any, Some(Json::Object(aliases))) => {
            let mut columns = Vec::new();
            let named = order.iter().filter_map(|name| aliases.get_key_value(*name));
            let others = aliases.iter().filter(|(name, _)| !order.contains(&name.as_str()));
            for (name, path) in named.chain(others) {
                known::<E>(path.as_str().ok_or_else(|| value("fields", "paths by name", path))?)?;
                columns.push((name.clone(), path.clone()));
            }
            Ok(Query::new().selecting(columns))
        }
        (Selected::Any, Some(other)) => Err(value("fields", "paths or paths by name", other)),
    }
}

#[cfg(test)]
mod tests;
