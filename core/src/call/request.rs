//! One request before credentials: operation, path, query, headers, body, options.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use super::Body;
use super::headers::{refusal, sensitive};
use super::options::CallOptions;
use super::parameter::{Parameter, ParameterPlace};
use crate::error::Error;
use crate::fields::Fields;
use crate::model::Json;
use crate::operation::{Operation, Safety};
use crate::query::Verification;
use crate::redact::{self, Names};
use crate::secret::Secret;
use crate::write::{Rules, Violations};

/// Everything but unreserved characters (RFC 3986, section 2.3) is encoded in a path segment.
/// What is encoded in a segment of a path: everything but the unreserved characters (RFC 3986, section 2.3).
pub const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Longest text of a path parameter, in bytes. Servers refuse longer addresses, each in its own way.
const LONGEST: usize = 1024;

/// A described request. It holds no credential.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// What is called.
    pub operation: &'static Operation,
    /// Path below the service, parameters filled in and encoded.
    pub path: String,
    /// Query parameters in their order, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Secrets that the document of another service wants in the query, not yet encoded. They are written last of all.
    pub secret_query: Vec<(&'static str, Secret)>,
    /// Headers of this request alone.
    pub headers: HeaderMap,
    /// Cookies that the caller sends beside those of credentials, encoded.
    pub cookies: Vec<Cookie>,
    /// The body.
    pub body: Body,
    /// What the caller chose for this call.
    pub options: CallOptions,
    /// Whether the answer is handed over piece by piece.
    pub is_streamed: bool,
    /// Whether 503 says something of this very request, and nothing of the load of the server: it is neither waited for nor repeated.
    #[doc(hidden)]
    pub may_be_too_slow: bool,
    /// Times without an index that a list has conditions on.
    #[doc(hidden)]
    pub unindexed: Vec<&'static str>,
    /// What the members of the body must meet.
    pub(crate) rules: Option<&'static Rules>,
    /// What the rows of the answer are checked against.
    pub(crate) verification: Option<Arc<Verification>>,
    /// The parameters of a path that the client may have another one for, as they were filled in.
    filled: Vec<(String, String)>,
    /// The first thing that was wrong with the caller's input.
    invalid: Option<String>,
}

/// A cookie parameter.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Cookie {
    pub name: &'static str,
    pub value: Secret,
    /// Whether no one else may see the value.
    pub is_secret: bool,
}

impl Request {
    /// The secrets that it carries: in its body, in its query and its cookies by the names of the parameters, and in headers that are
    /// marked as sensitive.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = self.body.secrets();
        let query = self.query.iter().filter(|(name, _)| redact::is_secret(name));
        secrets.extend(query.map(|(_, value)| value.as_str().into()));
        secrets.extend(self.secret_query.iter().map(|(_, secret)| secret.clone()));
        let cookies = self.cookies.iter().filter(|cookie| cookie.is_secret);
        secrets.extend(cookies.map(|cookie| cookie.value.clone()));
        secrets.extend([&self.headers, &self.options.headers].into_iter().flat_map(sensitive));
        secrets
    }

    /// A request of this operation with nothing filled in.
    pub fn new(operation: &'static Operation) -> Self {
        Request {
            operation,
            path: operation.path.to_owned(),
            query: Vec::new(),
            secret_query: Vec::new(),
            headers: HeaderMap::new(),
            cookies: Vec::new(),
            body: Body::Empty,
            options: CallOptions::default(),
            is_streamed: false,
            may_be_too_slow: false,
            unindexed: Vec::new(),
            rules: None,
            verification: None,
            filled: Vec::new(),
            invalid: None,
        }
    }

    /// Holds the members of the body against the rules of the table.
    pub(crate) fn check_rules(&self) -> Result<(), Violations> {
        match (self.rules, &self.body) {
            (Some(rules), Body::Fields(fields)) => rules.check(fields, self.operation.safety == Safety::Create),
            _ => Ok(()),
        }
    }

    /// Fills a path parameter. The text becomes one encoded segment; what could change the depth of the path is refused.
    pub(crate) fn fill_path(&mut self, name: &str, text: &str) {
        self.put_segment(name, text, &Cow::from(utf8_percent_encode(text, SEGMENT)));
    }

    /// Puts an encoded segment in the place of a parameter, unless its text is none that may stand there.
    fn put_segment(&mut self, name: &str, text: &str, encoded: &str) {
        let Some(place) = place_of(name, &self.path) else {
            self.refuse(format!("the path {} has no parameter {name}, or it is filled already", self.operation.path));
            return;
        };
        match no_segment(text) {
            Some(reason) => self.refuse(format!("the path parameter {name} {reason}")),
            None => {
                self.path.replace_range(place, encoded);
                if self.operation.unconfirmed {
                    self.filled.push((name.to_owned(), encoded.to_owned()));
                }
            }
        }
    }

    /// The path below another template with the same parameters, for an [unconfirmed](Operation::unconfirmed) operation. A path that
    /// is not that of the operation, as that of a next page, stays as it is.
    pub fn path_at(&self, template: &str) -> String {
        let filled = |template: &str| {
            self.filled.iter().fold(template.to_owned(), |mut path, (name, encoded)| {
                if let Some(place) = place_of(name, &path) {
                    path.replace_range(place, encoded);
                }
                path
            })
        };
        if filled(self.operation.path) == self.path { filled(template) } else { self.path.clone() }
    }

    /// Adds query parameters in the order of setting; lists repeat their name. Addresses end up in logs, so a secret is refused.
    pub(crate) fn add_query(&mut self, fields: Fields) {
        for (name, value) in fields.members() {
            match value {
                Some(Json::Array(list)) => list.iter().for_each(|member| self.push_query(name, member)),
                Some(value) => self.push_query(name, value),
                None => self.refuse(format!("the secret {name} must not stand in an address")),
            }
        }
    }

    /// Adds parameters, each in its place and style; those without a value are left out.
    pub(crate) fn add_parameters(&mut self, table: &[(&str, Parameter)], fields: &Fields) {
        for (key, value) in fields.members() {
            let Some((_, parameter)) = table.iter().find(|(known, _)| *known == key) else { continue };
            let secret = fields.secret(key);
            match (parameter.place, value, secret) {
                (ParameterPlace::Header, None, Some(secret)) => self.add_header(parameter.name, secret.expose(), true),
                (ParameterPlace::Header, Some(value), _) => match parameter.header_value(value) {
                    Ok(text) => self.add_header(parameter.name, &text, false),
                    Err(reason) => self.refuse(reason),
                },
                (ParameterPlace::Query, None, Some(secret)) => self.secret_query.push((parameter.name, secret.clone())),
                (ParameterPlace::Cookie, None, Some(secret)) => {
                    self.add_cookie(parameter, &Json::from(secret.expose()), true);
                }
                (ParameterPlace::Cookie, Some(value), _) => self.add_cookie(parameter, value, false),
                (_, Some(value), _) => match parameter.pairs(value) {
                    Ok(pairs) => self.query.extend(pairs),
                    Err(reason) => self.refuse(reason),
                },
                (_, None, _) => self.refuse(format!("the secret {} must not stand in an address", parameter.name)),
            }
        }
    }

    fn add_cookie(&mut self, parameter: &Parameter, value: &Json, is_secret: bool) {
        match parameter.cookie_value(value) {
            Ok(text) => {
                let is_secret = is_secret || redact::is_secret(parameter.name);
                self.cookies.push(Cookie { name: parameter.name, value: text.into(), is_secret });
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn add_header(&mut self, name: &'static str, value: &str, is_secret: bool) {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(mut value)) if value.to_str().is_ok() => {
                value.set_sensitive(is_secret || redact::is_secret(name.as_str()));
                self.headers.insert(name, value);
            }
            _ => self.refuse(format!("the value of the header {name} has characters that no header may have")),
        }
    }

    /// Fills a path parameter with a value in its style.
    pub(crate) fn fill_path_with(&mut self, parameter: &Parameter, value: &Json) {
        match parameter.path_text(value) {
            Err(reason) => self.refuse(reason),
            Ok(text) => self.put_segment(parameter.name, &text, &text),
        }
    }

    fn push_query(&mut self, name: &str, value: &Json) {
        self.query.push((name.to_owned(), plain_text(value)));
    }

    /// Sets a header of this request. A value that is not a header value is refused without being repeated.
    pub(crate) fn set_header(&mut self, name: http::HeaderName, value: &str) {
        match HeaderValue::from_str(value) {
            Ok(value) if value.to_str().is_ok() => {
                self.headers.insert(name, value);
            }
            _ => self.refuse(format!("the value of the header {name} has characters that no header may have")),
        }
    }

    /// Notes that the request must not be sent; the first reason stays.
    pub fn refuse(&mut self, reason: String) {
        self.invalid.get_or_insert(reason);
    }

    /// Checks that everything the caller gave can be sent.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        match &self.invalid {
            Some(reason) => Err(Error::request(reason.clone())),
            // Braces of a value are encoded, so this one is the template's.
            None if self.path.contains('{') => {
                Err(Error::request(format!("a parameter of the path {} is not filled in", self.path)))
            }
            None => {
                let mut headers = self.headers.iter().chain(&self.options.headers);
                let refused = headers.find_map(|(name, value)| refusal(name, value));
                refused.map_or_else(|| self.body.fits(self.operation), |reason| Err(Error::request(reason)))
            }
        }
    }
}

/// Where a parameter stands in a path, in its braces.
fn place_of(name: &str, path: &str) -> Option<Range<usize>> {
    let begins = path.match_indices('{').map(|(start, _)| start);
    let mut places =
        begins.filter(|start| path[start + 1..].strip_prefix(name).is_some_and(|rest| rest.starts_with('}')));
    places.next().map(|start| start..start + name.len() + 2)
}

/// Why a text cannot be one segment of a path. The text is not repeated: it may be a secret.
fn no_segment(text: &str) -> Option<&'static str> {
    match text {
        "" | "." | ".." => Some("must not be empty, `.` or `..`"),
        _ if is_dots(text) => Some("must not be `.` or `..` in an encoded form"),
        _ if text.len() > LONGEST => Some("is longer than 1024 bytes"),
        _ if text.chars().any(char::is_control) => Some("has control characters"),
        _ => None,
    }
}

/// Whether a server that decodes once, or once too often, sees `.` or `..`.
fn is_dots(text: &str) -> bool {
    if !text.contains(['.', '%']) {
        return false;
    }
    let mut text = text.as_bytes().to_vec();
    loop {
        if matches!(text.as_slice(), b"." | b"..") {
            return true;
        }
        let decoded: Vec<u8> = percent_decode(&text).collect();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
}

fn plain_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Without any text of the caller, which may be secret under whatever name: of path and query there are the template and the names.
/// [`Call::dry_run`](super::Call::dry_run) shows them.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query: Vec<&String> = self.query.iter().map(|(name, _)| name).collect();
        f.debug_struct("Request")
            .field("operation", &self.operation.id)
            .field("method", &self.operation.method)
            .field("path", &self.operation.path)
            .field("query", &query)
            .field("headers", &Names(&self.headers))
            .field("body", &self.body)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Safety, ServiceDescription};

    static SERVICE: ServiceDescription = ServiceDescription::new("pens", "/pens/v1");
    static GET_PEN: Operation =
        Operation::new(&SERVICE, "getPen", http::Method::GET, "/pens/{name}").safety(Safety::Read);

    fn path(text: &str) -> Result<String, Error> {
        let mut request = Request::new(&GET_PEN);
        request.fill_path("name", text);
        request.check().map(|()| request.path)
    }

    #[test]
    fn a_path_parameter_is_always_one_segment() {
        assert_eq!(path("a/b?c#d%2e\\ü").unwrap(), "/pens/a%2Fb%3Fc%23d%252e%5C%C3%BC");
        assert_eq!(path("..a").unwrap(), "/pens/..a");
        assert_eq!(path("%2e%2ea").unwrap(), "/pens/%252e%252ea");
    }

    #[test]
    fn what_changes_the_depth_of_the_path_is_refused() {
        for text in ["", ".", "..", "%2e", "%2E.", "%2e%2e", "%252e%252e", ".%25252e"] {
            let error = path(text).unwrap_err();
            assert!(error.is_request() && error.to_string().contains("the path parameter name"), "{error}");
        }
    }

    #[test]
    fn what_no_server_takes_in_a_path_is_refused_without_being_repeated() {
        for text in ["hunter2\0", "hunter2\r\n", "hunter2\u{7f}", &"hunter2".repeat(1500)] {
            let error = path(text).unwrap_err();
            assert!(error.is_request() && !format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        assert_eq!(path(&"x".repeat(LONGEST)).unwrap().len(), "/pens/".len() + LONGEST);
    }

    #[test]
    fn every_path_parameter_is_filled_once() {
        assert!(Request::new(&GET_PEN).check().unwrap_err().to_string().contains("/pens/{name} is not filled in"));
        let mut request = Request::new(&GET_PEN);
        request.fill_path("Name", "a");
        assert!(request.check().unwrap_err().to_string().contains("no parameter Name"));
    }

    #[test]
    fn query_parameters_keep_their_order_and_lists_repeat_their_name() {
        let mut fields = Fields::new();
        fields.set("width", 3.into());
        fields.set("ink", ["red", "blue"].into_iter().collect());
        fields.set("cap", true.into());
        let mut request = Request::new(&GET_PEN);
        request.add_query(fields);
        let query: Vec<_> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(query, ["width=3", "ink=red", "ink=blue", "cap=true"]);
    }

    #[test]
    fn a_secret_never_gets_into_the_address() {
        let mut fields = Fields::new();
        fields.set_secret("key", "hunter2".into());
        let mut request = Request::new(&GET_PEN);
        request.add_query(fields);
        assert!(request.check().unwrap_err().is_request());
        assert!(request.query.is_empty() && !format!("{request:?}").contains("hunter2"));
    }

    #[test]
    fn headers_that_are_marked_as_sensitive_are_secrets() {
        let mut request = Request::new(&GET_PEN);
        for (text, sensitive) in [("Token hunter2", true), ("hunter3", true), ("plain", false)] {
            let mut value = HeaderValue::from_static(text);
            value.set_sensitive(sensitive);
            request.options.headers.append("x-key", value.clone());
            request.headers.append("x-key", value);
        }
        let secrets = request.secrets();
        let secrets: Vec<_> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["Token hunter2", "hunter2", "hunter3"].repeat(2));
    }

    #[test]
    fn a_broken_header_value_is_refused_without_being_repeated() {
        let mut request = Request::new(&GET_PEN);
        request.set_header(http::header::IF_MATCH, "hunter2\r\n");
        let error = format!("{:?}", request.check().unwrap_err());
        assert!(error.contains("if-match") && !error.contains("hunter2"));
    }
}
