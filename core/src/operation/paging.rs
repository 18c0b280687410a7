//! How a list goes on over several answers, as a document says it by `x-pages`.

/// How the pages of a list are asked for one after the other. Places are JSON Pointers (RFC 6901).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paging {
    /// What leads from one page to the next.
    pub kind: PagingKind,
    /// The list in the answer; empty where the answer is the list.
    pub items: &'static str,
    /// What moves from page to page.
    pub moves: Option<PageInput>,
    /// What asks for a number of elements.
    pub size: Option<PageInput>,
    /// The cursor of the next page in the answer, or its address for links; empty where it does not stand there.
    pub next: &'static str,
    /// The cursor within the last element; empty where it stands elsewhere.
    pub last_item: &'static str,
    /// A flag in the answer that says whether there is more; empty where there is none.
    pub more: &'static str,
    /// How many elements there are in all; empty where the answer does not say so.
    pub total: &'static str,
    /// How many pages there are; empty where the answer does not say so.
    pub pages: &'static str,
    /// The number of the first page.
    pub first: u64,
}

/// What leads from one page to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PagingKind {
    /// A text or number that the server names.
    Cursor,
    /// How many elements are passed over.
    Offset,
    /// The number of the page.
    Page,
    /// An address: of the header `Link` with the relation `next` (RFC 8288), or in the answer.
    NextLink,
}

/// A part of the request that asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageInput {
    /// A parameter of the query.
    Query(&'static str),
    /// A place in a JSON body.
    Body(&'static str),
}

impl Paging {
    /// Pages whose elements are the answer itself.
    pub const fn new(kind: PagingKind) -> Self {
        Paging {
            kind,
            items: "",
            moves: None,
            size: None,
            next: "",
            last_item: "",
            more: "",
            total: "",
            pages: "",
            first: 1,
        }
    }

    /// The elements stand here.
    #[must_use]
    pub const fn items(mut self, pointer: &'static str) -> Self {
        self.items = pointer;
        self
    }

    /// This moves from page to page.
    #[must_use]
    pub const fn moves(mut self, input: PageInput) -> Self {
        self.moves = Some(input);
        self
    }

    /// This asks for a number of elements.
    #[must_use]
    pub const fn size(mut self, input: PageInput) -> Self {
        self.size = Some(input);
        self
    }

    /// The next cursor or address stands here.
    #[must_use]
    pub const fn next(mut self, pointer: &'static str) -> Self {
        self.next = pointer;
        self
    }

    /// The next cursor stands here in the last element.
    #[must_use]
    pub const fn last_item(mut self, pointer: &'static str) -> Self {
        self.last_item = pointer;
        self
    }

    /// Whether there is more stands here.
    #[must_use]
    pub const fn more(mut self, pointer: &'static str) -> Self {
        self.more = pointer;
        self
    }

    /// The number of all elements stands here.
    #[must_use]
    pub const fn total(mut self, pointer: &'static str) -> Self {
        self.total = pointer;
        self
    }

    /// The number of pages stands here.
    #[must_use]
    pub const fn pages(mut self, pointer: &'static str) -> Self {
        self.pages = pointer;
        self
    }

    /// The first page has this number.
    #[must_use]
    pub const fn first(mut self, number: u64) -> Self {
        self.first = number;
        self
    }
}
