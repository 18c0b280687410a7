//! How a list goes on over several answers.

use super::Type;

/// What `x-pages` says of an operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pages {
    pub kind: PagesKind,
    /// Where the elements stand in an answer.
    pub items: String,
    /// What an element is.
    pub item: Type,
    pub moves: Option<PageInput>,
    pub size: Option<PageInput>,
    /// Further places in the answer, by the name of what they set.
    pub places: Vec<(&'static str, String)>,
    /// The number of the first page.
    pub first: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PagesKind {
    Cursor,
    Offset,
    Page,
    NextLink,
}

impl PagesKind {
    pub(crate) const ALL: [(&'static str, PagesKind); 4] = [
        ("cursor", PagesKind::Cursor),
        ("offset", PagesKind::Offset),
        ("page", PagesKind::Page),
        ("link", PagesKind::NextLink),
    ];

    /// The name of the variant.
    pub(crate) fn word(self) -> &'static str {
        match self {
            PagesKind::Cursor => "Cursor",
            PagesKind::Offset => "Offset",
            PagesKind::Page => "Page",
            PagesKind::NextLink => "NextLink",
        }
    }
}

/// A part of the request that asks for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageInput {
    Query(String),
    Body(String),
}
