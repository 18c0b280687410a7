//! Headers that no caller sets: credentials, and what belongs to one connection.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::secret::Secret;

/// Headers that the client or the connection writes alone: credentials; what frames a message (RFC 9112, section 6); what is meant
/// for the next hop only (RFC 9110, section 7.6.1), so that nothing that a caller sets can be taken for the end of one request
/// and the beginning of another. Further names that `Connection` would list need `Connection` itself.
pub const RESERVED: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// All names that begin so are reserved too: `Proxy-Authorization`, `Proxy-Connection`.
pub const RESERVED_PREFIX: &str = "proxy-";

/// Why a caller must not set this header, if he must not. The value is not repeated.
pub fn refusal(name: &HeaderName, value: &HeaderValue) -> Option<String> {
    if RESERVED.contains(&name.as_str()) || name.as_str().starts_with(RESERVED_PREFIX) {
        return Some(format!("the header {name} is written by the client alone"));
    }
    let is_text = value.to_str().is_ok();
    (!is_text).then(|| format!("the value of the header {name} has characters that no header may have"))
}

/// What headers that are marked as sensitive hold: their values, and what stands there behind the name of a scheme, since a server may
/// repeat a value without that.
pub fn sensitive(headers: &HeaderMap) -> impl Iterator<Item = Secret> {
    let values = headers.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| {
        let bare = value.split_once(' ').map(|(_, bare)| bare.trim_start());
        [Some(value), bare].into_iter().flatten().map(Secret::new)
    })
}
