//! The contract between the emitted and the hand-written code of [`zeyos`](https://docs.rs/zeyos): what an operation is,
//! how a call is described, how values stand on the wire. No sockets, no TLS, no stored secrets.
//!
//! Users name only `zeyos`, which re-exports what is meant for them.

pub mod call;
mod confidential;
pub mod decode;
#[doc(hidden)]
pub mod encode;
pub mod error;
pub mod fields;
mod maybe_send;
pub mod model;
pub mod operation;
pub mod query;
mod redact;
mod request_id;
#[doc(hidden)]
pub use redact::is_secret as names_a_secret;
mod retry;
mod retry_after;
pub mod secret;
pub mod stored;
mod truths;
#[cfg(feature = "validate")]
pub mod validate;
mod value_class;
#[doc(hidden)]
pub mod view;
pub mod write;

#[doc(hidden)]
pub mod emitted;

pub use call::{
    Aggregate, AggregateGroup, Aggregation, Answers, AuthMode, ByteStream, Call, Conditional, Content, Count, Dispatch,
    Dispatcher, DryRun, EventStream, FilePart, Grouping, IntoUpload, ItemStream, ListCursor, PageStream,
    ParseCursorError, Redirect, Request, RowStream, ServerSentEvent, Upload, Versioned, WithBody,
};
pub use confidential::Confidential;
pub use decode::{Decoding, Drift, FilledDefault};
pub use error::{Contradiction, DecodeError, Error, ExchangeId, Refusal, SessionLoss, Throttled, TokenError, Unusable};
pub use fields::Fields;
pub use maybe_send::{BoxFuture, MaybeSend, MaybeSync, ScopedFuture};
pub use model::IntoNumber;
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use model::OutOfRange;
pub use model::{
    Base64, Composite, Custom, CustomValue, Date, DateTime, Decimal, ExtData, FormatError, Id, Json, JsonMap,
    ParseEnumError, Timestamp, UnknownCode, UnknownText, Uuid,
};
#[cfg(feature = "rust_decimal")]
pub use model::{NoDecimal, from_decimal, to_decimal};
pub use operation::{
    BodyFormat, Credential, Encoding, Holder, Issuer, IssuerGrant, KeyPlace, Operation, PageInput, Paging, PagingKind,
    Refreshing, RequestBody, Requirement, ResponseBody, ResponseFormat, Revocation, Safety, SchemeKind, Security,
    SecurityScheme, ServiceDescription, ServiceRoot, Style,
};
pub use progenitor_client::ResponseValue;
pub use query::{Column, Filter, FilterMember, Query, Row, Sort};
pub use request_id::RequestId;
pub use retry::{RetryPolicy, RetryRules};
pub use retry_after::RetryAfter;
#[doc(hidden)]
pub use retry_after::sent as server_date;
pub use secret::Secret;
pub use stored::{Editable, HasLastModified, Stored};
pub use value_class::ValueClass;
pub use view::{NewOf, PatchOf, States, View, Whole};
pub use write::{Validation, Violation, Violations};

/// Without the feature `validate` the rules of emitted types are left out.
#[cfg(not(feature = "validate"))]
#[doc(hidden)]
#[macro_export]
macro_rules! bounds {
    ($($rules:tt)*) => {};
}

#[doc(hidden)]
pub use {bytes, http, progenitor_client, serde};
