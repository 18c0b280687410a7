//! Tokens that are refused too soon after they came: the call waits, or says why it does not.

use std::time::Duration;

use tokio::task::JoinHandle;
use zeyos::rest::Ticket;
use zeyos::{Client, ClientEvent, Error, RefreshLimits, Timestamp, TokenError, TokenSet};

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::{crowd, list};
use crate::support::clock::TestClock;
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

const SECOND: Duration = Duration::from_secs(1);

fn limits() -> RefreshLimits {
    RefreshLimits::default().reread(Duration::ZERO).backoff(Duration::ZERO)
}

/// A client that has just refreshed, and whose token the server then refuses: someone else has asked for new ones.
async fn refused(issuer: &Issuer, store: &SharedMemoryStore, clock: &TestClock) -> Client {
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).refresh_limits(limits());
    let client = client.build().unwrap();
    client.oauth2().refresh().await.unwrap();
    issuer.expire();
    client
}

fn calling(client: &Client, limit: Option<Duration>) -> JoinHandle<Result<(), Error>> {
    let client = client.clone();
    tokio::spawn(async move {
        let call = client.api().list_tickets(Ticket::query());
        let call = if let Some(limit) = limit { call.timeout(limit) } else { call };
        call.await.map(drop)
    })
}

fn is_named(error: &Error) -> bool {
    error.status().is_none() && matches!(error.token_error(), Some(TokenError::OnHold { .. })) && error.is_auth()
}

#[tokio::test]
async fn fault_81_a_401_within_the_floor_waits_for_its_end() {
    for since in [0, 1, 3, 4] {
        let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
        let client = refused(&issuer, &store, &clock).await;
        clock.run(SECOND * since);
        let call = calling(&client, None);
        let left = 5 * SECOND - SECOND * since;
        until(|| issuer.seen().unauthorized == 1 && clock.is_slept_on(left)).await;
        clock.run(left - Duration::from_millis(1));
        assert!(!call.is_finished() && issuer.posts() == 1, "the floor is kept");
        clock.run(Duration::from_millis(2));
        call.await.unwrap().unwrap();
        assert_eq!((issuer.posts(), issuer.seen().calls), (2, 2), "refused, waited, renewed, sent again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_81_a_crowd_within_the_floor_shares_the_refresh_after_it() {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let client = refused(&issuer, &store, &clock).await;
    let (failed, took) = clock.drive(SECOND, crowd(&client, 200)).await;
    assert_eq!((failed, issuer.posts()), (0, 2));
    assert!(took >= 5 * SECOND, "{took:?}");
}

#[tokio::test]
async fn fault_81_the_next_token_ends_the_wait() {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let client = refused(&issuer, &store, &clock).await;
    let call = calling(&client, None);
    until(|| issuer.seen().unauthorized == 1 && clock.is_slept_on(5 * SECOND)).await;
    {
        let mut state = issuer.state();
        (state.number, state.is_alive) = (7, true);
    }
    client.auth().set_token_set(TokenSet::bearer("a7").with_refresh_token("r7")).await.unwrap();
    call.await.unwrap().unwrap();
    assert_eq!((issuer.posts(), issuer.seen().calls), (1, 2));
}

#[tokio::test]
async fn fault_81_what_another_process_has_renewed_is_taken_at_once() {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let client = refused(&issuer, &store, &clock).await;
    let other = issuer.stranger().token_store(store.clone()).build().unwrap();
    list(&other).await.unwrap();
    assert_eq!(issuer.posts(), 2);
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0));
}

#[tokio::test]
async fn fault_81_a_call_that_has_renewed_takes_what_another_process_has_renewed_since() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let (server, shared) = (issuer.clone(), store.clone());
    // Between the renewal and the next try of the call another process is faster.
    let faster = move |event: &ClientEvent| {
        if matches!(event, ClientEvent::Refreshed { .. }) {
            server.state().number = 9;
            let mut tokens = TokenSet::bearer("a9").with_refresh_token("r9");
            tokens.obtained_at = Some(Timestamp::from_unix(4_000_000_000));
            shared.put(9, Some(tokens));
        }
    };
    let client = issuer.stranger().token_store(store.clone()).refresh_limits(limits()).on_event(faster);
    let client = client.build().unwrap();
    issuer.expire();
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().calls, issuer.seen().replays), (1, 3, 0));
}

#[tokio::test]
async fn fault_81_a_call_with_less_time_than_the_floor_says_why_it_fails() {
    for limit in [50, 900, 2_000, 4_999].map(Duration::from_millis) {
        let (issuer, store, clock, recorded) =
            (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new(), RecordedEvents::default());
        let client = refused(&issuer, &store, &clock).await;
        let error = calling(&client, Some(limit)).await.unwrap().unwrap_err();
        assert!(is_named(&error), "{limit:?}: {error:?}");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.starts_with("the server answered 401"), "{cause}");
        let whole = issuer.stranger().token_store(store.clone()).clock(clock.clone()).refresh_limits(limits());
        let whole = whole.timeout(limit).on_event(recorded.listener()).build().unwrap();
        whole.oauth2().refresh().await.unwrap();
        issuer.expire();
        assert!(is_named(&list(&whole).await.unwrap_err()), "{limit:?}");
        assert_eq!(recorded.names(), ["Refreshed"], "nothing was tried, nothing has failed");
    }
}

#[tokio::test]
async fn fault_81_no_401_is_bare_while_the_refresh_token_lives() {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).refresh_limits(limits());
    let client = client.build().unwrap();
    let mut named = 0;
    for round in 0..600 {
        // Mostly refused, by a server that does not like what it has just issued, at odd times.
        if round % 3 != 0 {
            issuer.state().call_distortions.extend(vec![Distortion::Answer(401, "no".into()); round % 5]);
        }
        let outcome = clock.drive(Duration::from_millis(700), list(&client)).await.0;
        issuer.state().call_distortions.clear();
        if let Err(error) = outcome {
            assert!(is_named(&error), "{round}: {error:?}");
            named += 1;
        }
        clock.run(Duration::from_millis(350));
    }
    assert!(named > 50, "{named}");
    assert_eq!(issuer.seen().replays, 0);
    // Without a way to renew there is nothing to say but what the server said.
    let bare = issuer.stranger().token_set(TokenSet::bearer("a0")).build().unwrap();
    assert_eq!(list(&bare).await.unwrap_err().status().map(|status| status.as_u16()), Some(401));
}

#[tokio::test]
async fn fault_81_a_hold_is_waited_out_where_there_is_time() {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).refresh_limits(limits());
    let client = client.max_wait(90 * SECOND).build().unwrap();
    issuer.state().call_distortions.extend(vec![Distortion::Answer(401, "no".into()); 3]);
    assert!(is_named(&list(&client).await.unwrap_err()));
    let (outcome, took) = clock.drive(SECOND, list(&client)).await;
    outcome.unwrap();
    assert!(took >= 60 * SECOND && issuer.posts() == 2, "{took:?}");
}
