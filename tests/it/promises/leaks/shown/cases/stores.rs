//! Stores of tokens and what they hold.

use super::*;
use crate::support::changed;

fn record() -> TokenRecord {
    changed(TokenRecord::default(), |record| {
        record.generation = 7;
        record.tokens = Some(tokens());
        record.lost = Some(SessionLoss::Revoked);
        record.owner = Some("a b".into());
    })
}

/// Stores, and what they keep.
pub(super) fn all() -> Vec<(&'static str, Case)> {
    kept().into_iter().chain(redis()).chain(keyring()).collect()
}

fn kept() -> Vec<(&'static str, Case)> {
    vec![
        ("runtime/src/store/memory.rs MemoryTokenStore", |_, transcript| {
            transcript.print(&MemoryTokenStore::new(tokens()))
        }),
        ("runtime/src/store/file.rs FileTokenStore", |stage, transcript| {
            let folder = Folder::new("shown");
            let store = FileTokenStore::open(folder.tokens()).unwrap();
            stage.runtime.block_on(zeyos::TokenStore::set(&store, Some(&tokens()))).unwrap();
            transcript.print(&store);
        }),
        ("runtime/src/store/file/system.rs FileFacts", |_, transcript| {
            let facts: FileFacts = SystemFiles.facts(&std::env::temp_dir()).unwrap();
            assert_eq!(facts.kind, FileKind::Folder);
            transcript.print(&facts);
        }),
        ("runtime/src/store/shared.rs TokenRecord", |_, transcript| transcript.print(&record())),
        ("runtime/src/store/shared.rs Pending", |_, transcript| transcript.print(&pending())),
        ("runtime/src/store/shared.rs StoreContents", |_, transcript| {
            let reply = json!({"refresh_token": c::RENEWED_REFRESH}).to_string();
            let (pending, reply) = (Some(pending()), Some(Bytes::from(reply)));
            transcript.print(&changed(StoreContents::default(), |held| {
                held.record = record();
                held.pending = pending;
                held.reply = reply;
            }));
        }),
        ("runtime/src/store/shared.rs Asked", |_, transcript| {
            transcript.print(&Asked::new("5e".repeat(32), Timestamp::from_unix(1)));
        }),
        ("runtime/src/store/lineage.rs Lineage", |_, transcript| transcript.print(&Lineage::first(&tokens()))),
        ("runtime/src/store/shared.rs Commit", |_, transcript| {
            transcript.print(&(Commit::Stored, Commit::Conflict(Box::new(record()))))
        }),
    ]
}

#[cfg(feature = "redis")]
fn redis() -> Vec<(&'static str, Case)> {
    use std::time::Duration;

    vec![
        ("runtime/src/store/redis.rs RedisOptions", |_, transcript| {
            transcript.print(&zeyos::RedisOptions::new().lease(Duration::from_secs(9)));
        }),
        ("runtime/src/store/redis.rs RedisTokenStore", |stage, transcript| {
            // No one is there: what is printed is the failure.
            for url in [
                "redis://m:PW@127.0.0.1:1/0",
                "redis://m:PW@redis.example.com/0",
                "rediss://m:PW@/x",
                "http://m:PW@a/b",
            ] {
                let url = url.replace("PW", c::IN_URL);
                let options = zeyos::RedisOptions::new().time_limit(Duration::from_millis(50));
                let store = stage.runtime.block_on(zeyos::RedisTokenStore::connect_with(&url, "zeyos:demo", options));
                transcript.error(&store.unwrap_err());
            }
        }),
    ]
}

#[cfg(not(feature = "redis"))]
fn redis() -> Vec<(&'static str, Case)> {
    Vec::new()
}

#[cfg(feature = "keyring")]
fn keyring() -> Vec<(&'static str, Case)> {
    vec![("runtime/src/store/keyring.rs KeyringTokenStore", |stage, transcript| {
        let folder = Folder::new("shown");
        let (state, limit) = (folder.path().join("no/such/folder/state"), std::time::Duration::from_millis(500));
        let opened = zeyos::KeyringTokenStore::open_with_limit(limit, "shop", "demo", state);
        transcript.outcome(&stage.runtime.block_on(opened));
    })]
}

#[cfg(not(feature = "keyring"))]
fn keyring() -> Vec<(&'static str, Case)> {
    Vec::new()
}

fn pending() -> Pending {
    changed(Pending::new(7, Timestamp::from_unix(1), "0123456789abcdef"), |pending| {
        pending.refresh_token_hash = Some("5e".repeat(32))
    })
}
