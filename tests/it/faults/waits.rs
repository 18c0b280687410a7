//! Servers that ask to wait for very long, or often, in a time of the test's own: nothing here waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Response};
use zeyos::rest::Ticket;
use zeyos::{BoxFuture, Client, Clock, Error, Id, RetryPolicy, Timestamp};

use crate::auth::support::{Wire, empty, json, text};
use crate::support::clock::TestClock;
use crate::support::random::Random;

const YEAR: u64 = 365 * 86_400;

const fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

fn busy(status: u16, retry_after: Option<u64>) -> Response<Bytes> {
    let mut answer = text(status, "slow down");
    let value = retry_after.map(HeaderValue::from);
    value.into_iter().for_each(|value| drop(answer.headers_mut().insert("retry-after", value)));
    answer
}

async fn listed(client: &Client) -> Result<(), Error> {
    client.api().list_tickets(Ticket::query()).retry(RetryPolicy::None).await.map(drop)
}

#[tokio::test]
async fn fault_72_a_year_is_taken_for_the_ceiling_and_one_probe_follows() {
    for (ceiling, asked, waited) in [
        (None, YEAR, 3600),
        (None, 3600, 3600),
        (None, 1800, 1800),
        (Some(60), YEAR, 60),
        (Some(60), 59, 59),
        (Some(2 * YEAR), YEAR, YEAR),
    ] {
        for status in [429, 503] {
            let clock = TestClock::new();
            let wire = Wire::answering(move |_| busy(status, Some(asked)));
            let mut builder = wire.client_with_everything().clock(clock.clone());
            if let Some(ceiling) = ceiling {
                builder = builder.max_retry_after(seconds(ceiling));
            }
            let client = builder.max_wait(Duration::ZERO).build().unwrap();
            let error = listed(&client).await.unwrap_err();
            assert_eq!(error.retry_after(), Some(seconds(asked)), "what the server said stays readable");
            for passed in [0, waited - 1] {
                clock.run(seconds(passed));
                let held = *listed(&client).await.unwrap_err().throttled_error().unwrap();
                let left = if passed == 0 { waited } else { 1 };
                assert!(
                    held.wait >= seconds(left) && held.wait <= seconds(left + 10).min(seconds(ceiling.unwrap_or(3600)))
                );
                wire.only();
            }
            // The second of the end, and some more where the wait was shorter than the ceiling.
            clock.run(seconds(1) + (seconds(waited) / 640).min(seconds(10)));
            assert!(listed(&client).await.unwrap_err().status().is_some(), "one goes");
            assert!(listed(&client).await.unwrap_err().throttled_error().is_some(), "and no second one");
            assert_eq!(wire.sent().len(), 2, "{asked} s under {ceiling:?}");
        }
    }
}

/// Six 503s of one second each with 50 good answers between them, then one 429 without a time.
#[tokio::test]
async fn fault_72_a_429_without_a_time_costs_little_after_good_answers() {
    for max_wait in [seconds(30), seconds(1), Duration::from_millis(5)] {
        let clock = TestClock::new();
        let next: Arc<Mutex<Response<Bytes>>> = Arc::new(Mutex::new(busy(503, Some(1))));
        let answer = Arc::clone(&next);
        let wire = Wire::answering(move |_| answer.lock().unwrap().clone());
        let client = wire.client_with_everything().clock(clock.clone()).max_wait(max_wait).build().unwrap();
        for _ in 0..6 {
            *next.lock().unwrap() = busy(503, Some(1));
            listed(&client).await.unwrap_err();
            clock.run(Duration::from_millis(1010));
            *next.lock().unwrap() = json(200, &serde_json::json!([]));
            for _ in 0..50 {
                listed(&client).await.unwrap();
            }
        }
        *next.lock().unwrap() = busy(429, None);
        listed(&client).await.unwrap_err();
        *next.lock().unwrap() = json(200, &serde_json::json!([]));
        clock.run(max_wait.min(Duration::from_millis(30)));
        listed(&client).await.unwrap();
    }
}

/// However often a server says 429 without a time, no wait of our own is longer than what a call waits.
#[tokio::test]
async fn fault_72_a_wait_of_our_own_never_exceeds_max_wait() {
    for max_wait in [Duration::ZERO, Duration::from_millis(40), seconds(2), seconds(30)] {
        let clock = TestClock::new();
        let wire = Wire::answering(|_| busy(429, None));
        let client = wire.client_with_everything().clock(clock.clone()).max_wait(max_wait).build().unwrap();
        for round in 1..=40 {
            listed(&client).await.unwrap_err();
            assert_eq!(wire.sent().len(), round, "{max_wait:?}");
            clock.run(max_wait);
        }
    }
}

/// Time passes when someone waits, and not otherwise.
#[derive(Clone)]
struct Passing(Arc<Mutex<Duration>>);

impl Passing {
    fn run(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Passing {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000 + i64::try_from(self.monotonic().as_secs()).unwrap())
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.run(duration);
        Box::pin(std::future::ready(()))
    }
}

#[tokio::test]
async fn fault_72_five_thousand_writes_in_a_row_take_half_as_long_again_at_most() {
    const WRITES: u32 = 5000;
    const LATENCY: Duration = Duration::from_millis(20);
    for named in [true, false] {
        let clock = Passing(Arc::default());
        let (server, dice) = (clock.clone(), Mutex::new(Random(72)));
        let asked = Arc::new(Mutex::new(Duration::ZERO));
        let total = Arc::clone(&asked);
        let wire = Wire::answering(move |_| {
            server.run(LATENCY);
            let number = dice.lock().unwrap().below(200);
            let (status, seconds) = match number {
                0 => (429, named.then_some(2)),
                1 => (503, Some(1)),
                _ => return empty(204),
            };
            *total.lock().unwrap() += Duration::from_secs(seconds.unwrap_or(0));
            busy(status, seconds)
        });
        let client = wire.client_with_everything().clock(clock.clone()).build().unwrap();
        for number in 0..WRITES {
            let write = || async {
                match number % 2 {
                    0 => client.request(Method::PUT, "/gadgets").call().await.map(drop),
                    _ => client.api().delete_ticket(Id::new(7)).await.map(drop),
                }
            };
            let mut tries = 0;
            while let Err(error) = write().await {
                assert!(error.status().is_some_and(|status| [429, 503].contains(&status.as_u16())), "{error}");
                tries += 1;
                assert!(tries < 5);
            }
        }
        let (taken, asked) = (clock.monotonic(), *asked.lock().unwrap());
        assert!(asked >= seconds(20) && wire.sent().len() > WRITES as usize + 30);
        let most = LATENCY * WRITES * 3 / 2 + asked;
        assert!(taken <= most, "{taken:?}, at most {most:?}");
    }
}
