//! Tokens, codes and sessions: drawn, kept and ended. All are 40 lower-case hexadecimal digits.

use rusqlite::{OptionalExtension, Row};

use crate::context::RequestContext;
use crate::http::Failure;
use crate::rows::hex;

/// How long an access token lives.
pub(crate) fn access_ttl(cx: &RequestContext<'_>) -> i64 {
    i64::try_from(cx.switches().access_token_ttl.as_secs()).unwrap_or(i64::MAX)
}

/// How long a refresh token and a legacy login live: 100 days.
pub(crate) const LONG_TTL: i64 = 8_640_000;

/// How long a web login lives.
const SESSION_TTL: i64 = 86_400;

const TOKEN_BYTES: usize = 20;

/// A token that exists.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub token: String,
    pub kind: String,
    pub user: i64,
    pub application: Option<i64>,
    pub family: String,
    pub expires: i64,
}

impl Token {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            token: row.get(0)?,
            kind: row.get(1)?,
            user: row.get(2)?,
            application: row.get(3)?,
            family: row.get(4)?,
            expires: row.get(5)?,
        })
    }
}

/// An access token and the refresh token that came with it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub access: String,
    pub refresh: String,
}

/// Draws a new secret.
pub(crate) fn draw() -> Result<String, Failure> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| Failure::Internal)?;
    Ok(hex(&bytes).trim_start_matches("\\x").to_owned())
}

/// Whether a text has the form of what is drawn.
pub(crate) fn is_one(text: &str) -> bool {
    text.len() == 2 * TOKEN_BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Keeps a new token of this kind and family.
pub(crate) fn issue(
    cx: &RequestContext<'_>,
    kind: &str,
    (user, application): (i64, Option<i64>),
    family: &str,
    expires: i64,
) -> Result<String, Failure> {
    let token = draw()?;
    let sql = "INSERT INTO _tokens (token, kind, user, application, family, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    cx.db.prepare_cached(sql)?.execute((&token, kind, user, application, family, expires))?;
    Ok(token)
}

/// Issues a pair of this family and leaves earlier ones alone.
pub(crate) fn issue_pair(
    cx: &RequestContext<'_>,
    (user, application): (i64, i64),
    family: &str,
) -> Result<Pair, Failure> {
    let owner = (user, Some(application));
    Ok(Pair {
        access: issue(cx, "access", owner, family, cx.now.saturating_add(access_ttl(cx)))?,
        refresh: issue(cx, "refresh", owner, family, cx.now.saturating_add(LONG_TTL))?,
    })
}

/// Ends the pairs that a user has with an application.
pub(crate) fn end_pairs(cx: &RequestContext<'_>, user: i64, application: i64) -> Result<(), Failure> {
    let sql = "DELETE FROM _tokens WHERE user = ?1 AND application = ?2 AND kind IN ('access', 'refresh')";
    cx.db.prepare_cached(sql)?.execute((user, application))?;
    Ok(())
}

/// A token that has not expired.
pub(crate) fn find(cx: &RequestContext<'_>, token: &str) -> Result<Option<Token>, Failure> {
    let sql = "SELECT token, kind, user, application, family, expires FROM _tokens WHERE token = ?1 AND expires > ?2";
    Ok(cx.db.prepare_cached(sql)?.query_row((token, cx.now), Token::of).optional()?)
}

/// Ends a token; a refresh token takes its access token with it.
pub(crate) fn end(cx: &RequestContext<'_>, token: &Token) -> Result<(), Failure> {
    if token.kind == "refresh" { end_family(cx, &token.family) } else { end_one(cx, &token.token) }
}

/// Ends a single token.
pub(crate) fn end_one(cx: &RequestContext<'_>, token: &str) -> Result<(), Failure> {
    cx.db.prepare_cached("DELETE FROM _tokens WHERE token = ?1")?.execute([token])?;
    Ok(())
}

/// Ends the tokens that belong together.
pub(crate) fn end_family(cx: &RequestContext<'_>, family: &str) -> Result<(), Failure> {
    cx.db.prepare_cached("DELETE FROM _tokens WHERE family = ?1")?.execute([family])?;
    Ok(())
}

/// Starts a web session; answers the value of its cookie.
pub(crate) fn start_session(cx: &RequestContext<'_>, user: i64) -> Result<String, Failure> {
    cx.db.prepare_cached("DELETE FROM _sessions WHERE expires <= ?1")?.execute([cx.now])?;
    let id = draw()?;
    let expires = cx.now.saturating_add(SESSION_TTL);
    cx.db
        .prepare_cached("INSERT INTO _sessions (id, user, expires) VALUES (?1, ?2, ?3)")?
        .execute((&id, user, expires))?;
    Ok(id)
}

/// Ends a web session.
pub(crate) fn end_session(cx: &RequestContext<'_>, id: &str) -> Result<(), Failure> {
    cx.db.prepare_cached("DELETE FROM _sessions WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The header value that hands a session to a browser.
pub(crate) fn session_cookie(cx: &RequestContext<'_>, id: &str) -> String {
    format!("{}={id}; Path=/{}; HttpOnly; SameSite=Lax", crate::http::credential::COOKIE, cx.instance)
}
