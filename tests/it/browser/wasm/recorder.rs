//! What stands before an emulator and writes down the head of each request as the browser has sent it: the emulator itself keeps no
//! value of a header.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// The head of a request.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The value of a header that stands there at most once.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands there twice: {self:?}");
        value
    }

    /// Which credentials it carries: the scheme of its `Authorization`, and whether there is a session cookie.
    pub(super) fn credentials(&self) -> (Option<&str>, bool) {
        let scheme = self.header("authorization").and_then(|value| value.split(' ').next());
        (scheme, self.header("cookie").is_some_and(|cookies| cookies.contains("ZEYOSID=")))
    }
}

pub(super) struct Recorder {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<Head>>>,
}

impl Recorder {
    pub(super) fn before(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        // It ends with the process: each test is one.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                thread::spawn(move || {
                    let onward = TcpStream::connect(upstream).unwrap();
                    let (back, to_client) = (onward.try_clone().unwrap(), stream.try_clone().unwrap());
                    thread::spawn(move || copy(back, to_client));
                    // An error is a browser that has closed its connection.
                    let _ = pass(stream, &onward, &kept);
                    let _ = onward.shutdown(Shutdown::Both);
                });
            }
        });
        Recorder { address, heads }
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests to the service since the last time, those for pages and preflights left out.
    pub(super) fn take(&self) -> Vec<Head> {
        let mut heads = std::mem::take(&mut *self.heads.lock().unwrap());
        heads.retain(|head| head.path.starts_with("/demo/") && head.method != "OPTIONS");
        heads
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// Passes requests on until there is no other.
fn pass(from: TcpStream, mut to: &TcpStream, heads: &Mutex<Vec<Head>>) -> std::io::Result<()> {
    let mut from = BufReader::new(from);
    loop {
        let mut text = Vec::new();
        while !text.ends_with(b"\r\n\r\n") {
            if from.read_until(b'\n', &mut text)? == 0 {
                return Ok(());
            }
        }
        let head = parsed(&String::from_utf8_lossy(&text));
        let length = head.header("content-length").map_or(0, |length| length.parse().unwrap());
        heads.lock().unwrap().push(head);
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        to.write_all(&[text, body].concat())?;
    }
}

fn parsed(text: &str) -> Head {
    let mut lines = text.lines();
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Head { method, path: target.split('?').next().unwrap_or_default().to_owned(), headers }
}
