//! From a path to the handler behind it. It opens the transaction and turns a failure into its answer.

use axum::http::{Method, StatusCode, header};

use crate::app::App;
use crate::http::endpoint::{Endpoint, only};
use crate::http::{Failure, Reply, Request};
use crate::json::Json;
use crate::store::limit::Limit;
use crate::{instance_settings, legacy, oauth, records};

/// Answers one request, at this moment and within this limit.
pub(crate) fn answer(app: &App, request: &Request, now: i64, limit: &Limit) -> Reply {
    let switches = &*app.switches();
    let endpoint = match find(app, request) {
        Ok(endpoint) => endpoint,
        Err(failure) => {
            let reply = failure.into_reply(switches);
            return if takes_secrets(request) { reply.secret() } else { reply };
        }
    };
    let run = |db: &rusqlite::Connection| match (endpoint.handler)(&app.cx(switches, request, db, now)) {
        Err(Failure::Kept(failure)) => Ok(Err(*failure)),
        Err(failure) => Err(failure),
        Ok(reply) => Ok(Ok(reply)),
    };
    let reply = app.store.run_within(limit, endpoint.mode, run).and_then(|done| done).unwrap_or_else(|failure| {
        let reply = failure.into_reply(switches);
        if endpoint.oauth_errors { as_oauth_error(reply) } else { reply }
    });
    if takes_secrets(request) { reply.secret() } else { reply }
}

/// Whether requests to a path carry tokens or secrets in their bodies, so that no answer may be kept, an error included.
fn takes_secrets(request: &Request) -> bool {
    let path: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    matches!(path[..], ["oauth2", "v1", "token" | "revoke" | "introspect"] | ["auth", "v1", "login" | "token", ..])
}

fn find(app: &App, request: &Request) -> Result<Endpoint, Failure> {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let [instance, rest @ ..] = segments.as_slice() else { return Err(Failure::not_found()) };
    if *instance != app.instance {
        return Err(Failure::not_found());
    }
    let method = &request.method;
    match rest {
        ["api", "v1", path @ ..] => api(app, method, path),
        ["oauth2", "v1", path @ ..] => oauth::endpoint(method, path),
        ["auth", "v1", path @ ..] => legacy::endpoint(app, method, path),
        [] => oauth::page(method),
        _ => Err(Failure::not_found()),
    }
}

fn api(app: &App, method: &Method, path: &[&str]) -> Result<Endpoint, Failure> {
    match path {
        ["config"] => only(method, "GET", || Endpoint::reading(instance_settings::config)),
        ["settings"] => only(method, "GET", || Endpoint::reading(instance_settings::settings)),
        [resource, id @ ..] if id.len() <= 1 => {
            let (name, table) = app.schema.table(resource).ok_or_else(Failure::not_found)?;
            records::endpoint(method, name, table, id.first().copied())
        }
        _ => Err(Failure::not_found()),
    }
}

/// A plain text failure in the form of RFC 6749, section 5.2.
fn as_oauth_error(reply: Reply) -> Reply {
    let json = reply.headers.iter().any(|(name, value)| name == header::CONTENT_TYPE && value == "application/json");
    if json {
        return reply;
    }
    let error = match reply.status {
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE => "server_error",
        StatusCode::UNAUTHORIZED => "invalid_client",
        StatusCode::FORBIDDEN => "invalid_grant",
        _ => "invalid_request",
    };
    let description = String::from_utf8_lossy(&reply.body).into_owned();
    let body = Json::object([("error", error.into()), ("error_description", description.into())]);
    let mut changed = Reply::json(reply.status, &body);
    changed.headers.extend(reply.headers.into_iter().filter(|(name, _)| name != header::CONTENT_TYPE));
    changed
}
