//! The store on the mock of the keyring library, which can hang, be locked and be missing.

use std::any::Any;
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error, mock};
use zeyos_core::{BoxFuture, Timestamp};

use super::KeyringTokenStore;
use super::login::Login;
use crate::store::{Commit, Pending, SharedTokenStore as _, StoreErrorKind, TokenRecord, TokenStore as _};
use crate::{Clock, TokenSet};

const PATIENT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, PartialEq, Debug)]
enum Mode {
    Fine,
    Hung,
    Locked,
    Missing,
    Broken,
}

/// The mock of the library behind a door.
struct Keyring {
    entries: Arc<mock::Store>,
    mode: Mutex<Mode>,
    changed: Condvar,
}

impl Keyring {
    fn new() -> Arc<Self> {
        Arc::new(Keyring {
            entries: mock::Store::new().unwrap(),
            mode: Mutex::new(Mode::Fine),
            changed: Condvar::new(),
        })
    }

    fn turn(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
        self.changed.notify_all();
    }

    fn entry(&self, user: &str) -> Entry {
        self.entries.build("zeyos-test", user, None).unwrap()
    }
}

impl CredentialStoreApi for Keyring {
    fn vendor(&self) -> String {
        "test".to_owned()
    }

    fn id(&self) -> String {
        "test".to_owned()
    }

    fn build(&self, service: &str, user: &str, with: Option<&HashMap<&str, &str>>) -> keyring_core::Result<Entry> {
        let mode = self.changed.wait_while(self.mode.lock().unwrap(), |mode| *mode == Mode::Hung).unwrap();
        match *mode {
            Mode::Locked => Err(Error::NoStorageAccess("Object is locked".into())),
            Mode::Missing => Err(Error::PlatformFailure("org.freedesktop.secrets was not provided".into())),
            Mode::Broken => {
                drop(mode);
                panic!("a fault of the library")
            }
            Mode::Fine | Mode::Hung => self.entries.build(service, user, with),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zeyos-keyring-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    fn store(&self, keyring: &Arc<Keyring>, limit: u64) -> KeyringTokenStore {
        let login = Login { service: "zeyos-test".to_owned(), user: "demo".to_owned(), path: self.0.join("state") };
        let keyring = Arc::clone(keyring);
        KeyringTokenStore::on(Box::new(move || Ok(keyring.clone())), Duration::from_millis(limit), login).unwrap()
    }

    /// All that lies in the folder, in one string.
    fn everything(&self) -> String {
        let files = fs::read_dir(&self.0).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
        files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn record(generation: u64) -> TokenRecord {
    let tokens = TokenSet::bearer(format!("canary-a{generation}")).with_refresh_token(format!("canary-r{generation}"));
    let lineage = Some(crate::store::Lineage::first(&tokens));
    TokenRecord { generation, tokens: Some(tokens), owner: Some("app".to_owned()), lineage, ..TokenRecord::default() }
}

fn pending(generation: u64) -> Pending {
    Pending {
        generation,
        refresh_token_hash: Some("5e".repeat(32)),
        since: Timestamp::from_unix(1_800_000_000),
        request_id: "q".to_owned(),
    }
}

async fn advance(store: &KeyringTokenStore, generation: u64) {
    let mut lock = store.lock(PATIENT).await.unwrap();
    assert_eq!(lock.commit(generation - 1, &record(generation)).await.unwrap(), Commit::Stored);
    lock.release().await.unwrap();
}

#[tokio::test]
async fn f6_a_keyring_that_hangs_is_locked_or_missing_fails_in_time_and_nothing_goes_to_disk() {
    for mode in [Mode::Hung, Mode::Locked, Mode::Missing] {
        let (place, keyring) = (Place::new("f6"), Keyring::new());
        let store = place.store(&keyring, 200);
        advance(&store, 1).await;
        let mut lock = store.lock(PATIENT).await.unwrap();
        keyring.turn(mode);
        let tried = async {
            let read = store.read().await.unwrap_err();
            let got = store.get().await.unwrap_err();
            let prepared = lock.prepare(&pending(1)).await.unwrap_err();
            let journalled = lock.journal(Bytes::from_static(b"canary-reply")).await.unwrap_err();
            let committed = lock.commit(1, &record(2)).await.unwrap_err();
            let contents = lock.read().await.unwrap_err();
            assert_eq!(prepared.kind(), StoreErrorKind::NotWritable, "{mode:?}: {prepared}");
            for error in [read, got, journalled, committed, contents] {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{mode:?}: {error}");
                assert!(error.to_string().contains("keyring") && !format!("{error:?}").contains("canary"), "{error:?}");
            }
        };
        tokio::time::timeout(PATIENT, tried).await.unwrap();
        assert!(!place.everything().contains("canary"), "{mode:?}: {}", place.everything());
        keyring.turn(Mode::Fine);
        // It answers again, and what it held is untouched.
        while store.read().await.is_err_and(|error| error.kind() == StoreErrorKind::Unavailable) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(store.read().await.unwrap(), record(1), "{mode:?}");
    }
}

/// Runs at the pace at which it is looked at: each look is a minute.
#[derive(Default)]
struct Fast(AtomicU32);

impl Clock for Fast {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(0)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(60) * self.0.fetch_add(1, Ordering::SeqCst)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(tokio::task::yield_now())
    }
}

#[tokio::test]
async fn the_keyring_and_its_lock_are_waited_for_by_the_clock_that_was_chosen() {
    let (place, keyring) = (Place::new("clock"), Keyring::new());
    // No test has an hour. Whoever waits for the lock has decades for each call of the keyring.
    let fast = |limit| place.store(&keyring, limit).with_clock(Fast::default());
    let lock = place.store(&keyring, 10_000).lock(PATIENT).await.unwrap();
    let refused = fast(1_000_000_000_000).lock(Duration::from_secs(36_000)).await.map(drop).unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::LockTimeout, "{refused}");
    lock.release().await.unwrap();
    keyring.turn(Mode::Hung);
    let refused = fast(3_600_000).read().await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable, "{refused}");
    keyring.turn(Mode::Fine);
}

#[tokio::test]
async fn a_write_that_hangs_keeps_the_lock_until_it_has_ended() {
    let (place, keyring) = (Place::new("late"), Keyring::new());
    let (one, two) = (place.store(&keyring, 200), place.store(&keyring, 10_000));
    advance(&one, 1).await;
    let mut lock = one.lock(PATIENT).await.unwrap();
    keyring.turn(Mode::Hung);
    assert_eq!(lock.commit(1, &record(2)).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    drop(lock);
    let refused = two.lock(Duration::from_millis(150)).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::LockTimeout, "{refused}");
    keyring.turn(Mode::Fine);
    // The late write counts: it came before everything that the next holder does.
    let mut lock = two.lock(PATIENT).await.unwrap();
    assert_eq!(lock.read().await.unwrap().record, record(2));
    assert_eq!(lock.commit(1, &record(9)).await.unwrap(), Commit::Conflict(Box::new(record(2))));
    lock.release().await.unwrap();
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_copied_and_never_treated_as_none() {
    let (place, keyring) = (Place::new("corrupt"), Keyring::new());
    let store = place.store(&keyring, 10_000);
    advance(&store, 1).await;
    keyring.entry("demo#copy").delete_credential().unwrap();
    keyring.entry("demo").set_secret(b"{\"format\":1,\xff canary").unwrap();
    assert_eq!(store.read().await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let mut lock = store.lock(PATIENT).await.unwrap();
    let contents = lock.read().await.unwrap();
    assert!(contents.damage.unwrap().contains("demo#corrupt-1"));
    assert_eq!((contents.record, contents.newest), (TokenRecord::default(), 1));
    assert_eq!(keyring.entry("demo#corrupt-1").get_secret().unwrap(), b"{\"format\":1,\xff canary");
    for _ in 0..2 {
        assert_eq!(store.get().await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        assert!(lock.read().await.unwrap().damage.is_some());
    }
    assert_eq!(lock.commit(0, &record(2)).await.unwrap(), Commit::Stored);
    assert_eq!(lock.read().await.unwrap().damage, None);
    lock.release().await.unwrap();
    assert_eq!(store.read().await.unwrap(), record(2));
    assert!(!place.everything().contains("canary"));
}

#[tokio::test]
async fn a_crash_after_the_record_was_stored_leaves_no_mark_and_no_reply() {
    let (place, keyring) = (Place::new("crash"), Keyring::new());
    let store = place.store(&keyring, 10_000);
    advance(&store, 1).await;
    let mut lock = store.lock(PATIENT).await.unwrap();
    lock.prepare(&pending(1)).await.unwrap();
    lock.journal(Bytes::from_static(b"canary-reply")).await.unwrap();
    let contents = lock.read().await.unwrap();
    assert_eq!((contents.pending, contents.reply), (Some(pending(1)), Some(Bytes::from_static(b"canary-reply"))));
    let before = (place.everything(), keyring.entry("demo#reply").get_secret().unwrap());
    assert!(!before.0.contains("canary"), "{}", before.0);
    let state = fs::read(place.0.join("state")).unwrap();
    assert_eq!(lock.commit(1, &record(2)).await.unwrap(), Commit::Stored);
    // As if the cleaning up had never happened.
    fs::write(place.0.join("state"), state).unwrap();
    keyring.entry("demo#reply").set_secret(&before.1).unwrap();
    let contents = lock.read().await.unwrap();
    assert_eq!((contents.record, contents.pending, contents.reply, contents.newest), (record(2), None, None, 2));
    lock.release().await.unwrap();
}

#[tokio::test]
async fn a_broken_state_file_is_moved_aside_by_the_holder_alone() {
    let (place, keyring) = (Place::new("state"), Keyring::new());
    let store = place.store(&keyring, 10_000);
    advance(&store, 1).await;
    fs::write(place.0.join("state"), "half a st").unwrap();
    assert_eq!(store.read().await.unwrap(), record(1));
    assert!(place.0.join("state").exists());
    let contents = store.lock(PATIENT).await.unwrap().read().await.unwrap();
    assert!(
        contents.damage.unwrap().contains("state.corrupt-1") && contents.record == record(1) && contents.newest == 1
    );
    assert_eq!(fs::read_to_string(place.0.join("state.corrupt-1")).unwrap(), "half a st");
}

#[tokio::test]
async fn a_fault_of_the_library_ends_one_call_and_no_more() {
    let (place, keyring) = (Place::new("panic"), Keyring::new());
    let store = place.store(&keyring, 10_000);
    keyring.turn(Mode::Broken);
    assert_eq!(store.read().await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    keyring.mode.clear_poison();
    keyring.turn(Mode::Fine);
    advance(&store, 1).await;
    assert!(!format!("{store:?}").contains("canary"));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_files_and_a_removed_lock_file_excludes_still() {
    use std::os::unix::fs::PermissionsExt as _;
    let (place, keyring) = (Place::new("mode"), Keyring::new());
    let store = place.store(&keyring, 10_000);
    advance(&store, 1).await;
    for name in ["state", "state.lock"] {
        assert_eq!(fs::metadata(place.0.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    fs::remove_file(place.0.join("state.lock")).unwrap();
    let lock = store.lock(PATIENT).await.unwrap();
    let refused = store.lock(Duration::from_millis(100)).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::LockTimeout);
    lock.release().await.unwrap();
}
