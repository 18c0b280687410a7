//! Addresses in the form that reqwest takes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use http::Uri;
use reqwest::Url;

use super::super::TransportError;

/// Makes addresses. Most requests go to one origin: that of the last one is kept, as reading a host costs more than all the rest.
#[derive(Default)]
pub(super) struct Addresses(ArcSwapOption<Known>);

/// An origin as it was written, and as it was read.
struct Known {
    written: Uri,
    read: Url,
}

impl Addresses {
    pub(super) fn url_of(&self, uri: &Uri) -> Result<Url, TransportError> {
        let known = self.0.load();
        if let Some(known) = known.as_deref().filter(|known| is_of_one_origin(&known.written, uri)) {
            let mut url = known.read.clone();
            url.set_path(uri.path());
            url.set_query(uri.query());
            return Ok(url);
        }
        let url = Url::parse(&uri.to_string()).map_err(TransportError::unsendable)?;
        self.0.store(origin_of(uri, &url).map(Arc::new));
        Ok(url)
    }
}

fn is_of_one_origin(known: &Uri, uri: &Uri) -> bool {
    // Letter by letter: one that is written in another way is read anew.
    known.scheme() == uri.scheme() && authority(known) == authority(uri)
}

fn authority(uri: &Uri) -> Option<&str> {
    uri.authority().map(http::uri::Authority::as_str)
}

/// The origin of an address alone. One that names a user is not kept.
fn origin_of(uri: &Uri, url: &Url) -> Option<Known> {
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
    let written = Uri::builder().scheme(uri.scheme()?.clone()).authority(authority.clone()).path_and_query("/");
    let mut read = url.clone();
    read.set_path("/");
    read.set_query(None);
    read.set_fragment(None);
    Some(Known { written: written.build().ok()?, read })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_known_origin_is_what_reading_it_whole_gives() {
        let origins =
            ["http://127.0.0.1:8080", "https://cloud.zeyos.com", "https://CLOUD.zeyos.com:443", "http://[::1]:9"];
        let paths = [
            "",
            "/",
            "/demo/api/v1/tickets/7",
            "/a%20b/%2e/c",
            "/a/../b",
            "//twice",
            "/x?",
            "/x?a=1&b=%5B%5D",
            "/?q='x'",
            "/a|b",
            "/a/./b/..",
            "?only",
            "/%7Buser%7D",
        ];
        let addresses = Addresses::default();
        for origin in origins {
            for path in paths {
                for first in ["/", path] {
                    let uri: Uri = format!("{origin}{path}").parse().unwrap();
                    addresses.url_of(&format!("{origin}{first}").parse().unwrap()).unwrap();
                    let url = addresses.url_of(&uri).unwrap();
                    assert_eq!(url, Url::parse(&uri.to_string()).unwrap(), "{uri}");
                }
            }
        }
    }

    #[test]
    fn nothing_but_the_origin_is_kept() {
        let addresses = Addresses::default();
        addresses.url_of(&"https://a.example/secret?key=secret".parse().unwrap()).unwrap();
        assert_eq!(addresses.0.load().as_deref().unwrap().read.as_str(), "https://a.example/");
        addresses.url_of(&"https://mara:secret@a.example/".parse().unwrap()).unwrap();
        assert!(addresses.0.load().is_none());
    }
}
