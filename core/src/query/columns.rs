//! What is known of the columns of a resource while a program runs: queries that were stored are checked against it.

use super::Model;
use super::value::Comparison;

/// Finds the columns of a record when they are needed.
type Lookup = fn() -> &'static Columns;

/// The columns of a resource by what a comparison with them means. Emitted code makes it; lists of names cost its build less than a value
/// a column.
#[doc(hidden)]
#[derive(Debug)]
pub struct Columns {
    /// Whole numbers, times, enums of numbers.
    pub whole: &'static [&'static str],
    /// Texts and enums of texts.
    pub text: &'static [&'static str],
    /// Numbers with a fraction.
    pub float: &'static [&'static str],
    /// JSON, files and secrets.
    pub structured: &'static [&'static str],
    /// Times without an index: a window over one can take a server too long.
    pub unindexed: &'static [&'static str],
    /// Foreign keys, and the columns of the records that they lead to.
    pub keys: &'static [(&'static str, Lookup)],
}

impl Columns {
    /// No column.
    pub const NONE: Columns = Columns { whole: &[], text: &[], float: &[], structured: &[], unindexed: &[], keys: &[] };

    /// The columns of these records, which can lead to each other in circles: they are looked up when they are needed.
    pub fn of<E: Model>() -> &'static Columns {
        E::COLUMNS
    }

    /// What a comparison with the column at the end of a path means. The path begins among these.
    pub(super) fn comparison(&self, path: &str) -> Option<Comparison> {
        match path.split_once('.') {
            // Custom fields are columns; what holds them is none.
            None if path == "extdata" => None,
            None => self.own(path),
            Some(("extdata", _)) => self.own("extdata"),
            Some((head, rest)) => {
                let (_, joined) = self.keys.iter().find(|(name, _)| *name == head)?;
                joined().comparison(rest)
            }
        }
    }

    fn own(&self, name: &str) -> Option<Comparison> {
        let kinds = [
            (self.whole, Comparison::Whole),
            (self.unindexed, Comparison::Whole),
            (self.text, Comparison::Text),
            (self.float, Comparison::Float),
            (self.structured, Comparison::Structured),
        ];
        let kind = kinds.iter().find(|(names, _)| names.contains(&name)).map(|(_, kind)| *kind);
        kind.or_else(|| self.keys.iter().any(|(key, _)| *key == name).then_some(Comparison::Whole))
    }
}
