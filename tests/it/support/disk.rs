//! A machine with its disk in memory: processes that die, power that is cut, disks that are full, read-only or cannot lock.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zeyos::store::{Access, FileFacts, FileKind, FileSystem, StoreFile};

use super::random::Random;

/// The user of every process.
pub(crate) const USER: u32 = 1000;

/// A power cut keeps or drops what was not synced in pieces of this size.
const SECTOR: usize = 64;

/// The machine. It has the folder `/disk`.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

/// A process of the machine: its view of the disk. Once it is dead, every call fails.
#[derive(Clone)]
pub(crate) struct Process {
    disk: Disk,
    id: u64,
}

/// How locks behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Locks {
    #[default]
    Work,
    /// They fail, as on a file system without them.
    Unsupported,
    /// They fail with a code that has no name in the standard library, as ENOLCK.
    NoneLeft,
    /// Everyone gets one, as on some network drives.
    Blind,
}

#[derive(Default)]
struct State {
    inodes: BTreeMap<u64, Inode>,
    /// The names as they are, and as they would be after a power cut.
    names: BTreeMap<PathBuf, u64>,
    safe_names: BTreeMap<PathBuf, u64>,
    last: u64,
    alive: BTreeSet<u64>,
    is_read_only: bool,
    is_denied: bool,
    room: Option<usize>,
    locks: Locks,
}

struct Inode {
    kind: FileKind,
    mode: u32,
    owner: u32,
    bytes: Vec<u8>,
    /// What a power cut leaves for sure.
    safe: Vec<u8>,
    handles: BTreeSet<u64>,
    locked_by: Option<u64>,
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a process.
    pub(crate) fn process(&self) -> Process {
        let mut state = self.state();
        let id = state.number();
        state.alive.insert(id);
        Process { disk: self.clone(), id }
    }

    /// Drops what was not synced, at random: whole, in parts or not at all. No process survives.
    pub(crate) fn cut_power(&self, random: &mut Random) {
        self.state().cut_power(random);
    }

    /// Writing fails with EROFS.
    pub(crate) fn set_read_only(&self, is_read_only: bool) {
        self.state().is_read_only = is_read_only;
    }

    /// Creating, renaming and removing fail with EACCES; files that exist can be written.
    pub(crate) fn deny_folder(&self, is_denied: bool) {
        self.state().is_denied = is_denied;
    }

    /// Files can take so many bytes more before writing fails with ENOSPC.
    pub(crate) fn leave_room(&self, bytes: impl Into<Option<usize>>) {
        let mut state = self.state();
        let used = state.used();
        state.room = bytes.into().map(|more: usize| used + more);
    }

    pub(crate) fn set_locks(&self, locks: Locks) {
        self.state().locks = locks;
    }

    /// What is in a file.
    pub(crate) fn bytes(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.inodes[state.names.get(path.as_ref())?].bytes.clone())
    }

    /// Puts a file there, safe from power cuts.
    pub(crate) fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        self.put_as(path, FileKind::File, bytes, 0o600, USER);
    }

    /// Puts anything there.
    pub(crate) fn put_as(&self, path: impl AsRef<Path>, kind: FileKind, bytes: &[u8], mode: u32, owner: u32) {
        let mut state = self.state();
        let id = state.create(kind, mode, owner);
        let inode = state.inodes.get_mut(&id).unwrap();
        (inode.bytes, inode.safe) = (bytes.to_vec(), bytes.to_vec());
        state.names.insert(path.as_ref().to_owned(), id);
        state.safe_names.insert(path.as_ref().to_owned(), id);
        state.collect();
    }

    /// Takes a file away, as a person or a cleaner does.
    pub(crate) fn remove(&self, path: impl AsRef<Path>) -> bool {
        let mut state = self.state();
        state.safe_names.remove(path.as_ref());
        let was_there = state.names.remove(path.as_ref()).is_some();
        state.collect();
        was_there
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        self.state().names.keys().map(|path| path.display().to_string()).collect()
    }
}

impl Process {
    /// Ends it, as `kill -9` does: what it wrote stays, its locks are free.
    pub(crate) fn kill(&self) {
        let mut state = self.disk.state();
        state.alive.remove(&self.id);
        let id = self.id;
        for inode in state.inodes.values_mut() {
            inode.locked_by.take_if(|holder| *holder >> 32 == id);
        }
    }

    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.alive.contains(&self.id) { Ok(state) } else { Err(io::Error::other("the process is dead")) }
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn create(&mut self, kind: FileKind, mode: u32, owner: u32) -> u64 {
        let id = self.number();
        let (bytes, safe, handles) = (Vec::new(), Vec::new(), BTreeSet::new());
        self.inodes.insert(id, Inode { kind, mode, owner, bytes, safe, handles, locked_by: None });
        id
    }

    fn at(&self, path: &Path) -> io::Result<u64> {
        self.names.get(path).copied().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn facts(&self, id: u64) -> FileFacts {
        let inode = &self.inodes[&id];
        FileFacts { kind: inode.kind, id: Some((1, id)), mode: Some(inode.mode), owner: Some(inode.owner) }
    }

    fn used(&self) -> usize {
        self.inodes.values().map(|inode| inode.bytes.len()).sum()
    }

    fn may_change_names(&self) -> io::Result<()> {
        match (self.is_read_only, self.is_denied) {
            (true, _) => Err(ErrorKind::ReadOnlyFilesystem.into()),
            (_, true) => Err(ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        }
    }

    /// Forgets what has no name and no handle.
    fn collect(&mut self) {
        let named: BTreeSet<u64> = self.names.values().chain(self.safe_names.values()).copied().collect();
        self.inodes.retain(|id, inode| named.contains(id) || !inode.handles.is_empty());
    }

    fn cut_power(&mut self, random: &mut Random) {
        self.alive.clear();
        for inode in self.inodes.values_mut() {
            let survivor = survivor(&inode.bytes, &inode.safe, random);
            (inode.bytes, inode.safe) = (survivor.clone(), survivor);
            inode.locked_by = None;
            inode.handles.clear();
        }
        let paths: BTreeSet<PathBuf> = self.names.keys().chain(self.safe_names.keys()).cloned().collect();
        for path in paths {
            let side = if random.one_in(2) { &self.names } else { &self.safe_names };
            match side.get(&path).copied() {
                Some(id) => {
                    self.names.insert(path.clone(), id);
                    self.safe_names.insert(path, id);
                }
                None => {
                    self.names.remove(&path);
                    self.safe_names.remove(&path);
                }
            }
        }
        self.collect();
    }
}

/// What a power cut leaves of a file that was not synced.
fn survivor(bytes: &[u8], safe: &[u8], random: &mut Random) -> Vec<u8> {
    match random.below(4) {
        0 => bytes.to_vec(),
        1 => safe.to_vec(),
        _ => {
            let length = if random.one_in(2) { bytes.len() } else { safe.len() };
            let mut mixed = vec![0; length];
            for at in (0..length).step_by(SECTOR) {
                // What was cut off is gone or still there, but not overwritten.
                let side = if at < bytes.len() && random.one_in(2) { bytes } else { safe };
                let end = (at + SECTOR).min(length).min(side.len()).max(at);
                if at < side.len() {
                    mixed[at..end].copy_from_slice(&side[at..end]);
                }
            }
            mixed
        }
    }
}

impl FileSystem for Process {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        let mut state = self.state()?;
        let inode = match (state.at(path), access) {
            (Ok(_), Access::Create) => return Err(ErrorKind::AlreadyExists.into()),
            (Ok(id), _) => id,
            (Err(_), Access::Create) => {
                state.may_change_names()?;
                let id = state.create(FileKind::File, 0o600, USER);
                state.names.insert(path.to_owned(), id);
                id
            }
            (Err(error), _) => return Err(error),
        };
        if state.inodes[&inode].kind != FileKind::File {
            return Err(ErrorKind::InvalidInput.into());
        }
        if state.is_read_only && access != Access::Read {
            return Err(ErrorKind::ReadOnlyFilesystem.into());
        }
        let handle = (self.id << 32) | state.number();
        state.inodes.get_mut(&inode).unwrap().handles.insert(handle);
        Ok(Box::new(Open { process: self.clone(), inode, handle }))
    }

    fn facts(&self, path: &Path) -> io::Result<FileFacts> {
        let state = self.state()?;
        if path == Path::new("/disk") {
            return Ok(FileFacts { kind: FileKind::Folder, id: Some((1, 0)), mode: Some(0o700), owner: Some(USER) });
        }
        Ok(state.facts(state.at(path)?))
    }

    /// No one else writes here.
    fn writing_time(&self) -> Duration {
        Duration::ZERO
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let state = self.state()?;
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| path.file_name().map(OsString::from)).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state()?;
        state.may_change_names()?;
        let id = state.at(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state()?;
        state.at(path)?;
        state.may_change_names()?;
        state.names.remove(path);
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state()?;
        state.may_change_names()?;
        let id = state.create(FileKind::Folder, 0o700, USER);
        state.names.insert(path.to_owned(), id);
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state()?;
        state.safe_names.retain(|name, _| name.parent() != Some(path));
        let inside: Vec<_> = state.names.iter().filter(|(name, _)| name.parent() == Some(path)).collect();
        let inside: Vec<_> = inside.into_iter().map(|(name, id)| (name.clone(), *id)).collect();
        state.safe_names.extend(inside);
        state.collect();
        Ok(())
    }
}

struct Open {
    process: Process,
    inode: u64,
    handle: u64,
}

impl StoreFile for Open {
    fn facts(&self) -> io::Result<FileFacts> {
        Ok(self.process.state()?.facts(self.inode))
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let state = self.process.state()?;
        let bytes = &state.inodes[&self.inode].bytes;
        let end = usize::try_from(limit).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[..end].to_vec())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.process.state()?;
        if state.is_read_only {
            return Err(ErrorKind::ReadOnlyFilesystem.into());
        }
        let (used, room) = (state.used(), state.room);
        let there = &mut state.inodes.get_mut(&self.inode).unwrap().bytes;
        let more = bytes.len().saturating_sub(there.len());
        let short = room.map_or(0, |room| (used + more).saturating_sub(room)).min(more);
        let length = bytes.len() - short;
        let kept = there.split_off(length.min(there.len()));
        *there = [&bytes[..length], &kept].concat();
        if short > 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        there.truncate(bytes.len());
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.process.state()?;
        let inode = state.inodes.get_mut(&self.inode).unwrap();
        inode.safe.clone_from(&inode.bytes);
        Ok(())
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        let mut state = self.process.state()?;
        match state.locks {
            Locks::Unsupported => return Err(ErrorKind::Unsupported.into()),
            // ENOLCK on Linux.
            Locks::NoneLeft => return Err(io::Error::from_raw_os_error(37)),
            Locks::Blind => return Ok(true),
            Locks::Work => {}
        }
        let holder = &mut state.inodes.get_mut(&self.inode).unwrap().locked_by;
        Ok(*holder.get_or_insert(self.handle) == self.handle)
    }

    fn unlock(&mut self) -> io::Result<()> {
        let mut state = self.process.state()?;
        let handle = self.handle;
        if let Some(inode) = state.inodes.get_mut(&self.inode) {
            inode.locked_by.take_if(|holder| *holder == handle);
        }
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.process.disk.state();
        let Some(inode) = state.inodes.get_mut(&self.inode) else { return };
        inode.handles.remove(&self.handle);
        inode.locked_by.take_if(|holder| *holder == self.handle);
        if !state.names.values().any(|id| *id == self.inode) {
            state.collect();
        }
    }
}
