//! The pages for people, at `/{INSTANCE}/`: signing in, agreeing to what an application asks for, signing out. Made by
//! the server, without scripts but the one line that posts an answer on. With `authorize = auto` nobody is asked.

mod code;
mod consent;
mod entered;
mod errand;
mod guard;
mod home;
mod html;
mod login;
mod visitor;
mod wish;

use crate::access::{self, Caller};
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::seed;
use crate::switches::Authorize;
use entered::Entered;
use errand::Errand;

/// Shows a page.
pub(crate) fn show(job: &Job<'_>) -> Result<Reply, Failure> {
    let errand = Errand::read(job)?;
    if let Some(reply) = settled(job, &errand)? {
        return Ok(reply);
    }
    match access::by_cookie(job)? {
        Some(caller) => signed_in(job, &errand, caller, None),
        None => login::show(job, &errand, &[]),
    }
}

/// Takes what was entered on a page.
pub(crate) fn take(job: &Job<'_>) -> Result<Reply, Failure> {
    let errand = Errand::read(job)?;
    if let Some(reply) = settled(job, &errand)? {
        return Ok(reply);
    }
    let entered = Entered::read(job);
    match access::by_cookie(job)? {
        None => login::take(job, &errand, &entered),
        Some(caller) if !guard::accepts(job, &entered, guard::SESSION) => {
            signed_in(job, &errand, caller, Some(guard::STALE))
        }
        Some(caller) => match (entered.text("action"), errand.wish()) {
            ("leave", _) => home::leave(job),
            ("agree", Some(wish)) => consent::agree(job, wish, caller.user),
            ("refuse", Some(wish)) => Ok(wish.denied()),
            _ => signed_in(job, &errand, caller, None),
        },
    }
}

/// The page for somebody who has signed in.
fn signed_in(job: &Job<'_>, errand: &Errand, caller: Caller, problem: Option<&str>) -> Result<Reply, Failure> {
    match errand.wish() {
        Some(wish) => consent::show(job, wish, caller.user, problem),
        None => home::show(job, caller.user, problem),
    }
}

/// The answer that needs nobody: the application has made a mistake, or the switch has nobody asked.
fn settled(job: &Job<'_>, errand: &Errand) -> Result<Option<Reply>, Failure> {
    let Some(wish) = errand.wish() else { return Ok(None) };
    if let Some((error, description)) = wish.problem {
        return Ok(Some(wish.refuse(error, description)));
    }
    if job.switches().authorize == Authorize::Form {
        return Ok(None);
    }
    let user = access::by_cookie(job)?.map_or_else(|| seed::demo_user(job.db), |caller| Ok(caller.user))?;
    consent::agree(job, wish, user).map(Some)
}
