//! The token endpoint: a code, a refresh token or a password becomes a pair of tokens.

use axum::http::StatusCode;

use super::client::{self, Client};
use super::code;
use super::error::{error, invalid_grant, invalid_request};
use super::parameters::Parameters;
use super::password;
use super::spent::{self, Again};
use super::tokens::{self, LONG_TTL, Pair};
use crate::access::{self, LIVING_USER};
use crate::http::{Failure, Published, Reply};
use crate::job::Job;
use crate::json::Json;

/// Answers a token request.
pub(crate) fn answer(job: &Job<'_>) -> Result<Reply, Failure> {
    let parameters = Parameters::read(job)?;
    let client = client::authenticate(job, &parameters)?;
    let (user, family) = match parameters.text("grant_type") {
        Some("authorization_code") => {
            let (user, family) = code::exchange(job, &client, &parameters)?;
            (living(job, user)?, family)
        }
        Some("refresh_token") => return by_refresh_token(job, &client, &parameters),
        Some("password") => (by_password(job, &parameters)?, tokens::draw()?),
        Some(_) => return Err(error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "no such grant").into()),
        None => return Err(invalid_request("grant_type is missing")),
    };
    Ok(answered(job, &issued(job, &client, user, &family)?))
}

/// A new pair of this family.
fn issued(job: &Job<'_>, client: &Client, user: i64, family: &str) -> Result<Pair, Failure> {
    if !access::may_use(job, user, client.id)? {
        return Err(invalid_grant("the user may not use this application"));
    }
    if job.switches().one_token_per_app {
        tokens::end_pairs(job, user, client.id)?;
    }
    tokens::issue_pair(job, (user, client.id), family)
}

fn answered(job: &Job<'_>, pair: &Pair) -> Reply {
    let body = Json::object([
        ("token_type", "Bearer".into()),
        ("access_token", pair.access.as_str().into()),
        ("expires_in", tokens::access_ttl(job).into()),
        ("refresh_token", pair.refresh.as_str().into()),
        ("refresh_token_expires_in", LONG_TTL.into()),
    ]);
    Reply::json(StatusCode::OK, &body).secret()
}

/// A new pair for a refresh token, which is used up with the access token that came with it.
fn by_refresh_token(job: &Job<'_>, client: &Client, parameters: &Parameters) -> Result<Reply, Failure> {
    let token = parameters.needed("refresh_token")?;
    let found = tokens::find(job, token)?;
    let Some(found) = found.filter(|found| found.kind == "refresh" && found.application == Some(client.id)) else {
        return again(job, client, token);
    };
    tokens::end(job, &found)?;
    let pair = issued(job, client, living(job, found.user)?, &found.family)?;
    spent::remember(job, &found, &pair)?;
    Ok(answered(job, &pair))
}

/// A refresh token that does not live. Whatever the reuse has ended stays ended.
fn again(job: &Job<'_>, client: &Client, token: &str) -> Result<Reply, Failure> {
    match spent::reused(job, client, token)? {
        Again::Graced(pair) => Ok(answered(job, &pair)),
        Again::Refused | Again::Unknown => {
            let because = "the refresh token is not known, used or expired";
            Err(Failure::published(Published::RefreshToken, because).kept())
        }
    }
}

fn by_password(job: &Job<'_>, parameters: &Parameters) -> Result<i64, Failure> {
    let (name, secret) = (parameters.needed("username")?, parameters.needed("password")?);
    let user = password::check(job, name, secret, parameters.text("otp"))?;
    user.ok_or_else(|| invalid_grant("the user name, the password or the one-time password is wrong").kept())
}

/// The user, if signing in is still allowed.
fn living(job: &Job<'_>, user: i64) -> Result<i64, Failure> {
    let sql = format!("SELECT 1 FROM users u WHERE u.ID = ?1 AND {LIVING_USER}");
    let lives = job.db.prepare_cached(&sql)?.exists((user, job.now))?;
    if lives { Ok(user) } else { Err(invalid_grant("the user is not active")) }
}
