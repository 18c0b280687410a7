//! The password grant of OAuth 2.0 (RFC 6749, section 4.3), behind a feature: RFC 9700 says that it must not be used.

use std::fmt;

use zeyos_core::{Error, Fields, Json, Secret};

use super::OAuth2;
use crate::TokenSet;

/// A sign-in with name and password of a user. Legacy: a person signs in through
/// [`authorization_request`](OAuth2::authorization_request), where the program never sees the password.
#[must_use = "nothing happens until it is sent"]
pub struct PasswordGrant {
    oauth2: OAuth2,
    fields: Fields,
}

impl PasswordGrant {
    pub(super) fn new(oauth2: OAuth2, username: String, password: Secret) -> Self {
        let mut fields = Fields::new();
        fields.set("grant_type", Json::from("password"));
        fields.set("username", Json::from(username));
        fields.set_secret("password", password);
        PasswordGrant { oauth2, fields }
    }

    /// The one-time code of the user's second factor.
    pub fn otp(mut self, otp: impl Into<Secret>) -> Self {
        self.fields.set_secret("otp", otp.into());
        self
    }

    /// Exchanges name and password for tokens, which are stored. They are sent once.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses.
    pub async fn send(self) -> Result<TokenSet, Error> {
        self.oauth2.exchange(self.fields).await
    }
}

impl fmt::Debug for PasswordGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordGrant")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use bytes::Bytes;
    use zeyos_core::{BoxFuture, TokenError};
    use zeyos_emulator::{Emulator, Seed};

    use crate::testing::{self, ISSUER};
    use crate::{Transport, TransportError, TransportRequest};

    #[tokio::test]
    async fn name_and_password_bring_tokens_that_are_stored_and_a_refusal_is_not_repeated() {
        let zeyos = Emulator::builder().seed(Seed::Empty).start().await.unwrap();
        let credentials = zeyos.credentials();
        let client = testing::client(zeyos.url())
            .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
            .build()
            .unwrap();
        let wrong = client.oauth2(&ISSUER).password_grant("demo", "wrong").send().await.unwrap_err();
        assert!(wrong.token_error().is_some_and(TokenError::is_invalid_grant), "{wrong}");
        let grant = client.oauth2(&ISSUER).password_grant(&credentials.username, credentials.password.as_str());
        let tokens = grant.send().await.unwrap();
        assert_eq!(client.auth().token_set().await.unwrap(), Some(tokens));
        let grants: Vec<_> = zeyos.requests().into_iter().map(|seen| seen.grant_type).collect();
        assert_eq!(grants, [Some("password"), Some("password"), None], "and the new login is checked");
    }

    #[derive(Clone, Default)]
    struct Bodies(Arc<Mutex<Vec<String>>>);

    impl Transport for Bodies {
        fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
            self.0.lock().unwrap().push(String::from_utf8(request.request.into_body().to_vec()).unwrap());
            Box::pin(async { Err(TransportError::other("reset")) })
        }
    }

    #[tokio::test]
    async fn the_one_time_code_goes_along_and_nothing_is_printed() {
        let bodies = Bodies::default();
        let client =
            testing::client("https://erp.example.com/demo").client_credentials("app", "s").transport(bodies.clone());
        let grant = client.build().unwrap().oauth2(&ISSUER).password_grant("mara", "hunter2").otp("hunter3");
        assert!(!format!("{grant:?}").contains("hunter"));
        let error = grant.send().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter"));
        assert_eq!(*bodies.0.lock().unwrap(), ["grant_type=password&username=mara&password=hunter2&otp=hunter3"]);
    }
}
