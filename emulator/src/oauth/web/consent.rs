//! The question whether an application may act in the name of whoever has signed in, and what follows from the answer.
//! It is asked every time: a program on this machine cannot be told from another that uses its identifier.

use axum::http::{StatusCode, header};

use super::html::{Page, Person, alert, hidden};
use super::wish::Wish;
use super::{code, guard};
use crate::access;
use crate::html::escape;
use crate::http::credential::session;
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::oauth::tokens;

/// Asks.
pub(super) fn show(job: &Job<'_>, wish: &Wish, user: i64, problem: Option<&str>) -> Result<Reply, Failure> {
    let proof = guard::proof(guard::SESSION, session(&job.request.headers).unwrap_or_default());
    let vendor = if wish.vendor.is_empty() { String::new() } else { format!(" by {}", escape(&wish.vendor)) };
    let (application, person) = (escape(&wish.name), Person::read(job, user)?);
    let body = format!(
        "<h1>Allow access?</h1>{}<p><strong>{application}</strong>{vendor} asks to read and change data on \
         <strong>{}</strong> in your name.</p>\
         <dl><dt>Signed in as</dt><dd>{}</dd><dt>Then back to</dt><dd>{}</dd></dl>\
         <form method=\"post\">{}<div class=\"buttons\"><button name=\"action\" value=\"agree\">Allow</button>\
         <button class=\"second\" name=\"action\" value=\"refuse\">Refuse</button></div>\
         <div class=\"buttons\"><button class=\"plain\" name=\"action\" value=\"leave\">Sign in as somebody else</button></div>\
         </form>",
        alert(problem),
        escape(job.instance),
        person.html(),
        escape(wish.redirect.origin().ascii_serialization().trim_start_matches("https://")),
        hidden(&proof),
    );
    let status = if problem.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Ok(Page { title: "Allow access?", body: &body, leads_to: Some(&wish.redirect) }.reply(job, status))
}

/// Sends a code back, and starts a session unless the browser has one of this user.
pub(super) fn agree(job: &Job<'_>, wish: &Wish, user: i64) -> Result<Reply, Failure> {
    if !access::may_use(job, user, wish.application)? {
        return Ok(wish.refuse("access_denied", "the user may not use this application"));
    }
    let code = code::issue(job, wish, user)?;
    let reply = wish.send(&[("code", &code)]);
    if access::by_cookie(job)?.is_some_and(|caller| caller.user == user) {
        return Ok(reply);
    }
    let session = tokens::start_session(job, user)?;
    Ok(reply.with(header::SET_COOKIE, tokens::session_cookie(job, &session)))
}
