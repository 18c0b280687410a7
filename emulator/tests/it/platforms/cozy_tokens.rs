//! The token endpoint of a Cozy, and what a token is worth there.

use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::Fault;

use super::cozy::metadata;
use super::{CHALLENGE, Cozy, VERIFIER, claims, form, seen, text};
use crate::client::Answer;

impl Cozy {
    fn access_token(&self, client: &Value, fields: &[(&str, &str)]) -> Answer {
        let (id, secret) = (text(client, "client_id"), text(client, "client_secret"));
        let mut sent = vec![("client_id", id.as_str()), ("client_secret", secret.as_str())];
        for (name, value) in fields {
            sent.retain(|(known, _)| known != name);
            sent.push((name, value));
        }
        self.ask("POST", "/auth/access_token").form(&form(&sent)).send()
    }

    /// The tokens that a code is exchanged for.
    pub(super) fn exchanged(&self, client: &Value, code: &str, more: &[(&str, &str)]) -> Value {
        let fields = [&[("grant_type", "authorization_code"), ("code", code)], more].concat();
        let (status, tokens) = seen(&self.access_token(client, &fields));
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    fn refresh(&self, client: &Value, token: &str) -> Answer {
        self.access_token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn permissions(&self, token: &str) -> Answer {
        self.ask("GET", "/permissions/self").bearer(token).send()
    }

    /// A registered client with its tokens.
    fn signed_in(&self) -> (Value, Value) {
        let client = self.registered(&metadata("Shed"));
        let tokens = self.exchanged(&client, &self.code(&client, &[]), &[]);
        (client, tokens)
    }
}

fn refusal(error: &str) -> (u16, Value) {
    (400, json!({ "error": error }))
}

#[test]
fn a_code_brings_both_tokens_and_a_refresh_only_one() {
    let site = Cozy::start();
    let (client, tokens) = site.signed_in();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["scope"], "files/images:read io.cozy.contacts");
    assert!(tokens.get("expires_in").is_none());
    let access = claims(&text(&tokens, "access_token"));
    assert_eq!((&access["aud"], &access["sub"]), (&json!(["access"]), &client["client_id"]));
    assert!(access.get("exp").is_none());
    let (status, refreshed) = seen(&site.refresh(&client, &text(&tokens, "refresh_token")));
    assert_eq!(status, 200);
    assert!(refreshed.get("refresh_token").is_none());
    assert_eq!(site.permissions(&text(&refreshed, "access_token")).status, 200);
    // Nothing is used up.
    assert_eq!(site.refresh(&client, &text(&tokens, "refresh_token")).status, 200);
    let (_, read) = seen(
        &site
            .ask("GET", &format!("/auth/register/{}", text(&client, "client_id")))
            .header("Accept", "*/*")
            .bearer(&text(&client, "registration_access_token"))
            .send(),
    );
    assert!(read.get("pending").is_none(), "it has had a token");
}

#[test]
fn with_rotation_a_refresh_token_is_used_up() {
    let site = Cozy::switched(&[("rotation", "on")]);
    let (client, tokens) = site.signed_in();
    let first = text(&tokens, "refresh_token");
    let (_, refreshed) = seen(&site.refresh(&client, &first));
    let second = text(&refreshed, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(seen(&site.refresh(&client, &first)), refusal("invalid refresh token"));
    assert_eq!(site.refresh(&client, &second).status, 200);
}

#[test]
fn every_refusal_is_prose_with_400() {
    let site = Cozy::start();
    let (client, tokens) = site.signed_in();
    let with = |fields: &[(&str, &str)]| seen(&site.access_token(&client, fields));
    let access = text(&tokens, "access_token");
    for (fields, error) in [
        (&[][..], "the grant_type parameter is mandatory"),
        (&[("grant_type", "refresh_token"), ("client_id", "")], "the client_id parameter is mandatory"),
        (&[("grant_type", "refresh_token"), ("client_secret", "")], "the client_secret parameter is mandatory"),
        (&[("grant_type", "authorization_code")], "the code parameter is mandatory"),
        (&[("grant_type", "refresh_token"), ("client_id", "unknown")], "the client must be registered"),
        (&[("grant_type", "refresh_token"), ("client_secret", "wrong")], "invalid client_secret"),
        (&[("grant_type", "authorization_code"), ("code", "unknown")], "invalid code"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "unknown")], "invalid refresh token"),
        (&[("grant_type", "refresh_token"), ("refresh_token", &access)], "invalid refresh token"),
        (&[("grant_type", "password")], "invalid grant type"),
    ] {
        assert_eq!(with(fields), refusal(error), "{fields:?}");
    }
    let json = site.ask("POST", "/auth/access_token").json(&json!({"grant_type": "refresh_token"})).send();
    assert_eq!(seen(&json), refusal("the grant_type parameter is mandatory"));
    // Basic is not known.
    let (id, secret) = (text(&client, "client_id"), text(&client, "client_secret"));
    let basic = site.ask("POST", "/auth/access_token").basic(&id, &secret).form("grant_type=refresh_token").send();
    assert_eq!(seen(&basic), refusal("the client_id parameter is mandatory"));
}

#[test]
fn a_code_is_for_one_exchange_one_client_and_a_short_time() {
    let site = Cozy::start();
    let (client, other) = (site.registered(&metadata("Shed")), site.registered(&metadata("Barn")));
    let exchange = |client: &Value, code: &str| {
        seen(&site.access_token(client, &[("grant_type", "authorization_code"), ("code", code)]))
    };
    let code = site.code(&client, &[]);
    assert_eq!(exchange(&other, &code), refusal("invalid code"));
    assert_eq!(exchange(&client, &code).0, 200);
    assert_eq!(exchange(&client, &code), refusal("invalid code"));
    let late = site.code(&client, &[]);
    site.server.advance_clock(Duration::from_secs(300));
    assert_eq!(exchange(&client, &late), refusal("invalid code"));
}

#[test]
fn a_challenge_wants_its_verifier() {
    let site = Cozy::start();
    let client = site.registered(&metadata("Shed"));
    let code = site.code(&client, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let exchange = |more: &[(&str, &str)]| {
        seen(&site.access_token(&client, &[&[("grant_type", "authorization_code"), ("code", &*code)], more].concat()))
    };
    assert_eq!(exchange(&[]), refusal("invalid code_verifier"));
    assert_eq!(exchange(&[("code_verifier", CHALLENGE)]), refusal("invalid code_verifier"));
    assert_eq!(exchange(&[("code_verifier", VERIFIER)]).0, 200);
}

#[test]
fn an_expired_access_token_is_answered_with_400_and_a_challenge_without_a_comma() {
    let site = Cozy::switched(&[("access_token_ttl", "60")]);
    let (client, tokens) = site.signed_in();
    let access = text(&tokens, "access_token");
    assert_eq!(site.permissions(&access).status, 200);
    site.server.advance_clock(Duration::from_secs(60));
    let answer = site.permissions(&access);
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\" error_description=") && !challenge.contains(','));
    assert_eq!(seen(&answer), refusal("Expired token"));
    let (_, refreshed) = seen(&site.refresh(&client, &text(&tokens, "refresh_token")));
    assert_eq!(site.permissions(&text(&refreshed, "access_token")).status, 200);
    site.server.set_switch("expired_status", "401").unwrap();
    assert_eq!(site.permissions(&access).status, 401);
}

#[test]
fn other_tokens_and_missing_rights_have_their_own_answers() {
    let site = Cozy::start();
    let (client, tokens) = site.signed_in();
    assert_eq!(site.ask("GET", "/permissions/self").send().status, 401);
    for token in ["x", &text(&tokens, "refresh_token"), &text(&client, "registration_access_token")] {
        let answer = site.permissions(token);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        assert_eq!(seen(&answer), refusal("Invalid JWT token"));
    }
    let documents = |doctype: &str| {
        let path = format!("/data/{doctype}/_all_docs");
        site.ask("GET", &path).bearer(&text(&tokens, "access_token")).send().status
    };
    assert_eq!((documents("io.cozy.contacts"), documents("io.cozy.files")), (200, 403));
}

#[test]
fn a_removed_client_takes_its_tokens_with_it() {
    let site = Cozy::start();
    let (client, tokens) = site.signed_in();
    assert_eq!(site.unregister(&client), 204);
    let refresh = site.refresh(&client, &text(&tokens, "refresh_token"));
    assert_eq!(seen(&refresh), refusal("the client must be registered"));
    assert_eq!(site.permissions(&text(&tokens, "access_token")).status, 400);
}

#[test]
fn a_fault_ends_a_token_and_the_next_one_lives_within_the_same_second() {
    let site = Cozy::start();
    let (client, tokens) = site.signed_in();
    let access = text(&tokens, "access_token");
    site.server.inject(Fault::expire_token().on("GET", "/permissions"));
    assert_eq!(seen(&site.permissions(&access)), refusal("Expired token"));
    assert_eq!(seen(&site.permissions(&access)), refusal("Expired token"));
    let (_, refreshed) = seen(&site.refresh(&client, &text(&tokens, "refresh_token")));
    assert_eq!(site.permissions(&text(&refreshed, "access_token")).status, 200);
    site.server.inject(Fault::revoke_token().on("POST", "/auth/access_token"));
    let refused = site.refresh(&client, &text(&tokens, "refresh_token"));
    assert_eq!(seen(&refused), refusal("invalid refresh token"));
    site.server.inject(Fault::invalid_token());
    assert_eq!(site.permissions(&text(&refreshed, "access_token")).status, 400);
}
