//! What may be shown of values that a caller gave: which of them are secrets by their names, and outlines that show no text at all.

use std::fmt;

use http::HeaderMap;

use crate::model::{Json, JsonMap};
use crate::secret::Secret;

/// What stands in place of a secret.
pub(crate) const REDACTED: &str = "[redacted]";

/// A name with one of these in it names a secret, whatever its case, and whatever marks join its words.
const PARTS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "token",
    "verifier",
    "cookie",
    "credential",
    "authorization",
    "apikey",
    "privatekey",
    "accesskey",
];

/// Names of secrets that are parts of other words.
const WHOLE: [&str; 10] = ["pwd", "pw", "pin", "otp", "totp", "auth", "sid", "session", "sessionid", "zeyosid"];

/// Further ones in an address: the parameters of a login (RFC 6749, section 4.1).
const IN_QUERY: [&str; 4] = ["code", "state", "nonce", "sig"];

/// Whether a member, a parameter or a header of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    PARTS.iter().any(|part| bare.contains(part)) || WHOLE.contains(&bare.as_str())
}

fn is_secret_parameter(name: &str) -> bool {
    is_secret(name) || IN_QUERY.contains(&name.to_ascii_lowercase().as_str())
}

/// The members with the values of secrets replaced, at any depth.
pub(crate) fn members(members: &JsonMap) -> JsonMap {
    members.iter().map(|(name, value)| (name.clone(), member(name, value))).collect()
}

/// The value of a member with secrets replaced. Whatever stands below the name of a secret is one.
pub(crate) fn member(name: &str, value: &Json) -> Json {
    match value {
        Json::Null => Json::Null,
        _ if is_secret(name) => REDACTED.into(),
        Json::Object(below) => Json::Object(members(below)),
        Json::Array(list) => list.iter().map(|value| member("", value)).collect(),
        other => other.clone(),
    }
}

/// Adds the secrets among the members, by their names.
pub(crate) fn collect(name: &str, value: &Json, secrets: &mut Vec<Secret>) {
    match value {
        _ if is_secret(name) => collect_all(value, secrets),
        Json::Object(members) => members.iter().for_each(|(name, value)| collect(name, value, secrets)),
        Json::Array(list) => list.iter().for_each(|value| collect("", value, secrets)),
        _ => {}
    }
}

/// Adds every text and number.
pub(crate) fn collect_all(value: &Json, secrets: &mut Vec<Secret>) {
    match value {
        Json::String(text) => secrets.push(text.as_str().into()),
        Json::Number(number) => secrets.push(number.to_string().into()),
        Json::Object(members) => members.values().for_each(|value| collect_all(value, secrets)),
        Json::Array(list) => list.iter().for_each(|value| collect_all(value, secrets)),
        Json::Null | Json::Bool(_) => {}
    }
}

/// A value without its texts, for `Debug`: which members there are and of what kind. What a caller wrote may be secret under any
/// name; a dry run shows it.
pub(crate) struct Outline<'a>(pub &'a Json);

impl fmt::Debug for Outline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Json::Object(members) => f.debug_map().entries(members.iter().map(outlined)).finish(),
            Json::Array(list) => f.debug_list().entries(list.iter().map(Outline)).finish(),
            Json::String(text) => write!(f, "({} characters)", text.chars().count()),
            other => write!(f, "{other}"),
        }
    }
}

fn outlined<'a>((name, value): (&'a String, &'a Json)) -> (&'a String, OutlinedMember<'a>) {
    (name, OutlinedMember { name, value })
}

/// The outline of a member; nothing of one that is a secret by its name.
pub(crate) struct OutlinedMember<'a> {
    pub name: &'a str,
    pub value: &'a Json,
}

impl fmt::Debug for OutlinedMember<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_secret(self.name) && !self.value.is_null() { f.write_str(REDACTED) } else { Outline(self.value).fmt(f) }
    }
}

/// The names of headers.
pub(crate) struct Names<'a>(pub &'a HeaderMap);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// A URL without what may be secret in it: a fragment, and the values of parameters that are secrets by their names; of all of them
/// with `Values::Hidden`. Where there is a user, or what could be one, nothing is shown: a password may hold any mark.
pub(crate) fn url(url: &str, values: Values) -> String {
    let bare = url.split('#').next().unwrap_or_default();
    let (place, query) = bare.split_once('?').map_or((bare, None), |(place, query)| (place, Some(query)));
    if url.contains('@') || !has_plain_host(place) {
        return REDACTED.to_owned();
    }
    let mut shown = place.to_owned();
    for (index, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if values == Values::Hidden || is_secret_parameter(name) => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(REDACTED);
            }
            None if values == Values::Hidden => shown.push_str(REDACTED),
            _ => shown.push_str(pair),
        }
    }
    shown
}

/// Whether what stands before the path is a name or an address with a port, or there is nothing.
fn has_plain_host(place: &str) -> bool {
    let authority = match place.split_once("//") {
        Some((scheme, rest)) if scheme.len() <= 6 => rest.split('/').next().unwrap_or_default(),
        _ => return place.starts_with('/') || place.is_empty(),
    };
    let port = authority.rsplit(':').next().unwrap_or_default();
    let host = authority.strip_suffix(port).and_then(|host| host.strip_suffix(':')).unwrap_or(authority);
    let is_address = host.starts_with('[') && host.ends_with(']');
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    (is_address || is_name) && (host == authority || port.bytes().all(|byte| byte.is_ascii_digit()) || is_address)
}

/// Which values of parameters are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Those that are not secrets by their names.
    Shown,
    /// None.
    Hidden,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "password",
            "Password",
            "user_password",
            "userPassword",
            "client-secret",
            "ACCESS_TOKEN",
            "otp",
            "x-api-key",
            "Cookie",
            "token_type",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["name", "footprint", "key", "code", "state", "visibility", "shipping", "author", "passed", ""] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn fault_80_what_stands_below_the_name_of_a_secret_is_one() {
        let value = json!({
            "name": "a", "password": "hunter2", "pin": 492_817, "otp": null,
            "list": [{"token": "hunter2"}, ["x", {"Secret": ["hunter2", {"deep": "hunter2"}]}]],
            "credentials": {"user": "hunter2", "more": ["hunter2"]},
        });
        let shown = member("", &value).to_string();
        assert!(!shown.contains("hunter2") && !shown.contains("492817") && shown.contains("\"name\":\"a\""), "{shown}");
        let mut secrets = Vec::new();
        collect("", &value, &mut secrets);
        let secrets: Vec<_> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets.iter().filter(|secret| **secret == "hunter2").count(), 6);
        assert!(secrets.contains(&"492817") && !secrets.contains(&"x") && !secrets.contains(&"a"));
        let outline = format!("{:?} {:#?}", Outline(&value), Outline(&value));
        assert!(!outline.contains("hunter2") && !outline.contains("492817") && !outline.contains("\"a\""), "{outline}");
        assert!(outline.contains("\"name\": (1 characters)") && outline.contains("\"otp\": null"), "{outline}");
    }

    #[test]
    fn fault_80_a_url_shows_no_user_and_no_secret_parameter() {
        for (text, shown) in [
            ("https://a.example/b?c=d", "https://a.example/b?c=d"),
            ("https://a.example:8443/b", "https://a.example:8443/b"),
            ("http://[::1]:80/b", "http://[::1]:80/b"),
            (
                "https://a.example/b?access_token=hunter2&x=1&code=hunter2#hunter2",
                "https://a.example/b?access_token=[redacted]&x=1&code=[redacted]",
            ),
            ("https://a.example/b#hunter2?x", "https://a.example/b"),
            ("/b?State=hunter2", "/b?State=[redacted]"),
        ] {
            assert_eq!(url(text, Values::Shown), shown, "{text}");
        }
        for text in [
            "https://m:hunter2@a.example/b",
            "https://m:hunter2@x@a.example",
            "m:hunter2@a.example/b",
            "https:\\\\m:hunter2@a.example",
            "//a.example/@hunter2",
            "https://m:hunt/er2?x#y@a.example",
            "https://m:hunter2/x",
            "https://m:hunter2",
            "mailto:hunter2",
            "hunter2",
        ] {
            assert_eq!(url(text, Values::Shown), REDACTED, "{text}");
        }
        assert_eq!(
            url("https://a.example/b?x=hunter2&hunter2", Values::Hidden),
            "https://a.example/b?x=[redacted]&[redacted]"
        );
    }
}
