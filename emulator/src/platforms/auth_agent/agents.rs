//! Agents: registration, who a token belongs to, the profile and its changes, events.

use axum::http::StatusCode;

use super::refusal::Refusal;
use super::state::{Agent, State, has_scope};
use super::switches::RegistrationStatus;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::oauth::civil;
use crate::platforms::message::{json_object, object, text};

/// The shortest secret, in characters.
const SHORTEST_SECRET: usize = 8;

impl State {
    pub(super) fn register(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let need = |name: &str, why: &'static str| text(&body, name).map(str::to_owned).ok_or(Refusal::request(why));
        let id = need("agent_id", "agent_id is missing")?;
        let agent = Agent {
            secret: need("agent_secret", "agent_secret is missing")?,
            model: need("model_name", "model_name is missing")?,
            owner_name: need("owner_name", "owner_name is missing")?,
            owner_email: need("owner_email", "owner_email is missing")?,
            permissions: Vec::new(),
            created: now,
            updated: now,
            polls: 0,
            verified: false,
        };
        if agent.secret.chars().count() < SHORTEST_SECRET {
            return Err(Refusal::request("agent_secret must have at least 8 characters"));
        }
        if agent.owner_email.split('@').filter(|part| !part.is_empty()).count() != 2 {
            return Err(Refusal::request("owner_email is not an address"));
        }
        if self.agents.contains_key(&id) {
            return Err(Refusal::new(StatusCode::CONFLICT, "invalid_request", "the identifier is taken"));
        }
        let status = match self.switches.registration_status {
            RegistrationStatus::Ok => StatusCode::OK,
            RegistrationStatus::Created => StatusCode::CREATED,
        };
        let answer = Json::object([
            ("success", true.into()),
            ("agent_id", id.as_str().into()),
            ("message", "the agent is registered".into()),
        ]);
        self.agents.insert(id, agent);
        Ok(Reply::json(status, &answer))
    }

    /// Whom a token belongs to; needs the scope `openid`, and others for some members.
    pub(super) fn userinfo(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let caller = self.caller(request, now)?;
        if !has_scope(&caller.scope, "openid") {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "insufficient_scope", "the scope openid is needed"));
        }
        let agent = self.agents.get(&caller.agent).ok_or_else(Refusal::invalid_token)?;
        let with = |scope: &str, value: Json| has_scope(&caller.scope, scope).then_some(value);
        let extra = || Json::object([("level", 3.into()), ("tags", Json::List(vec!["a".into(), Json::Null]))]);
        let body = object([
            ("sub", Some(caller.agent.as_str().into())),
            ("agent_id", Some(caller.agent.as_str().into())),
            ("model_name", Some(caller.model.as_str().into())),
            ("name", with("profile", agent.owner_name.as_str().into())),
            ("email", with("email", agent.owner_email.as_str().into())),
            ("permissions", with("permissions", permissions(agent))),
            ("x_trust", self.switches.extra_members.then(extra)),
        ]);
        Ok(Reply::json(StatusCode::OK, &body))
    }

    pub(super) fn profile(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let id = self.caller(request, now)?.agent;
        let agent = self.agents.get(&id).ok_or_else(Refusal::invalid_token)?;
        Ok(Reply::json(StatusCode::OK, &shown(&id, agent)))
    }

    /// Changes what is sent; the rest stays. Only the name of the owner and the model can be changed.
    pub(super) fn update_profile(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let id = self.caller(request, now)?.agent;
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let members = body.as_object().unwrap_or_default();
        if members.iter().any(|(name, _)| !["owner_name", "model_name"].contains(&name.as_str())) {
            return Err(Refusal::request("only owner_name and model_name can be changed"));
        }
        if members.iter().any(|(_, value)| value.as_text().is_none_or(str::is_empty)) {
            return Err(Refusal::request("a member is not text"));
        }
        let agent = self.agents.get_mut(&id).ok_or_else(Refusal::invalid_token)?;
        let sent = |name: &str, kept: &str| text(&body, name).unwrap_or(kept).to_owned();
        agent.owner_name = sent("owner_name", &agent.owner_name);
        agent.model = sent("model_name", &agent.model);
        agent.updated = now;
        Ok(Reply::json(StatusCode::OK, &shown(&id, agent)))
    }

    /// Takes an event, whatever its members are.
    pub(super) fn event(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        self.caller(request, now)?;
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let event = text(&body, "event").ok_or(Refusal::request("event is missing"))?;
        Ok(Reply::json(StatusCode::OK, &Json::object([("received", true.into()), ("event", event.into())])))
    }
}

/// A moment as RFC 3339 writes it.
fn rfc3339(seconds: i64) -> String {
    let rest = seconds.rem_euclid(86_400);
    let date = civil::date(seconds).unwrap_or_default();
    format!("{date}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

fn permissions(agent: &Agent) -> Json {
    Json::List(agent.permissions.iter().map(|one| one.as_str().into()).collect())
}

fn shown(id: &str, agent: &Agent) -> Json {
    Json::object([
        ("agent_id", id.into()),
        ("model_name", agent.model.as_str().into()),
        ("owner_name", agent.owner_name.as_str().into()),
        ("owner_email", agent.owner_email.as_str().into()),
        ("permissions", permissions(agent)),
        ("disabled", false.into()),
        ("created_at", rfc3339(agent.created).into()),
        ("updated_at", rfc3339(agent.updated).into()),
    ])
}
