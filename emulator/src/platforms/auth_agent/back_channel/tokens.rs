//! Tokens of the second generation. Its endpoints read JSON alone; a form makes most of them fail.

use axum::http::{StatusCode, header};

use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::auth_agent::refusal::Refusal;
use crate::platforms::auth_agent::state::{State, Token, has_scope};
use crate::platforms::auth_agent::token::Asked;
use crate::platforms::message::{json_object, object, text};

fn read(request: &Request) -> Result<Json, Refusal> {
    let failed = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the body cannot be read");
    json_object(request).ok_or(failed)
}

impl State {
    pub(crate) fn token_by_json(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = read(request)?;
        let asked = Asked::of(|name| text(&body, name).map(str::to_owned));
        let id = asked.client_id.clone().ok_or(Refusal::request("client_id is missing"))?;
        let secret = asked.client_secret.as_deref().ok_or(Refusal::request("client_secret is missing"))?;
        if !self.is_application(&id, secret) {
            return Err(Refusal::client("the client is not known, or its secret is wrong"));
        }
        self.grant(&asked, &id, now)
    }

    fn is_application(&self, id: &str, secret: &str) -> bool {
        self.applications.get(id).is_some_and(|application| application.secret == secret)
    }

    /// Client credentials may be left out; wrong ones make every token look dead.
    pub(crate) fn introspect_by_json(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = read(request)?;
        let (id, secret) = (text(&body, "client_id"), text(&body, "client_secret"));
        let may_ask = |token: &&Token| match (id, secret) {
            (None, _) => true,
            (Some(id), secret) => token.client == id && self.is_application(id, secret.unwrap_or_default()),
        };
        let found = text(&body, "token").and_then(|token| self.living(token, now)).filter(may_ask);
        let told = match found {
            None => Json::object([("active", false.into())]),
            Some(token) => Json::object([
                ("active", true.into()),
                ("sub", token.agent.as_str().into()),
                ("client_id", token.client.as_str().into()),
                ("model", token.model.as_str().into()),
                ("scope", token.scope.as_str().into()),
                ("exp", token.ends.into()),
            ]),
        };
        Ok(Reply::json(StatusCode::OK, &told).secret())
    }

    /// Ends a token with its other half. Whatever comes is answered alike.
    pub(crate) fn revoke_by_json(&mut self, request: &Request) -> Reply {
        if let Some(body) = json_object(request)
            && let Some(token) = text(&body, "token")
        {
            self.end_family(token);
        }
        Reply::json(StatusCode::OK, &Json::Object(Vec::new()))
    }

    /// The owner of the agent that a token belongs to.
    pub(crate) fn owner(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        if request.header(&header::AUTHORIZATION).is_none() {
            return Err(Refusal::new(
                StatusCode::UNAUTHORIZED,
                "invalid_request",
                "the Authorization header is missing",
            ));
        }
        let caller = self.caller(request, now)?;
        let agent = self.agents.get(&caller.agent).ok_or_else(Refusal::invalid_token)?;
        let with = |scope: &str, value: &str| has_scope(&caller.scope, scope).then(|| Json::from(value));
        let body = object([
            ("sub", Some(caller.agent.as_str().into())),
            ("email", with("email", &agent.owner_email)),
            ("name", with("profile", &agent.owner_name)),
        ]);
        Ok(Reply::json(StatusCode::OK, &body))
    }
}
