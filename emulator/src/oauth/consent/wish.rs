//! What an authorization request asks for, and the way back to whoever asked. A request whose client or redirect URI is
//! wrong is never answered by a redirection (RFC 6749, section 4.1.2.1).

use axum::http::StatusCode;
use rusqlite::OptionalExtension;
use url::{Host, Url};

use super::page;
use crate::app::Job;
use crate::http::{Failure, Reply};
use crate::records::array;
use crate::switches::RedirectCheck;

/// An authorization request.
#[derive(Debug)]
pub(crate) struct Wish {
    pub application: i64,
    /// The name of the application, for the page.
    pub name: String,
    /// The redirect URI as it was sent.
    pub redirect_uri: String,
    redirect: Url,
    form_post: bool,
    state: Option<String>,
    pub challenge: Option<String>,
    /// The error that the client shall be told.
    pub problem: Option<&'static str>,
}

impl Wish {
    /// Reads the query of the page.
    pub fn read(job: &Job<'_>) -> Result<Self, Failure> {
        let query = |name: &str| job.request.query(name);
        if query("umi").as_deref() != Some("auth") || query("page").as_deref() != Some("oauth") {
            return Err(Failure::not_found());
        }
        let (application, name, allowed) = client(job, &query("client_id").unwrap_or_default())?;
        let redirect_uri = query("redirect_uri").unwrap_or_default();
        let strict = job.switches().redirect_check == RedirectCheck::Strict;
        let redirect = redirect(&redirect_uri, &allowed, strict)
            .ok_or_else(|| Failure::bad_request("the redirect URI is not allowed for this application"))?;
        let (challenge, method, mode) =
            (query("code_challenge"), query("code_challenge_method"), query("response_mode"));
        let known_mode = matches!(mode.as_deref(), None | Some("query" | "form_post"));
        let sound_challenge = challenge.is_some() == method.is_some() && method.is_none_or(|method| method == "S256");
        let problem = match query("response_type").as_deref() {
            Some("code") => (!known_mode || !sound_challenge).then_some("invalid_request"),
            _ => Some("unsupported_response_type"),
        };
        let form_post = mode.as_deref() == Some("form_post");
        Ok(Self { application, name, redirect_uri, redirect, form_post, state: query("state"), challenge, problem })
    }

    /// Sends parameters back, with the state.
    pub fn send(&self, parameters: &[(&str, &str)]) -> Reply {
        let state = self.state.iter().map(|state| ("state", state.as_str()));
        let parameters: Vec<(&str, &str)> = parameters.iter().copied().chain(state).collect();
        if self.form_post {
            return Reply::of_type(StatusCode::OK, page::HTML, page::form_post(&self.redirect_uri, &parameters));
        }
        let mut target = self.redirect.clone();
        target.query_pairs_mut().extend_pairs(parameters);
        Reply::see_other(target.into())
    }

    /// Sends an error back.
    pub fn refuse(&self, error: &str) -> Reply {
        self.send(&[("error", error)])
    }
}

/// The number, the name and the redirect URIs of an application.
fn client(job: &Job<'_>, identifier: &str) -> Result<(i64, String, Vec<String>), Failure> {
    let sql = "SELECT ID, name, callbackurls FROM applications WHERE identifier = ?1 AND activity = 0";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<String>>(2)?));
    let found = job.db.prepare_cached(sql)?.query_row([identifier], row).optional()?;
    let (id, name, urls) = found.ok_or_else(|| Failure::bad_request("the application is not known"))?;
    let urls = urls.and_then(|text| array::parse(&text)).unwrap_or_default();
    Ok((id, name, urls.into_iter().flatten().collect()))
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
