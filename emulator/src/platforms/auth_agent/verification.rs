//! Proof of presence: an agent asks until there is a challenge, and sends it back as it came.

use axum::http::StatusCode;

use super::refusal::Refusal;
use super::state::State;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{json_object, text};

/// How long a challenge can be answered, in seconds.
const TTL: i64 = 300;

impl State {
    pub(super) fn challenge(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let id = self.caller(request, now)?.agent;
        let after = self.switches.challenge_after;
        let agent = self.agents.get_mut(&id).ok_or_else(Refusal::invalid_token)?;
        if agent.polls < after {
            agent.polls += 1;
            let none = Json::object([("ok", false.into()), ("message", "there is no challenge yet".into())]);
            return Ok(Reply::json(StatusCode::OK, &none));
        }
        let (challenge, context, expires) = (self.random.token(), self.random.hex(32), now.saturating_add(TTL));
        let body = Json::object([
            ("ok", true.into()),
            ("challenge", challenge.as_str().into()),
            ("expires", expires.into()),
            ("sig", self.signature(&id, &challenge, expires, &context).into()),
            ("verify_ctx_id", context.as_str().into()),
        ]);
        Ok(Reply::json(StatusCode::OK, &body))
    }

    pub(super) fn confirm(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let id = self.caller(request, now)?.agent;
        let body = json_object(request).ok_or(Refusal::request("the body must be JSON"))?;
        let need = |name: &str, why: &'static str| text(&body, name).ok_or(Refusal::request(why));
        let challenge = need("challenge", "challenge is missing")?;
        let context = need("verify_ctx_id", "verify_ctx_id is missing")?;
        let sent = need("sig", "sig is missing")?;
        let Some(Json::Int(expires)) = body.get("expires") else {
            return Err(Refusal::request("expires is missing or no whole number"));
        };
        if self.signature(&id, challenge, *expires, context) != sent {
            return Err(Refusal::request("the challenge is not as it came"));
        }
        if now >= *expires {
            return Err(Refusal::request("the challenge is over"));
        }
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.verified = true;
        }
        let answer = Json::object([("verified", true.into()), ("verify_ctx_id", context.into())]);
        Ok(Reply::json(StatusCode::OK, &answer))
    }

    pub(super) fn verification(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let id = self.caller(request, now)?.agent;
        let verified = self.agents.get(&id).is_some_and(|agent| agent.verified);
        let state = if verified { "verified" } else { "pending" };
        Ok(Reply::json(StatusCode::OK, &Json::object([("verified", verified.into()), ("status", state.into())])))
    }

    /// The last part of a token that holds all of it.
    fn signature(&self, agent: &str, challenge: &str, expires: i64, context: &str) -> String {
        let claims = Json::object([
            ("sub", agent.into()),
            ("challenge", challenge.into()),
            ("expires", expires.into()),
            ("context", context.into()),
        ]);
        let token = self.key.sign(&claims, None);
        token.rsplit('.').next().unwrap_or_default().to_owned()
    }
}
