//! The token endpoint: a code, a refresh token or a password becomes a pair of tokens.

use axum::http::StatusCode;

use super::client::{self, Client};
use super::code;
use super::error::{error, invalid_grant, invalid_request};
use super::parameters::Parameters;
use super::password;
use super::replay::{self, Replay};
use super::tokens::{self, LONG_TTL, Pair};
use crate::access::{self, ACTIVE_USER};
use crate::context::RequestContext;
use crate::http::{Failure, Published, Reply};
use crate::json::Json;

/// Answers a token request.
pub(crate) fn answer(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let parameters = Parameters::read(cx)?;
    let client = client::authenticate(cx, &parameters)?;
    let (user, family) = match parameters.text("grant_type") {
        Some("authorization_code") => {
            let (user, family) = code::exchange(cx, &client, &parameters)?;
            (living(cx, user)?, family)
        }
        Some("refresh_token") => return by_refresh_token(cx, &client, &parameters),
        Some("password") => (by_password(cx, &parameters)?, tokens::draw()?),
        Some(_) => return Err(error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "no such grant").into()),
        None => return Err(invalid_request("grant_type is missing")),
    };
    Ok(answered(cx, &issued(cx, &client, user, &family)?))
}

/// A new pair of this family.
fn issued(cx: &RequestContext<'_>, client: &Client, user: i64, family: &str) -> Result<Pair, Failure> {
    if !access::may_use(cx, user, client.id)? {
        return Err(invalid_grant("the user may not use this application"));
    }
    if cx.switches().one_token_per_app {
        tokens::end_pairs(cx, user, client.id)?;
    }
    tokens::issue_pair(cx, (user, client.id), family)
}

fn answered(cx: &RequestContext<'_>, pair: &Pair) -> Reply {
    let body = Json::object([
        ("token_type", "Bearer".into()),
        ("access_token", pair.access.as_str().into()),
        ("expires_in", tokens::access_ttl(cx).into()),
        ("refresh_token", pair.refresh.as_str().into()),
        ("refresh_token_expires_in", LONG_TTL.into()),
    ]);
    Reply::json(StatusCode::OK, &body).secret()
}

/// A new pair for a refresh token, which is used up with the access token that came with it.
fn by_refresh_token(cx: &RequestContext<'_>, client: &Client, parameters: &Parameters) -> Result<Reply, Failure> {
    let token = parameters.needed("refresh_token")?;
    let found = tokens::find(cx, token)?;
    let Some(found) = found.filter(|found| found.kind == "refresh" && found.application == Some(client.id)) else {
        return again(cx, client, token);
    };
    tokens::end(cx, &found)?;
    let pair = issued(cx, client, living(cx, found.user)?, &found.family)?;
    replay::remember(cx, &found, &pair)?;
    Ok(answered(cx, &pair))
}

/// A refresh token that does not live. Whatever the reuse has ended stays ended.
fn again(cx: &RequestContext<'_>, client: &Client, token: &str) -> Result<Reply, Failure> {
    match replay::reused(cx, client, token)? {
        Replay::Graced(pair) => Ok(answered(cx, &pair)),
        Replay::Refused | Replay::Unknown => {
            let because = "the refresh token is not known, used or expired";
            Err(Failure::published(Published::RefreshToken, because).kept())
        }
    }
}

fn by_password(cx: &RequestContext<'_>, parameters: &Parameters) -> Result<i64, Failure> {
    let (name, secret) = (parameters.needed("username")?, parameters.needed("password")?);
    let user = password::check(cx, name, secret, parameters.text("otp"))?;
    user.ok_or_else(|| invalid_grant("the user name, the password or the one-time password is wrong").kept())
}

/// The user, if signing in is still allowed.
fn living(cx: &RequestContext<'_>, user: i64) -> Result<i64, Failure> {
    let sql = format!("SELECT 1 FROM users u WHERE u.ID = ?1 AND {ACTIVE_USER}");
    let lives = cx.db.prepare_cached(&sql)?.exists((user, cx.now))?;
    if lives { Ok(user) } else { Err(invalid_grant("the user is not active")) }
}
