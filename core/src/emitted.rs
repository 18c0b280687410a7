//! What emitted code needs, and nothing that users name. Each emitted file imports what it uses of it; codegen reads the names here.

pub use std::collections::BTreeMap;
pub use std::marker::PhantomData;
pub use std::sync::Arc;

pub use http::Method;

pub use crate::call::{Call, Dispatch, Dispatcher, Media, Parameter, RawCall, Redirect, kind};
pub use crate::decode::{Sign, Tag};
pub use crate::fields::Fields;
pub use crate::model::{
    Base64, Composite, ExtData, Id, IntoComposite, IntoNumber, Json, JsonMap, Timestamp, UnknownCode, UnknownText, Wire,
};
pub use crate::operation::{Operation, Requirement, Safety, Style};
pub use crate::query::{Column, ForeignKey, HasExtData, HasState, HasTags, Query, Row};
pub use crate::secret::Secret;
pub use crate::write::{New, Patch};
pub use crate::{
    answers, bodies, bounds, by_property, editable, integer_enum, object, record, references, states, stored, tagged,
    text_enum, text_type, union, view_writes, wrapper,
};
