//! Sign-in under `/auth/v1`: the deprecated login and logout, and the password tokens that only prose documents.

mod info;
mod login;
mod password_token;

use axum::http::{Method, StatusCode};

use crate::app::App;
use crate::context::RequestContext;
use crate::http::endpoint::{Endpoint, only};
use crate::http::{Failure, Reply};
use crate::oauth::tokens;

/// The endpoint behind a path under `/auth/v1`.
pub(crate) fn endpoint(app: &App, method: &Method, path: &[&str]) -> Result<Endpoint, Failure> {
    match (path, app.switches().password_token) {
        ([], _) => match *method {
            Method::GET => Ok(Endpoint::reading(info::answer)),
            Method::HEAD => Ok(Endpoint::reading(info::verify)),
            _ => Err(Failure::method_not_allowed("GET, HEAD")),
        },
        (["login"], _) => only(method, "POST", || Endpoint::writing(login::answer)),
        (["logout"], _) => only(method, "GET", || Endpoint::writing(logout)),
        (["token"], true) => only(method, "POST", || Endpoint::writing(password_token::issue)),
        (["token", "introspect"], true) => only(method, "POST", || Endpoint::writing(password_token::introspect)),
        (["token", "revoke"], true) => only(method, "POST", || Endpoint::writing(password_token::revoke)),
        _ => Err(Failure::not_found()),
    }
}

/// Ends the token that it is asked with, although it is a GET.
fn logout(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let (_, token) = crate::access::by_bearer(cx)?;
    tokens::end_one(cx, token)?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
