//! Requests that run beside one that would never end: a table is a view without an end here, and a deadline is hours away.

use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::emulator::Emulator;
use crate::seed::Seed;
use crate::store::{Mode, WAITING};

/// Reading `coupons` does not end, nor does creating a ledger.
const ENDLESS: &str = r#"
    DROP TABLE coupons;
    CREATE VIEW coupons AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS "ID" FROM n;
    CREATE TRIGGER endless BEFORE INSERT ON ledgers BEGIN SELECT count(*) FROM coupons; END;"#;

const HOURS: Duration = Duration::from_secs(36_000);

/// How long a test waits before it fails; it is never waited for in one that passes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

struct World {
    zeyos: Emulator,
    file: Option<PathBuf>,
}

impl World {
    fn new(deadline: Duration, file: Option<&str>) -> Self {
        let file =
            file.map(|name| std::env::temp_dir().join(format!("zeyos-emulator-{}-{name}.db", std::process::id())));
        let mut builder = Emulator::builder().seed(Seed::Empty).deadline(deadline);
        if let Some(path) = &file {
            builder = builder.database(path);
        }
        let zeyos = block_on(builder.start()).unwrap();
        zeyos.app().store.run(Mode::Write, |db| db.execute_batch(ENDLESS)).unwrap();
        Self { zeyos, file }
    }

    /// Sends a request and leaves its answer alone.
    fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.zeyos.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = &self.zeyos.credentials().access_token;
        let head = format!(
            "{method} /demo/api/v1/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    fn endless_list(&self) -> TcpStream {
        self.send("POST", "coupons", r#"{"fields":["ID"],"count":true}"#)
    }

    fn endless_write(&self) -> TcpStream {
        self.send("PUT", "ledgers", r#"{"name":"A"}"#)
    }

    fn status(&self, method: &str, path: &str, body: &str) -> u16 {
        status(self.send(method, path, body))
    }

    /// Waits until so many reads are at work.
    fn wait_for_reads(&self, count: usize) {
        wait(|| self.zeyos.app().store.reads() == count);
    }

    /// Waits until a write is at work.
    fn wait_for_a_write(&self) {
        wait(|| self.zeyos.app().store.is_writing());
    }
}

fn wait(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "never so");
        std::thread::yield_now();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(path) = &self.file {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn status(mut stream: TcpStream) -> u16 {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn is_unanswered(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = stream.read(&mut [0]);
    stream.set_nonblocking(false).unwrap();
    read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[test]
fn a_small_request_after_a_heavy_one_is_answered_before_it_ends() {
    for file in [None, Some("beside")] {
        let world = World::new(HOURS, file);
        let mut heavy = world.endless_list();
        world.wait_for_reads(1);
        for _ in 0..20 {
            assert_eq!(world.status("GET", "users/1", ""), 200);
            assert_eq!(world.status("PUT", "notes", r#"{"name":"A"}"#), 201);
        }
        assert!(is_unanswered(&mut heavy), "{file:?}");
    }
}

#[test]
fn readers_go_on_beside_a_heavy_writer() {
    for file in [None, Some("writer")] {
        let world = World::new(HOURS, file);
        let mut heavy = world.endless_write();
        world.wait_for_a_write();
        for _ in 0..20 {
            assert_eq!(world.status("POST", "users", "{}"), 200);
        }
        assert!(is_unanswered(&mut heavy), "{file:?}");
    }
}

#[test]
fn work_ends_when_its_client_is_gone() {
    for file in [None, Some("gone")] {
        let world = World::new(HOURS, file);
        let heavy: Vec<TcpStream> = (0..WAITING).map(|_| world.endless_list()).collect();
        world.wait_for_reads(WAITING);
        drop(heavy);
        assert_eq!(world.status("POST", "users", "{}"), 200, "{file:?}");
        let heavy = world.endless_write();
        world.wait_for_a_write();
        drop(heavy);
        assert_eq!(world.status("PUT", "notes", r#"{"name":"A"}"#), 201, "{file:?}");
    }
}

#[test]
fn work_ends_at_its_deadline_and_what_it_wrote_is_undone() {
    let world = World::new(Duration::from_millis(50), None);
    assert_eq!(status(world.endless_list()), 503);
    assert_eq!(status(world.endless_write()), 503);
    assert_eq!(world.status("GET", "ledgers/1", ""), 404);
    assert_eq!(world.status("PUT", "notes", r#"{"name":"A"}"#), 201);
}
