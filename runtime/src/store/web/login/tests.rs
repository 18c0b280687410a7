use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{SessionLoss, Timestamp};

use super::*;
use crate::bits::fingerprint;
use crate::store::{Lineage, SharedTokenStore, StoreErrorKind, StoreFuture, StoreLock, kit};
use crate::{StoreError, TokenSet};

/// A storage of so many characters.
struct FakeStorage(Mutex<BTreeMap<String, String>>, usize);

impl FakeStorage {
    fn new() -> Self {
        FakeStorage::of(5 * 1024 * 1024)
    }

    fn of(size: usize) -> Self {
        FakeStorage(Mutex::default(), size)
    }

    fn names(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    fn put(&self, name: &str, text: &str) {
        self.0.lock().unwrap().insert(name.to_owned(), text.to_owned());
    }
}

impl Area for FakeStorage {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let mut texts = self.0.lock().unwrap();
        let others: usize =
            texts.iter().filter(|(known, _)| *known != name).map(|(name, text)| name.len() + text.len()).sum();
        if others + name.len() + text.len() > self.1 {
            return Err(StoreError::message("full").of_kind(StoreErrorKind::NotWritable));
        }
        texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        Ok(FakeStorage::names(self))
    }
}

fn login() -> Login {
    Login::under("app", "localStorage").unwrap()
}

fn storage(area: &FakeStorage) -> LoginStorage<'_> {
    LoginStorage { area, notes: None }
}

/// What a page has seen that saw this generation.
fn seen(generation: u64) -> Newest {
    let newest = Newest::default();
    newest.seen(generation);
    newest
}

fn tokens(name: &str) -> TokenSet {
    TokenSet::bearer(format!("a-{name}")).with_refresh_token(format!("r-{name}"))
}

fn record(generation: u64, lineage: Lineage, name: &str) -> TokenRecord {
    TokenRecord { generation, tokens: Some(tokens(name)), lineage: Some(lineage), ..TokenRecord::default() }
}

fn first() -> TokenRecord {
    record(1, Lineage::first(&tokens("one")), "one")
}

fn renewed() -> TokenRecord {
    record(2, Lineage::first(&tokens("one")).renewed(&tokens("two")), "two")
}

fn pending(generation: u64) -> Pending {
    let mut pending = Pending::new(generation, Timestamp::from_unix(7), "exchange-1");
    pending.refresh_token_hash = Some(fingerprint(&"r-one".into()));
    pending
}

/// A storage that holds the first record.
fn stored() -> FakeStorage {
    let area = FakeStorage::new();
    assert_eq!(login().commit(storage(&area), &seen(0), 0, &first()).unwrap(), Commit::Stored);
    area
}

#[test]
fn no_login_has_the_name_of_what_belongs_to_another_one() {
    for key in ["", ":", "app:state", "app:corrupt:1", "https://example.com"] {
        let error = Login::under(key, "localStorage").map(|login| login.key).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Other);
        assert!(error.to_string().contains("must not contain a colon"), "{error}");
    }
    assert_eq!(Login::under("my app/2", "localStorage").unwrap().key, "my app/2");
}

#[test]
fn a_record_comes_back_and_nothing_else_is_left_of_its_exchange() {
    let (login, area) = (login(), stored());
    assert_eq!(login.read_unlocked(storage(&area), &seen(0)).unwrap(), first());
    login.prepare(storage(&area), &pending(1)).unwrap();
    login.journal(storage(&area), Some("exchange-1"), b"{}").unwrap();
    assert_eq!(login.commit(storage(&area), &seen(0), 1, &renewed()).unwrap(), Commit::Stored);
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!(
        (contents.record, contents.newest, contents.pending, contents.reply, contents.damage),
        (renewed(), 2, None, None, None)
    );
    assert_eq!((login.generation(storage(&area)), login.generation(storage(&FakeStorage::new()))), (2, 0));
    assert_eq!(area.names(), ["app", "app:state"]);
}

#[test]
fn mark_and_answer_survive_a_tab_that_is_killed() {
    let (login, area) = (login(), stored());
    login.prepare(storage(&area), &pending(1)).unwrap();
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!((contents.pending, contents.reply), (Some(pending(1)), None));
    login.journal(storage(&area), Some("exchange-1"), b"\xff{").unwrap();
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!((contents.pending, contents.reply.as_deref()), (Some(pending(1)), Some(&b"\xff{"[..])));
    login.clear(storage(&area)).unwrap();
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!((contents.pending, contents.reply, contents.record), (None, None, first()));
}

#[test]
fn the_answer_to_another_exchange_is_none() {
    let (login, area) = (login(), stored());
    login.prepare(storage(&area), &pending(1)).unwrap();
    login.journal(storage(&area), Some("exchange-0"), b"{}").unwrap();
    assert_eq!(login.read(storage(&area), &seen(0)).unwrap().reply, None);
}

#[test]
fn a_full_storage_says_so_before_anything_is_sent_and_changes_nothing() {
    let (login, area) = (login(), stored());
    let full = FakeStorage(area.0, 100_000);
    let error = login.prepare(storage(&full), &pending(1)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotWritable);
    let contents = login.read(storage(&full), &seen(0)).unwrap();
    assert_eq!((contents.record, contents.pending), (first(), None));
    assert_eq!(full.names(), ["app", "app:state"]);
}

#[test]
fn the_longest_answer_finds_the_room_that_was_proved_and_so_does_the_record_after_it() {
    let (login, area) = (login(), stored());
    let used: usize = area.0.lock().unwrap().iter().map(|(name, text)| name.len() + text.len()).sum();
    // The mark makes the state longer by less than this.
    let tight = FakeStorage(area.0, used + ROOM + 400);
    login.prepare(storage(&tight), &pending(1)).unwrap();
    login.journal(storage(&tight), Some("exchange-1"), &[b'x'; 64 * 1024]).unwrap();
    let long = "y".repeat(60 * 1024);
    let next = record(2, Lineage::first(&tokens("one")).renewed(&tokens(&long[..30 * 1024])), &long[..30 * 1024]);
    assert_eq!(login.commit(storage(&tight), &seen(0), 1, &next).unwrap(), Commit::Stored);
}

#[test]
fn whoever_comes_late_gets_what_is_there() {
    let (login, area) = (login(), stored());
    assert_eq!(login.commit(storage(&area), &seen(0), 0, &first()).unwrap(), Commit::Stored, "the same once more");
    let theirs = login.commit(storage(&area), &seen(0), 7, &renewed()).unwrap();
    assert_eq!(theirs, Commit::Conflict(Box::new(first())));
    assert_eq!(login.read_unlocked(storage(&area), &seen(0)).unwrap(), first());
}

#[test]
fn a_storage_that_the_user_has_cleared_is_not_taken_for_a_new_one() {
    let (login, area) = (login(), stored());
    area.0.lock().unwrap().clear();
    let error = login.read_unlocked(storage(&area), &seen(1)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let contents = login.read(storage(&area), &seen(1)).unwrap();
    assert_eq!((contents.record.generation, contents.newest), (0, 1));
    assert!(contents.damage.unwrap().contains("was removed"));
    assert_eq!(
        login.read_unlocked(storage(&area), &seen(0)).unwrap(),
        TokenRecord::default(),
        "a page that is opened later has seen nothing"
    );
}

#[test]
fn a_record_that_another_script_has_changed_is_kept_apart_until_the_logout() {
    let (login, area) = (login(), stored());
    let changed = area.0.lock().unwrap()["app"].replace("a-one", "a-two");
    area.put("app", &changed);
    assert_eq!(login.read_unlocked(storage(&area), &seen(0)).unwrap_err().kind(), StoreErrorKind::Corrupt);
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!((contents.record.generation, contents.newest), (0, 1));
    assert!(contents.damage.unwrap().contains("app:corrupt:1 in localStorage"));
    assert_eq!(area.0.lock().unwrap()["app:corrupt:1"], changed);
    assert_eq!(
        login.read_unlocked(storage(&area), &seen(0)).unwrap_err().kind(),
        StoreErrorKind::Corrupt,
        "it is not forgotten"
    );
    let logout = TokenRecord { generation: 2, lineage: first().lineage, ..TokenRecord::default() };
    assert_eq!(login.commit(storage(&area), &seen(0), 0, &logout).unwrap(), Commit::Stored);
    assert_eq!(area.names(), ["app", "app:state"]);
}

#[test]
fn a_state_and_a_reply_that_cannot_be_read_are_kept_apart_and_the_token_counts_as_sent() {
    let (login, area) = (login(), stored());
    area.put("app:state", "{");
    area.put("app:reply", "[");
    let contents = login.read(storage(&area), &seen(0)).unwrap();
    assert_eq!(contents.pending.unwrap().refresh_token_hash, Some(fingerprint(&"r-one".into())));
    let damage = contents.damage.unwrap();
    assert!(damage.contains("app:corrupt:1") && damage.contains("app:corrupt:2"), "{damage}");
}

#[test]
fn what_a_later_version_has_written_stays() {
    let (login, area) = (login(), stored());
    let later = area.0.lock().unwrap()["app"].replace("\"format\":1", "\"format\":9");
    area.put("app", &later);
    // A record of another format is known by its number alone, since its checksum is of other bytes.
    assert!(login.read(storage(&area), &seen(0)).unwrap().damage.is_some());
    let state = String::from_utf8(crate::store::codec::seal(&serde_json::json!({"format": 9})).to_vec()).unwrap();
    area.put("app:state", &state);
    let error = login.read(storage(&area), &seen(0)).unwrap_err().to_string();
    assert!(error.contains("later version"), "{error}");
    assert_eq!(area.0.lock().unwrap()["app:state"], state);
}

#[test]
fn an_answer_that_nothing_could_read_outlives_the_loss_and_not_the_next_sign_in() {
    let (login, area) = (login(), stored());
    login.prepare(storage(&area), &pending(1)).unwrap();
    login.journal(storage(&area), Some("exchange-1"), b"<html>").unwrap();
    login.quarantine_reply(storage(&area)).unwrap();
    let lost = TokenRecord { lost: Some(SessionLoss::RotationOutcomeUnknown), generation: 2, ..first() };
    assert_eq!(login.commit(storage(&area), &seen(0), 1, &lost).unwrap(), Commit::Stored);
    assert_eq!(area.names(), ["app", "app:state", "app:unread:1"]);
    let other = record(3, Lineage::first(&tokens("other")), "other");
    assert_eq!(login.commit(storage(&area), &seen(0), 2, &other).unwrap(), Commit::Stored);
    assert_eq!(area.names(), ["app", "app:state"]);
}

#[test]
fn the_last_question_to_the_server_is_noted_until_something_is_stored() {
    let (login, area) = (login(), stored());
    let asked = Asked::new("5e", Timestamp::from_unix(9));
    login.note_question(storage(&area), &asked).unwrap();
    assert_eq!(login.read(storage(&area), &seen(0)).unwrap().asked, Some(asked));
    login.commit(storage(&area), &seen(0), 1, &renewed()).unwrap();
    assert_eq!(login.read(storage(&area), &seen(0)).unwrap().asked, None);
}

fn with_notes<'a>(area: &'a FakeStorage, notes: &'a FakeStorage) -> LoginStorage<'a> {
    at_time(area, notes, 0)
}

fn at_time<'a>(area: &'a FakeStorage, notes: &'a FakeStorage, now: i64) -> LoginStorage<'a> {
    LoginStorage { area, notes: Some(Notes { area: notes, now: Timestamp::from_unix(now) }) }
}

#[test]
fn a_note_goes_when_it_is_older_than_a_refresh_token_can_be() {
    const HUNDRED_DAYS: i64 = 8_640_000;
    let (login, notes) = (login(), FakeStorage::new());
    let sign_in = |name: &str, now| {
        let tab = FakeStorage::new();
        login.commit(at_time(&tab, &notes, now), &seen(0), 0, &record(1, Lineage::first(&tokens(name)), name)).unwrap();
        tab
    };
    let name = |name: &str| format!("app:{}", Lineage::first(&tokens(name)).login);
    // What others keep there stays: another login whose key begins alike, and what is not a note.
    let others = [("apps:state", "1 0"), ("app:state", "1 0"), ("other", "1 0")];
    for (name, text) in others {
        notes.put(name, text);
    }
    notes.put(&name("two").replace("app", "apps"), "1 0");
    notes.put(&name("three"), "1");
    let first = sign_in("one", 0);
    sign_in("two", 0);
    assert_eq!(notes.names().len(), 7);
    // A note is renewed with its tokens.
    let renewed = record(2, Lineage::first(&tokens("one")).renewed(&tokens("next")), "next");
    login.commit(at_time(&first, &notes, HUNDRED_DAYS), &seen(0), 1, &renewed).unwrap();
    assert!(notes.names().contains(&name("two")), "its token may just live");
    sign_in("four", HUNDRED_DAYS + 1);
    assert!(!notes.names().contains(&name("two")), "and now it does not");
    assert!(notes.names().contains(&name("one")) && notes.names().contains(&name("four")));
    assert_eq!(notes.names().len(), 7);
}

/// A tab and its duplicate, whose storage is a copy.
#[test]
fn the_duplicate_of_a_tab_knows_that_the_other_one_was_faster() {
    let (login, notes, tab) = (login(), FakeStorage::new(), FakeStorage::new());
    let at = |area| with_notes(area, &notes);
    login.commit(at(&tab), &seen(0), 0, &first()).unwrap();
    let copy = FakeStorage(Mutex::new(tab.0.lock().unwrap().clone()), tab.1);
    assert_eq!(login.read(at(&copy), &seen(0)).unwrap().newest, 1, "nothing was spent yet");
    login.prepare(at(&tab), &pending(1)).unwrap();
    assert_eq!(login.read(at(&copy), &seen(0)).unwrap().newest, 2, "it may be spent");
    login.clear(at(&tab)).unwrap();
    assert_eq!(login.read(at(&copy), &seen(0)).unwrap().newest, 1, "it was not sent");
    login.prepare(at(&tab), &pending(1)).unwrap();
    login.commit(at(&tab), &seen(0), 1, &renewed()).unwrap();
    let contents = login.read(at(&copy), &seen(0)).unwrap();
    assert_eq!((contents.record.generation, contents.newest), (1, 2));
    // A login of another tab has nothing to do with it.
    let other = FakeStorage::new();
    login.commit(at(&other), &seen(0), 0, &record(1, Lineage::first(&tokens("other")), "other")).unwrap();
    assert_eq!(login.read(at(&other), &seen(0)).unwrap().newest, 1);
    assert!(notes.names().iter().all(|name| !name.contains("a-") && !name.contains("r-")) && notes.names().len() == 2);
}

/// Two tabs of one login, whose second was copied before the first renewed the tokens; and what the first then stores.
fn outdated_by(next: &TokenRecord) -> (FakeStorage, FakeStorage) {
    let (login, notes, tab) = (login(), FakeStorage::new(), FakeStorage::new());
    let at = |area| with_notes(area, &notes);
    login.commit(at(&tab), &seen(0), 0, &first()).unwrap();
    let copy = FakeStorage(Mutex::new(tab.0.lock().unwrap().clone()), tab.1);
    login.prepare(at(&tab), &pending(1)).unwrap();
    login.commit(at(&tab), &seen(0), 1, &renewed()).unwrap();
    assert_eq!(login.commit(at(&tab), &seen(0), 2, next).unwrap(), Commit::Stored);
    (copy, notes)
}

#[test]
fn the_duplicate_of_a_tab_that_forgot_its_login_or_has_another_one_does_not_send_what_is_spent() {
    let forgotten = TokenRecord { generation: 3, lineage: renewed().lineage, ..TokenRecord::default() };
    let other = record(3, Lineage::first(&tokens("other")), "other");
    for next in [forgotten, other] {
        let (copy, notes) = outdated_by(&next);
        let (login, at) = (login(), with_notes(&copy, &notes));
        let contents = login.read(at, &seen(0)).unwrap();
        assert_eq!((contents.record.generation, contents.newest), (1, 3), "it is behind, and asks first");
        // The server says that they live: they are sent, or not, and another copy stays warned.
        login.prepare(at, &pending(1)).unwrap();
        login.clear(at).unwrap();
        assert_eq!(login.read(at, &seen(0)).unwrap().newest, 3);
        let later = TokenRecord { generation: 4, ..renewed() };
        assert_eq!(login.commit(at, &seen(0), 1, &later).unwrap(), Commit::Stored);
        assert_eq!(login.read(at, &seen(0)).unwrap().newest, 4, "and with these it is not behind");
    }
}

#[test]
fn the_duplicate_of_a_tab_with_a_bare_set_knows_that_the_other_one_was_faster() {
    let (login, notes, tab) = (login(), FakeStorage::new(), FakeStorage::new());
    tab.put("app", &tokens("one").to_json_exposing_secrets().to_string());
    let copy = FakeStorage(Mutex::new(tab.0.lock().unwrap().clone()), tab.1);
    login.prepare(with_notes(&tab, &notes), &pending(1)).unwrap();
    assert_eq!(login.read(with_notes(&copy, &notes), &seen(0)).unwrap().newest, 2, "it may be spent");
    login.clear(with_notes(&tab, &notes)).unwrap();
    assert_eq!(login.read(with_notes(&copy, &notes), &seen(0)).unwrap().newest, 1, "it was not sent");
}

/// A store over a storage of tests, which numbers what it finds as that of a page does.
struct Tab {
    login: Login,
    area: FakeStorage,
    newest: Newest,
}

impl Tab {
    /// One whose page has stored a record, in whose place another program has then written a bare set.
    fn over_a_bare_set() -> OpenTab {
        let tab = Tab { login: login(), area: FakeStorage::new(), newest: Newest::default() };
        tab.login.commit(storage(&tab.area), &tab.newest, 0, &first()).unwrap();
        tab.area.put("app", &tokens("bare").to_json_exposing_secrets().to_string());
        OpenTab(Arc::new(tab))
    }

    fn read_unlocked(&self) -> Result<TokenRecord, StoreError> {
        self.login.read_unlocked(storage(&self.area), &self.newest)
    }
}

struct OpenTab(Arc<Tab>);

impl std::ops::Deref for OpenTab {
    type Target = Tab;

    fn deref(&self) -> &Tab {
        &self.0
    }
}

struct Turn(Arc<Tab>);

fn ready<'a, T: Send + 'a>(value: Result<T, StoreError>) -> StoreFuture<'a, T> {
    Box::pin(std::future::ready(value))
}

impl SharedTokenStore for OpenTab {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        ready(self.read_unlocked())
    }

    fn lock(&self, _: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        ready(Ok(Box::new(Turn(Arc::clone(&self.0))) as _))
    }
}

impl StoreLock for Turn {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        ready(self.0.login.read(storage(&self.0.area), &self.0.newest))
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        ready(self.0.login.prepare(storage(&self.0.area), pending))
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        ready(self.0.login.journal(storage(&self.0.area), Some("exchange-1"), &reply))
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        ready(self.0.login.quarantine_reply(storage(&self.0.area)))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        ready(self.0.login.note_question(storage(&self.0.area), asked))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        ready(self.0.login.commit(storage(&self.0.area), &self.0.newest, expected, record))
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        ready(self.0.login.clear(storage(&self.0.area)))
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        ready(Ok(()))
    }
}

#[tokio::test]
async fn tokens_are_set_in_the_place_of_a_bare_set_and_forgotten() {
    let tab = Tab::over_a_bare_set();
    kit::set(&tab, Some(&tokens("new")), Duration::ZERO).await.unwrap();
    let contents = tab.read_unlocked().unwrap();
    assert_eq!((contents.generation, contents.tokens), (3, Some(tokens("new"))));
    let tab = Tab::over_a_bare_set();
    kit::forget(&tab, Duration::ZERO).await.unwrap();
    let contents = tab.read_unlocked().unwrap();
    assert_eq!((contents.generation, contents.tokens), (3, None));
}

/// The generation of what is read, of the newest, and of what is stored next.
async fn exchanged(tab: &OpenTab, lost: Option<SessionLoss>) -> [u64; 3] {
    let mut turn = tab.lock(Duration::ZERO).await.unwrap();
    let contents = turn.read().await.unwrap();
    let (generation, name) = (contents.record.generation, if lost.is_some() { "bare" } else { "next" });
    turn.prepare(&pending(generation)).await.unwrap();
    turn.journal(Bytes::from_static(b"{}")).await.unwrap();
    let again = turn.read().await.unwrap();
    assert_eq!(
        (again.record, again.newest, again.pending),
        (contents.record.clone(), contents.newest, Some(pending(generation)))
    );
    let lineage = contents.record.origin().unwrap().renewed(&tokens(name));
    let next = TokenRecord { lost, ..record(contents.newest + 1, lineage, name) };
    assert_eq!(turn.commit(generation, &next).await.unwrap(), Commit::Stored);
    assert_eq!(tab.read_unlocked().unwrap(), next);
    [generation, contents.newest, next.generation]
}

#[tokio::test]
async fn a_bare_set_is_renewed_and_lost_as_a_record_is() {
    for lost in [None, Some(SessionLoss::Revoked)] {
        let tab = Tab::over_a_bare_set();
        assert_eq!(tab.read_unlocked().unwrap().generation, 2);
        assert_eq!(exchanged(&tab, lost).await, [2, 2, 3]);
        tab.area.put("app", &tokens("bare").to_json_exposing_secrets().to_string());
        assert_eq!(exchanged(&tab, lost).await, [4, 4, 5]);
        tab.area.0.lock().unwrap().clear();
        tab.area.put("app", &tokens("bare").to_json_exposing_secrets().to_string());
        assert_eq!(exchanged(&tab, lost).await, [1, 5, 6], "a state that is gone makes it no newer than what was seen");
    }
}

#[test]
fn the_number_of_a_bare_set_is_not_what_a_page_has_seen() {
    let tab = Tab::over_a_bare_set();
    for _ in 0..3 {
        let contents = tab.login.read(storage(&tab.area), &tab.newest).unwrap();
        assert_eq!((contents.record.generation, contents.newest, tab.newest.seen(0)), (2, 2, 1));
    }
    // Another tab tells of a record, between the look and the write.
    tab.newest.seen(7);
    let next = record(8, Lineage::first(&tokens("new")), "new");
    assert_eq!(tab.login.commit(storage(&tab.area), &tab.newest, 2, &next).unwrap(), Commit::Stored);
}
