//! A row that is none of those that were asked for.

use std::error::Error as StdError;
use std::fmt;

/// A row that contradicts a condition of the [verified](crate::Query::verified) query that brought it: the server has not heeded
/// the filter. No value is kept, of the row or of the condition.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contradiction {
    /// The path of the column whose condition the row does not meet; where several conditions are tied by "or", the first of them.
    pub column: String,
    /// The operator of that condition, as the server spells it.
    pub operator: &'static str,
    /// The place of the row on its page; the first is 0.
    pub row: usize,
    /// The `ID` of the row, if it has one.
    pub id: Option<i64>,
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Contradiction { column, operator, row, id } = self;
        write!(f, "$[{row}]")?;
        if let Some(id) = id {
            write!(f, " (ID {id})")?;
        }
        write!(f, " contradicts the condition `{operator}` on {column}: the server has not heeded the filter")
    }
}

impl StdError for Contradiction {}
