//! Values as they stand in records: identifiers, times, enums that keep unknown values, composite columns.

mod composite;
mod custom;
mod enums;
mod exact;
mod formats;
mod id;
mod number;
mod references;
mod texts;
mod timestamp;
mod wire;
mod wrapper;

pub use composite::{Composite, IntoComposite, Plain};
pub use custom::{Custom, CustomValue};
pub use enums::{ParseEnumError, UnknownCode, UnknownText};
#[doc(hidden)]
pub use enums::{parse_code, show_code};
pub(crate) use exact::Exact;
#[doc(hidden)]
pub use formats::matching;
pub use formats::{Base64, Date, DateTime, Decimal, FormatError, Uuid};
pub use id::Id;
pub use number::IntoNumber;
#[cfg(feature = "rust_decimal")]
pub use number::decimal::{NoDecimal, from_decimal, to_decimal};
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use timestamp::OutOfRange;
pub use timestamp::Timestamp;
pub use wire::Wire;

/// Any JSON value.
pub type Json = serde_json::Value;

/// A JSON object.
pub type JsonMap = serde_json::Map<String, Json>;

/// Custom fields of a record by name. Values are text in most installations; null means the field is empty.
pub type ExtData = JsonMap;
