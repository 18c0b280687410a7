//! A Cozy of one user: registration of clients, consent, tokens, and as much data as it takes to use a token.

mod client;
mod consent;
mod data;
mod login;
mod registration;
mod scope;
mod state;
mod switches;
mod token;

pub(super) use switches::CozySwitches;

use axum::http::StatusCode;

use super::message::{Form, bearer, json_object};
use super::random::Random;
use super::service::{Service, set_all};
use crate::config::ConfigError;
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::switches::Switch;
use state::{PASSPHRASE, State};

/// The server.
#[derive(Debug)]
pub(super) struct Cozy {
    state: State,
}

impl Cozy {
    pub(super) fn new(random: Random) -> Self {
        Self { state: State::new(random, CozySwitches::default()) }
    }
}

impl Service for Cozy {
    fn answer(&mut self, request: &Request, now: i64) -> Reply {
        let state = &mut self.state;
        let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), &path[..]) {
            ("POST", ["auth", "register"]) => state.register(request, now),
            ("GET", ["auth", "register", id]) => state.client(request, id),
            ("PUT", ["auth", "register", id]) => state.update(request, id, now),
            ("DELETE", ["auth", "register", id]) => state.unregister(request, id),
            ("GET", ["auth", "authorize"]) => state.authorize(request, now),
            ("POST", ["auth", "authorize"]) => state.consented(request, now),
            ("GET", ["auth", "login"]) => state.login_page(request),
            ("POST", ["auth", "login"]) => state.login(request),
            ("POST", ["auth", "access_token"]) => state.access_token(request, now),
            // Older clients ask for it first, to tell which generation of Cozy this is.
            ("GET", ["status"]) => Reply::json(StatusCode::OK, &Json::object([("status", "OK".into())])),
            ("GET", ["permissions", "self"]) => state.permissions(request, now),
            ("GET", ["data", doctype, "_all_docs"]) => state.documents(request, doctype, now),
            _ => state::refused(StatusCode::NOT_FOUND, "Not Found"),
        }
    }

    fn refusal(&self, request: &Request) -> Reply {
        match request.segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["auth", "register", ..] => state::refused(StatusCode::UNAUTHORIZED, "invalid_token"),
            ["auth", "access_token"] => state::refused(StatusCode::BAD_REQUEST, "invalid client_secret"),
            _ => self.state.expired(),
        }
    }

    fn end_token(&mut self, request: &Request, how: TokenEnd) {
        let form = Form::of_body(request).unwrap_or_default();
        let in_json = json_object(request);
        let member = |name: &str| {
            let in_json = in_json.as_ref().and_then(|body| body.get(name)).and_then(Json::as_text);
            form.get(name).or(in_json).map(str::to_owned)
        };
        if let Some(code) = member("code") {
            self.state.codes.remove(&code);
        }
        if let Some(token) = bearer(request).map(str::to_owned).or_else(|| member("refresh_token")) {
            self.state.ended.insert(token, how);
        }
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![("passphrase", PASSPHRASE.to_owned())]
    }

    fn switches(&self) -> Vec<Switch> {
        self.state.switches.list()
    }

    fn set(&mut self, pairs: &[(String, String)]) -> Result<(), ConfigError> {
        set_all(&mut self.state.switches, pairs, CozySwitches::set)
    }

    fn start_anew(&mut self) {
        self.state = State::new(self.state.random.clone(), self.state.switches.clone());
    }
}
