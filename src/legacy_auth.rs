//! The sign-in from before OAuth 2.0, and password tokens. Legacy: new programs sign in with [`oauth2`](crate::oauth2).

mod end;

use std::fmt;

use zeyos_core::call::kind::{Json, Kind};
use zeyos_core::{Error, Secret};

use zeyos_runtime::Handle;

/// The emitted service with all its types.
pub use zeyos_generated::zeyos::auth as raw;

pub use raw::{LegacyUserInfo, LoginRequest, LoginResponse, PasswordToken, PasswordTokenReference, PasswordTokenState};

/// The legacy sign-in of an instance, as [`Client::legacy_auth`](crate::Client::legacy_auth) gives it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos::Client;
/// use zeyos::legacy_auth::LoginRequest;
///
/// # let zeyos = zeyos_emulator::Emulator::start().await?;
/// # let (url, name, password) = (zeyos.url(), zeyos.credentials().username.clone(), zeyos.credentials().password.clone());
/// let client = Client::builder(url).build()?;
/// client.legacy_auth().login(LoginRequest::new(name, password, "office-laptop")).await?;
/// assert!(client.legacy_auth().verify().await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LegacyAuth {
    handle: Handle,
}

impl LegacyAuth {
    pub(crate) fn new(handle: Handle) -> Self {
        LegacyAuth { handle }
    }

    /// The emitted methods. Tokens that they bring are stored too, unless the call is
    /// [`detached`](zeyos_core::Call::detached).
    pub fn raw(&self) -> raw::LegacyAuth {
        raw::LegacyAuth::new(self.handle.dispatch())
    }

    /// Signs a user in for a long-lived token, which is stored: the next call sends it. Name and password are sent once.
    ///
    /// The token ends within 366 days: a later end is not asked for, and not believed. An end that cannot be read is taken for
    /// the server's usual 100 days.
    ///
    /// # Errors
    /// When the server refuses name or password, or the end asked for is more than 366 days ahead: nothing is sent then.
    pub async fn login(&self, request: LoginRequest) -> Result<LoginResponse, Error> {
        let call = self.raw().login(request);
        let request = call.request();
        let answer = async {
            let now = self.handle.now();
            end::check(request, now)?;
            let mut answer = self.handle.exchange(request.clone()).await?;
            end::bound(&mut answer, now);
            let read: Result<(LoginResponse, _), _> = Json::read(&answer, self.handle.decoding());
            read.map(|(response, _)| response)
                .map_err(|error| self.handle.cleaned(Error::decode(error, answer), &request.secrets()))
        };
        answer.await.map_err(|error| error.at(request.operation.id))
    }

    /// Checks that the credential in use still works: only the answer 204 of the configured URL says so.
    ///
    /// # Errors
    /// When it does not (401), or no one can tell.
    pub async fn verify(&self) -> Result<(), Error> {
        self.raw().verify().await.map(|_| ())
    }

    /// The signed-in user in the legacy form.
    ///
    /// # Errors
    /// When no one is signed in.
    pub async fn user_info(&self) -> Result<LegacyUserInfo, Error> {
        Ok(self.raw().get_user_info(raw::GetUserInfoQuery::new()).await?.into_inner())
    }

    /// Ends the access token in use at the server, then removes it here and in the store. It is sent once, and no new token is
    /// asked for on the way. Without tokens there is nothing to do.
    ///
    /// # Errors
    /// When the server does not confirm (401 means that the token had ended before): the tokens stay;
    /// [`clear_token_set`](crate::Auth::clear_token_set) removes them.
    pub async fn logout(&self) -> Result<(), Error> {
        self.handle.logout(&raw::issuers::LEGACY_LOGIN).await
    }

    /// As [`logout`](LegacyAuth::logout), for a token of [`issue_token`](LegacyAuth::issue_token).
    ///
    /// # Errors
    /// When no user is configured, or the server does not confirm: the tokens stay.
    pub async fn logout_issued_token(&self) -> Result<(), Error> {
        self.handle.logout(&raw::issuers::PASSWORD_TOKEN).await
    }

    /// Exchanges the configured user name and password for a bearer token, which is stored: the next call sends it.
    ///
    /// # Errors
    /// When no user is configured, or the server refuses the pair.
    pub async fn issue_token(&self) -> Result<PasswordToken, Error> {
        Ok(self.raw().issue_token().await?.into_inner())
    }

    /// Asks whether a password token is active.
    ///
    /// # Errors
    /// When no user is configured, or the server refuses the pair.
    pub async fn introspect_issued_token(&self, token: impl Into<Secret>) -> Result<PasswordTokenState, Error> {
        Ok(self.raw().introspect_issued_token(PasswordTokenReference::new(token)).await?.into_inner())
    }

    /// Ends a password token.
    ///
    /// # Errors
    /// When no user is configured, or the server refuses the pair.
    pub async fn revoke_issued_token(&self, token: impl Into<Secret>) -> Result<(), Error> {
        self.raw().revoke_issued_token(PasswordTokenReference::new(token)).await.map(|_| ())
    }
}

impl fmt::Debug for LegacyAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyAuth")
    }
}
