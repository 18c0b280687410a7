//! Where an instance is: origin and instance name, checked once.

use std::fmt;

use percent_encoding::utf8_percent_encode;
use url::Url;
use zeyos_core::call::SEGMENT;

use crate::bits::is_loopback;
use crate::build_error::BuildError;
use crate::plain_path::is_plain_path;

/// The URL of an instance as given; it is checked when the client is built.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: String,
    /// Why it cannot be one, where that is known before it is looked at.
    refused: Option<String>,
}

impl From<&str> for BaseUrl {
    fn from(url: &str) -> Self {
        BaseUrl::from(url.to_owned())
    }
}

impl From<String> for BaseUrl {
    fn from(url: String) -> Self {
        BaseUrl { url, refused: None }
    }
}

impl From<&String> for BaseUrl {
    fn from(url: &String) -> Self {
        BaseUrl::from(url.clone())
    }
}

impl BaseUrl {
    /// What is below an origin under this name, which becomes one path segment. No name, `.` and `..` are refused when the client is
    /// built.
    pub fn below(origin: &str, name: &str) -> Self {
        let url = format!("{}/{}", origin.trim_end_matches('/'), utf8_percent_encode(name, SEGMENT));
        let is_named = !matches!(name, "" | "." | "..");
        let refused = (!is_named)
            .then(|| format!("{} has no name behind its origin; it must not be empty, `.` or `..`", shown(&url)));
        BaseUrl { url, refused }
    }

    /// One that cannot be made, for this reason.
    pub(super) fn refused(reason: String) -> Self {
        BaseUrl { url: String::new(), refused: Some(reason) }
    }

    /// The URL for people, or what it is called where it may hold a secret.
    pub fn shown(&self) -> &str {
        shown(&self.url)
    }

    /// The URL without a slash at its end, if it goes on behind its origin where a server has several tenants.
    pub(super) fn checked_for(&self, tenant: Option<&str>) -> Result<String, BuildError> {
        let url = self.checked()?;
        match tenant {
            Some(tenant) if !url.split_once("://").is_some_and(|(_, rest)| rest.contains('/')) => {
                let name = tenant.to_ascii_uppercase();
                Err(BuildError::url(
                    &url,
                    &format!("names no {tenant}; give it behind the origin, as in `{url}/{name}`"),
                ))
            }
            _ => Ok(url),
        }
    }

    /// The URL without a slash at its end.
    pub(super) fn checked(&self) -> Result<String, BuildError> {
        let refuse = |reason: &str| BuildError::url(shown(&self.url), reason);
        if let Some(reason) = &self.refused {
            return Err(BuildError::message(reason));
        }
        let parts = Parts::of(&self.url).map_err(refuse)?;
        let url = Url::parse(&self.url).map_err(|_| refuse("is not a URL; give origin and path"))?;
        match url.scheme() {
            "https" => {}
            "http" if url.host_str().is_some_and(is_loopback) => {}
            "http" => return Err(refuse("is not https; plain http is for loopback addresses and `localhost` only")),
            _ => return Err(refuse("is neither https nor http")),
        }
        // Whatever a lenient reader may take a URL for, it is what people see in it.
        let plain = url.as_str().trim_end_matches('/');
        if plain != parts.plain(url.scheme()) {
            return Err(refuse(
                "can be read in two ways; write the host in full, as a name or an address, and the port as a number",
            ));
        }
        Ok(plain.to_owned())
    }
}

/// A URL as it is written.
struct Parts<'a> {
    authority: &'a str,
    path: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes a URL apart. Readers of URLs are lenient: they drop tabs and line feeds, take a backslash for a slash and one slash
    /// for two, and walk along `..`. What one of them might read differently from another is refused.
    fn of(url: &'a str) -> Result<Self, &'static str> {
        if url.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err("has white space or control characters; leave them out");
        }
        if !url.is_ascii() {
            return Err("has characters outside ASCII; write the host in Punycode (`xn--...`), and encode the path");
        }
        if url.contains('\\') {
            return Err("has a backslash; write a slash");
        }
        let (scheme, rest) = url.split_once(':').ok_or("is not a URL; give origin and path")?;
        if !scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err("is not a URL; give origin and path");
        }
        let rest = rest.strip_prefix("//").filter(|rest| !rest.starts_with('/'));
        let rest = rest.ok_or("does not have two slashes behind its scheme, as in `https://`")?;
        if rest.contains(['?', '#']) {
            return Err("has a query or a fragment; give origin and path only");
        }
        // Slashes at the end say nothing.
        let rest = rest.trim_end_matches('/');
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("holds user name or password; configure `basic_user` instead");
        }
        if authority.contains('%') {
            return Err("has an encoded host; write it plainly");
        }
        if path.contains("//") {
            return Err("has an empty segment; write one slash between two");
        }
        if !path.is_empty() && !is_plain_path(path) {
            return Err("has a path with `.` or `..`, or with characters that have to be encoded");
        }
        Ok(Parts { authority, path })
    }

    /// The one form in which it can be meant: small letters in front of the path, no port that goes without saying.
    fn plain(&self, scheme: &str) -> String {
        let authority = self.authority.to_ascii_lowercase();
        let port = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(port).unwrap_or(&authority);
        format!("{scheme}://{authority}{}", self.path)
    }
}

/// A URL for people, or what it is called where it may hold a secret: a user, a query, a fragment, anything encoded or odd.
fn shown(url: &str) -> &str {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:.-_~[]".contains(&byte));
    // Behind a colon is what belongs to the scheme, a port, or a part of an address; anything else may be a password.
    let is_usual = |rest: &str| {
        let word = rest.split(['/', ':', ']']).next().unwrap_or_default();
        word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let has_no_words = url.split(':').skip(1).all(|rest| rest.starts_with("//") || is_usual(rest));
    if is_plain && has_no_words { url } else { "the URL" }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BaseUrl").field(&shown(&self.url)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<String, String> {
        BaseUrl::from(url).checked().map_err(|error| error.to_string())
    }

    #[test]
    fn a_server_of_several_tenants_is_never_asked_below_its_origin_alone() {
        let checked = |url: &str| BaseUrl::from(url).checked_for(Some("instance")).map_err(|error| error.to_string());
        for url in ["https://cloud.zeyos.com", "https://cloud.zeyos.com/", "HTTPS://Cloud.ZeyOS.com:443//"] {
            let said = "https://cloud.zeyos.com names no instance; give it behind the origin, as in `https://cloud.zeyos.com/INSTANCE`";
            assert_eq!(checked(url).unwrap_err(), said);
        }
        assert_eq!(checked("https://cloud.zeyos.com/demo/").unwrap(), "https://cloud.zeyos.com/demo");
        assert_eq!(BaseUrl::from("https://a.example").checked_for(None).unwrap(), "https://a.example");
    }

    #[test]
    fn slashes_at_the_end_are_cut() {
        for url in [
            "https://cloud.zeyos.com/demo",
            "https://cloud.zeyos.com/demo/",
            "https://cloud.zeyos.com/demo//",
            "HTTPS://Cloud.ZeyOS.com:443/demo",
        ] {
            assert_eq!(checked(url).unwrap(), "https://cloud.zeyos.com/demo");
        }
        assert_eq!(checked("https://cloud.zeyos.com").unwrap(), "https://cloud.zeyos.com");
        assert_eq!(checked("http://127.0.0.1:80/a/").unwrap(), "http://127.0.0.1/a");
        assert_eq!(checked("http://127.0.0.1:443/a/").unwrap(), "http://127.0.0.1:443/a");
        assert_eq!(checked("https://xn--bro-hoa.example/a%20b/~c").unwrap(), "https://xn--bro-hoa.example/a%20b/~c");
    }

    #[test]
    fn fault_75_a_url_that_can_be_read_in_two_ways_is_refused() {
        for (reason, urls) in [
            (
                "white space",
                &[
                    "https://cloud.zeyos.com/de\tmo",
                    "https://cloud.zeyos.com\n/demo",
                    "\thttps://cloud.zeyos.com/demo",
                    " https://cloud.zeyos.com/demo",
                    "https://cloud.zeyos.com/demo ",
                    "https://cloud.zeyos.com/demo\r\n",
                    "ht\ntps://cloud.zeyos.com/demo",
                    "https://cloud.zeyos.com/a b",
                    "https://cloud.zeyos.com/demo\0",
                    "https://cloud.zeyos.com/\u{a0}demo",
                    "https://cloud.zeyos.com/demo\u{7f}",
                ][..],
            ),
            (
                "outside ASCII",
                &[
                    "https://b\u{fc}ro.example/demo",
                    "https://cloud.zeyos\u{3002}com/demo",
                    "https://cloud.zeyos.com/b\u{fc}ro",
                    "http://\u{ff11}27.0.0.1/demo",
                    "https://cl\u{ad}oud.zeyos.com/demo",
                    "https://cloud.zeyos.com\u{2044}demo",
                    "https://\u{217d}loud.zeyos.com/demo",
                ],
            ),
            (
                "a backslash",
                &[
                    "https:\\\\cloud.zeyos.com\\demo",
                    "https://cloud.zeyos.com\\demo",
                    "https://cloud.zeyos.com\\@evil.example/",
                    "https:/\\cloud.zeyos.com/demo",
                ],
            ),
            (
                "is not a URL",
                &["cloud.zeyos.com/demo", "", "demo", "//cloud.zeyos.com/demo", "1https://cloud.zeyos.com"],
            ),
            (
                "two slashes",
                &[
                    "https:/cloud.zeyos.com/demo",
                    "https:cloud.zeyos.com/demo",
                    "https:///cloud.zeyos.com/demo",
                    "https:////cloud.zeyos.com/demo",
                    "https:",
                    "javascript:alert(1)",
                    "data:text/html,x",
                    "file:/etc/passwd",
                    "cloud:443/demo",
                ],
            ),
            (
                "user name or password",
                &[
                    "https://mara@cloud.zeyos.com/demo",
                    "https://@cloud.zeyos.com/demo",
                    "https://:@cloud.zeyos.com/demo",
                    "https://mara:hunter2@cloud.zeyos.com/demo",
                    "https://cloud.zeyos.com@evil.example/demo",
                ],
            ),
            (
                "query or a fragment",
                &[
                    "https://cloud.zeyos.com/demo?",
                    "https://cloud.zeyos.com/demo#",
                    "https://cloud.zeyos.com?x=/demo",
                    "https://?x",
                ],
            ),
            (
                "an encoded host",
                &[
                    "https://cloud%2ezeyos.com/demo",
                    "https://%65vil.example/demo",
                    "https://cloud.zeyos.com%2fdemo",
                    "https://mara%40cloud.zeyos.com/demo",
                    "https://cloud.zeyos.com%00/demo",
                    "http://[::1%25eth0]/demo",
                ],
            ),
            ("an empty segment", &["https://cloud.zeyos.com//demo", "https://cloud.zeyos.com/a//b"]),
            (
                "`.` or `..`",
                &[
                    "https://cloud.zeyos.com/../demo",
                    "https://cloud.zeyos.com/a/../demo",
                    "https://cloud.zeyos.com/demo/..",
                    "https://cloud.zeyos.com/./demo",
                    "https://cloud.zeyos.com/demo/.",
                    "https://cloud.zeyos.com/%2e%2e/demo",
                    "https://cloud.zeyos.com/.%2E/demo",
                    "https://cloud.zeyos.com/%252e%252e/demo",
                    "https://cloud.zeyos.com/a%2f..%2fb",
                    "https://cloud.zeyos.com/a%5c..%5cb",
                    "https://cloud.zeyos.com/demo%0a",
                    "https://cloud.zeyos.com/%00",
                    "https://cloud.zeyos.com/{demo}",
                    "https://cloud.zeyos.com/a|b",
                    "https://cloud.zeyos.com/<demo>",
                ],
            ),
            (
                "in two ways",
                &[
                    "https://cloud.zeyos.com:/demo",
                    "https://cloud.zeyos.com:0443/demo",
                    "https://cloud.zeyos.com:00080/demo",
                    "http://127.1/demo",
                    "http://2130706433/demo",
                    "http://0x7f000001/demo",
                    "http://0177.0.0.1/demo",
                    "http://127.0.0.1./demo",
                    "http://[0:0:0:0:0:0:0:1]/demo",
                    "https://3232235777/demo",
                ],
            ),
            (
                "neither https nor http",
                &["ftp://localhost/demo", "ws://localhost/demo", "file://localhost/demo", "httpss://localhost/demo"],
            ),
        ] {
            for url in urls {
                let error = checked(url).expect_err(url);
                assert!(error.contains(reason) && !error.contains("hunter2"), "{url:?}: {error}");
                assert!(error.chars().all(|character| matches!(character, ' '..='~')), "{url:?}: {error:?}");
            }
        }
        for url in [
            "https://",
            "https://:443/demo",
            "https://cloud.zeyos.com:99999/demo",
            "https://cloud.zeyos.com:x/demo",
            "https://[::1/demo",
            "https://a b/demo",
            "https://xn--/demo",
            "https://cl<oud/demo",
        ] {
            checked(url).unwrap_err();
        }
    }

    #[test]
    fn fault_80_no_form_of_a_url_shows_a_password() {
        for url in [
            "https://mara:hunter2@cloud.zeyos.com/demo",
            "https:mara:hunter2@cloud.zeyos.com",
            "https//mara:hunter2/x",
            "mara:hunter2",
            "hunter2@cloud.zeyos.com",
            "https://mara:hunter2%40cloud.zeyos.com/demo",
            "https://cloud.zeyos.com:hunter2/demo",
            "https://cloud.zeyos.com/demo?token=hunter2",
            "https://cloud.zeyos.com/demo#hunter2",
            "https://cloud.zeyos.com/demo;token=hunter2",
            "https://cloud.zeyos.com/token=hunter2",
            "https:\\\\mara:hunter2\\@cloud.zeyos.com",
            "https://cloud.zeyos.com/\thunter2",
        ] {
            let below = BaseUrl::below(url, "demo");
            let shown = format!("{:?} {:#?} {below:?} {}", BaseUrl::from(url), BaseUrl::from(url), below.shown());
            let errors = [BaseUrl::from(url).checked(), below.checked()];
            let said: Vec<_> =
                errors.into_iter().filter_map(Result::err).map(|error| format!("{error} {error:?}")).collect();
            assert!(!shown.contains("hunter2") && !said.concat().contains("hunter2"), "{url}: {shown} {said:?}");
        }
        for url in [
            "https://cloud.zeyos.com/demo",
            "http://127.0.0.1:8080/demo",
            "http://[::1]:8080/demo",
            "cloud.zeyos.com/demo",
        ] {
            assert_eq!(format!("{:?}", BaseUrl::from(url)), format!("BaseUrl({url:?})"));
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for url in
            ["http://127.0.0.1:8080/demo", "http://127.9.9.9/demo", "http://[::1]:8080/demo", "http://localhost/demo"]
        {
            checked(url).unwrap();
        }
        for url in
            ["http://cloud.zeyos.com/demo", "http://localhost.example.com/x", "http://10.0.0.1/x", "ftp://localhost/x"]
        {
            checked(url).unwrap_err();
        }
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        let error = checked("https://mara:hunter2@cloud.zeyos.com/demo").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
        for odd in ["https//mara:hunter2@cloud.zeyos.com/demo", "https://cloud.zeyos.com/demo?token=hunter2"] {
            let error = checked(odd).unwrap_err();
            assert!(!error.contains("hunter2") && !format!("{:?}", BaseUrl::from(odd)).contains("hunter2"), "{error}");
        }
        checked("cloud.zeyos.com/demo").unwrap_err();
    }

    #[test]
    fn an_instance_has_a_name() {
        for name in ["", ".", ".."] {
            let error = BaseUrl::below("https://cloud.zeyos.com/", name).checked().unwrap_err().to_string();
            assert!(error.contains("has no name"), "{error}");
        }
        assert_eq!(BaseUrl::below("https://cloud.zeyos.com", "..a").checked().unwrap(), "https://cloud.zeyos.com/..a");
    }
}
