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
//! - [`Client`] and its [builder](ClientBuilder): base URL, credentials, stores.
//! - [`rest`]: records, columns, writes and the methods of [`Client::api`].
//! - [`oauth2`] and [`legacy_auth`]: signing in; [`TokenSet`] and [`store`]: keeping what was got.
//! - [`Query`], [`Column`], [`Filter`], [`projection!`]: which rows, which columns.
//! - [`Error`]: why a call failed, with predicates for what callers decide on.

mod client;
#[cfg(feature = "blocking")]
pub use zeyos_runtime::blocking;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use zeyos_runtime::fuzzing;
pub mod legacy_auth;
pub mod oauth2;
#[cfg(any(feature = "access-tokens", feature = "auth-agent", feature = "cozy"))]
pub mod platforms;
#[cfg(feature = "testing")]
pub mod testing;

pub use client::{Check, CheckReport, CheckSubject, Client, ClientBuilder, Finding, Platform, Untyped};
#[cfg(feature = "keyring")]
pub use zeyos_runtime::KeyringTokenStore;
#[cfg(feature = "tower")]
pub use zeyos_runtime::tower;
pub use zeyos_runtime::{
    Auth, AuthStatus, BaseUrl, BuildError, ClientAuthMethod, Clock, CredentialValue, Event, FurtherLogin, Identity,
    Login, MemoryTokenStore, RefreshLimits, SessionFallback, StoreError, StoreErrorKind, TokenIssuer, TokenSet,
    TokenStore, Transport, TransportBody, TransportError, TransportRequest, store,
};
/// What needs a system with files, sockets and threads.
#[cfg(not(target_family = "wasm"))]
pub use zeyos_runtime::{FileTokenStore, HttpTransport, SystemClock};
#[cfg(feature = "redis")]
pub use zeyos_runtime::{RedisOptions, RedisTokenStore};

pub use zeyos_core::call::{CallOptions, kind};

#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use zeyos_core::OutOfRange;
pub use zeyos_core::query::{Condition, HasExtData, HasState, HasTags, JsonRow, Projection, Record, Unjudged};
pub use zeyos_core::{
    Answers, AuthMode, BodyFormat, BoxFuture, ByteStream, Call, Column, Composite, Conditional, Content, Contradiction,
    Count, Credential, DecodeError, Decoding, Dispatch, Dispatcher, DryRun, Encoding, Error, ExtData, Fields, FilePart,
    Filter, FilterMember, Held, Holder, Id, Incident, Json, JsonMap, KeyPlace, ListCursor, Operation, PageInput,
    PageStream, Paging, PagingKind, ParseCursorError, ParseEnumError, Query, Redirect, Refusal, RequestBody,
    Requirement, ResponseBody, ResponseFormat, ResponseValue, RetryAfter, RetryPolicy, RetryRules, Row, RowStream,
    Safety, SchemeKind, Secret, SecurityScheme, Service, SessionLoss, Sort, Style, Timestamp, TokenError, UnknownCode,
    UnknownText, Unusable, Validation, ValueClass, Violation, Violations, WithBody, projection,
};
pub use zeyos_generated::zeyos::rest;

pub use zeyos_runtime::dependencies;

pub use {bytes, http};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
