//! Enough of HTTP/1.1 to find the end of a message and what it asks for.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use std::net::SocketAddr;
use std::time::Duration;

/// How much of a request is looked at before it is read.
const PEEK: usize = 64 * 1024;

/// The head of a request, and as much of its body as has been looked at.
#[derive(Debug)]
pub(super) struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub head_len: usize,
    /// Of head and body.
    pub len: usize,
    /// What was looked at: all of it, unless it is large.
    pub bytes: Vec<u8>,
}

impl Request {
    /// Looks at the next request without taking it from the connection, so that a fault decides how much of it is read.
    /// `None` when the client has closed the connection.
    pub(super) async fn peek(stream: &TcpStream) -> Result<Option<Self>> {
        let mut buffer = vec![0; PEEK];
        let mut before = 0;
        loop {
            let seen = stream.peek(&mut buffer).await?;
            if seen == 0 {
                return Ok(None);
            }
            if let Some(request) = Self::parse(&buffer[..seen])
                && (seen >= request.len || seen == PEEK)
            {
                return Ok(Some(request));
            }
            if seen == PEEK {
                return Err(Error::from(ErrorKind::InvalidData));
            }
            if seen == before {
                // What is there stays readable, so the socket does not say when more comes.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            before = seen;
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let head_len = head_len(bytes)?;
        let head = std::str::from_utf8(&bytes[..head_len]).ok()?;
        let mut words = head.lines().next()?.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let path = target.split('?').next()?.to_owned();
        let body: usize = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let len = head_len + body;
        Some(Request { method, path, head_len, len, bytes: bytes[..len.min(bytes.len())].to_vec() })
    }

    /// Whether the client wants nothing more on this connection.
    pub(super) fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// What the client calls itself.
    pub(super) fn user_agent(&self) -> Option<&str> {
        self.header("user-agent")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let head = std::str::from_utf8(self.bytes.get(..self.head_len)?).ok()?;
        header(head, name)
    }

    /// A member of the form or of the JSON in the body.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        let body = self.bytes.get(self.head_len..self.len)?;
        if body.first() == Some(&b'{') {
            let value: serde_json::Value = serde_json::from_slice(body).ok()?;
            return value.get(name)?.as_str().map(str::to_owned);
        }
        form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// Reads the first bytes of it from the connection, all of them at most.
    pub(super) async fn read(&self, stream: &mut TcpStream, bytes: usize) -> Result<Vec<u8>> {
        let mut read = vec![0; bytes.min(self.len)];
        stream.read_exact(&mut read).await?;
        Ok(read)
    }
}

/// A whole reply.
#[derive(Debug)]
pub(super) struct Reply {
    pub bytes: Vec<u8>,
    pub head_len: usize,
}

impl Reply {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let head_len = head_len(&bytes).unwrap_or(bytes.len());
        Reply { bytes, head_len }
    }

    pub(super) fn status(&self) -> Option<u16> {
        let line = self.bytes.get(9..12)?;
        std::str::from_utf8(line).ok()?.parse().ok()
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.head_len..]
    }

    fn head(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.head_len]).unwrap_or_default()
    }

    /// Whether the next request can follow on the same connection.
    pub(super) fn keeps_open(&self, request: &Request) -> bool {
        if request.is_last() {
            return false;
        }
        let is_bare = request.method == "HEAD" || matches!(self.status(), Some(204 | 304));
        let length = header(self.head(), "content-length").and_then(|length| length.parse::<usize>().ok());
        is_bare || length == Some(self.body().len())
    }

    /// The same reply with another media type, and another body if there is one.
    pub(super) fn with_body(&self, media_type: &str, body: Option<&[u8]>) -> Reply {
        let body = body.unwrap_or(self.body());
        let kept = self.head().split("\r\n").filter(|line| !line.is_empty() && !is_one_of(line, &BODY_HEADERS));
        let mut head = kept.fold(String::new(), |head, line| head + line + "\r\n");
        head.push_str(&format!("content-type: {media_type}\r\ncontent-length: {}\r\n\r\n", body.len()));
        Reply::new([head.as_bytes(), body].concat())
    }
}

const BODY_HEADERS: [&str; 3] = ["content-type", "content-length", "connection"];

fn is_one_of(line: &str, names: &[&str]) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    names.iter().any(|one| name.eq_ignore_ascii_case(one))
}

fn head_len(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fits = |line: &&str| line.split_once(':').is_some_and(|(own, _)| own.eq_ignore_ascii_case(name));
    head.lines().find(fits)?.split_once(':').map(|(_, value)| value.trim())
}

/// Carries a request out: sends it to the emulator on a connection of its own and reads the whole reply.
pub(super) async fn carry_out(upstream: SocketAddr, request: &[u8], head_len: usize) -> Result<Reply> {
    let mut stream = TcpStream::connect(upstream).await?;
    let (head, body) = request.split_at(head_len);
    // Before the empty line that ends the head.
    stream.write_all(&head[..head_len - 2]).await?;
    stream.write_all(b"connection: close\r\n\r\n").await?;
    stream.write_all(body).await?;
    let mut reply = Vec::new();
    // A reply that a fault of the emulator breaks off is passed on as far as it came.
    let _ = stream.read_to_end(&mut reply).await;
    let reply = Reply::new(reply);
    let kept = reply.head().split_inclusive("\r\n").filter(|line| !is_one_of(line, &["connection"]));
    let head: String = kept.collect();
    Ok(Reply::new([head.as_bytes(), reply.body()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_as_long_as_its_head_says() {
        let bytes =
            b"POST /demo/oauth2/v1/token?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nrefresh_token=a%62GET";
        let request = Request::parse(bytes).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/demo/oauth2/v1/token"));
        assert_eq!((request.len, request.member("refresh_token").as_deref()), (bytes.len() - 3, Some("ab")));
        assert!(Request::parse(&bytes[..60]).is_none());
    }

    #[test]
    fn a_reply_gets_another_body() {
        let reply = Reply::new(b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nx: y\r\nContent-Length: 2\r\n\r\n{}".to_vec());
        assert!(reply.keeps_open(&Request::parse(b"GET / HTTP/1.1\r\n\r\n").unwrap()) && reply.status() == Some(200));
        let other = reply.with_body("text/html", Some(b"<p>"));
        let text = String::from_utf8(other.bytes).unwrap();
        assert_eq!(text, "HTTP/1.1 200 OK\r\nx: y\r\ncontent-type: text/html\r\ncontent-length: 3\r\n\r\n<p>");
    }
}
