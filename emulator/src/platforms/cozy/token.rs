//! The token endpoint. Its refusals are prose, and all of them 400.

use axum::http::StatusCode;

use super::state::{Audience, State, domain, refused};
use crate::faults::TokenEnd;
use crate::http::{Reply, Request};
use crate::platforms::message::{Form, answers, object};

impl State {
    pub(super) fn access_token(&mut self, request: &Request, now: i64) -> Reply {
        let granted = self.granted(request, now);
        granted.unwrap_or_else(|why| refused(StatusCode::BAD_REQUEST, why)).secret()
    }

    fn granted(&mut self, request: &Request, now: i64) -> Result<Reply, &'static str> {
        // Values in the query count too, as those of a form do in Go.
        let form = Form::of_body(request).unwrap_or_default().with(Form::of_query(request));
        let grant_type = form.get("grant_type").ok_or("the grant_type parameter is mandatory")?;
        let client_id = form.get("client_id").ok_or("the client_id parameter is mandatory")?;
        let secret = form.get("client_secret").ok_or("the client_secret parameter is mandatory")?;
        let client = self.clients.get(client_id).ok_or("the client must be registered")?;
        if client.secret != secret {
            return Err("invalid client_secret");
        }
        let (scope, refresh) = match grant_type {
            "authorization_code" => (self.of_code(&form, client_id, now)?, true),
            "refresh_token" => (self.of_refresh_token(&form, client_id)?, self.switches.rotation),
            _ => return Err("invalid grant type"),
        };
        if let Some(client) = self.clients.get_mut(client_id) {
            client.pending = false;
        }
        let issue = |audience| self.issue(audience, client_id, &scope, domain(request), now);
        let body = object([
            ("access_token", Some(issue(Audience::Access).into())),
            ("token_type", Some("bearer".into())),
            ("scope", Some(scope.as_str().into())),
            ("refresh_token", refresh.then(|| issue(Audience::Refresh).into())),
        ]);
        Ok(Reply::json(StatusCode::OK, &body))
    }

    /// The scope of a code, which is used up unless the verifier is wrong.
    fn of_code(&mut self, form: &Form, client_id: &str, now: i64) -> Result<String, &'static str> {
        let sent = form.get("code").ok_or("the code parameter is mandatory")?;
        let code = self.codes.get(sent).filter(|code| code.client == client_id && now < code.ends);
        let code = code.ok_or("invalid code")?;
        if !answers(code.challenge.as_deref(), form.get("code_verifier")) {
            return Err("invalid code_verifier");
        }
        self.codes.remove(sent).map(|code| code.scope).ok_or("invalid code")
    }

    fn of_refresh_token(&mut self, form: &Form, client_id: &str) -> Result<String, &'static str> {
        let sent = form.get("refresh_token").ok_or("invalid refresh token")?;
        let known = self.known(sent, Audience::Refresh).filter(|known| known.client == client_id);
        let known = known.filter(|_| !self.ended.contains_key(sent)).ok_or("invalid refresh token")?;
        if self.switches.rotation {
            self.ended.insert(sent.to_owned(), TokenEnd::Revoked);
        }
        Ok(known.scope)
    }
}
