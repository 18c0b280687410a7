//! HTTP/1.1 on a plain socket that is kept open. It shares no code with the emulator, nor with a client library.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request as it goes out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub method: String,
    /// What stands in the request line: path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, target: String) -> Self {
        Self { method: method.to_owned(), target, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn body(self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self.without("content-type").header("Content-Type", media_type) }
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Length: {}\r\n\r\n", self.body.len());
        [head.as_bytes(), &self.body].concat()
    }

    /// The same request for a shell. Bodies beyond 4 kB are cut.
    pub(crate) fn curl(&self, host: &str) -> String {
        let quoted = |text: &str| {
            let escaped = text.bytes().map(|byte| match byte {
                b'\'' | b'\\' => format!("\\{}", char::from(byte)),
                b' '..=b'~' => char::from(byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            });
            format!("$'{}'", escaped.collect::<String>())
        };
        let address =
            if self.target.starts_with('/') { format!("http://{host}{}", self.target) } else { self.target.clone() };
        let mut line = format!("curl -i --path-as-is -X {} {}", self.method, quoted(&address));
        for (name, value) in &self.headers {
            line += &format!(" -H {}", quoted(&format!("{name}: {value}")));
        }
        if !self.body.is_empty() {
            let shown = &self.body[..self.body.len().min(4096)];
            // Each byte as the character of its number, so that quoting sees bytes.
            let text: String = shown.iter().map(|byte| char::from(*byte)).collect();
            let body = if shown.is_ascii() { quoted(&text) } else { quoted_bytes(shown) };
            line += &format!(" --data-binary {body}");
            if shown.len() < self.body.len() {
                line += &format!(" # cut: {} bytes in all", self.body.len());
            }
        }
        line
    }
}

fn quoted_bytes(bytes: &[u8]) -> String {
    format!("$'{}'", bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>())
}

/// An answer as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// One connection, opened again only after an answer that announced its end.
pub(crate) struct Connection {
    host: String,
    stream: Option<BufReader<TcpStream>>,
    pub opened: usize,
}

impl Connection {
    pub(crate) fn new(host: &str) -> Self {
        Self { host: host.to_owned(), stream: None, opened: 0 }
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Answer> {
        self.ask_bytes(&request.bytes(&self.host), request.method == "HEAD")
    }

    /// Sends bytes as they are. Those that are not HTTP may be answered by closing the connection: that is `UnexpectedEof`.
    pub(crate) fn ask_bytes(&mut self, bytes: &[u8], headless: bool) -> Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                self.opened += 1;
                let stream = TcpStream::connect(&self.host)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(60)))?;
                BufReader::new(stream)
            }
        };
        // A server that has refused the head may close before it has read a large body.
        let sent = stream.get_mut().write_all(bytes);
        let answer = read(&mut stream, headless).map_err(|error| sent.err().unwrap_or(error))?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read(stream: &mut BufReader<TcpStream>, headless: bool) -> Result<Answer> {
    let status_line = line(stream)?;
    let mut words = status_line.splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let status: u16 = words.next().and_then(|word| word.parse().ok()).ok_or_else(|| broken(&status_line))?;
    if !version.starts_with("HTTP/1.") {
        return Err(broken(&status_line));
    }
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if status == 100 {
        return read(stream, headless);
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    if headless || matches!(status, 204 | 304) {
        return Ok(answer);
    }
    let length = answer.header("content-length").map(|length| length.parse::<usize>().map_err(|_| broken(length)));
    match length.transpose()? {
        Some(length) => {
            answer.body = vec![0; length];
            stream.read_exact(&mut answer.body)?;
        }
        None if answer.header("transfer-encoding") == Some("chunked") => answer.body = chunks(stream)?,
        None => {
            stream.read_to_end(&mut answer.body)?;
        }
    }
    Ok(answer)
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream)?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| broken(&size))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn line(stream: &mut BufReader<TcpStream>) -> Result<String> {
    let mut bytes = Vec::new();
    stream.read_until(b'\n', &mut bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| broken("a head that is not text"))?;
    match text.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None if text.is_empty() => Err(ErrorKind::UnexpectedEof.into()),
        None => Err(broken(&text)),
    }
}

fn broken(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not HTTP: {what:?}"))
}
