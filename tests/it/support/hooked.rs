//! Any file system with a hook before and after each call: to fail a call, to cut a write, to stop everything at a named point.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zeyos::store::{Access, FileFacts, FileSystem, StoreFile};

/// Whether the hook is asked before a call or after it. After a call it is told even if the call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Before,
    After,
}

/// One call: `open`, `create`, `facts`, `names`, `rename`, `remove`, `create folder`, `sync folder`, and of files `file facts`,
/// `read`, `write`, `sync`, `lock`, `unlock`.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// Counts the calls of one [`Hooked`] from 1 on.
    pub number: u64,
    pub name: &'static str,
    pub path: &'a Path,
    pub step: Step,
}

/// What becomes of the call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    Go,
    /// It fails. After the call: it was carried out, and fails all the same.
    Fail(io::ErrorKind),
    /// Of a write, only this many bytes get to the file; then it fails as full.
    Cut(usize),
}

type Hook = Arc<dyn Fn(&Call<'_>) -> Verdict + Send + Sync>;

#[derive(Clone)]
pub(crate) struct Hooked {
    inner: Arc<dyn FileSystem>,
    watch: Watch,
}

#[derive(Clone)]
struct Watch {
    hook: Hook,
    calls: Arc<AtomicU64>,
}

impl Hooked {
    pub(crate) fn new(inner: impl FileSystem, hook: impl Fn(&Call<'_>) -> Verdict + Send + Sync + 'static) -> Self {
        Hooked { inner: Arc::new(inner), watch: Watch { hook: Arc::new(hook), calls: Arc::default() } }
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> u64 {
        self.watch.calls.load(Ordering::SeqCst)
    }
}

impl Watch {
    fn run<T>(
        &self,
        name: &'static str,
        path: &Path,
        work: impl FnOnce(Option<usize>) -> io::Result<T>,
    ) -> io::Result<T> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let cut = match (self.hook)(&Call { number, name, path, step: Step::Before }) {
            Verdict::Go => None,
            Verdict::Fail(kind) => return Err(kind.into()),
            Verdict::Cut(length) => Some(length),
        };
        let outcome = work(cut);
        match (self.hook)(&Call { number, name, path, step: Step::After }) {
            Verdict::Fail(kind) => Err(kind.into()),
            _ => outcome,
        }
    }
}

impl FileSystem for Hooked {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let name = if access == Access::Create { "create" } else { "open" };
        let inner = self.watch.run(name, path, |_| self.inner.open(path, access))?;
        Ok(Box::new(HookedFile { inner, path: path.to_owned(), watch: self.watch.clone() }))
    }

    fn facts(&self, path: &Path) -> io::Result<FileFacts> {
        self.watch.run("facts", path, |_| self.inner.facts(path))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.watch.run("names", folder, |_| self.inner.names(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.watch.run("rename", to, |_| self.inner.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.watch.run("remove", path, |_| self.inner.remove(path))
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.watch.run("create folder", path, |_| self.inner.create_folder(path))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.watch.run("sync folder", path, |_| self.inner.sync_folder(path))
    }

    fn writing_time(&self) -> Duration {
        self.inner.writing_time()
    }
}

struct HookedFile {
    inner: Box<dyn StoreFile>,
    path: PathBuf,
    watch: Watch,
}

impl StoreFile for HookedFile {
    fn facts(&self) -> io::Result<FileFacts> {
        self.watch.run("file facts", &self.path, |_| self.inner.facts())
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let inner = &mut self.inner;
        self.watch.run("read", &self.path, |_| inner.read(limit))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let inner = &mut self.inner;
        self.watch.run("write", &self.path, |cut| match cut {
            None => inner.write(bytes),
            Some(length) => {
                // The front of the new bytes over the old ones.
                let mut torn = inner.read(u64::MAX)?;
                let length = length.min(bytes.len());
                torn.resize(torn.len().max(length), 0);
                torn[..length].copy_from_slice(&bytes[..length]);
                inner.write(&torn)?;
                Err(io::ErrorKind::StorageFull.into())
            }
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        let inner = &mut self.inner;
        self.watch.run("sync", &self.path, |_| inner.sync())
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        let inner = &mut self.inner;
        self.watch.run("lock", &self.path, |_| inner.try_lock())
    }

    fn unlock(&mut self) -> io::Result<()> {
        let inner = &mut self.inner;
        self.watch.run("unlock", &self.path, |_| inner.unlock())
    }
}
