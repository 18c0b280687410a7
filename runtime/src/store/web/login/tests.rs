use std::cell::RefCell;
use std::collections::BTreeMap;

use zeyos_core::{SessionLoss, Timestamp};

use super::*;
use crate::bits::fingerprint;
use crate::store::{Lineage, StoreErrorKind};
use crate::{StoreError, TokenSet};

/// A storage of so many characters.
struct Shelf(RefCell<BTreeMap<String, String>>, usize);

impl Shelf {
    fn new() -> Self {
        Shelf::of(5 * 1024 * 1024)
    }

    fn of(size: usize) -> Self {
        Shelf(RefCell::default(), size)
    }

    fn names(&self) -> Vec<String> {
        self.0.borrow().keys().cloned().collect()
    }

    fn put(&self, name: &str, text: &str) {
        self.0.borrow_mut().insert(name.to_owned(), text.to_owned());
    }
}

impl Area for Shelf {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        Ok(self.0.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let mut texts = self.0.borrow_mut();
        let others: usize =
            texts.iter().filter(|(known, _)| *known != name).map(|(name, text)| name.len() + text.len()).sum();
        if others + name.len() + text.len() > self.1 {
            return Err(StoreError::message("full").of_kind(StoreErrorKind::NotWritable));
        }
        texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.0.borrow_mut().remove(name);
        Ok(())
    }
}

fn login() -> Login {
    Login { key: "app".to_owned(), place: "localStorage" }
}

fn desk(area: &Shelf) -> Desk<'_> {
    Desk { area, told: None }
}

fn tokens(name: &str) -> TokenSet {
    TokenSet::bearer(format!("a-{name}")).with_refresh_token(format!("r-{name}"))
}

fn record(generation: u64, lineage: Lineage, name: &str) -> Record {
    Record { generation, tokens: Some(tokens(name)), lineage: Some(lineage), ..Record::default() }
}

fn first() -> Record {
    record(1, Lineage::first(&tokens("one")), "one")
}

fn renewed() -> Record {
    record(2, Lineage::first(&tokens("one")).renewed(&tokens("two")), "two")
}

fn pending(generation: u64) -> Pending {
    let mut pending = Pending::new(generation, Timestamp::from_unix(7), "exchange-1");
    pending.refresh_token_hash = Some(fingerprint(&"r-one".into()));
    pending
}

/// A storage that holds the first record.
fn stored() -> Shelf {
    let shelf = Shelf::new();
    assert_eq!(login().commit(desk(&shelf), 0, 0, &first()).unwrap(), Commit::Stored);
    shelf
}

#[test]
fn a_record_comes_back_and_nothing_else_is_left_of_its_exchange() {
    let (login, shelf) = (login(), stored());
    assert_eq!(login.peek(desk(&shelf), 0).unwrap(), first());
    login.prepare(desk(&shelf), &pending(1)).unwrap();
    login.journal(desk(&shelf), Some("exchange-1"), b"{}").unwrap();
    assert_eq!(login.commit(desk(&shelf), 0, 1, &renewed()).unwrap(), Commit::Stored);
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!((held.record, held.newest, held.pending, held.reply, held.damage), (renewed(), 2, None, None, None));
    assert_eq!((login.generation(desk(&shelf)), login.generation(desk(&Shelf::new()))), (2, 0));
    assert_eq!(shelf.names(), ["app", "app:state"]);
}

#[test]
fn mark_and_answer_survive_a_tab_that_is_killed() {
    let (login, shelf) = (login(), stored());
    login.prepare(desk(&shelf), &pending(1)).unwrap();
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!((held.pending, held.reply), (Some(pending(1)), None));
    login.journal(desk(&shelf), Some("exchange-1"), b"\xff{").unwrap();
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!((held.pending, held.reply.as_deref()), (Some(pending(1)), Some(&b"\xff{"[..])));
    login.clear(desk(&shelf)).unwrap();
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!((held.pending, held.reply, held.record), (None, None, first()));
}

#[test]
fn the_answer_to_another_exchange_is_none() {
    let (login, shelf) = (login(), stored());
    login.prepare(desk(&shelf), &pending(1)).unwrap();
    login.journal(desk(&shelf), Some("exchange-0"), b"{}").unwrap();
    assert_eq!(login.read(desk(&shelf), 0).unwrap().reply, None);
}

#[test]
fn a_full_storage_says_so_before_anything_is_sent_and_changes_nothing() {
    let (login, shelf) = (login(), stored());
    let full = Shelf(shelf.0, 100_000);
    let error = login.prepare(desk(&full), &pending(1)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotWritable);
    let held = login.read(desk(&full), 0).unwrap();
    assert_eq!((held.record, held.pending), (first(), None));
    assert_eq!(full.names(), ["app", "app:state"]);
}

#[test]
fn the_longest_answer_finds_the_room_that_was_proved_and_so_does_the_record_after_it() {
    let (login, shelf) = (login(), stored());
    let used: usize = shelf.0.borrow().iter().map(|(name, text)| name.len() + text.len()).sum();
    // The mark makes the state longer by less than this.
    let tight = Shelf(shelf.0, used + ROOM + 400);
    login.prepare(desk(&tight), &pending(1)).unwrap();
    login.journal(desk(&tight), Some("exchange-1"), &[b'x'; 64 * 1024]).unwrap();
    let long = "y".repeat(60 * 1024);
    let next = record(2, Lineage::first(&tokens("one")).renewed(&tokens(&long[..30 * 1024])), &long[..30 * 1024]);
    assert_eq!(login.commit(desk(&tight), 0, 1, &next).unwrap(), Commit::Stored);
}

#[test]
fn whoever_comes_late_gets_what_is_there() {
    let (login, shelf) = (login(), stored());
    assert_eq!(login.commit(desk(&shelf), 0, 0, &first()).unwrap(), Commit::Stored, "the same once more");
    let theirs = login.commit(desk(&shelf), 0, 7, &renewed()).unwrap();
    assert_eq!(theirs, Commit::Conflict(Box::new(first())));
    assert_eq!(login.peek(desk(&shelf), 0).unwrap(), first());
}

#[test]
fn a_storage_that_the_user_has_cleared_is_not_taken_for_a_new_one() {
    let (login, shelf) = (login(), stored());
    shelf.0.borrow_mut().clear();
    let error = login.peek(desk(&shelf), 1).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let held = login.read(desk(&shelf), 1).unwrap();
    assert_eq!((held.record.generation, held.newest), (0, 1));
    assert!(held.damage.unwrap().contains("was removed"));
    assert_eq!(login.peek(desk(&shelf), 0).unwrap(), Record::default(), "a page that is opened later has seen nothing");
}

#[test]
fn a_record_that_another_script_has_changed_is_kept_apart_until_the_logout() {
    let (login, shelf) = (login(), stored());
    let changed = shelf.0.borrow()["app"].replace("a-one", "a-two");
    shelf.put("app", &changed);
    assert_eq!(login.peek(desk(&shelf), 0).unwrap_err().kind(), StoreErrorKind::Corrupt);
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!((held.record.generation, held.newest), (0, 1));
    assert!(held.damage.unwrap().contains("app:corrupt:1 in localStorage"));
    assert_eq!(shelf.0.borrow()["app:corrupt:1"], changed);
    assert_eq!(login.peek(desk(&shelf), 0).unwrap_err().kind(), StoreErrorKind::Corrupt, "it is not forgotten");
    let logout = Record { generation: 2, lineage: first().lineage, ..Record::default() };
    assert_eq!(login.commit(desk(&shelf), 0, 0, &logout).unwrap(), Commit::Stored);
    assert_eq!(shelf.names(), ["app", "app:state"]);
}

#[test]
fn a_state_and_a_reply_that_cannot_be_read_are_kept_apart_and_the_token_counts_as_sent() {
    let (login, shelf) = (login(), stored());
    shelf.put("app:state", "{");
    shelf.put("app:reply", "[");
    let held = login.read(desk(&shelf), 0).unwrap();
    assert_eq!(held.pending.unwrap().refresh_token_hash, Some(fingerprint(&"r-one".into())));
    let damage = held.damage.unwrap();
    assert!(damage.contains("app:corrupt:1") && damage.contains("app:corrupt:2"), "{damage}");
}

#[test]
fn what_a_later_version_has_written_stays() {
    let (login, shelf) = (login(), stored());
    let later = shelf.0.borrow()["app"].replace("\"format\":1", "\"format\":9");
    shelf.put("app", &later);
    // A record of another format is known by its number alone, since its checksum is of other bytes.
    assert!(login.read(desk(&shelf), 0).unwrap().damage.is_some());
    let state = String::from_utf8(crate::store::codec::seal(&serde_json::json!({"format": 9})).to_vec()).unwrap();
    shelf.put("app:state", &state);
    let error = login.read(desk(&shelf), 0).unwrap_err().to_string();
    assert!(error.contains("later version"), "{error}");
    assert_eq!(shelf.0.borrow()["app:state"], state);
}

#[test]
fn an_answer_that_nothing_could_read_outlives_the_loss_and_not_the_next_sign_in() {
    let (login, shelf) = (login(), stored());
    login.prepare(desk(&shelf), &pending(1)).unwrap();
    login.journal(desk(&shelf), Some("exchange-1"), b"<html>").unwrap();
    login.quarantine_reply(desk(&shelf)).unwrap();
    let lost = Record { lost: Some(SessionLoss::RotationOutcomeUnknown), generation: 2, ..first() };
    assert_eq!(login.commit(desk(&shelf), 0, 1, &lost).unwrap(), Commit::Stored);
    assert_eq!(shelf.names(), ["app", "app:state", "app:unread:1"]);
    let other = record(3, Lineage::first(&tokens("other")), "other");
    assert_eq!(login.commit(desk(&shelf), 0, 2, &other).unwrap(), Commit::Stored);
    assert_eq!(shelf.names(), ["app", "app:state"]);
}

#[test]
fn the_last_question_to_the_server_is_noted_until_something_is_stored() {
    let (login, shelf) = (login(), stored());
    let asked = Asked::new("5e", Timestamp::from_unix(9));
    login.note_question(desk(&shelf), &asked).unwrap();
    assert_eq!(login.read(desk(&shelf), 0).unwrap().asked, Some(asked));
    login.commit(desk(&shelf), 0, 1, &renewed()).unwrap();
    assert_eq!(login.read(desk(&shelf), 0).unwrap().asked, None);
}

fn beside<'a>(area: &'a Shelf, told: &'a Shelf) -> Desk<'a> {
    Desk { area, told: Some(told) }
}

/// A tab and its duplicate, whose storage is a copy.
#[test]
fn the_duplicate_of_a_tab_knows_that_the_other_one_was_faster() {
    let (login, told, tab) = (login(), Shelf::new(), Shelf::new());
    let at = |area| beside(area, &told);
    login.commit(at(&tab), 0, 0, &first()).unwrap();
    let copy = Shelf(RefCell::new(tab.0.borrow().clone()), tab.1);
    assert_eq!(login.read(at(&copy), 0).unwrap().newest, 1, "nothing was spent yet");
    login.prepare(at(&tab), &pending(1)).unwrap();
    assert_eq!(login.read(at(&copy), 0).unwrap().newest, 2, "it may be spent");
    login.clear(at(&tab)).unwrap();
    assert_eq!(login.read(at(&copy), 0).unwrap().newest, 1, "it was not sent");
    login.prepare(at(&tab), &pending(1)).unwrap();
    login.commit(at(&tab), 0, 1, &renewed()).unwrap();
    let held = login.read(at(&copy), 0).unwrap();
    assert_eq!((held.record.generation, held.newest), (1, 2));
    // A login of another tab has nothing to do with it, and a logout leaves nothing behind.
    let other = Shelf::new();
    login.commit(at(&other), 0, 0, &record(1, Lineage::first(&tokens("other")), "other")).unwrap();
    assert_eq!(login.read(at(&other), 0).unwrap().newest, 1);
    assert!(told.names().iter().all(|name| !name.contains("a-") && !name.contains("r-")) && told.names().len() == 2);
    let logout = Record { generation: 3, lineage: renewed().lineage, ..Record::default() };
    login.commit(at(&tab), 0, 2, &logout).unwrap();
    assert_eq!(told.names().len(), 1);
}
