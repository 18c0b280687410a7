//! Stores that fail at the wrong moment, callers that give up, runtimes that end, and code of the user that panics.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use zeyos::{ClientEvent, FileTokenStore, SessionLoss, StoreErrorKind, TokenError, TokenStore as _};

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::{crowd, list, loss};
use crate::support::clock::TestClock;
use crate::support::disk::Disk;
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

#[tokio::test]
async fn fault_10_with_a_store_that_is_read_only_the_token_is_used_until_it_is_refused() {
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let mut tokens = Issuer::tokens();
    tokens.expires_at = Some(zeyos::Timestamp::from_unix(crate::support::clock::START + 30));
    let store = SharedMemoryStore::holding(tokens);
    store.fail(|fails| fails.prepare = true);
    let client = issuer.stranger().token_store(store.clone()).clock(clock).build().unwrap();
    for _ in 0..100 {
        list(&client).await.unwrap();
    }
    issuer.expire();
    let error = list(&client).await.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::StoreNotWritable { .. })), "{error}");
    assert_eq!(issuer.posts(), 0);
}

#[tokio::test]
async fn fault_11_a_full_disk_burns_no_token() {
    let mut refused = 0;
    for run in 0..1000 {
        let (issuer, disk) = (Issuer::new(), Disk::default());
        let store = FileTokenStore::with_file_system("/disk/tokens.json", disk.process()).unwrap();
        store.set(Some(&Issuer::tokens())).await.unwrap();
        issuer.expire();
        // From none to a little more than a refresh needs.
        disk.leave_room(run * 160);
        let client = issuer.stranger().token_store(store).build().unwrap();
        let (outcome, posts) = (list(&client).await, issuer.posts());
        if let Err(error) = &outcome {
            assert!(matches!(error.token_error(), Some(TokenError::StoreNotWritable { .. })), "{run}: {error}");
            refused += 1;
        }
        assert_eq!((posts, issuer.state().number), if outcome.is_ok() { (1, 1) } else { (0, 0) }, "{run}");
        disk.leave_room(None);
        list(&client).await.unwrap();
        let stored = disk.bytes("/disk/tokens.json").unwrap();
        assert!(String::from_utf8(stored).unwrap().contains("\"r1\""), "{run}");
    }
    assert!((500..1000).contains(&refused), "{refused}");
}

#[tokio::test]
async fn fault_12_tokens_that_the_store_does_not_take_serve_from_memory_until_it_does() {
    let (issuer, store, clock, recorded) =
        (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new(), RecordedEvents::default());
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).on_event(recorded.listener());
    let client = client.build().unwrap();
    issuer.expire();
    store.fail(|fails| (fails.journal, fails.commit) = (true, true));
    for _ in 0..100 {
        list(&client).await.unwrap();
    }
    assert_eq!(recorded.names(), ["Refreshed", "Unpersisted"]);
    assert!(client.auth().status().unpersisted.is_some());
    let error = client.auth().close().await.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::Unpersisted { .. })), "{error}");
    store.fail(|fails| (fails.journal, fails.commit) = (false, false));
    // The next try is less than a second away.
    until(|| clock.is_slept_on(Duration::from_millis(250))).await;
    clock.run(Duration::from_millis(250));
    until(|| recorded.names().len() == 3).await;
    assert_eq!(store.access_token(), Some("a1".into()));
    assert_eq!(recorded.names(), ["Refreshed", "Unpersisted", "Persisted"]);
    client.auth().close().await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0));
}

#[tokio::test]
async fn locks_that_do_not_work_or_take_too_long_are_named_and_nothing_is_spent() {
    for (kind, timeout) in [(StoreErrorKind::LockTimeout, true), (StoreErrorKind::LockUnsupported, false)] {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        issuer.expire();
        store.fail(|fails| fails.lock = Some(kind));
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.token_error() == Some(&TokenError::LockTimeout), timeout, "{error}");
        assert!(error.is_store() && issuer.posts() == 0);
    }
}

#[tokio::test]
async fn fault_43_a_caller_with_less_time_than_the_refresh_gives_up_and_the_refresh_goes_on() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    issuer.expire();
    let clock = TestClock::new();
    let client = issuer.stranger().token_store(store.clone()).timeout(Duration::from_millis(50)).clock(clock.clone());
    let client = client.build().unwrap();
    let caller = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    while issuer.posts() < 1 {
        tokio::task::yield_now().await;
    }
    clock.run(Duration::from_millis(50));
    let error = caller.await.unwrap().unwrap_err();
    assert!(error.is_timeout() && store.access_token() == Some("a0".into()), "{error}");
    gate.add_permits(1);
    client.auth().close().await.unwrap();
    assert_eq!((store.access_token(), issuer.posts()), (Some("a1".into()), 1));
}

#[tokio::test]
async fn fault_53_a_caller_dropped_at_any_point_leaves_one_request_and_stored_tokens() {
    for polls in 0..40 {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        issuer.expire();
        {
            let mut call = Box::pin(list(&client));
            for _ in 0..polls {
                let polled = std::future::poll_fn(|context| std::task::Poll::Ready(call.as_mut().poll(context)));
                if polled.await.is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        client.auth().close().await.unwrap();
        if issuer.posts() > 0 {
            assert_eq!(store.access_token(), Some("a1".into()), "{polls}");
        }
        list(&client).await.unwrap();
        assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0), "{polls}");
    }
}

#[test]
fn fault_54_a_runtime_that_ends_mid_refresh_leaves_the_mark_and_the_next_start_finds_the_cause() {
    for (distortion, is_alive) in [(None, true), (Some(Distortion::LostAfter), false)] {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = issuer.stranger().token_store(store.clone()).refresh_on(runtime.handle().clone()).build().unwrap();
        issuer.expire();
        let gate = Arc::new(Semaphore::new(0));
        issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
        runtime.block_on(async {
            let caller = client.clone();
            tokio::spawn(async move { list(&caller).await });
            while issuer.posts() < 1 {
                tokio::task::yield_now().await;
            }
        });
        drop(runtime);
        assert!(store.kept().pending.is_some(), "the mark stays");
        if distortion.is_some() {
            // The server had carried it out.
            issuer.state().number = 1;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let restarted = issuer.stranger().token_store(store.clone()).build().unwrap();
        let outcome = runtime.block_on(list(&restarted));
        assert_eq!(outcome.is_ok(), is_alive, "{outcome:?}");
        if let Err(error) = outcome {
            assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown));
        }
        assert_eq!(issuer.seen().replays, 0);
        // The client whose runtime has ended has nothing left to refresh with, and says so. What is in use it goes on using.
        issuer.expire();
        let error = runtime.block_on(list(&client)).unwrap_err();
        assert_eq!(error.token_error(), Some(&TokenError::Interrupted), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_55_a_panic_in_a_store_or_a_listener_wedges_nothing() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let listener = |event: &ClientEvent| assert!(!matches!(event, ClientEvent::Refreshed { .. }), "as told");
    let client = issuer.stranger().token_store(store.clone()).on_event(listener).build().unwrap();
    // Two panics a round, and those of the calls that try for themselves.
    for round in 0..500 {
        issuer.expire();
        store.fail(|fails| fails.panics = true);
        let callers = if round % 25 == 0 { 50 } else { 2 };
        assert_eq!(crowd(&client, callers).await, callers);
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.token_error(), Some(&TokenError::Interrupted), "{error}");
        store.fail(|fails| fails.panics = false);
        list(&client).await.unwrap();
    }
    assert_eq!((issuer.posts(), issuer.seen().replays), (500, 0));
    // What has no task of its own is no different.
    let fresh = issuer.stranger().token_store(store.clone()).build().unwrap();
    store.fail(|fails| fails.always_panics = true);
    let auth = client.auth();
    let panicked = [
        auth.set_token_set(Issuer::tokens()).await,
        auth.clear_token_set().await,
        fresh.auth().token_set().await.map(drop),
        fresh.auth().logout().await,
        client.oauth2().refresh().await.map(drop),
    ];
    for outcome in panicked {
        assert_eq!(outcome.unwrap_err().token_error(), Some(&TokenError::Interrupted));
    }
    store.fail(|fails| fails.always_panics = false);
    list(&client).await.unwrap();
    list(&fresh).await.unwrap();
    auth.clear_token_set().await.unwrap();
    assert_eq!((issuer.posts(), store.access_token()), (500, None));
}
