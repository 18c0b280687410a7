//! Used refresh tokens: what they were exchanged for, and what happens when one is sent again.

use rusqlite::OptionalExtension;

use super::client::Client;
use super::tokens::{self, Pair, Token};
use crate::context::RequestContext;
use crate::http::Failure;

/// What happens to a refresh token that is sent again.
pub(crate) enum Replay {
    /// It was never one of this client's.
    Unknown,
    /// It is used up.
    Refused,
    /// It is used up so shortly that the same pair is answered once more.
    Graced(Pair),
}

/// Records that a refresh token was exchanged for a pair.
pub(crate) fn remember(cx: &RequestContext<'_>, token: &Token, pair: &Pair) -> Result<(), Failure> {
    let sql = "INSERT INTO _spent (token, user, application, access, refresh, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = (&token.token, token.user, token.application, &pair.access, &pair.refresh, cx.now);
    cx.db.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A refresh token that does not live comes again. Where reuse is taken for theft, the pairs of its user and application end.
pub(crate) fn reused(cx: &RequestContext<'_>, client: &Client, token: &str) -> Result<Replay, Failure> {
    let sql = "SELECT user, access, refresh, at FROM _spent WHERE token = ?1 AND application = ?2";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get::<_, i64>(0)?, Pair { access: row.get(1)?, refresh: row.get(2)? }, row.get::<_, i64>(3)?))
    };
    let Some((user, pair, at)) = cx.db.prepare_cached(sql)?.query_row((token, client.id), read).optional()? else {
        return Ok(Replay::Unknown);
    };
    let grace = i64::try_from(cx.switches().refresh_grace.as_secs()).unwrap_or(i64::MAX);
    if cx.now < at.saturating_add(grace) && tokens::find(cx, &pair.refresh)?.is_some() {
        return Ok(Replay::Graced(pair));
    }
    if cx.switches().reuse_ends_family {
        tokens::end_pairs(cx, user, client.id)?;
    }
    Ok(Replay::Refused)
}

/// The token as it was, for an introspection that still calls it active.
pub(crate) fn find(cx: &RequestContext<'_>, token: &str) -> Result<Option<Token>, Failure> {
    let sql = "SELECT token, user, application, at FROM _spent WHERE token = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let at: i64 = row.get(3)?;
        Ok(Token {
            token: row.get(0)?,
            kind: "refresh".to_owned(),
            user: row.get(1)?,
            application: row.get(2)?,
            family: String::new(),
            expires: at.saturating_add(tokens::LONG_TTL),
        })
    };
    Ok(cx.db.prepare_cached(sql)?.query_row([token], read).optional()?)
}
