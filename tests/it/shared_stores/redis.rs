//! The store in Redis, against a real server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use zeyos::store::Commit;
use zeyos::{RedisOptions, RedisTokenStore, SessionLoss, StoreErrorKind, TokenStore};

use super::contract::{self, PATIENT, advance, lock, pending, record, shared};
use super::redis_server::RedisServer;
use crate::support::changed;
use crate::support::clock::TestClock;

const KEY: &[u8] = b"{k}";

#[tokio::test]
async fn the_contract_of_a_shared_store() {
    let server = RedisServer::start();
    contract::check(&server.store("k").await, &server.store("k").await).await;
    // Nothing was left without its hash tag, and another key is another login.
    let keys: Vec<String> = server.command(&[b"KEYS", b"*"]).await;
    assert!(!keys.is_empty() && keys.iter().all(|key| key.starts_with("{k}")), "{keys:?}");
    contract::check(&server.store("other").await, &server.store("other").await).await;
}

#[tokio::test]
async fn the_logins_of_many_keys_share_one_connection_and_nothing_else() {
    let server = RedisServer::start();
    let first = server.store("k").await;
    let accepted = async || -> u64 {
        let told: String = server.command(&[b"INFO", b"stats"]).await;
        let line = told.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        line.unwrap().parse().unwrap()
    };
    let before = accepted().await;
    let many: Vec<RedisTokenStore> = (0..20).map(|user| first.with_key(&format!("user-{user}")).unwrap()).collect();
    for (user, store) in many.iter().enumerate() {
        store.set(record(user as u64 + 1).tokens.as_ref()).await.unwrap();
    }
    for (user, store) in many.iter().enumerate() {
        assert_eq!(store.get().await.unwrap(), record(user as u64 + 1).tokens);
    }
    assert_eq!(first.get().await.unwrap(), None);
    // The two commands that count have each a connection of their own.
    assert_eq!(accepted().await - before, 1);
    assert!(first.with_key("a{b").is_err() && first.with_key("").is_err());
}

#[tokio::test]
async fn a_stalled_holder_writes_nothing_over_its_successor() {
    let server = RedisServer::start();
    let store = server.store("k").await;
    advance(&store, 1).await;
    // A program of its own, whose threads stand still while no one drives them.
    let url = server.url();
    let (stalled, mut holder) = std::thread::spawn(move || {
        let stalled = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let holder = stalled.block_on(async {
            let lease = RedisOptions::new().lease(Duration::from_millis(200));
            let store = RedisTokenStore::connect_with(&url, "k", lease).await.unwrap();
            let mut holder = lock(&store).await;
            holder.prepare(&pending(1, "stalled")).await.unwrap();
            holder
        });
        (stalled, holder)
    })
    .join()
    .unwrap();

    let mut next = lock(&store).await;
    assert_eq!(next.read().await.unwrap().pending, Some(pending(1, "stalled")));
    next.prepare(&pending(1, "next")).await.unwrap();

    // It wakes up: neither mark nor reply of its successor may change, nor may the lock.
    let (stalled, mut holder) = std::thread::spawn(move || {
        stalled.block_on(async {
            for outcome in [
                holder.journal(Bytes::from_static(b"late")).await,
                holder.prepare(&pending(1, "late")).await,
                holder.clear().await,
            ] {
                let error = outcome.unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::LockTimeout, "{error}");
            }
        });
        (stalled, holder)
    })
    .join()
    .unwrap();
    let held = next.read().await.unwrap();
    assert_eq!((held.pending, held.reply), (Some(pending(1, "next")), None));
    assert_eq!(next.commit(1, &record(2)).await.unwrap(), Commit::Stored);

    std::thread::spawn(move || {
        stalled.block_on(async {
            let late = record(2).tokens.map(|tokens| tokens.with_refresh_token("late"));
            let late = changed(record(2), |record| record.tokens = late);
            assert_eq!(holder.commit(1, &late).await.unwrap(), Commit::Conflict(Box::new(record(2))));
            holder.release().await.unwrap();
        });
    })
    .join()
    .unwrap();
    let refused = shared(&store).lock(Duration::from_millis(100)).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::LockTimeout, "the late release must not free the lock of another");
    next.release().await.unwrap();
    assert_eq!(shared(&store).read().await.unwrap(), record(2));
}

#[tokio::test]
async fn a_loss_is_not_written_over_an_answer_that_came_in_meanwhile() {
    let server = RedisServer::start();
    let (one, two) = (server.store("k").await, server.store("k").await);
    advance(&one, 1).await;
    let mut stalled = lock(&one).await;
    stalled.prepare(&pending(1, "stalled")).await.unwrap();
    let _: i64 = server.command(&[b"DEL", b"{k}:lock"]).await;
    let mut next = lock(&two).await;
    assert_eq!(next.read().await.unwrap().reply, None);
    // The lease of the first one has ended, and the answer to its request comes in.
    stalled.journal(Bytes::from_static(b"tokens")).await.unwrap();
    let lost = changed(record(2), |record| record.lost = Some(SessionLoss::RotationOutcomeUnknown));
    assert_eq!(next.commit(1, &lost).await.unwrap(), Commit::Conflict(Box::new(record(1))));
    let held = next.read().await.unwrap();
    assert_eq!((held.record, held.reply.as_deref()), (record(1), Some(&b"tokens"[..])));
    // Whoever has read it may judge.
    assert_eq!(next.commit(1, &lost).await.unwrap(), Commit::Stored);
    assert_eq!(next.read().await.unwrap().reply, None);
}

#[tokio::test]
async fn a_holder_that_works_keeps_its_lease() {
    let server = RedisServer::start();
    let (one, two) = (server.leasing("k", 900).await, server.leasing("k", 900).await);
    let holder = lock(&one).await;
    let refused = shared(&two).lock(Duration::from_millis(2_000)).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::LockTimeout);
    holder.release().await.unwrap();
    lock(&two).await.release().await.unwrap();
}

#[tokio::test]
async fn the_lock_and_a_silent_redis_are_waited_for_by_the_clock_that_was_chosen() {
    let (server, clock) = (RedisServer::start(), TestClock::new());
    let holder = server.store("k").await;
    let options = RedisOptions::new().time_limit(Duration::from_secs(3600)).clock(clock.clone());
    let waiting = RedisTokenStore::connect_with(&server.url(), "k", options).await.unwrap();
    let lock = lock(&holder).await;
    let hours = 20 * Duration::from_secs(3600);
    let (refused, took) = clock.drive(Duration::from_secs(60), shared(&waiting).lock(hours)).await;
    assert_eq!(refused.err().unwrap().kind(), StoreErrorKind::LockTimeout);
    assert!(took >= hours, "{took:?}");
    lock.release().await.unwrap();
    let (got, _) = clock.drive(Duration::from_millis(20), shared(&waiting).lock(hours)).await;
    got.unwrap().release().await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_dropped_is_free_long_before_its_lease_ends() {
    let server = RedisServer::start();
    let store = server.leasing("k", 600_000).await;
    drop(lock(&store).await);
    lock(&store).await.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_on_one_key_renew_each_generation_once() {
    const ROUNDS: u64 = 20;
    let server = RedisServer::start();
    advance(&server.store("k").await, 1).await;
    let posts = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for number in 0..64 {
        // Half of the tasks share a connection, as clones do; the others are programs of their own.
        let store = if number % 2 == 0 { server.store("k").await } else { server.leasing("k", 30_000).await };
        let posts = Arc::clone(&posts);
        tasks.push(tokio::spawn(async move {
            for old in 1..=ROUNDS {
                while shared(&store).read().await.unwrap().generation <= old {
                    renew(&store, old, &posts).await;
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(posts.load(Ordering::SeqCst), ROUNDS);
    assert_eq!(shared(&server.store("k").await).read().await.unwrap(), record(ROUNDS + 1));
}

async fn renew(store: &RedisTokenStore, old: u64, posts: &AtomicU64) {
    let mut holder = lock(store).await;
    let held = holder.read().await.unwrap();
    if held.record.generation == old {
        assert_eq!((held.pending, held.reply), (None, None));
        holder.prepare(&pending(old, "q")).await.unwrap();
        posts.fetch_add(1, Ordering::SeqCst);
        holder.journal(Bytes::from_static(b"{}")).await.unwrap();
        assert_eq!(holder.commit(old, &record(old + 1)).await.unwrap(), Commit::Stored);
    }
    holder.release().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_never_deleted() {
    let server = RedisServer::start();
    let odd: [&[u8]; 6] = [b"", b"hunter2", b"{}", b"{\"format\":1,\"generation\":5}", b"[1]", &[b'x'; 2_000_000]];
    for (at, value) in odd.into_iter().enumerate() {
        let key = format!("k{at}");
        let (record_key, aside) = (format!("{{{key}}}"), format!("{{{key}}}:corrupt:1"));
        let () = server.command(&[b"SET", record_key.as_bytes(), value]).await;
        refuses_then_recovers(&server, &key, &aside).await;
        let kept: Vec<u8> = server.command(&[b"GET", aside.as_bytes()]).await;
        assert!(kept == value, "{aside}");
    }
    let _: i64 = server.command(&[b"RPUSH", b"{list}", b"a", b"b"]).await;
    refuses_then_recovers(&server, "list", "{list}:corrupt:1").await;
    let kept: Vec<String> = server.command(&[b"LRANGE", b"{list}:corrupt:1", b"0", b"-1"]).await;
    assert_eq!(kept, ["a", "b"]);
}

async fn refuses_then_recovers(server: &RedisServer, key: &str, aside: &str) {
    let url = server.url();
    let store = RedisTokenStore::connect(&url, key).await.unwrap();
    let corrupt = |error: zeyos::StoreError| {
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    };
    corrupt(shared(&store).read().await.unwrap_err());
    corrupt(store.get().await.unwrap_err());
    let mut holder = lock(&store).await;
    let held = holder.read().await.unwrap();
    assert!(held.damage.as_ref().is_some_and(|damage| damage.contains(aside)), "{held:?}");
    assert_eq!(held.record.generation, 0);
    // Set aside, it is still not an empty store: not for readers, not for the next holder.
    corrupt(shared(&store).read().await.unwrap_err());
    assert!(holder.read().await.unwrap().damage.is_some());
    assert_eq!(holder.commit(0, &record(1)).await.unwrap(), Commit::Stored);
    assert_eq!(holder.read().await.unwrap().damage, None);
    holder.release().await.unwrap();
    assert_eq!(shared(&store).read().await.unwrap(), record(1));
}

#[tokio::test]
async fn damaged_marks_and_replies_are_set_aside_and_the_record_stays() {
    let server = RedisServer::start();
    let store = server.store("k").await;
    advance(&store, 1).await;
    let () = server.command(&[b"SET", b"{k}:pending", b"half a mar"]).await;
    let _: i64 = server.command(&[b"RPUSH", b"{k}:reply", b"a"]).await;
    let mut holder = lock(&store).await;
    let held = holder.read().await.unwrap();
    // A marker that cannot be read may be that of a request with these very tokens: the server is asked.
    let pending = held.pending.unwrap();
    assert_eq!((held.record, held.reply, pending.generation), (record(1), None, 1));
    assert!(pending.refresh_token_hash.is_some());
    let damage = held.damage.unwrap();
    assert!(damage.contains("{k}:corrupt:1") && damage.contains("{k}:corrupt:2"), "{damage}");
    holder.release().await.unwrap();
    let kept: String = server.command(&[b"GET", b"{k}:corrupt:1"]).await;
    assert_eq!(kept, "half a mar");
}

/// As a version of the library writes it: the last member is the checksum of the bytes before it.
fn sealed(object: &str) -> String {
    let checksum: String = Sha256::digest(object).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{},\"checksum\":\"{checksum}\"}}\n", &object[..object.len() - 1])
}

#[tokio::test]
async fn the_record_of_a_later_version_stays_where_it_is() {
    let later = sealed(r#"{"format":2,"generation":9}"#);
    let server = RedisServer::start();
    let () = server.command(&[b"SET", KEY, later.as_bytes()]).await;
    let store = server.store("k").await;
    assert!(shared(&store).read().await.unwrap_err().to_string().contains("later version"));
    assert!(lock(&store).await.read().await.unwrap_err().to_string().contains("later version"));
    assert!(store.set(None).await.unwrap_err().to_string().contains("later version"));
    assert_eq!(server.command::<Vec<u8>>(&[b"GET", KEY]).await, later.as_bytes());
}

#[tokio::test]
async fn a_restored_copy_shows_as_older_than_the_newest() {
    let server = RedisServer::start();
    let store = server.store("k").await;
    advance(&store, 1).await;
    let copy: Vec<u8> = server.command(&[b"GET", KEY]).await;
    advance(&store, 2).await;
    let () = server.command(&[b"SET", KEY, &copy]).await;
    let fresh = server.store("k").await;
    let held = lock(&fresh).await.read().await.unwrap();
    assert_eq!(
        (held.record, held.newest, held.damage.is_some()),
        (record(2), 2, true),
        "its second copy is the newer one"
    );
    for key in [KEY, b"{k}:copy"] {
        let () = server.command(&[b"SET", key, &copy]).await;
    }
    let held = lock(&fresh).await.read().await.unwrap();
    assert_eq!((held.record.generation, held.newest), (1, 2));
    // All of Redis restored: only those who were there before know.
    let _: i64 = server.command(&[b"DEL", b"{k}:newest", b"{k}:lock"]).await;
    assert_eq!(lock(&store).await.read().await.unwrap().newest, 2);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_known_before_anything_is_sent() {
    let server = RedisServer::start();
    let store = server.store("k").await;
    advance(&store, 1).await;
    let mut holder = lock(&store).await;
    let () = server.command(&[b"CONFIG", b"SET", b"maxmemory", b"1"]).await;
    let error = holder.prepare(&pending(1, "q")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotWritable, "{error}");
    let () = server.command(&[b"CONFIG", b"SET", b"maxmemory", b"0"]).await;
    // A replica; its primary is no one.
    let () = server.command(&[b"REPLICAOF", b"127.0.0.1", b"1"]).await;
    let error = holder.prepare(&pending(1, "q")).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotWritable, "{error}");
    assert_eq!(shared(&store).read().await.unwrap(), record(1));
    let () = server.command(&[b"REPLICAOF", b"NO", b"ONE"]).await;
    holder.prepare(&pending(1, "q")).await.unwrap();
    holder.release().await.unwrap();
}

#[tokio::test]
async fn a_server_that_hangs_costs_the_time_limit_and_no_more() {
    let server = RedisServer::start();
    let options = RedisOptions::new().time_limit(Duration::from_millis(300));
    let store = RedisTokenStore::connect_with(&server.url(), "k", options).await.unwrap();
    advance(&store, 1).await;
    let mut holder = lock(&store).await;
    server.signal("STOP");
    let hung = async { (shared(&store).read().await, holder.prepare(&pending(1, "q")).await) };
    let (read, prepared) = tokio::time::timeout(PATIENT, hung).await.unwrap();
    let read = read.unwrap_err();
    assert!(read.kind() == StoreErrorKind::Unavailable && read.to_string().contains("did not answer"), "{read}");
    assert_eq!(prepared.unwrap_err().kind(), StoreErrorKind::NotWritable);
    server.signal("CONT");
    assert_eq!(shared(&store).read().await.unwrap(), record(1));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let error = RedisTokenStore::connect("redis://fleet:hunter2@127.0.0.1:1/0", "k").await.unwrap_err();
    let chain = format!("{error} {error:?}");
    assert!(chain.contains("127.0.0.1:1") && !chain.contains("hunter2") && !chain.contains("fleet"), "{chain}");
}

#[tokio::test]
async fn a_store_is_used_by_one_runtime_after_the_other() {
    let server = RedisServer::start();
    let store = server.store("k").await;
    advance(&store, 1).await;
    let clone = store.clone();
    let other = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { advance(&clone, 2).await });
    };
    // The connection that is made in there ends with it.
    let () = server.command(&[b"CLIENT", b"KILL", b"TYPE", b"NORMAL", b"SKIPME", b"YES"]).await;
    std::thread::spawn(other).join().unwrap();
    advance(&store, 3).await;
    assert_eq!(shared(&store).read().await.unwrap(), record(3));
    assert!(!format!("{store:?}").contains("a3"));
}
