//! A typed client for [ZeyOS](https://www.zeyos.com): CRM, ERP, tickets and billing over HTTP.
//!
//! Every operation of the published OpenAPI documents is a typed method that is tagged with the credentials it takes; the
//! client reads the tag and picks a bearer token, a session cookie, HTTP Basic or nothing.
//!
//! ```no_run
//! use zeyos::rest::{NewTicket, Ticket, TicketPatch, TicketStatus, ticket};
//! use zeyos::{Client, TokenSet};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("https://cloud.zeyos.com/demo")
//!     .token_set(TokenSet::bearer(std::env::var("ZEYOS_TOKEN")?))
//!     .build()?;
//! let api = client.api();
//!
//! let open = Ticket::query()
//!     .live()
//!     .filter(ticket::STATUS.one_of([TicketStatus::NotStarted, TicketStatus::Active]))
//!     .sort([ticket::PRIORITY.desc(), ticket::ID.asc()])
//!     .limit(10);
//! for ticket in api.list_tickets(open).await?.into_inner() {
//!     println!("{} {}", ticket.id, ticket.name);
//! }
//!
//! let created = api.create_ticket(NewTicket::new("Pump seal leaks")).await?.into_inner();
//! api.update_ticket(created.id, TicketPatch::new().status(TicketStatus::Active)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//!
//! | For | Look at |
//! |---|---|
//! | a client | [`Client`], [`ClientBuilder`]; [`Identity`] for further users, [`HttpSettings`] for certificates and proxies, `client.check()` before a job |
//! | what is called | [`Client::api`] with the records, columns and writes of [`rest`], which has an index by area (invoices are transactions); [`Call`] is what each method gives |
//! | which rows, which columns | [`Query`], [`Column`], [`Filter`], [`Sort`], [`projection!`], [`JsonRow`]; [`RowStream`], [`PageStream`] and [`ListCursor`] for all of a list |
//! | values | [`Id`], [`Timestamp`], [`Composite`], [`ExtData`], [`Secret`]; [`Content`] and [`FilePart`] for files |
//! | signing in | [`oauth2`], [`legacy_auth`]; [`Auth`] with a table of what ends a login |
//! | keeping tokens | [`TokenSet`], [`FileTokenStore`], [`MemoryTokenStore`], [`TokenStore`] and [`store`] for one of your own |
//! | failures | [`Error`] with predicates, [`BuildError`], [`TokenError`], [`Violations`], [`RetryPolicy`], [`RetryAfter`] |
//! | what is behind it | [`Transport`], [`Clock`], [`ClientEvent`], [`Operation`], [`SecurityScheme`], [`dependencies`] |
//! | whole tasks | [`guide`]: twelve of real integrations, each with what is exact and what is not |
//! | a page or an extension | [`browser`] |
//! | tests of a program | `testing` (feature `testing`), and the package `zeyos-emulator` |

pub mod browser;
pub mod bulk;
mod client;
pub mod custom_fields;
#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub use zeyos_runtime::blocking;
mod edit;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use zeyos_runtime::fuzzing;
pub mod guide;
pub mod legacy_auth;
pub mod oauth2;
#[cfg(any(feature = "access-tokens", feature = "auth-agent", feature = "cozy"))]
pub mod platforms;
pub mod sync;
#[cfg(feature = "testing")]
pub mod testing;

pub use client::{Check, CheckReport, CheckSubject, Client, ClientBuilder, Finding, Platform, Untyped};
pub use edit::{CreateOrUpdate, Edit, Edited, Upserted};
#[cfg(feature = "keyring")]
pub use zeyos_runtime::KeyringTokenStore;
#[cfg(feature = "metrics")]
pub use zeyos_runtime::describe_metrics;
#[cfg(feature = "tower")]
pub use zeyos_runtime::tower;
pub use zeyos_runtime::{
    Auth, AuthStatus, BaseUrl, BuildError, ClientAuthMethod, ClientEvent, Clock, CredentialValue, CredentialsMode,
    FurtherLogin, Identity, Login, MemoryTokenStore, RefreshLimits, SessionFallback, StoreError, StoreErrorKind,
    TokenIssuer, TokenSet, TokenStore, Transport, TransportBody, TransportError, TransportRequest, store,
};
// What needs a system with files, sockets and threads.
#[cfg(any(
    not(target_family = "wasm"),
    all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))
))]
pub use zeyos_runtime::SystemClock;
#[cfg(not(target_family = "wasm"))]
pub use zeyos_runtime::{FileTokenStore, HttpSettings, HttpTransport};
// What needs a page.
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use zeyos_runtime::{FetchTransport, WebStorageTokenStore};
#[cfg(feature = "redis")]
pub use zeyos_runtime::{RedisOptions, RedisTokenStore};

pub use zeyos_core::call::{CallOptions, kind};

#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use zeyos_core::OutOfRange;
#[cfg(feature = "rust_decimal")]
pub use zeyos_core::query::Fractional;
pub use zeyos_core::query::{
    Condition, HasExtData, HasState, HasTags, JsonRow, Model, Projection, QueryError, Unjudged,
};
pub use zeyos_core::{
    Aggregate, AggregateGroup, Aggregation, Answers, AuthMode, BodyFormat, BoxFuture, ByteStream, Call, Column,
    Composite, Conditional, Content, Contradiction, Count, Credential, Custom, CustomValue, Decimal, DecodeError,
    Decoding, Dispatch, Dispatcher, Drift, DryRun, Editable, Encoding, Error, ExchangeId, ExtData, Fields, FilePart,
    Filter, FilterMember, Grouping, HasLastModified, Holder, Id, IntoNumber, Json, JsonMap, KeyPlace, ListCursor,
    Operation, PageInput, PageStream, Paging, PagingKind, ParseCursorError, ParseEnumError, Query, Redirect, Refusal,
    RequestBody, RequestId, Requirement, ResponseBody, ResponseFormat, ResponseValue, RetryAfter, RetryPolicy,
    RetryRules, Row, RowStream, Safety, SchemeKind, Secret, SecurityScheme, ServiceDescription, SessionLoss, Sort,
    Stored, Style, Throttled, Timestamp, TokenError, UnknownCode, UnknownText, Unusable, Upload, Validation,
    ValueClass, Versioned, View, Violation, Violations, WithBody, projection,
};
// What stands in the types of creates and updates (`rest::NewTicket`), so that their pages lead to no other crate.
pub use zeyos_core::write::{New, Patch};
pub use zeyos_core::{NewOf, PatchOf};
#[cfg(feature = "rust_decimal")]
pub use zeyos_core::{NoDecimal, from_decimal, to_decimal};
#[doc = include_str!("areas.md")]
pub use zeyos_generated::zeyos::rest;

pub use zeyos_runtime::dependencies;

#[doc(hidden)]
pub use zeyos_core::custom_choice;

pub use {bytes, http};

#[cfg(doctest)]
mod not_compiled;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
