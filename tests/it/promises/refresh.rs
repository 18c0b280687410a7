//! The refresh: one at a time, stored before it is used, and never a token lost.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use serde_json::json;
use tokio::sync::Semaphore;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{
    Client, ClientAuthMethod, ClientEvent, Error, FileTokenStore, SessionFallback, SessionLoss, Timestamp, TokenError,
    TokenSet, TokenStore as _,
};

use crate::auth::support::{RecordedEvents, SimpleStore, Wire, in_seconds, issued, json as answer, text};
use crate::support::clock::{START, TestClock};
use crate::support::disk::Disk;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

use super::limits::write as write_ticket;

pub(crate) async fn list(client: &Client) -> Result<(), Error> {
    client.api().list_tickets(Ticket::query()).await.map(|_| ())
}

pub(crate) fn loss(error: &Error) -> Option<SessionLoss> {
    error.token_error().and_then(TokenError::session_loss)
}

/// Runs a call, and counts it once it has come to its first wait.
async fn counted<T>(begun: &AtomicUsize, call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    let first = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await;
    begun.fetch_add(1, Ordering::SeqCst);
    match first {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => call.await,
    }
}

/// Runs the calls side by side and answers how many failed.
pub(crate) async fn crowd(client: &Client, number: usize) -> usize {
    let calls: Vec<_> = (0..number)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { list(&client).await })
        })
        .collect();
    let mut failed = 0;
    for call in calls {
        failed += usize::from(call.await.unwrap().is_err());
    }
    failed
}

#[tokio::test]
async fn b1_exactly_one_client_authentication_per_request() {
    for (method, place) in [(ClientAuthMethod::Basic, "basic"), (ClientAuthMethod::Body, "body")] {
        let wire = Wire::answering(|sent| match sent.url.rsplit('/').next() {
            Some("token") => answer(200, &issued("a1", "r1")),
            Some("introspect") => answer(200, &json!({"active": true})),
            _ => text(200, ""),
        });
        let client = wire.client_with_everything().client_auth_method(method).build().unwrap();
        let oauth2 = client.oauth2();
        oauth2.refresh().await.unwrap();
        oauth2.exchange_authorization_code("c", None, None).await.unwrap();
        oauth2.introspect("t").await.unwrap();
        oauth2.revoke("t").await.unwrap();
        #[cfg(feature = "password-grant")]
        oauth2.password_grant("mara", "pa55").send().await.unwrap();
        let grants: HashSet<String> = wire.sent().iter().map(|sent| sent.url.clone() + &sent.body).collect();
        // The checks of new logins are introspections of different tokens only where the server issues different ones.
        assert_eq!(grants.len(), if cfg!(feature = "password-grant") { 6 } else { 5 });
        for sent in wire.sent() {
            assert_eq!(sent.credentials(), [place], "{}", sent.url);
        }
    }
}

#[tokio::test]
async fn b9_the_old_refresh_token_is_kept_when_none_comes_back() {
    for is_asked in [false, true] {
        let issuer = Issuer::new();
        issuer.distort([Distortion::Change(json!({"refresh_token": null, "refresh_token_expires_in": null}))]);
        let client = issuer.client().build().unwrap();
        if is_asked {
            client.oauth2().refresh().await.unwrap();
        } else {
            issuer.expire();
            list(&client).await.unwrap();
        }
        let tokens = client.auth().token_set().await.unwrap().unwrap();
        assert_eq!((tokens.access_token, tokens.refresh_token), (Some("a1".into()), Some("r0".into())));
    }
}

#[tokio::test]
async fn b12_a_token_request_is_repeated_only_when_it_certainly_was_not_sent() {
    let issuer = Issuer::new();
    issuer.expire();
    issuer.distort([Distortion::Unsent, Distortion::Unsent]);
    list(&issuer.client().build().unwrap()).await.unwrap();
    assert_eq!(issuer.posts(), 1, "two tries did not go out");
    for distortion in [Distortion::LostBefore, Distortion::Answer(500, "x".into()), Distortion::Answer(429, "x".into())]
    {
        let issuer = Issuer::new();
        issuer.expire();
        issuer.distort([distortion]);
        issuer.distort_introspection([Distortion::Answer(503, "down".into())]);
        let error = list(&issuer.client().build().unwrap()).await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "{error}");
        assert_eq!((issuer.posts(), issuer.seen().introspections), (1, 1), "asked, not repeated");
    }
}

#[tokio::test]
async fn b13_a_401_of_the_token_endpoint_keeps_the_tokens_and_ends_the_matter() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    issuer.expire();
    issuer.distort(std::iter::repeat_n(Distortion::Answer(401, "who are you".into()), 50));
    let before = store.kept().record.clone();
    for _ in 0..50 {
        let error = list(&client).await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::ClientAuth { .. })), "{error}");
    }
    assert_eq!(issuer.posts(), 1);
    assert_eq!((store.kept().record.clone(), store.kept().pending.clone()), (before, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c1_one_refresh_is_in_flight_explicit_calls_included() {
    let issuer = Issuer::new();
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    issuer.expire();
    let client = issuer.client().build().unwrap();
    let begun = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..1000)
        .map(|number| {
            let (client, begun) = (client.clone(), Arc::clone(&begun));
            tokio::spawn(async move {
                match number % 2 {
                    0 => counted(&begun, list(&client)).await,
                    _ => counted(&begun, client.oauth2().refresh()).await.map(drop),
                }
            })
        })
        .collect();
    // An explicit call that begins after the end of the refresh asks for another one, and is right to.
    while begun.load(Ordering::SeqCst) < 1000 || issuer.seen().calls < 500 {
        tokio::task::yield_now().await;
    }
    gate.add_permits(1000);
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(issuer.posts(), 1);
}

#[tokio::test]
async fn c2_a_late_401_does_not_refresh_again() {
    let issuer = Issuer::new();
    let gate = Arc::new(Semaphore::new(0));
    let client = issuer.client().build().unwrap();
    list(&client).await.unwrap();
    issuer.expire();
    issuer.state().call_distortions.push_back(Distortion::Hold(Arc::clone(&gate)));
    let late = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    while issuer.seen().calls < 2 {
        tokio::task::yield_now().await;
    }
    list(&client).await.unwrap();
    gate.add_permits(1);
    late.await.unwrap().unwrap();
    assert_eq!(issuer.posts(), 1);
}

#[tokio::test]
async fn c3_two_identities_never_cross() {
    let (one, two) = (Issuer::new(), Issuer::new());
    two.state().number = 100;
    let tokens = TokenSet::bearer("a100").with_refresh_token("r100");
    let store = SharedMemoryStore::default();
    let clients = [
        one.client().build().unwrap(),
        two.stranger().token_set(tokens.clone()).client_credentials("other", "s3cret").build().unwrap(),
    ];
    for _ in 0..20 {
        one.expire();
        two.expire();
        let (first, second) = tokio::join!(list(&clients[0]), list(&clients[1]));
        first.unwrap();
        second.unwrap();
    }
    let number = |bearer: &String| bearer.trim_start_matches("Bearer a").parse::<u32>().unwrap();
    assert!(one.state().bearers.iter().all(|bearer| number(bearer) <= 20));
    assert!(two.state().bearers.iter().all(|bearer| (100..=120).contains(&number(bearer))));
    assert_eq!((one.posts(), two.posts(), one.seen().replays + two.seen().replays), (20, 20, 0));
    let newest = TokenSet::bearer("a20").with_refresh_token("r20");
    let first = one.stranger().token_set(newest).token_store(store.clone()).build().unwrap();
    list(&first).await.unwrap();
    let second = two.stranger().client_credentials("other", "s3cret").token_store(store.clone()).build().unwrap();
    let error = list(&second).await.unwrap_err();
    assert!(error.is_store() && error.to_string().contains("give each login a store of its own"), "{error}");
}

#[tokio::test]
async fn c4_a_refresh_goes_on_when_its_caller_is_dropped_and_close_waits_for_it() {
    let issuer = Issuer::new();
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    issuer.expire();
    let store = SimpleStore::holding(Issuer::tokens());
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    let caller = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    while issuer.posts() < 1 {
        tokio::task::yield_now().await;
    }
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    let auth = client.auth();
    let closing = tokio::spawn(async move { auth.close().await });
    tokio::task::yield_now().await;
    assert!(!closing.is_finished());
    gate.add_permits(1);
    closing.await.unwrap().unwrap();
    assert_eq!(store.tokens().unwrap().access_token, Some("a1".into()));
}

#[tokio::test]
async fn c5_new_tokens_are_stored_before_any_request_uses_them() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let watch = store.clone();
    let recorded = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&recorded);
    let listener = move |event: &ClientEvent| told.lock().unwrap().push((event.clone(), watch.access_token()));
    let client = issuer.stranger().token_store(store.clone()).on_event(listener).build().unwrap();
    for number in 1..=20 {
        issuer.expire();
        list(&client).await.unwrap();
        let last = recorded.lock().unwrap().last().cloned().unwrap();
        assert_eq!(last, (ClientEvent::Refreshed { generation: number + 1 }, Some(format!("a{number}"))));
        assert!(store.kept().pending.is_none() && store.kept().reply.is_none());
    }
}

#[tokio::test]
async fn c6_no_token_is_burned_while_the_store_cannot_be_written() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    store.fail(|fails| fails.prepare = true);
    issuer.expire();
    for _ in 0..100 {
        let error = list(&client).await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::StoreNotWritable { .. })), "{error}");
    }
    assert_eq!((issuer.posts(), issuer.seen().introspections), (0, 0));
    store.fail(|fails| fails.prepare = false);
    list(&client).await.unwrap();

    // ENOSPC, EROFS, EACCES.
    type State = fn(&Disk, bool);
    let states: [State; 3] = [
        |disk, is_on| disk.leave_room(is_on.then_some(0)),
        |disk, is_on| disk.set_read_only(is_on),
        |disk, is_on| disk.deny_folder(is_on),
    ];
    for (number, state) in states.into_iter().enumerate() {
        let (issuer, disk) = (Issuer::new(), Disk::default());
        let store = FileTokenStore::with_file_system("/disk/tokens.json", disk.process()).unwrap();
        let mut ending = Issuer::tokens();
        ending.expires_at = in_seconds(30);
        store.set(Some(&ending)).await.unwrap();
        let client = issuer.stranger().token_store(store).build().unwrap();
        state(&disk, true);
        list(&client).await.unwrap_or_else(|error| panic!("{number}: it is used until it is refused: {error}"));
        issuer.expire();
        for _ in 0..10 {
            let error = list(&client).await.unwrap_err();
            assert!(matches!(error.token_error(), Some(TokenError::StoreNotWritable { .. })), "{number}: {error}");
            assert!(error.is_store() && error.to_string().contains("/disk/tokens.json"), "{number}: {error}");
        }
        assert_eq!(issuer.posts(), 0, "{number}");
        state(&disk, false);
        list(&client).await.unwrap();
    }
}

#[tokio::test]
async fn c7_a_stale_writer_is_rejected() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    issuer.expire();
    let recorded = RecordedEvents::default();
    let client = issuer.stranger().token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    let caller = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    while issuer.posts() < 1 {
        tokio::task::yield_now().await;
    }
    // The lease has ended, and someone else has signed in anew.
    issuer.state().number = 7;
    issuer.state().is_alive = true;
    store.put(9, Some(TokenSet::bearer("a7").with_refresh_token("r7")));
    gate.add_permits(1);
    caller.await.unwrap().unwrap();
    assert_eq!((store.kept().record.generation, store.access_token()), (9, Some("a7".into())));
    assert_eq!(recorded.events(), [ClientEvent::Adopted { generation: 9 }]);
}

#[tokio::test]
async fn c8_the_lock_is_held_from_reading_to_storing() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let clients: Vec<Client> = (0..8).map(|_| issuer.stranger().token_store(store.clone()).build().unwrap()).collect();
    for round in 1..=10 {
        issuer.expire();
        let calls: Vec<_> =
            clients.iter().cloned().map(|client| tokio::spawn(async move { list(&client).await })).collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
        assert_eq!((issuer.posts(), issuer.seen().replays), (round, 0), "the rest adopted");
    }
}

#[tokio::test]
async fn c9_an_invalid_grant_adopts_what_is_newer_and_never_deletes() {
    let (issuer, store, recorded) =
        (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), RecordedEvents::default());
    let client = issuer.stranger().token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    client.auth().token_set().await.unwrap();
    // Another program without the lock has used r0 and stores its success late: between the refusal and the second look.
    issuer.state().number = 1;
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    let caller = tokio::spawn({
        let client = client.clone();
        async move { list(&client).await }
    });
    while issuer.posts() < 1 {
        tokio::task::yield_now().await;
    }
    store.put(2, Some(TokenSet::bearer("a1").with_refresh_token("r1")));
    gate.add_permits(1);
    caller.await.unwrap().unwrap();
    assert_eq!(recorded.events(), [ClientEvent::Adopted { generation: 2 }]);
    issuer.state().is_revoked = true;
    let error = list(&client).await.unwrap_err();
    assert_eq!(loss(&error), Some(SessionLoss::Revoked));
    let record = store.kept().record.clone();
    assert_eq!((record.generation, record.lost), (3, Some(SessionLoss::Revoked)));
    assert_eq!(record.tokens.unwrap().refresh_token, Some("r1".into()), "kept for inspection");
}

#[tokio::test]
async fn c10_a_dead_grant_is_not_sent_again_until_the_store_changes() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    issuer.state().is_revoked = true;
    for _ in 0..10_000 {
        assert_eq!(loss(&list(&client).await.unwrap_err()), Some(SessionLoss::Revoked));
    }
    assert_eq!((issuer.posts(), issuer.seen().introspections), (1, 0));
    let restarted = issuer.stranger().token_store(store.clone()).build().unwrap();
    assert_eq!(loss(&list(&restarted).await.unwrap_err()), Some(SessionLoss::Revoked));
    assert_eq!(issuer.posts(), 1, "the mark is in the store");
    issuer.state().is_revoked = false;
    store.put(9, Some(Issuer::tokens()));
    list(&client).await.unwrap();
}

#[tokio::test]
async fn c13_one_retry_after_a_401_for_any_method_and_none_after_a_403() {
    let issuer = Issuer::new();
    let client = issuer.client().build().unwrap();
    for number in 1..=5 {
        issuer.expire();
        let _ = client.api().create_ticket(NewTicket::new("x")).await;
        assert_eq!((issuer.posts(), issuer.seen().calls), (number, number * 2));
    }
    issuer.state().call_distortions.push_back(Distortion::Answer(403, "no".into()));
    assert!(list(&client).await.unwrap_err().is_forbidden());
    assert_eq!((issuer.posts(), issuer.seen().calls), (5, 11));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c13_rotation_under_load_shows_no_401_to_callers() {
    let issuer = Issuer::new();
    let client = issuer.client().build().unwrap();
    for _ in 0..50 {
        issuer.expire();
        assert_eq!(crowd(&client, 50).await, 0);
    }
    assert_eq!(issuer.posts(), 50);
}

#[tokio::test]
async fn c14_an_unknown_outcome_is_asked_about_before_anything_is_sent_again() {
    for (alive, posts) in [(true, 2), (false, 1)] {
        let issuer = Issuer::new();
        issuer.expire();
        issuer.distort([if alive { Distortion::LostBefore } else { Distortion::LostAfter }]);
        let outcome = list(&issuer.client().build().unwrap()).await;
        // One question, and one check of the login where it goes on.
        let introspections = if alive { 2 } else { 1 };
        assert_eq!((issuer.posts(), issuer.seen().introspections, issuer.seen().replays), (posts, introspections, 0));
        match outcome {
            Ok(()) => assert!(alive),
            Err(error) => assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown)),
        }
    }
}

#[tokio::test]
async fn c15_the_end_of_the_refresh_token_is_told_a_week_before_once() {
    let (issuer, clock, recorded) = (Issuer::new(), TestClock::new(), RecordedEvents::default());
    let mut tokens = Issuer::tokens();
    let end = Timestamp::from_unix(START + 8_640_000);
    tokens.refresh_token_expires_at = Some(end);
    let client =
        issuer.stranger().token_set(tokens).clock(clock.clone()).on_event(recorded.listener()).build().unwrap();
    list(&client).await.unwrap();
    clock.advance(93 * 86_400 - 1);
    list(&client).await.unwrap();
    assert!(recorded.events().is_empty());
    clock.advance(1);
    for _ in 0..10 {
        list(&client).await.unwrap();
    }
    assert_eq!(recorded.events(), [ClientEvent::RefreshTokenEnds { at: end }]);
    assert_eq!(client.auth().status().refresh_token_expires_at, Some(end));
}

#[tokio::test]
async fn d1_the_session_is_a_fallback_after_a_401_alone_under_a_policy_and_with_an_event() {
    for (policy, read, write) in [
        (SessionFallback::Always, true, true),
        (SessionFallback::ReadsOnly, true, false),
        (SessionFallback::Never, false, false),
    ] {
        let recorded = RecordedEvents::default();
        let wire = Wire::answering(|sent| match sent.header("cookie") {
            Some(_) => answer(200, &json!([])),
            None => text(401, "Unauthorized"),
        });
        let client = wire.client().token_set(TokenSet::bearer("a0")).session_cookie("c00kie").session_fallback(policy);
        let client = client.on_event(recorded.listener()).build().unwrap();
        assert_eq!(list(&client).await.is_ok(), read);
        let _ = client.api().get_ticket(zeyos::Id::new(1)).await;
        for kind in 0..3 {
            let _ = write_ticket(&client, kind).await;
        }
        let lines = wire.log();
        let count = |line: &str| lines.iter().filter(|seen| *seen == line).count();
        for line in ["POST /api/v1/tickets", "GET /api/v1/tickets/1"] {
            assert_eq!(count(&format!("{line} cookie")), usize::from(read), "{policy:?} {line}");
        }
        for line in ["PUT /api/v1/tickets", "PATCH /api/v1/tickets/1", "DELETE /api/v1/tickets/1"] {
            assert_eq!(count(&format!("{line} cookie")), usize::from(write), "{policy:?} {line}");
            assert_eq!(count(&format!("{line} bearer")), 1, "once per identity");
        }
        assert_eq!(recorded.names().len(), 2 * usize::from(read) + 3 * usize::from(write), "an event each");
    }
    for status in [403, 500, 502] {
        let wire = Wire::answering(move |_| text(status, "no"));
        let client = wire.client_with_everything().retry(zeyos::RetryPolicy::None).build().unwrap();
        list(&client).await.unwrap_err();
        assert_eq!(wire.sent().len(), 1, "{status} is not a reason to send it again");
    }
    let wire = Wire::answering(|_| text(401, "Unauthorized"));
    let client = wire.client().token_set(TokenSet::bearer("a0")).build().unwrap();
    list(&client).await.unwrap_err();
    assert_eq!(wire.log(), ["POST /api/v1/tickets bearer"], "no session configured, no fallback");
}

#[tokio::test]
async fn an_ended_password_token_is_issued_anew_once() {
    let alive = Arc::new(std::sync::atomic::AtomicU32::new(1));
    let current = Arc::clone(&alive);
    let wire = Wire::answering(move |sent| {
        use std::sync::atomic::Ordering::SeqCst;
        match sent.url.rsplit('/').next() {
            Some("token") => {
                let number = current.fetch_add(1, SeqCst) + 1;
                answer(200, &json!({"access_token": format!("p{number}"), "expires_in": 3600}))
            }
            _ if sent.header("authorization") == Some(&format!("Bearer p{}", current.load(SeqCst))) => {
                answer(200, &json!([]))
            }
            _ => text(401, "Unauthorized"),
        }
    });
    let store = SimpleStore::holding(TokenSet::bearer("p1"));
    let client = wire.client().basic_user("mara", "pa55").token_store(store.clone()).build().unwrap();
    list(&client).await.unwrap();
    alive.store(5, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(crowd(&client, 20).await, 0);
    let issues: Vec<String> = wire.log().into_iter().filter(|line| line.contains("token")).collect();
    assert_eq!(issues, ["POST /auth/v1/token basic"]);
    assert_eq!(store.get().await.unwrap().unwrap().access_token, Some("p6".into()));
}
