//! Where a database without a name is kept: a file of the folder for temporary files that is taken out of it as soon as
//! all connections are open. Unlike a database in memory it lets its readers read beside each other and beside the writer.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How often another name is tried.
const TRIES: usize = 16;

/// A folder of its own for the files of one database. It goes when this is dropped, if not before.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder, which no other user may look into.
    pub(super) fn new() -> io::Result<Self> {
        let base = std::env::temp_dir();
        for _ in 0..TRIES {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).map_err(io::Error::other)?;
            let folder = base.join(format!("zeyos-emulator-{:016x}", u64::from_be_bytes(bytes)));
            match make(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", folder.display()))),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// The file of the database.
    pub(super) fn file(&self) -> PathBuf {
        self.0.join("scratch.db")
    }

    /// Removes the folder, where the system allows it with open files; connections that have them open keep them.
    pub(super) fn unlink(&self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.unlink();
    }
}

fn make(folder: &Path) -> io::Result<()> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there are no modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nothing_is_left_in_the_folder_for_temporary_files() {
        let scratch = Scratch::new().unwrap();
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&scratch.0).unwrap());
        assert_eq!(mode & 0o777, 0o700);
        fs::write(scratch.file(), "x").unwrap();
        scratch.unlink();
        assert!(!scratch.0.exists());
    }
}
