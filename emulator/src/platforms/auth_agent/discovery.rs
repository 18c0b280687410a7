//! The addresses of the server, as it tells them (OpenID Connect Discovery, RFC 8414), and the ways in which they can be wrong.

use axum::http::StatusCode;

use super::refusal::Refusal;
use super::state::State;
use super::switches::Discovery;
use crate::http::Reply;
use crate::json::Json;

const ELSEWHERE: &str = "https://elsewhere.example";

impl State {
    pub(super) fn discovery(&self) -> Result<Reply, Refusal> {
        let own = self.origin.as_str();
        let (issuer, revoke_below) = match self.switches.discovery {
            Discovery::None => return Err(Refusal::not_found()),
            Discovery::Own => (own, format!("{own}/oauth2")),
            Discovery::ForeignIssuer => (ELSEWHERE, format!("{own}/oauth2")),
            Discovery::ForeignEndpoints => (own, format!("{ELSEWHERE}/oauth2")),
            Discovery::Moved => (own, format!("{own}/elsewhere")),
        };
        let list = |values: &[&str]| Json::List(values.iter().map(|value| Json::from(*value)).collect());
        let body = Json::object([
            ("issuer", issuer.into()),
            ("authorization_endpoint", format!("{own}/oauth2/authorize").into()),
            ("token_endpoint", format!("{own}/oauth2/token").into()),
            ("userinfo_endpoint", format!("{own}/oauth2/userinfo").into()),
            ("revocation_endpoint", format!("{revoke_below}/revoke").into()),
            ("introspection_endpoint", format!("{revoke_below}/introspect").into()),
            ("scopes_supported", list(&["openid", "profile", "email", "agent", "permissions"])),
            ("response_types_supported", list(&["code"])),
            ("grant_types_supported", list(&["authorization_code", "refresh_token"])),
            ("code_challenge_methods_supported", list(&["S256"])),
            ("token_endpoint_auth_methods_supported", list(&["client_secret_post", "none"])),
        ]);
        Ok(Reply::json(StatusCode::OK, &body))
    }

    /// The same for the second generation.
    pub(super) fn metadata(&self) -> Reply {
        let own = self.origin.as_str();
        let at = |path: &str| Json::from(format!("{own}{path}"));
        let body = Json::object([
            ("issuer", own.into()),
            ("authorization_endpoint", at("/authorize")),
            ("token_endpoint", at("/token")),
            ("userinfo_endpoint", at("/userinfo")),
            ("revocation_endpoint", at("/revoke")),
            ("introspection_endpoint", at("/introspect")),
            ("jwks_uri", at("/.well-known/jwks.json")),
            ("token_endpoint_auth_methods_supported", Json::List(vec!["client_secret_post".into()])),
        ]);
        Reply::json(StatusCode::OK, &body)
    }
}
