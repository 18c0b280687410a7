//! A small HTTP/1.1 client on a plain socket, and short ways to start an emulator. It shares no code with the emulator.

use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::{Builder, Credentials, Emulator, Seed, Switches};

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn started(builder: Builder) -> Server {
    Server { zeyos: block_on(builder.start()).unwrap() }
}

/// An emulator with the demo user and application alone.
pub(crate) fn empty() -> Server {
    started(Emulator::builder().seed(Seed::Empty))
}

/// The same with some switches set.
pub(crate) fn switched(set: impl FnOnce(&mut Switches)) -> Server {
    let mut switches = Switches::default();
    set(&mut switches);
    started(Emulator::builder().seed(Seed::Empty).switches(switches))
}

/// An emulator with the demo data.
pub(crate) fn demo() -> Server {
    started(Emulator::builder())
}

pub(crate) struct Server {
    pub zeyos: Emulator,
}

impl Server {
    pub(crate) fn credentials(&self) -> &Credentials {
        self.zeyos.credentials()
    }

    /// A request as bearer with the token that works at once.
    pub(crate) fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        self.bare(method, path).bearer(&self.credentials().access_token)
    }

    /// A request without credentials.
    pub(crate) fn bare(&self, method: &str, path: &str) -> RequestBuilder {
        RequestBuilder::new(self.zeyos.url(), method, path)
    }

    /// Creates a record; answers what was stored.
    pub(crate) fn create(&self, resource: &str, body: Value) -> Value {
        let answer = self.ask("PUT", &format!("/api/v1/{resource}")).json(&body).send();
        assert_eq!(answer.status, 201, "{resource} {body}: {}", answer.text());
        answer.json()
    }

    /// The rows of a list request.
    pub(crate) fn list(&self, resource: &str, body: Value) -> Value {
        let answer = self.ask("POST", &format!("/api/v1/{resource}")).json(&body).send();
        assert_eq!(answer.status, 200, "{resource} {body}: {}", answer.text());
        answer.json()
    }

    /// A password grant for a user with the client pair in the Basic header.
    pub(crate) fn grant(&self, body: &str) -> Answer {
        let credentials = self.credentials();
        self.bare("POST", "/oauth2/v1/token")
            .basic(&credentials.client_id, &credentials.client_secret)
            .form(body)
            .send()
    }

    /// An access token of a demo user.
    pub(crate) fn token_of(&self, username: &str) -> String {
        let answer = self.grant(&format!("grant_type=password&username={username}&password=demo"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// The status of a bearer request to `/config`.
    pub(crate) fn status_with(&self, token: &str) -> u16 {
        self.bare("GET", "/api/v1/config").bearer(token).send().status
    }
}

/// A request in the making.
pub(crate) struct RequestBuilder {
    host: String,
    head: String,
    body: Vec<u8>,
}

impl RequestBuilder {
    pub(crate) fn new(url: &str, method: &str, path: &str) -> Self {
        let (host, instance) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let path = if let Some(absolute) = path.strip_prefix("//") {
            format!("/{absolute}")
        } else {
            format!("/{instance}{path}")
        };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        Self { host: host.to_owned(), head, body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    /// Calls the server by another name than the one under which it is reached.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.head = self.head.replacen(&format!("Host: {}", self.host), &format!("Host: {name}"), 1);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn session(self, id: &str) -> Self {
        self.header("Cookie", &format!("other=1; ZEYOSID={id}"))
    }

    pub(crate) fn basic(self, name: &str, secret: &str) -> Self {
        self.header("Authorization", &format!("Basic {}", base64(format!("{name}:{secret}").as_bytes())))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    pub(crate) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body.as_bytes())
    }

    pub(crate) fn body(mut self, media_type: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("Content-Type", media_type)
    }

    /// Sends it; an answer that breaks off or never comes is an error.
    pub(crate) fn try_send(self) -> std::io::Result<Answer> {
        let headless = self.head.starts_with("HEAD");
        let (bytes, end) = self.raw();
        end?;
        Answer::read(&bytes, headless).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    /// Sends it; all bytes that come back, and how the connection ended.
    pub(crate) fn raw(self) -> (Vec<u8>, std::io::Result<()>) {
        let mut bytes = Vec::new();
        let end = self.exchange(&mut bytes);
        (bytes, end)
    }

    fn exchange(self, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        let mut stream = self.sent()?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.read_to_end(bytes).map(|_| ())
    }

    /// Sends it without waiting for an answer.
    pub(crate) fn sent(self) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.host)?;
        let head = format!("{}Content-Length: {}\r\n\r\n", self.head, self.body.len());
        stream.write_all(&[head.as_bytes(), &self.body].concat())?;
        Ok(stream)
    }

    pub(crate) fn send(self) -> Answer {
        self.try_send().unwrap()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(bytes: &[u8], headless: bool) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> =
            lines.filter_map(|line| line.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
        let body = bytes[end + 4..].to_vec();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let whole = headless || length.is_none_or(|(_, length)| length.parse() == Ok(body.len()));
        whole.then_some(Self { status, headers, body })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The values of a header that may stand more than once.
    pub(crate) fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The status, after a look at whether the error is plain text without a trace of the inside.
    pub(crate) fn error(&self) -> u16 {
        assert!(self.header("content-type").unwrap().starts_with("text/plain"), "{self:?}");
        let text = self.text().to_lowercase();
        assert!(!["select ", "sqlite", "constraint", "panic"].iter().any(|word| text.contains(word)), "{text}");
        self.status
    }
}

/// The value of a parameter in the query of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1;
    let pair = query.split('&').find(|pair| pair.split('=').next() == Some(name))?;
    Some(pair.split_once('=').map_or("", |(_, value)| value).to_owned())
}

/// The IDs of rows.
pub(crate) fn ids(rows: &Value) -> Vec<i64> {
    rows.as_array().unwrap().iter().map(|row| row["ID"].as_i64().unwrap()).collect()
}

/// A plain account.
pub(crate) fn account(lastname: &str) -> Value {
    json!({ "lastname": lastname, "currency": "EUR" })
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for index in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * index)) as usize & 63] as char;
            out.push(if index <= chunk.len() { digit } else { '=' });
        }
    }
    out
}
