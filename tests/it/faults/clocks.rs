//! Clocks that jump, and lifetimes that make no sense.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use zeyos::RefreshLimits;

use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::issuer::{Distortion, Issuer};

#[tokio::test]
async fn fault_31_a_clock_that_is_an_hour_wrong_costs_at_most_one_refresh() {
    for step in [3600, -3600] {
        let (issuer, clock) = (Issuer::new(), TestClock::new());
        let client = issuer.client().clock(clock.clone()).build().unwrap();
        client.oauth2().refresh().await.unwrap();
        clock.set_wall(step);
        for _ in 0..30 {
            list(&client).await.unwrap();
            clock.advance(60);
        }
        assert!(issuer.posts() <= 2, "{step}: {}", issuer.posts());
        assert_eq!(issuer.seen().unauthorized, 0);

        // While the refresh is on its way.
        let (issuer, clock, gate) = (Issuer::new(), TestClock::new(), Arc::new(Semaphore::new(0)));
        let client = issuer.client().clock(clock.clone()).build().unwrap();
        issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
        let refreshing = client.oauth2();
        let refresh = tokio::spawn(async move { refreshing.refresh().await.map(drop) });
        while issuer.posts() == 0 {
            tokio::task::yield_now().await;
        }
        clock.set_wall(step);
        gate.add_permits(10);
        refresh.await.unwrap().unwrap();
        for _ in 0..30 {
            list(&client).await.unwrap();
            clock.advance(60);
        }
        assert!(issuer.posts() <= 2, "{step}: {}", issuer.posts());
        assert_eq!(issuer.seen().unauthorized, 0);
    }
}

#[tokio::test]
async fn fault_32_time_that_runs_back_and_a_long_sleep_cost_one_refresh() {
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let client = issuer.client().clock(clock.clone()).build().unwrap();
    client.oauth2().refresh().await.unwrap();
    clock.set_wall(-86_400 * 365 * 60);
    list(&client).await.unwrap();
    clock.set_wall(i64::MIN / 2);
    list(&client).await.unwrap();
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let client = issuer.client().clock(clock.clone()).build().unwrap();
    client.oauth2().refresh().await.unwrap();
    // The clock that never runs back stood still while the machine slept.
    clock.set_wall(8 * 3600);
    for _ in 0..100 {
        list(&client).await.unwrap();
    }
    assert_eq!(issuer.posts(), 2, "one on waking up");
}

#[tokio::test]
async fn fault_33_without_a_lifetime_there_is_at_most_one_refresh_an_hour() {
    for odd in [Some(json!(null)), Some(json!("soon")), None] {
        let (issuer, clock) = (Issuer::new(), TestClock::new());
        match odd {
            Some(odd) => issuer.state().expires_in = odd,
            None => issuer.distort(vec![Distortion::Change(json!({"expires_in": null})); 9]),
        }
        let client = issuer.client().clock(clock.clone()).build().unwrap();
        client.oauth2().refresh().await.unwrap();
        for _ in 0..120 {
            clock.advance(60);
            list(&client).await.unwrap();
        }
        assert!((2..=3).contains(&issuer.posts()), "{} in two hours", issuer.posts());
    }
}

#[tokio::test]
async fn fault_34_short_lifetimes_do_not_make_a_storm() {
    for lifetime in [0, -5, 1, 60] {
        let (issuer, clock) = (Issuer::new(), TestClock::new());
        issuer.state().expires_in = json!(lifetime);
        let client = issuer.client().clock(clock.clone()).refresh_limits(RefreshLimits::default()).build().unwrap();
        issuer.expire();
        for _ in 0..1000 {
            list(&client).await.unwrap();
            clock.run(Duration::from_millis(10));
        }
        assert!((1..=2).contains(&issuer.posts()), "{lifetime}: {}", issuer.posts());
    }
}
