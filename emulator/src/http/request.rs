//! A request as the handlers see it. It holds what came in and checks nothing.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use percent_encoding::percent_decode_str;

/// One request, its body read.
#[derive(Debug)]
pub(crate) struct Request {
    pub method: Method,
    /// The path as it was sent, without the query.
    pub raw_path: String,
    /// The decoded segments of the path; a trailing slash leaves none, a doubled one an empty one.
    pub segments: Vec<String>,
    /// The query as it was sent.
    pub raw_query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Request {
    /// Takes a request apart.
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Self {
        let path = uri.path();
        let path = path.strip_prefix('/').unwrap_or(path);
        let segments = path.strip_suffix('/').unwrap_or(path).split('/');
        Self {
            method,
            raw_path: uri.path().to_owned(),
            segments: segments.map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect(),
            raw_query: uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
        }
    }

    /// A header as text; one that is not text counts as missing.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A header that may stand more than once, as one list.
    pub(crate) fn header_list(&self, name: &HeaderName) -> String {
        let values = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.collect::<Vec<_>>().join(", ")
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.query_all(name).next()
    }

    /// All values of a query parameter, which may stand more than once.
    pub(crate) fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let pairs = form_urlencoded::parse(self.raw_query.as_bytes());
        pairs.filter(move |(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// All entries of a query parameter that is a list; none if another name has brackets, which would be dropped.
    pub(crate) fn query_list(&self, name: &str) -> Option<Vec<String>> {
        let mut entries = Vec::new();
        for (key, value) in form_urlencoded::parse(self.raw_query.as_bytes()) {
            match list_name(&key) {
                known if known == name => entries.push(value.into_owned()),
                other if other.contains(['[', ']']) || other != key => return None,
                _ => {}
            }
        }
        Some(entries)
    }
}

/// The name of a query parameter without the brackets that form libraries write for lists: `expand[]`, `expand[0]`.
fn list_name(key: &str) -> &str {
    let name = key.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match name {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str) -> Request {
        Request::new(Method::GET, &uri.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn segments_are_decoded_and_a_trailing_slash_adds_none() {
        assert_eq!(request("/d%C3%A9mo/api/v1/tickets/").segments, ["démo", "api", "v1", "tickets"]);
        assert_eq!(request("/demo//api/").segments, ["demo", "", "api"]);
    }

    #[test]
    fn a_parameter_may_stand_more_than_once() {
        let request = request("/x?expand=items&expand=meta&tags=1");
        assert_eq!(request.query_all("expand").collect::<Vec<_>>(), ["items", "meta"]);
        assert_eq!(request.query("tags").as_deref(), Some("1"));
        assert_eq!(request.query("extdata"), None);
    }

    #[test]
    fn a_list_may_be_written_with_brackets() {
        let listed = |query: &str| request(&format!("/x?{query}")).query_list("expand");
        let both = Some(vec!["items".to_owned(), "meta".to_owned()]);
        assert_eq!(listed("expand=items&expand=meta&tags=1"), both);
        assert_eq!(listed("expand[]=items&expand%5B%5D=meta"), both);
        assert_eq!(listed("expand[0]=items&expand[1]=meta"), both);
        assert_eq!(listed("a=1"), Some(Vec::new()));
        for query in ["expand[a]=items", "filters[status]=4", "tags[]=1", "expand[=items", "expand]=items"] {
            assert_eq!(listed(query), None, "{query}");
        }
    }
}
