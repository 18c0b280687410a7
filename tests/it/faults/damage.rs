//! A store that is damaged, under a running program and between two runs; what a logout leaves of it.

use zeyos::Client;
use zeyos::store::TokenStore as _;

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::list;
use crate::support::backend::{Backend, Image, damages, on_other_backends};
use crate::support::issuer::Issuer;

async fn renew(issuer: &Issuer, client: &Client, what: &str) {
    issuer.expire();
    list(client).await.unwrap_or_else(|error| panic!("{what}: {error}"));
}

/// A program that has renewed its tokens so often over an empty store.
async fn program(backend: &Backend, issuer: &Issuer, recorded: &RecordedEvents, renewals: usize) -> Client {
    backend.restore(&Image::new()).await;
    let client = issuer.stranger().token_store(backend.store().await).token_set(Issuer::tokens());
    let client = client.on_event(recorded.listener()).build().unwrap();
    list(&client).await.unwrap();
    for _ in 0..renewals {
        renew(issuer, &client, "before").await;
    }
    client
}

/// Without the configured first tokens: what it has, it has from the store.
async fn next_start(backend: &Backend, issuer: &Issuer) -> Client {
    issuer.stranger().token_store(backend.store().await).build().unwrap()
}

/// A Secret Service takes a tenth of a second for a write, so it meets a part of the cases.
fn some<T>(backend: &Backend, all: impl IntoIterator<Item = T>) -> Vec<T> {
    let step = if backend.is_slow() { 3 } else { 1 };
    all.into_iter().step_by(step).collect()
}

async fn under_a_running_program(backend: Backend) {
    let mut rounds = 0;
    for renewals in some(&backend, 0..=2) {
        let pieces: Vec<String> = {
            program(&backend, &Issuer::new(), &RecordedEvents::default(), renewals).await;
            backend.image().await.into_keys().collect()
        };
        for piece in pieces.iter().map(Some).chain([None]) {
            for number in some(&backend, 0..6) {
                for is_closed in if backend.is_slow() { &[true][..] } else { &[false, true] }.iter().copied() {
                    let (issuer, recorded) = (Issuer::new(), RecordedEvents::default());
                    issuer.state().revokes_family = true;
                    let client = program(&backend, &issuer, &recorded, renewals).await;
                    let mut how = "";
                    for (name, whole) in backend.image().await {
                        if piece.is_none_or(|piece| *piece == name) {
                            let (word, bytes) = damages(&whole)[number].clone();
                            how = word;
                            backend.put(&name, bytes.as_deref()).await;
                        }
                    }
                    let what = format!("{renewals} renewals, {piece:?} {how}, closed {is_closed}");
                    if is_closed {
                        // The program ends without another refresh: what it holds has to be in the store.
                        client.auth().close().await.unwrap();
                    } else {
                        renew(&issuer, &client, &what).await;
                    }
                    drop(client);
                    renew(&issuer, &next_start(&backend, &issuer).await, &what).await;
                    assert_eq!(issuer.seen().replays, 0, "{what}");
                    assert!(!recorded.names().iter().any(|name| name == "Lost"), "{what}: {:?}", recorded.names());
                    // Without a piece left to repair it from, the program has written back what it held, and says so.
                    if piece.is_none() {
                        assert!(
                            recorded.names().iter().any(|name| name == "Restored"),
                            "{what}: {:?}",
                            recorded.names()
                        );
                    }
                    rounds += 1;
                }
            }
        }
    }
    assert!(rounds >= if backend.is_slow() { 8 } else { 3 * 3 * 6 * 2 }, "{rounds}");
}

#[tokio::test]
async fn fault_59_damage_under_a_running_program_is_no_logout() {
    under_a_running_program(Backend::files()).await;
}

on_other_backends!(
    under_a_running_program,
    damage_in_redis_under_a_running_program_is_no_logout,
    damage_in_a_secret_service_under_a_running_program_is_no_logout
);

#[tokio::test]
async fn fault_59_a_logout_of_another_program_is_one() {
    let (backend, issuer, recorded) = (Backend::files(), Issuer::new(), RecordedEvents::default());
    let client = program(&backend, &issuer, &recorded, 1).await;
    let other = next_start(&backend, &issuer).await;
    other.auth().logout().await.unwrap();
    issuer.expire();
    assert!(list(&client).await.is_err());
    assert_eq!(client.auth().token_set().await.unwrap(), None);
    client.auth().close().await.unwrap();
    assert_eq!(backend.store().await.get().await.unwrap(), None, "nobody signs it in again");
    assert!(!recorded.names().iter().any(|name| name == "Restored"), "{:?}", recorded.names());
}

async fn between_two_runs(backend: Backend) {
    for renewals in some(&backend, 0..=2) {
        let pieces: Vec<String> = {
            program(&backend, &Issuer::new(), &RecordedEvents::default(), renewals).await;
            backend.image().await.into_keys().collect()
        };
        for piece in &pieces {
            for number in some(&backend, 0..6) {
                let issuer = Issuer::new();
                issuer.state().revokes_family = true;
                program(&backend, &issuer, &RecordedEvents::default(), renewals).await.auth().close().await.unwrap();
                let whole = backend.image().await[piece].clone();
                let (how, bytes) = damages(&whole)[number].clone();
                backend.put(piece, bytes.as_deref()).await;
                let what = format!("{renewals} renewals, {piece} {how}");
                let client = next_start(&backend, &issuer).await;
                issuer.state().is_alive = true;
                list(&client).await.unwrap_or_else(|error| panic!("{what}: {error}"));
                renew(&issuer, &client, &what).await;
                assert_eq!(issuer.seen().replays, 0, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn fault_68_one_damaged_file_between_two_runs_costs_nothing() {
    between_two_runs(Backend::files()).await;
}

on_other_backends!(
    between_two_runs,
    one_damaged_key_between_two_runs_costs_nothing,
    one_damaged_entry_between_two_runs_costs_nothing
);

async fn a_logout_leaves_no_token(backend: Backend) {
    for piece in [0, 1] {
        for is_forgotten in [false, true] {
            if backend.is_slow() && is_forgotten != (piece == 1) {
                continue;
            }
            let issuer = Issuer::new();
            let client = program(&backend, &issuer, &RecordedEvents::default(), 1).await;
            let (name, whole) = backend.image().await.into_iter().nth(piece).unwrap();
            let cut = [&whole[..whole.len() - 5], b"~~~~~"].concat();
            backend.put(&name, Some(&cut)).await;
            renew(&issuer, &client, &name).await;
            if is_forgotten {
                backend.store().await.forget().await.unwrap();
            } else {
                client.auth().logout().await.unwrap();
            }
            for word in ["a0", "a1", "a2", "r0", "r1", "r2"] {
                let token = format!("\"{word}\"");
                assert_eq!(backend.holds(&token).await, None, "{word} after {name} was damaged");
            }
            assert_eq!(backend.store().await.get().await.unwrap(), None);
        }
    }
}

#[tokio::test]
async fn fault_73_a_logout_after_damage_leaves_no_token_on_the_disk() {
    a_logout_leaves_no_token(Backend::files()).await;
}

on_other_backends!(
    a_logout_leaves_no_token,
    a_logout_after_damage_leaves_no_token_in_redis,
    a_logout_after_damage_leaves_no_token_in_a_secret_service
);
