//! The exchange of a personal access token for a JWT.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pat::Pat;
use super::problem::{Problem, answered, limits};
use super::store::{Record, Tokens};
use super::switches::Version;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::{Form, is_of_type, object};

const MINUTE: i64 = 60;

/// What came in the body; all of it may be missing.
#[derive(Debug, Default)]
struct Asked {
    grant_type: Option<String>,
    client_secret: Option<String>,
    state: Option<String>,
}

impl Tokens {
    pub(super) fn exchange(&mut self, request: &Request, now: i64) -> Result<Reply, Problem> {
        let limit = self.switches.rate_limit;
        let left = (limit > 0).then(|| self.exchanges.count(limit, MINUTE, now));
        if let Some(left) = left.filter(|left| left.exceeded) {
            return Err(Problem::TooMany(left));
        }
        let asked = asked(request)?;
        if asked.grant_type.as_deref().is_some_and(|grant| grant != "client_credentials") {
            return Err(Problem::invalid("grant_type: must be client_credentials"));
        }
        let sent = credential(request, asked.client_secret)?;
        let pat = Pat::parse(&sent).ok_or_else(Problem::credential)?;
        let record = self.authenticated(&pat, now)?;
        let reply = answered(StatusCode::OK, &self.granted(&record, asked.state, now)).secret();
        Ok(match left {
            Some(left) => limits(reply, left),
            None => reply,
        })
    }

    /// The record of a token that may be exchanged. While there is none, the first becomes that of an administrator.
    fn authenticated(&mut self, pat: &Pat, now: i64) -> Result<Record, Problem> {
        if self.store.is_empty() && pat.has(&self.bootstrap) == Some(true) {
            let secret_phc = self.bootstrap.clone();
            let owner = "admin".to_owned();
            self.store.put(Record {
                id: pat.id.clone(),
                owner,
                is_admin: true,
                secret_phc,
                created: now,
                ..Record::default()
            });
        }
        let record = self.store.get_mut(&pat.id).ok_or_else(Problem::credential)?;
        match pat.has(&record.secret_phc) {
            None => return Err(Problem::Thrown("Invalid PHC string")),
            Some(true) if record.revoked.is_none() && !record.is_expired(now) => {}
            Some(_) => return Err(Problem::credential()),
        }
        record.last_used = Some(now);
        Ok(record.clone())
    }

    fn granted(&mut self, record: &Record, state: Option<String>, now: i64) -> Json {
        let ttl = i64::try_from(self.switches.jwt_ttl.as_secs()).unwrap_or(i64::MAX);
        let roles = || Json::List(record.roles.iter().map(|role| role.as_str().into()).collect());
        let claims = object([
            ("sub", Some(record.id.as_str().into())),
            ("owner", Some(record.owner.as_str().into())),
            ("admin", Some(record.is_admin.into())),
            ("roles", (self.switches.version == Version::V1_1).then(roles)),
            ("iss", Some("access-tokens".into())),
            ("iat", Some(now.into())),
            ("exp", Some(now.saturating_add(ttl).into())),
            ("jti", Some(self.random.token().into())),
        ]);
        object([
            ("access_token", Some(self.key.sign(&claims, Some("1")).into())),
            ("token_type", Some("Bearer".into())),
            ("expires_in", Some(ttl.into())),
            ("state", state.map(Json::from)),
        ])
    }
}

fn asked(request: &Request) -> Result<Asked, Problem> {
    if request.body.is_empty() {
        return Ok(Asked::default());
    }
    if let Some(form) = Form::of_body(request) {
        let field = |name: &str| form.get(name).map(str::to_owned);
        let (grant_type, client_secret) = (field("grant_type"), field("client_secret"));
        return Ok(Asked { grant_type, client_secret, state: field("state") });
    }
    if !is_of_type(request, "application/json") {
        return Ok(Asked::default());
    }
    let body = Json::parse(&request.body).ok_or(Problem::Unreadable)?;
    let mut lines = Vec::new();
    let mut member = |name: &str| match body.get(name) {
        None => None,
        Some(Json::Text(text)) => Some(text.clone()),
        Some(_) => {
            lines.push(format!("{name}: must be a string"));
            None
        }
    };
    let (grant_type, client_secret) = (member("grant_type"), member("client_secret"));
    let asked = Asked { grant_type, client_secret, state: member("state") };
    member("client_id");
    if lines.is_empty() { Ok(asked) } else { Err(Problem::Invalid(lines)) }
}

/// The personal access token: from the body, else from Basic, else as a bearer token. The scheme words count only as written.
fn credential(request: &Request, in_body: Option<String>) -> Result<String, Problem> {
    if let Some(sent) = in_body {
        return Ok(sent);
    }
    let header = request.header(&header::AUTHORIZATION).unwrap_or_default();
    if let Some(pair) = header.strip_prefix("Basic ") {
        let pair = STANDARD.decode(pair).ok().and_then(|pair| String::from_utf8(pair).ok());
        let secret = pair.and_then(|pair| pair.split_once(':').map(|(_, secret)| secret.to_owned()));
        return secret.ok_or_else(Problem::credential);
    }
    let token = header.strip_prefix("Bearer ").map(str::to_owned);
    token.ok_or_else(|| Problem::invalid("client_secret: no credentials were sent"))
}
