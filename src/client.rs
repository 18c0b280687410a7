//! The client: one configured connection to an instance, and the services behind it.

mod base_url;
mod builder;
mod checks;
mod plain_path;
mod untyped;

use std::fmt;
use std::sync::Arc;

use http::Method;
use zeyos_core::{Dispatch, Dispatcher};
use zeyos_generated::zeyos::rest::Api;

use crate::auth::{Auth, Middleware};
use crate::legacy_auth::LegacyAuth;
use crate::oauth2::OAuth2;

pub use base_url::{BaseUrl, Platform};
pub use builder::{ClientBuilder, FilterMember};
pub use checks::BuildError;
pub use untyped::Untyped;

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
pub struct Client {
    middleware: Arc<Middleware>,
}

impl Client {
    /// Starts a client for the instance at this URL: origin and instance, as in `https://cloud.zeyos.com/demo`.
    pub fn builder(url: impl Into<BaseUrl>) -> ClientBuilder {
        ClientBuilder::new(url.into())
    }

    /// The REST service: every resource by six verbs.
    pub fn api(&self) -> Api {
        Api::new(self.dispatch())
    }

    /// The OAuth 2.0 service: signing in, and what is known about tokens and their user.
    pub fn oauth2(&self) -> OAuth2 {
        OAuth2::new(Arc::clone(&self.middleware))
    }

    /// The sign-in from before OAuth 2.0, and password tokens.
    pub fn legacy_auth(&self) -> LegacyAuth {
        LegacyAuth::new(Arc::clone(&self.middleware))
    }

    /// The tokens in use.
    pub fn auth(&self) -> Auth {
        Auth::new(Arc::clone(&self.middleware))
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
        Arc::clone(&self.middleware) as Arc<dyn Dispatch>
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("instance", &self.middleware.settings.base.instance)
            .field("auth_mode", &self.middleware.settings.mode)
            .finish_non_exhaustive()
    }
}
