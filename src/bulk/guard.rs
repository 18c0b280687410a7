//! Which queries may say what is written, and whether a record still is one of those that a query means.

use zeyos_core::query::Unjudged;
use zeyos_core::{Editable, Error, Id, Query, Versioned};

use crate::Client;

/// How often a record is looked at anew that changes while it is looked at.
const LOOKS: u32 = 5;

/// What the caller has allowed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Allowed {
    pub unverified: bool,
    pub all_rows: bool,
}

/// The query, verified as far as it can be.
///
/// # Errors
/// Why it must not say what is written.
pub(super) fn guarded<T: Editable>(query: Query<T>, allowed: Allowed) -> Result<Query<T>, Error> {
    let conditions = query.conditions();
    let is_one_of = |reason| conditions.iter().any(|condition| condition.unjudged == Some(reason));
    let says_little = |unjudged| matches!(unjudged, Some(Unjudged::Null | Unjudged::EveryText));
    let members = ["sort", "offset", "distinct", "expand", "extdata", "tags"];
    if let Some(member) = members.into_iter().find(|member| query.has_member(member)) {
        return Err(refused(format!("its `{member}` has no place here: rows go by ID, each as it is stored")));
    }
    if conditions.is_empty() {
        return if allowed.all_rows {
            Ok(query)
        } else {
            Err(refused("it is true for every row; say .all_rows() if that is meant".to_owned()))
        };
    }
    // Wherever it stands: beside an "or" it alone brings every row.
    if is_one_of(Unjudged::EveryText) && !allowed.all_rows {
        return Err(refused(
            "every text meets one of its patterns, as of an empty search term; say .all_rows() if that is meant"
                .to_owned(),
        ));
    }
    if is_one_of(Unjudged::Null) && conditions.iter().all(|condition| says_little(condition.unjudged)) {
        return Err(refused(
            "its only condition is a test for null, which is unconfirmed: a server that does not know it writes every row".to_owned(),
        ));
    }
    let unjudged = conditions.iter().find_map(|condition| Some((&condition.column, condition.unjudged?)));
    match unjudged {
        Some((column, reason)) if !allowed.unverified => Err(refused(format!(
            "rows cannot be checked against its condition on {column}: {reason}; say .unverified() to trust the server"
        ))),
        _ => Ok(query.verified()),
    }
}

fn refused(reason: String) -> Error {
    Error::request(format!("this query must not say what is written: {reason}"))
}

/// A record with its entity tag, if it still is as the query has brought it, or is brought by it anew.
///
/// # Errors
/// When it cannot be read, or never is the same twice.
pub(super) async fn current<T: Editable>(
    client: &Client,
    query: &Query<T>,
    mut listed: T,
) -> Result<Option<Versioned<T>>, Error> {
    let id = listed.id();
    for _ in 0..LOOKS {
        match T::get(client, id).versioned().await {
            Ok(version) if version.value == listed => return Ok(Some(version.into_inner())),
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        }
        match again(client, query, id).await? {
            Some(row) => listed = row,
            None => return Ok(None),
        }
    }
    let resource = T::RESOURCE;
    Err(Error::request(format!(
        "{resource} {id} does not look the same in a list and by itself, or changes all the time"
    )))
}

/// The record, if the query still brings it.
pub(super) async fn again<T: Editable>(client: &Client, query: &Query<T>, id: Id<T>) -> Result<Option<T>, Error> {
    let query = query.clone().filter(T::ID.eq(id)).limit(1);
    let mut rows = T::list(client, query).await?.into_inner();
    Ok(rows.pop().filter(|row| row.id() == id))
}
