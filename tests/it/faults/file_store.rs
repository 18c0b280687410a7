//! Faults of disks and of what others do to the files of a file store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use zeyos::bytes::Bytes;
use zeyos::store::{
    Commit, FileKind, Pending, SharedTokenStore, StoreContents, StoreErrorKind, StoreLock, TokenRecord,
};
use zeyos::{FileTokenStore, StoreError, Timestamp, TokenSet, TokenStore};

use crate::promises::file_store::mutate;
use crate::support::changed;
use crate::support::disk::{Disk, Locks, Process, USER};
use crate::support::folder::Folder;
use crate::support::hooked::{Hooked, Step, Verdict};
use crate::support::random::{Random, now};

const PATH: &str = "/disk/tokens.json";

fn tokens(generation: u64) -> TokenSet {
    TokenSet::bearer(format!("a{generation}")).with_refresh_token(format!("hunter{generation}"))
}

fn record(generation: u64) -> TokenRecord {
    let owner = Some("issuer app".into());
    changed(TokenRecord::default(), |record| {
        record.generation = generation;
        record.tokens = Some(tokens(generation));
        record.owner = owner;
    })
}

fn pending(generation: u64) -> Pending {
    let since = Timestamp::from_unix(1_800_000_000);
    changed(Pending::new(generation, since, format!("q{generation}")), |pending| {
        pending.refresh_token_hash = Some("00ff".into())
    })
}

fn reply(generation: u64) -> Bytes {
    format!("{{\"access_token\": \"a{generation}\", \"refresh_token\": \"hunter{generation}\"}}").into()
}

fn on(disk: &Disk) -> FileTokenStore {
    FileTokenStore::with_file_system(PATH, disk.process()).unwrap()
}

fn lock(store: &FileTokenStore) -> Box<dyn StoreLock> {
    now(store.lock(Duration::ZERO)).unwrap()
}

fn held(store: &FileTokenStore) -> StoreContents {
    now(lock(store).read()).unwrap()
}

/// A disk with a store that has gone through so many generations.
fn disk_at(generation: u64) -> Disk {
    let disk = Disk::default();
    let store = on(&disk);
    for number in 1..=generation {
        assert_eq!(now(lock(&store).commit(number - 1, &record(number))).unwrap(), Commit::Stored);
    }
    disk
}

/// How far a rotation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    Nothing,
    Prepared,
    Journalled,
    Committed,
}

/// A rotation from one generation to the next, until the machine fails.
fn rotate(store: &FileTokenStore, from: u64, reached: &mut Reached) -> Result<(), StoreError> {
    let mut lock = now(store.lock(Duration::ZERO))?;
    now(lock.read())?;
    now(lock.prepare(&pending(from)))?;
    *reached = Reached::Prepared;
    now(lock.journal(reply(from + 1)))?;
    *reached = Reached::Journalled;
    now(lock.commit(from, &record(from + 1)))?;
    *reached = Reached::Committed;
    now(lock.release())
}

/// A store whose machine loses its power before or after the call of this number.
fn doomed(disk: &Disk, process: &Process, call: u64, step: Step, seed: u64) -> (FileTokenStore, Arc<AtomicBool>) {
    let (machine, seed) = (disk.clone(), seed);
    let (calls, is_cut) = (AtomicU64::new(0), Arc::new(AtomicBool::new(false)));
    let told = Arc::clone(&is_cut);
    let hooked = Hooked::new(process.clone(), move |seen| {
        if seen.step == step && calls.fetch_add(1, Ordering::SeqCst) + 1 == call {
            machine.cut_power(&mut Random(seed));
            told.store(true, Ordering::SeqCst);
        }
        Verdict::Go
    });
    (FileTokenStore::with_file_system(PATH, hooked).unwrap(), is_cut)
}

/// How many calls it takes to open a store, and to open it and rotate once.
fn calls() -> (u64, u64) {
    let hooked = Hooked::new(disk_at(3).process(), |_| Verdict::Go);
    let store = FileTokenStore::with_file_system(PATH, hooked.clone()).unwrap();
    let opened = hooked.calls();
    rotate(&store, 3, &mut Reached::Nothing).unwrap();
    (opened, hooked.calls())
}

#[test]
fn fault_09_a_power_cut_at_any_call_leaves_the_old_record_or_the_new_one_and_what_was_journalled() {
    let (opened, all) = calls();
    assert!(all - opened > 30, "{opened} {all}");
    let mut seen = std::collections::BTreeMap::new();
    for run in 0..500 {
        let call = opened + 1 + run % (all - opened);
        let step = if run / (all - opened) % 2 == 0 { Step::Before } else { Step::After };
        let disk = disk_at(3);
        let mut reached = Reached::Nothing;
        let (doomed, is_cut) = doomed(&disk, &disk.process(), call, step, run);
        let outcome = rotate(&doomed, 3, &mut reached);
        assert!(is_cut.load(Ordering::SeqCst), "run {run}: the power was not cut at call {call} of {all}");
        assert!(outcome.is_err() || reached == Reached::Committed, "run {run}: a cut that no one noticed");
        let store = on(&disk);
        let read = now(SharedTokenStore::read(&store)).unwrap_or_else(|error| panic!("run {run}: {error}"));
        assert!(read == record(3) || read == record(4), "run {run}: {read:?}");
        let held = held(&store);
        assert_eq!((&held.record, held.damage), (&read, None), "run {run}");
        assert!(held.newest == read.generation, "run {run}");
        if reached == Reached::Committed {
            assert_eq!(read, record(4), "run {run}: what was stored is there");
        }
        if read == record(3) && reached >= Reached::Prepared {
            assert_eq!(held.pending, Some(pending(3)), "run {run}: the mark is there");
        }
        if read == record(3) && reached >= Reached::Journalled {
            assert_eq!(held.reply, Some(reply(4)), "run {run}: the reply is there");
        }
        if read == record(4) {
            assert_eq!((held.pending, held.reply), (None, None), "run {run}: the exchange is over");
        }
        // It goes on from there.
        rotate(&store, read.generation, &mut Reached::Nothing).unwrap();
        *seen.entry((reached, read.generation)).or_insert(0) += 1;
    }
    assert!(seen.len() >= 5, "{seen:?}");
}

/// A store in a real folder. What another program does in the middle of a call is done at the first call of this name on the
/// file with this ending.
fn meddled(
    folder: &Folder,
    name: &'static str,
    ending: &'static str,
    meddle: impl Fn() + Send + Sync + 'static,
) -> FileTokenStore {
    now(FileTokenStore::open(folder.tokens()).unwrap().set(Some(&tokens(1)))).unwrap();
    let is_done = AtomicBool::new(false);
    let hooked = Hooked::new(zeyos::store::SystemFiles, move |call| {
        let is_here = call.name == name && call.step == Step::After && call.path.to_str().unwrap().ends_with(ending);
        if is_here && !is_done.swap(true, Ordering::SeqCst) {
            meddle();
        }
        Verdict::Go
    });
    FileTokenStore::with_file_system(folder.tokens(), hooked).unwrap()
}

fn foreign() -> String {
    r#"{"access_token": "of another program", "refresh_token": "hunter9"}"#.to_owned()
}

#[test]
fn fault_70_a_file_that_another_program_is_just_writing_over_is_not_set_aside() {
    for begun in ["", r#"{"access_token": "of anoth"#] {
        let folder = Folder::new("half-written");
        let path = folder.tokens();
        let rest = path.clone();
        let store = meddled(&folder, "read", "tokens.json", move || std::fs::write(&rest, foreign()).unwrap());
        std::fs::write(&path, begun).unwrap();
        let held = held(&store);
        assert_eq!(held.record.tokens.unwrap().refresh_token, Some("hunter9".into()), "{begun:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), foreign(), "{begun:?}");
        assert_eq!(held.damage, None);
    }
}

#[test]
fn fault_70_what_another_program_writes_during_a_commit_is_not_written_over() {
    let folder = Folder::new("during-a-commit");
    let path = folder.tokens();
    let store = meddled(&folder, "sync", ".new", move || std::fs::write(&path, foreign()).unwrap());
    let mut lock = lock(&store);
    assert_eq!(now(lock.read()).unwrap().record.generation, 1);
    let Commit::Conflict(theirs) = now(lock.commit(1, &record(2))).unwrap() else { panic!("it was written over") };
    assert_eq!(theirs.tokens.unwrap().refresh_token, Some("hunter9".into()));
    assert_eq!(std::fs::read_to_string(folder.tokens()).unwrap(), foreign());
    assert_eq!(now(lock.commit(theirs.generation, &record(3))).unwrap(), Commit::Stored);
    assert_eq!(now(lock.read()).unwrap().record, record(3));
}

#[test]
fn fault_13_an_unreadable_file_is_kept_in_quarantine_and_the_journal_or_the_second_copy_takes_over() {
    let mut random = Random(13);
    let (with_copy, without_copy) = (disk_at(3), disk_at(1));
    let whole = with_copy.bytes(PATH).unwrap();
    let copy = with_copy.bytes(format!("{PATH}.copy")).unwrap();
    for round in 0..10_000 {
        let has_copy = random.one_in(2);
        let (disk, generation) = if has_copy { (&with_copy, 3) } else { (&without_copy, 1) };
        let store = on(disk);
        let has_reply = random.one_in(2);
        if has_reply {
            // A program that died after the reply had come in. Preparing copies the record, so the copy is put back.
            let mut lock = lock(&store);
            now(lock.prepare(&pending(generation))).unwrap();
            now(lock.journal(reply(generation + 1))).unwrap();
        }
        if has_copy {
            disk.put(format!("{PATH}.copy"), &copy);
        } else {
            disk.remove(format!("{PATH}.copy"));
        }
        let record_before = disk.bytes(PATH).unwrap();
        let bad = match random.below(100) {
            0 => vec![b' '; 1024 * 1024 + 1],
            1 => [record_before.clone(), vec![b' '; 1024 * 1024]].concat(),
            2..20 => Vec::new(),
            20..30 => vec![0; random.below(5000)],
            30..40 => (0..random.below(3000)).map(|_| (random.next() & 0xff) as u8).collect(),
            40..50 => record_before[..random.below(record_before.len() - 1)].to_vec(),
            _ => mutate(&record_before, &mut random),
        };
        if bad.trim_ascii_end() == record_before.trim_ascii_end() && bad.len() < 1024 * 1024 {
            now(lock(&store).clear()).unwrap();
            continue;
        }
        let kind = if random.one_in(50) { FileKind::Link } else { FileKind::File };
        disk.put_as(PATH, kind, &bad, 0o600, USER);
        assert_eq!(now(store.get()).unwrap_err().kind(), StoreErrorKind::Corrupt, "round {round}");
        let held = held(&store);
        let damage = held.damage.unwrap_or_else(|| panic!("round {round}: a silent reset"));
        assert!(damage.contains(".corrupt-") && !damage.contains("hunter"), "{damage}");
        assert_eq!(disk.bytes(format!("{PATH}.corrupt-1")), Some(bad), "round {round}: nothing is removed");
        assert_eq!(held.reply, has_reply.then(|| reply(generation + 1)), "round {round}");
        assert_eq!(held.pending, has_reply.then(|| pending(generation)), "round {round}");
        assert_eq!(held.newest, generation, "an older copy can be told from the newest");
        if has_copy {
            // Row 68: the copy is one of the current record, not of the spent one before it.
            assert_eq!(held.record, record(3), "round {round}");
            assert_eq!(now(SharedTokenStore::read(&store)).unwrap(), record(3), "readers have it too");
        } else {
            assert_eq!(held.record, TokenRecord::default(), "round {round}");
        }
        disk.remove(format!("{PATH}.corrupt-1"));
        disk.put(PATH, &record_before);
        now(lock(&store).clear()).unwrap();
    }
    assert_eq!(with_copy.bytes(PATH), Some(whole));
}

#[test]
fn fault_18_a_cleaner_who_removes_the_lock_file_lets_no_second_holder_in() {
    const ROUNDS: usize = 10_000;
    let folder = Folder::new("cleaner");
    let (inside, rounds, removed) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let path = Arc::new(folder.tokens());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let store = FileTokenStore::open(path.as_path()).unwrap();
                while rounds.load(Ordering::SeqCst) < ROUNDS {
                    match now(store.lock(Duration::ZERO)) {
                        Ok(lock) => {
                            assert!(!inside.swap(true, Ordering::SeqCst), "two holders at once");
                            thread::yield_now();
                            inside.store(false, Ordering::SeqCst);
                            drop(lock);
                            rounds.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(error) => assert_eq!(error.kind(), StoreErrorKind::LockTimeout, "{error}"),
                    }
                }
            });
        }
        scope.spawn(|| {
            let (lock, mut seen) = (folder.path().join("tokens.json.lock"), ROUNDS);
            while rounds.load(Ordering::SeqCst) < ROUNDS {
                // About once a round, whoever holds it or waits for it.
                if seen != rounds.load(Ordering::SeqCst) && std::fs::remove_file(&lock).is_ok() {
                    removed.fetch_add(1, Ordering::SeqCst);
                    seen = rounds.load(Ordering::SeqCst);
                }
                thread::yield_now();
            }
        });
    });
    assert!(removed.load(Ordering::SeqCst) > ROUNDS / 100, "the cleaner was at work: {removed:?}");
}

#[test]
fn fault_19_where_locks_do_not_work_the_store_refuses_to_open() {
    for locks in [Locks::Unsupported, Locks::NoneLeft, Locks::Blind] {
        let disk = disk_at(2);
        let names = disk.names();
        disk.set_locks(locks);
        let error = FileTokenStore::with_file_system(PATH, disk.process()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::LockUnsupported, "{locks:?}");
        let text = error.to_string();
        assert!(text.contains(PATH) && text.contains("local disk"), "{text}");
        assert_eq!(disk.names(), names, "nothing is left behind");
    }
    // A store that was opened while locks worked.
    let disk = disk_at(2);
    let store = on(&disk);
    disk.set_locks(Locks::NoneLeft);
    let error = now(store.lock(Duration::from_secs(60))).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::LockUnsupported);
    assert_eq!(now(SharedTokenStore::read(&store)).unwrap(), record(2), "what needs no lock still works");
}

#[test]
fn fault_20_an_old_process_that_writes_back_is_refused_and_generations_only_grow() {
    let disk = disk_at(5);
    let (old, young) = (on(&disk), on(&disk));
    assert_eq!(held(&old).record.generation, 5);
    assert_eq!(now(lock(&young).commit(5, &record(6))).unwrap(), Commit::Stored);
    let refused = now(lock(&old).commit(5, &changed(record(6), |record| record.tokens = Some(tokens(99))))).unwrap();
    assert_eq!(refused, Commit::Conflict(Box::new(record(6))));
    assert_eq!(now(SharedTokenStore::read(&old)).unwrap(), record(6));

    // A restored copy is seen as one, whoever follows takes a number that was never used.
    let copy = disk.bytes(PATH).unwrap();
    for generation in 7..=9 {
        assert_eq!(now(lock(&young).commit(generation - 1, &record(generation))).unwrap(), Commit::Stored);
    }
    // One file alone is an older one than its copy, which takes its place.
    disk.put(PATH, &copy);
    let healed = held(&old);
    assert_eq!((healed.record, healed.newest, healed.damage.is_some()), (record(9), 9, true));
    for path in [PATH, &format!("{PATH}.copy")] {
        disk.put(path, &copy);
    }
    let restored = held(&old);
    assert_eq!((restored.record, restored.newest), (record(6), 9));
    assert!(now(lock(&old).commit(6, &record(6))).unwrap_err().to_string().contains("take one above the newest"));
    assert_eq!(held(&old).newest, 9);
    assert_eq!(now(lock(&old).commit(6, &record(10))).unwrap(), Commit::Stored);

    // Many processes that each remember another state and write back at random.
    let mut random = Random(20);
    let stores: Vec<_> = (0..8).map(|_| on(&disk)).collect();
    let mut known = [10; 8];
    let (mut newest, mut stored) = (10, 0);
    for step in 0..5000 {
        let who = random.below(8);
        match random.below(4) {
            0 => known[who] = now(SharedTokenStore::read(&stores[who])).unwrap().generation,
            1 => now(stores[who].set(Some(&tokens(newest + 1)))).map(|()| newest += 1).unwrap(),
            _ => {
                let next = changed(record(known[who] + 1), |record| record.tokens = Some(tokens(1_000_000 + step)));
                match now(lock(&stores[who]).commit(known[who], &next)).unwrap() {
                    Commit::Stored => {
                        assert_eq!(known[who], newest, "step {step}: an old state was written back");
                        (newest, known[who], stored) = (next.generation, next.generation, stored + 1);
                    }
                    Commit::Conflict(there) => assert!(there.generation > known[who], "step {step}"),
                }
            }
        }
        assert_eq!(now(SharedTokenStore::read(&stores[0])).unwrap().generation, newest, "step {step}");
    }
    assert!(stored > 100, "{stored}");
}

/// The store's half of rows 10 and 11: what cannot be written is found out before anything is sent.
#[test]
fn a_disk_that_cannot_be_written_is_found_out_by_the_preflight() {
    type Break = fn(&Disk);
    let faults: [(&str, Break); 3] = [
        ("read-only", |disk| disk.set_read_only(true)),
        ("denied", |disk| disk.deny_folder(true)),
        ("full", |disk| disk.leave_room(100)),
    ];
    for (name, break_it) in faults {
        let disk = disk_at(2);
        let (store, before) = (on(&disk), disk.bytes(PATH));
        let mut taken = lock(&store);
        break_it(&disk);
        let error = now(taken.prepare(&pending(2))).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::NotWritable, "{name}: {error}");
        drop(taken);
        // A program that starts now can still use what is there.
        let late = on(&disk);
        assert_eq!(now(late.get()).unwrap(), Some(tokens(2)), "{name}");
        let outcome = now(late.lock(Duration::ZERO)).and_then(|mut lock| now(lock.prepare(&pending(2))));
        assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::NotWritable, "{name}");
        disk.set_read_only(false);
        disk.deny_folder(false);
        disk.leave_room(None);
        assert_eq!(disk.bytes(PATH), before, "{name}");
        let held = held(&late);
        assert_eq!((held.record, held.pending, held.reply, held.damage), (record(2), None, None, None), "{name}");
        rotate(&late, 2, &mut Reached::Nothing).unwrap();
    }
}

/// Once the preflight has passed, a disk that fills up costs nothing: the room is there.
#[test]
fn what_the_preflight_made_room_for_fits_on_a_full_disk() {
    let disk = disk_at(2);
    let store = on(&disk);
    let mut lock = lock(&store);
    now(lock.prepare(&pending(2))).unwrap();
    disk.leave_room(0);
    now(lock.journal(vec![b'x'; 64 * 1024].into())).unwrap();
    assert_eq!(now(lock.commit(2, &record(3))).unwrap(), Commit::Stored);
}

/// For every call and every way that it can fail: an error that names the path, the record is whole, and the next one goes on.
/// Between the rename and the sync of the folder the record is new for every process, and old again after a power cut.
#[test]
fn what_a_killed_process_renamed_is_safe_before_its_journal_is_written_over() {
    let (opened, all) = calls();
    for run in 0..6 * (all - opened) {
        let disk = disk_at(3);
        let (process, seed) = (disk.process(), run);
        let killed = process.clone();
        let hooked = Hooked::new(process, move |seen| {
            if seen.name == "rename" && seen.step == Step::After {
                killed.kill();
            }
            Verdict::Go
        });
        let store = FileTokenStore::with_file_system(PATH, hooked).unwrap();
        assert!(rotate(&store, 3, &mut Reached::Nothing).is_err());
        let next = doomed(&disk, &disk.process(), opened + 1 + run % (all - opened), Step::After, seed);
        let _ = rotate(&next.0, 4, &mut Reached::Nothing);
        let held = held(&on(&disk));
        let is_kept = held.record.generation >= 4 || held.pending == Some(pending(3)) && held.reply == Some(reply(4));
        assert!(is_kept, "run {run}: {held:?}");
    }
}

#[test]
fn a_call_that_fails_anywhere_in_a_rotation_loses_nothing() {
    let (opened, all) = calls();
    for call in opened + 1..=all {
        for way in 0..3 {
            let disk = disk_at(3);
            let hooked = Hooked::new(disk.process(), move |seen| {
                assert!(seen.path.starts_with("/disk"), "{seen:?} is outside of the folder of the store");
                match (seen.number == call, seen.step, way) {
                    (true, Step::Before, 0) => Verdict::Fail(std::io::ErrorKind::StorageFull),
                    (true, Step::After, 1) => Verdict::Fail(std::io::ErrorKind::Other),
                    (true, Step::Before, 2) => Verdict::Cut(70),
                    _ => Verdict::Go,
                }
            });
            let mut reached = Reached::Nothing;
            let store = FileTokenStore::with_file_system(PATH, hooked).unwrap();
            if let Err(error) = rotate(&store, 3, &mut reached) {
                let text = error.to_string();
                assert!(text.contains("/disk") && !text.contains("hunter"), "call {call}: {text}");
            }
            let held = held(&on(&disk));
            assert!(held.record == record(3) || held.record == record(4), "call {call}");
            if held.record == record(3) && reached == Reached::Journalled {
                assert_eq!((held.pending, held.reply), (Some(pending(3)), Some(reply(4))), "call {call}");
            }
            rotate(&store, held.record.generation, &mut reached).unwrap();
        }
    }
}
