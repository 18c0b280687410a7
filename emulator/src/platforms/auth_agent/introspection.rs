//! What a token is worth, and its end (RFC 7662, RFC 7009), in the first generation.

use axum::http::StatusCode;

use super::refusal::Refusal;
use super::state::{Kind, State};
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, object};

impl State {
    /// The token of a form, and the agent that asks.
    fn asked_about(&self, request: &Request) -> Result<(String, String), Refusal> {
        let form = Form::of_body(request).ok_or(Refusal::request("the body must be a form"))?;
        let client = self.agent_of(form.get("client_id"), form.get("client_secret"))?;
        let token = form.get("token").ok_or(Refusal::request("token is missing"))?;
        Ok((token.to_owned(), client))
    }

    /// Ends a refresh token with its access tokens, or an access token alone. An unknown token is answered alike.
    pub(super) fn revoke(&mut self, request: &Request) -> Result<Reply, Refusal> {
        let (sent, client) = self.asked_about(request)?;
        let kind = self.tokens.get(&sent).filter(|token| token.client == client).map(|token| token.kind);
        match kind {
            Some(Kind::Refresh) => self.end_family(&sent),
            Some(Kind::Access) => drop(self.tokens.remove(&sent)),
            None => {}
        }
        Ok(Reply::empty(StatusCode::OK))
    }

    pub(super) fn introspect(&self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let (sent, client) = self.asked_about(request)?;
        let Some(token) = self.living(&sent, now).filter(|token| token.client == client) else {
            return Ok(Reply::json(StatusCode::OK, &Json::object([("active", false.into())])));
        };
        let token_type = if token.kind == Kind::Access { "Bearer" } else { "refresh_token" };
        let extra = self.switches.extra_members.then(|| Json::object([("region", "eu".into())]));
        let body = object([
            ("active", Some(true.into())),
            ("scope", Some(token.scope.as_str().into())),
            ("client_id", Some(token.client.as_str().into())),
            ("username", self.agents.get(&token.agent).map(|agent| agent.owner_name.as_str().into())),
            ("token_type", Some(token_type.into())),
            ("sub", Some(token.agent.as_str().into())),
            ("exp", Some(token.ends.into())),
            ("iat", Some(token.issued.into())),
            ("x_session", extra),
        ]);
        Ok(Reply::json(StatusCode::OK, &body).secret())
    }
}
