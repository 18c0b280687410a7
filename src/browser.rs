//! How a program in a browser uses this crate. It has no item of its own: everything named here is at the root of the crate.
//!
//! Compiled for `wasm32-unknown-unknown`, a client needs nothing from its page: requests go by `fetch` (`FetchTransport`), timers
//! and clocks are those of the browser (`SystemClock`), and exchanges of tokens run as tasks of the page. Threads, files, sockets,
//! Redis, the keyring and the loopback receiver are not there. Default features may be on or off; none of them brings anything into
//! a page.
//!
//! ```toml
//! [dependencies]
//! zeyos = { version = "0.1", default-features = false }
//! wasm-bindgen-futures = "0.4"
//! ```
//!
//! # The session of the page
//!
//! A page that the instance serves, or that a proxy serves at the same origin, has a user who is signed in. The browser attaches the
//! cookie, and the program never has its value:
//!
//! ```no_run
//! # #[cfg(target_family = "wasm")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use zeyos::rest::{Ticket, TicketPatch, TicketStatus};
//! use zeyos::{AuthMode, Client};
//!
//! let client = Client::builder("https://cloud.zeyos.com/demo").auth_mode(AuthMode::Session).browser_session().build()?;
//! for ticket in client.api().list_tickets(Ticket::query().live().limit(10)).await?.into_inner() {
//!     client.api().update_ticket(ticket.id, TicketPatch::new().status(TicketStatus::Active)).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Each attempt says for itself whether the browser adds its cookies ([`CredentialsMode`](crate::CredentialsMode)):
//!
//! | Mode | What goes out | With cookies |
//! |---|---|---|
//! | [`Session`](crate::AuthMode::Session) | the session | yes |
//! | [`Auto`](crate::AuthMode::Auto) | a bearer token, if there is one | no |
//! | | after a 401 the token as it was renewed, where a client application is configured | no |
//! | | after another 401, or without a token, the session | yes |
//! | [`OAuth`](crate::AuthMode::OAuth) | a bearer token | no |
//! | [`None`](crate::AuthMode::None) | nothing | no |
//! | any | HTTP Basic, and every exchange of tokens | no |
//!
//! With [`session_fallback`](crate::ClientBuilder::session_fallback) a client never goes on to the session, or only to read.
//!
//! ## Keeping the cookie of a sign-in
//!
//! Where an instance sets its cookie with the answer to `issue_token`, a browser keeps it only if it may. Every exchange of tokens goes
//! out without, so it has to be asked for:
//!
//! ```no_run
//! # #[cfg(target_family = "wasm")]
//! # async fn run(client: &zeyos::Client) -> Result<(), zeyos::Error> {
//! client.legacy_auth().raw().issue_token().keep_cookies().await?;
//! // From here on the session works too.
//! # Ok(())
//! # }
//! ```
//!
//! # A page of another origin
//!
//! A server decides which pages of other origins may call it (CORS), and a browser tells a page nothing about one that does not: the call
//! fails like a network that is down, and the error names what the server would have to send. With a bearer token ZeyOS allows every page.
//! With the session it needs *credentialed* CORS for this page by name, and a cookie that the browser sends across sites.
//!
//! Of the answer a page sees some headers only, unless the server names the others in `Access-Control-Expose-Headers`. What is hidden is
//! treated as if it were not there:
//!
//! | Hidden | What happens |
//! |---|---|
//! | `ETag` | reads have no entity tag, so `If-Match` cannot be sent and [`edit`](crate::Client::edit) says so instead of writing |
//! | `Retry-After` | a 429 or 503 is waited for by the client's own steps, which begin at 25 ms |
//! | `WWW-Authenticate` | a 401 says enough, and the token is renewed; a 400 that only this header explains is an error |
//! | `Date` | changes cannot be followed ([`sync`](crate::sync)), which says so |
//!
//! # Tokens in a page
//!
//! RFC 10017 (BCP 212) puts neither a client secret nor a refresh token into a page: every script of the origin can read them. Use the
//! session, or a back end that holds the tokens and gives the page a session of its own, as `examples/web` does. For pages that are
//! trusted, and extensions of one's own, both are possible: `client_credentials` says so once on the console, and
//! `WebStorageTokenStore::local` or `::session` keeps tokens in the storage of the page. Of several tabs one renews them, by the Web Locks
//! API, and the others take over what it got.
//!
//! An extension has no CORS to pass for the hosts in its `host_permissions`. Its background is a worker, which has `fetch` but neither
//! storage: keep a client with such a store in the page of a popup, of the options, or in an offscreen document.
//!
//! # What is different from a program on a server
//!
//! - A failure never proves that nothing was sent ([`may_have_been_sent`](crate::Error::may_have_been_sent)): a browser tells no reasons. A
//!   write is therefore not repeated after one, and a refresh without an answer is looked into before a token is sent again.
//! - A redirect is an error, and nothing comes from or goes into the cache of the browser.
//! - With the session, a 401 that asks for HTTP Basic makes a browser ask its user for a password; the other modes never do.
//! - A timer of a page in the background may be up to a minute late, and with it a wait or the notice that a limit has passed.
//! - What a page has cannot be wiped from memory for certain: the browser copies every text that it sends.
