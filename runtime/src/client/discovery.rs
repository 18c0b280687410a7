//! What a server reports about itself (RFC 8414, OpenID Connect Discovery), checked against the server that the caller chose.

use std::error::Error as StdError;
use std::fmt;

use zeyos_core::model::Wire;
use zeyos_core::{Issuer, Json, Operation, ServiceDescription, encode};

use super::Client;

/// Endpoints that a server has told about itself, all below the URL that the client was built for. Give them to
/// [`ClientBuilder::discovered`](super::ClientBuilder::discovered).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    service: &'static ServiceDescription,
    /// The path of each endpoint in the document, and where the server has it, below the URL of the client.
    paths: Vec<(&'static str, String)>,
}

/// Why the metadata of a server do not count. They are not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The document does not say that the operation answers such metadata (`x-discovery`).
    NotMarked,
    /// The server calls itself by another URL than that of the client (RFC 8414, section 3.3).
    Issuer,
    /// This member leads to another server, or is not an address.
    Endpoint(&'static str),
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoveryError::NotMarked => {
                f.write_str("the document does not mark the operation as one that tells endpoints (x-discovery)")
            }
            DiscoveryError::Issuer => {
                f.write_str("the metadata are those of another server than the one that was asked")
            }
            DiscoveryError::Endpoint(member) => {
                write!(f, "the address {member} of the metadata leads to another server")
            }
        }
    }
}

impl StdError for DiscoveryError {}

impl Client {
    /// Holds the answer of an operation that tells endpoints (`x-discovery` in its document) against this client. They count only if
    /// `issuer` is the URL of the client, and all of them lie below that: no answer can send a token or a secret to a server that the
    /// caller did not choose. What the document does not list is not looked at.
    ///
    /// # Errors
    /// When they do not count.
    pub fn discovered(&self, operation: &'static Operation, answer: &impl Wire) -> Result<Discovered, DiscoveryError> {
        let handle = self.handle();
        // As it was read: what can only be read is in it.
        let metadata: Json = encode::to_json::<_, serde_json::Error>(answer).unwrap_or_default();
        if operation.discovery.is_empty() {
            return Err(DiscoveryError::NotMarked);
        }
        let issuer = metadata.get("issuer").and_then(Json::as_str);
        if !issuer.is_some_and(|issuer| handle.is_base(issuer)) {
            return Err(DiscoveryError::Issuer);
        }
        let told = operation.discovery.iter().filter_map(|(member, documented)| {
            let address = metadata.get(*member).filter(|address| !address.is_null())?;
            let path = address.as_str().and_then(|address| handle.own_path(address));
            Some(path.map(|path| (*documented, path)).ok_or(DiscoveryError::Endpoint(member)))
        });
        Ok(Discovered { service: operation.service, paths: told.collect::<Result<_, _>>()? })
    }
}

impl Discovered {
    /// The endpoints, each with the service that it may belong to: that of the document, and those of its issuers.
    pub(super) fn endpoints(
        &self,
        issuers: &[&'static Issuer],
    ) -> Vec<(&'static ServiceDescription, &'static str, String)> {
        let of_issuers = issuers.iter().flat_map(|issuer| {
            let revocation = issuer.revocation.map(|revocation| revocation.operation);
            [Some(issuer.token), issuer.refresh, issuer.authorization, issuer.introspection, revocation]
        });
        let mut services = vec![self.service];
        for service in of_issuers.flatten().map(|operation| operation.service) {
            if !services.iter().any(|known| std::ptr::eq(*known, service)) {
                services.push(service);
            }
        }
        let endpoints = |service: &'static ServiceDescription| {
            self.paths.iter().map(move |(documented, path)| (service, *documented, path.clone()))
        };
        services.into_iter().flat_map(endpoints).collect()
    }
}
