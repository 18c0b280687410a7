//! Typed list requests: which rows, which columns, in which order. The wire form is written here and nowhere else.

mod column;
mod columns;
mod expand;
mod filter;
mod projection;
mod request;
mod stored;
mod value;
mod verify;

#[cfg(feature = "rust_decimal")]
pub use column::Fractional;
pub use column::{Column, Extension, ForeignKey, Joined, Joins, Own, Plain, Sort};
#[doc(hidden)]
pub use columns::Columns;
pub use expand::Expanded;
pub use filter::Filter;
pub use projection::{JsonRow, Projection, Row, fits};
pub(crate) use request::both;
pub use request::{FilterMember, Query};
pub use stored::QueryError;
#[doc(hidden)]
pub use stored::Selected;
#[doc(hidden)]
pub use value::Comparison;
pub use value::{Contains, Number, Reference, Text, Value};
pub(crate) use verify::Verification;
pub use verify::{Condition, Unjudged};

/// A record type: what queries, columns and ids are about. Emitted code implements it, and the marks below.
pub trait Model: 'static {
    /// Name of the resource on the wire.
    const RESOURCE: &'static str;

    /// The column that says in which currency the amounts of a record are, where there is one.
    const CURRENCY: Option<&'static str> = None;
    /// What is known of its columns.
    #[doc(hidden)]
    const COLUMNS: &'static Columns = &Columns::NONE;
}

/// Records with custom fields.
pub trait HasExtData: Model {}

/// Records with tags.
pub trait HasTags: Model {}

/// Records that are archived and marked as deleted by a state column.
pub trait HasState: Model {
    /// The column whose value 0 means that the record is in use.
    const STATE: &'static str;
}
