//! What the browser brings back.

use std::fmt;

use zeyos_core::Secret;

use super::LoginError;
use crate::scrub::Scrubber;

/// The parameters of a redirect, read but not yet trusted.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Callback {
    /// The single-use code.
    pub code: Option<Secret>,
    /// What was sent along to recognise the answer by.
    pub state: Option<Secret>,
    /// Why there is no code (RFC 6749, section 4.1.2.1).
    pub error: Option<String>,
    /// The reason in words.
    pub error_description: Option<String>,
    /// A page about the reason.
    pub error_uri: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
}

impl Callback {
    /// Reads a redirect: a whole URL, its path and query, or the query alone. A bare `#` at the end is left out.
    ///
    /// # Errors
    /// When a parameter is repeated (RFC 6749, section 3.1).
    pub fn parse(url: &str) -> Result<Self, LoginError> {
        let without_fragment = url.split('#').next().unwrap_or_default();
        let query = without_fragment.split_once('?').map_or(without_fragment, |(_, query)| query);
        Callback::from_pairs(form_urlencoded::parse(query.as_bytes()))
    }

    /// Reads the redirect of a server that has names of its own beside those of RFC 6749, each with the one that it stands for. The first
    /// of repeated parameters counts.
    ///
    /// # Errors
    /// None at present; later versions may refuse what cannot be an answer.
    pub fn parse_first(url: &str, names: &[(&str, &'static str)]) -> Result<Self, LoginError> {
        let without_fragment = url.split('#').next().unwrap_or_default();
        let query = without_fragment.split_once('?').map_or(without_fragment, |(_, query)| query);
        let mut first: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let name = names.iter().find(|(own, _)| *own == name).map_or(&*name, |(_, usual)| usual);
            if first.iter().all(|(known, _)| known != name) {
                first.push((name.to_owned(), value.into_owned()));
            }
        }
        Callback::from_pairs(first)
    }

    /// Reads parameters that came another way, such as a form post.
    ///
    /// # Errors
    /// When a parameter is repeated.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, LoginError> {
        let mut callback = Callback::default();
        for (name, value) in pairs {
            let (name, value) = (name.as_ref(), value.as_ref());
            let (parameter, is_second) = match name {
                "code" => ("code", callback.code.replace(value.into()).is_some()),
                "state" => ("state", callback.state.replace(value.into()).is_some()),
                "error" => ("error", callback.error.replace(value.to_owned()).is_some()),
                "error_description" => {
                    ("error_description", callback.error_description.replace(value.to_owned()).is_some())
                }
                "error_uri" => ("error_uri", callback.error_uri.replace(value.to_owned()).is_some()),
                "iss" => ("iss", callback.iss.replace(value.to_owned()).is_some()),
                _ => continue,
            };
            if is_second {
                return Err(LoginError::Doubled { parameter });
            }
        }
        Ok(callback)
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Who made the address may have put anything anywhere; a code of RFC 6749 is a few small words.
        let is_code = |error: &&str| error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let scrubber = Scrubber::new(self.code.iter().chain(&self.state));
        let code = |error: &str| scrubber.clean(Some(error).filter(is_code).unwrap_or("(no code)"));
        f.debug_struct("Callback")
            .field("code", &self.code)
            .field("state", &self.state)
            .field("error", &self.error.as_deref().map(code))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_paths_and_queries_are_read_alike() {
        for url in ["http://127.0.0.1:9/cb?code=c&state=s#", "/cb?code=c&state=s", "code=c&state=s"] {
            let callback = Callback::parse(url).unwrap();
            assert_eq!((callback.code, callback.state, callback.error), (Some("c".into()), Some("s".into()), None));
        }
    }

    #[test]
    fn the_first_of_doubled_parameters_counts_where_that_is_asked_for() {
        let names = [("access_code", "code")];
        for url in
            ["?access_code=c&code=c&state=s#", "code=c&state=s&code=x&state=y", "https://a/?x=1&access_code=c&state=s"]
        {
            let callback = Callback::parse_first(url, &names).unwrap();
            assert_eq!((callback.code, callback.state), (Some("c".into()), Some("s".into())), "{url}");
        }
    }

    #[test]
    fn a_doubled_parameter_is_refused() {
        for url in ["?code=a&code=b", "?code=a&state=s&state=s", "?error=x&error=x"] {
            assert!(matches!(Callback::parse(url), Err(LoginError::Doubled { .. })), "{url}");
        }
    }
}
