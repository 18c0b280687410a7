//! What a browser opens a page for: an authorization request, or the home page.

use super::authorization_request::AuthorizationRequest;
use crate::context::RequestContext;
use crate::http::Failure;

/// What a browser opens a page for.
pub(crate) enum PageRequest {
    /// An application asks for access.
    Application(Box<AuthorizationRequest>),
    /// To sign in or out, and nothing else.
    Home,
}

impl PageRequest {
    pub(super) fn read(cx: &RequestContext<'_>) -> Result<Self, Failure> {
        let query = |name: &str| cx.request.query(name);
        match (query("umi").as_deref(), query("page").as_deref()) {
            (Some("auth"), Some("oauth")) => Ok(Self::Application(Box::new(AuthorizationRequest::read(cx)?))),
            (None, None) => Ok(Self::Home),
            _ => Err(Failure::not_found()),
        }
    }

    /// The authorization request, if there is one.
    pub(super) fn authorization(&self) -> Option<&AuthorizationRequest> {
        match self {
            Self::Application(authorization) => Some(authorization),
            Self::Home => None,
        }
    }
}

/// The address of the page at work, for the next request.
pub(super) fn here(cx: &RequestContext<'_>) -> String {
    let query = &cx.request.raw_query;
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/{}/{mark}{query}", cx.instance)
}
