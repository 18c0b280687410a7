//! The endpoints in the metadata of a server (OpenID Connect Discovery).

use zeyos_core::RetryPolicy;
use zeyos_runtime::DiscoveryError;

use super::error::Doing;
use super::{AuthAgent, AuthError, DiscoveryDocument, raw};

/// Endpoints from the metadata of a server, all below the URL that was asked. Give them to
/// [`discovered`](super::AuthAgentBuilder::discovered).
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    document: DiscoveryDocument,
    found: zeyos_runtime::Discovered,
}

impl Discovered {
    /// The whole document.
    pub fn document(&self) -> &DiscoveryDocument {
        &self.document
    }

    /// The addresses, as builders take them.
    pub(super) fn found(&self) -> &zeyos_runtime::Discovered {
        &self.found
    }
}

impl AuthAgent {
    /// Asks the server for its addresses. They count only if it calls itself by the URL of this client, and only those below that: no
    /// document can send a token or a secret to a server that the caller did not choose.
    ///
    /// # Errors
    /// `invalid_issuer` when the document is that of another server, `foreign_endpoint` when an address of it leads elsewhere; else the
    /// code of the server.
    pub async fn discover(&self) -> Result<Discovered, AuthError> {
        let answer = self.raw().discover().retry(RetryPolicy::None).await;
        let document = answer.map_err(|error| AuthError::of(Doing::Other, error, &self.client.handle()))?.into_inner();
        let found = self.client.discovered(&raw::DISCOVER, &document).map_err(|error| match error {
            DiscoveryError::Issuer => {
                AuthError::local("invalid_issuer", "the document is that of another server than the one that was asked")
            }
            _ => AuthError::local("foreign_endpoint", "an address of the document leads to another server"),
        })?;
        Ok(Discovered { document, found })
    }
}
