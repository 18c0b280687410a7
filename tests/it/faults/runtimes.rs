//! Runtimes of callers that end, or that live and are never polled again.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use zeyos::{Client, TokenSet};
use zeyos_emulator::{FaultServer, WireFault};

use crate::auth::support::{Wire, emulator, tokens};
use crate::promises::refresh::list;
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Begins a call on this runtime and polls it so often; the runtime is not polled after that.
fn begin_and_stop(runtime: &Runtime, client: &Client, polls: usize) -> tokio::task::JoinHandle<bool> {
    let own = client.clone();
    let call = runtime.spawn(async move { list(&own).await.is_ok() });
    runtime.block_on(async {
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
    });
    call
}

#[tokio::test]
async fn fault_62_a_runtime_that_is_not_polled_again_holds_up_nobody() {
    for polls in [0, 1, 2, 3, 4, 6, 9, 15, 40, 200] {
        for is_held in [false, true] {
            let (issuer, store, gate) =
                (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), Arc::new(Semaphore::new(0)));
            let client = issuer.stranger().token_store(store.clone()).build().unwrap();
            issuer.expire();
            if is_held {
                issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
            }
            // It lives, with the call in it, until the end of the round.
            let (still, call) = tokio::task::spawn_blocking({
                let client = client.clone();
                move || {
                    let still = runtime();
                    let call = begin_and_stop(&still, &client, polls);
                    (still, call)
                }
            })
            .await
            .unwrap();
            if is_held {
                // A clone waits for the refresh and for nothing else.
                let clone = client.clone();
                let caller = tokio::spawn(async move { list(&clone).await });
                until(|| issuer.posts() == 1).await;
                gate.add_permits(1);
                caller.await.unwrap().unwrap();
            }
            list(&client).await.unwrap();
            client.auth().close().await.unwrap();
            // Another process meets no lock.
            let other = issuer.stranger().token_store(store.clone()).build().unwrap();
            list(&other).await.unwrap();
            other.oauth2().refresh().await.unwrap();
            assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0), "{polls}");
            client.auth().logout().await.unwrap();
            assert_eq!(store.access_token(), None);
            tokio::task::spawn_blocking(move || drop((still, call))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn fault_62_a_sign_in_and_a_logout_do_not_hang_on_the_runtime_of_their_caller_either() {
    let issuer = Issuer::new();
    let store = SharedMemoryStore::holding(Issuer::tokens());
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    for number in 0..40 {
        let own = client.clone();
        let still = tokio::task::spawn_blocking(move || {
            let still = runtime();
            still.spawn(async move {
                match number % 3 {
                    0 => own.auth().set_token_set(Issuer::tokens()).await.is_ok(),
                    1 => own.auth().clear_token_set().await.is_ok(),
                    _ => own.auth().logout().await.is_ok(),
                }
            });
            still.block_on(async {
                for _ in 0..number / 3 {
                    tokio::task::yield_now().await;
                }
            });
            still
        });
        let still = still.await.unwrap();
        let tokens = TokenSet::bearer(format!("b{number}"));
        client.auth().set_token_set(tokens.clone()).await.unwrap();
        client.auth().close().await.unwrap();
        assert_eq!(store.access_token(), Some(format!("b{number}")), "what came last counts");
        tokio::task::spawn_blocking(move || drop(still)).await.unwrap();
    }
}

#[test]
fn fault_63_a_runtime_that_ends_at_any_point_of_a_refresh_loses_nothing() {
    let after = runtime();
    for drops in 0..1000 {
        let (issuer, store, gate) =
            (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), Arc::new(Semaphore::new(0)));
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        issuer.expire();
        if drops % 4 == 0 {
            issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
        }
        let ends = match drops % 2 {
            0 => runtime(),
            _ => Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
        };
        drop(begin_and_stop(&ends, &client, drops / 8 % 25));
        drop(ends);
        gate.add_permits(1);
        // As `main` would before it returns.
        after.block_on(client.auth().close()).unwrap();
        if issuer.posts() > 0 {
            assert_eq!(store.access_token(), Some("a1".into()), "{drops}: the login was lost");
        }
        after.block_on(list(&client)).unwrap();
        // The one introspection is that which a login has after its first renewal.
        assert_eq!((issuer.posts(), issuer.seen().replays, issuer.seen().introspections), (1, 0, 1), "{drops}");
    }
}

#[test]
fn fault_63_a_sign_in_is_stored_when_the_runtime_of_its_caller_ends() {
    let after = runtime();
    for drops in 0..100 {
        let (wire, store) = (Wire::agreeable(), SharedMemoryStore::holding(Issuer::tokens()));
        let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
        let ends = runtime();
        let oauth2 = client.oauth2();
        ends.spawn(async move { oauth2.exchange_authorization_code("code", None, None).await.is_ok() });
        ends.block_on(async {
            for _ in 0..drops / 4 {
                tokio::task::yield_now().await;
            }
        });
        drop(ends);
        after.block_on(client.auth().close()).unwrap();
        let tokens = after.block_on(client.auth().token_set()).unwrap().unwrap();
        let expected = if wire.sent().is_empty() { "a0" } else { "a1" };
        assert_eq!(store.access_token().as_deref(), Some(expected), "{drops}: what was sent is stored");
        assert_eq!(tokens.access_token, Some(expected.into()), "{drops}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_79_two_hundred_runtimes_that_stand_still_with_their_connections_fail_nobody() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let credentials = zeyos.credentials();
    let client = Client::builder(server.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .token_set(tokens(&zeyos))
        .build()
        .unwrap();
    list(&client).await.unwrap();
    let mut still = Vec::new();
    for number in 1..=200 {
        let own = client.clone();
        let runtime = tokio::task::spawn_blocking(move || {
            let runtime = runtime();
            runtime.block_on(async {
                list(&own).await.unwrap();
                if number % 50 == 0 {
                    // An exchange uses no connection of a caller, and leaves none to one.
                    own.oauth2().refresh().await.unwrap();
                    list(&own).await.unwrap();
                }
            });
            runtime
        });
        still.push(runtime.await.unwrap());
        let counts = server.counts();
        let exchanges = counts.token_posts + counts.introspections;
        assert!(counts.connections <= 1 + number + exchanges, "one for each runtime: {counts:?}");
    }
    // The first runtime was not asked for long. It gets a new connection and goes on.
    list(&client).await.unwrap();
    tokio::task::spawn_blocking(move || drop(still)).await.unwrap();
}

#[tokio::test]
async fn fault_79_a_connection_is_used_again_on_its_own_runtime() {
    let zeyos = emulator().await;
    let server = Arc::new(FaultServer::before(&zeyos).await.unwrap());
    let client = Client::builder(server.url()).token_set(tokens(&zeyos)).build().unwrap();
    for _ in 0..20 {
        list(&client).await.unwrap();
        // The HTTP stack keeps the connection in a task of its own.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.counts().connections, 1);
    // A read that hangs on one runtime is none of the other's business.
    server.inject(WireFault::hang());
    let hanging = runtime();
    let (own, seen) = (client.clone(), Arc::clone(&server));
    let (hanging, call) = tokio::task::spawn_blocking(move || {
        let call = hanging.spawn(async move { list(&own).await.is_ok() });
        hanging.block_on(until(|| seen.counts().requests == 21));
        (hanging, call)
    })
    .await
    .unwrap();
    list(&client).await.unwrap();
    tokio::task::spawn_blocking(move || drop((hanging, call))).await.unwrap();
}

#[test]
fn without_a_tokio_runtime_a_request_over_reqwest_is_a_typed_error() {
    let client = Client::builder("https://erp.example.com/demo").token_set(TokenSet::bearer("a0")).build().unwrap();
    let mut call = Box::pin(list(&client));
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Err(error)) => {
            assert!(error.is_request() && error.to_string().contains("tokio runtime"), "{error:?}");
            assert!(!error.may_have_been_sent() && error.attempts() == 1, "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}
