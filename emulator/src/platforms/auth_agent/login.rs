//! The first generation: its routes, and the logins of agents. A valid request is approved at once, in place of a page.

use axum::http::StatusCode;
use url::Url;

use super::refusal::Refusal;
use super::state::{Code, State, seconds};
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, json_object, redirect, text};

/// What is granted where no scope is asked for.
const SCOPE: &str = "openid profile email agent";

/// How long a sign-in without a browser waits for its challenge, in seconds.
const SESSION: i64 = 600;

impl State {
    /// Answers a request to the first generation.
    pub(super) fn first(&mut self, request: &Request, path: &[&str], now: i64) -> Result<Reply, Refusal> {
        match (request.method.as_str(), path) {
            ("GET", ["oauth2", "authorize"]) => self.authorize(request, now),
            ("POST", ["oauth2", "token"]) => self.token(request, now),
            ("POST", ["oauth2", "revoke"] | ["elsewhere", "revoke"]) => self.revoke(request),
            ("POST", ["oauth2", "introspect"] | ["elsewhere", "introspect"]) => self.introspect(request, now),
            ("GET", ["oauth2", "userinfo"]) => self.userinfo(request, now),
            ("GET", [".well-known", "openid-configuration"]) => self.discovery(),
            ("POST", ["api", "register-agent"]) => self.register(request, now),
            ("POST", ["api", "agent-auth"]) => self.sign_in(request, now),
            ("GET", ["challenge", session]) => self.challenged(session, now),
            ("GET", ["api", "agents", "profile"]) => self.profile(request, now),
            ("PUT", ["api", "agents", "profile"]) => self.update_profile(request, now),
            ("POST", ["api", "events"]) => self.event(request, now),
            ("GET", ["verify_challenge"]) => self.challenge(request, now),
            ("POST", ["verify_confirm"]) => self.confirm(request, now),
            ("GET", ["verify_status"]) => self.verification(request, now),
            _ => Err(Refusal::not_found()),
        }
    }

    fn authorize(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let query = Form::of_query(request);
        let need = |name: &str, why: &'static str| query.get(name).ok_or(Refusal::request(why));
        let client = need("client_id", "client_id is missing")?;
        let redirect_uri = need("redirect_uri", "redirect_uri is missing")?;
        if need("response_type", "response_type is missing")? != "code" {
            return Err(Refusal::request("response_type must be code"));
        }
        let challenge = need("code_challenge", "code_challenge is missing")?;
        if need("code_challenge_method", "code_challenge_method is missing")? != "S256" {
            return Err(Refusal::request("code_challenge_method must be S256"));
        }
        let agent = self.agents.get(client).ok_or(Refusal::client("no agent has this identifier"))?;
        let code = Code {
            client: client.to_owned(),
            agent: client.to_owned(),
            model: agent.model.clone(),
            redirect_uri: redirect_uri.to_owned(),
            challenge: Some(challenge.to_owned()),
            scope: query.get("scope").unwrap_or(SCOPE).to_owned(),
            ends: now.saturating_add(seconds(self.switches.code_ttl)),
        };
        self.approved(code, query.get("state"))
    }

    /// Leads the browser back with a code.
    fn approved(&mut self, code: Code, state: Option<&str>) -> Result<Reply, Refusal> {
        let mut url = Url::parse(&code.redirect_uri).map_err(|_| Refusal::request("redirect_uri is not a URL"))?;
        let text = self.random.token();
        url.query_pairs_mut().append_pair("code", &text);
        if let Some(state) = state {
            url.query_pairs_mut().append_pair("state", state);
        }
        self.codes.insert(text, code);
        Ok(redirect(StatusCode::FOUND, url.to_string()))
    }

    /// A sign-in without a browser, up to its challenge.
    fn sign_in(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let need = |name: &str, why: &'static str| text(&body, name).ok_or(Refusal::request(why));
        let id = need("agent_id", "agent_id is missing")?;
        let secret = need("agent_secret", "agent_secret is missing")?;
        let model = need("model_name", "model_name is missing")?;
        let client = need("client_id", "client_id is missing")?;
        let redirect_uri = need("redirect_uri", "redirect_uri is missing")?;
        let challenge = text(&body, "code_challenge");
        if challenge.is_some() && text(&body, "code_challenge_method").is_some_and(|method| method != "S256") {
            return Err(Refusal::request("code_challenge_method must be S256"));
        }
        if self.agents.get(id).is_none_or(|agent| agent.secret != secret) {
            let text = "identifier or secret of the agent is wrong";
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "invalid_credentials", text));
        }
        let code = Code {
            client: client.to_owned(),
            agent: id.to_owned(),
            model: model.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            challenge: challenge.map(str::to_owned),
            scope: text(&body, "scope").unwrap_or(SCOPE).to_owned(),
            ends: now.saturating_add(SESSION),
        };
        let session = self.random.token();
        self.sessions.insert(session.clone(), (code, text(&body, "state").map(str::to_owned)));
        let answer = Json::object([
            ("session_id", session.as_str().into()),
            ("next_step", "challenge".into()),
            ("challenge_url", format!("{}/challenge/{session}", self.origin).into()),
            ("expires_in", SESSION.into()),
        ]);
        Ok(Reply::json(StatusCode::OK, &answer).secret())
    }

    /// Stands in for the page with the challenge: whoever opens it has solved it.
    fn challenged(&mut self, session: &str, now: i64) -> Result<Reply, Refusal> {
        let waiting = self.sessions.remove(session).filter(|(code, _)| now < code.ends);
        let (code, state) = waiting.ok_or(Refusal::request("the session is unknown or over"))?;
        let ends = now.saturating_add(seconds(self.switches.code_ttl));
        self.approved(Code { ends, ..code }, state.as_deref())
    }
}
