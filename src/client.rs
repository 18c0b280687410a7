//! The client: one configured connection to an instance, and the services behind it.

mod check;
mod login;
mod platform;
pub(crate) mod untyped;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use zeyos_core::{BoxFuture, Credential, Dispatch, Dispatcher};
use zeyos_generated::zeyos::rest::Api;

use zeyos_runtime::{Auth, BaseUrl, BuildError, Identity};

use crate::legacy_auth::LegacyAuth;
use crate::oauth2::OAuth2;

pub use check::{Check, CheckReport, CheckSubject, Finding};
pub use platform::Platform;
pub use untyped::Untyped;

/// Sets up a [`Client`]. Nothing is sent before the first call.
pub type ClientBuilder = zeyos_runtime::ClientBuilder<Client>;

/// A client for one instance. Cloning is cheap and shares connections, tokens and settings.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos::rest::Account;
/// use zeyos::{Client, TokenSet};
///
/// # let zeyos = zeyos_emulator::Emulator::start().await?;
/// # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
/// let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
/// let accounts = client.api().list_accounts(Account::query().live().limit(3)).await?;
/// assert_eq!(accounts.len(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(zeyos_runtime::Client);

impl Client {
    /// Starts a client for the instance at this URL: origin and instance, as in `https://cloud.zeyos.com/demo`. A URL without an instance
    /// is told by [`build`](ClientBuilder::build).
    ///
    /// ```
    /// let error = zeyos::Client::builder("https://cloud.zeyos.com").build().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "https://cloud.zeyos.com names no instance; give it behind the origin, as in `https://cloud.zeyos.com/INSTANCE`",
    /// );
    /// ```
    pub fn builder(url: impl Into<BaseUrl>) -> ClientBuilder {
        ClientBuilder::new(url, login::login())
    }

    /// Waits by the clock of the client.
    pub(crate) fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.clock().sleep(duration)
    }

    /// How much time has passed by the clock of the client, which is never put back.
    pub(crate) fn monotonic(&self) -> Duration {
        self.0.clock().monotonic()
    }

    /// The REST service: every resource by six verbs.
    pub fn api(&self) -> Api {
        Api::new(self.dispatch())
    }

    /// The OAuth 2.0 service: signing in, and what is known about tokens and their user.
    pub fn oauth2(&self) -> OAuth2 {
        OAuth2::new(&self.0)
    }

    /// The sign-in from before OAuth 2.0, and password tokens.
    pub fn legacy_auth(&self) -> LegacyAuth {
        LegacyAuth::new(self.0.handle())
    }

    /// The tokens in use.
    pub fn auth(&self) -> Auth {
        self.0.auth()
    }

    /// The tokens of the login whose tokens are this credential: the first one, or a [further](ClientBuilder::further_login) one. `None`
    /// where the client has no such login.
    pub fn auth_of(&self, tokens: &'static Credential) -> Option<Auth> {
        self.0.auth_of(tokens)
    }

    /// The same client for another user, for programs that act for many: connections, settings, the gate that keeps to the server's
    /// `Retry-After`, and root certificates are shared; tokens, session and password are not. The pair of the client application goes
    /// along, since it is the program's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let zeyos = zeyos_emulator::Emulator::start().await?;
    /// # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
    /// use zeyos::rest::Account;
    /// use zeyos::{Client, Identity, Safety, TokenSet};
    ///
    /// let client = Client::builder(url).build()?;
    /// let mara = client.for_user(Identity::from(TokenSet::bearer(token)).allow(Safety::Read))?;
    /// assert_eq!(mara.api().list_accounts(Account::query().limit(2)).await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When a token, a cookie value or the name of the user has characters that no header may have.
    pub fn for_user(&self, identity: impl Into<Identity>) -> Result<Client, BuildError> {
        self.0.for_user(identity).map(Client)
    }

    /// Checks what calls will need, each with what to do where it is missing: whether the host answers and an instance is at the
    /// base URL, whether the clocks agree, whether the token store can be written, whether the credential is taken, and whether the
    /// user may make the reads that are [named](Check::may). For jobs that run at night, before they begin.
    ///
    /// It never fails itself, and sends nothing but reads. The store is locked and written as before a refresh; the tokens stay.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let zeyos = zeyos_emulator::Emulator::start().await?;
    /// # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
    /// use zeyos::rest::Ticket;
    /// use zeyos::{Client, TokenSet};
    ///
    /// let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
    /// let report = client.check().may(client.api().list_tickets(Ticket::query().limit(1))).await;
    /// for finding in report.problems() {
    ///     eprintln!("{finding}");
    /// }
    /// assert!(report.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn check(&self) -> Check {
        Check::of(self)
    }

    /// A call by method and path, under the security rules of the operation that it is: `/tickets/7`, or with its service
    /// `/api/v1/tickets/7`. A path of the REST service that no document knows takes the same credentials as the others there.
    pub fn request(&self, method: Method, path: &str) -> Untyped {
        Untyped::by_path(self.dispatch(), method, path)
    }

    /// A call of the operation with this id, such as `listTickets`. Where two services have the id, name the service too:
    /// `zeyos-oauth2/getUserInfo`.
    pub fn operation(&self, id: &str) -> Untyped {
        Untyped::by_id(self.dispatch(), id)
    }
}

/// Services that are generated from other documents go over the same client: `Tickets::on(&client)`.
impl Dispatcher for Client {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        self.0.dispatch()
    }
}

impl From<zeyos_runtime::Client> for Client {
    fn from(client: zeyos_runtime::Client) -> Self {
        Client(client)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_a_bare_value() {
        for odd in ["ZEYOSID=abc", "a b", "a;b", "", "a\r\nX: hunter2"] {
            let error =
                Client::builder("https://cloud.zeyos.com/demo").session_cookie(odd).build().unwrap_err().to_string();
            assert!(error.contains("session cookie") && !error.contains("hunter2"), "{error}");
        }
    }
}
