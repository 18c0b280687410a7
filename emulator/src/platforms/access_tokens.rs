//! Personal access tokens: their exchange for a JWT, their administration, and a guarded route of an application.

mod admin;
mod application;
mod authenticate;
mod exchange;
mod fields;
mod pat;
mod problem;
mod store;
mod switches;

pub(super) use switches::TokenSwitches;

use percent_encoding::percent_decode_str;

use super::jwt::Key;
use super::message::{Form, bearer, json_object, text};
use super::random::Random;
use super::rate::Rate;
use super::service::{Service, set_all};
use crate::config::ConfigError;
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::switches::Switch;
use pat::Pat;
use problem::Problem;
use store::{Store, Tokens};

/// The server.
#[derive(Debug)]
pub(super) struct AccessTokens {
    tokens: Tokens,
    /// The token that becomes that of an administrator while there is none.
    bootstrap: Pat,
}

impl AccessTokens {
    pub(super) fn new(random: &mut Random) -> std::io::Result<Self> {
        let (bootstrap, key) = (Pat::new(random, None), Key::ed_dsa(random)?);
        let tokens = Tokens {
            switches: TokenSwitches::default(),
            store: Store::default(),
            bootstrap: bootstrap.phc(random),
            key,
            ended: std::collections::HashMap::new(),
            exchanges: Rate::default(),
            random: random.clone(),
        };
        Ok(Self { tokens, bootstrap })
    }

    fn found(&mut self, request: &Request, now: i64) -> Result<Reply, Problem> {
        let (tokens, method) = (&mut self.tokens, request.method.as_str());
        if let Some(path) = below(request, &tokens.switches.auth_path)
            && let ("POST", ["token"]) = (method, &parts(&path)[..])
        {
            return tokens.exchange(request, now);
        }
        if let Some(path) = below(request, &tokens.switches.admin_path) {
            let path = parts(&path);
            if tokens.is_admin_route(method, &path) {
                tokens.administrator(request, now)?;
                return tokens.administer(request, &path, now);
            }
        }
        match (method, &request.segments.iter().map(String::as_str).collect::<Vec<_>>()[..]) {
            ("GET", ["app", "whoami"]) => tokens.whoami(request, now),
            ("GET", ["app", "roles", role]) => tokens.with_role(request, role, now),
            _ => Err(Problem::NoRoute),
        }
    }
}

/// The decoded segments of a path below another one. The two are joined as texts, whatever their slashes.
fn below(request: &Request, prefix: &str) -> Option<Vec<String>> {
    let rest = request.raw_path.strip_prefix(prefix)?.strip_prefix('/')?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    Some(rest.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect())
}

fn parts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

impl Service for AccessTokens {
    fn answer(&mut self, request: &Request, now: i64) -> Reply {
        let answered = self.found(request, now);
        answered.unwrap_or_else(|problem| problem.into_reply(request, self.tokens.switches.error_handler))
    }

    fn refusal(&self, request: &Request) -> Reply {
        let is_exchange = below(request, &self.tokens.switches.auth_path).is_some();
        let problem = if is_exchange { Problem::credential() } else { Problem::jwt("ERR_JWT_EXPIRED") };
        problem.into_reply(request, self.tokens.switches.error_handler)
    }

    fn end_token(&mut self, request: &Request, how: TokenEnd) {
        let form = Form::of_body(request).unwrap_or_default();
        let in_body = json_object(request).as_ref().and_then(|body| text(body, "client_secret")).map(str::to_owned);
        let in_body = in_body.or_else(|| form.get("client_secret").map(str::to_owned));
        let Some(token) = bearer(request).map(str::to_owned).or(in_body) else { return };
        match Pat::parse(&token) {
            Some(pat) => self.tokens.store.end(&pat.id, how),
            None => drop(self.tokens.ended.insert(token, how)),
        }
    }

    fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![("api_key", self.bootstrap.text())]
    }

    fn switches(&self) -> Vec<Switch> {
        self.tokens.switches.list()
    }

    fn set(&mut self, pairs: &[(String, String)]) -> Result<(), ConfigError> {
        set_all(&mut self.tokens.switches, pairs, TokenSwitches::set)
    }

    fn start_anew(&mut self) {
        self.tokens.store = Store::default();
        self.tokens.ended.clear();
        // What was signed before is not known any more. A key was made of such bytes at the start, so it is made again.
        if let Ok(key) = Key::ed_dsa(&mut self.tokens.random) {
            self.tokens.key = key;
        }
        self.tokens.exchanges = Rate::default();
    }
}
