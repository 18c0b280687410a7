//! The `query` member: words looked for in the searched columns of a resource, ignoring case. Which columns the service
//! searches, and how, is not confirmed.

use rusqlite::types::Value;

use super::filter::joined;
use super::scope::{MAIN, Scope};
use crate::http::Failure;
use crate::store::case::lower;
use crate::store::rule::quoted;
use crate::switches::{QueryNone, QueryTerms};

/// The condition that a row is found by a search text.
pub(crate) fn compile(scope: &mut Scope<'_>, text: &str) -> Result<String, Failure> {
    let searched = scope.table().visible().filter(|column| column.searched);
    let columns: Vec<String> = searched.map(|column| format!("{MAIN}.{}", quoted(&column.name))).collect();
    if columns.is_empty() {
        return Ok(match scope.switches().query_none {
            QueryNone::Empty => "0".to_owned(),
            QueryNone::Ignore => "1".to_owned(),
        });
    }
    let (terms, joint): (Vec<&str>, _) = match scope.switches().query {
        QueryTerms::AllTerms => (text.split_whitespace().collect(), " AND "),
        QueryTerms::AnyTerm => (text.split_whitespace().collect(), " OR "),
        QueryTerms::Phrase => (vec![text.trim()], " AND "),
    };
    let parts = terms.into_iter().map(|term| {
        scope.count_terms(1)?;
        let mark = scope.bind(Value::Text(lower(term)))?;
        let ways: Vec<String> =
            columns.iter().map(|column| format!("instr(text_lower({column}), {mark}) > 0")).collect();
        Ok(joined(&ways, " OR "))
    });
    Ok(joined(&parts.collect::<Result<Vec<_>, Failure>>()?, joint))
}
