//! A token endpoint with single-use refresh tokens and slow answers, in a thread: `a3` and `r3` come together.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What has come in.
#[derive(Default)]
pub struct Counts {
    pub posts: AtomicU64,
    /// Refresh tokens that were spent before.
    pub replays: AtomicU64,
}

/// How long an answer takes: long enough to fork meanwhile.
const DELAY: Duration = Duration::from_millis(20);

pub fn start() -> std::io::Result<(SocketAddr, Arc<Counts>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (address, counts, newest) = (listener.local_addr()?, Arc::<Counts>::default(), Arc::<Mutex<u64>>::default());
    let seen = Arc::clone(&counts);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (seen, newest) = (Arc::clone(&seen), Arc::clone(&newest));
            thread::spawn(move || serve(stream, &seen, &newest));
        }
    });
    Ok((address, counts))
}

/// One request a connection.
fn serve(mut stream: TcpStream, seen: &Counts, newest: &Mutex<u64>) -> Option<()> {
    let request = read(&mut stream)?;
    let (status, body) = if request.lines().next().is_some_and(|line| line.contains("/introspect")) {
        ("200 OK", r#"{"active": true}"#.to_owned())
    } else {
        seen.posts.fetch_add(1, Ordering::SeqCst);
        answer(&request, seen, newest)
    };
    thread::sleep(DELAY);
    let head = "content-type: application/json\r\nconnection: close";
    write!(stream, "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok()
}

/// Head and body, as long as the head says.
fn read(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
        if body.len() >= length {
            return Some(text);
        }
    }
}

fn answer(request: &str, seen: &Counts, newest: &Mutex<u64>) -> (&'static str, String) {
    let Ok(mut newest) = newest.lock() else { return ("500 Poisoned", String::new()) };
    let is_expected = request.split(['&', '\n']).any(|pair| pair == format!("refresh_token=r{newest}"));
    if !is_expected {
        seen.replays.fetch_add(1, Ordering::SeqCst);
        return ("403 Forbidden", r#"{"error": "invalid_grant"}"#.to_owned());
    }
    *newest += 1;
    let members = r#""token_type": "Bearer", "expires_in": 3600"#;
    ("200 OK", format!(r#"{{"access_token": "a{newest}", "refresh_token": "r{newest}", {members}}}"#))
}
