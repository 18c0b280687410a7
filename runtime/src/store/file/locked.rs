//! A file whose lock is freed when it is dropped, and not only closed: the lock belongs to the open file, of which a forked child
//! has a copy.

use std::io;
use std::process;

use super::system::{FileFacts, StoreFile};

pub(super) struct LockedFile {
    file: Box<dyn StoreFile>,
    /// A child that was forked with it must not free the lock of its parent.
    process: u32,
}

impl LockedFile {
    /// Takes over a file that this process has just locked.
    pub(super) fn new(file: Box<dyn StoreFile>) -> Self {
        LockedFile { file, process: process::id() }
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        if self.process == process::id() {
            // What fails here is freed when the file is closed.
            let _ = self.file.unlock();
        }
    }
}

impl StoreFile for LockedFile {
    fn facts(&self) -> io::Result<FileFacts> {
        self.file.facts()
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        self.file.read(limit)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        self.file.try_lock()
    }

    fn unlock(&mut self) -> io::Result<()> {
        self.file.unlock()
    }
}
