//! Addresses of next pages: the header `Link` (RFC 8288), and what an address may be for credentials to be sent there.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use crate::call::Request;
use crate::error::Error;
use crate::operation::{KeyPlace, SchemeKind};

/// The target with the relation `next`, if there is one.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::LINK).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(links).find(|(_, relations)| relations.iter().any(|one| one == "next")).map(|(target, _)| target)
}

/// The links of one header: each target with its relations.
fn links(value: &str) -> Vec<(String, Vec<String>)> {
    let (mut links, mut rest) = (Vec::new(), value);
    while let Some((target, after)) = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
        let (parameters, after) = parameters(after);
        let relation = parameters.into_iter().find(|(name, _)| name == "rel").map(|(_, value)| value);
        let relations = relation.unwrap_or_default().split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
        links.push((target.trim().to_owned(), relations));
        rest = after;
    }
    links
}

/// The parameters behind a target up to the comma that ends them, and what follows.
fn parameters(text: &str) -> (Vec<(String, String)>, &str) {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    while let Some(parameter) = rest.strip_prefix(';') {
        let parameter = parameter.trim_start();
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let (name, after) = parameter.split_at(end);
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => (String::new(), after),
            Some(value) => match value.strip_prefix('"') {
                Some(quoted) => quoted_text(quoted),
                None => {
                    let end = value.find([';', ',']).unwrap_or(value.len());
                    (value[..end].trim_end().to_owned(), &value[end..])
                }
            },
        };
        found.push((name.trim().to_ascii_lowercase(), value));
        rest = after.trim_start();
    }
    (found, rest)
}

/// A quoted text without its marks, and what follows.
fn quoted_text(text: &str) -> (String, &str) {
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => value.push(letter),
            '\\' => {}
            '"' => return (value, &text[at + 1..]),
            _ => value.push(letter),
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    (value, "")
}

/// The request for an address that a page names. `base` is the URL of the service, without a slash at the end.
///
/// # Errors
/// When the address is on another origin or outside of the service: credentials are not sent there.
pub(super) fn followed(request: &Request, base: &str, address: &str) -> Result<Request, Error> {
    let address = address.split('#').next().unwrap_or_default();
    if address.contains(['\\', '\t', '\r', '\n', ' ']) || address.starts_with("//") {
        return Err(elsewhere());
    }
    let (place, query) = address.split_once('?').unwrap_or((address, ""));
    let mut next = request.clone();
    if !address.starts_with('?') {
        let (base_origin, base_path) = split(base).ok_or_else(elsewhere)?;
        let path = match split(place) {
            Some((origin, path)) if Origin::of(origin) == Origin::of(base_origin) => path,
            None if place.starts_with('/') => place,
            _ => return Err(elsewhere()),
        };
        let path = below(path, base_path).filter(|path| !climbs(path) && !path.contains(['{', '}']));
        path.ok_or_else(elsewhere)?.clone_into(&mut next.path);
    }
    next.query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // Servers repeat the whole address that they were asked at; the key in it is written by the client.
    next.query.retain(|(name, _)| !is_credential(request, name));
    Ok(next)
}

/// Whether the client writes this parameter of the query itself: by a security scheme of the operation, or as a secret of the caller.
fn is_credential(request: &Request, name: &str) -> bool {
    if request.secret_query.iter().any(|(key, _)| *key == name) {
        return true;
    }
    let mut kinds = request.operation.schemes().map(|scheme| scheme.kind);
    kinds.any(|kind| matches!(kind, SchemeKind::ApiKey { place: KeyPlace::Query, name: key } if key == name))
}

/// What of a path follows that of the service, which a server may have encoded in another way.
fn below<'p>(path: &'p str, base: &str) -> Option<&'p str> {
    let mut rest = path;
    for segment in base.split('/').skip(1) {
        let after = rest.strip_prefix('/')?;
        let (own, further) = after.split_at(after.find('/').unwrap_or(after.len()));
        if !percent_decode_str(own).eq(percent_decode_str(segment)) {
            return None;
        }
        rest = further;
    }
    rest.starts_with('/').then_some(rest)
}

fn elsewhere() -> Error {
    Error::request("the next page is not at an address of this service; no credential is sent there")
}

/// An address with an origin: scheme and authority, and the path. One that names a user is none.
fn split(url: &str) -> Option<((&str, &str), &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let is_origin = !scheme.is_empty() && !authority.is_empty() && !authority.contains('@');
    is_origin.then_some(((scheme, authority), path))
}

/// Scheme, host and port (RFC 6454, section 4): the default port is the same as none.
#[derive(PartialEq, Eq)]
struct Origin {
    scheme: String,
    authority: String,
}

impl Origin {
    fn of((scheme, authority): (&str, &str)) -> Self {
        let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
        let default = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let authority = authority.strip_suffix(default).unwrap_or(&authority).to_owned();
        Origin { scheme, authority }
    }
}

/// Whether a path has a segment that a server could take for the one above, however often it decodes.
fn climbs(path: &str) -> bool {
    let mut path = path.to_owned();
    loop {
        if path.split(['/', '\\']).any(|segment| segment == "." || segment == "..") {
            return true;
        }
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded == path {
            return false;
        }
        path = decoded;
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;
    use crate::operation::{Operation, ServiceDescription};

    static SERVICE: ServiceDescription = ServiceDescription::new("pens", "/v1");
    static LIST: Operation = Operation::new(&SERVICE, "list", Method::GET, "/pens");

    fn named(values: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::LINK, HeaderValue::from_static(value));
        }
        next(&headers)
    }

    #[test]
    fn the_next_link_is_found_however_it_is_written() {
        for values in [
            &["</a?page=2>; rel=\"next\", </a?page=9>; rel=\"last\""][..],
            &["</a?page=1>; rel=prev, </a?page=2>;rel=next"],
            &["</a?page=9>; title=\"a, b; rel=\\\"next\\\"\"; rel=last", "</a?page=2>; REL=\"x Next\""],
        ] {
            assert_eq!(named(values).as_deref(), Some("/a?page=2"), "{values:?}");
        }
        for values in [&[][..], &["</a>; rel=last"], &["a; rel=next"], &["</a>; title=\"rel=next\""], &["</a"]] {
            assert_eq!(named(values), None, "{values:?}");
        }
    }

    fn to(address: &str) -> Option<(String, Vec<(String, String)>)> {
        let next = followed(&Request::new(&LIST), "https://api.example/v1", address).ok()?;
        Some((next.path, next.query))
    }

    #[test]
    fn addresses_of_the_service_are_followed_and_no_others() {
        let page = |path: &str| Some((path.to_owned(), vec![("page".to_owned(), "2 a".to_owned())]));
        for address in [
            "https://api.example/v1/pens?page=2+a",
            "/v1/pens?page=2%20a",
            "?page=2+a#x",
            "HTTPS://API.example/v1/pens?page=2+a",
            "https://api.example:443/v1/pens?page=2+a",
        ] {
            assert_eq!(to(address), page("/pens"), "{address}");
        }
        assert_eq!(to("/v1/pens/7/next?page=2+a"), page("/pens/7/next"));
        for address in [
            "https://evil.example/v1/pens",
            "https://api.example.evil/v1/pens",
            "https://api.example:444/v1/pens",
            "http://api.example/v1/pens",
            "http://api.example:443/v1/pens",
            "https://api.example:80/v1/pens",
            "https://api.example:4430/v1/pens",
            "https://u:p@api.example/v1/pens",
            "https://api.example@evil.example/v1/pens",
            "//evil.example/v1/pens",
            "/v2/pens",
            "/v1/../admin",
            "/v1/%2e%2e/admin",
            "/v1/%252e%252e/admin",
            "/v1\\..\\admin",
            "/v1/{id}",
            "pens",
            "ftp://api.example/v1/pens",
            "/v1x/pens",
            "",
        ] {
            assert_eq!(to(address), None, "{address}");
        }
    }

    #[test]
    fn the_default_port_counts_for_the_service_as_for_the_address() {
        let path = |base: &str, address: &str| followed(&Request::new(&LIST), base, address).map(|next| next.path);
        for (base, address) in [
            ("https://api.example:443/v1", "https://api.example/v1/pens"),
            ("http://127.0.0.1:80", "http://127.0.0.1/pens"),
            ("http://[::1]:8080/v1", "http://[::1]:8080/v1/pens"),
            ("http://[::1]", "http://[::1]:80/pens"),
        ] {
            assert_eq!(path(base, address).unwrap(), "/pens", "{base} {address}");
        }
        assert!(path("http://[::1]:8080/v1", "http://[::1]/v1/pens").is_err());
    }

    #[test]
    fn a_path_may_hold_an_at_sign_and_be_encoded_in_another_way() {
        let path = |base: &str, address: &str| followed(&Request::new(&LIST), base, address).map(|next| next.path);
        for (base, address, below) in [
            ("https://api.example/@me", "https://api.example/@me/pens/@7", "/pens/@7"),
            ("https://api.example/@me", "/%40me/pens/%407", "/pens/%407"),
            ("https://api.example/a%20b", "https://api.example/a%20b/x", "/x"),
        ] {
            assert_eq!(path(base, address).unwrap(), below, "{base} {address}");
        }
        for address in ["/@you/pens", "/@me", "https://@me/pens", "/x/@me/pens"] {
            assert!(path("https://api.example/@me", address).is_err(), "{address}");
        }
    }

    #[test]
    fn what_a_scheme_writes_into_the_query_is_not_repeated() {
        use crate::operation::{Credential, Requirement, SecurityScheme};
        static KEY: Credential = Credential::new("key");
        static IN_QUERY: SecurityScheme =
            SecurityScheme::new("key", SchemeKind::ApiKey { place: KeyPlace::Query, name: "api key" }, &KEY);
        static KEYED: Operation =
            Operation::new(&SERVICE, "keyed", Method::GET, "/pens").security(&[&[Requirement::of(&IN_QUERY)]]);
        let query = |operation, address: &str| {
            let next = followed(&Request::new(operation), "https://api.example/v1", address).unwrap();
            next.query.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        for address in ["/v1/pens?api%20key=s3cret&page=2", "?page=2&api+key=s3cret"] {
            assert_eq!(query(&KEYED, address), ["page"], "{address}");
            assert_eq!(query(&LIST, address).len(), 2, "{address}");
        }
    }
}
