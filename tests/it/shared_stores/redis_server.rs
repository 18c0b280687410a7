//! A `redis-server` of the test's own, on a Unix socket in a folder of its own, gone with the test.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use redis::FromRedisValue;
use zeyos::{RedisOptions, RedisTokenStore};

const INSTALL: &str = "sudo apt-get install --yes --no-install-recommends redis-server";

pub(crate) struct RedisServer {
    child: Child,
    folder: PathBuf,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        static SERVERS: AtomicU64 = AtomicU64::new(0);
        let name = format!("zeyos-redis-{}-{}", std::process::id(), SERVERS.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let child = spawn(&folder);
        let server = RedisServer { child, folder };
        server.wait();
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", socket(&self.folder).display())
    }

    pub(crate) async fn store(&self, key: &str) -> RedisTokenStore {
        RedisTokenStore::connect(&self.url(), key).await.unwrap()
    }

    /// With a lease of this many milliseconds.
    pub(crate) async fn leasing(&self, key: &str, lease: u64) -> RedisTokenStore {
        let options = RedisOptions::new().lease(Duration::from_millis(lease));
        RedisTokenStore::connect_with(&self.url(), key, options).await.unwrap()
    }

    /// A command as an operator would type it.
    pub(crate) async fn command<T: FromRedisValue>(&self, words: &[&[u8]]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        command.query_async(&mut connection).await.unwrap()
    }

    /// Ends the server as a crash does, and starts it again with what its last snapshot holds.
    pub(crate) fn crash_and_restart(&mut self) {
        self.end();
        self.child = spawn(&self.folder);
        self.wait();
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    fn wait(&self) {
        for _ in 0..1_000 {
            if ping(&socket(&self.folder)).is_ok_and(|answer| answer.starts_with(b"+PONG")) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("redis-server does not answer in {}", self.folder.display());
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.end();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

fn spawn(folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--appendonly", "no", "--databases", "1", "--unixsocketperm", "700"]);
    command.arg("--unixsocket").arg(socket(folder)).arg("--dir").arg(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| panic!("redis-server cannot be started ({error}); run `{INSTALL}`"))
}

fn ping(socket: &Path) -> std::io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 16];
    let length = stream.read(&mut answer)?;
    Ok(answer[..length].to_vec())
}
