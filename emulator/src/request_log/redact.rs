//! What may be kept of a request's query and body: a test wants to see filters, and must never see secrets. A value
//! is a secret by the name of its member, or because it is a credential that the emulator knows.

use axum::http::header;

use crate::credentials::Credentials;
use crate::http::Request;
use crate::http::body;
use crate::http::credential;
use crate::json::Json;

/// The longest text that is kept; files travel in bodies as text.
const LONGEST_TEXT: usize = 1024;

/// The longest body that is kept, as JSON.
const LONGEST_BODY: usize = 16 << 10;

/// What replaces a secret.
const SECRET: &str = "[secret]";

/// Query and body of a request as they may be kept.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub query: Option<String>,
    pub body: Option<String>,
}

impl Recorded {
    /// Takes down a request to `/api`; of others, which carry passwords and tokens, nothing.
    pub(super) fn of(request: &Request, credentials: Option<&Credentials>) -> Self {
        if request.segments.get(1).is_none_or(|segment| segment != "api") {
            return Self::default();
        }
        Self::without(&Secrets::of(request, credentials), request)
    }

    /// Takes down a request to the server of a platform, codes and verifiers taken out as well.
    pub(super) fn of_platform(request: &Request, credentials: &[String]) -> Self {
        let texts = Secrets::sent(request).chain(credentials.iter().map(String::as_str));
        let secrets = Secrets { texts: texts.filter(|secret| !secret.is_empty()).collect(), names: &PLATFORM_SECRETS };
        Self::without(&secrets, request)
    }

    fn without(secrets: &Secrets<'_>, request: &Request) -> Self {
        let query = (!request.raw_query.is_empty()).then(|| secrets.out_of_query(&request.raw_query));
        let read = if request.body.is_empty() { None } else { body::members(request, true).ok() };
        let body = read.map(|mut body| {
            secrets.out_of(&mut body);
            let text = body.to_text();
            if text.len() > LONGEST_BODY { Json::from(length(text.len())).to_text() } else { text }
        });
        Self { query, body }
    }
}

/// What a long value leaves.
fn length(bytes: usize) -> String {
    format!("[{bytes} bytes]")
}

/// Members that are secrets in requests to platforms.
const PLATFORM_SECRETS: [&str; 5] = ["code", "code_verifier", "passphrase", "secretPhc", "session_id"];

/// What may not be kept.
struct Secrets<'a> {
    /// The texts that are credentials.
    texts: Vec<&'a str>,
    /// Further names of members that are secrets.
    names: &'static [&'static str],
}

impl<'a> Secrets<'a> {
    fn of(request: &'a Request, credentials: Option<&'a Credentials>) -> Self {
        let printed = credentials.into_iter().flat_map(|known| {
            [&known.client_secret, &known.access_token, &known.refresh_token, &known.session].map(String::as_str)
        });
        let texts = printed.chain(Self::sent(request)).filter(|secret| !secret.is_empty()).collect();
        Self { texts, names: &[] }
    }

    /// The credentials of a request.
    fn sent(request: &'a Request) -> impl Iterator<Item = &'a str> {
        let sent = [
            credential::bearer(&request.headers),
            credential::session(&request.headers),
            request.header(&header::AUTHORIZATION),
        ];
        sent.into_iter().flatten()
    }

    fn are_called(&self, name: &str) -> bool {
        is_secret(name) || self.names.contains(&name)
    }

    /// Takes secrets out of a value, and shortens what is long.
    fn out_of(&self, value: &mut Json) {
        match value {
            Json::Object(members) => {
                for (name, value) in members {
                    if self.are_called(name) {
                        *value = SECRET.into();
                    } else {
                        *name = self.out_of_text(name);
                        self.out_of(value);
                    }
                }
            }
            Json::List(entries) => entries.iter_mut().for_each(|entry| self.out_of(entry)),
            Json::Text(text) => *text = self.out_of_text(text),
            Json::Null | Json::Bool(_) | Json::Int(_) | Json::Float(_) => {}
        }
    }

    /// The same for a text, which is JSON itself where a form carries a list or an object.
    fn out_of_text(&self, text: &str) -> String {
        if text.trim_start().starts_with(['{', '[']) {
            match Json::parse(text.as_bytes()) {
                Some(mut inner) => {
                    let before = inner.clone();
                    self.out_of(&mut inner);
                    return if inner == before { text.to_owned() } else { inner.to_text() };
                }
                // Its members cannot be told apart, so none of it may be kept.
                None if is_secret(text) => return SECRET.to_owned(),
                None => {}
            }
        }
        if text.len() > LONGEST_TEXT {
            return length(text.len());
        }
        self.texts.iter().fold(text.to_owned(), |text, secret| text.replace(secret, SECRET))
    }

    fn out_of_query(&self, query: &str) -> String {
        let mut kept = form_urlencoded::Serializer::new(String::new());
        let mut changed = false;
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let shown = if self.are_called(&name) { SECRET.to_owned() } else { self.out_of_text(&value) };
            let shown_name = self.out_of_text(&name);
            changed |= shown != value || shown_name != name;
            kept.append_pair(&shown_name, &shown);
        }
        if changed { kept.finish() } else { query.to_owned() }
    }
}

/// Whether a member of this name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts =
        ["password", "passwd", "secret", "token", "credential", "authorization", "zeyosid", "apikey", "api_key"];
    parts.iter().any(|part| name.contains(part)) || matches!(name.rsplit('.').next(), Some("key" | "otp" | "pin"))
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn recorded(target: &str, media_type: &str, body: &str) -> Recorded {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        headers.insert(header::AUTHORIZATION, "Bearer s3cr3t-of-the-caller".parse().unwrap());
        let request = Request::new(Method::POST, &target.parse().unwrap(), headers, Bytes::from(body.to_owned()));
        Recorded::of(&request, None)
    }

    #[test]
    fn members_that_are_called_like_secrets_are_taken_out_wherever_they_stand() {
        let body = r#"{"filters":{"AND":[{"account.Password":"hunter2"},{"status":4}]},"otp":1,"extdata":{"api_key":["hunter2"]}}"#;
        let json = recorded("/demo/api/v1/tickets", "application/json", body).body.unwrap();
        let filters = r#"{"AND":[{"account.Password":"[secret]"},{"status":4}]}"#;
        let shown = format!(r#"{{"filters":{filters},"otp":"[secret]","extdata":{{"api_key":"[secret]"}}}}"#);
        assert_eq!(json, shown);
        let form = "filters=%7B%22smtp_password%22%3A%22hunter2%22%7D&limit=5&filters2=%7B%22token%22:broken";
        let form = recorded("/demo/api/v1/tickets", "application/x-www-form-urlencoded", form).body.unwrap();
        assert_eq!(form, r#"{"filters":"{\"smtp_password\":\"[secret]\"}","limit":"5","filters2":"[secret]"}"#);
    }

    #[test]
    fn the_credential_of_the_request_is_taken_out_of_whatever_it_stands_in() {
        let body = r#"{"note":"sent with s3cr3t-of-the-caller","s3cr3t-of-the-caller":1}"#;
        let seen = recorded("/demo/api/v1/notes?x=s3cr3t-of-the-caller&expand=a%20b", "application/json", body);
        assert_eq!(seen.body.unwrap(), r#"{"note":"sent with [secret]","[secret]":1}"#);
        assert_eq!(seen.query.unwrap(), "x=%5Bsecret%5D&expand=a+b");
    }

    #[test]
    fn nothing_is_kept_of_other_paths_or_of_what_cannot_be_read() {
        let other = recorded("/demo/oauth2/v1/token?a=b", "application/json", r#"{"a":1}"#);
        assert!(other.body.is_none() && other.query.is_none());
        assert!(recorded("/demo/api/v1/tickets", "application/json", r#"{"password":"#).body.is_none());
        assert_eq!(recorded("/demo/api/v1/tickets?count=1", "application/json", "").query.unwrap(), "count=1");
    }

    #[test]
    fn what_is_long_leaves_its_length() {
        let file = format!(r#"{{"binfile":"{}","n":1}}"#, "A".repeat(5000));
        let body = recorded("/demo/api/v1/files", "application/json", &file).body.unwrap();
        assert_eq!(body, r#"{"binfile":"[5000 bytes]","n":1}"#);
        let many = format!(r#"{{"a":[{}1]}}"#, "12345,".repeat(5000));
        assert_eq!(recorded("/demo/api/v1/files", "application/json", &many).body.unwrap(), "\"[30009 bytes]\"");
    }
}
