//! Signing in: user name and password, then the one-time password of those who have one, then a session.

mod form;

use axum::http::{StatusCode, header};

use super::form_fields::FormFields;
use super::page_request::{PageRequest, here};
use super::{csrf, pending_login};
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::oauth::{password, tokens};

use form::Problem;

/// Shows the step at which this browser is.
pub(super) fn show(cx: &RequestContext<'_>, page: &PageRequest, problems: &[Problem]) -> Result<Reply, Failure> {
    step(cx, page, "", problems)
}

fn step(cx: &RequestContext<'_>, page: &PageRequest, name: &str, problems: &[Problem]) -> Result<Reply, Failure> {
    let (cookie, is_new) = match pending_login::cookie_value(cx) {
        Some(value) => (value.to_owned(), false),
        None => (tokens::draw()?, true),
    };
    let proof = csrf::proof(csrf::VISITOR, &cookie);
    let reply = match pending_login::awaited_user(cx)? {
        Some(_) => form::one_time(cx, page, &proof, problems),
        None => form::password(cx, page, &proof, name, problems),
    };
    Ok(if is_new { reply.with(header::SET_COOKIE, pending_login::set_cookie(cx, &cookie)) } else { reply })
}

/// Takes what was entered.
pub(super) fn submit(cx: &RequestContext<'_>, page: &PageRequest, fields: &FormFields) -> Result<Reply, Failure> {
    if !csrf::accepts(cx, fields, csrf::VISITOR) {
        let mut reply = step(cx, page, fields.text("username"), &[Problem::of(&[], csrf::STALE)])?;
        reply.status = StatusCode::FORBIDDEN;
        return Ok(reply);
    }
    match (fields.text("action"), page.authorization()) {
        ("refuse", Some(authorization)) => {
            pending_login::end(cx)?;
            Ok(authorization.denied())
        }
        ("restart", _) => {
            pending_login::end(cx)?;
            Ok(Reply::see_other(here(cx)))
        }
        ("login", _) => by_password(cx, page, fields),
        ("code", _) => by_one_time(cx, page, fields),
        _ => show(cx, page, &[]),
    }
}

fn by_password(cx: &RequestContext<'_>, page: &PageRequest, fields: &FormFields) -> Result<Reply, Failure> {
    let name = fields.text("username").trim();
    let mut problems = Vec::new();
    if name.is_empty() {
        problems.push(Problem::of(&["username"], "Enter your user name."));
    }
    if fields.text("password").is_empty() {
        problems.push(Problem::of(&["password"], "Enter your password."));
    }
    if !problems.is_empty() {
        return step(cx, page, name, &problems);
    }
    // Which of the two is wrong is not told, nor whether there is such a user.
    let Some(known) = password::first_factor(cx, name, fields.text("password"))? else {
        let wrong = Problem::of(&["password", "username"], "The user name or the password is wrong.");
        return step(cx, page, name, &[wrong]);
    };
    if known.secret.is_some() {
        let cookie = pending_login::begin(cx, known.user)?;
        return Ok(Reply::see_other(here(cx)).with(header::SET_COOKIE, pending_login::set_cookie(cx, &cookie)));
    }
    enter(cx, page, known.user)
}

fn by_one_time(cx: &RequestContext<'_>, page: &PageRequest, fields: &FormFields) -> Result<Reply, Failure> {
    let Some(user) = pending_login::awaited_user(cx)? else {
        let late = Problem::of(&["username"], "That took too long or too many tries. Please sign in again.");
        return show(cx, page, &[late]);
    };
    if password::second_factor(cx, user, fields.text("otp"))? {
        return enter(cx, page, user);
    }
    pending_login::count(cx)?;
    let text = match pending_login::awaited_user(cx)? {
        Some(_) => "The one-time password is wrong. Use the one that is shown now.",
        None => "The one-time password was wrong too often. Please sign in again.",
    };
    show(cx, page, &[Problem::of(&["otp", "username"], text)])
}

/// Signs a user in: a new session, and back to the page, which goes on from there.
fn enter(cx: &RequestContext<'_>, page: &PageRequest, user: i64) -> Result<Reply, Failure> {
    pending_login::end(cx)?;
    if password::api_only(cx, user)? {
        let text = "This user is for programs only and cannot sign in here.";
        return show(cx, page, &[Problem::of(&["username"], text)]);
    }
    let session = tokens::start_session(cx, user)?;
    let reply = Reply::see_other(here(cx)).secret();
    let reply = reply.with(header::SET_COOKIE, tokens::session_cookie(cx, &session));
    Ok(reply.with(header::SET_COOKIE, pending_login::clear_cookie(cx)))
}
