//! Faults 21 and 22: the lock of a store in Redis ends or is forgotten while its holder is at work.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use zeyos::store::{Commit, StoreLock, TokenRecord};
use zeyos::{RedisTokenStore, TokenSet, TokenStore};

use crate::shared_stores::contract::{advance, lock, pending, shared};
use crate::shared_stores::redis_server::RedisServer;
use crate::support::changed;
use crate::support::size::size;

/// A token endpoint that takes each refresh token once, or one with a window in which it answers again with another pair. It
/// counts its refusals.
#[derive(Default)]
struct Endpoint {
    spent: Mutex<(Option<String>, u64)>,
    window: bool,
}

impl Endpoint {
    fn post(&self, refresh_token: &str, name: &str) -> Option<TokenSet> {
        let mut state = self.spent.lock().unwrap();
        if !self.window && state.0.as_deref() == Some(refresh_token) {
            state.1 += 1;
            return None;
        }
        state.0 = Some(refresh_token.to_owned());
        Some(TokenSet::bearer(format!("a-{name}")).with_refresh_token(format!("r-{name}")))
    }

    fn refusals(&self) -> u64 {
        self.spent.lock().unwrap().1
    }
}

/// Reads, and leaves its mark.
async fn begin(store: &RedisTokenStore, name: &str) -> (Box<dyn StoreLock>, TokenRecord) {
    let mut holder = lock(store).await;
    let record = holder.read().await.unwrap().record;
    holder.prepare(&pending(record.generation, name)).await.unwrap();
    (holder, record)
}

/// Sends; with tokens commits them, and otherwise waits for those of the winner. Answers what it goes on with.
async fn finish(
    store: &RedisTokenStore,
    holder: &mut dyn StoreLock,
    old: &TokenRecord,
    answer: Option<TokenSet>,
) -> TokenRecord {
    if let Some(tokens) = answer {
        // Without its mark the reply has no place; the commit decides anyway.
        let _ = holder.journal(Bytes::from_static(b"{}")).await;
        let next = changed(old.clone(), |record| {
            record.generation = old.generation + 1;
            record.tokens = Some(tokens);
        });
        return match holder.commit(old.generation, &next).await.unwrap() {
            Commit::Stored => next,
            Commit::Conflict(theirs) => *theirs,
        };
    }
    loop {
        let now = shared(store).read().await.unwrap();
        if now.generation > old.generation {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn refresh_token(record: &TokenRecord) -> String {
    record.tokens.as_ref().and_then(|tokens| tokens.refresh_token.as_ref()).unwrap().expose().to_owned()
}

/// One run: the lease of the first holder ends while its request is under way, and a second one sends the same token.
async fn lease_ends(server: &RedisServer, stores: (&RedisTokenStore, &RedisTokenStore), run: u64) {
    // Where both are answered, the one who stores first has won.
    let endpoint = Endpoint { window: run % 4 >= 2, ..Endpoint::default() };
    let (mut first, old) = begin(stores.0, &format!("{run}-first")).await;
    let _: i64 = server.command(&[b"DEL", lock_key(run).as_bytes()]).await;
    let (mut second, seen) = begin(stores.1, &format!("{run}-second")).await;
    assert_eq!(old, seen);
    let token = refresh_token(&old);
    let (one, two) = (format!("{run}-first"), format!("{run}-second"));
    let (a, b) = if run.is_multiple_of(2) {
        let a = endpoint.post(&token, &one);
        (a, endpoint.post(&token, &two))
    } else {
        let b = endpoint.post(&token, &two);
        (endpoint.post(&token, &one), b)
    };
    let answers = [a.clone(), b.clone()];
    let (a, b) = tokio::join!(finish(stores.0, first.as_mut(), &old, a), finish(stores.1, second.as_mut(), &old, b));
    assert!(a == b && a.tokens.is_some() && answers.contains(&a.tokens), "run {run}: {a:?} {b:?}");
    first.release().await.unwrap();
    second.release().await.unwrap();
    let mut holder = lock(stores.0).await;
    let held = holder.read().await.unwrap();
    assert_eq!((held.record, held.pending, held.reply, held.damage), (a, None, None, None), "run {run}");
    holder.release().await.unwrap();
    assert_eq!(endpoint.refusals(), u64::from(!endpoint.window));
}

const LANES: u64 = 8;
const RUNS: usize = 2_000;

fn lock_key(run: u64) -> String {
    format!("{{lane{}}}:lock", run % LANES)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_21_a_lease_that_ends_during_the_post_leaves_the_winners_tokens() {
    let server = std::sync::Arc::new(RedisServer::start());
    let mut lanes = Vec::new();
    let runs = size("ZEYOS_LEASES", RUNS) as u64;
    for lane in 0..LANES {
        let key = format!("lane{lane}");
        let stores = (server.store(&key).await, server.store(&key).await);
        advance(&stores.0, 1).await;
        let server = std::sync::Arc::clone(&server);
        lanes.push(tokio::spawn(async move {
            let mut before = 1;
            for run in (lane..runs).step_by(LANES as usize) {
                lease_ends(&server, (&stores.0, &stores.1), run).await;
                let now = shared(&stores.1).read().await.unwrap();
                assert!(now.generation == before + 1 && now.tokens.is_some(), "nothing is ever deleted: {now:?}");
                before = now.generation;
            }
        }));
    }
    for lane in lanes {
        lane.await.unwrap();
    }
}

#[tokio::test]
async fn fault_22_a_failover_that_drops_the_lock_costs_one_invalid_grant_at_most() {
    for winner_first in [true, false] {
        let mut server = RedisServer::start();
        let (one, two) = (server.store("k").await, server.store("k").await);
        advance(&one, 1).await;
        let () = server.command(&[b"SAVE"]).await;
        let endpoint = Endpoint::default();
        let (mut first, old) = begin(&one, "first").await;
        // What the replica had not got yet: the lock and the mark.
        server.crash_and_restart();
        let (mut second, seen) = begin(&two, "second").await;
        assert_eq!(old, seen);
        let token = refresh_token(&old);
        let (a, b) = if winner_first {
            let a = endpoint.post(&token, "first");
            (a, endpoint.post(&token, "second"))
        } else {
            let b = endpoint.post(&token, "second");
            (endpoint.post(&token, "first"), b)
        };
        let won = a.clone().or(b.clone());
        let (a, b) = tokio::join!(finish(&one, first.as_mut(), &old, a), finish(&two, second.as_mut(), &old, b));
        assert_eq!((&a.tokens, &b.tokens), (&won, &won));
        assert!(endpoint.refusals() <= 1);
        first.release().await.unwrap();
        second.release().await.unwrap();
        assert_eq!(one.get().await.unwrap(), won, "the session is not lost");
    }
}
