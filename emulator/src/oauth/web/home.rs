//! The page for someone who has signed in and has nothing to decide: who that is, and how to sign out.

use axum::http::{StatusCode, header};

use super::csrf;
use super::html::{Page, Person, alert, hidden};
use super::page_request::here;
use crate::context::RequestContext;
use crate::http::credential::session;
use crate::http::{Failure, Reply};
use crate::oauth::tokens;

/// Shows who has signed in.
pub(super) fn show(cx: &RequestContext<'_>, user: i64, problem: Option<&str>) -> Result<Reply, Failure> {
    let proof = csrf::proof(csrf::SESSION, session(&cx.request.headers).unwrap_or_default());
    let body = format!(
        "<h1>You are signed in</h1>{}<dl><dt>As</dt><dd>{}</dd></dl><form method=\"post\">{}<div class=\"buttons\">\
         <button name=\"action\" value=\"leave\">Sign out</button></div></form>",
        alert(problem),
        Person::read(cx, user)?.html(),
        hidden(&proof),
    );
    let status = if problem.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Ok(Page { title: "Signed in", body: &body, leads_to: None }.reply(cx, status))
}

/// Ends the session, and goes back to the page, which then asks who is there.
pub(super) fn leave(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    if let Some(id) = session(&cx.request.headers) {
        tokens::end_session(cx, id)?;
    }
    let gone = format!("{}; Max-Age=0", tokens::session_cookie(cx, ""));
    Ok(Reply::see_other(here(cx)).with(header::SET_COOKIE, gone))
}
