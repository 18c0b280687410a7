//! Auth-Agent, in both generations of its interface: the first asks a browser to sign an agent in, the second waits for the
//! agent on a back channel.

mod agents;
mod back_channel;
mod discovery;
mod introspection;
mod limits;
mod login;
mod rate_limit;
mod refusal;
mod state;
mod switches;
mod token;
mod verification;

pub(super) use switches::AgentSwitches;

use super::message::{Form, bearer, json_object, text};
use super::random::Random;
use super::service::{Service, set_all};
use crate::config::ConfigError;
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::switches::Switch;
use refusal::Refusal;
use state::State;
use switches::Generation;

/// The server.
#[derive(Debug)]
pub(super) struct AuthAgent {
    state: State,
    /// What the secrets of the start were made from, so that a reset makes them again.
    random: Random,
    origin: String,
}

impl AuthAgent {
    pub(super) fn new(origin: &str, random: Random) -> Self {
        let state = State::new(origin, random.clone(), AgentSwitches::default());
        Self { state, random, origin: origin.to_owned() }
    }
}

impl Service for AuthAgent {
    fn answer(&mut self, request: &Request, now: i64) -> Reply {
        let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
        let state = &mut self.state;
        match state.switches.generation {
            Generation::First => state.counted(request, &path, now, |state| state.first(request, &path, now)),
            Generation::Second => state.second(request, &path, now),
        }
    }

    fn refusal(&self, request: &Request) -> Reply {
        match request.segments.last().map(String::as_str) {
            Some("token" | "revoke" | "introspect") => self.state.invalid_grant("the grant is not valid").into_reply(),
            _ => Refusal::invalid_token().into_reply(),
        }
    }

    fn end_token(&mut self, request: &Request, how: TokenEnd) {
        let form = Form::of_body(request).unwrap_or_default();
        let in_json = json_object(request);
        let member = |name: &str| form.get(name).or_else(|| text(in_json.as_ref()?, name)).map(str::to_owned);
        if let Some(code) = member("code") {
            self.state.codes.remove(&code);
        }
        let token = bearer(request).map(str::to_owned).or_else(|| member("refresh_token"));
        match (token, how) {
            (Some(token), TokenEnd::Expired) => self.state.expire(&token),
            (Some(token), TokenEnd::Revoked) => self.state.end_family(&token),
            (None, _) => {}
        }
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        self.state.handed_out()
    }

    fn switches(&self) -> Vec<Switch> {
        self.state.switches.list()
    }

    fn set(&mut self, pairs: &[(String, String)]) -> Result<(), ConfigError> {
        set_all(&mut self.state.switches, pairs, AgentSwitches::set)
    }

    fn start_anew(&mut self) {
        // What was handed out is made again; what is handed out from now on is not what was before.
        let live = self.state.random.clone();
        self.state = State::new(&self.origin, self.random.clone(), self.state.switches.clone());
        self.state.random = live;
    }
}
