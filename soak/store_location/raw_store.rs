//! The files or keys of a store, looked at and changed by someone who knows nothing of locks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// Everything that is kept, by the name of the file or key.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

/// What the pieces of one store are called.
struct Names {
    record: &'static str,
    copy: &'static str,
    /// Holds the lock, or says what the newest generation is.
    notes: &'static str,
    /// Come and go, or are kept aside: no part of a copy of the store.
    passing: &'static [&'static str],
}

const FILES: Names = Names {
    record: "tokens.json",
    copy: "tokens.json.copy",
    notes: "tokens.json.lock",
    passing: &[".new", ".probe", ".corrupt", ".unread", ".replaced"],
};

const KEYS: Names =
    Names { record: "{soak}", copy: "{soak}:copy", notes: "{soak}:newest", passing: &[":lock", ":corrupt", ":unread"] };

pub(crate) struct RawStore {
    names: &'static Names,
    kept: Kept,
}

enum Kept {
    Files(PathBuf),
    #[cfg(feature = "redis")]
    Redis(Box<redis::Client>),
}

impl RawStore {
    pub(crate) fn of_files(folder: &Path) -> Self {
        RawStore { names: &FILES, kept: Kept::Files(folder.to_owned()) }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn of_redis(url: &str) -> Outcome<Self> {
        Ok(RawStore { names: &KEYS, kept: Kept::Redis(Box::new(redis::Client::open(url)?)) })
    }

    #[cfg(not(feature = "redis"))]
    pub(super) fn of_redis(_: &str) -> Outcome<Self> {
        Err(format!("build with --features redis for {}", KEYS.record).into())
    }

    pub(crate) fn record(&self) -> &'static str {
        self.names.record
    }

    pub(crate) fn copy(&self) -> &'static str {
        self.names.copy
    }

    pub(crate) fn notes(&self) -> &'static str {
        self.names.notes
    }

    /// Everything that is there, with its length.
    pub(crate) fn overview(&self) -> Outcome<String> {
        match &self.kept {
            Kept::Files(folder) => {
                let entries = std::fs::read_dir(folder)?.filter_map(Result::ok);
                let described = entries.filter_map(|entry| {
                    Some(format!("{} {}", entry.file_name().to_string_lossy(), entry.metadata().ok()?.len()))
                });
                Ok(described.collect::<Vec<_>>().join(", "))
            }
            #[cfg(feature = "redis")]
            Kept::Redis(_) => Ok(self.present()?.join(" ")),
        }
    }

    /// Those that are there now and that a copy of the store would have.
    pub(crate) fn present(&self) -> Outcome<Vec<String>> {
        let mut names: Vec<String> = match &self.kept {
            Kept::Files(folder) => std::fs::read_dir(folder)?
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .filter(|name| name.starts_with(self.names.record))
                .collect(),
            #[cfg(feature = "redis")]
            Kept::Redis(client) => ask::<Vec<String>>(client, &[b"KEYS", b"{soak}*"])?,
        };
        names.retain(|name| !self.names.passing.iter().any(|passing| name.contains(passing)) || name == self.notes());
        names.sort();
        Ok(names)
    }

    /// The content of one; none where there is none, or no text.
    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        match &self.kept {
            Kept::Files(folder) => std::fs::read(folder.join(name)).ok(),
            #[cfg(feature = "redis")]
            Kept::Redis(client) => ask::<Option<Vec<u8>>>(client, &[b"GET", name.as_bytes()]).ok()?,
        }
    }

    /// Writes over what is there, as a careless program does: a file is still the same one for those who have it open.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        match &self.kept {
            Kept::Files(folder) => write(&folder.join(name), bytes),
            #[cfg(feature = "redis")]
            Kept::Redis(client) => ask::<()>(client, &[b"SET", name.as_bytes(), bytes]),
        }
    }

    /// Puts another file in the place of one, as a careful program does.
    pub(crate) fn replace(&self, name: &str, bytes: &[u8]) -> Outcome {
        match &self.kept {
            Kept::Files(folder) => {
                let aside = folder.join(format!("{name}.replaced"));
                write(&aside, bytes)?;
                Ok(std::fs::rename(aside, folder.join(name))?)
            }
            #[cfg(feature = "redis")]
            Kept::Redis(_) => self.write(name, bytes),
        }
    }

    pub(crate) fn remove(&self, name: &str) -> Outcome {
        match &self.kept {
            Kept::Files(folder) => match std::fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                _ => Ok(()),
            },
            #[cfg(feature = "redis")]
            Kept::Redis(client) => ask::<i64>(client, &[b"DEL", name.as_bytes()]).map(drop),
        }
    }

    /// A copy of the store, which a crowd of writers may change meanwhile.
    pub(crate) fn image(&self) -> Outcome<Image> {
        let mut image = Image::new();
        for name in self.present()? {
            let bytes = match &self.kept {
                Kept::Files(_) => self.get(&name),
                #[cfg(feature = "redis")]
                Kept::Redis(client) => ask::<Option<Vec<u8>>>(client, &[b"DUMP", name.as_bytes()])?,
            };
            image.extend(bytes.map(|bytes| (name, bytes)));
        }
        Ok(image)
    }

    /// The store as it was then: what has come since is gone, but for the notes where they are left alone.
    pub(crate) fn restore(&self, image: &Image, with_notes: bool) -> Outcome {
        let is_left = |name: &str| name == self.notes() && !with_notes;
        for name in self.present()? {
            if !image.contains_key(&name) && name != self.notes() {
                self.remove(&name)?;
            }
        }
        for (name, bytes) in image.iter().filter(|(name, _)| !is_left(name)) {
            match &self.kept {
                Kept::Files(_) if *name == self.record() || *name == self.copy() => self.replace(name, bytes)?,
                Kept::Files(_) => self.write(name, bytes)?,
                #[cfg(feature = "redis")]
                Kept::Redis(client) => ask::<()>(client, &[b"RESTORE", name.as_bytes(), b"0", bytes, b"REPLACE"])?,
            }
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // The store refuses files that others may read.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(std::io::Write::write_all(&mut options.open(path)?, bytes)?)
}

/// A command as an operator types it.
#[cfg(feature = "redis")]
fn ask<T: redis::FromRedisValue>(client: &redis::Client, words: &[&[u8]]) -> Outcome<T> {
    let mut command = redis::Cmd::new();
    for word in words {
        command.arg(*word);
    }
    Ok(command.query(&mut client.get_connection()?)?)
}
