//! Records by the value of a column that their makers have chosen.

use zeyos_core::{Column, Error, Fields, Filter, Json, Query, Stored};

use super::members;
use crate::Client;

/// A column and the value that a record has there.
#[derive(Clone)]
pub(crate) struct MatchKey {
    pub column: String,
    pub value: Json,
}

impl MatchKey {
    /// The key of what is to be written.
    ///
    /// # Errors
    /// Why it can be none: it is not set, or nothing that one can look for.
    pub(crate) fn of<T: Stored>(column: &str, fields: &Fields) -> Result<Self, Error> {
        let resource = T::RESOURCE;
        let reason = match fields.get(column) {
            _ if column.contains('.') => "a column of another resource",
            None => "not set",
            Some(Json::Null) => "null",
            Some(Json::String(text)) if text.is_empty() => "empty",
            Some(Json::Array(_) | Json::Object(_)) => "no plain value",
            Some(value) => return Ok(MatchKey { column: column.to_owned(), value: value.clone() }),
        };
        Err(Error::request(format!("{resource} are looked for by {column}, which is {reason}")))
    }
}

/// The path of a column without its types.
pub(crate) fn path<T, V, K>(column: Column<T, V, K>) -> String {
    column.path()
}

/// Up to two records with this key, by their ids.
///
/// # Errors
/// When the list cannot be had, or a record in it has another value there: then the server has not heeded the filter.
pub(crate) async fn find<T: Stored>(client: &Client, key: &MatchKey) -> Result<Vec<T>, Error> {
    let filter = Filter::raw(key.column.clone(), "=", key.value.clone());
    let found = T::list(client, Query::<T>::new().filter(filter).sort(T::ID.asc()).limit(2)).await?.into_inner();
    for record in &found {
        if members(record)?.get(&key.column) != Some(&key.value) {
            let (column, id) = (&key.column, record.id());
            return Err(Error::request(format!(
                "the record {id} was found by {column} and has another value there: the server has not heeded the filter"
            )));
        }
    }
    Ok(found)
}
