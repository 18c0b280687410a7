//! Coming from the JavaScript client of the vendor, call by call.
//!
//! Methods are named after the same operation ids, in snake case: `listTickets` is `list_tickets`, and `client.api` is
//! [`client.api()`](crate::Client::api). What a call takes is checked when it is compiled.
//!
//! | There | Here |
//! |---|---|
//! | platform, instance | the URL of the instance: [`Client::builder`](crate::Client::builder) |
//! | mode `auto`, `oauth`, `session`, `none`, for the client or a request | [`AuthMode`](crate::AuthMode): `auth_mode` of the builder or of a [`Call`](crate::Call) |
//! | access token, client id and secret | [`token_set`](crate::ClientBuilder::token_set), [`client_credentials`](crate::ClientBuilder::client_credentials) |
//! | a store with `get` and `set` | [`TokenStore`](crate::TokenStore), or one of those that are there: [`FileTokenStore`](crate::FileTokenStore) |
//! | refresh before the end of a token, and after a 401, one for all who wait | the same, on a thread of its own, and stored before it is used |
//! | authorization URL, callback, code exchange | [`client.oauth2().authorization_request(..)`](crate::oauth2), whose `finish` compares the state |
//! | revoke, which leaves the store as it is | [`revoke`, `logout`, `clear_token_set`](crate::Auth#ending-a-login), told apart by a table |
//! | `fields` with aliases | [`projection!`](crate::projection!), in the order of its fields |
//! | `fields` by a path at run time | [`select_paths`](crate::Query::select_paths), [`JsonRow`](crate::JsonRow) |
//! | `filters`: values, `{ IN: [..] }`, `{ ">=": a, "<": b }`, numbered `AND`, `OR`, `NOT` | `eq`, `one_of`, `between` of a [`Column`](crate::Column); `&`, `\|` and `!` of [`Filter`](crate::Filter)s |
//! | `{ "~~": "%50\\%%" }` | [`contains("50%")`](crate::Column::contains): `%` and `_` are escaped |
//! | `sort: ["-priority", "+ID"]` | `.sort([ticket::PRIORITY.desc(), ticket::ID.asc()])` |
//! | `expand`, `extdata`, `tags` | [`expand`](crate::Query::expand), `extdata`, `tags` of a query or of a get |
//! | `count: true` | `.count()` of the list |
//! | paginate, collect | [`stream()`](crate::RowStream), `.collect()`: by `ID`, so that rows that come and go lose none |
//! | numbers in place of enums | names: `TicketStatus::Active`; what has none is kept and can be sent back |
//! | seconds | [`Timestamp`](crate::Timestamp) |
//! | `extdata: { region: "EU" }`, `"+tags"` | `.extdata("region", "EU")`, `.add_tags(..)` of a `New..` or a `..Patch` |
//! | null in an update | `None` |
//! | headers `If-Match`, `If-None-Match` | `.if_match(..)`, `.if_none_match(..)`; [`client.edit`](crate::Client::edit) does the whole round |
//! | an error with status and body | [`Error`](crate::Error): `is_not_found()`, `status()`, `body()` |
//! | dry run | [`dry_run()`](crate::Call::dry_run) |
//! | retries of 429, and of reads after 503 | [`RetryPolicy`](crate::RetryPolicy): reads, and writes only where a repeat cannot do harm |
//! | a raw method and path, without credentials | [`client.request(..)`](crate::Client::request), with them |
//!
//! ```
#![doc = include_str!("../../examples/guide/from_javascript.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for row in list(&client).await? {
//!     println!("{} {}, {}", row.id, row.title, row.customer.unwrap_or_default());
//! }
//! assert!(count(&client).await? <= all(&client).await?.len() as u64 * 100);
//! write(&client).await?;
//! assert!(find(&client, Id::new(1)).await?.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # What behaves differently on purpose
//!
//! - A code or a refresh token is never sent twice, however the answer got lost: each works once, and the second try would end the login.
//! - `visibility: 0` is offered for the resources that have it. Sending it for others is answered with 400.
//! - A limit above 10,000 is refused before it is sent, since the server is said to cap it silently.
//! - Creates and updates are held against the rules of the tables before they are sent, and all that is broken is told at once: there,
//!   the server answers 500.
//! - A base URL is a setting of the client and of no request, so that no token goes to another place.
