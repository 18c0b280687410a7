//! The token endpoint: a code, a refresh token or a password becomes a pair of tokens.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::client::{self, Client};
use super::error::{error, invalid_grant, invalid_request};
use super::password;
use super::spent::{self, Again};
use super::tokens::{self, LONG_TTL, Pair};
use crate::access::{self, LIVING_USER};
use crate::http::body::members;
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::json::Json;
use crate::switches::RedirectCheck;

/// Answers a token request.
pub(crate) fn answer(job: &Job<'_>) -> Result<Reply, Failure> {
    let body = members(job.request, true)?;
    let client = client::authenticate(job, &body)?;
    let user = match text(&body, "grant_type") {
        Some("authorization_code") => by_code(job, &client, &body)?,
        Some("refresh_token") => return by_refresh_token(job, &client, &body),
        Some("password") => by_password(job, &body)?,
        Some(_) => return Err(error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "no such grant").into()),
        None => return Err(invalid_request("grant_type is missing")),
    };
    Ok(answered(job, &issued(job, &client, user)?))
}

fn issued(job: &Job<'_>, client: &Client, user: i64) -> Result<Pair, Failure> {
    if !access::may_use(job, user, client.id)? {
        return Err(invalid_grant("the user may not use this application"));
    }
    if job.switches().one_token_per_app {
        tokens::end_pairs(job, user, client.id)?;
    }
    tokens::issue_pair(job, user, client.id)
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

fn text<'a>(body: &'a Json, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Json::as_text)
}

fn needed<'a>(body: &'a Json, name: &str) -> Result<&'a str, Failure> {
    text(body, name).ok_or_else(|| invalid_request(&format!("{name} is missing")))
}

/// A code that waits to be exchanged.
struct Code {
    user: i64,
    application: i64,
    redirect_uri: String,
    challenge: Option<String>,
    expires: i64,
}

/// The user of a code. The code is used up by a successful exchange; a failed one stores nothing, so it stays.
fn by_code(job: &Job<'_>, client: &Client, body: &Json) -> Result<i64, Failure> {
    let code = needed(body, "code")?;
    let sql = "SELECT user, application, redirect_uri, challenge, expires FROM _codes WHERE code = ?1";
    let row = |row: &rusqlite::Row<'_>| {
        Ok(Code {
            user: row.get(0)?,
            application: row.get(1)?,
            redirect_uri: row.get(2)?,
            challenge: row.get(3)?,
            expires: row.get(4)?,
        })
    };
    let found = job.db.prepare_cached(sql)?.query_row([code], row).optional()?;
    let found = found.filter(|found| found.application == client.id && found.expires > job.now);
    let found = found.ok_or_else(|| invalid_grant("the code is not known, used or expired"))?;
    let strict = job.switches().redirect_check == RedirectCheck::Strict;
    if strict && text(body, "redirect_uri").is_some_and(|uri| uri != found.redirect_uri) {
        return Err(invalid_grant("the redirect URI is another one"));
    }
    if !proves(found.challenge.as_deref(), text(body, "code_verifier")) {
        return Err(invalid_grant("the code verifier does not fit"));
    }
    job.db.prepare_cached("DELETE FROM _codes WHERE code = ?1")?.execute([code])?;
    living(job, found.user)
}

/// Whether a verifier answers a challenge (RFC 7636, section 4.6). Without a challenge there is nothing to verify,
/// and a verifier that comes all the same is refused: the challenge may have been taken out on the way.
fn proves(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge,
        _ => false,
    }
}

/// A new pair for a refresh token, which is used up with the access token that came with it.
fn by_refresh_token(job: &Job<'_>, client: &Client, body: &Json) -> Result<Reply, Failure> {
    let token = needed(body, "refresh_token")?;
    let found = tokens::find(job, token)?;
    let Some(found) = found.filter(|found| found.kind == "refresh" && found.application == Some(client.id)) else {
        return again(job, client, token);
    };
    tokens::end(job, &found)?;
    let pair = issued(job, client, living(job, found.user)?)?;
    spent::remember(job, &found, &pair)?;
    Ok(answered(job, &pair))
}

/// A refresh token that does not live. A refusal that ends other tokens is no failure: those would be undone.
fn again(job: &Job<'_>, client: &Client, token: &str) -> Result<Reply, Failure> {
    match spent::reused(job, client, token)? {
        Again::Graced(pair) => Ok(answered(job, &pair)),
        Again::Refused | Again::Unknown => {
            let description = "the refresh token is not known, used or expired";
            Ok(error(StatusCode::FORBIDDEN, "invalid_grant", description))
        }
    }
}

fn by_password(job: &Job<'_>, body: &Json) -> Result<i64, Failure> {
    let (name, secret) = (needed(body, "username")?, needed(body, "password")?);
    let user = password::check(job, name, secret, text(body, "otp"))?;
    user.ok_or_else(|| invalid_grant("the user name, the password or the one-time password is wrong"))
}

/// The user, if signing in is still allowed.
fn living(job: &Job<'_>, user: i64) -> Result<i64, Failure> {
    let sql = format!("SELECT 1 FROM users u WHERE u.ID = ?1 AND {LIVING_USER}");
    let lives = job.db.prepare_cached(&sql)?.exists((user, job.now))?;
    if lives { Ok(user) } else { Err(invalid_grant("the user is not active")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_verifier_answers_its_challenge() {
        assert!(proves(Some(CHALLENGE), Some(VERIFIER)));
        assert!(!proves(Some(CHALLENGE), Some("wrong")));
        assert!(!proves(Some(CHALLENGE), None));
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused() {
        assert!(proves(None, None));
        assert!(!proves(None, Some(VERIFIER)));
    }
}
