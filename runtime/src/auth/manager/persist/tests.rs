//! What a save, a restore and the check of a store write, against a store in memory whose contents are set by hand.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{BoxFuture, SessionLoss, Timestamp};

use super::super::{Parts, failure};
use super::*;
use crate::auth::issuers::Issuers;
use crate::auth::limits::RefreshLimits;
use crate::event::Events;
use crate::runtime::Place;
use crate::store::{Lineage, SharedTokenStore, StoreContents, StoreErrorKind, StoreFuture};
use crate::{Clock, TokenSet, TokenStore};

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Inside>>);

#[derive(Default)]
struct Inside {
    contents: StoreContents,
    commits: u32,
    clears: u32,
    /// What another program has written instead.
    conflict: Option<TokenRecord>,
    /// How a read without the lock fails.
    unreadable: Option<StoreErrorKind>,
}

impl Memory {
    fn with(contents: StoreContents) -> Self {
        let memory = Memory::default();
        memory.inside().contents = contents;
        memory
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }
}

fn ready<'a, T: Send + 'a>(value: T) -> StoreFuture<'a, T> {
    Box::pin(std::future::ready(Ok(value)))
}

impl TokenStore for Memory {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        ready(None)
    }

    fn set<'a>(&'a self, _: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        ready(())
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        Some(self)
    }
}

impl SharedTokenStore for Memory {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        let (record, unreadable) = {
            let inside = self.inside();
            (inside.contents.record.clone(), inside.unreadable)
        };
        let read = unreadable.map_or(Ok(record), |kind| Err(StoreError::message("odd").of_kind(kind)));
        Box::pin(std::future::ready(read))
    }

    fn lock(&self, _: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        ready(Box::new(self.clone()) as Box<dyn StoreLock>)
    }
}

impl StoreLock for Memory {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        ready(self.inside().contents.clone())
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        self.inside().contents.pending = Some(pending.clone());
        ready(())
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        self.inside().contents.reply = Some(reply);
        ready(())
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        let mut inside = self.inside();
        if let Some(theirs) = inside.conflict.take() {
            return ready(Commit::Conflict(Box::new(theirs)));
        }
        assert_eq!(inside.contents.record.generation, expected);
        inside.commits += 1;
        inside.contents =
            StoreContents { record: record.clone(), newest: record.generation, ..StoreContents::default() };
        ready(Commit::Stored)
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        let mut inside = self.inside();
        inside.clears += 1;
        (inside.contents.pending, inside.contents.reply) = (None, None);
        ready(())
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        ready(())
    }
}

const NOW: Timestamp = Timestamp::from_unix(1_000_000);

/// A clock that stands, and counts how often it was waited for.
#[derive(Default)]
struct StillClock(std::sync::atomic::AtomicU32);

impl Clock for StillClock {
    fn wall(&self) -> Timestamp {
        NOW
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(7)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}

fn manager(store: Option<Memory>, initial: Option<TokenSet>) -> Arc<Manager> {
    heard(store, initial, Events::default())
}

fn heard(store: Option<Memory>, initial: Option<TokenSet>, events: Events) -> Arc<Manager> {
    Arc::new(Manager::new(Parts {
        store: store.map(|store| Arc::new(store) as Arc<dyn TokenStore>),
        initial,
        login_id: "me".into(),
        issuers: Issuers::default(),
        clock: Arc::new(StillClock::default()),
        limits: RefreshLimits::default(),
        events,
        timeout: None,
        place: Place::default(),
    }))
}

fn tokens(n: u64) -> TokenSet {
    TokenSet::bearer(format!("a{n}")).with_refresh_token(format!("r{n}"))
}

/// The tokens that a login has after so many renewals.
fn record(generation: u64, renewals: u64) -> TokenRecord {
    let lineage = Lineage::from_parts("login", renewals, Lineage::first(&tokens(renewals)).pair);
    TokenRecord {
        generation,
        tokens: Some(tokens(renewals)),
        owner: Some("me".into()),
        lineage: Some(lineage),
        ..TokenRecord::default()
    }
}

fn holding(record: TokenRecord, newest: u64) -> StoreContents {
    StoreContents { record, newest, ..StoreContents::default() }
}

fn lost(record: TokenRecord) -> TokenRecord {
    TokenRecord { lost: Some(SessionLoss::Revoked), ..record }
}

#[tokio::test]
async fn a_save_replaces_what_is_earlier_and_nothing_else() {
    let ours = record(5, 5);
    let strangers = TokenRecord { lineage: None, tokens: Some(tokens(90)), ..record(3, 0) };
    // What is stored, the newest generation that the store has held, and the generation under which ours is stored.
    let cases = [
        (record(4, 4), 4, Some(5)),
        (lost(record(4, 4)), 4, Some(5)),
        (lost(record(5, 4)), 5, Some(6)),
        (record(9, 4), 9, Some(10)),
        (TokenRecord::default(), 0, Some(5)),
        (TokenRecord::default(), 4, Some(5)),
        // It has held these, or later ones, and others may have read them.
        (record(4, 4), 5, None),
        (record(4, 4), 6, None),
        (TokenRecord::default(), 5, None),
        (strangers, 3, None),
    ];
    for (stored, newest, generation) in cases {
        let store = Memory::with(holding(stored.clone(), newest));
        let saved = commit_unless_later(&mut store.clone(), &ours).await;
        let expected = generation.map(|generation| TokenRecord { generation, ..ours.clone() });
        assert_eq!(saved.ok(), expected, "{stored:?} {newest}");
        assert_eq!(store.inside().contents.record, expected.unwrap_or(stored));
    }
    for kept in [record(7, 5), record(5, 6), lost(record(2, 6))] {
        let store = Memory::with(holding(kept.clone(), kept.generation));
        assert_eq!(commit_unless_later(&mut store.clone(), &ours).await.unwrap(), kept);
        assert_eq!(store.inside().commits, 0);
    }
    let met = Memory::with(holding(record(4, 4), 4));
    met.inside().conflict = Some(record(5, 6));
    assert!(commit_unless_later(&mut met.clone(), &ours).await.is_err());
}

#[tokio::test]
async fn a_save_that_comes_late_takes_what_others_have_stored_into_use() {
    for (stored, used) in [(record(4, 4), 5), (record(9, 6), 9)] {
        let store = Memory::with(holding(stored, 0));
        let manager = manager(Some(store.clone()), None);
        manager.publish(&record(5, 5));
        manager.change(|state| state.unpersisted = Some("full".into()));
        assert!(manager.persisted_under_lock().await.unwrap().is_some());
        let state = manager.state();
        assert_eq!(state.known.as_deref(), Some(&store.inside().contents.record));
        assert_eq!((state.generation(), &state.unpersisted), (used, &None));
        drop(state);
        assert!(manager.persisted_under_lock().await.unwrap().is_none(), "nothing is left to save");
    }
}

#[tokio::test]
async fn fault_59_what_a_store_has_lost_is_written_back_with_a_marker_for_the_next_process() {
    let known = record(5, 5);
    for (stored, generation) in [(TokenRecord::default(), 6), (record(4, 4), 6), (record(8, 4), 9)] {
        let store = Memory::with(holding(stored, 0));
        let manager = manager(Some(store.clone()), None);
        manager.publish(&known);
        assert_eq!(manager.restored().await.unwrap(), Some(generation));
        let contents = store.inside().contents.clone();
        assert_eq!(contents.record, TokenRecord { generation, ..known.clone() });
        let pending = contents.pending.unwrap();
        assert_eq!(pending.refresh_token_hash, Some(fingerprint(&Secret::from("r5"))));
        assert_eq!((pending.generation, pending.since), (generation, NOW));
    }
    let bearer = TokenRecord { tokens: Some(TokenSet::bearer("a5")), lineage: None, ..record(5, 5) };
    let store = Memory::default();
    let alone = manager(Some(store.clone()), None);
    alone.publish(&bearer);
    alone.restore().await.unwrap();
    assert!(store.inside().contents.pending.is_none() && store.inside().commits == 1, "no refresh token to ask about");
}

#[tokio::test]
async fn fault_59_nothing_is_written_back_over_what_is_as_good_or_of_others() {
    let others = TokenRecord { owner: Some("you".into()), ..record(4, 4) };
    let logout = TokenRecord { tokens: None, ..record(5, 5) };
    let cases = [
        (record(5, 5), record(5, 5)),
        (record(5, 5), record(3, 6)),
        (record(5, 5), logout.clone()),
        (record(5, 5), others),
        (lost(record(5, 5)), TokenRecord::default()),
        (TokenRecord { tokens: None, ..record(5, 5) }, TokenRecord::default()),
    ];
    for (known, stored) in cases {
        let store = Memory::with(holding(stored.clone(), 0));
        let manager = manager(Some(store.clone()), None);
        manager.publish(&known);
        assert_eq!(manager.restored().await.unwrap(), None, "{stored:?}");
        // Also where it was written between the look and the lock.
        assert_eq!(manager.write_back(&mut store.clone(), &record(5, 5)).await.unwrap().is_some(), {
            stored == TokenRecord::default()
        });
    }
    let met = Memory::default();
    met.inside().conflict = Some(record(6, 6));
    let manager = manager(Some(met.clone()), None);
    manager.publish(&record(5, 5));
    assert_eq!(manager.restored().await.unwrap(), None);
    assert!(met.inside().contents.pending.is_none());
}

#[tokio::test]
async fn a_check_of_the_store_writes_a_marker_and_takes_it_back_but_leaves_one_of_an_exchange() {
    let store = Memory::with(holding(record(5, 5), 5));
    let manager = manager(Some(store.clone()), None);
    manager.check_store().await.unwrap();
    assert!(store.inside().clears == 1 && store.inside().contents.pending.is_none());
    for (pending, reply) in [(true, false), (false, true), (true, true)] {
        let reply_of_it = reply.then(|| Bytes::from_static(b"x"));
        let left = pending.then(|| Pending::new(5, NOW, "other"));
        store.inside().contents = StoreContents { pending: left, reply: reply_of_it, ..holding(record(5, 5), 5) };
        manager.check_store().await.unwrap();
        let contents = store.inside().contents.clone();
        assert_eq!((contents.pending.is_some(), contents.reply.is_some()), (pending, reply));
    }
    store.inside().contents = holding(TokenRecord { owner: Some("you".into()), ..record(5, 5) }, 5);
    assert!(manager.check_store().await.is_err());
    assert_eq!(store.inside().clears, 1);
}

#[tokio::test]
async fn tokens_in_memory_are_of_this_login_and_begin_it() {
    let first = manager(None, Some(tokens(1)));
    let known = first.state().known.clone().unwrap();
    assert_eq!((known.owner.as_deref(), &known.lineage), (Some("me"), &Some(Lineage::first(&tokens(1)))));
    let other = first.of_another(Some("other".into()), None, Some(tokens(2)));
    assert_eq!(&*other.login_id, "other");
    assert_eq!(&*first.of_another(None, None, None).login_id, "me");
    let beside = first.beside("beside".into(), Issuers::default(), None, None);
    assert_eq!(&*beside.login_id, "beside");
    assert_eq!(first.monotonic(), Duration::from_secs(7));
}

#[tokio::test]
async fn tokens_that_were_replaced_are_still_known_and_those_that_came_here_are_told_from_others() {
    let manager = manager(None, Some(tokens(1)));
    assert!(manager.previous().is_empty() && !manager.has_issued(1));
    manager.publish(&record(2, 2));
    assert_eq!(manager.previous(), [Secret::from("a1"), Secret::from("r1")]);
    manager.renewed(&record(3, 3));
    assert!(manager.has_issued(3) && !manager.has_issued(4));
}

#[tokio::test]
async fn the_end_of_a_refresh_token_is_told_a_week_before_and_once() {
    let week = 7 * 86_400;
    for (left, told) in [(week + 1, 0), (week, 1), (1, 1)] {
        let heard_of = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&heard_of);
        let events = Events::to(move |event: &ClientEvent| list.lock().unwrap().push(event.clone()));
        let end = Timestamp::from_unix(NOW.as_unix() + left);
        let initial = TokenSet { refresh_token_expires_at: Some(end), ..tokens(1) };
        let manager = heard(None, Some(initial), events);
        for _ in 0..3 {
            assert!(manager.in_use().is_some());
        }
        assert_eq!(heard_of.lock().unwrap().len(), told, "{left}");
    }
}

#[test]
fn a_failure_of_a_store_keeps_its_kind() {
    use StoreErrorKind::{Corrupt, LockTimeout, LockUnsupported, NotWritable};
    for kind in [LockTimeout, LockUnsupported, NotWritable, Corrupt] {
        let error = || StoreError::message("why").of_kind(kind);
        let (call, exchange) = (store_failed(error()), failure(&error()).error);
        let (call, names) = (call.token_error(), |error: &TokenError| format!("{error:?}"));
        match kind {
            LockTimeout => assert!(exchange == TokenError::LockTimeout && call == Some(&exchange)),
            LockUnsupported => assert!(names(&exchange).contains("LockUnsupported") && call == Some(&exchange)),
            NotWritable => assert!(names(&exchange).contains("StoreNotWritable") && call == Some(&exchange)),
            _ => assert!(names(&exchange).contains("StoreNotWritable") && call.is_none()),
        }
    }
}

#[tokio::test]
async fn fault_59_a_store_that_cannot_be_read_is_repaired_under_its_lock_and_else_left_alone() {
    let unreadable = |kind, contents: StoreContents| {
        let store = Memory::with(contents);
        store.inside().unreadable = Some(kind);
        store
    };
    let repaired = manager(Some(unreadable(StoreErrorKind::Corrupt, holding(record(5, 5), 5))), None);
    let snapshot = repaired.load().await.unwrap();
    assert_eq!((snapshot.generation, snapshot.tokens.as_deref()), (5, Some(&tokens(5))));
    let gone = || StoreContents { damage: Some("it is kept as x".into()), ..StoreContents::default() };
    let error = manager(Some(unreadable(StoreErrorKind::Corrupt, gone())), None).load().await.unwrap_err();
    assert_eq!(error.token_error(), Some(&TokenError::NeedsLogin { reason: "it is kept as x".into() }));
    // A configured set takes its place.
    let store = unreadable(StoreErrorKind::Corrupt, gone());
    let configured = manager(Some(store.clone()), Some(tokens(7)));
    assert_eq!(configured.load().await.unwrap().tokens.as_deref(), Some(&tokens(7)));
    assert_eq!(store.inside().contents.record.tokens, Some(tokens(7)));
    let locked = manager(Some(unreadable(StoreErrorKind::LockTimeout, holding(record(5, 5), 5))), None);
    assert_eq!(locked.load().await.unwrap_err().token_error(), Some(&TokenError::LockTimeout));
}

#[tokio::test]
async fn what_is_left_of_a_login_that_ended_says_whose_it_was() {
    for is_replaced in [true, false] {
        let store = Memory::with(holding(record(5, 5), 5));
        let manager = manager(Some(store.clone()), None);
        manager.load().await.unwrap();
        match is_replaced {
            true => manager.replace(None).await.unwrap(),
            false => manager.remove(5).await.unwrap(),
        }
        let left = store.inside().contents.record.clone();
        let expected = TokenRecord { generation: 6, tokens: None, ..record(5, 5) };
        assert_eq!(left, expected);
    }
}

#[tokio::test]
async fn a_failure_is_the_answer_until_another_try_makes_sense() {
    use crate::auth::manager::state::RefreshReason::{self, Asked, Due, Rejected};
    let limits = RefreshLimits::default();
    let manager = manager(None, Some(tokens(1)));
    let now = manager.moment();
    let is_held = |reason: RefreshReason, error: &TokenError| {
        manager.change(|state| state.fail(1, now, Error::token(error.clone())));
        manager.state().throttled(1, reason, now, &limits).is_some()
    };
    let unknown = TokenError::Unknown { since: NOW };
    assert!([Due, Rejected, Asked].into_iter().all(|reason| is_held(reason, &unknown)));
    assert!(is_held(Due, &TokenError::NotSent) && !is_held(Rejected, &TokenError::NotSent));
    assert!(!is_held(Asked, &TokenError::NotSent) && !is_held(Due, &TokenError::Interrupted));
    // One more try where nothing is known of the server's tokens: after a refusal, once.
    manager.change(|state| state.waits_for_refusal = true);
    assert!(is_held(Due, &unknown) && is_held(Asked, &unknown) && !is_held(Rejected, &unknown));
    manager.change(|state| state.tried_refused = Some(1));
    assert!(is_held(Rejected, &unknown));
    // And on order where the server contradicts itself.
    let contradicted = crate::store::IntrospectionCheck::Contradicted;
    manager.publish(&TokenRecord { introspection: Some(contradicted), ..record(1, 1) });
    assert!(is_held(Due, &unknown) && is_held(Rejected, &unknown) && !is_held(Asked, &unknown));
    assert_eq!([Due, Rejected, Asked].map(RefreshReason::name), ["due", "rejected", "asked"]);
}
