//! Our stores, called by themselves: on files, a Redis and a keyring that no longer answer, and with a lock that someone else has.

use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use zeyos::store::{
    Access, Asked, FileFacts, FileSystem, Pending, SharedTokenStore, StoreFile, StoreLock, SystemFiles, TokenRecord,
    TokenStore,
};
use zeyos::{FileTokenStore, StoreError, StoreErrorKind, Timestamp, TokenSet};

use crate::support::changed;
use crate::support::folder::Folder;

/// Long enough for a busy machine, and far less than for ever.
const SOON: Duration = Duration::from_secs(60);

/// Files that no longer answer once they are told so. What hangs comes back with the test's end.
#[derive(Clone, Default)]
struct Hanging(Arc<AtomicBool>);

impl Hanging {
    fn pass(&self) {
        while self.0.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Lets go what hangs.
struct End(Hanging);

impl Drop for End {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

struct HangingFile(Box<dyn StoreFile>, Hanging);

impl FileSystem for Hanging {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        self.pass();
        Ok(Box::new(HangingFile(SystemFiles.open(path, access)?, self.clone())))
    }

    fn facts(&self, path: &Path) -> io::Result<FileFacts> {
        self.pass();
        SystemFiles.facts(path)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.pass();
        SystemFiles.names(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass();
        SystemFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.pass();
        SystemFiles.remove(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.pass();
        SystemFiles.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.pass();
        SystemFiles.sync_folder(path)
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(100)
    }
}

impl StoreFile for HangingFile {
    fn facts(&self) -> io::Result<FileFacts> {
        self.1.pass();
        self.0.facts()
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        self.1.pass();
        self.0.read(limit)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.1.pass();
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.pass();
        self.0.sync()
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        self.1.pass();
        self.0.try_lock()
    }

    fn unlock(&mut self) -> io::Result<()> {
        self.1.pass();
        self.0.unlock()
    }
}

/// It ends soon, with an error of one of these kinds.
async fn ends<T>(name: &str, kinds: &[StoreErrorKind], call: impl Future<Output = Result<T, StoreError>>) {
    let ended = tokio::time::timeout(SOON, call).await.unwrap_or_else(|_| panic!("{name}: no end"));
    let kind = ended.err().unwrap_or_else(|| panic!("{name}: it ended well")).kind();
    assert!(kinds.contains(&kind), "{name}: {kind:?}");
}

const SILENT: [StoreErrorKind; 3] =
    [StoreErrorKind::Unavailable, StoreErrorKind::NotWritable, StoreErrorKind::LockTimeout];

/// Everything that a store can be asked for but to forget, with a lock that was got before it fell silent.
async fn every_call_ends(store: &impl SharedTokenStore, plain: &impl TokenStore, mut lock: Box<dyn StoreLock>) {
    let tokens = TokenSet::bearer("a1");
    ends("get", &SILENT, plain.get()).await;
    ends("set", &SILENT, plain.set(Some(&tokens))).await;
    ends("read", &SILENT, store.read()).await;
    ends("lock", &SILENT, store.lock(Duration::from_millis(100))).await;
    let since = Timestamp::from_unix(1_800_000_000);
    let pending = Pending::new(1, since, "q".to_owned());
    let record = changed(TokenRecord::default(), |record| {
        record.generation = 2;
        record.tokens = Some(tokens);
    });
    ends("lock.read", &SILENT, lock.read()).await;
    ends("lock.prepare", &SILENT, lock.prepare(&pending)).await;
    ends("lock.journal", &SILENT, lock.journal(Bytes::from_static(b"{}"))).await;
    ends("lock.quarantine_reply", &SILENT, lock.quarantine_reply()).await;
    let asked = Asked::new("5e".repeat(32), since);
    ends("lock.note_question", &SILENT, lock.note_question(&asked)).await;
    ends("lock.commit", &SILENT, lock.commit(1, &record)).await;
    ends("lock.clear", &SILENT, lock.clear()).await;
    // Whether it could be given back or not: it ends.
    let released = tokio::time::timeout(SOON, lock.release()).await.expect("release: no end");
    assert!(released.err().is_none_or(|error| SILENT.contains(&error.kind())));
}

#[tokio::test]
async fn fault_62_files_that_do_not_answer_are_given_up() {
    let (folder, files) = (Folder::new("hanging"), Hanging::default());
    let store = FileTokenStore::with_file_system(folder.tokens(), files.clone()).unwrap();
    store.set(Some(&TokenSet::bearer("a0"))).await.unwrap();
    let lock = store.lock(Duration::ZERO).await.unwrap();
    // Someone else has the lock.
    let other = FileTokenStore::with_file_system(folder.tokens(), files.clone()).unwrap();
    let late = [StoreErrorKind::LockTimeout];
    ends("lock", &late, other.lock(Duration::from_millis(50))).await;
    ends("set", &late, other.set(None)).await;
    let _end = End(files.clone());
    files.0.store(true, Ordering::SeqCst);
    ends("forget", &SILENT, store.forget()).await;
    every_call_ends(&store, &store, lock).await;
}

#[cfg(all(unix, feature = "redis"))]
#[tokio::test]
async fn a_redis_that_does_not_answer_is_given_up() {
    use zeyos::{RedisOptions, RedisTokenStore};

    use crate::shared_stores::redis_server::RedisServer;

    let server = RedisServer::start();
    let options = || RedisOptions::new().time_limit(Duration::from_millis(300));
    let store = RedisTokenStore::connect_with(&server.url(), "stuck", options()).await.unwrap();
    store.set(Some(&TokenSet::bearer("a0"))).await.unwrap();
    let lock = store.lock(Duration::from_secs(5)).await.unwrap();
    ends("lock", &[StoreErrorKind::LockTimeout], store.lock(Duration::from_millis(50))).await;
    server.signal("STOP");
    ends("connect", &SILENT, RedisTokenStore::connect(&server.url(), "stuck")).await;
    ends("connect_with", &SILENT, RedisTokenStore::connect_with(&server.url(), "stuck", options())).await;
    ends("forget", &SILENT, store.forget()).await;
    every_call_ends(&store, &store, lock).await;
    server.signal("CONT");
    store.get().await.unwrap();
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
#[tokio::test]
async fn a_keyring_that_does_not_answer_is_given_up() {
    use zeyos::KeyringTokenStore;

    use crate::shared_stores::keyring::{Daemon, on_a_bus_of_its_own, open, state};

    let name = "waits::stores::a_keyring_that_does_not_answer_is_given_up";
    if !on_a_bus_of_its_own(name) {
        return;
    }
    let daemon = Daemon::start(Some("a password"));
    open("stuck").await.set(Some(&TokenSet::bearer("a0"))).await.unwrap();
    let limit = Duration::from_millis(300);
    let opened = || KeyringTokenStore::open_with_limit(limit, "zeyos-test", "stuck", state());
    // While it still answers, the keyring of a busy machine may need more than the limit.
    let (store, lock) = loop {
        if let Ok(store) = opened().await
            && let Ok(lock) = store.lock(Duration::from_secs(5)).await
        {
            break (store, lock);
        }
    };
    let other = loop {
        if let Ok(other) = opened().await {
            break other;
        }
    };
    ends("lock", &[StoreErrorKind::LockTimeout], other.lock(Duration::from_millis(50))).await;
    daemon.stop();
    ends("open", &SILENT, KeyringTokenStore::open("zeyos-test", "stuck", state())).await;
    ends("open_with_limit", &SILENT, opened()).await;
    ends("forget", &SILENT, store.forget()).await;
    every_call_ends(&store, &store, lock).await;
}
