//! Verifies that rows meet the conditions of their query.

mod condition;
mod evaluate;
mod select;

pub use condition::{Condition, Unjudged};

use super::filter::{Leaf, Node};
use crate::decode::{self, Decoding};
use crate::error::{Contradiction, DecodeError, Error};
use crate::fields::Fields;
use crate::model::{Json, JsonMap};
use crate::truths::Truths;
use bytes::Bytes;
pub(super) use condition::conditions;

/// What every row of an answer must meet, and under which names its columns stand there.
pub(crate) struct Verification {
    conditions: Vec<Node>,
    columns: select::Names,
}

impl Verification {
    /// Sees to it that the request asks for the columns that are needed.
    ///
    /// # Errors
    /// Why the rows cannot be checked against anything.
    pub(super) fn new(conditions: Vec<Node>, fields: &mut Fields) -> Result<Self, String> {
        if fields.get("distinct").is_some_and(|distinct| *distinct == true) {
            return Err("verified() may have to ask for further columns, and then other rows are `distinct`".to_owned());
        }
        let columns = select::select(&conditions, fields);
        Ok(Verification { conditions, columns })
    }

    /// The same for a request that chooses other columns.
    pub(crate) fn selecting(&self, fields: &mut Fields) -> Self {
        let columns = select::select(&self.conditions, fields);
        Verification { conditions: self.conditions.clone(), columns }
    }

    /// Holds the rows of an answer against the conditions.
    ///
    /// # Errors
    /// When a row contradicts one, or lacks a column that was asked for.
    pub(crate) fn check(&self, response: &http::Response<Bytes>) -> Result<(), Error> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let read = decode::rows::<JsonMap>(response.body(), Decoding::Tolerant);
        let (rows, _) = read.map_err(|error| Error::decode(error, response.clone()))?;
        rows.iter().enumerate().try_for_each(|(place, row)| self.check_row(place, row, response))
    }

    fn check_row(&self, place: usize, row: &JsonMap, response: &http::Response<Bytes>) -> Result<(), Error> {
        if let Some(column) = self.columns.missing(row) {
            let what =
                format!("$[{place}] has no {column}, which was asked for to hold the row against the conditions");
            return Err(Error::decode(DecodeError::unexpected(what), response.clone()));
        }
        let value = |path: &str| self.columns.value(row, path);
        let Some(leaf) = self.conditions.iter().find_map(|node| contradicted(node, &value)) else { return Ok(()) };
        let contradiction =
            Contradiction { column: leaf.path.clone(), operator: leaf.operator, row: place, id: self.columns.id(row) };
        Err(Error::contradicting(contradiction, response.clone()))
    }
}

/// The comparison that a row fails to meet, if it cannot have been brought by this condition.
fn contradicted<'a, 'r>(node: &'a Node, value: &impl Fn(&str) -> Option<&'r Json>) -> Option<&'a Leaf> {
    if evaluate::truths(node, value).contains(Truths::TRUE) {
        return None;
    }
    match node {
        Node::Leaf(leaf) => Some(leaf),
        Node::All(parts) => parts.iter().find_map(|part| contradicted(part, value)),
        Node::Any(parts) => parts.iter().find_map(first),
        Node::Not(inner) => first(inner),
    }
}

fn first(node: &Node) -> Option<&Leaf> {
    match node {
        Node::Leaf(leaf) => Some(leaf),
        Node::All(parts) | Node::Any(parts) => parts.iter().find_map(first),
        Node::Not(inner) => first(inner),
    }
}
