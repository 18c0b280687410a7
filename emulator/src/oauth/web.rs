//! The pages for people, at `/{INSTANCE}/`: signing in, agreeing to what an application asks for, signing out. Made by
//! the server, without scripts but the one line that posts an answer on. With `authorize = auto` nobody is asked.

mod code;
mod consent;
mod guard;
mod home;
mod html;
mod login;
mod visitor;
mod wish;

pub(crate) use wish::Wish;

use crate::access::{self, Caller};
use crate::app::Job;
use crate::http::body::form;
use crate::http::{Failure, Reply};
use crate::json::Json;
use crate::seed;
use crate::switches::Authorize;

/// What somebody has come for.
pub(crate) enum Errand {
    /// An application asks for access.
    Application(Box<Wish>),
    /// To sign in or out, and nothing else.
    Home,
}

impl Errand {
    fn read(job: &Job<'_>) -> Result<Self, Failure> {
        let query = |name: &str| job.request.query(name);
        match (query("umi").as_deref(), query("page").as_deref()) {
            (Some("auth"), Some("oauth")) => Ok(Self::Application(Box::new(Wish::read(job)?))),
            (None, None) => Ok(Self::Home),
            _ => Err(Failure::not_found()),
        }
    }

    /// The answer that needs nobody: the application has made a mistake, or the switch has nobody asked.
    fn settled(&self, job: &Job<'_>) -> Result<Option<Reply>, Failure> {
        let Self::Application(wish) = self else { return Ok(None) };
        if let Some((error, description)) = wish.problem {
            return Ok(Some(wish.refuse(error, description)));
        }
        if job.switches().authorize == Authorize::Form {
            return Ok(None);
        }
        let user = access::by_cookie(job)?.map_or_else(|| seed::demo_user(job.db), |caller| Ok(caller.user))?;
        consent::agree(job, wish, user).map(Some)
    }

    /// The application's wish, if there is one.
    fn wish(&self) -> Option<&Wish> {
        match self {
            Self::Application(wish) => Some(wish),
            Self::Home => None,
        }
    }
}

/// Shows a page.
pub(crate) fn show(job: &Job<'_>) -> Result<Reply, Failure> {
    let errand = Errand::read(job)?;
    if let Some(reply) = errand.settled(job)? {
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
    if let Some(reply) = errand.settled(job)? {
        return Ok(reply);
    }
    let entered = Entered(form(&job.request.body));
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

/// The address of the page at work, for the next request.
fn here(job: &Job<'_>) -> String {
    let query = &job.request.raw_query;
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/{}/{mark}{query}", job.app.instance)
}

/// The fields of a form that was sent.
struct Entered(Json);

impl Entered {
    /// A field; one that is missing is empty.
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Json::as_text).unwrap_or_default()
    }
}
