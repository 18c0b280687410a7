//! Access tokens that are about to end, and a token endpoint that takes long or cannot be reached: while the old token works, calls
//! go on with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use zeyos::{Client, Timestamp};

use crate::auth::support::{RecordedEvents, SimpleStore};
use crate::promises::refresh::{crowd, list};
use crate::support::clock::{START, TestClock};
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};

const SECOND: Duration = Duration::from_secs(1);

/// A client whose token works for another 30 s, which is late enough to renew it.
fn due(issuer: &Issuer, clock: &TestClock, recorded: &RecordedEvents) -> Client {
    let mut tokens = Issuer::tokens();
    tokens.expires_at = Some(Timestamp::from_unix(START + 30));
    let client = issuer.stranger().token_store(SimpleStore::holding(tokens)).clock(clock.clone());
    client.on_event(recorded.listener()).build().unwrap()
}

#[tokio::test]
async fn fault_74_a_call_whose_token_works_waits_a_second_for_the_next_one_and_later_calls_do_not() {
    let (issuer, clock, recorded) = (Issuer::new(), TestClock::new(), RecordedEvents::default());
    let client = due(&issuer, &clock, &recorded);
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    client.auth().token_set().await.unwrap();
    let first = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    until(|| issuer.posts() == 1 && clock.is_slept_on(SECOND)).await;
    assert!(!first.is_finished());
    clock.run(SECOND);
    first.await.unwrap().unwrap();
    for _ in 0..100 {
        // No time passes by this clock, so none is waited.
        list(&client).await.unwrap();
    }
    assert_eq!((issuer.posts(), issuer.seen().calls, recorded.names().len()), (1, 101, 0));
    gate.add_permits(1);
    client.auth().close().await.unwrap();
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().unauthorized, recorded.names()), (1, 0, vec!["Refreshed".to_owned()]));
}

#[tokio::test]
async fn fault_74_after_a_failure_nobody_waits_while_the_token_works() {
    for distortion in [Distortion::Unsent, Distortion::Answer(401, "who are you".into())] {
        let (issuer, clock, recorded) = (Issuer::new(), TestClock::new(), RecordedEvents::default());
        let client = due(&issuer, &clock, &recorded);
        issuer.distort(vec![distortion; 3]);
        list(&client).await.unwrap();
        let gate = Arc::new(Semaphore::new(0));
        issuer.distort(vec![Distortion::Hold(Arc::clone(&gate)); 100]);
        clock.run(Duration::from_millis(1));
        for _ in 0..100 {
            list(&client).await.unwrap();
        }
        assert_eq!((issuer.seen().calls, issuer.seen().unauthorized), (101, 0));
        assert!(recorded.names().iter().all(|name| name == "RefreshFailed"), "{:?}", recorded.names());
        gate.add_permits(100);
        client.auth().close().await.unwrap();
    }
}

#[tokio::test]
async fn fault_74_once_the_token_has_ended_calls_wait_for_the_next_one() {
    let (issuer, clock, recorded) = (Issuer::new(), TestClock::new(), RecordedEvents::default());
    let client = due(&issuer, &clock, &recorded);
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    client.auth().token_set().await.unwrap();
    clock.advance(30);
    issuer.expire();
    let calls = tokio::spawn({
        let client = client.clone();
        async move { crowd(&client, 20).await }
    });
    until(|| issuer.posts() == 1).await;
    clock.run(SECOND * 20);
    gate.add_permits(1);
    assert_eq!(calls.await.unwrap(), 0);
    assert_eq!((issuer.posts(), issuer.seen().unauthorized), (1, 0), "no call was sent with the old token");
}
