//! Addresses of next pages: the header `Link` (RFC 8288), and what an address may be for credentials to be sent there.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

use crate::call::Request;
use crate::error::Error;

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

/// The request for an address that a page names. `url` is that of the page.
///
/// # Errors
/// When the address is on another origin or outside of the service: credentials are not sent there.
pub(super) fn followed(request: &Request, url: &str, address: &str) -> Result<Request, Error> {
    let (place, _) = url.split_once('?').unwrap_or((url, ""));
    let base = place.strip_suffix(request.path.as_str()).ok_or_else(elsewhere)?;
    let origin = origin(place).ok_or_else(elsewhere)?;
    let address = address.split('#').next().unwrap_or_default();
    let whole = match address {
        _ if address.contains(['\\', '\t', '\r', '\n', ' ']) => return Err(elsewhere()),
        _ if address.starts_with("//") => return Err(elsewhere()),
        _ if address.starts_with('/') => format!("{origin}{address}"),
        _ if address.starts_with('?') => format!("{place}{address}"),
        _ => address.to_owned(),
    };
    let (place, query) = whole.split_once('?').unwrap_or((&whole, ""));
    let is_same = self::origin(place).is_some_and(|other| other.eq_ignore_ascii_case(origin));
    let path = place.get(origin.len()..).unwrap_or_default();
    let path = path.strip_prefix(&base[origin.len()..]).filter(|path| path.starts_with('/'));
    let Some(path) = path.filter(|path| is_same && !climbs(path) && !path.contains(['{', '}'])) else {
        return Err(elsewhere());
    };
    let mut next = request.clone();
    path.clone_into(&mut next.path);
    next.query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    Ok(next)
}

fn elsewhere() -> Error {
    Error::request("the next page is not at an address of this service; no credential is sent there")
}

/// Scheme and authority of an address.
fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let is_origin = !authority.is_empty() && !authority.contains('@');
    is_origin.then(|| &url[..scheme.len() + 3 + authority.len()])
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
    use crate::operation::{Operation, Service};

    static SERVICE: Service = Service::new("pens", "/v1");
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
        let next = followed(&Request::new(&LIST), "https://api.example/v1/pens?page=1", address).ok()?;
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
        ] {
            assert_eq!(to(address), page("/pens"), "{address}");
        }
        assert_eq!(to("/v1/pens/7/next?page=2+a"), page("/pens/7/next"));
        for address in [
            "https://evil.example/v1/pens",
            "https://api.example.evil/v1/pens",
            "https://api.example:444/v1/pens",
            "http://api.example/v1/pens",
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
}
