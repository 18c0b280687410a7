//! The thread on which exchanges run: when it begins, when it ends, and how many there are.

use std::fs::DirEntry;
use std::future::pending;
use std::time::Duration;

use zeyos::{Client, FileTokenStore, MemoryTokenStore, RetryPolicy, TokenStore as _};

use crate::auth::support::{SimpleStore, Wire};
use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::executor::until;
use crate::support::folder::Folder;
use crate::support::issuer::Issuer;
use crate::support::own_process::is_alone;

/// How many threads of this process exchanges run on.
fn threads() -> usize {
    let name = |task: DirEntry| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(Result::ok).map(name).filter(|name| name.trim() == "zeyos-exchange").count()
}

async fn quiet(client: &Client) {
    for _ in 0..10 {
        list(client).await.unwrap();
    }
    client.auth().token_set().await.unwrap().unwrap();
    client.auth().shared_token_set().await.unwrap().unwrap();
    assert!(client.auth().status().is_signed_in);
    client.operation("listTickets").call().dry_run().unwrap();
    client.auth().close().await.unwrap();
}

#[tokio::test]
async fn a_program_that_never_refreshes_starts_no_thread() {
    if !is_alone(module_path!(), "a_program_that_never_refreshes_starts_no_thread") {
        return;
    }
    let wire = Wire::agreeable();
    quiet(&wire.client_with_everything().build().unwrap()).await;
    quiet(&wire.client().token_store(MemoryTokenStore::new(Issuer::tokens())).build().unwrap()).await;
    let empty = wire.client().token_set(Issuer::tokens()).token_store(MemoryTokenStore::default());
    quiet(&empty.timeout(Duration::from_secs(1)).build().unwrap()).await;
    // Over reqwest, to a port where no one is.
    let closed = Client::builder("http://127.0.0.1:9/demo").token_set(Issuer::tokens()).retry(RetryPolicy::None);
    let closed = closed.build().unwrap();
    assert!(list(&closed).await.unwrap_err().is_connect());
    assert_eq!(threads(), 0);
}

#[tokio::test]
async fn the_thread_begins_with_the_first_exchange_and_ends_with_the_last_client_that_is_closed() {
    if !is_alone(
        module_path!(),
        "the_thread_begins_with_the_first_exchange_and_ends_with_the_last_client_that_is_closed",
    ) {
        return;
    }
    let (one, two) = (Issuer::new(), Issuer::new());
    for round in 0..20 {
        let first = one.stranger().token_store(SimpleStore::holding(tokens(&one))).build().unwrap();
        let second = two.stranger().token_store(SimpleStore::holding(tokens(&two))).build().unwrap();
        assert_eq!(threads(), 0, "{round}");
        first.oauth2().refresh().await.unwrap();
        second.oauth2().refresh().await.unwrap();
        assert!(threads() > 0);
        first.auth().close().await.unwrap();
        drop(first);
        second.oauth2().refresh().await.unwrap();
        second.auth().close().await.unwrap();
        until(|| threads() == 0).await;
        // A later exchange starts it anew.
        second.oauth2().refresh().await.unwrap();
        assert!(threads() > 0);
        second.auth().close().await.unwrap();
        second.auth().close().await.unwrap();
        until(|| threads() == 0).await;
    }
    // A wait that no one has any more does not keep it.
    let hangs = Wire::new(|_| pending());
    let client = hangs.client().token_set(Issuer::tokens()).client_credentials("app", "s").build().unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(20), list(&client)).await.is_err());
    assert!(threads() > 0);
    drop(client);
    one.client().token_set(tokens(&one)).build().unwrap().auth().close().await.unwrap();
    let last = one.client().token_set(tokens(&one)).build().unwrap();
    last.oauth2().refresh().await.unwrap();
    last.auth().close().await.unwrap();
    until(|| threads() == 0).await;
}

fn tokens(issuer: &Issuer) -> zeyos::TokenSet {
    let number = issuer.state().number;
    zeyos::TokenSet::bearer(format!("a{number}")).with_refresh_token(format!("r{number}"))
}

#[tokio::test]
async fn those_who_wait_for_one_login_take_no_threads() {
    if !is_alone(module_path!(), "those_who_wait_for_one_login_take_no_threads") {
        return;
    }
    let folder = Folder::new("waiting");
    let store = FileTokenStore::open(folder.tokens()).unwrap();
    store.set(Some(&Issuer::tokens())).await.unwrap();
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).build().unwrap();
    // Another program has the lock.
    let other = FileTokenStore::open(folder.tokens()).unwrap();
    let lock = zeyos::store::SharedTokenStore::lock(&other, Duration::ZERO).await.unwrap();
    let waiting: Vec<_> = (0..1000)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move {
                match number % 4 {
                    0 => client.oauth2().refresh().await.map(drop),
                    1 => client.auth().set_token_set(Issuer::tokens()).await,
                    2 => client.auth().clear_token_set().await,
                    _ => client.legacy_auth().logout().await,
                }
            })
        })
        .collect();
    // All of them have begun, and the thread has had its time with them.
    for _ in 0..2000 {
        tokio::task::yield_now().await;
        std::thread::yield_now();
        // Idle ones of what was done before are among them.
        assert!(threads() < 16, "{} threads for 1000 callers", threads());
    }
    lock.release().await.unwrap();
    for caller in waiting {
        // What becomes of them depends on their order; that they end does not.
        let _ = caller.await.unwrap();
    }
}
