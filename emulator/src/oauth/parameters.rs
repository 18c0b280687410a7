//! The parameters of a request to the token endpoints: where they may stand, and that none stands twice (RFC 6749,
//! section 3.2).

use super::error::invalid_request;
use crate::context::RequestContext;
use crate::http::Failure;
use crate::http::body::{members, unplaced};
use crate::http::form;
use crate::json::Json;
use crate::switches::TokenQuery;

/// Those that the endpoints know. What else is sent does not count.
const NAMES: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "username",
    "password",
    "otp",
    "token",
];

/// The parameters of a request.
#[derive(Debug)]
pub(super) struct Parameters(Json);

impl Parameters {
    /// Reads the body, and the query of the URL as far as the switch lets it.
    pub(super) fn read(cx: &RequestContext<'_>) -> Result<Self, Failure> {
        let query = form::read(cx.request.raw_query.as_bytes()).map_err(unplaced)?.members;
        let queried = NAMES.into_iter().any(|name| query.get(name).is_some());
        let accepted = queried && cx.switches().token_query == TokenQuery::Accept;
        if queried && !accepted {
            return Err(invalid_request("parameters stand in the query of the URL; they belong in the body"));
        }
        let body = members(cx.request, !accepted)?;
        let mut found = Vec::new();
        for name in NAMES {
            match body.get(name).or_else(|| query.get(name)) {
                None | Some(Json::Null) => {}
                Some(text @ Json::Text(_)) => found.push((name.to_owned(), text.clone())),
                Some(Json::List(_)) => return Err(invalid_request(&format!("{name} stands there twice"))),
                Some(_) => return Err(invalid_request(&format!("{name} is not text"))),
            }
        }
        Ok(Self(Json::Object(found)))
    }

    /// A parameter, if it was sent.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_text)
    }

    /// A parameter that must be there.
    pub(super) fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| invalid_request(&format!("{name} is missing")))
    }
}
