//! Client authentication (RFC 6749, section 2.3.1): identifier and secret by Basic header or in the body.

use rusqlite::OptionalExtension;

use super::error::{invalid_client, invalid_request};
use super::parameters::Parameters;
use crate::context::RequestContext;
use crate::http::Failure;
use crate::http::credential::{basic, form_decoded};
use crate::rows::hex;
use crate::switches::ClientAuth;

/// An application that has proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    pub id: i64,
    pub identifier: String,
}

/// The client of a token request. Each pair that came must be right: some clients send the same one twice. Two different
/// ones are two ways to authenticate, of which a request has one (RFC 6749, section 2.3).
pub(super) fn authenticate(cx: &RequestContext<'_>, parameters: &Parameters) -> Result<Client, Failure> {
    let by_header = basic(&cx.request.headers).map(|(id, secret)| (form_decoded(&id), form_decoded(&secret)));
    let (id, secret) = (parameters.text("client_id"), parameters.text("client_secret"));
    if let (Some((known, _)), Some(id)) = (&by_header, id)
        && known != id
    {
        return Err(invalid_request("the Authorization header and client_id name two clients"));
    }
    let named = id.or(by_header.as_ref().map(|(id, _)| id.as_str()));
    let by_body = named.zip(secret).map(|(id, secret)| (id.to_owned(), secret.to_owned()));
    let pairs = match cx.switches().client_auth {
        ClientAuth::Either => [by_header, by_body],
        ClientAuth::Basic => [by_header, None],
        ClientAuth::Body => [None, by_body],
    };
    let refused = || invalid_client(cx.instance);
    let mut client = None;
    for (identifier, secret) in pairs.into_iter().flatten() {
        client = Some(find(cx, &identifier, &secret)?.ok_or_else(refused)?);
    }
    client.ok_or_else(refused)
}

fn find(cx: &RequestContext<'_>, identifier: &str, secret: &str) -> Result<Option<Client>, Failure> {
    let sql = "SELECT ID, secret FROM applications WHERE identifier = ?1 AND activity = 0 AND secret IS NOT NULL";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
    let found = cx.db.prepare_cached(sql)?.query_row([identifier], row).optional()?;
    let right = found.filter(|(_, stored)| hex(stored).trim_start_matches("\\x") == secret);
    Ok(right.map(|(id, _)| Client { id, identifier: identifier.to_owned() }))
}
