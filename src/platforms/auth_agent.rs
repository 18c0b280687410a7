//! Auth-Agent: the identity of software agents. Registration, the authorization code flow with mandatory PKCE, who an agent is, its
//! profile, events and verification.
//!
//! ```
//! use zeyos::oauth2::Callback;
//! use zeyos::platforms::auth_agent::AuthAgent;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use zeyos_emulator::platforms::{Platform, PlatformServer};
//! # let server = PlatformServer::start(Platform::AuthAgent).await?;
//! # let of = |name| server.credential(name).unwrap_or_default().to_owned();
//! # let (url, id, secret) = (server.url().to_owned(), of("agent_id"), of("agent_secret"));
//! let agent = AuthAgent::builder(id).agent_secret(secret).server_url(url).build()?;
//! let login = agent.login("http://127.0.0.1:8484/callback").begin()?;
//! println!("open {}", login.url());
//! # let answer = visited(login.url().as_str()).await?;
//! login.finish(Callback::parse(&answer)?).await?;
//! println!("signed in as {}", agent.user_info().await?.agent_id);
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
//! Tokens are kept, renewed and stored as those of [`Client`](crate::Client) are: give the builder a
//! [`token_store`](AuthAgentBuilder::token_store), and a login survives restarts, crashes and other processes.
//!
//! # Coming from the JavaScript library
//!
//! | There | Here |
//! |---|---|
//! | `new AuthAgentClient({agentId, agentSecret, serverUrl, timeout})` | [`AuthAgent::builder`]`(agent_id)` with [`agent_secret`](AuthAgentBuilder::agent_secret), [`server_url`](AuthAgentBuilder::server_url), [`timeout`](AuthAgentBuilder::timeout) |
//! | `AUTH_SERVER_URL` in the environment | [`AuthAgent::from_env`] alone, which takes identifier and secret from there as well |
//! | `onTokensReceived`, `onTokensRefreshed`, `onTokensRevoked` | setters of the same names, whose futures are awaited |
//! | `getAuthorizationUrl({redirectUri, scope, state})` | [`authorization_url`](AuthAgent::authorization_url) remembers the login as there; [`login`](AuthAgent::login) hands it to the caller, who may have many |
//! | `exchangeCode(code, state, redirectUri)` | [`exchange_code`](AuthAgent::exchange_code), or `finish` of the login |
//! | `refreshAccessToken(refreshToken)` | [`refresh_access_token`](AuthAgent::refresh_access_token); calls renew by themselves as well |
//! | `getUserInfo(accessToken)` | [`user_info`](AuthAgent::user_info) of the tokens in use; [`with_access_token`](AuthAgent::with_access_token) for others |
//! | `revokeToken(token)`, `introspectToken(token)` | [`revoke_token`](AuthAgent::revoke_token), [`introspect_token`](AuthAgent::introspect_token) |
//! | `registerAgent(..)`, `authenticateAgent(..)` | [`register_agent`](AuthAgent::register_agent), [`authenticate_agent`](AuthAgent::authenticate_agent) |
//! | `getAgentProfile()`, `updateAgentProfile(..)` | [`profile`](AuthAgent::profile), [`update_profile`](AuthAgent::update_profile) |
//! | `sendEvent({event, ..})` | [`send_event`](AuthAgent::send_event)`(EventData::new(event).member(name, value))` |
//! | `sendVerifiedClick(..)`, `sendPostRun(..)` | [`send_verified_click`](AuthAgent::send_verified_click), [`send_post_run`](AuthAgent::send_post_run) |
//! | `requestChallenge()`, `confirmVerification(..)` | [`request_challenge`](AuthAgent::request_challenge), [`confirm_verification`](AuthAgent::confirm_verification) |
//! | `pollAndAuthenticate(ctx, timeout, interval)` | [`poll_and_authenticate`](AuthAgent::poll_and_authenticate) |
//! | `tokenManager.getState()` | [`token_state`](AuthAgent::token_state), with milliseconds as there |
//! | `AuthError {code, description, statusCode}` | [`AuthError`] |
//! | `isTokenResponse`, `isAuthError`, `parseJWT`, `isTokenExpired`, `getTimeUntilExpiry` | the functions of this module |
//!
//! Paths that no document of the vendor confirms can be [moved](AuthAgentBuilder::path_at), and those that a server tells by
//! [discovery](AuthAgent::discover) be taken over with [`discovered`](AuthAgentBuilder::discovered).

mod agents;
pub mod back_channel;
mod builder;
mod callbacks;
mod client;
mod discovery;
mod error;
mod events;
mod helpers;
mod state;
mod verification;

pub use builder::AuthAgentBuilder;
pub use client::{AuthAgent, AuthorizationUrl};
pub use discovery::Discovered;
pub use error::AuthError;
pub use events::{Click, PostRun};
pub use helpers::{is_auth_error, is_token_expired, is_token_response, parse_jwt, time_until_expiry};
pub use state::TokenState;

/// The emitted service with all its types.
pub use zeyos_generated::platforms::auth_agent as raw;

pub use raw::{
    AgentAuthRequest, AgentAuthResponse, AgentProfile, AgentProfileUpdate, AgentRegistrationRequest,
    AgentRegistrationResponse, ChallengeResponse, DiscoveryDocument, EventData, IntrospectionResponse, UserInfo,
    VerificationConfirmRequest,
};
