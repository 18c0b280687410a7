//! A place in a list, as text that outlives the program.

use std::fmt;
use std::str::FromStr;

/// A place in a list, to [go on](super::RowStream::resume) from later, in another process too. It is the number of a row or how many rows
/// were before, and no part of a row.
///
/// As text (`Display`, `FromStr`) it is `start`, `after ID 311` or `offset 2000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListCursor(pub(super) Place);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Start,
    /// After the row with this `ID`.
    Key(i64),
    /// After so many rows.
    Offset(u64),
}

/// Before the first row.
impl Default for ListCursor {
    fn default() -> Self {
        ListCursor(Place::Start)
    }
}

const KEY: &str = "after ID ";
const OFFSET: &str = "offset ";

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Place::Start => f.write_str("start"),
            Place::Key(id) => write!(f, "{KEY}{id}"),
            Place::Offset(rows) => write!(f, "{OFFSET}{rows}"),
        }
    }
}

/// A text that is not a place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCursorError;

impl fmt::Display for ParseCursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a place in a list is `start`, `{KEY}311` or `{OFFSET}2000`")
    }
}

impl std::error::Error for ParseCursorError {}

impl FromStr for ListCursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        let place = if let Some(id) = text.strip_prefix(KEY) {
            id.parse().ok().map(Place::Key)
        } else if let Some(rows) = text.strip_prefix(OFFSET) {
            rows.parse().ok().map(Place::Offset)
        } else {
            (text == "start").then_some(Place::Start)
        };
        place.map(ListCursor).ok_or(ParseCursorError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_outlives_the_program_as_text() {
        for place in [Place::Start, Place::Key(-3), Place::Key(i64::MAX), Place::Offset(u64::MAX)] {
            let cursor = ListCursor(place);
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in ["", "begin", "after ID ", "after ID x", "offset -1", "offset 1 ", "after ID 99999999999999999999"]
        {
            assert_eq!(text.parse::<ListCursor>(), Err(ParseCursorError), "{text}");
        }
    }
}
