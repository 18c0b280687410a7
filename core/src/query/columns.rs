//! What is known of the columns of a resource while a program runs: queries that were stored are checked against it.

use std::fmt;

use super::Record;
use super::value::Comparison;

/// What is known of a column. Emitted code makes it.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct About {
    pub name: &'static str,
    pub comparison: Comparison,
    /// The columns of the resource that it leads to.
    joined: Option<fn() -> &'static [About]>,
    /// A time without an index: a window over it can take a server too long.
    pub is_unindexed: bool,
}

impl About {
    const fn new(name: &'static str, comparison: Comparison) -> Self {
        About { name, comparison, joined: None, is_unindexed: false }
    }

    /// Whole numbers, times, enums of numbers.
    pub const fn whole(name: &'static str) -> Self {
        About::new(name, Comparison::Whole)
    }

    /// Texts and enums of texts.
    pub const fn text(name: &'static str) -> Self {
        About::new(name, Comparison::Text)
    }

    /// Numbers with a fraction.
    pub const fn float(name: &'static str) -> Self {
        About::new(name, Comparison::Float)
    }

    /// JSON, files and secrets.
    pub const fn structured(name: &'static str) -> Self {
        About::new(name, Comparison::Structured)
    }

    /// A time without an index.
    pub const fn slow(name: &'static str) -> Self {
        About { is_unindexed: true, ..About::whole(name) }
    }

    /// A foreign key to records of this type.
    pub const fn key<E: Record>(name: &'static str) -> Self {
        About { joined: Some(columns::<E>), ..About::whole(name) }
    }

    /// The column at the end of a path that begins among these.
    pub(super) fn find(columns: &'static [About], path: &str) -> Option<About> {
        match path.split_once('.') {
            // Custom fields are columns; what holds them is none.
            None => columns.iter().find(|column| column.name == path && path != "extdata").copied(),
            Some(("extdata", _)) => columns.iter().find(|column| column.name == "extdata").copied(),
            Some((head, rest)) => {
                let key = columns.iter().find(|column| column.name == head)?;
                About::find(key.joined?(), rest)
            }
        }
    }
}

/// Records can lead to each other in circles, so the columns of the next one are looked up when they are needed.
fn columns<E: Record>() -> &'static [About] {
    E::COLUMNS
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
