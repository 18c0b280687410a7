//! Many calls at once, late refusals, and a server that refuses everything.

use std::sync::Arc;

use tokio::sync::Semaphore;
use zeyos::{ClientEvent, TokenError};

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::{crowd, list};
use crate::support::clock::TestClock;
use crate::support::issuer::{Distortion, Issuer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_23_a_thousand_401s_of_one_generation_share_one_refresh() {
    let issuer = Issuer::new();
    let client = issuer.client().build().unwrap();
    issuer.expire();
    assert_eq!(crowd(&client, 1000).await, 0);
    assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_24_a_401_that_comes_ten_refreshes_late_is_just_sent_again() {
    let issuer = Issuer::new();
    let client = issuer.client().build().unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let mut late = Vec::new();
    for round in 1..=10 {
        issuer.expire();
        let before = issuer.seen().calls;
        issuer.state().call_distortions.push_back(Distortion::Hold(Arc::clone(&gate)));
        let held = client.clone();
        late.push(tokio::spawn(async move { list(&held).await }));
        while issuer.seen().calls == before {
            tokio::task::yield_now().await;
        }
        list(&client).await.unwrap();
        assert_eq!(issuer.posts(), round);
    }
    gate.add_permits(late.len());
    for call in late {
        call.await.unwrap().unwrap();
    }
    assert_eq!(issuer.posts(), 10, "as many as there were expiries");
}

#[tokio::test]
async fn fault_25_a_server_that_refuses_for_ever_is_asked_for_tokens_once_a_minute() {
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let client = issuer.client().clock(clock.clone()).build().unwrap();
    for minute in 1..=10 {
        for _ in 0..1000 {
            issuer.expire();
            issuer
                .state()
                .call_distortions
                .extend([Distortion::Answer(401, "no".into()), Distortion::Answer(401, "no".into())]);
            let error = list(&client).await.unwrap_err();
            assert!(matches!(error.token_error(), Some(TokenError::OnHold { .. })), "{error}");
            assert!(error.is_auth() && format!("{error:?}").contains("401"), "{error:?}");
            issuer.state().call_distortions.clear();
        }
        assert_eq!(issuer.posts(), minute, "minute {minute}");
        clock.advance(60);
    }
}

#[tokio::test]
async fn fault_26_a_403_of_the_api_refreshes_nothing() {
    let (issuer, recorded) = (Issuer::new(), RecordedEvents::default());
    let client = issuer.client().on_event(recorded.listener()).build().unwrap();
    for _ in 0..100 {
        issuer.state().call_distortions.push_back(Distortion::Answer(403, "no".into()));
        assert!(list(&client).await.unwrap_err().is_forbidden());
    }
    assert_eq!((issuer.posts(), issuer.seen().calls), (0, 100));
    assert_eq!(recorded.events(), Vec::<ClientEvent>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_over_many_expiries_costs_one_refresh_each_and_fails_nobody() {
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let client = issuer.client().clock(clock.clone()).build().unwrap();
    for expiry in 1..=100 {
        clock.advance(3600);
        issuer.expire();
        assert_eq!(crowd(&client, 100).await, 0);
        assert_eq!(issuer.posts(), expiry);
    }
}
