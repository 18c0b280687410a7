//! The addresses that a server tells of itself (OpenID Connect Discovery).

use zeyos_core::RetryPolicy;

use super::error::Doing;
use super::{AuthAgent, AuthError, DiscoveryDocument};

/// Addresses that a server has told of itself, all below the URL that it was asked at. Give them to
/// [`discovered`](super::AuthAgentBuilder::discovered).
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    document: DiscoveryDocument,
    paths: Vec<(&'static str, String)>,
}

impl Discovered {
    /// The whole document.
    pub fn document(&self) -> &DiscoveryDocument {
        &self.document
    }

    /// The path of each endpoint in our document, and where the server has it.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&'static str, String)> + use<'_> {
        self.paths.iter().cloned()
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
        let handle = self.client.handle();
        if !handle.is_base(&document.issuer) {
            return Err(AuthError::local(
                "invalid_issuer",
                "the document is that of another server than the one that was asked",
            ));
        }
        let named = [
            ("/oauth2/authorize", Some(&document.authorization_endpoint)),
            ("/oauth2/token", Some(&document.token_endpoint)),
            ("/oauth2/userinfo", document.userinfo_endpoint.as_ref()),
            ("/oauth2/revoke", document.revocation_endpoint.as_ref()),
            ("/oauth2/introspect", document.introspection_endpoint.as_ref()),
        ];
        let mut paths = Vec::new();
        for (documented, address) in named {
            let Some(address) = address else { continue };
            let path = handle.own_path(address);
            let path = path.ok_or_else(|| {
                AuthError::local("foreign_endpoint", "an address of the document leads to another server")
            })?;
            paths.push((documented, path));
        }
        Ok(Discovered { document, paths })
    }
}
