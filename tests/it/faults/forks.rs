//! Copies of open files, as a child that was forked without `exec` has them: a lock belongs to the open file and not to its handle.
//! What `fork` itself does is tried by the package in `tests/fork`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zeyos::store::{Access, FileFacts, FileSystem, SharedTokenStore, StoreFile, SystemFiles};
use zeyos::{FileTokenStore, StoreErrorKind, TokenStore};

use crate::promises::refresh::list;
use crate::support::folder::Folder;
use crate::support::issuer::Issuer;

/// The file system of the machine, where a child has a copy of every file that is locked.
#[derive(Clone, Default)]
struct Forking {
    copies: Arc<Mutex<Vec<File>>>,
    /// Whether the store only closes its files, as one would that knows of no other way.
    only_closes: bool,
}

struct Copied {
    facts: Box<dyn StoreFile>,
    file: File,
    forking: Forking,
}

impl FileSystem for Forking {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let facts = SystemFiles.open(path, access)?;
        let file = OpenOptions::new().read(true).write(access != Access::Read).open(path)?;
        Ok(Box::new(Copied { facts, file, forking: self.clone() }))
    }

    fn facts(&self, path: &Path) -> io::Result<FileFacts> {
        SystemFiles.facts(path)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        SystemFiles.names(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemFiles.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemFiles.remove(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        SystemFiles.create_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        SystemFiles.sync_folder(path)
    }
}

impl StoreFile for Copied {
    fn facts(&self) -> io::Result<FileFacts> {
        self.facts.facts()
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        self.facts.read(limit)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.facts.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.facts.sync()
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => {
                self.forking.copies.lock().unwrap().push(self.file.try_clone()?);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&mut self) -> io::Result<()> {
        if self.forking.only_closes { Ok(()) } else { self.file.unlock() }
    }
}

#[tokio::test]
async fn fault_69_the_next_refresh_gets_the_lock_at_once_although_a_child_has_copies_of_its_files() {
    let (folder, forking, issuer) = (Folder::new("forked"), Forking::default(), Issuer::new());
    let store = || FileTokenStore::with_file_system(folder.tokens(), forking.clone()).unwrap();
    store().set(Some(&Issuer::tokens())).await.unwrap();
    let clients = [(); 2].map(|()| issuer.stranger().token_store(store()).build().unwrap());
    for round in 1..=20 {
        issuer.expire();
        for client in &clients {
            list(client).await.unwrap();
        }
        assert_eq!(issuer.posts(), round);
        // Whoever comes next need not even wait.
        let lock = store().lock(Duration::ZERO).await.unwrap();
        lock.release().await.unwrap();
        drop(store().lock(Duration::ZERO).await.unwrap());
        store().lock(Duration::ZERO).await.unwrap().release().await.unwrap();
    }
    assert!(forking.copies.lock().unwrap().len() > 100);
    assert_eq!(issuer.seen().replays, 0);
}

#[tokio::test]
async fn fault_69_a_lock_that_is_only_closed_stays_with_the_copies() {
    let folder = Folder::new("closed");
    FileTokenStore::open(folder.tokens()).unwrap().set(Some(&Issuer::tokens())).await.unwrap();
    let forking = Forking { only_closes: true, ..Forking::default() };
    let lock_file = folder.path().join("tokens.json.lock");
    let mut file = forking.open(&lock_file, Access::Write).unwrap();
    assert!(file.try_lock().unwrap());
    drop(file);
    let store = FileTokenStore::open(folder.tokens()).unwrap();
    let held = store.lock(Duration::ZERO).await.err().map(|error| error.kind());
    assert_eq!(held, Some(StoreErrorKind::LockTimeout), "so this is what the test above would see");
    forking.copies.lock().unwrap().clear();
    store.lock(Duration::ZERO).await.unwrap().release().await.unwrap();
}
