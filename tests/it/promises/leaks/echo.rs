//! A server that writes the secrets of every request back, in a form of its own, where errors, events and logs may pick them up.

use std::future::ready;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};
use zeyos::TransportError;

use super::SECRETS;
use super::canaries::{ISSUED, LEGACY, RENEWED_ACCESS, RENEWED_REFRESH};
use crate::auth::support::{Answered, Sent, Wire, answering, empty, issued, json as answer, text};

/// What the server does to every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// It agrees, and echoes in members that no one knows.
    Good,
    /// A status with plain text.
    Plain(u16),
    /// An error of OAuth with its reason in words.
    OAuth(u16),
    /// A reason as code.
    Code,
    /// A reason in the header of a 401.
    Challenge,
    /// A redirect to somewhere else.
    Redirect,
    /// Success, with every member of a wrong type or grammar.
    Odd,
    /// Success, and a token of another type.
    OtherType,
    /// Tokens under a status of failure.
    Late,
    /// Success as a page.
    Page,
    /// Success as text that is cut.
    CutJson,
    /// The answer breaks off.
    Broken,
    /// No one is there.
    Unsent,
}

pub(super) const MOODS: [Mood; 18] = [
    Mood::Good,
    Mood::Plain(400),
    Mood::Plain(401),
    Mood::Plain(403),
    Mood::Plain(429),
    Mood::Plain(503),
    Mood::OAuth(400),
    Mood::OAuth(200),
    Mood::Code,
    Mood::Challenge,
    Mood::Redirect,
    Mood::Odd,
    Mood::OtherType,
    Mood::Late,
    Mood::Page,
    Mood::CutJson,
    Mood::Broken,
    Mood::Unsent,
];

pub(super) type Form = fn(&str) -> String;

/// How a secret may be written.
pub(super) const FORMS: [Form; 8] = [
    str::to_owned,
    |secret| STANDARD.encode(secret),
    |secret| URL_SAFE_NO_PAD.encode(format!("ap:{secret}:x")),
    |secret| STANDARD.encode(format!("a:{secret}")),
    |secret| secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |secret| secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
    |secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
    |secret| secret[secret.len() / 2 - 7..secret.len() / 2 + 7].to_owned(),
];

/// The secrets of a request.
fn found(text: &str) -> Vec<&'static str> {
    let spaced = text.replace('+', " ");
    let basic = text.split_whitespace().filter_map(|word| STANDARD.decode(word).ok());
    let basic: String = basic.map(|pair| String::from_utf8_lossy(&pair).into_owned()).collect();
    let texts = [text, &spaced, &basic].map(|text| percent_decode_str(text).decode_utf8_lossy().into_owned());
    SECRETS.into_iter().filter(|secret| texts.iter().any(|text| text.contains(secret))).collect()
}

fn echo(request: &str, form: Form) -> String {
    let words: Vec<String> = found(request).into_iter().map(form).collect();
    format!("{} {request}", words.join(" "))
}

pub(super) fn wire(mood: Mood, form: Form) -> Wire {
    Wire::new(move |sent| ready(react(mood, form, &sent)))
}

fn react(mood: Mood, form: Form, sent: &Sent) -> Answered {
    let headers: Vec<_> = sent.headers.values().map(|value| value.to_str().unwrap()).collect();
    let echo = echo(&format!("{} {}", headers.join(" "), sent.body), form);
    let as_header = |words: &str| HeaderValue::from_bytes(words.as_bytes()).unwrap();
    Ok(match mood {
        Mood::Good => good(sent, &echo),
        Mood::Plain(status) => {
            let mut answer = text(status, &echo);
            answer.headers_mut().insert("x-echo", as_header(&echo));
            answer.headers_mut().insert("retry-after", HeaderValue::from_static("10"));
            answer
        }
        Mood::OAuth(status) => {
            answer(status, &json!({"error": "invalid_grant", "error_description": echo, "error_uri": echo}))
        }
        Mood::Code => answer(400, &json!({"error": echo, "error_description": [echo]})),
        Mood::Challenge => {
            let mut answer = empty(401);
            let words = format!("Bearer realm=\"{}\", error_description=\"{echo}\"", found(&echo).join(" "));
            answer.headers_mut().insert("www-authenticate", as_header(&words));
            answer
        }
        Mood::Redirect => {
            let mut answer = empty(302);
            let words = utf8_percent_encode(&echo, NON_ALPHANUMERIC).to_string();
            let place = format!("https://{words}@elsewhere.example/{words}?{words}#{words}");
            answer.headers_mut().insert("location", as_header(&place));
            answer
        }
        Mood::Odd => odd(sent, &echo),
        Mood::OtherType => answer(200, &with(tokens(sent), "token_type", &echo)),
        Mood::Late => answer(500, &with(tokens(sent), "error_description", &echo)),
        Mood::Page => answering(200, "text/html", format!("<p>{echo}</p>")),
        Mood::CutJson => answering(200, "application/json", cut(sent)),
        Mood::Broken => return Err(TransportError::other("connection reset").with_partial(cut(sent))),
        Mood::Unsent => return Err(TransportError::connect("nobody there")),
    })
}

/// New tokens of the service that is asked.
fn tokens(sent: &Sent) -> Value {
    match (sent.url.contains("/auth/v1/"), sent.url.ends_with("/token")) {
        (false, _) => issued(RENEWED_ACCESS, RENEWED_REFRESH),
        (true, true) => issued(ISSUED, ISSUED),
        (true, false) => issued(LEGACY, LEGACY),
    }
}

fn with(mut value: Value, name: &str, words: &str) -> Value {
    value[name] = words.into();
    value
}

fn cut(sent: &Sent) -> String {
    let whole = tokens(sent).to_string();
    whole[..whole.len() - 20].to_owned()
}

fn good(sent: &Sent, echo: &str) -> http::Response<bytes::Bytes> {
    match sent.url.rsplit('/').next().unwrap_or_default() {
        "token" | "login" => answer(200, &with(tokens(sent), "note", echo)),
        "introspect" => answer(200, &json!({"active": true, "note": echo})),
        "userinfo" => answer(200, &json!({"sub": "7", "note": echo})),
        "revoke" => text(200, echo),
        "logout" => empty(204),
        "" if sent.method == "HEAD" => empty(204),
        _ => answer(200, &json!([])),
    }
}

/// Every member wrong.
fn odd(sent: &Sent, echo: &str) -> http::Response<bytes::Bytes> {
    let members = json!({
        "access_token": [echo], "refresh_token": {"x": echo}, "token_type": echo, "expires_in": echo, "active": echo,
        "sub": [echo], "exp": echo, "token": [echo], "user": echo, "expdate": [echo], "identifier": {"x": echo}, echo: echo,
    });
    let is_list = sent.url.contains("/api/v1/");
    answer(200, &if is_list { json!([{"ID": echo, "lastmodified": echo, "name": [echo]}]) } else { members })
}

/// The same over a true connection: every request is answered by a refusal that repeats it. It ends when it is dropped.
pub(super) struct Loopback {
    pub url: String,
    address: std::net::SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    pub(super) fn start(form: Form) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                talk(stream.unwrap(), form);
            }
        });
        Loopback { url: format!("http://{address}/demo"), address, stop, thread: Some(thread) }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        let _ = self.thread.take().unwrap().join();
    }
}

/// Reads one request and refuses it.
fn talk(mut stream: TcpStream, form: Form) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut piece) {
            Ok(length @ 1..) => request.extend_from_slice(&piece[..length]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let body = json!({"error": "invalid_request", "error_description": echo(&request, form)}).to_string();
    let line = found(&request).join(" ");
    let head = format!("HTTP/1.1 400 {line}\r\nx-echo: {line}\r\ncontent-type: application/json\r\nconnection: close");
    let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.trim().parse::<usize>().unwrap())
}
