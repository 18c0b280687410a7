//! Who may pass: the JWT of a request, and whether it is that of an administrator.

use axum::http::header;

use super::problem::Problem;
use super::store::Tokens;
use crate::faults::TokenEnd;
use crate::http::Request;
use crate::json::Json;
use crate::platforms::jwt::Invalid;

/// Who sent a request.
#[derive(Debug)]
pub(super) struct Caller {
    claims: Json,
}

impl Caller {
    pub(super) fn claim(&self, name: &str) -> Json {
        self.claims.get(name).cloned().unwrap_or(Json::Null)
    }

    pub(super) fn has_role(&self, role: &str) -> bool {
        let is_role = |known: &Json| known.as_text() == Some(role);
        self.claims.get("roles").and_then(Json::as_list).is_some_and(|roles| roles.iter().any(is_role))
    }
}

impl Tokens {
    /// Who a request comes from.
    pub(super) fn caller(&self, request: &Request, now: i64) -> Result<Caller, Problem> {
        let sent = request.header(&header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let token = sent.ok_or(Problem::Unauthorized("Missing or invalid Authorization header", None))?;
        let claims = self.key.verify(token).map_err(|why| match why {
            Invalid::Malformed => Problem::jwt("ERR_JWS_INVALID"),
            Invalid::Signature => Problem::jwt("ERR_JWS_SIGNATURE_VERIFICATION_FAILED"),
        })?;
        let ends = claims.get("exp").and_then(Json::to_int).unwrap_or(0);
        match self.ended.get(token) {
            Some(TokenEnd::Revoked) => Err(Problem::jwt("ERR_JWS_SIGNATURE_VERIFICATION_FAILED")),
            Some(TokenEnd::Expired) => Err(Problem::jwt("ERR_JWT_EXPIRED")),
            None if now >= ends => Err(Problem::jwt("ERR_JWT_EXPIRED")),
            None => Ok(Caller { claims }),
        }
    }

    /// Lets only an administrator pass.
    pub(super) fn administrator(&self, request: &Request, now: i64) -> Result<Caller, Problem> {
        let caller = self.caller(request, now)?;
        match caller.claim("admin") {
            Json::Bool(true) => Ok(caller),
            _ => Err(Problem::Forbidden("Admin access required")),
        }
    }
}
