//! Introspection (RFC 7662) and revocation (RFC 7009), by the client that the token was made for.

use axum::http::StatusCode;

use super::client::{self, Client};
use super::parameters::Parameters;
use super::replay;
use super::tokens::{self, Token};
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::json::Json;

/// Describes a token. One that is unknown, expired or issued to another client is just not active.
pub(crate) fn introspect(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let (client, token) = asked(cx)?;
    // A used one has no family left.
    let lies = |token: &Token| cx.switches().introspect_lies && token.kind == "refresh" && !token.family.is_empty();
    let Some(token) = token.filter(|token| !lies(token)) else { return Ok(Reply::json(StatusCode::OK, &inactive())) };
    let mut members = vec![("active".to_owned(), true.into()), ("client_id".to_owned(), client.identifier.into())];
    members.extend(subject(cx, &token)?);
    Ok(Reply::json(StatusCode::OK, &Json::Object(members)))
}

/// Revokes a token. Whatever was sent is invalid afterwards, so the answer is the same for a token that never existed.
pub(crate) fn revoke(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let (_, token) = asked(cx)?;
    if let Some(token) = token {
        tokens::end(cx, &token)?;
    }
    Ok(Reply::empty(StatusCode::OK))
}

/// The answer about a token that is not valid.
pub(crate) fn inactive() -> Json {
    Json::object([("active", false.into())])
}

/// Whose a token is, and until when.
pub(crate) fn subject(cx: &RequestContext<'_>, token: &Token) -> Result<[(String, Json); 3], Failure> {
    let sql = "SELECT name FROM users WHERE ID = ?1";
    let name: String = cx.db.prepare_cached(sql)?.query_row([token.user], |row| row.get(0))?;
    Ok([
        ("username".to_owned(), name.into()),
        ("sub".to_owned(), token.user.to_string().into()),
        ("exp".to_owned(), token.expires.into()),
    ])
}

fn asked(cx: &RequestContext<'_>) -> Result<(Client, Option<Token>), Failure> {
    let parameters = Parameters::read(cx)?;
    let client = client::authenticate(cx, &parameters)?;
    let token = parameters.needed("token")?;
    let found = match tokens::find(cx, token)? {
        None if cx.switches().spent_looks_active => replay::find(cx, token)?,
        found => found,
    };
    let token = found.filter(|token| token.application == Some(client.id));
    Ok((client, token))
}
