//! The deprecated login: name and password for a token that lasts 100 days, one for each device.

use axum::http::{StatusCode, header};
use rusqlite::OptionalExtension;

use crate::context::RequestContext;
use crate::http::body::members;
use crate::http::{Failure, Published, Reply};
use crate::json::Json;
use crate::oauth::{password, tokens};
use crate::rows::hex;

/// Signs a user in.
pub(crate) fn answer(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let body = members(cx.request, true)?;
    let text = |name: &str| body.get(name).and_then(Json::as_text).filter(|text| !text.is_empty());
    let needed =
        |name: &str| text(name).ok_or_else(|| Failure::bad_request("name, password and identifier are needed"));
    let (name, secret, identifier) = (needed("name")?, needed("password")?, needed("identifier")?);
    if !identifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte)) {
        return Err(Failure::bad_request("the identifier may hold letters, digits and _ . : - only"));
    }
    // Without a challenge: the credentials stand in the body.
    let refused = || Failure::published(Published::Credentials, "the sign-in failed");
    let application = text("appsecret").map(|secret| application(cx, secret)?.ok_or_else(refused)).transpose()?;
    let user = password::check(cx, name, secret, text("otp"))?.ok_or_else(|| refused().kept())?;
    let expires = body.get("expdate").filter(|value| **value != Json::Null).map(|value| {
        value
            .to_int()
            .filter(|date| *date > cx.now)
            .ok_or_else(|| Failure::bad_request("expdate must be a moment to come"))
    });
    let sent = expires.transpose()?;
    let expires = sent.unwrap_or_else(|| cx.now.saturating_add(tokens::LONG_TTL));
    let told = if cx.switches().expdate_null { sent } else { Some(expires) };
    let family = format!("login/{user}/{}/{identifier}", application.unwrap_or_default());
    tokens::end_family(cx, &family)?;
    let token = tokens::issue(cx, "login", (user, application), &family, expires)?;
    let reply = Reply::json(
        StatusCode::OK,
        &Json::object([
            ("user", user.into()),
            ("application", application.into()),
            ("token", token.into()),
            ("identifier", identifier.into()),
            ("expdate", told.into()),
        ]),
    )
    .secret();
    if !cx.switches().cookie_on_login {
        return Ok(reply);
    }
    let session = tokens::start_session(cx, user)?;
    Ok(reply.with(header::SET_COOKIE, tokens::session_cookie(cx, &session)))
}

/// The application with this secret.
fn application(cx: &RequestContext<'_>, secret: &str) -> Result<Option<i64>, Failure> {
    let mut statement =
        cx.db.prepare_cached("SELECT ID FROM applications WHERE activity = 0 AND ?1 = '\\x' || lower(hex(secret))")?;
    let known = format!("{}{secret}", hex(&[]));
    Ok(statement.query_row([known], |row| row.get(0)).optional()?)
}
