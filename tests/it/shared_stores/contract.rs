//! What every shared store promises, whatever it keeps its records in.

use std::time::Duration;

use crate::support::changed;
use bytes::Bytes;
use zeyos::store::{Commit, Lineage, Pending, SharedTokenStore, StoreContents, StoreLock, TokenRecord};
use zeyos::{SessionLoss, StoreErrorKind, Timestamp, TokenSet, TokenStore};

/// Longer than anything here takes.
pub(crate) const PATIENT: Duration = Duration::from_secs(30);

pub(crate) fn record(generation: u64) -> TokenRecord {
    let tokens = TokenSet::bearer(format!("a{generation}")).with_refresh_token(format!("r{generation} \u{1f511} \"\\"));
    let lineage = Some(Lineage::first(&tokens));
    let owner = Some("https://erp.example.com/demo app".to_owned());
    changed(TokenRecord::default(), |record| {
        record.generation = generation;
        record.tokens = Some(tokens);
        record.owner = owner;
        record.lineage = lineage;
    })
}

pub(crate) fn pending(generation: u64, request_id: &str) -> Pending {
    changed(Pending::new(generation, Timestamp::from_unix(1_800_000_000), request_id.to_owned()), |pending| {
        pending.refresh_token_hash = Some("5e".repeat(32))
    })
}

pub(crate) async fn lock(store: &dyn TokenStore) -> Box<dyn StoreLock> {
    shared(store).lock(PATIENT).await.unwrap()
}

pub(crate) fn shared(store: &dyn TokenStore) -> &dyn SharedTokenStore {
    store.shared().expect("this store is a shared one")
}

/// Commits the record of this generation over the one before.
pub(crate) async fn advance(store: &dyn TokenStore, generation: u64) {
    let mut lock = lock(store).await;
    assert_eq!(lock.commit(generation - 1, &record(generation)).await.unwrap(), Commit::Stored);
    lock.release().await.unwrap();
}

/// All of it, for two openings of one empty store.
pub(crate) async fn check(one: &dyn TokenStore, two: &dyn TokenStore) {
    nothing_is_the_empty_record(one).await;
    a_commit_is_seen_by_all_and_a_stale_one_changes_nothing(one, two).await;
    mark_and_reply_survive_their_holder(one, two).await;
    a_commit_drops_mark_and_reply(one, two).await;
    one_holder_at_a_time(one, two).await;
    a_lost_session_is_kept_with_its_tokens(one, two).await;
    the_simple_side_counts_generations_too(one, two).await;
}

async fn nothing_is_the_empty_record(one: &dyn TokenStore) {
    assert_eq!(shared(one).read().await.unwrap(), TokenRecord::default());
    assert_eq!(one.get().await.unwrap(), None);
    let mut lock = lock(one).await;
    let StoreContents { record, pending, reply, newest, damage, asked, .. } = lock.read().await.unwrap();
    assert_eq!((record, pending, reply, newest, damage, asked), (TokenRecord::default(), None, None, 0, None, None));
    lock.release().await.unwrap();
}

async fn a_commit_is_seen_by_all_and_a_stale_one_changes_nothing(one: &dyn TokenStore, two: &dyn TokenStore) {
    advance(one, 1).await;
    assert_eq!(shared(two).read().await.unwrap(), record(1));
    assert_eq!(two.get().await.unwrap(), record(1).tokens);
    let mut lock = lock(two).await;
    for expected in [0, 2, u64::from(u32::MAX)] {
        let outcome = lock.commit(expected, &record(expected + 11)).await.unwrap();
        assert_eq!(outcome, Commit::Conflict(Box::new(record(1))));
    }
    // The very commit again, by someone who never heard that it had come through.
    assert_eq!(lock.commit(0, &record(1)).await.unwrap(), Commit::Stored);
    lock.release().await.unwrap();
    assert_eq!(shared(one).read().await.unwrap(), record(1));
}

async fn mark_and_reply_survive_their_holder(one: &dyn TokenStore, two: &dyn TokenStore) {
    let mut holder = lock(one).await;
    holder.prepare(&pending(1, "first")).await.unwrap();
    drop(holder);
    let mut holder = lock(two).await;
    let held = holder.read().await.unwrap();
    assert_eq!((held.pending, held.reply, held.record), (Some(pending(1, "first")), None, record(1)));
    let reply = Bytes::from_static(b"{\"access_token\":\"cut \xff\x00");
    holder.prepare(&pending(1, "second")).await.unwrap();
    holder.journal(reply.clone()).await.unwrap();
    drop(holder);
    let mut holder = lock(one).await;
    let held = holder.read().await.unwrap();
    assert!(!format!("{held:?}").contains("cut"), "{held:?}");
    assert_eq!((held.pending, held.reply, held.newest), (Some(pending(1, "second")), Some(reply), 1));
    holder.clear().await.unwrap();
    let held = holder.read().await.unwrap();
    assert_eq!((held.pending, held.reply, held.record), (None, None, record(1)));
    holder.release().await.unwrap();
}

async fn a_commit_drops_mark_and_reply(one: &dyn TokenStore, two: &dyn TokenStore) {
    let mut holder = lock(one).await;
    holder.prepare(&pending(1, "third")).await.unwrap();
    holder.journal(Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(holder.commit(1, &record(2)).await.unwrap(), Commit::Stored);
    holder.release().await.unwrap();
    let mut holder = lock(two).await;
    let held = holder.read().await.unwrap();
    assert_eq!((held.pending, held.reply, held.record, held.newest), (None, None, record(2), 2));
    holder.release().await.unwrap();
}

async fn one_holder_at_a_time(one: &dyn TokenStore, two: &dyn TokenStore) {
    let holder = lock(one).await;
    for store in [one, two] {
        let refused = shared(store).lock(Duration::from_millis(150)).await.map(|_| ()).unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::LockTimeout, "{refused}");
    }
    holder.release().await.unwrap();
    lock(two).await.release().await.unwrap();
}

async fn a_lost_session_is_kept_with_its_tokens(one: &dyn TokenStore, two: &dyn TokenStore) {
    let lost = changed(record(2), |record| {
        record.generation = 3;
        record.lost = Some(SessionLoss::Revoked);
    });
    let mut holder = lock(one).await;
    assert_eq!(holder.commit(2, &lost).await.unwrap(), Commit::Stored);
    holder.release().await.unwrap();
    assert_eq!(shared(two).read().await.unwrap(), lost);
}

async fn the_simple_side_counts_generations_too(one: &dyn TokenStore, two: &dyn TokenStore) {
    two.set(record(4).tokens.as_ref()).await.unwrap();
    assert_eq!(shared(one).read().await.unwrap(), record(4));
    one.set(None).await.unwrap();
    assert_eq!(two.get().await.unwrap(), None);
    let left = shared(two).read().await.unwrap();
    assert_eq!(
        left,
        changed(record(4), |record| {
            record.generation = 5;
            record.tokens = None;
        })
    );
}
