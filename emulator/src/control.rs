//! The control route: faults, requests, switches and the clock of a running emulator, as JSON over HTTP on a port of its
//! own. It does what the methods of `Emulator` do; programs in other languages have no other way.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::config::{ConfigError, FURTHEST, Item, OFFSETS};
use crate::faults::{Fault, to_table};
use crate::http::Reply;
use crate::http::connection::ConnectionHandle;
use crate::http::host::{Hosts, Refused};
use crate::http::response::response;
use crate::inspector;
use crate::json::Json;
use crate::request_log::SeenRequest;
use crate::served::Served;
use crate::switches::Switch;

/// The largest body that is read.
const LIMIT: usize = 1 << 20;

/// The state of the emulator, as JSON.
const ROUTES: [&str; 13] = [
    "GET /",
    "GET /inspector",
    "GET /faults",
    "POST /faults",
    "DELETE /faults",
    "DELETE /faults/{number}",
    "GET /requests",
    "DELETE /requests",
    "GET /switches",
    "PATCH /switches",
    "GET /clock",
    "PATCH /clock",
    "POST /reset",
];

/// Why a request is not carried out.
type Refusal = Reply;

/// Answers one request.
pub(crate) async fn answer<S: Served>(
    app: Arc<S>,
    connection: ConnectionHandle,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let read = match guard(&parts) {
        Err(refusal) => Err(refusal),
        Ok(()) => {
            to_bytes(body, LIMIT).await.map_err(|_| refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))
        }
    };
    // Until here it had not come whole.
    let work = connection.work();
    let reply = match read {
        Ok(body) => carried_out(app, parts, body).await,
        Err(refusal) => refusal,
    };
    work.guard(response(reply, None))
}

/// Does what is asked, on a thread that may wait for the database.
async fn carried_out<S: Served>(app: Arc<S>, parts: Parts, body: Bytes) -> Reply {
    let work = move || {
        if let Some(page) = app.inspected(&parts, &body) {
            return page;
        }
        let asked = ControlRequest { app: &*app, headers: &parts.headers, body: &body };
        asked.answer(&parts.method, parts.uri.path()).unwrap_or_else(|refusal| refusal)
    };
    let failed = |_| refused(StatusCode::INTERNAL_SERVER_ERROR, "the control route could not do this");
    tokio::task::spawn_blocking(work).await.unwrap_or_else(failed)
}

/// Lets only programs of this machine in. A web page sends `Origin`, or comes under the name of a foreign host that
/// leads here (DNS rebinding).
fn guard(parts: &Parts) -> Result<(), Refusal> {
    Hosts::default().check(parts.version, &parts.uri, &parts.headers).map_err(|why| match why {
        Refused::Malformed => refused(StatusCode::BAD_REQUEST, "one Host header with the name of the server is needed"),
        Refused::Foreign => {
            refused(StatusCode::FORBIDDEN, "the control route answers to 127.0.0.1, [::1] and localhost alone")
        }
    })?;
    let from_inspector = inspector::is_meant(parts.uri.path()) && inspector::is_own_origin(&parts.headers);
    if parts.headers.contains_key(header::ORIGIN) && !from_inspector {
        return Err(refused(StatusCode::FORBIDDEN, "the control route is closed to web pages"));
    }
    Ok(())
}

/// A request that was let in.
struct ControlRequest<'a, S> {
    app: &'a S,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

impl<S: Served> ControlRequest<'_, S> {
    fn answer(&self, method: &Method, path: &str) -> Result<Reply, Refusal> {
        self.check_media_type()?;
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
        match (method.as_str(), &steps[..]) {
            ("GET", []) => Ok(ok(Json::object([("routes", Json::List(ROUTES.map(Json::from).into()))]))),
            ("GET", ["faults"]) => Ok(ok(self.faults())),
            ("POST", ["faults"]) => self.add_faults(),
            ("DELETE", ["faults"]) => {
                self.app.faults().clear();
                Ok(Reply::empty(StatusCode::NO_CONTENT))
            }
            ("DELETE", ["faults", number]) => match number.parse().is_ok_and(|number| self.app.faults().remove(number))
            {
                true => Ok(Reply::empty(StatusCode::NO_CONTENT)),
                false => Err(refused(StatusCode::NOT_FOUND, "no fault has this number")),
            },
            ("GET", ["requests"]) => Ok(ok(requests(self.app.request_log().all()))),
            ("DELETE", ["requests"]) => Ok(ok(requests(self.app.request_log().take()))),
            ("GET", ["switches"]) => Ok(ok(self.switches())),
            ("PATCH", ["switches"]) => self.set_switches(),
            ("GET", ["clock"]) => Ok(ok(self.clock())),
            ("PATCH", ["clock"]) => self.set_clock(),
            ("POST", ["reset"]) => match self.app.start_anew() {
                Ok(()) => Ok(Reply::empty(StatusCode::NO_CONTENT)),
                Err(error) => Err(refused(StatusCode::INTERNAL_SERVER_ERROR, &error)),
            },
            (_, [] | ["faults" | "requests" | "switches" | "clock" | "reset"] | ["faults", _]) => {
                Err(refused(StatusCode::METHOD_NOT_ALLOWED, "this method is not known here; GET / tells what is"))
            }
            _ => Err(refused(StatusCode::NOT_FOUND, "this path is not known; GET / tells what is")),
        }
    }

    fn faults(&self) -> Json {
        let faults = self.app.faults().all(self.app.clock().now());
        Json::List(faults.iter().map(|(number, fault)| numbered(*number, fault)).collect())
    }

    /// Adds one fault or a list of them; none if one of them is faulty.
    fn add_faults(&self) -> Result<Reply, Refusal> {
        let body = self.json()?;
        let tables = body.as_list().unwrap_or(std::slice::from_ref(&body));
        let read = |table| Fault::from_items(&Item::of_json(table)?);
        let faults: Vec<Fault> = tables.iter().map(read).collect::<Result<_, _>>().map_err(bad_request)?;
        let add = |fault: Fault| numbered(self.app.faults().add(fault.clone()), &fault);
        Ok(Reply::json(StatusCode::CREATED, &Json::List(faults.into_iter().map(add).collect())))
    }

    fn switches(&self) -> Json {
        Json::List(self.app.switch_list().into_iter().map(described).collect())
    }

    /// Sets the switches that are named; none if one of them is not known.
    fn set_switches(&self) -> Result<Reply, Refusal> {
        let items = self.items()?;
        self.app.set_by_name(&items).map_err(bad_request)?;
        Ok(ok(self.switches()))
    }

    fn clock(&self) -> Json {
        Json::object([("now", self.app.clock().now().into()), ("offset", self.app.clock().offset().into())])
    }

    fn set_clock(&self) -> Result<Reply, Refusal> {
        let items = self.items()?;
        let [item] = &items[..] else {
            return Err(refused(StatusCode::BAD_REQUEST, "send \"advance\" or \"offset\", and nothing else"));
        };
        let seconds = item.offset().map_err(bad_request)?;
        match item.name.as_str() {
            "advance" if self.app.clock().offset().saturating_add(seconds).unsigned_abs() > FURTHEST.unsigned_abs() => {
                return Err(bad_request(item.refused(OFFSETS)));
            }
            "advance" => self.app.clock().shift(seconds),
            "offset" => self.app.clock().set_offset(seconds),
            name => return Err(bad_request(ConfigError::name("change of the clock", name, &["advance", "offset"]))),
        }
        Ok(ok(self.clock()))
    }

    fn items(&self) -> Result<Vec<Item>, Refusal> {
        Item::of_json(&self.json()?).map_err(bad_request)
    }

    /// Refuses every media type but JSON, a missing one beside a body included, whatever is asked: the others are what a
    /// web page can send without being asked back.
    fn check_media_type(&self) -> Result<(), Refusal> {
        let mut sent = self.headers.get_all(header::CONTENT_TYPE).iter().peekable();
        let is_json = |value: &HeaderValue| {
            let text = value.to_str().unwrap_or_default();
            text.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("application/json"))
        };
        let silent = sent.peek().is_none() && self.body.is_empty();
        if silent || (sent.peek().is_some() && sent.all(is_json)) {
            return Ok(());
        }
        Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/json"))
    }

    fn json(&self) -> Result<Json, Refusal> {
        Json::parse(self.body).ok_or_else(|| refused(StatusCode::BAD_REQUEST, "the body is not JSON"))
    }
}

fn numbered(number: u64, fault: &Fault) -> Json {
    let count = |count: u64| Json::Int(i64::try_from(count).unwrap_or(i64::MAX));
    Json::object([("number", count(number)), ("met", count(fault.when.met())), ("fault", to_table::to_table(fault))])
}

fn described(switch: Switch) -> Json {
    let choices = switch.choices.iter().map(|choice| choice.name.into()).collect();
    Json::object([
        ("name", switch.name.into()),
        ("value", switch.value.into()),
        ("default", switch.default.into()),
        ("choices", Json::List(choices)),
        ("unconfirmed", switch.unconfirmed.into()),
        ("about", switch.about.into()),
    ])
}

fn requests(seen: Vec<SeenRequest>) -> Json {
    let shown = |seen: SeenRequest| {
        Json::object([
            ("method", seen.method.into()),
            ("path", seen.path.into()),
            ("credential", seen.credential.as_str().into()),
            ("status", seen.status.map_or(Json::Null, |status| i64::from(status).into())),
            ("request_id", seen.request_id.into()),
            ("grant_type", seen.grant_type.map_or(Json::Null, Json::from)),
            ("query", seen.query.into()),
            ("body", seen.body.and_then(|body| Json::parse(body.as_bytes())).unwrap_or(Json::Null)),
        ])
    };
    Json::List(seen.into_iter().map(shown).collect())
}

fn ok(value: Json) -> Reply {
    Reply::json(StatusCode::OK, &value)
}

fn bad_request(error: ConfigError) -> Refusal {
    refused(StatusCode::BAD_REQUEST, &error.to_string())
}

fn refused(status: StatusCode, why: &str) -> Refusal {
    Reply::json(status, &Json::object([("error", why.into())]))
}
