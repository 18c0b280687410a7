//! What a Cozy holds, and the tokens that it makes and knows again.

use std::collections::{BTreeMap, HashMap, HashSet};

use axum::http::{StatusCode, header};

use super::client::Client;
use super::switches::{CozySwitches, ExpiredStatus};
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::jwt::Key;
use crate::platforms::message::object;
use crate::platforms::random::Random;
use crate::platforms::rate::Rate;

/// The passphrase of the user.
pub(super) const PASSPHRASE: &str = "cozy";

/// What an authorization code stands for.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub client: String,
    pub scope: String,
    pub challenge: Option<String>,
    pub ends: i64,
}

/// What a token is for, as its claim `aud` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Registration,
    Access,
    Refresh,
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// A token that was known again.
#[derive(Debug)]
pub(super) struct Known {
    pub client: String,
    pub scope: String,
    pub issued: i64,
}

/// All that there is.
#[derive(Debug)]
pub(super) struct State {
    pub switches: CozySwitches,
    pub random: Random,
    pub clients: BTreeMap<String, Client>,
    pub codes: HashMap<String, Code>,
    /// Browsers in which the user is signed in.
    pub sessions: HashSet<String>,
    /// Tokens that ended before their time.
    pub ended: HashMap<String, TokenEnd>,
    pub registrations: Rate,
    key: Key,
}

impl State {
    pub(super) fn new(mut random: Random, switches: CozySwitches) -> Self {
        let key = Key::hs512(&mut random);
        Self {
            switches,
            random,
            clients: BTreeMap::new(),
            codes: HashMap::new(),
            sessions: HashSet::new(),
            ended: HashMap::new(),
            registrations: Rate::default(),
            key,
        }
    }

    /// A token of a client. It has no identifier of its own, so two of one second are equal, but no new one is dead already.
    pub(super) fn issue(&self, audience: Audience, client: &str, scope: &str, domain: &str, now: i64) -> String {
        let mut issued = now;
        loop {
            let claims = Json::object([
                ("aud", Json::List(vec![audience.as_str().into()])),
                ("iss", domain.into()),
                ("iat", issued.into()),
                ("sub", client.into()),
                ("scope", scope.into()),
            ]);
            let token = self.key.sign(&claims, None);
            if !self.ended.contains_key(&token) {
                return token;
            }
            issued += 1;
        }
    }

    /// What a token says, if it is ours and for this audience. Whether it has ended is not looked at.
    pub(super) fn known(&self, token: &str, audience: Audience) -> Option<Known> {
        let claims = self.key.verify(token).ok()?;
        let text = |name: &str| claims.get(name).and_then(Json::as_text).map(str::to_owned);
        let is_for = |one: &Json| one.as_text() == Some(audience.as_str());
        claims.get("aud").and_then(Json::as_list)?.iter().any(is_for).then_some(())?;
        Some(Known { client: text("sub")?, scope: text("scope")?, issued: claims.get("iat")?.to_int()? })
    }

    /// The answer to an access token that has expired.
    pub(super) fn expired(&self) -> Reply {
        let status = match self.switches.expired_status {
            ExpiredStatus::BadRequest => StatusCode::BAD_REQUEST,
            ExpiredStatus::Unauthorized => StatusCode::UNAUTHORIZED,
        };
        // There is no comma between the parameters.
        let challenge = "Bearer error=\"invalid_token\" error_description=\"The access token expired\"";
        refused(status, "Expired token").with(header::WWW_AUTHENTICATE, challenge)
    }
}

/// The name of the instance: that under which it is called.
pub(super) fn domain(request: &Request) -> &str {
    request.header(&header::HOST).unwrap_or_default()
}

/// A refusal with one member.
pub(super) fn refused(status: StatusCode, error: &str) -> Reply {
    Reply::json(status, &object([("error", Some(error.into()))]))
}
