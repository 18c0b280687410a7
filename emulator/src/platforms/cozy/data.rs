//! As much data as it takes to see whether an access token works.

use axum::http::{StatusCode, header};

use super::scope;
use super::state::{Audience, Known, State, refused};
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::bearer;

impl State {
    /// What the token of a request may do.
    pub(super) fn permissions(&self, request: &Request, now: i64) -> Reply {
        let shown = |known: Known| {
            let attributes = Json::object([("type", "oauth".into()), ("scope", known.scope.into())]);
            let data = Json::object([
                ("type", "io.cozy.permissions".into()),
                ("id", known.client.into()),
                ("attributes", attributes),
            ]);
            Reply::of_type(StatusCode::OK, "application/vnd.api+json", Json::object([("data", data)]).to_text())
        };
        self.allowed(request, now).map_or_else(|refusal| refusal, shown)
    }

    /// The documents of a doctype, of which there are none.
    pub(super) fn documents(&self, request: &Request, doctype: &str, now: i64) -> Reply {
        match self.allowed(request, now) {
            Err(refusal) => refusal,
            Ok(known) if !scope::allows(&known.scope, "GET", doctype) => refused(StatusCode::FORBIDDEN, "Forbidden"),
            Ok(_) => {
                let none =
                    Json::object([("total_rows", 0.into()), ("offset", 0.into()), ("rows", Json::List(Vec::new()))]);
                Reply::json(StatusCode::OK, &none)
            }
        }
    }

    fn allowed(&self, request: &Request, now: i64) -> Result<Known, Reply> {
        let token = bearer(request).ok_or_else(|| refused(StatusCode::UNAUTHORIZED, "Unauthorized"))?;
        let known = self.known(token, Audience::Access).filter(|known| self.clients.contains_key(&known.client));
        let invalid = || {
            let challenge = "Bearer error=\"invalid_token\"";
            refused(StatusCode::BAD_REQUEST, "Invalid JWT token").with(header::WWW_AUTHENTICATE, challenge)
        };
        let known = known.ok_or_else(invalid)?;
        let ttl = i64::try_from(self.switches.access_token_ttl.as_secs()).unwrap_or(i64::MAX);
        match self.ended.get(token) {
            Some(TokenEnd::Revoked) => Err(invalid()),
            Some(TokenEnd::Expired) => Err(self.expired()),
            None if now >= known.issued.saturating_add(ttl) => Err(self.expired()),
            None => Ok(known),
        }
    }
}
