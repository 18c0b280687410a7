//! What an authorization request asks for, and the way back to whoever asked. A request whose client or redirect URI is
//! wrong is never answered by a redirection (RFC 6749, section 4.1.2.1).

use axum::http::header;
use rusqlite::OptionalExtension;
use url::{Host, Url};

use super::html;
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::rows::array;
use crate::switches::RedirectCheck;

/// An authorization request.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub application: i64,
    /// The name of the application and of who made it, for the page.
    pub name: String,
    pub vendor: String,
    /// The redirect URI as it was sent.
    pub redirect_uri: String,
    pub redirect: Url,
    form_post: bool,
    state: Option<String>,
    pub challenge: Option<String>,
    /// The error that the client is redirected with, and its description.
    pub problem: Option<(&'static str, &'static str)>,
}

impl AuthorizationRequest {
    /// Reads the query of an authorization request.
    pub(super) fn read(cx: &RequestContext<'_>) -> Result<Self, Failure> {
        let query = |name: &str| cx.request.query(name);
        let doubled = |names: &[&str]| names.iter().any(|name| cx.request.query_all(name).nth(1).is_some());
        if doubled(&["client_id", "redirect_uri"]) {
            return Err(html::refusal(cx, "the application or the redirect URI stands there twice"));
        }
        let client = Application::read(cx, &query("client_id").unwrap_or_default())?;
        let redirect_uri = query("redirect_uri").unwrap_or_default();
        let strict = cx.switches().redirect_check == RedirectCheck::Strict;
        let redirect = redirect(&redirect_uri, &client.urls, strict)
            .ok_or_else(|| html::refusal(cx, "the redirect URI is not allowed for this application"))?;
        let challenge = query("code_challenge");
        let problem = if doubled(&OTHERS) {
            Some(("invalid_request", "a parameter stands there twice"))
        } else {
            mistake(&query)
        };
        Ok(Self {
            application: client.id,
            name: client.name,
            vendor: client.vendor,
            redirect_uri,
            redirect,
            form_post: query("response_mode").as_deref() == Some("form_post"),
            state: query("state"),
            challenge,
            problem,
        })
    }

    /// Sends parameters back, with the state.
    pub(super) fn send(&self, parameters: &[(&str, &str)]) -> Reply {
        let state = self.state.iter().map(|state| ("state", state.as_str()));
        let parameters: Vec<(&str, &str)> = parameters.iter().copied().chain(state).collect();
        if self.form_post {
            return html::form_post(&self.redirect, &parameters);
        }
        let mut target = self.redirect.clone();
        target.query_pairs_mut().extend_pairs(parameters);
        Reply::see_other(target.into()).secret().with(header::REFERRER_POLICY, "no-referrer")
    }

    /// Sends an error back.
    pub(super) fn refuse(&self, error: &str, description: &str) -> Reply {
        self.send(&[("error", error), ("error_description", description)])
    }

    /// Sends the refusal of a user back.
    pub(super) fn denied(&self) -> Reply {
        self.refuse("access_denied", "the user has refused")
    }
}

/// The parameters whose repetition is reported to the client (RFC 6749, section 3.1).
const OTHERS: [&str; 5] = ["response_type", "response_mode", "state", "code_challenge", "code_challenge_method"];

/// What the client has done wrong, as it is reported.
fn mistake(query: &impl Fn(&str) -> Option<String>) -> Option<(&'static str, &'static str)> {
    match query("response_type").as_deref() {
        Some("code") => {}
        None | Some("") => return Some(("invalid_request", "response_type is missing")),
        Some(_) => return Some(("unsupported_response_type", "response_type must be code")),
    }
    if !matches!(query("response_mode").as_deref(), None | Some("query" | "form_post")) {
        return Some(("invalid_request", "response_mode must be query or form_post"));
    }
    match (query("code_challenge"), query("code_challenge_method").as_deref()) {
        (None, None) => None,
        (Some(challenge), Some("S256")) if is_challenge(&challenge) => None,
        (Some(_), Some("S256")) => Some(("invalid_request", "code_challenge is not a digest of a verifier")),
        _ => Some(("invalid_request", "code_challenge goes together with code_challenge_method S256")),
    }
}

/// Whether a text has the form of a challenge (RFC 7636, section 4.2).
fn is_challenge(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// The application that asks.
struct Application {
    id: i64,
    name: String,
    vendor: String,
    urls: Vec<String>,
}

impl Application {
    fn read(cx: &RequestContext<'_>, identifier: &str) -> Result<Self, Failure> {
        let sql = "SELECT ID, name, vendor, callbackurls FROM applications WHERE identifier = ?1 AND activity = 0";
        let row = |row: &rusqlite::Row<'_>| {
            let urls = row.get::<_, Option<String>>(3)?.and_then(|text| array::parse(&text)).unwrap_or_default();
            let urls = urls.into_iter().flatten().collect();
            Ok(Self { id: row.get(0)?, name: row.get(1)?, vendor: row.get(2)?, urls })
        };
        let found = cx.db.prepare_cached(sql)?.query_row([identifier], row).optional()?;
        found.ok_or_else(|| html::refusal(cx, "the application is not known"))
    }
}

/// A redirect URI that may be used: https or this machine, and one of the list unless that is empty.
fn redirect(uri: &str, allowed: &[String], strict: bool) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_local(&url));
    let listed = allowed.is_empty() || allowed.iter().any(|known| same(known, uri, &url));
    (!strict || (safe && listed && url.fragment().is_none())).then_some(url)
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// URIs are compared as text; on this machine any port will do (RFC 8252, section 7.3).
fn same(known: &str, uri: &str, url: &Url) -> bool {
    if known == uri {
        return true;
    }
    let Ok(mut known) = Url::parse(known) else { return false };
    let mut url = url.clone();
    is_local(&known) && is_local(&url) && known.set_port(None).is_ok() && url.set_port(None).is_ok() && known == url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(uri: &str, list: &[&str]) -> bool {
        let list: Vec<String> = list.iter().map(|uri| (*uri).to_owned()).collect();
        redirect(uri, &list, true).is_some()
    }

    #[test]
    fn only_https_or_this_machine_will_do() {
        assert!(allowed("https://app.example/cb", &[]));
        assert!(allowed("http://127.0.0.1:5000/cb", &[]));
        assert!(allowed("http://localhost/cb", &[]));
        assert!(!allowed("http://app.example/cb", &[]));
        assert!(!allowed("http://localhost.example/cb", &[]));
        assert!(!allowed("javascript:alert(1)", &[]));
        assert!(!allowed("https://app.example/cb#x", &[]));
        assert!(!allowed("", &[]));
    }

    #[test]
    fn a_list_is_compared_as_text_but_for_local_ports() {
        assert!(allowed("https://app.example/cb", &["https://app.example/cb"]));
        assert!(!allowed("https://app.example/cb/", &["https://app.example/cb"]));
        assert!(!allowed("https://app.example:8443/cb", &["https://app.example/cb"]));
        assert!(allowed("http://127.0.0.1:50123/cb", &["http://127.0.0.1/cb"]));
        assert!(!allowed("http://127.0.0.1:50123/other", &["http://127.0.0.1/cb"]));
    }
}
