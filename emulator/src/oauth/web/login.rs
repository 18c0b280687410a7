//! Signing in: user name and password, then the one-time password of those who have one, then a session.

mod form;

use axum::http::{StatusCode, header};

use super::entered::Entered;
use super::errand::{Errand, here};
use super::{guard, visitor};
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::oauth::{password, tokens};

use form::Problem;

/// Shows the step at which this browser is.
pub(super) fn show(job: &Job<'_>, errand: &Errand, problems: &[Problem]) -> Result<Reply, Failure> {
    step(job, errand, "", problems)
}

fn step(job: &Job<'_>, errand: &Errand, name: &str, problems: &[Problem]) -> Result<Reply, Failure> {
    let (cookie, is_new) = match visitor::known(job) {
        Some(value) => (value.to_owned(), false),
        None => (tokens::draw()?, true),
    };
    let proof = guard::proof(guard::VISITOR, &cookie);
    let reply = match visitor::awaited(job)? {
        Some(_) => form::one_time(job, errand, &proof, problems),
        None => form::password(job, errand, &proof, name, problems),
    };
    Ok(if is_new { reply.with(header::SET_COOKIE, visitor::handed(job, &cookie)) } else { reply })
}

/// Takes what was entered.
pub(super) fn take(job: &Job<'_>, errand: &Errand, entered: &Entered) -> Result<Reply, Failure> {
    if !guard::accepts(job, entered, guard::VISITOR) {
        let mut reply = step(job, errand, entered.text("username"), &[Problem::of(&[], guard::STALE)])?;
        reply.status = StatusCode::FORBIDDEN;
        return Ok(reply);
    }
    match (entered.text("action"), errand.wish()) {
        ("refuse", Some(wish)) => {
            visitor::end(job)?;
            Ok(wish.denied())
        }
        ("restart", _) => {
            visitor::end(job)?;
            Ok(Reply::see_other(here(job)))
        }
        ("login", _) => by_password(job, errand, entered),
        ("code", _) => by_one_time(job, errand, entered),
        _ => show(job, errand, &[]),
    }
}

fn by_password(job: &Job<'_>, errand: &Errand, entered: &Entered) -> Result<Reply, Failure> {
    let name = entered.text("username").trim();
    let mut problems = Vec::new();
    if name.is_empty() {
        problems.push(Problem::of(&["username"], "Enter your user name."));
    }
    if entered.text("password").is_empty() {
        problems.push(Problem::of(&["password"], "Enter your password."));
    }
    if !problems.is_empty() {
        return step(job, errand, name, &problems);
    }
    // Which of the two is wrong is not told, nor whether there is such a user.
    let Some(known) = password::first_factor(job, name, entered.text("password"))? else {
        let wrong = Problem::of(&["password", "username"], "The user name or the password is wrong.");
        return step(job, errand, name, &[wrong]);
    };
    if known.secret.is_some() {
        let cookie = visitor::begin(job, known.user)?;
        return Ok(Reply::see_other(here(job)).with(header::SET_COOKIE, visitor::handed(job, &cookie)));
    }
    enter(job, errand, known.user)
}

fn by_one_time(job: &Job<'_>, errand: &Errand, entered: &Entered) -> Result<Reply, Failure> {
    let Some(user) = visitor::awaited(job)? else {
        let late = Problem::of(&["username"], "That took too long or too many tries. Please sign in again.");
        return show(job, errand, &[late]);
    };
    if password::second_factor(job, user, entered.text("otp"))? {
        return enter(job, errand, user);
    }
    visitor::count(job)?;
    let text = match visitor::awaited(job)? {
        Some(_) => "The one-time password is wrong. Use the one that is shown now.",
        None => "The one-time password was wrong too often. Please sign in again.",
    };
    show(job, errand, &[Problem::of(&["otp", "username"], text)])
}

/// Signs a user in: a new session, and back to the page, which goes on from there.
fn enter(job: &Job<'_>, errand: &Errand, user: i64) -> Result<Reply, Failure> {
    visitor::end(job)?;
    if password::api_only(job, user)? {
        let text = "This user is for programs only and cannot sign in here.";
        return show(job, errand, &[Problem::of(&["username"], text)]);
    }
    let session = tokens::start_session(job, user)?;
    let reply = Reply::see_other(here(job)).secret();
    let reply = reply.with(header::SET_COOKIE, tokens::session_cookie(job, &session));
    Ok(reply.with(header::SET_COOKIE, visitor::taken(job)))
}
