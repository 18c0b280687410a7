//! Cozy: an application registers itself with the instance of a user (RFC 7591, RFC 7592), and gets tokens for it by the authorization code
//! flow with PKCE.
//!
//! ```
//! use zeyos::http::Method;
//! use zeyos::platforms::cozy::{Cozy, NewClient, Scope, Verb};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use zeyos_emulator::platforms::{Platform, PlatformServer};
//! # let server = PlatformServer::start(Platform::Cozy).await?;
//! # let url = server.url().to_owned();
//! let cozy = Cozy::builder(url).build()?;
//! let new = NewClient::new("http://127.0.0.1:8484/callback", "github.com/example/notes", "Notes");
//! let client = cozy.registered(cozy.register(new).await?)?;
//! let login = client.login([Scope::of("io.cozy.files").verbs([Verb::Get]), Scope::raw("files/images:read")])?;
//! println!("open {}", login.url());
//! # let page = visited(login.url().as_str()).await?;
//! let tokens = client.access_token(login, &page).await?;
//! println!("granted: {}", tokens.scope.unwrap_or_default());
//! let files = client.request(Method::GET, "/data/io.cozy.files/_all_docs").call().await?;
//! # let _ = files;
//! # Ok(())
//! # }
//! # async fn visited(url: &str) -> Result<String, Box<dyn std::error::Error>> {
//! #     use zeyos::http::{Request, header};
//! #     use zeyos::{HttpTransport, Transport, TransportRequest, bytes::Bytes};
//! #     let request = Request::get(url).body(Bytes::new())?;
//! #     let request = TransportRequest::new(request, 1 << 20);
//! #     let answer = HttpTransport::new()?.send(request).await?;
//! #     Ok(answer.headers()[header::LOCATION].to_str()?.to_owned())
//! # }
//! ```
//!
//! The instance does not say when an access token expires. It is refreshed when it is refused, with 401 or, as an instance does, with
//! 400, and the call is sent once more.
//!
//! What needs a registered client hangs on [`CozyClient`], which only a [`RegisteredClient`] makes: the rest does not compile.
//!
//! ```compile_fail,E0308
//! # async fn run(cozy: zeyos::platforms::cozy::Cozy) -> Result<(), Box<dyn std::error::Error>> {
//! use zeyos::platforms::cozy::NewClient;
//!
//! let new = NewClient::new("https://app.example.com/cb", "notes", "Notes");
//! cozy.registered(new)?.get().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Coming from the JavaScript library
//!
//! | There | Here |
//! |---|---|
//! | `new Client({redirectURI, softwareID, clientName, ..})` | [`NewClient::new`]`(redirect_uri, software_id, client_name)`: what is mandatory is an argument |
//! | `cozy.client.auth.registerClient(client)` | [`Cozy::register`] |
//! | `client.toRegisterJSON()`, `new Client(json)` | [`RegisteredClient::to_json_exposing_secrets`], [`RegisteredClient::from_json`], in either spelling |
//! | `cozy.client.auth.getClient(client)` | [`CozyClient::get`]; a client that was revoked is [told](CozyError::is_client_revoked) |
//! | `updateClient(client)`, `updateClient(client, true)` | [`CozyClient::update`], [`CozyClient::update_and_reset_secret`] |
//! | `unregisterClient(client)` | [`CozyClient::unregister`] |
//! | `getAuthCodeURL(client, scopes)` | [`CozyClient::login`]: its `url()`, its `state()` |
//! | `getAccessToken(client, state, pageURL)` | [`CozyClient::access_token`]`(login, page_url)` |
//! | `refreshToken(client, token)` | [`CozyClient::refresh`]; calls do it by themselves as well |
//! | `new AccessToken({..})` | [`TokenSet::normalize`](crate::TokenSet::normalize), in either spelling |
//! | `cozyFetchJSON(..)` | [`CozyClient::request`] |
//! | `storage: new MemoryStorage()` | [`Identity::token_store`](crate::Identity::token_store) for tokens, [`RegisteredClient::keep_in`] for the client |

mod client;
mod error;
mod record;
mod scope;

pub use client::{Cozy, CozyBuilder, CozyClient};
pub use error::{CozyBody, CozyError};
pub use record::{NewClient, RegisteredClient};
pub use scope::{Scope, Verb};

/// The emitted service with all its types.
pub use zeyos_generated::platforms::cozy as raw;
