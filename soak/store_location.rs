//! Where the tokens of a run are stored: a file or a Redis server of its own, removed afterwards.

mod raw_store;
mod store;

use std::path::PathBuf;
use std::process::Child;

use super::Outcome;

pub(crate) use raw_store::{Image, RawStore};
pub(crate) use store::Store;

/// A folder with a store in it.
pub(crate) struct StoreLocation {
    folder: PathBuf,
    redis: Option<Child>,
}

impl StoreLocation {
    /// A new folder below the build, which is on a disk, with a running Redis in it if one is wanted.
    pub(crate) fn prepare(redis: bool) -> Outcome<Self> {
        let beside = std::env::current_exe()?;
        let folder = beside.parent().ok_or("the program has no folder")?.join(format!("soak-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut place = StoreLocation { folder, redis: None };
        if redis {
            place.redis = Some(server(&place.folder)?);
        }
        Ok(place)
    }

    /// What [`Store::open`] takes.
    pub(crate) fn address(&self) -> String {
        match self.redis {
            Some(_) => format!("unix://{}", self.folder.join("redis.sock").display()),
            None => self.folder.join("tokens.json").display().to_string(),
        }
    }

    /// The files or keys of the store, as a person with no library sees them.
    pub(crate) fn raw_store(&self) -> Outcome<RawStore> {
        match self.redis {
            Some(_) => RawStore::of_redis(&self.address()),
            None => Ok(RawStore::of_files(&self.folder)),
        }
    }
}

impl Drop for StoreLocation {
    fn drop(&mut self) {
        if let Some(redis) = &mut self.redis {
            let _ = redis.kill();
            let _ = redis.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A Redis that writes everything through, on a socket in the folder.
#[cfg(feature = "redis")]
fn server(folder: &std::path::Path) -> Outcome<Child> {
    let socket = folder.join("redis.sock");
    let mut command = std::process::Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--unixsocket"]);
    command.arg(&socket).arg("--dir").arg(folder).stdout(std::process::Stdio::null());
    let child = command.spawn().map_err(|error| format!("redis-server cannot be started: {error}"))?;
    for _ in 0..500 {
        if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
            return Ok(child);
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err("redis-server does not listen".into())
}

#[cfg(not(feature = "redis"))]
fn server(_: &std::path::Path) -> Outcome<Child> {
    Err("build with --features redis".into())
}
