//! The question whether an application may act in the name of whoever has signed in, and what follows from the answer.
//! It is asked every time: a program on this machine cannot be told from another that uses its identifier.

use axum::http::{StatusCode, header};

use super::authorization_request::AuthorizationRequest;
use super::html::{Page, Person, alert, hidden};
use super::{code, csrf};
use crate::access;
use crate::context::RequestContext;
use crate::html::escape;
use crate::http::credential::session;
use crate::http::{Failure, Reply};
use crate::oauth::tokens;

/// Asks.
pub(super) fn show(
    cx: &RequestContext<'_>,
    authorization: &AuthorizationRequest,
    user: i64,
    problem: Option<&str>,
) -> Result<Reply, Failure> {
    let proof = csrf::proof(csrf::SESSION, session(&cx.request.headers).unwrap_or_default());
    let vendor =
        if authorization.vendor.is_empty() { String::new() } else { format!(" by {}", escape(&authorization.vendor)) };
    let (application, person) = (escape(&authorization.name), Person::read(cx, user)?);
    let body = format!(
        "<h1>Allow access?</h1>{}<p><strong>{application}</strong>{vendor} asks to read and change data on \
         <strong>{}</strong> in your name.</p>\
         <dl><dt>Signed in as</dt><dd>{}</dd><dt>Then back to</dt><dd>{}</dd></dl>\
         <form method=\"post\">{}<div class=\"buttons\"><button name=\"action\" value=\"agree\">Allow</button>\
         <button class=\"second\" name=\"action\" value=\"refuse\">Refuse</button></div>\
         <div class=\"buttons\"><button class=\"plain\" name=\"action\" value=\"leave\">Sign in as someone else</button></div>\
         </form>",
        alert(problem),
        escape(cx.instance),
        person.html(),
        escape(authorization.redirect.origin().ascii_serialization().trim_start_matches("https://")),
        hidden(&proof),
    );
    let status = if problem.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Ok(Page { title: "Allow access?", body: &body, leads_to: Some(&authorization.redirect) }.reply(cx, status))
}

/// Sends a code back, and starts a session unless the browser has one of this user.
pub(super) fn agree(
    cx: &RequestContext<'_>,
    authorization: &AuthorizationRequest,
    user: i64,
) -> Result<Reply, Failure> {
    if !access::may_use(cx, user, authorization.application)? {
        return Ok(authorization.refuse("access_denied", "the user may not use this application"));
    }
    let code = code::issue(cx, authorization, user)?;
    let reply = authorization.send(&[("code", &code)]);
    if access::by_cookie(cx)?.is_some_and(|caller| caller.user == user) {
        return Ok(reply);
    }
    let session = tokens::start_session(cx, user)?;
    Ok(reply.with(header::SET_COOKIE, tokens::session_cookie(cx, &session)))
}
