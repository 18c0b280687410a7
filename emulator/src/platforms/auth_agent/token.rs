//! The token endpoint of both generations, which differ in the form of the body and in what is optional.

use axum::http::StatusCode;

use super::refusal::Refusal;
use super::state::{Code, Kind, State, Token, has_scope, seconds};
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, answers, object};

/// What a token request says, whatever form it came in.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub grant_type: Option<String>,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub code: Option<String>,
    pub code_verifier: Option<String>,
    pub redirect_uri: Option<String>,
    pub refresh_token: Option<String>,
}

impl Asked {
    /// By a function that knows the members.
    pub(super) fn of(member: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            grant_type: member("grant_type"),
            client_id: member("client_id"),
            client_secret: member("client_secret"),
            code: member("code"),
            code_verifier: member("code_verifier"),
            redirect_uri: member("redirect_uri"),
            refresh_token: member("refresh_token"),
        }
    }
}

impl State {
    /// The endpoint of the first generation: a form, and a secret for those agents that send one.
    pub(super) fn token(&mut self, request: &Request, now: i64) -> Result<Reply, Refusal> {
        let form = Form::of_body(request).ok_or(Refusal::request("the body must be a form"))?;
        let asked = Asked::of(|name| form.get(name).map(str::to_owned));
        let client = self.agent_of(asked.client_id.as_deref(), asked.client_secret.as_deref())?;
        self.grant(&asked, &client, now)
    }

    /// The agent that a form names, if its secret is right or left out.
    pub(super) fn agent_of(&self, id: Option<&str>, secret: Option<&str>) -> Result<String, Refusal> {
        let id = id.ok_or(Refusal::request("client_id is missing"))?;
        let agent = self.agents.get(id).ok_or(Refusal::client("no agent has this identifier"))?;
        if secret.is_some_and(|secret| secret != agent.secret) {
            return Err(Refusal::client("the secret is wrong"));
        }
        Ok(id.to_owned())
    }

    /// Exchanges a code or a refresh token of a client that was authenticated.
    pub(super) fn grant(&mut self, asked: &Asked, client: &str, now: i64) -> Result<Reply, Refusal> {
        match asked.grant_type.as_deref() {
            None => Err(Refusal::request("grant_type is missing")),
            Some("authorization_code") => {
                let code = self.redeemed(asked, client, now)?;
                let family = self.new_family();
                let refresh = self.issue_refresh(&code, family, now);
                Ok(self.answer(&code, family, Some(refresh), now))
            }
            Some("refresh_token") => {
                let (token, text) = self.refreshable(asked, client, now)?;
                let code = Code::of_token(&token);
                let rotates = self.switches.rotation || self.is_second();
                if rotates {
                    // The old access token ends with it.
                    self.end_family(&text);
                }
                let refresh = rotates.then(|| self.issue_refresh(&code, token.family, now));
                Ok(self.answer(&code, token.family, refresh, now))
            }
            Some(_) => {
                let text = "only authorization_code and refresh_token are known";
                Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", text))
            }
        }
    }

    /// Uses a code up. A wrong verifier or redirect leaves it.
    fn redeemed(&mut self, asked: &Asked, client: &str, now: i64) -> Result<Code, Refusal> {
        let sent = asked.code.as_deref().ok_or(Refusal::request("code is missing"))?;
        let redirect_uri = asked.redirect_uri.as_deref().ok_or(Refusal::request("redirect_uri is missing"))?;
        let code = self.codes.get(sent).filter(|code| code.client == client && now < code.ends);
        let code = code.ok_or_else(|| self.invalid_grant("the code is unknown, used or over"))?;
        if code.challenge.is_some() && asked.code_verifier.is_none() {
            return Err(Refusal::request("code_verifier is missing"));
        }
        if !answers(code.challenge.as_deref(), asked.code_verifier.as_deref()) {
            return Err(self.invalid_grant("the code_verifier does not fit"));
        }
        if code.redirect_uri != redirect_uri {
            return Err(self.invalid_grant("the redirect_uri is another one"));
        }
        let found = self.codes.remove(sent);
        found.ok_or_else(|| self.invalid_grant("the code is unknown, used or over"))
    }

    fn refreshable(&self, asked: &Asked, client: &str, now: i64) -> Result<(Token, String), Refusal> {
        let sent = asked.refresh_token.as_deref().ok_or(Refusal::request("refresh_token is missing"))?;
        let found = self.living(sent, now).filter(|token| token.kind == Kind::Refresh && token.client == client);
        let found = found.ok_or_else(|| self.invalid_grant("the refresh token is unknown, used or over"))?;
        Ok((found.clone(), sent.to_owned()))
    }

    fn answer(&mut self, code: &Code, family: u64, refresh: Option<String>, now: i64) -> Reply {
        let id_token = (!self.is_second() && has_scope(&code.scope, "openid")).then(|| self.id_token(code, now));
        let access = self.issue_access(code, family, now);
        let body = object([
            ("access_token", Some(access.into())),
            ("token_type", Some("Bearer".into())),
            ("expires_in", Some(seconds(self.switches.access_token_ttl).into())),
            ("scope", Some(code.scope.as_str().into())),
            ("refresh_token", refresh.map(Json::from)),
            ("id_token", id_token.map(Json::from)),
        ]);
        Reply::json(StatusCode::OK, &body).secret()
    }

    fn id_token(&self, code: &Code, now: i64) -> String {
        let agent = self.agents.get(&code.agent);
        let with = |scope: &str, value: Option<&String>| {
            value.filter(|_| has_scope(&code.scope, scope)).map(|value| value.as_str().into())
        };
        let claims = object([
            ("sub", Some(code.agent.as_str().into())),
            ("iss", Some(self.origin.as_str().into())),
            ("aud", Some(code.client.as_str().into())),
            ("exp", Some(now.saturating_add(seconds(self.switches.access_token_ttl)).into())),
            ("iat", Some(now.into())),
            ("agent_id", Some(code.agent.as_str().into())),
            ("email", with("email", agent.map(|agent| &agent.owner_email))),
            ("name", with("profile", agent.map(|agent| &agent.owner_name))),
            ("model_name", Some(code.model.as_str().into())),
        ]);
        self.key.sign(&claims, None)
    }
}

impl Code {
    /// The grant that a refresh token stands for.
    fn of_token(token: &Token) -> Self {
        Self {
            client: token.client.clone(),
            agent: token.agent.clone(),
            model: token.model.clone(),
            redirect_uri: String::new(),
            challenge: None,
            scope: token.scope.clone(),
            ends: token.ends,
        }
    }
}
