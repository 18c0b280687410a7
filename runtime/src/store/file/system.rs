//! The few calls to a file system that the store makes, and the real ones behind them.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// What a [`FileTokenStore`](super::FileTokenStore) asks of a file system. It is the seam for simulations: a full disk, a power
/// cut, locks that do not lock. Programs leave it at [`SystemFiles`].
///
/// Every call blocks. The store makes them on threads that may block.
pub trait FileSystem: Send + Sync + 'static {
    /// Opens a file. A symbolic link in the last part of the path is an error, and is not followed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where there is none, [`AlreadyExists`](ErrorKind::AlreadyExists) where
    /// [`Access::Create`] finds one.
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>>;

    /// What is at a path: of a symbolic link itself, not of what it leads to.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where there is nothing.
    fn facts(&self, path: &Path) -> io::Result<FileFacts>;

    /// What the folder at a path is, whatever links lead to it.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) where there is nothing.
    fn folder(&self, path: &Path) -> io::Result<FileFacts> {
        self.facts(path)
    }

    /// The names in a folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>>;

    /// Puts a file in the place of another one, in one step.
    ///
    /// # Errors
    /// When nothing was renamed.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// When nothing was removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Creates a folder that only its owner may enter.
    ///
    /// # Errors
    /// When there is no folder now.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Returns once the names in a folder would survive a power cut.
    ///
    /// # Errors
    /// When that is not known.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;

    /// How long a record that cannot be read is looked at again before it is quarantined: a program that knows nothing of this store
    /// may be just writing over it; 50 ms.
    fn writing_time(&self) -> Duration {
        Duration::from_millis(50)
    }

    /// How long a caller waits for operations on these files before it gives up, and
    /// [`TokenStore::set`](crate::TokenStore::set) for the lock: 60 s. Work that hangs cannot be stopped; it is left behind on a
    /// thread of its own.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// An open file of a [`FileSystem`]. Dropping it closes it.
pub trait StoreFile: Send {
    /// What this file is, whatever its path leads to by now.
    ///
    /// # Errors
    /// When it cannot be told.
    fn facts(&self) -> io::Result<FileFacts>;

    /// What is in it from its start on, at most this many bytes.
    ///
    /// # Errors
    /// When not all of it could be read.
    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>>;

    /// Replaces what is in it: writes over it from its start on, then cuts it to this length. Space that it has is used again.
    ///
    /// # Errors
    /// When not all of it was written.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once its content would survive a power cut.
    ///
    /// # Errors
    /// When that is not known.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes the exclusive lock, which the system frees when this file is closed or the process ends. `false`: another
    /// handle holds it, possibly of this process.
    ///
    /// # Errors
    /// Where locks do not work.
    fn try_lock(&mut self) -> io::Result<bool>;

    /// Frees the lock, so that the next one gets it at once. Closing the file is not enough where the lock belongs to the open
    /// file, as `flock` does on Unix: a child that was forked meanwhile has a copy of the handle, and keeps the lock with it.
    ///
    /// # Errors
    /// When that is not known. The lock is free then once every copy of the handle is closed.
    fn unlock(&mut self) -> io::Result<()>;
}

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// For reading.
    Read,
    /// For reading and writing; it must exist.
    Write,
    /// For reading and writing; it must not exist, and is for its owner alone from its first byte on.
    Create,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a socket, a device.
    Other,
}

/// What a file system reports about a file; `None` where it has no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// What it is.
    pub kind: FileKind,
    /// Which file it is, under whatever name: device and inode.
    pub id: Option<(u64, u64)>,
    /// Who may read and write it, as Unix mode bits without the type.
    pub mode: Option<u32>,
    /// The number of the user that owns it.
    pub owner: Option<u32>,
}

impl From<&Metadata> for FileFacts {
    fn from(metadata: &Metadata) -> Self {
        let kind = match metadata.file_type() {
            kind if kind.is_symlink() => FileKind::Link,
            kind if kind.is_dir() => FileKind::Folder,
            kind if kind.is_file() => FileKind::File,
            _ => FileKind::Other,
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let id = Some((metadata.dev(), metadata.ino()));
            FileFacts { kind, id, mode: Some(metadata.mode() & 0o7777), owner: Some(metadata.uid()) }
        }
        #[cfg(not(unix))]
        FileFacts { kind, id: None, mode: None, owner: None }
    }
}

/// The files of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemFiles;

impl FileSystem for SystemFiles {
    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
        if access == Access::Create {
            return Ok(Box::new(SystemFile(options(access).open(path)?)));
        }
        // Looked at first, so that no pipe blocks here, and compared after, so that nothing was put in its place meanwhile.
        let expected = self.facts(path)?;
        if expected.kind != FileKind::File {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        let file = SystemFile(options(access).open(path)?);
        if file.facts()?.id != expected.id {
            return Err(io::Error::new(ErrorKind::Interrupted, "it was replaced while it was opened"));
        }
        Ok(Box::new(file))
    }

    fn facts(&self, path: &Path) -> io::Result<FileFacts> {
        Ok((&fs::symlink_metadata(path)?).into())
    }

    fn folder(&self, path: &Path) -> io::Result<FileFacts> {
        Ok((&fs::metadata(path)?).into())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        // A file that someone is just reading, a scanner of viruses for one, cannot be replaced everywhere on Windows.
        let mut tries_left = if cfg!(windows) { RENAMES } else { 0 };
        loop {
            match fs::rename(from, to) {
                Err(error) if error.kind() == ErrorKind::PermissionDenied && tries_left > 0 => thread::sleep(PAUSE),
                outcome => return outcome,
            }
            tries_left -= 1;
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "there are no modes"))]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

fn options(access: Access) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(access != Access::Read).create_new(access == Access::Create);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

struct SystemFile(File);

impl StoreFile for SystemFile {
    fn facts(&self) -> io::Result<FileFacts> {
        Ok((&self.0.metadata()?).into())
    }

    fn read(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        // Room for all of it at once: a buffer that grows leaves copies of secrets behind.
        let length = self.0.metadata()?.len().min(limit);
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
        self.0.seek(SeekFrom::Start(0))?;
        (&self.0).take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(bytes)?;
        self.0.set_len(bytes.len() as u64)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }

    fn try_lock(&mut self) -> io::Result<bool> {
        match self.0.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn unlock(&mut self) -> io::Result<()> {
        match self.0.unlock() {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(ERROR_LOCK_VIOLATION) => Ok(()),
            outcome => outcome,
        }
    }
}

/// How often it is tried to replace a file that may be open, and how long is waited in between: a second in all.
const RENAMES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(10);

/// How Wine says that nothing is left to be unlocked; the standard library, which unlocks twice, knows the word of Windows alone.
const ERROR_LOCK_VIOLATION: i32 = 33;
