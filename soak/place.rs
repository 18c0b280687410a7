//! Where the tokens of a run are: a file or a Redis of its own, gone afterwards.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Child;

use zeyos::store::{SharedTokenStore, StoreFuture, TokenStore};
use zeyos::{FileTokenStore, TokenSet};

use super::Outcome;

/// A folder with a store in it.
pub struct Place {
    folder: PathBuf,
    redis: Option<Child>,
}

impl Place {
    /// A new folder below the build, which is on a disk, with a running Redis in it if one is wanted.
    pub fn prepare(redis: bool) -> Outcome<Self> {
        let beside = std::env::current_exe()?;
        let folder = beside.parent().ok_or("the program has no folder")?.join(format!("soak-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut place = Place { folder, redis: None };
        if redis {
            place.redis = Some(server(&place.folder)?);
        }
        Ok(place)
    }

    /// What [`Store::open`] takes.
    pub fn address(&self) -> String {
        match self.redis {
            Some(_) => format!("unix://{}", self.folder.join("redis.sock").display()),
            None => self.folder.join("tokens.json").display().to_string(),
        }
    }
}

impl Drop for Place {
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

/// A store of either kind.
pub enum Store {
    File(FileTokenStore),
    #[cfg(feature = "redis")]
    Redis(zeyos::RedisTokenStore),
}

impl Store {
    /// The store at an address of [`Place::address`].
    pub async fn open(address: &str) -> Outcome<Self> {
        if !address.starts_with("unix://") {
            return Ok(Store::File(FileTokenStore::open(address)?));
        }
        #[cfg(feature = "redis")]
        return Ok(Store::Redis(zeyos::RedisTokenStore::connect(address, "soak").await?));
        #[cfg(not(feature = "redis"))]
        Err("build with --features redis".into())
    }

    fn inner(&self) -> &dyn TokenStore {
        match self {
            Store::File(store) => store,
            #[cfg(feature = "redis")]
            Store::Redis(store) => store,
        }
    }
}

impl TokenStore for Store {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.inner().get()
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        self.inner().set(tokens)
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        self.inner().shared()
    }
}

/// Posts a form and answers the body. It shares no code with the client, whose requests are what is tested.
pub fn post(url: &str, form: &str) -> Outcome<String> {
    let rest = url.strip_prefix("http://").ok_or("no http")?;
    let (host, path) = rest.split_at(rest.find('/').ok_or("no path")?);
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
    Ok(body.to_owned())
}
