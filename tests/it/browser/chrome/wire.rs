//! JSON over HTTP/1.1 to the driver, a connection for each command. The smallest client that does; `fantoccini` would
//! bring 98 crates.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// How long a command may take; starting a browser on a busy machine is the longest.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Wire {
    port: u16,
}

impl Wire {
    pub(super) fn to(port: u16) -> Self {
        Wire { port }
    }

    /// The value of the answer to a command, which must succeed.
    pub(super) fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        match self.try_ask(method, path, body) {
            Ok((200, mut answer)) => answer["value"].take(),
            Ok((status, answer)) => panic!("{method} {path}: {status} {answer:#}"),
            Err(error) => panic!("{method} {path}: {error}"),
        }
    }

    pub(super) fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        let kind = "Content-Type: application/json; charset=utf-8";
        stream.write_all(format!("{head}{kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
        // The driver keeps the connection open, whatever it is asked.
        read(BufReader::new(stream))
    }
}

fn read(mut reader: impl BufRead) -> std::io::Result<(u16, Value)> {
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other("the driver sent no status"))?;
    Ok((status, serde_json::from_slice(&body)?))
}
