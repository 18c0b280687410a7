//! The credentials that work at once. They are kept with the data, so that a reopened file has the same as long as
//! they are valid; otherwise new ones are drawn beside those that clients hold.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use rusqlite::{Connection, OptionalExtension};

use super::base::{CLIENT_ID, PASSWORD, USERNAME, demo_user, token_user};
use crate::app::App;
use crate::context::RequestContext;
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::http::{Failure, Request};
use crate::oauth::tokens::{self, Pair};
use crate::rows::hex;
use crate::store::Mode;

/// The credentials of an emulator that is about to start.
pub(crate) fn credentials(app: &App) -> Result<Credentials, StartError> {
    let request = Request::new(Method::GET, &Uri::default(), HeaderMap::new(), Bytes::new());
    let (switches, now) = (&*app.switches(), app.clock.now());
    let made = app.store.run(Mode::Write, |db| make(&app.cx(switches, &request, db, now)));
    made.map_err(failed)
}

/// Why the credentials could not be made.
pub(super) fn failed(failure: Failure) -> StartError {
    match failure {
        Failure::Database(rusqlite::Error::QueryReturnedNoRows) => {
            StartError::incomplete("the demo user or the demo application")
        }
        Failure::Database(error) => error.into(),
        _ => StartError::incomplete("what its rules ask for"),
    }
}

/// Gives an emptied and seeded database the credentials that an earlier start handed out, with new lifetimes.
pub(crate) fn restore(app: &App, db: &Connection, credentials: &Credentials) -> Result<(), Failure> {
    let request = Request::new(Method::GET, &Uri::default(), HeaderMap::new(), Bytes::new());
    let drawn = make(&app.cx(&app.switches(), &request, db, app.clock.now()))?;
    for (sql, earlier, drawn) in [
        ("UPDATE _tokens SET token = ?1 WHERE token = ?2", &credentials.access_token, &drawn.access_token),
        ("UPDATE _tokens SET token = ?1 WHERE token = ?2", &credentials.refresh_token, &drawn.refresh_token),
        ("UPDATE _sessions SET id = ?1 WHERE id = ?2", &credentials.session, &drawn.session),
        (
            "UPDATE applications SET secret = unhex(?1) WHERE secret = unhex(?2)",
            &credentials.client_secret,
            &drawn.client_secret,
        ),
        ("UPDATE _meta SET value = ?1 WHERE value = ?2", &credentials.access_token, &drawn.access_token),
        ("UPDATE _meta SET value = ?1 WHERE value = ?2", &credentials.refresh_token, &drawn.refresh_token),
        ("UPDATE _meta SET value = ?1 WHERE value = ?2", &credentials.session, &drawn.session),
    ] {
        db.execute(sql, (earlier, drawn))?;
    }
    Ok(())
}

fn make(cx: &RequestContext<'_>) -> Result<Credentials, Failure> {
    let user = demo_user(cx.db)?;
    let (application, client_secret) = secret(cx)?;
    let pair = match (valid(cx, "access")?, valid(cx, "refresh")?) {
        (Some(access), Some(refresh)) => Pair { access, refresh },
        _ => tokens::issue_pair(cx, (token_user(cx.db)?, application), &tokens::draw()?)?,
    };
    let session = match kept(cx, "session")? {
        Some(id) if lives(cx, &id)? => id,
        _ => tokens::start_session(cx, user)?,
    };
    for (name, value) in [("access", &pair.access), ("refresh", &pair.refresh), ("session", &session)] {
        cx.db.execute("INSERT OR REPLACE INTO _meta VALUES (?1, ?2)", (name, value))?;
    }
    Ok(Credentials {
        client_id: CLIENT_ID.to_owned(),
        client_secret,
        username: USERNAME.to_owned(),
        password: PASSWORD.to_owned(),
        access_token: pair.access,
        refresh_token: pair.refresh,
        session,
    })
}

/// The number and secret of the demo application; a new database gets its secret here.
fn secret(cx: &RequestContext<'_>) -> Result<(i64, String), Failure> {
    let sql = "SELECT ID, secret FROM applications WHERE identifier = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let (id, stored): (i64, Option<Vec<u8>>) = cx.db.query_row(sql, [CLIENT_ID], row)?;
    if let Some(stored) = stored {
        return Ok((id, hex(&stored).trim_start_matches("\\x").to_owned()));
    }
    let drawn = tokens::draw()?;
    cx.db.execute("UPDATE applications SET secret = unhex(?2) WHERE ID = ?1", (id, &drawn))?;
    Ok((id, drawn))
}

fn kept(cx: &RequestContext<'_>, name: &str) -> Result<Option<String>, Failure> {
    Ok(cx.db.query_row("SELECT value FROM _meta WHERE name = ?1", [name], |row| row.get(0)).optional()?)
}

fn valid(cx: &RequestContext<'_>, name: &str) -> Result<Option<String>, Failure> {
    let Some(token) = kept(cx, name)? else { return Ok(None) };
    Ok(tokens::find(cx, &token)?.map(|token| token.token))
}

fn lives(cx: &RequestContext<'_>, session: &str) -> Result<bool, Failure> {
    Ok(cx.db.prepare("SELECT 1 FROM _sessions WHERE id = ?1 AND expires > ?2")?.exists((session, cx.now))?)
}
