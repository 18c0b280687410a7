//! What a caller may choose for one call, whatever its kind.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::Call;
use super::headers::refusal;
use crate::redact::Names;
use crate::retry::RetryPolicy;
use crate::write::Validation;

/// Which credentials the client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum AuthMode {
    /// The best that fits: Basic where the operation asks for it, else a bearer token, else the session cookie.
    #[default]
    Auto,
    /// Basic of the client application where the operation asks for it, else a bearer token; never a cookie.
    OAuth,
    /// The session cookie; never a token.
    Session,
    /// Nothing, whatever the operation asks for.
    None,
}

/// Options of one call.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct CallOptions {
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// How long all attempts may take together.
    pub total_timeout: Option<Duration>,
    /// When the call is sent again, if not as the client is set to.
    pub retry: Option<RetryPolicy>,
    /// Credentials, if not those that the client is set to.
    pub auth_mode: Option<AuthMode>,
    /// Further headers.
    pub headers: HeaderMap,
    /// Whether tokens in the answer are left to the caller instead of being stored.
    pub detached: bool,
    /// Whether a browser keeps the cookies that the answer to an exchange of tokens sets.
    pub keeps_cookies: bool,
    /// How many bytes the body of the answer may have, if not as many as the client is set to.
    pub max_body: Option<u64>,
    /// What is done about a write that breaks a documented rule, if not what the client is set to.
    pub validation: Option<Validation>,
}

/// Of the headers there are the names.
impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("total_timeout", &self.total_timeout)
            .field("retry", &self.retry)
            .field("auth_mode", &self.auth_mode)
            .field("headers", &Names(&self.headers))
            .field("detached", &self.detached)
            .field("keeps_cookies", &self.keeps_cookies)
            .field("max_body", &self.max_body)
            .field("validation", &self.validation)
            .finish()
    }
}

impl<T, K> Call<T, K> {
    /// Limits how long one attempt may take, from connecting to the last byte.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map_request(|request| request.options.timeout = Some(timeout))
    }

    /// Limits how long the call may take in all: its attempts, the waits between them, and the waits for a token or for a server that
    /// has asked to wait. What is under way when the time is over is given up, and the call fails as a
    /// [timeout](crate::Error::is_timeout).
    pub fn total_timeout(self, timeout: Duration) -> Self {
        self.map_request(|request| request.options.total_timeout = Some(timeout))
    }

    /// Sends the call again by another policy than that of the client.
    ///
    /// ```
    /// # use zeyos_core::{Call, RetryPolicy};
    /// # fn once<T, K>(call: Call<T, K>) -> Call<T, K> {
    /// call.retry(RetryPolicy::None)
    /// # }
    /// ```
    pub fn retry(self, policy: impl Into<RetryPolicy>) -> Self {
        let policy = policy.into();
        self.map_request(|request| request.options.retry = Some(policy))
    }

    /// Sends other credentials than the client is set to.
    pub fn auth_mode(self, mode: AuthMode) -> Self {
        self.map_request(|request| request.options.auth_mode = Some(mode))
    }

    /// Adds a header. A value that is marked as sensitive stays out of dry runs, and out of errors that repeat it. Credentials are
    /// not taken here (`Authorization`, `Cookie`), nor what frames the request (`Host`, `Content-Length`, `Transfer-Encoding`,
    /// `Trailer`, `Expect`) or belongs to the connection (`Connection`, `Keep-Alive`, `TE`, `Upgrade`, `HTTP2-Settings`, and all
    /// that begins with `Proxy-`): such a call fails before anything is sent, as does one with a value that is not ASCII.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.map_request(|request| match refusal(&name, &value) {
            Some(reason) => request.refuse(reason),
            None => drop(request.options.headers.append(name, value)),
        })
    }

    /// Limits how many bytes the body of the answer may have, instead of the limit of the client. What is larger is an error, and no
    /// more of it is read.
    pub fn max_body(self, bytes: u64) -> Self {
        self.map_request(|request| request.options.max_body = Some(bytes))
    }

    /// Leaves tokens in the answer to the caller: they are neither stored nor used by the client.
    pub fn detached(self) -> Self {
        self.map_request(|request| request.options.detached = true)
    }

    /// In a page, lets the browser keep the cookies that the answer to this exchange of tokens sets, such as that of a session which begins
    /// with it. Those that it holds for the server go along then, which they do for no other exchange. Nothing changes for any other
    /// call, and on a system without a page nothing can be kept: there the call fails before it is sent.
    pub fn keep_cookies(self) -> Self {
        self.map_request(|request| request.options.keeps_cookies = true)
    }
}
