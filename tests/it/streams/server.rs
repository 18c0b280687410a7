//! A server on a raw socket: what it reads and writes is the test's.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// It ends when it is dropped; each connection has a thread of its own.
pub(super) struct Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(serve: impl Fn(Connection) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, is_over, serve) =
            (listener.local_addr().unwrap(), Arc::new(AtomicBool::new(false)), Arc::new(serve));
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, serve) = (stream.unwrap(), Arc::clone(&serve));
                std::thread::spawn(move || serve(Connection { stream, rest: Vec::new() }));
            }
        });
        Server { address, is_over, thread: Some(thread) }
    }

    /// Answers every request alike; what came is answered to the caller by `seen`.
    pub(super) fn answering(answer: &'static str, seen: impl Fn(Seen) + Send + Sync + 'static) -> Self {
        Server::start(move |mut connection| {
            while let Some(request) = connection.request() {
                seen(request);
                connection.write(answer.as_bytes());
            }
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/demo", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// A request as it came in.
#[derive(Debug)]
pub(super) struct Seen {
    /// Its lines, names of headers in lower case.
    pub head: String,
    /// The body, without the marks of chunks.
    pub body: Vec<u8>,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

pub(super) struct Connection {
    pub stream: TcpStream,
    /// What came after the head that was read last.
    rest: Vec<u8>,
}

impl Connection {
    /// The head of the next request; `None` at the end.
    pub(super) fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8(self.rest.drain(..end + 4).collect()).unwrap();
                let lower = |line: &str| match line.split_once(": ") {
                    Some((name, value)) => format!("{}: {value}\n", name.to_lowercase()),
                    None => format!("{line}\n"),
                };
                return Some(head.lines().map(lower).collect());
            }
            self.more()?;
        }
    }

    /// Reads on; `None` where the other side has ended the connection.
    pub(super) fn more(&mut self) -> Option<usize> {
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) | Err(_) => None,
            Ok(length) => {
                self.rest.extend_from_slice(&buffer[..length]);
                Some(length)
            }
        }
    }

    fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.rest.len() < length {
            self.more()?;
        }
        Some(self.rest.drain(..length).collect())
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.rest.windows(2).position(|two| two == b"\r\n") {
                let line = self.rest.drain(..end + 2).take(end).collect();
                return Some(String::from_utf8(line).unwrap());
            }
            self.more()?;
        }
    }

    /// A whole request; `None` if it did not come in whole.
    pub(super) fn request(&mut self) -> Option<Seen> {
        let head = self.head()?;
        let mut seen = Seen { head, body: Vec::new() };
        if seen.header("transfer-encoding") == Some("chunked") {
            loop {
                let length = usize::from_str_radix(&self.line()?, 16).unwrap();
                seen.body.extend(self.take(length)?);
                self.take(2)?;
                if length == 0 {
                    return Some(seen);
                }
            }
        }
        let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
        seen.body = self.take(length)?;
        Some(seen)
    }

    /// Reads a body of this length without keeping it; whether it came in whole.
    pub(super) fn swallow(&mut self, mut length: u64) -> bool {
        length -= self.rest.len() as u64;
        self.rest.clear();
        let mut buffer = vec![0; 64 * 1024];
        while length > 0 {
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return false,
                Ok(read) => length -= read as u64,
            }
        }
        true
    }

    /// Whether the other side took it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Waits until the other side has ended the connection.
    pub(super) fn until_closed(&mut self) {
        while self.more().is_some() {}
    }
}
