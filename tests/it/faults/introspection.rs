//! What introspection says is checked before anything rests on it, and is asked once by all who share a store.

use std::time::Duration;

use zeyos::store::IntrospectionCheck;
use zeyos::{Client, Error, RefreshLimits, SessionLoss, TokenError};

use crate::promises::refresh::{list, loss};
use crate::support::backend::Backend;
use crate::support::clock::TestClock;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

fn is_unknown(error: &Error) -> bool {
    matches!(error.token_error(), Some(TokenError::Unknown { .. }))
}

/// A client of a server that calls every refresh token inactive, after so many renewals.
async fn lied_to(issuer: &Issuer, store: &SharedMemoryStore, renewals: usize) -> Client {
    issuer.state().lies = true;
    issuer.state().revokes_family = true;
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    for _ in 0..renewals {
        issuer.expire();
        list(&client).await.unwrap();
    }
    client
}

#[tokio::test]
async fn fault_77_no_login_is_lost_to_a_server_that_calls_living_tokens_inactive() {
    for renewals in [1, 3] {
        for distortion in
            [Distortion::LostBefore, Distortion::Answer(503, "down".into()), Distortion::Answer(200, "<html>".into())]
        {
            let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
            let client = lied_to(&issuer, &store, renewals).await;
            assert_eq!(issuer.seen().introspections, 1, "once in a login");
            assert_eq!(store.kept().record.introspection, Some(IntrospectionCheck::Contradicted));
            issuer.distort([distortion]);
            issuer.expire();
            for _ in 0..20 {
                assert!(is_unknown(&list(&client).await.unwrap_err()));
            }
            let posts = issuer.posts();
            assert_eq!((store.kept().record.lost, issuer.seen().replays), (None, 0));
            // A program that starts later is no wiser, and sends nothing either.
            let next = issuer.stranger().token_store(store.clone()).build().unwrap();
            assert!(is_unknown(&list(&next).await.unwrap_err()));
            // The access token that lives is used.
            issuer.state().is_alive = true;
            list(&client).await.unwrap();
            assert_eq!(issuer.posts(), posts, "nothing is sent again unless the caller orders it");
            next.oauth2().refresh().await.unwrap();
            assert_eq!((issuer.posts(), issuer.seen().replays), (posts + 1, 0));
            list(&client).await.unwrap();
        }
    }
}

#[tokio::test]
async fn fault_77_a_server_that_tells_the_truth_is_believed_and_asked_once() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    for _ in 0..5 {
        issuer.expire();
        list(&client).await.unwrap();
    }
    assert_eq!((issuer.posts(), issuer.seen().introspections), (5, 1));
    assert_eq!(store.kept().record.introspection, Some(IntrospectionCheck::Confirmed));
    issuer.expire();
    issuer.distort([Distortion::LostAfter]);
    assert_eq!(loss(&list(&client).await.unwrap_err()), Some(SessionLoss::RotationOutcomeUnknown));
    // A new login is another one.
    client.oauth2().exchange_authorization_code("c", None, None).await.unwrap();
    assert_eq!(issuer.seen().introspections, 3, "the check, the question, the check");
    // What it cannot say now it is asked about the next token.
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.distort_introspection([Distortion::Answer(503, "down".into())]);
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    for expected in [None, Some(IntrospectionCheck::Confirmed)] {
        issuer.expire();
        list(&client).await.unwrap();
        assert_eq!(store.kept().record.introspection, expected);
    }
}

#[tokio::test]
async fn fault_78_all_processes_that_meet_an_unknown_outcome_ask_once_a_minute_between_them() {
    let (backend, issuer, clock) = (Backend::files(), Issuer::new(), TestClock::new());
    let mut clients = Vec::new();
    for _ in 0..16 {
        let client =
            issuer.stranger().clock(clock.clone()).token_store(backend.store().await).token_set(Issuer::tokens());
        clients.push(client.build().unwrap());
    }
    list(&clients[0]).await.unwrap();
    issuer.expire();
    issuer.distort([Distortion::Answer(502, "down".into())]);
    issuer.distort_introspection(std::iter::repeat_n(Distortion::Answer(502, "down".into()), 5));
    for minute in 1..=5 {
        for client in clients.iter().chain(&clients) {
            assert!(is_unknown(&list(client).await.unwrap_err()));
        }
        assert_eq!((issuer.posts(), issuer.seen().introspections), (1, minute));
        clock.advance(60);
    }
    for client in &clients {
        list(client).await.unwrap();
    }
    assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0));
}

#[tokio::test]
async fn fault_78_an_old_copy_is_asked_about_once_a_minute_by_all_who_find_it() {
    let (backend, issuer, clock) = (Backend::files(), Issuer::new(), TestClock::new());
    let start = |store| issuer.stranger().clock(clock.clone()).token_store(store).build().unwrap();
    let first = issuer.stranger().token_store(backend.store().await).token_set(Issuer::tokens()).build().unwrap();
    list(&first).await.unwrap();
    let old = backend.image().await;
    issuer.expire();
    list(&first).await.unwrap();
    // All but the file that tells of newer generations.
    for (name, bytes) in old.iter().filter(|(name, _)| !name.ends_with(".lock")) {
        backend.put(name, Some(bytes)).await;
    }
    issuer.expire();
    issuer.distort_introspection(std::iter::repeat_n(Distortion::Answer(502, "down".into()), 1));
    let before = issuer.seen().introspections;
    for _ in 0..8 {
        assert!(is_unknown(&list(&start(backend.store().await)).await.unwrap_err()));
    }
    assert_eq!((issuer.posts(), issuer.seen().introspections), (1, before + 1));
}

#[tokio::test]
async fn fault_74_a_token_endpoint_that_cannot_be_reached_is_tried_once_in_a_while_by_the_whole_process() {
    let (issuer, clock) = (Issuer::new(), TestClock::new());
    let mut tokens = Issuer::tokens();
    tokens.expires_at = Some(zeyos::Timestamp::from_unix(crate::support::clock::START + 30));
    let limits = RefreshLimits::default().reread(Duration::ZERO).backoff(Duration::from_secs(3));
    let client = issuer.stranger().token_set(tokens).clock(clock.clone()).refresh_limits(limits).build().unwrap();
    issuer.distort(std::iter::repeat_n(Distortion::Unsent, 3));
    // 5 s, 10 s, 20 s: the clock moves, and no one sleeps for it.
    let mut tried = 0;
    for pause in [10, 20] {
        for _ in 0..500 {
            list(&client).await.unwrap();
        }
        tried += 1;
        settle(&issuer, tried).await;
        clock.advance(pause - 1);
        for _ in 0..500 {
            list(&client).await.unwrap();
        }
        settle(&issuer, tried).await;
        clock.advance(1);
    }
    assert_eq!((issuer.seen().unsent, issuer.posts()), (2, 0));
    list(&client).await.unwrap();
    settle(&issuer, 3).await;
    // It can be reached again, and the token has ended by now: a call that needs a new one gets it at once.
    issuer.expire();
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0));
}

/// Lets the try in the background end.
async fn settle(issuer: &Issuer, unsent: u32) {
    for _ in 0..1000 {
        if issuer.seen().unsent >= unsent {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(issuer.seen().unsent, unsent);
}
