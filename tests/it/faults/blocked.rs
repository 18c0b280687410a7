//! Code of the user that blocks its thread where exchanges run: a store, a transport, a listener. It holds up its own login.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinHandle;
use zeyos::store::StoreFuture;
use zeyos::{BoxFuture, Client, Error, TokenSet, TokenStore, Transport, TransportError, TransportRequest};

use crate::auth::support::{RecordedEvents, SimpleStore};
use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::executor::until;
use crate::support::issuer::Issuer;

const SECOND: Duration = Duration::from_secs(1);

/// Blocks every thread that comes along, once it is shut, until it is opened. Nothing is left blocked when it is gone.
#[derive(Clone, Default)]
struct Barrier(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Whether it is shut, and how many are blocked.
    state: Mutex<(bool, usize)>,
    opened: Condvar,
}

impl Barrier {
    fn shut(&self) -> Opening {
        self.0.state.lock().unwrap().0 = true;
        Opening(self.clone())
    }

    fn blocked(&self) -> usize {
        self.0.state.lock().unwrap().1
    }

    fn pass(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.1 += 1;
        while state.0 {
            state = self.0.opened.wait(state).unwrap();
        }
        state.1 -= 1;
    }
}

struct Opening(Barrier);

impl Drop for Opening {
    fn drop(&mut self) {
        self.0.0.state.lock().unwrap().0 = false;
        self.0.0.opened.notify_all();
    }
}

/// A store that asks the barrier before every call.
struct Blocking(Barrier, SimpleStore);

impl TokenStore for Blocking {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.0.pass();
        self.1.get()
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        self.0.pass();
        self.1.set(tokens)
    }
}

/// A transport that asks it before every token request.
struct BlockingTransport(Barrier, Issuer);

impl Transport for BlockingTransport {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        if request.fresh_connection {
            self.0.pass();
        }
        self.1.send(request)
    }
}

/// The kinds of code that can block.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Store,
    Transport,
    Listener,
}

fn blocking(kind: Kind, barrier: &Barrier, issuer: &Issuer, clock: &TestClock) -> Client {
    let client = issuer.stranger().clock(clock.clone());
    let client = match kind {
        Kind::Store => client.token_store(Blocking(barrier.clone(), SimpleStore::holding(Issuer::tokens()))),
        _ => client.token_store(SimpleStore::holding(Issuer::tokens())),
    };
    let passed = barrier.clone();
    match kind {
        Kind::Transport => client.transport(BlockingTransport(barrier.clone(), issuer.clone())),
        Kind::Listener => client.on_event(move |_| passed.pass()),
        Kind::Store => client,
    }
    .build()
    .unwrap()
}

/// Everything that needs an exchange, by a client of its own.
async fn another_login_is_served() {
    let issuer = Issuer::new();
    let client = issuer.client().token_store(SimpleStore::default()).build().unwrap();
    list(&client).await.unwrap();
    issuer.expire();
    list(&client).await.unwrap();
    client.oauth2().refresh().await.unwrap();
    client.auth().set_token_set(Issuer::tokens()).await.unwrap();
    client.auth().logout().await.unwrap();
    client.auth().close().await.unwrap();
}

fn callers(client: &Client, count: usize) -> Vec<JoinHandle<Result<(), Error>>> {
    let refresh = |client: Client| async move { client.oauth2().refresh().await.map(drop) };
    (0..count).map(|_| tokio::spawn(refresh(client.clone()))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_62_what_blocks_delays_its_own_login_alone_and_its_callers_give_up() {
    for kind in [Kind::Store, Kind::Transport, Kind::Listener] {
        let (barrier, issuer, clock) = (Barrier::default(), Issuer::new(), TestClock::new());
        let client = blocking(kind, &barrier, &issuer, &clock);
        client.auth().token_set().await.unwrap();
        let opening = barrier.shut();
        // More than the pool has threads.
        let waiting = callers(&client, 600);
        until(|| barrier.blocked() == 1).await;
        another_login_is_served().await;
        assert_eq!(barrier.blocked(), 1, "{kind:?}: those who wait are not threads");
        let (outcomes, took) = clock
            .drive(SECOND, async {
                let mut outcomes = Vec::new();
                for caller in waiting {
                    outcomes.push(caller.await.unwrap());
                }
                outcomes
            })
            .await;
        // A listener that does not come back is not waited for; what the others hold up cannot go on.
        assert!(outcomes.iter().all(|outcome| outcome.is_ok() == (kind == Kind::Listener)), "{kind:?}");
        assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(Error::is_timeout));
        assert!(took < 200 * SECOND, "{took:?}");
        another_login_is_served().await;
        drop(opening);
        until(|| barrier.blocked() == 0).await;
        client.oauth2().refresh().await.unwrap();
        client.auth().close().await.unwrap();
        assert_eq!(issuer.seen().replays, 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_listener_that_does_not_come_back_is_not_told_more_until_it_does() {
    let (barrier, issuer, clock, recorded) =
        (Barrier::default(), Issuer::new(), TestClock::new(), RecordedEvents::default());
    let (passed, listener) = (barrier.clone(), recorded.listener());
    let listener = move |event: &zeyos::ClientEvent| {
        listener(event);
        passed.pass();
    };
    let client =
        issuer.client().token_store(SimpleStore::default()).clock(clock.clone()).on_event(listener).build().unwrap();
    let opening = barrier.shut();
    let refresh = || async { client.oauth2().refresh().await.map(drop) };
    let (outcome, took) = clock.drive(SECOND, refresh()).await;
    outcome.unwrap();
    assert!(took >= 30 * SECOND && took < 60 * SECOND, "{took:?}");
    // No thread more is given to it.
    for _ in 0..20 {
        refresh().await.unwrap();
    }
    assert_eq!((recorded.names().len(), barrier.blocked(), issuer.posts()), (1, 1, 21));
    drop(opening);
    until(|| barrier.blocked() == 0).await;
    while recorded.names().len() == 1 {
        refresh().await.unwrap();
    }
    assert!(recorded.names().iter().all(|name| name == "Refreshed"));
}
