//! Worlds in which one thing never answers, and clients in them.

use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use zeyos::store::{SharedTokenStore, StoreFuture, StoreLock, TokenRecord, TokenStore};
use zeyos::{AuthMode, Client, TokenSet};

use crate::auth::support::{Wire, empty, issued, json as answer, text};
use crate::support::clock::TestClock;
use crate::support::issuer::Issuer;
use crate::support::shared_memory_store::SharedMemoryStore;

/// What never answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    Server,
    Store,
    Provider,
    /// The one named for exchanges, which is never polled.
    Runtime,
    Lock,
}

impl Stuck {
    pub(super) const ALL: [Stuck; 5] = [Stuck::Server, Stuck::Store, Stuck::Provider, Stuck::Runtime, Stuck::Lock];

    /// Whether it may be the cause of an error of this kind.
    pub(super) fn explains(self, kind: &str) -> bool {
        match self {
            // What a token request has become no one knows, and a login that never came back is no answer to one.
            Stuck::Server => ["timeout", "unknown"].contains(&kind),
            Stuck::Store | Stuck::Lock => ["timeout", "store"].contains(&kind),
            // Where the cookie is all that is sent, some calls have nothing to send.
            Stuck::Provider => ["timeout", "refused"].contains(&kind),
            Stuck::Runtime => kind == "timeout",
        }
    }

    /// Whether a call has no need of it, so that it may end well.
    pub(super) fn is_not_needed_by(self, name: &str) -> bool {
        // The receiver waits for a browser, and its own deadline is no failure to bind.
        let is_local = ["LoopbackReceiver::bind", "LoopbackReceiver::bind_to"].contains(&name);
        // Client or user authentication alone, or nothing at all.
        let is_basic = ["introspect", "revoke", "authorize", "Introspect", "Revoke", "Issued"];
        let is_basic = is_basic.iter().any(|part| name.contains(part));
        let never_exchanges = ["Auth::token_set", "Auth::shared_token_set", "Auth::close"].contains(&name);
        // Its tokens are for the caller alone.
        let is_apart = name == "raw::LegacyAuth::login";
        // The server takes the token that it is to end; whether that needs to be renewed before depends on the clock.
        let is_farewell = ["zeyos-auth/logout", "raw::LegacyAuth::logout"].contains(&name);
        match self {
            Stuck::Server => {
                let is_here = ["Auth::set_token_set", "Auth::clear_token_set", "Auth::check_store"].contains(&name);
                is_local || never_exchanges || is_here
            }
            Stuck::Store => is_local || is_basic || is_apart || name == "Auth::close",
            Stuck::Runtime => is_local || is_basic,
            // With a cookie as the only credential, whatever takes no cookie goes on.
            Stuck::Provider => !name.starts_with("zeyos-rest/") && !name.contains("Untyped"),
            // Who does not exchange or write needs no lock.
            Stuck::Lock => is_local || is_basic || is_apart || is_farewell || never_exchanges,
        }
    }
}

pub(super) struct World {
    /// It lives and is never polled.
    still: Option<Runtime>,
}

impl World {
    pub(super) fn new() -> Self {
        World { still: Some(Builder::new_current_thread().enable_all().build().unwrap()) }
    }

    /// A client that has every credential, in a world in which this never answers.
    pub(super) fn client(&self, stuck: Stuck, clock: &TestClock) -> Client {
        let wire = match stuck {
            Stuck::Server => Wire::new(|_| pending()),
            _ => answering(),
        };
        let client = wire.client().client_credentials("app", "s3cret").basic_user("mara", "pa55").clock(clock.clone());
        let client = match stuck {
            Stuck::Store => client.token_store(Silent),
            Stuck::Lock => client.token_store(Locked(SharedMemoryStore::holding(Issuer::tokens()))),
            _ => client.token_store(SharedMemoryStore::holding(Issuer::tokens())),
        };
        let client = match stuck {
            Stuck::Provider => client.session_provider(pending).auth_mode(AuthMode::Session),
            Stuck::Runtime => client.refresh_on(self.still.as_ref().unwrap().handle().clone()),
            _ => client,
        };
        client.build().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(still) = self.still.take() {
            still.shutdown_background();
        }
    }
}

/// A server that refuses the first token of a client once, and otherwise does what it is asked.
fn answering() -> Wire {
    let refused = AtomicU32::new(0);
    Wire::answering(move |sent| {
        let is_first = || refused.fetch_add(1, Ordering::SeqCst) == 0;
        match sent.url.rsplit('/').next() {
            Some("token" | "login") => answer(200, &issued("a1", "r1")),
            Some("introspect") => answer(200, &json!({"active": true})),
            Some("revoke") => empty(200),
            Some("logout") => empty(204),
            _ if sent.header("authorization") == Some("Bearer a0") && is_first() => text(401, "Unauthorized"),
            _ if sent.method == "DELETE" || sent.method == "HEAD" => empty(204),
            Some("userinfo") => answer(200, &json!({"sub": "7", "preferred_username": "mara"})),
            _ if sent.method == "GET" => answer(200, &json!({})),
            _ => answer(200, &json!([])),
        }
    })
}

/// A store that answers nothing.
struct Silent;

impl TokenStore for Silent {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        Box::pin(pending())
    }

    fn set<'a>(&'a self, _: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        Box::pin(pending())
    }
}

/// A store whose lock never comes, however long someone would wait for it.
struct Locked(SharedMemoryStore);

impl TokenStore for Locked {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.0.get()
    }

    fn set<'a>(&'a self, _: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        Box::pin(pending())
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        Some(self)
    }
}

impl SharedTokenStore for Locked {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        SharedTokenStore::read(&self.0)
    }

    fn lock(&self, _: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(pending())
    }
}
