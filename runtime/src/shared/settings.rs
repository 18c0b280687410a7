//! What a client is set to.

use std::time::Duration;

use zeyos_core::call::Request;
use zeyos_core::{AuthMode, Decoding, FilterMember, RetryPolicy, Secret, Validation};

use super::{Base, ClientAuthMethod};

/// When a call whose bearer token is refused goes on to the session cookie. It does so only after a 401, so that nothing is
/// carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SessionFallback {
    /// For every call.
    #[default]
    Always,
    /// Only for calls that change nothing: a write under another identity than intended may be worse than none.
    ReadsOnly,
    /// For none.
    Never,
}

/// What a client was set to.
pub(crate) struct Settings {
    pub base: Base,
    pub mode: AuthMode,
    /// How client applications prove who they are.
    pub client_auth_method: ClientAuthMethod,
    pub auto_refresh: bool,
    pub session_fallback: SessionFallback,
    pub timeout: Option<Duration>,
    /// How long all attempts of a call may take together.
    pub total_timeout: Option<Duration>,
    pub retry: RetryPolicy,
    /// How many bytes the body of an answer may have that is read as a whole, and one that is handed over piece by piece.
    pub max_body: usize,
    pub max_streamed: usize,
    /// How long a call waits for a server that asked to wait.
    pub max_wait: Duration,
    pub decoding: Decoding,
    pub filter_member: FilterMember,
    pub validation: Validation,
    pub user_agent: http::HeaderValue,
    /// What goes along with every request.
    pub headers: http::HeaderMap,
    /// What the former hold that no one else may see.
    pub header_secrets: Vec<Secret>,
    /// The header that holds the name of a call.
    pub request_id_header: Option<http::HeaderName>,
}

impl Settings {
    /// How long a call may take, if that was said: for it, or for the client.
    pub(crate) fn limit(&self, request: &Request) -> Option<Duration> {
        request.options.timeout.or(self.timeout)
    }

    /// How long all attempts of a call may take together, if that was said: for it, or for the client.
    pub(crate) fn total(&self, request: &Request) -> Option<Duration> {
        request.options.total_timeout.or(self.total_timeout)
    }

    /// What a call was asked for, or the client is set to.
    pub(crate) fn mode(&self, request: &Request) -> AuthMode {
        request.options.auth_mode.unwrap_or(self.mode)
    }
}
