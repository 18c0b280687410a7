//! A store that falls back to an older copy, or is empty, under a running program.

use std::time::Duration;

use zeyos::store::TokenStore as _;
use zeyos::{Client, ClientEvent, RefreshLimits, TokenSet};

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::{list, loss};
use crate::support::backend::{AnyStore, Backend, Image, on_other_backends};
use crate::support::changed;
use crate::support::clock::TestClock;
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};

/// What becomes of the login while the store is an old copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    /// No other program comes.
    Nobody,
    /// One sends the spent token of the copy and writes its loss.
    Spends,
    /// One signs in anew.
    SignsIn,
    /// One signs in anew in the same second as the tokens of the running program came.
    SignsInAtOnce,
}

async fn signed_in(issuer: &Issuer, store: AnyStore) -> Client {
    issuer.stranger().token_store(store).token_set(Issuer::tokens()).build().unwrap()
}

async fn renew(issuer: &Issuer, client: &Client) {
    issuer.expire();
    list(client).await.unwrap();
}

/// A program that has renewed its tokens so often, and what the store held each time.
async fn program(
    backend: &Backend,
    issuer: &Issuer,
    recorded: &RecordedEvents,
    renewals: usize,
) -> (Client, Vec<Image>) {
    let client = issuer.stranger().token_store(backend.store().await).token_set(Issuer::tokens());
    let client = client.clock(TestClock::new()).on_event(recorded.listener()).build().unwrap();
    let mut images = vec![Image::new()];
    list(&client).await.unwrap();
    images.push(backend.image().await);
    for _ in 0..renewals {
        renew(issuer, &client).await;
        images.push(backend.image().await);
    }
    (client, images)
}

/// Whatever the store has fallen back to, and whatever another program makes of it, the running one goes on.
async fn nothing_is_lost(backend: Backend) {
    let mut rounds = 0;
    // A Secret Service takes a tenth of a second for a write, so it meets a part of the cases.
    let counts = if backend.is_slow() { &[1][..] } else { &[1, 3] };
    for renewals in counts.iter().copied() {
        for other in [Other::Nobody, Other::Spends, Other::SignsIn, Other::SignsInAtOnce] {
            for back in 0..=renewals {
                backend.restore(&Image::new()).await;
                let (issuer, recorded) = (Issuer::new(), RecordedEvents::default());
                let (client, images) = program(&backend, &issuer, &recorded, renewals).await;
                let what = format!("{renewals} renewals, back to {back}, {other:?}");
                backend.restore(&images[back]).await;
                meddle(&backend, &issuer, other, back).await;
                // A login that was made anew has just got its tokens.
                if matches!(other, Other::Nobody | Other::Spends) {
                    issuer.expire();
                }
                list(&client).await.unwrap_or_else(|error| panic!("{what}: {error}"));
                let number = issuer.state().number;
                let tokens = client.auth().token_set().await.unwrap().unwrap();
                assert_eq!(tokens.access_token, Some(format!("a{number}").into()), "{what}");
                // The store has what it must have: the next start goes on from there, and so does this program.
                let next = issuer.stranger().token_store(backend.store().await).build().unwrap();
                renew(&issuer, &next).await;
                list(&client).await.unwrap();
                renew(&issuer, &client).await;
                let is_lost = recorded.names().iter().any(|name| name == "Lost");
                assert!(!is_lost, "{what}: {:?}", recorded.names());
                if other == Other::Nobody {
                    assert!(recorded.names().iter().any(|name| name == "Restored"), "{what}: {:?}", recorded.names());
                }
                rounds += 1;
            }
        }
    }
    assert_eq!(rounds, 4 * if backend.is_slow() { 2 } else { 2 + 4 });
}

/// Another program with nothing but the store.
async fn meddle(backend: &Backend, issuer: &Issuer, other: Other, back: usize) {
    if other == Other::Nobody {
        return;
    }
    // A second later, as a person is; or not.
    let clock = TestClock::new();
    clock.set_wall(if other == Other::SignsIn { 10 } else { 0 });
    let client = issuer.stranger().token_store(backend.store().await).clock(clock).build().unwrap();
    if other == Other::Spends {
        issuer.expire();
        let error = list(&client).await.unwrap_err();
        assert!(back == 0 || loss(&error).is_some(), "{error}");
        return;
    }
    client.oauth2().exchange_authorization_code("c", None, None).await.unwrap();
}

#[tokio::test]
async fn fault_58_a_store_that_falls_back_costs_no_login_that_a_running_program_holds() {
    nothing_is_lost(Backend::files()).await;
}

on_other_backends!(
    nothing_is_lost,
    redis_that_falls_back_costs_no_login_that_a_running_program_holds,
    a_secret_service_that_falls_back_costs_no_login_that_a_running_program_holds
);

/// Two programs: the one that renewed last has the living pair, the other one an ancestor of it.
#[tokio::test]
async fn fault_58_of_two_running_programs_the_one_with_the_living_tokens_prevails() {
    for first in [true, false] {
        let (backend, issuer) = (Backend::files(), Issuer::new());
        issuer.state().revokes_family = true;
        let (old, images) = program(&backend, &issuer, &RecordedEvents::default(), 1).await;
        let new = issuer.stranger().token_store(backend.store().await).build().unwrap();
        list(&new).await.unwrap();
        renew(&issuer, &new).await;
        backend.restore(&images[1]).await;
        issuer.expire();
        if first {
            // It has a spent token, and asks before it would send it: the loss is its own and costs the other one nothing.
            assert!(loss(&list(&old).await.unwrap_err()).is_some());
        }
        list(&new).await.unwrap();
        assert_eq!((issuer.seen().replays, issuer.posts()), (0, 3));
        list(&old).await.unwrap();
        renew(&issuer, &old).await;
        list(&new).await.unwrap();
        renew(&issuer, &new).await;
    }
}

/// Until the server has said which of two logins lives, neither is written over.
#[tokio::test]
async fn fault_58_what_cannot_be_told_is_asked_and_not_overwritten() {
    let (backend, issuer) = (Backend::files(), Issuer::new());
    let (client, _) = program(&backend, &issuer, &RecordedEvents::default(), 1).await;
    let foreign = TokenSet::bearer("foreign").with_refresh_token("of another program");
    let text = foreign.to_json_exposing_secrets().to_string();
    backend.put("tokens.json", Some(text.as_bytes())).await;
    issuer.expire();
    issuer.distort_introspection([Distortion::Answer(503, "down".into()), Distortion::Answer(503, "down".into())]);
    list(&client).await.unwrap_err();
    assert_eq!(backend.image().await["tokens.json"], text.as_bytes());
    assert_eq!(client.auth().token_set().await.unwrap().unwrap().refresh_token, Some("r1".into()));
    assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0));
}

/// A file that holds a bare token set, as a program writes that knows no records.
async fn foreign_file(backend: &Backend, number: u32) {
    let tokens = TokenSet::bearer(format!("a{number}")).with_refresh_token(format!("r{number}"));
    backend.put("tokens.json", Some(tokens.to_json_exposing_secrets().to_string().as_bytes())).await;
}

#[tokio::test]
async fn fault_70_tokens_that_another_program_writes_around_a_refusal_are_adopted() {
    for is_before in [true, false] {
        let (backend, issuer, recorded) = (Backend::files(), Issuer::new(), RecordedEvents::default());
        let (client, _) = program(&backend, &issuer, &recorded, 1).await;
        // The other program has spent r1: the chain goes on with r2.
        issuer.state().number = 2;
        issuer.state().is_alive = true;
        if is_before {
            foreign_file(&backend, 2).await;
            list(&client).await.unwrap();
            assert_eq!(issuer.seen().replays, 0, "nothing spent is sent");
        } else {
            let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
            issuer.distort([Distortion::Hold(std::sync::Arc::clone(&gate))]);
            let calling = client.clone();
            let call = tokio::spawn(async move { list(&calling).await });
            while issuer.posts() < 2 {
                tokio::task::yield_now().await;
            }
            foreign_file(&backend, 2).await;
            gate.add_permits(1);
            call.await.unwrap().unwrap();
        }
        assert_eq!(client.auth().token_set().await.unwrap().unwrap().refresh_token, Some("r2".into()));
        assert!(
            recorded.events().iter().any(|event| matches!(event, ClientEvent::Adopted { .. })),
            "{:?}",
            recorded.events()
        );
        renew(&issuer, &client).await;
        renew(&issuer, &signed_in(&issuer, backend.store().await).await).await;
    }
}

/// The refusal is known, and the store is read once more to see whether someone else has newer tokens.
#[tokio::test]
async fn fault_70_tokens_that_another_program_writes_after_a_refusal_are_adopted() {
    // The first wait is over after 50 ms, the second one after another 100, the third one after another 200.
    for waits in 0..3 {
        let (backend, issuer, clock, recorded) =
            (Backend::files(), Issuer::new(), TestClock::new(), RecordedEvents::default());
        let client = issuer.stranger().token_store(backend.store().await).token_set(Issuer::tokens());
        let client = client.refresh_limits(RefreshLimits::default().floor(Duration::ZERO));
        let client = client.clock(clock.clone()).on_event(recorded.listener()).build().unwrap();
        list(&client).await.unwrap();
        // Another program has spent r0: the chain goes on with r2.
        issuer.state().number = 2;
        let calling = client.clone();
        let call = tokio::spawn(async move { list(&calling).await });
        for wait in [50, 100, 200].into_iter().take(waits).map(Duration::from_millis) {
            until(|| issuer.posts() == 1 && clock.is_slept_on(wait)).await;
            clock.run(wait);
        }
        until(|| issuer.posts() == 1 && clock.is_slept_on(Duration::from_millis(50 << waits))).await;
        foreign_file(&backend, 2).await;
        clock.run(Duration::from_millis(50 << waits));
        call.await.unwrap().unwrap();
        assert_eq!(client.auth().token_set().await.unwrap().unwrap().refresh_token, Some("r2".into()), "{waits}");
        assert!(recorded.names().iter().all(|name| name != "Lost"), "{:?}", recorded.names());
        renew(&issuer, &client).await;
        renew(&issuer, &signed_in(&issuer, backend.store().await).await).await;
    }
}

#[tokio::test]
async fn fault_84_records_go_round_the_stores_and_mean_the_same() {
    use zeyos::SessionLoss::{Expired, Revoked, RotationOutcomeUnknown, StaleStore};
    use zeyos::store::{Commit, IntrospectionCheck, Lineage, Pending, TokenRecord};
    let backend = Backend::files();
    #[cfg(feature = "redis")]
    let redis = crate::shared_stores::redis_server::RedisServer::start();
    let store = backend.store().await;
    let shared = || store.shared().unwrap();
    let losses = [None, Some(RotationOutcomeUnknown), Some(StaleStore), Some(Revoked), Some(Expired)];
    let checks = [None, Some(IntrospectionCheck::Confirmed), Some(IntrospectionCheck::Contradicted)];
    let mut generation = 0;
    for lost in losses {
        for introspection in checks {
            let tokens = TokenSet::bearer(format!("a{generation}")).with_refresh_token("r");
            let lineage = Some(Lineage::first(&Issuer::tokens()).renewed(&tokens));
            let owner = Some("https://erp.example.com/demo app".to_owned());
            generation += 1;
            let record = changed(TokenRecord::default(), |record| {
                record.generation = generation;
                record.tokens = Some(tokens);
                record.lost = lost;
                record.owner = owner;
                record.lineage = lineage;
                record.introspection = introspection;
            });
            let mut lock = shared().lock(std::time::Duration::from_secs(5)).await.unwrap();
            assert_eq!(lock.commit(generation - 1, &record).await.unwrap(), Commit::Stored);
            let since = zeyos::Timestamp::from_unix(1_800_000_000);
            let pending = changed(Pending::new(generation, since, "q"), |pending| {
                pending.refresh_token_hash = Some("00ff".into())
            });
            lock.prepare(&pending).await.unwrap();
            lock.release().await.unwrap();
            let image = backend.image().await;
            #[cfg(feature = "redis")]
            {
                let there = other_store(&redis, &image["tokens.json"], &image["tokens.json.pending"]).await;
                assert_eq!(there, (record, Some(pending)), "{lost:?} {introspection:?}");
            }
            #[cfg(not(feature = "redis"))]
            assert_eq!((shared().read().await.unwrap(), image.len() > 2), (record, true));
        }
    }
}

/// The same bytes under a key of Redis, and from there in a file again.
#[cfg(feature = "redis")]
async fn other_store(
    redis: &crate::shared_stores::redis_server::RedisServer,
    record: &[u8],
    pending: &[u8],
) -> (zeyos::store::TokenRecord, Option<zeyos::store::Pending>) {
    let () = redis.command(&[b"SET", b"{k}", record]).await;
    let () = redis.command(&[b"SET", b"{k}:pending", pending]).await;
    let store = redis.store("k").await;
    let mut lock = store.shared().unwrap().lock(std::time::Duration::from_secs(5)).await.unwrap();
    let held = lock.read().await.unwrap();
    lock.release().await.unwrap();
    let back = Backend::files();
    back.put("tokens.json", Some(&redis.command::<Vec<u8>>(&[b"GET", b"{k}"]).await)).await;
    assert_eq!(back.store().await.shared().unwrap().read().await.unwrap(), held.record);
    (held.record, held.pending)
}

/// Where the record is among the pieces.
#[cfg(any(feature = "redis", feature = "keyring"))]
fn record_of(backend: &Backend) -> &'static str {
    match backend {
        Backend::Files(_) => "tokens.json",
        #[cfg(feature = "redis")]
        Backend::Redis(_) => "{k}",
        #[cfg(feature = "keyring")]
        Backend::Keyring { .. } => "demo",
    }
}

/// What a file holds is read where it is put, and the other way round.
#[cfg(any(feature = "redis", feature = "keyring"))]
async fn records_are_read_by_another_store(there: Backend) {
    use zeyos::SessionLoss::{Expired, Revoked, RotationOutcomeUnknown, StaleStore};
    use zeyos::store::{Commit, IntrospectionCheck, Lineage, TokenRecord};
    let here = Backend::files();
    let losses = [None, Some(RotationOutcomeUnknown), Some(StaleStore), Some(Revoked), Some(Expired)];
    let checks = [None, Some(IntrospectionCheck::Confirmed), Some(IntrospectionCheck::Contradicted)];
    for (number, lost) in losses.into_iter().enumerate() {
        // A Secret Service takes a tenth of a second for a write, so it meets each loss with one check.
        let some = if there.is_slow() { number % 3..number % 3 + 1 } else { 0..3 };
        for introspection in checks[some].iter().copied() {
            for (from, to) in [(&here, &there), (&there, &here)] {
                from.restore(&Image::new()).await;
                to.restore(&Image::new()).await;
                let tokens = TokenSet::bearer("a1").with_refresh_token("r1");
                let lineage = Some(Lineage::first(&Issuer::tokens()).renewed(&tokens));
                let owner = Some("https://erp.example.com/demo app".to_owned());
                let record = changed(TokenRecord::default(), |record| {
                    record.generation = 1;
                    record.tokens = Some(tokens);
                    record.lost = lost;
                    record.owner = owner;
                    record.lineage = lineage;
                    record.introspection = introspection;
                });
                let store = from.store().await;
                let mut lock = store.shared().unwrap().lock(Duration::from_secs(5)).await.unwrap();
                assert_eq!(lock.commit(0, &record).await.unwrap(), Commit::Stored);
                lock.release().await.unwrap();
                let bytes = from.image().await.remove(record_of(from)).unwrap();
                to.put(record_of(to), Some(&bytes)).await;
                let read = to.store().await.shared().unwrap().read().await.unwrap();
                assert_eq!(read, record, "{lost:?} {introspection:?}, into {}", record_of(to));
            }
        }
    }
}

on_other_backends!(
    records_are_read_by_another_store,
    records_of_files_and_of_redis_are_read_by_each_other,
    records_of_files_and_of_a_secret_service_are_read_by_each_other
);
