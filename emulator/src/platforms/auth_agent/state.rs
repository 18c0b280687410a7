//! What Auth-Agent holds: agents, applications, logins under way, tokens.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use axum::http::StatusCode;

use super::limits::Limits;
use super::refusal::Refusal;
use super::switches::{AgentSwitches, Generation, GrantStatus};
use crate::http::Request;
use crate::json::Json;
use crate::platforms::jwt::Key;
use crate::platforms::message::{bearer, object};
use crate::platforms::random::Random;

/// A registered agent.
#[derive(Debug, Clone)]
pub(super) struct Agent {
    pub secret: String,
    pub model: String,
    pub owner_name: String,
    pub owner_email: String,
    pub permissions: Vec<String>,
    pub created: i64,
    pub updated: i64,
    /// How often it was told that there is no challenge yet.
    pub polls: u32,
    pub verified: bool,
}

/// An application of the second generation.
#[derive(Debug, Clone)]
pub(super) struct Application {
    pub secret: String,
    pub name: String,
    pub redirect_uris: Vec<String>,
}

/// What an authorization code stands for.
#[derive(Debug, Clone)]
pub(super) struct Code {
    /// The client that it was asked for by: the agent itself in the first generation.
    pub client: String,
    pub agent: String,
    pub model: String,
    pub redirect_uri: String,
    pub challenge: Option<String>,
    pub scope: String,
    pub ends: i64,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Access,
    Refresh,
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub client: String,
    pub agent: String,
    pub model: String,
    pub scope: String,
    /// The login that it belongs to.
    pub family: u64,
    pub issued: i64,
    pub ends: i64,
}

/// A login of the second generation that waits for an agent.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub client: String,
    pub redirect_uri: String,
    pub state: String,
    pub challenge: String,
    pub scope: String,
    pub ends: i64,
    /// The code, once an agent has signed in.
    pub code: Option<String>,
}

/// All that there is.
#[derive(Debug)]
pub(super) struct State {
    pub switches: AgentSwitches,
    pub origin: String,
    pub random: Random,
    pub key: Key,
    pub agents: BTreeMap<String, Agent>,
    pub applications: BTreeMap<String, Application>,
    pub codes: HashMap<String, Code>,
    pub tokens: HashMap<String, Token>,
    pub families: u64,
    pub limits: Limits,
    /// Sign-ins without a browser that wait for their challenge, each with its state.
    pub sessions: HashMap<String, (Code, Option<String>)>,
    pub requests: HashMap<String, Waiting>,
}

const AGENT: &str = "agent_demo";
const APPLICATION: &str = "client_demo";

/// Where the application of the start may be led back to.
const CALLBACK: &str = "http://127.0.0.1:9999/callback";

impl State {
    pub(super) fn new(origin: &str, mut random: Random, switches: AgentSwitches) -> Self {
        let key = Key::hs256(&mut random);
        let agent = Agent {
            secret: random.token(),
            model: "demo-1".to_owned(),
            owner_name: "Ida Demo".to_owned(),
            owner_email: "ida@example.com".to_owned(),
            permissions: vec!["read".to_owned()],
            created: 0,
            updated: 0,
            polls: 0,
            verified: false,
        };
        let redirect_uris = vec![CALLBACK.to_owned()];
        let application = Application { secret: random.token(), name: "Demo".to_owned(), redirect_uris };
        Self {
            switches,
            origin: origin.to_owned(),
            random,
            key,
            agents: BTreeMap::from([(AGENT.to_owned(), agent)]),
            applications: BTreeMap::from([(APPLICATION.to_owned(), application)]),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            families: 0,
            limits: Limits::default(),
            sessions: HashMap::new(),
            requests: HashMap::new(),
        }
    }

    /// What a client signs in with.
    pub(super) fn handed_out(&self) -> Vec<(&'static str, String)> {
        let agent = self.agents.get(AGENT).map(|agent| agent.secret.clone());
        let application = self.applications.get(APPLICATION).map(|application| application.secret.clone());
        vec![
            ("agent_id", AGENT.to_owned()),
            ("agent_secret", agent.unwrap_or_default()),
            ("client_id", APPLICATION.to_owned()),
            ("client_secret", application.unwrap_or_default()),
            ("redirect_uri", CALLBACK.to_owned()),
        ]
    }

    pub(super) fn is_second(&self) -> bool {
        self.switches.generation == Generation::Second
    }

    /// A grant that is not valid, with the status that was chosen.
    pub(super) fn invalid_grant(&self, description: &'static str) -> Refusal {
        let is_rfc = self.is_second() || self.switches.invalid_grant_status == GrantStatus::BadRequest;
        let status = if is_rfc { StatusCode::BAD_REQUEST } else { StatusCode::UNAUTHORIZED };
        Refusal::new(status, "invalid_grant", description)
    }

    /// The token of this text, if it lives.
    pub(super) fn living(&self, token: &str, now: i64) -> Option<&Token> {
        self.tokens.get(token).filter(|token| now < token.ends)
    }

    /// The access token of a request.
    pub(super) fn caller(&self, request: &Request, now: i64) -> Result<Token, Refusal> {
        let found = bearer(request).and_then(|token| self.living(token, now));
        found.filter(|token| token.kind == Kind::Access).cloned().ok_or_else(Refusal::invalid_token)
    }

    /// Lets a token expire.
    pub(super) fn expire(&mut self, token: &str) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.ends = i64::MIN;
        }
    }

    /// Ends a token and all others of its login.
    pub(super) fn end_family(&mut self, token: &str) {
        if let Some(family) = self.tokens.get(token).map(|token| token.family) {
            self.tokens.retain(|_, token| token.family != family);
        }
    }

    /// Issues an access token. In the second generation it has no identifier of its own, so two of one second are equal.
    pub(super) fn issue_access(&mut self, code: &Code, family: u64, now: i64) -> String {
        let ends = now.saturating_add(seconds(self.switches.access_token_ttl));
        let own_id = (!self.is_second()).then(|| self.random.token());
        let claims = object([
            ("sub", Some(code.agent.as_str().into())),
            ("client_id", Some(code.client.as_str().into())),
            ("model", Some(code.model.as_str().into())),
            ("scope", Some(code.scope.as_str().into())),
            ("iss", Some(self.origin.as_str().into())),
            ("iat", Some(now.into())),
            ("exp", Some(ends.into())),
            ("jti", own_id.map(Json::from)),
        ]);
        let text = self.key.sign(&claims, None);
        self.keep(&text, Kind::Access, code, family, (now, ends));
        text
    }

    pub(super) fn issue_refresh(&mut self, code: &Code, family: u64, now: i64) -> String {
        let ends = now.saturating_add(seconds(self.switches.refresh_token_ttl));
        let text = self.random.token();
        self.keep(&text, Kind::Refresh, code, family, (now, ends));
        text
    }

    fn keep(&mut self, text: &str, kind: Kind, code: &Code, family: u64, (issued, ends): (i64, i64)) {
        let (client, agent) = (code.client.clone(), code.agent.clone());
        let (model, scope) = (code.model.clone(), code.scope.clone());
        self.tokens.insert(text.to_owned(), Token { kind, client, agent, model, scope, family, issued, ends });
    }

    /// The number of a new login.
    pub(super) fn new_family(&mut self) -> u64 {
        self.families += 1;
        self.families
    }
}

/// A time in whole seconds.
pub(super) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

/// Whether a scope is among those granted.
pub(super) fn has_scope(granted: &str, scope: &str) -> bool {
    granted.split(' ').any(|known| known == scope)
}
