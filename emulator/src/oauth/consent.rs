//! The page behind `authorize`: who signs in and agrees gets a code sent to the redirect URI, and a session. With the
//! switch `authorize = auto` it agrees at once.

mod page;
mod wish;

use axum::http::header;

use super::{password, tokens};
use crate::access;
use crate::app::Job;
use crate::http::body::members;
use crate::http::{Failure, Reply};
use crate::json::Json;
use crate::seed;
use crate::switches::Authorize;

use wish::Wish;

/// Shows the page, or agrees at once.
pub(crate) fn show(job: &Job<'_>) -> Result<Reply, Failure> {
    let wish = Wish::read(job)?;
    if let Some(problem) = wish.problem {
        return Ok(wish.refuse(problem));
    }
    match job.switches().authorize {
        Authorize::Auto => {
            let signed_in = access::by_cookie(job)?.map(|caller| caller.user);
            agree(job, &wish, signed_in.map_or_else(|| seed::demo_user(job.db), Ok)?)
        }
        Authorize::Form => Ok(page::form(job, &wish, None)),
    }
}

/// Takes what was entered on the page.
pub(crate) fn decide(job: &Job<'_>) -> Result<Reply, Failure> {
    let wish = Wish::read(job)?;
    if let Some(problem) = wish.problem {
        return Ok(wish.refuse(problem));
    }
    let entered = members(job.request, true)?;
    let text = |name: &str| entered.get(name).and_then(Json::as_text).unwrap_or_default();
    if text("decision") != "agree" {
        return Ok(wish.refuse("access_denied"));
    }
    let one_time = Some(text("otp")).filter(|code| !code.is_empty());
    match password::check(job, text("username"), text("password"), one_time)? {
        Some(user) if !api_only(job, user)? => agree(job, &wish, user),
        _ => Ok(page::form(job, &wish, Some("The user name, the password or the one-time password is wrong."))),
    }
}

/// A user for programs only has no web login.
fn api_only(job: &Job<'_>, user: i64) -> Result<bool, Failure> {
    Ok(job.db.prepare_cached("SELECT apionly FROM users WHERE ID = ?1")?.query_row([user], |row| row.get(0))?)
}

/// Hands out a code and, unless the browser has one of this user, a session.
fn agree(job: &Job<'_>, wish: &Wish, user: i64) -> Result<Reply, Failure> {
    let code = tokens::draw()?;
    let lifetime = i64::try_from(job.switches().code_ttl.as_secs()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO _codes (code, user, application, redirect_uri, challenge, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let expires = job.now.saturating_add(lifetime);
    job.db.prepare_cached(sql)?.execute((
        &code,
        user,
        wish.application,
        &wish.redirect_uri,
        &wish.challenge,
        expires,
    ))?;
    let reply = wish.send(&[("code", &code)]).secret();
    if access::by_cookie(job)?.is_some_and(|caller| caller.user == user) {
        return Ok(reply);
    }
    let session = tokens::start_session(job, user)?;
    Ok(reply.with(header::SET_COOKIE, tokens::session_cookie(job, &session)))
}
