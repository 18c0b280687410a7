//! What a path and a method lead to: a handler, and what must be known before it runs.

use axum::http::Method;

use super::{Failure, Reply};
use crate::context::RequestContext;
use crate::store::Mode;

/// What a handler is.
type Handler = Box<dyn Fn(&RequestContext<'_>) -> Result<Reply, Failure>>;

/// A handler with what must be known before it runs.
pub(crate) struct Endpoint {
    pub mode: Mode,
    /// Whether errors are JSON as OAuth's token endpoints have them.
    pub oauth_errors: bool,
    pub handler: Handler,
}

impl Endpoint {
    /// An endpoint that only reads.
    pub(crate) fn reading(handler: impl Fn(&RequestContext<'_>) -> Result<Reply, Failure> + 'static) -> Self {
        Self { mode: Mode::Read, oauth_errors: false, handler: Box::new(handler) }
    }

    /// An endpoint that may write.
    pub(crate) fn writing(handler: impl Fn(&RequestContext<'_>) -> Result<Reply, Failure> + 'static) -> Self {
        Self { mode: Mode::Write, oauth_errors: false, handler: Box::new(handler) }
    }

    /// The same endpoint with JSON errors.
    pub(crate) fn with_oauth_errors(self) -> Self {
        Self { oauth_errors: true, ..self }
    }
}

/// The endpoint, if the method is the only one that it has.
pub(crate) fn only(method: &Method, allowed: &str, endpoint: impl FnOnce() -> Endpoint) -> Result<Endpoint, Failure> {
    if method.as_str() == allowed { Ok(endpoint()) } else { Err(Failure::method_not_allowed(allowed)) }
}
