//! The second generation: applications as clients, and a back channel on which an agent signs in while the browser waits.

mod applications;
mod tokens;

use axum::http::{StatusCode, header};
use url::Url;

use super::refusal::Refusal;
use super::state::{Code, State, Waiting, seconds};
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, json_object, object, page, text};

/// How long a login waits for an agent, in seconds.
const TTL: i64 = 120;

/// What is granted where no scope is asked for.
const SCOPE: &str = "openid profile email";

impl State {
    /// Answers a request to the second generation.
    pub(super) fn second(&mut self, request: &Request, path: &[&str], now: i64) -> Reply {
        let answered = match (request.method.as_str(), path) {
            ("GET", ["authorize"]) => Ok(self.waiting_page(request, now)),
            ("POST", ["api", "agent", "authenticate"]) => {
                return self.authenticate(request, now).unwrap_or_else(Refusal::into_unsuccessful);
            }
            ("GET", ["api", "check-status"]) => self.status(request, now),
            ("POST", ["token"]) => self.token_by_json(request, now),
            ("POST", ["introspect"]) => self.introspect_by_json(request, now),
            ("POST", ["revoke"]) => Ok(self.revoke_by_json(request)),
            ("GET", ["userinfo"]) => self.owner(request, now),
            ("GET", [".well-known", "oauth-authorization-server"]) => Ok(self.metadata()),
            ("GET", [".well-known", "jwks.json"]) => {
                Ok(Reply::json(StatusCode::OK, &Json::object([("keys", Json::List(Vec::new()))])))
            }
            ("POST", ["api", "admin", "clients"]) => self.add_application(request),
            ("GET", ["api", "admin", "clients"]) => Ok(self.list_applications()),
            ("POST", ["api", "admin", "clients", "update"]) => self.update_application(request),
            ("POST", ["api", "admin", "agents"]) => self.add_agent(request, now),
            ("GET", ["api", "admin", "agents"]) => Ok(self.list_agents()),
            _ => Err(Refusal::not_found()),
        };
        answered.unwrap_or_else(Refusal::into_reply)
    }

    /// A page that holds the identifier of the login. Every fault is a page with 400, and never a redirect.
    fn waiting_page(&mut self, request: &Request, now: i64) -> Reply {
        let waiting = match self.asked_for(&Form::of_query(request), now) {
            Ok(waiting) => waiting,
            Err(why) => return page(StatusCode::BAD_REQUEST, "Error", &format!("<p>{why}</p>")),
        };
        let id = format!("req_{}", self.random.hex(32));
        let script = format!("<script>const requestId = \"{id}\";</script><p>Waiting for an agent.</p>");
        self.requests.insert(id, waiting);
        page(StatusCode::OK, "Sign in", &script)
    }

    fn asked_for(&self, query: &Form, now: i64) -> Result<Waiting, &'static str> {
        let need = |name: &str, why: &'static str| query.get(name).map(str::to_owned).ok_or(why);
        let client = need("client_id", "client_id is missing")?;
        let redirect_uri = need("redirect_uri", "redirect_uri is missing")?;
        let state = need("state", "state is missing")?;
        let challenge = need("code_challenge", "code_challenge is missing")?;
        if need("code_challenge_method", "code_challenge_method is missing")? != "S256" {
            return Err("code_challenge_method must be S256");
        }
        if need("response_type", "response_type is missing")? != "code" {
            return Err("response_type must be code");
        }
        let application = self.applications.get(&client).ok_or("the client is not known")?;
        if !application.redirect_uris.contains(&redirect_uri) || !is_safe(&redirect_uri) {
            return Err("the redirect_uri is not registered, or neither https nor on this machine");
        }
        let scope = query.get("scope").unwrap_or(SCOPE).to_owned();
        Ok(Waiting { client, redirect_uri, state, challenge, scope, ends: now.saturating_add(TTL), code: None })
    }

    /// An agent signs in for a login that waits.
    fn authenticate(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let need = |name: &str, why: &'static str| text(&body, name).ok_or(Refusal::request(why));
        let id = need("request_id", "request_id is missing")?;
        let agent_id = need("agent_id", "agent_id is missing")?;
        let secret = need("agent_secret", "agent_secret is missing")?;
        let model = need("model", "model is missing")?;
        let unknown = Refusal::new(StatusCode::NOT_FOUND, "invalid_request", "the login is unknown or over");
        let waiting = self.requests.get(id).filter(|waiting| now < waiting.ends).ok_or(unknown)?;
        let no_agent = Refusal::new(StatusCode::UNAUTHORIZED, "invalid_agent", "no agent has this identifier");
        if self.agents.get(agent_id).ok_or(no_agent)?.secret != secret {
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "invalid_credentials", "the secret is wrong"));
        }
        let code = Code {
            client: waiting.client.clone(),
            agent: agent_id.to_owned(),
            model: model.to_owned(),
            redirect_uri: waiting.redirect_uri.clone(),
            challenge: Some(waiting.challenge.clone()),
            scope: waiting.scope.clone(),
            ends: now.saturating_add(seconds(self.switches.code_ttl)),
        };
        let text = self.random.token();
        self.codes.insert(text.clone(), code);
        if let Some(waiting) = self.requests.get_mut(id) {
            waiting.code = Some(text);
        }
        let answer = Json::object([("success", true.into()), ("message", "the agent is signed in".into())]);
        Ok(Reply::json(StatusCode::OK, &answer))
    }

    /// How far a login is. An unknown one is a state too.
    fn status(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let query = Form::of_query(request);
        let id = query.get("request_id").ok_or(Refusal::request("request_id is missing"))?;
        let found = self.requests.get(id).filter(|waiting| waiting.code.is_some() || now < waiting.ends);
        let state = match found {
            None => ("error", None, Some("the login is unknown or over".into())),
            Some(waiting) if waiting.code.is_none() => ("pending", None, None),
            Some(waiting) => ("authenticated", Some(waiting), None),
        };
        let (status, waiting, error) = state;
        let body = object([
            ("status", Some(status.into())),
            ("code", waiting.and_then(|waiting| waiting.code.as_deref()).map(Json::from)),
            ("state", waiting.map(|waiting| waiting.state.as_str().into())),
            ("redirect_uri", waiting.map(|waiting| waiting.redirect_uri.as_str().into())),
            ("error", error),
        ]);
        Ok(Reply::json(StatusCode::OK, &body).with(header::CACHE_CONTROL, "no-store"))
    }
}

/// Whether a redirect URI is https, or http to a loopback name.
fn is_safe(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        _ => false,
    })
}
