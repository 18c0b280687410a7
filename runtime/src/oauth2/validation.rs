//! Validation of what a login begins with: redirect URIs that are https or on this machine, and states that cannot be guessed.

use url::Url;

use super::LoginError;
use crate::bits::is_loopback_address;

/// The least number of random bits in a state (RFC 6749, section 10.10).
const BITS: usize = 128;

/// Fewer different characters than this are a pattern, not chance.
const VARIETY: usize = 8;

/// https, or plain http to an address of this very machine (RFC 8252, section 7.3). `localhost` is a name that can be made to
/// point elsewhere (section 8.3); the server allows it, so it is taken with a warning.
pub(super) fn check_redirect(uri: &str) -> Result<(), LoginError> {
    let refuse = |reason| Err(LoginError::RedirectUri(reason));
    // It is sent as it is written, and a lenient reader would take it for another one.
    if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains('\\') {
        return refuse("has white space, control characters, a backslash or characters outside ASCII; encode them");
    }
    let Ok(url) = Url::parse(uri) else {
        return refuse("is not a URL; give the one that is registered for the application");
    };
    if url.fragment().is_some() {
        return refuse("has a fragment (RFC 6749, section 3.1.2); leave it out");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("holds a user name or a password; leave them out");
    }
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) => Ok(()),
        ("http", Some(host)) if is_loopback_address(host) => Ok(()),
        ("http", Some("localhost")) => {
            tracing::warn!(target: "zeyos", "the redirect URI names localhost; 127.0.0.1 cannot be made to point elsewhere");
            Ok(())
        }
        _ => refuse("is neither https nor http on 127.0.0.1 or [::1]; take one of these"),
    }
}

/// A redirect URI for people: origin and path. A query may hold what is known to its owner alone.
pub(super) fn shown(uri: &str) -> String {
    let place = |url: Url| format!("{}{}", url.origin().ascii_serialization(), url.path());
    Url::parse(uri).map_or_else(|_| "(no URL)".to_owned(), place)
}

/// Whether a text can hold 128 random bits, going by its length and the characters in it.
pub(super) fn is_strong_state(state: &str) -> bool {
    let digits = state.bytes().filter(|byte| byte.is_ascii_hexdigit()).count();
    let is_hex = state.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    // Four bits a hexadecimal digit, at most six of any other character.
    let bits = if is_hex { digits * 4 } else { state.len() * 6 };
    let mut different: Vec<u8> = state.bytes().collect();
    different.sort_unstable();
    different.dedup();
    bits >= BITS && different.len() >= VARIETY && state.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_https_or_on_this_machine() {
        for good in [
            "https://app.example.com/cb",
            "https://app.example.com:8443/cb?a=1",
            "http://127.0.0.1:9/cb",
            "http://127.7.7.7/cb",
            "http://[::1]:9/cb",
            "http://localhost:9/cb",
        ] {
            check_redirect(good).unwrap();
        }
        for odd in [
            "http://app.example.com/cb",
            "http://localhost.example.com/cb",
            "http://10.0.0.1/cb",
            "http://0.0.0.0/cb",
            "http://[::]/cb",
            "https://app.example.com/cb#x",
            "https://mara:hunter2@app.example.com/cb",
            "ftp://127.0.0.1/cb",
            "javascript:alert(1)",
            "https://app.example.com/c\tb",
            "https://app.example.com/cb\n",
            " https://app.example.com/cb",
            "https:\\\\app.example.com\\cb",
            "https://b\u{fc}ro.example.com/cb",
            "cb",
            "",
        ] {
            let error = check_redirect(odd).unwrap_err();
            assert!(matches!(error, LoginError::RedirectUri(_)), "{odd}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_state_holds_128_bits() {
        for good in
            ["0123456789abcdefABCDEF0123456789", "xK3v9QpL0aZ7bN2mT5wR8e", "9f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0"]
        {
            assert!(is_strong_state(good), "{good}");
        }
        for weak in [
            "",
            "0123456789abcdef012345",
            "0123456789abcdef0123456789abcde",
            "xK3v9QpL0aZ7bN2mT5wR8",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "xK3v9QpL0aZ7bN2mT5wR8e\n",
            "xK3v9QpL0aZ7 N2mT5wR8ee",
        ] {
            assert!(!is_strong_state(weak), "{weak}");
        }
    }
}
