//! The pages for people, at `/{INSTANCE}/`: signing in, agreeing to what an application asks for, signing out. Made by
//! the server, without scripts but the one line that posts an answer on. With `authorize = auto` no one is asked.

mod authorization_request;
mod code;
mod consent;
mod csrf;
mod form_fields;
mod home;
mod html;
mod login;
mod page_request;
mod pending_login;

use crate::access::{self, Caller};
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::seed;
use crate::switches::Authorize;
use form_fields::FormFields;
use page_request::PageRequest;

/// Shows a page.
pub(crate) fn show(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let page = PageRequest::read(cx)?;
    if let Some(reply) = without_page(cx, &page)? {
        return Ok(reply);
    }
    match access::by_cookie(cx)? {
        Some(caller) => signed_in(cx, &page, caller, None),
        None => login::show(cx, &page, &[]),
    }
}

/// Takes what was entered on a page.
pub(crate) fn submit(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let page = PageRequest::read(cx)?;
    if let Some(reply) = without_page(cx, &page)? {
        return Ok(reply);
    }
    let fields = FormFields::read(cx);
    match access::by_cookie(cx)? {
        None => login::submit(cx, &page, &fields),
        Some(caller) if !csrf::accepts(cx, &fields, csrf::SESSION) => signed_in(cx, &page, caller, Some(csrf::STALE)),
        Some(caller) => match (fields.text("action"), page.authorization()) {
            ("leave", _) => home::leave(cx),
            ("agree", Some(authorization)) => consent::agree(cx, authorization, caller.user),
            ("refuse", Some(authorization)) => Ok(authorization.denied()),
            _ => signed_in(cx, &page, caller, None),
        },
    }
}

/// The page for someone who has signed in.
fn signed_in(
    cx: &RequestContext<'_>,
    page: &PageRequest,
    caller: Caller,
    problem: Option<&str>,
) -> Result<Reply, Failure> {
    match page.authorization() {
        Some(authorization) => consent::show(cx, authorization, caller.user, problem),
        None => home::show(cx, caller.user, problem),
    }
}

/// The answer that needs no user: the application has made a mistake, or the switch turns the pages off.
fn without_page(cx: &RequestContext<'_>, page: &PageRequest) -> Result<Option<Reply>, Failure> {
    let Some(authorization) = page.authorization() else { return Ok(None) };
    if let Some((error, description)) = authorization.problem {
        return Ok(Some(authorization.refuse(error, description)));
    }
    if cx.switches().authorize == Authorize::Form {
        return Ok(None);
    }
    let user = access::by_cookie(cx)?.map_or_else(|| seed::demo_user(cx.db), |caller| Ok(caller.user))?;
    consent::agree(cx, authorization, user).map(Some)
}
