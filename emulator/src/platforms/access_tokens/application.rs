//! Routes of an application that the JWTs guard: `/app/whoami` for anyone, `/app/roles/{role}` for those who have it.

use axum::http::StatusCode;

use super::authenticate::Caller;
use super::problem::{Problem, answered};
use super::store::Tokens;
use crate::http::{Reply, Request};
use crate::json::Json;

impl Tokens {
    pub(super) fn whoami(&self, request: &Request, now: i64) -> Result<Reply, Problem> {
        self.caller(request, now).map(|caller| shown(&caller))
    }

    pub(super) fn with_role(&self, request: &Request, role: &str, now: i64) -> Result<Reply, Problem> {
        let caller = self.caller(request, now)?;
        if caller.has_role(role) { Ok(shown(&caller)) } else { Err(Problem::Forbidden("A role is missing")) }
    }
}

fn shown(caller: &Caller) -> Reply {
    let members = ["sub", "owner", "admin", "roles"].map(|name| (name, caller.claim(name)));
    answered(StatusCode::OK, &Json::object(members))
}
