//! The flows of OAuth 2.0: one that holds the scopes of all, and the addresses at which tokens are asked for and renewed.

use super::report::Report;
use crate::codegen::location::Location;
use crate::yaml::{Map, Node, map};

/// How a server treats refresh tokens: `rotating`, `static` or `unknown`.
pub(super) const REFRESH: &str = "x-refresh";
/// The address that tells whether a token is alive (RFC 7662), and the one that ends it (RFC 7009).
pub(super) const INTROSPECTION: &str = "x-introspection";
pub(super) const REVOCATION: &str = "x-revocation";
/// The codes of RFC 6749 for what the server says in words of its own.
pub(super) const ERRORS: &str = "x-error-codes";
/// `untold`: answers do not say how long a token lives.
pub(super) const LIFETIME: &str = "x-lifetime";
/// What becomes of them: the addresses that tokens are got from, by what each is for.
pub(crate) const ADDRESSES: &str = "x-oauth";

/// The flows in the order in which their addresses count.
const FLOWS: [&str; 4] = ["authorizationCode", "clientCredentials", "password", "implicit"];

/// Rewrites a scheme of the type `oauth2`.
pub(super) fn apply(scheme: &mut Map, location: &Location, report: &mut Report) {
    let extensions = [REFRESH, INTROSPECTION, REVOCATION, ERRORS, LIFETIME].map(|key| (key, scheme.shift_remove(key)));
    if scheme.get("type").and_then(Node::as_text) != Some("oauth2") {
        return;
    }
    let flows = scheme.get("flows").and_then(Node::as_map).cloned().unwrap_or_default();
    let of = |flow: &Node, key: &str| flow.get(key).and_then(Node::as_text).map(str::to_owned);
    let first = |key: &str| FLOWS.iter().filter_map(|name| flows.get(*name)).find_map(|flow| of(flow, key));
    let mut scopes = Map::new();
    for (name, words) in flows.values().filter_map(|flow| flow.get("scopes")?.as_map()).flatten() {
        let words = words.as_text().unwrap_or_default();
        scopes.entry(name.clone()).or_insert_with(|| words.into());
    }
    let flow = map([
        ("authorizationUrl", first("authorizationUrl").unwrap_or_default().into()),
        ("tokenUrl", first("tokenUrl").unwrap_or_default().into()),
        ("scopes", Node::Map(scopes)),
    ]);
    scheme.insert("flows".to_owned(), map([("authorizationCode", flow)]));
    let [(_, refresh), introspection, revocation, (_, errors), (_, lifetime)] = extensions;
    let named = |(_, node): (&str, Option<Node>)| node.as_ref().and_then(Node::as_text).map(str::to_owned);
    let addresses = [
        ("token", first("tokenUrl")),
        ("refresh", first("refreshUrl")),
        ("authorization", first("authorizationUrl")),
        ("introspection", named(introspection)),
        ("revocation", named(revocation)),
    ];
    let mut oauth = Map::new();
    for (name, url) in addresses {
        let Some(url) = url.filter(|url| !url.trim().is_empty()) else { continue };
        match address(&url, name == "authorization") {
            Ok(address) => drop(oauth.insert(name.to_owned(), address)),
            Err(wrong) => report.note(location, format!("the address for {name} is not used: it {wrong}")),
        }
    }
    if oauth.get("refresh") == oauth.get("token") {
        oauth.shift_remove("refresh");
    }
    let refresh = refresh.as_ref().and_then(Node::as_text).unwrap_or("unknown");
    if !["rotating", "static", "unknown"].contains(&refresh) {
        report.note(location, format!("the {REFRESH} {refresh:?} is none of rotating, static and unknown"));
    }
    oauth.insert("refreshing".to_owned(), refresh.into());
    match errors.as_ref().map(|errors| (errors, codes(errors))) {
        None => {}
        Some((errors, true)) => drop(oauth.insert("errors".to_owned(), errors.clone())),
        Some((_, false)) => report.note(location, format!("{ERRORS} is not a map from words to codes, and not used")),
    }
    match lifetime.as_ref().map(Node::as_text) {
        None => {}
        Some(Some("untold")) => drop(oauth.insert("lifetime".to_owned(), "untold".into())),
        Some(_) => report.note(location, format!("the {LIFETIME} is not `untold`, and not used")),
    }
    if oauth.contains_key("token") {
        scheme.insert(ADDRESSES.to_owned(), Node::Map(oauth));
    }
}

/// Whether each text has a code in the characters of RFC 6749, section 5.2.
fn codes(errors: &Node) -> bool {
    let is_code = |code: &Node| {
        code.as_text()
            .is_some_and(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
    };
    errors.as_map().is_some_and(|errors| errors.values().all(is_code))
}

/// Origin and path of an address; no origin where it is the server's own.
fn address(url: &str, may_have_query: bool) -> Result<Node, &'static str> {
    let (origin, path) = split(url)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\\{}".contains(c) || !c.is_ascii();
    if path.contains('#') || path.contains(odd) || (path.contains('?') && !may_have_query) {
        return Err("has characters that no address for it has");
    }
    let mut address = map([("path", path.into())]);
    if let (Some(origin), Some(members)) = (origin, address.as_map_mut()) {
        members.insert("origin".to_owned(), origin.into());
    }
    Ok(address)
}

/// Where a URL leads: an origin to which credentials may go, or that of the server, and the rest.
pub(crate) fn split(url: &str) -> Result<(Option<String>, String), &'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        let path = if url.starts_with('/') { url.to_owned() } else { format!("/{url}") };
        return if url.starts_with("//") { Err("has no scheme") } else { Ok((None, path)) };
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.split(':').next().unwrap_or_default();
    let is_here = host == "localhost" || host == "127.0.0.1";
    match scheme.to_ascii_lowercase().as_str() {
        "https" => {}
        "http" if is_here => {}
        "http" => return Err("is not https"),
        _ => return Err("is neither https nor http"),
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if host.is_empty() || !authority.chars().all(is_plain) {
        return Err("names no plain host");
    }
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    Ok((Some(format!("{}://{}", scheme.to_ascii_lowercase(), authority.to_ascii_lowercase())), path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_plain_origin_or_that_of_the_server() {
        let own = |origin: &str, path: &str| Ok((Some(origin.to_owned()), path.to_owned()));
        assert_eq!(split("https://Login.example:8443/t/x"), own("https://login.example:8443", "/t/x"));
        assert_eq!(split("https://login.example"), own("https://login.example", "/"));
        assert_eq!(split("/oauth/token"), Ok((None, "/oauth/token".to_owned())));
        for odd in ["http://login.example/t", "ftp://a/t", "//a/t", "https:///t", "https://a:b@c/t", "https://{a}/t"] {
            assert!(split(odd).is_err(), "{odd}");
        }
        assert!(address("https://a/t?x=1", false).is_err() && address("https://a/t?x=1", true).is_ok());
        assert!(address("https://a/{t}", true).is_err() && address("https://a/t#x", true).is_err());
    }
}
