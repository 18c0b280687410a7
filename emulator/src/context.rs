//! What every handler is given: the request, and what it works on.

use rusqlite::Connection;

use crate::http::Request;
use crate::rows::RowStatements;
use crate::schema::Schema;
use crate::switches::Switches;

/// One request at work: inside its transaction, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    pub instance: &'a str,
    pub schema: &'static Schema,
    pub row_statements: &'a RowStatements,
    pub switches: &'a Switches,
    pub request: &'a Request,
    pub db: &'a Connection,
    /// The moment of the request in Unix seconds.
    pub now: i64,
}

impl RequestContext<'_> {
    /// The switches as they stood when the request came.
    pub(crate) fn switches(&self) -> &Switches {
        self.switches
    }
}
