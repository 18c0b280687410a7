//! OAuth 2.0 under `/oauth2/v1`, and the pages for people. Paths and methods; each flow has a file of its
//! own.

mod authorize;
pub(crate) mod civil;
mod client;
mod code;
mod error;
mod grant;
pub(crate) mod introspection;
mod lockout;
pub(crate) mod otp;
mod parameters;
pub(crate) mod password;
mod replay;
pub(crate) mod tokens;
mod userinfo;
mod web;

use axum::http::Method;

pub(crate) use userinfo::profile;

use crate::http::Failure;
use crate::http::endpoint::{Endpoint, only};

/// The endpoint behind a path under `/oauth2/v1`.
pub(crate) fn endpoint(method: &Method, path: &[&str]) -> Result<Endpoint, Failure> {
    match path {
        ["authorize"] => only(method, "GET", || Endpoint::reading(authorize::answer)),
        ["token"] => only(method, "POST", || Endpoint::writing(grant::answer).with_oauth_errors()),
        ["revoke"] => only(method, "POST", || Endpoint::writing(introspection::revoke).with_oauth_errors()),
        ["introspect"] => only(method, "POST", || Endpoint::reading(introspection::introspect).with_oauth_errors()),
        ["userinfo"] => only(method, "GET", || Endpoint::reading(userinfo::answer)),
        _ => Err(Failure::not_found()),
    }
}

/// The pages for people, to one of which `authorize` leads.
pub(crate) fn page(method: &Method) -> Result<Endpoint, Failure> {
    match *method {
        Method::GET => Ok(Endpoint::writing(web::show)),
        Method::POST => Ok(Endpoint::writing(web::submit)),
        _ => Err(Failure::method_not_allowed("GET, POST")),
    }
}
