//! Personal access tokens (PAT): exchanged for a short-lived JWT, and administered.
//!
//! ```
//! use zeyos::platforms::access_tokens::{AccessTokens, IssueRequest, ListTokens};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use zeyos_emulator::platforms::{Platform, PlatformServer};
//! # let server = PlatformServer::start(Platform::AccessTokens).await?;
//! # let (url, api_key) = (server.url().to_owned(), server.credential("api_key").unwrap_or_default().to_owned());
//! let tokens = AccessTokens::builder(url, api_key).build()?;
//! let issued = tokens.issue(IssueRequest::new("mara").roles(vec!["reports".to_owned()])).await?;
//! println!("give {} to mara", issued.token.expose());
//! for record in tokens.list(ListTokens::new().limit(20)).await? {
//!     println!("{} belongs to {}", record.token_id, record.owner);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The first call exchanges the PAT for a JWT. Later calls use that, until 30 seconds before its end. Callers that need one at the same
//! time share one exchange, and a JWT that is refused is exchanged anew once. The PAT goes to the exchange alone.
//!
//! # Waits
//!
//! A call is tried three times more, after 1, 2 and 4 seconds or after the time that the service names by `Retry-After`. The
//! JavaScript library follows that time however long it is. Here a call that would have to wait for more than 30 seconds ends at
//! once: its error says that the service is [busy](crate::Error::is_rate_limited), and [for how long](crate::Error::retry_after).
//! `max_wait` of the builder allows for more.
//!
//! # Coming from the JavaScript library
//!
//! | There | Here |
//! |---|---|
//! | `new AccessTokensClient({endpoint, apiKey})` | [`AccessTokens::builder`]`(endpoint, api_key).build()` |
//! | `authPath`, `adminPath` | [`auth_path`](AccessTokensBuilder::auth_path), [`admin_path`](AccessTokensBuilder::admin_path) |
//! | `fetch` | [`fetch`](AccessTokensBuilder::fetch), which replaces the repeats too; [`transport`](AccessTokensBuilder::transport) keeps them |
//! | `list({limit, afterTokenId, includeRevoked, ..})` | [`list`](AccessTokens::list)`(ListTokens::new().limit(..).after(..).include_revoked())` |
//! | page after page with `afterTokenId` | [`all`](AccessTokens::all): pages may be short or empty although others follow, since revoked and expired tokens are taken out after the limit; the stream does not end there |
//! | `issue({owner, ..})` | [`issue`](AccessTokens::issue)`(IssueRequest::new(owner))`; the identifier is made here, so that a lost answer leaves a name to look for |
//! | `register({tokenId, owner, secretPhc})` | [`register`](AccessTokens::register)`(token_id, RegisterRequest::new(owner, secret_phc))`; an identifier that the service would answer with 500 is refused before it is sent |
//! | `update(id, {expiresAt: null})` | [`update`](AccessTokens::update)`(id, UpdateRequest::new().expires_at(None))`; what is not set is not sent |
//! | `roles: [..]`, `{add: [..]}`, `{remove: [..]}` | [`RolesChange`] |
//! | `revoke(id)`, `revoke(id, {expiresAt})` | [`revoke`](AccessTokens::revoke), [`revoke_until`](AccessTokens::revoke_until) |
//! | `restore(id)` | [`restore`](AccessTokens::restore) |
//! | `batchLoad(ids)` | [`batch`](AccessTokens::batch) |
//! | `isApiError(error.cause)` | [`TokensError::is_api_error`], [`TokensError::api_error`] |
//! | `expiresAt` in a record | `Option<Option<Timestamp>>`: absent, null or a time |

mod client;
mod error;
mod pages;
mod query;
mod token_id;

pub use client::{AccessTokens, AccessTokensBuilder};
pub use error::{ApiError, TokensError};
pub use pages::TokenStream;
pub use query::ListTokens;
pub use token_id::TokenId;

/// The emitted service with all its types.
pub use zeyos_generated::platforms::access_tokens as raw;

pub use raw::{
    ApiErrorErrorDetails as ErrorDetails, BatchResponse, IssueRequest, IssuedToken, RegisterRequest, RolesChange,
    RolesChangeAdd, RolesChangeRemove, TokenRecord, UpdateRequest,
};
