//! Password tokens: a Basic header with a user's name and password for a bearer token, without any application. Prose
//! documents them; errors, methods and what the two further calls take are guesses.

use axum::http::{StatusCode, header};

use crate::access;
use crate::context::RequestContext;
use crate::http::body::members;
use crate::http::credential::{basic, bearer};
use crate::http::{Failure, Reply};
use crate::json::Json;
use crate::oauth::tokens::Token;
use crate::oauth::{introspection, password, tokens};

/// Issues a token.
pub(crate) fn issue(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let user = user(cx)?.ok_or_else(|| refused(cx).kept())?;
    let lifetime = i64::try_from(cx.switches().password_token_ttl.as_secs()).unwrap_or(i64::MAX);
    let expires = cx.now.saturating_add(lifetime);
    let token = tokens::issue(cx, "password", (user, None), &tokens::draw()?, expires)?;
    let members = [("access_token", token.into()), ("token_type", "Bearer".into()), ("expires_in", lifetime.into())];
    let reply = Reply::json(StatusCode::OK, &Json::object(members)).secret();
    if !cx.switches().cookie_on_token {
        return Ok(reply);
    }
    let session = tokens::start_session(cx, user)?;
    Ok(reply.with(header::SET_COOKIE, tokens::session_cookie(cx, &session)))
}

/// Tells whether a token is active.
pub(crate) fn introspect(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let Some(token) = asked(cx)? else { return Ok(Reply::json(StatusCode::OK, &introspection::inactive())) };
    // The documents have nothing else here; whose token it is, the caller has just proved.
    Ok(Reply::json(StatusCode::OK, &Json::object([("active", true.into()), ("exp", token.expires.into())])))
}

/// Ends a token.
pub(crate) fn revoke(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    if let Some(token) = asked(cx)? {
        tokens::end_one(cx, &token.token)?;
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// The token in question, as far as the caller may know it: named in the body beside the user's Basic pair, or the
/// bearer.
fn asked(cx: &RequestContext<'_>) -> Result<Option<Token>, Failure> {
    let body = members(cx.request, false)?;
    let named = body.get("token").and_then(Json::as_text);
    let (user, token) = match bearer(&cx.request.headers) {
        Some(own) => (access::by_bearer(cx)?.0.user, named.unwrap_or(own)),
        None => {
            let user = user(cx)?.ok_or_else(|| refused(cx).kept())?;
            (user, named.ok_or_else(|| Failure::bad_request("token is missing"))?)
        }
    };
    Ok(tokens::find(cx, token)?.filter(|token| token.kind == "password" && token.user == user))
}

fn user(cx: &RequestContext<'_>) -> Result<Option<i64>, Failure> {
    let Some((name, secret)) = basic(&cx.request.headers) else { return Ok(None) };
    password::check(cx, &name, &secret, None)
}

fn refused(cx: &RequestContext<'_>) -> Failure {
    Failure::basic(cx.instance, "the user name or the password is wrong")
}
