//! The page for somebody who has signed in and is asked for nothing: who that is, and the way out.

use axum::http::{StatusCode, header};

use super::errand::here;
use super::guard;
use super::html::{Page, Person, alert, hidden};
use crate::http::credential::session;
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::oauth::tokens;

/// Shows who has signed in.
pub(super) fn show(job: &Job<'_>, user: i64, problem: Option<&str>) -> Result<Reply, Failure> {
    let proof = guard::proof(guard::SESSION, session(&job.request.headers).unwrap_or_default());
    let body = format!(
        "<h1>You are signed in</h1>{}<dl><dt>As</dt><dd>{}</dd></dl><form method=\"post\">{}<div class=\"buttons\">\
         <button name=\"action\" value=\"leave\">Sign out</button></div></form>",
        alert(problem),
        Person::read(job, user)?.html(),
        hidden(&proof),
    );
    let status = if problem.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Ok(Page { title: "Signed in", body: &body, leads_to: None }.reply(job, status))
}

/// Ends the session, and goes back to the page, which then asks who is there.
pub(super) fn leave(job: &Job<'_>) -> Result<Reply, Failure> {
    if let Some(id) = session(&job.request.headers) {
        tokens::end_session(job, id)?;
    }
    let gone = format!("{}; Max-Age=0", tokens::session_cookie(job, ""));
    Ok(Reply::see_other(here(job)).with(header::SET_COOKIE, gone))
}
