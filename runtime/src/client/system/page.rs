//! What a page is told that has the secret of a client application: everyone who opens the page can read it.

use crate::request::ClientCredentials;

/// Said once.
pub(super) const SECRET_IN_PAGE: &str = "a client secret is configured in a page, where everyone can read it. RFC 10017 (BCP 212) puts \
     no client secret and no refresh token into a page that is shipped: use the session of the page (`browser_session`), or a back end \
     that holds the tokens (`examples/web`)";

/// Whether a client application has a secret to lose. A public one has none.
pub(super) fn has_secret(client: Option<&ClientCredentials>) -> bool {
    client.is_some_and(|client| !client.secret.expose().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::ClientAuthMethod;

    #[test]
    fn a_public_client_has_no_secret_to_warn_of() {
        let client = |secret: &str| {
            let (id, method) = ("app".to_owned(), ClientAuthMethod::Body);
            ClientCredentials { id, secret: secret.into(), method }
        };
        assert!(has_secret(Some(&client("s3cret"))));
        assert!(!has_secret(Some(&client(""))) && !has_secret(None));
        assert!(SECRET_IN_PAGE.contains("RFC 10017") && SECRET_IN_PAGE.contains("BCP 212"));
    }
}
