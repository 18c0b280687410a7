//! The inspector: a page on the control port that shows a person what comes in, and lets faults and the clock be set. It can be
//! read without a script, and keeps itself up to date with one.

mod forms;
mod page;
mod render;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};

use crate::app::App;
use crate::http::Reply;
use page::Page;

/// Where it lies on the control port.
const PATH: &str = "/inspector";

/// The media type of its forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a request is one to the inspector.
pub(crate) fn is_meant(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the origin of a request is the inspector itself. A browser says it with every form; a page of another port of this
/// machine is another origin.
pub(crate) fn is_own_origin(headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = origin.and_then(|origin| origin.strip_prefix("http://"));
    named.zip(host).is_some_and(|(named, host)| named.eq_ignore_ascii_case(host))
}

/// Answers a request whose host was looked at.
pub(crate) fn answer(app: &App, parts: &Parts, body: &[u8]) -> Reply {
    let path = parts.uri.path().strip_prefix(PATH).unwrap_or_default().trim_end_matches('/');
    match (&parts.method, path) {
        (&Method::GET, "") => Page::of(app).reply(StatusCode::OK, None),
        (&Method::POST, "/faults" | "/faults/remove" | "/clock" | "/bodies") => posted(app, parts, path, body),
        (_, "" | "/faults" | "/faults/remove" | "/clock" | "/bodies") => {
            Reply::text(StatusCode::METHOD_NOT_ALLOWED, "this method is not known here")
        }
        _ => Reply::text(StatusCode::NOT_FOUND, "this path is not known; the inspector lies at /inspector"),
    }
}

/// Takes a form. Only the inspector's own page can have sent it.
fn posted(app: &App, parts: &Parts, path: &str, body: &[u8]) -> Reply {
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_own_origin(&parts.headers) {
        return Reply::text(StatusCode::FORBIDDEN, "the forms of the inspector work from its own page alone");
    }
    if !media_type.split(';').next().is_some_and(|value| value.trim().eq_ignore_ascii_case(FORM)) {
        return Reply::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send a form");
    }
    match forms::take(app, path, body) {
        Ok(()) => Reply::see_other(PATH.to_owned()),
        Err(problem) => Page::of(app).reply(StatusCode::BAD_REQUEST, Some(&problem)),
    }
}
