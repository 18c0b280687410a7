//! Providers of the session cookie that hang or panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, Error, Secret, TokenSet};

use crate::auth::support::{Wire, json, text};
use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::executor::block_on;

const SECOND: Duration = Duration::from_secs(1);

fn cause(error: &Error) -> String {
    format!("{error} {}", std::error::Error::source(error).map(ToString::to_string).unwrap_or_default())
}

/// A client whose provider never answers.
fn hanging(wire: &Wire, clock: &TestClock, limit: Option<Duration>) -> Client {
    let client = wire.client().session_provider(std::future::pending).auth_mode(AuthMode::Session).clock(clock.clone());
    let client = if let Some(limit) = limit { client.timeout(limit) } else { client };
    client.build().unwrap()
}

#[tokio::test]
async fn fault_71_a_provider_that_hangs_ends_with_the_limit_of_the_call() {
    for (own, of_the_client, expected) in [
        (Some(2), None, 2),
        (Some(2), Some(9), 2),
        (None, Some(9), 9),
        (Some(0), None, 0),
        (Some(3600), Some(1), 3600),
        (None, None, 30),
    ] {
        let (wire, clock) = (Wire::agreeable(), TestClock::new());
        let client = hanging(&wire, &clock, of_the_client.map(|seconds| SECOND * seconds));
        let call = client.api().list_tickets(Ticket::query());
        let call = if let Some(own) = own { call.timeout(SECOND * own) } else { call };
        let (outcome, took) = clock.drive(SECOND, async { call.await.map(drop) }).await;
        let error = outcome.unwrap_err();
        assert!(error.is_timeout() && cause(&error).contains("provider of the session cookie"), "{error:?}");
        assert!(took >= SECOND * expected, "{took:?}, not {expected} s");
        assert!(wire.sent().is_empty());
    }
}

#[tokio::test]
async fn fault_71_a_provider_that_panics_is_a_typed_error_and_the_next_call_works() {
    for panics_when_called in [true, false] {
        let (wire, calls) = (Wire::agreeable(), Arc::new(AtomicU32::new(0)));
        let seen = Arc::clone(&calls);
        let provider = move || {
            let number = seen.fetch_add(1, Ordering::SeqCst);
            assert!(!panics_when_called || number % 2 == 1, "as told");
            async move {
                assert!(number % 2 == 1, "as told");
                Some(Secret::from("c00kie"))
            }
        };
        let client = wire.client().session_provider(provider).auth_mode(AuthMode::Session).build().unwrap();
        for _ in 0..500 {
            let error = list(&client).await.unwrap_err();
            assert!(error.is_request() && cause(&error).contains("panicked"), "{error:?}");
            list(&client).await.unwrap();
        }
        assert_eq!((wire.sent().len(), calls.load(Ordering::SeqCst)), (500, 1000));
    }
}

#[tokio::test]
async fn fault_71_after_a_refused_token_the_refusal_stays_the_cause() {
    let wire = Wire::answering(|sent| match sent.header("cookie") {
        Some(_) => json(200, &serde_json::json!([])),
        None => text(401, "Unauthorized"),
    });
    let clock = TestClock::new();
    let hangs = wire.client().token_set(TokenSet::bearer("a0")).session_provider(std::future::pending);
    let hangs = hangs.clock(clock.clone()).timeout(5 * SECOND).build().unwrap();
    let panics = wire.client().token_set(TokenSet::bearer("a0")).session_provider(|| async { panic!("as told") });
    let panics = panics.build().unwrap();
    let (hung, took) = clock.drive(SECOND, list(&hangs)).await;
    let hung = hung.unwrap_err();
    assert!(hung.is_timeout() && took >= 5 * SECOND && format!("{hung:?}").contains("401"), "{hung:?}");
    let panicked = list(&panics).await.unwrap_err();
    assert!(panicked.is_request() && format!("{panicked:?}").contains("401"), "{panicked:?}");
    assert!(wire.log().iter().all(|line| line.ends_with("bearer")));
}

#[test]
fn fault_71_the_limit_holds_without_any_runtime_and_on_one_without_timers() {
    let wire = Wire::agreeable();
    let client = wire.client().session_provider(std::future::pending).auth_mode(AuthMode::Session);
    let client = client.timeout(Duration::from_millis(30)).build().unwrap();
    assert!(block_on(list(&client)).unwrap_err().is_timeout());
    // A runtime without timers.
    let bare = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(bare.block_on(list(&client)).unwrap_err().is_timeout());
}
