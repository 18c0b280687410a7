//! Client authentication (RFC 6749, section 2.3.1): identifier and secret by Basic header or in the body.

use axum::http::{StatusCode, header};
use rusqlite::OptionalExtension;

use super::error::error;
use crate::http::credential::{basic, form_decoded};
use crate::http::{Failure, Reply};
use crate::job::Job;
use crate::json::Json;
use crate::rows::hex;
use crate::switches::ClientAuth;

/// An application that has proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub id: i64,
    pub identifier: String,
}

/// The client of a token request. Each pair that came must be right: some clients send both.
pub(crate) fn authenticate(job: &Job<'_>, members: &Json) -> Result<Client, Failure> {
    let by_header = basic(&job.request.headers).map(|(id, secret)| (form_decoded(&id), form_decoded(&secret)));
    let text = |name: &str| members.get(name).and_then(Json::as_text).map(str::to_owned);
    let by_body = text("client_id").zip(text("client_secret"));
    let pairs = match job.switches().client_auth {
        ClientAuth::Either => [by_header, by_body],
        ClientAuth::Basic => [by_header, None],
        ClientAuth::Body => [None, by_body],
    };
    let mut client = None;
    for (identifier, secret) in pairs.into_iter().flatten() {
        client = Some(find(job, &identifier, &secret)?.ok_or_else(|| unauthorized(job))?);
    }
    client.ok_or_else(|| unauthorized(job).into())
}

fn find(job: &Job<'_>, identifier: &str, secret: &str) -> Result<Option<Client>, Failure> {
    let sql = "SELECT ID, secret FROM applications WHERE identifier = ?1 AND activity = 0 AND secret IS NOT NULL";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let found = job.db.prepare_cached(sql)?.query_row([identifier], row).optional()?;
    let right = found.filter(|(_, stored)| hex(stored).trim_start_matches("\\x") == secret);
    Ok(right.map(|(id, _)| Client { id, identifier: identifier.to_owned() }))
}

fn unauthorized(job: &Job<'_>) -> Reply {
    let challenge = format!("Basic realm=\"{}\"", job.instance);
    let reply = error(StatusCode::UNAUTHORIZED, "invalid_client", "the client is not known or its secret is wrong");
    reply.with(header::WWW_AUTHENTICATE, challenge)
}
