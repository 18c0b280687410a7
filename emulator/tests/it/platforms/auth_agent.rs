//! The first generation of Auth-Agent.

use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::Fault;

use super::{Agent, CHALLENGE, Platform, Site, VERIFIER, claims, form, parameter, seen, text};
use crate::client::Answer;

const REDIRECT: &str = "http://127.0.0.1:9999/callback";

impl Agent {
    fn switched(switches: &[(&str, &str)]) -> Self {
        Self(Site::switched(Platform::AuthAgent, switches))
    }

    fn authorized(&self, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("client_id", self.credential("agent_id")),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.ask("GET", &format!("/oauth2/authorize?{}", form(&fields))).send()
    }

    fn code(&self, more: &[(&str, &str)]) -> String {
        parameter(self.authorized(more).header("location").unwrap(), "code").unwrap()
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut sent = vec![("client_id", self.credential("agent_id"))];
        for (name, value) in fields {
            sent.retain(|(known, _)| known != name);
            sent.push((name, value));
        }
        self.ask("POST", path).form(&form(&sent)).send()
    }

    fn exchange(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let fields = [
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", REDIRECT),
                ("code_verifier", VERIFIER),
            ],
            more,
        ];
        self.post("/oauth2/token", &fields.concat())
    }

    fn signed_in(&self, scope: &str) -> Value {
        let (status, tokens) = seen(&self.exchange(&self.code(&[("scope", scope)]), &[]));
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    fn refresh(&self, token: &str) -> Answer {
        self.post("/oauth2/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        self.ask("GET", path).bearer(token).send()
    }
}

fn code_of(answer: &Answer) -> (u16, String) {
    let (status, body) = seen(answer);
    (status, text(&body, "error"))
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn a_valid_request_is_approved_at_once_and_others_are_refused() {
    let site = Agent::switched(&[]);
    let answer = site.authorized(&[]);
    let location = answer.header("location").unwrap();
    assert_eq!((answer.status, parameter(location, "state").as_deref()), (302, Some("s")));
    assert!(location.starts_with(REDIRECT));
    for (name, value) in [
        ("client_id", ""),
        ("redirect_uri", ""),
        ("redirect_uri", "nonsense"),
        ("response_type", "token"),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
    ] {
        assert_eq!(code_of(&site.authorized(&[(name, value)])), refusal(400, "invalid_request"), "{name}");
    }
    assert_eq!(code_of(&site.authorized(&[("client_id", "stranger")])), refusal(401, "invalid_client"));
}

#[test]
fn a_public_and_a_confidential_agent_exchange_a_code_once() {
    let site = Agent::switched(&[]);
    let code = site.code(&[("scope", "openid email")]);
    let secret = site.credential("agent_secret").to_owned();
    assert_eq!(code_of(&site.exchange(&code, &[("client_secret", "wrong")])), refusal(401, "invalid_client"));
    assert_eq!(code_of(&site.exchange(&code, &[("client_id", "stranger")])), refusal(401, "invalid_client"));
    let (status, tokens) = seen(&site.exchange(&code, &[("client_secret", &secret)]));
    assert_eq!((status, &tokens["token_type"], &tokens["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    assert_eq!(tokens["scope"], "openid email");
    let id = claims(&text(&tokens, "id_token"));
    assert_eq!((&id["aud"], &id["email"]), (&json!(site.credential("agent_id")), &json!("ida@example.com")));
    assert!(id.get("name").is_none() && id["model_name"].is_string());
    assert_eq!(code_of(&site.exchange(&code, &[])), refusal(401, "invalid_grant"));
    assert_eq!(site.exchange(&site.code(&[]), &[]).status, 200, "without a secret");
}

#[test]
fn the_token_endpoint_wants_a_form_and_all_of_its_fields() {
    let site = Agent::switched(&[]);
    let json = site.ask("POST", "/oauth2/token").json(&json!({"grant_type": "refresh_token"})).send();
    assert_eq!(code_of(&json), refusal(400, "invalid_request"));
    for name in ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"] {
        let answer = site.exchange(&site.code(&[]), &[(name, "")]);
        assert_eq!(code_of(&answer), refusal(400, "invalid_request"), "{name}");
    }
    assert_eq!(
        code_of(&site.post("/oauth2/token", &[("grant_type", "password")])),
        refusal(400, "unsupported_grant_type")
    );
}

#[test]
fn a_wrong_verifier_a_wrong_redirect_and_a_late_code_are_invalid_grants_with_the_chosen_status() {
    for (status, switch) in [(401, "401"), (400, "400")] {
        let site = Agent::switched(&[("invalid_grant_status", switch)]);
        let code = site.code(&[]);
        for (name, value) in
            [("code_verifier", CHALLENGE), ("redirect_uri", "http://127.0.0.1:9998/callback"), ("code", "x")]
        {
            assert_eq!(code_of(&site.exchange(&code, &[(name, value)])), refusal(status, "invalid_grant"), "{name}");
        }
        site.server.advance_clock(Duration::from_secs(600));
        assert_eq!(code_of(&site.exchange(&code, &[])), refusal(status, "invalid_grant"));
        assert_eq!(code_of(&site.refresh("x")), refusal(status, "invalid_grant"));
    }
}

#[test]
fn a_refresh_token_stays_in_use_unless_it_rotates() {
    let site = Agent::switched(&[]);
    let tokens = site.signed_in("openid");
    let refresh = text(&tokens, "refresh_token");
    let (_, refreshed) = seen(&site.refresh(&refresh));
    assert!(refreshed.get("refresh_token").is_none());
    assert_ne!(refreshed["access_token"], tokens["access_token"]);
    assert_eq!(site.get("/oauth2/userinfo", &text(&tokens, "access_token")).status, 200);
    site.server.set_switch("rotation", "on").unwrap();
    let (_, rotated) = seen(&site.refresh(&refresh));
    assert_eq!(site.refresh(&refresh).status, 401);
    assert_eq!(site.refresh(&text(&rotated, "refresh_token")).status, 200);
    let tokens = site.signed_in("openid");
    site.server.advance_clock(Duration::from_secs(30 * 24 * 3600));
    assert_eq!(site.refresh(&text(&tokens, "refresh_token")).status, 401);
}

#[test]
fn a_token_tells_whom_it_belongs_to_with_members_that_no_document_names() {
    let site = Agent::switched(&[("access_token_ttl", "61")]);
    let tokens = site.signed_in("openid profile permissions");
    let token = text(&tokens, "access_token");
    let (status, info) = seen(&site.get("/oauth2/userinfo", &token));
    assert_eq!((status, &info["name"], &info["permissions"]), (200, &json!("Ida Demo"), &json!(["read"])));
    assert!(info.get("email").is_none());
    assert_eq!(info["x_trust"], json!({"level": 3, "tags": ["a", null]}));
    site.server.set_switch("extra_members", "off").unwrap();
    assert!(seen(&site.get("/oauth2/userinfo", &token)).1.get("x_trust").is_none());
    let weak = text(&site.signed_in("email"), "access_token");
    let refused = site.get("/oauth2/userinfo", &weak);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    assert_eq!(code_of(&refused), refusal(403, "insufficient_scope"));
    site.server.advance_clock(Duration::from_secs(61));
    let refused = site.get("/oauth2/userinfo", &token);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(code_of(&refused), refusal(401, "invalid_token"));
    assert_eq!(code_of(&site.ask("GET", "/oauth2/userinfo").send()), refusal(401, "invalid_token"));
}

#[test]
fn a_token_can_be_asked_about_and_ended() {
    let site = Agent::switched(&[]);
    let tokens = site.signed_in("openid");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let about = |token: &str| seen(&site.post("/oauth2/introspect", &[("token", token), ("token_type_hint", "x")])).1;
    let told = about(&access);
    assert_eq!(
        (&told["active"], &told["token_type"], &told["scope"]),
        (&json!(true), &json!("Bearer"), &json!("openid"))
    );
    assert!(told["exp"].is_i64() && told["iat"].is_i64() && told["x_session"].is_object());
    assert_eq!(about("unknown"), json!({"active": false}));
    let wrong = site.post("/oauth2/introspect", &[("token", &access), ("client_secret", "wrong")]);
    assert_eq!(code_of(&wrong), refusal(401, "invalid_client"));
    assert_eq!(code_of(&site.post("/oauth2/revoke", &[])), refusal(400, "invalid_request"));
    let revoke = |token: &str| {
        let answer = site.post("/oauth2/revoke", &[("token", token)]);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
    };
    revoke("unknown");
    revoke(&access);
    assert_eq!((about(&access)["active"].clone(), about(&refresh)["active"].clone()), (json!(false), json!(true)));
    let (_, again) = seen(&site.refresh(&refresh));
    revoke(&refresh);
    assert_eq!(site.get("/oauth2/userinfo", &text(&again, "access_token")).status, 401);
    assert_eq!(site.refresh(&refresh).status, 401);
}

#[test]
fn agents_register_once_and_with_everything() {
    let site = Agent::switched(&[]);
    let agent = json!({"agent_id": "bee", "agent_secret": "12345678", "model_name": "m", "owner_name": "Jo",
        "owner_email": "jo@example.com"});
    let register = |body: &Value| site.ask("POST", "/api/register-agent").json(body).send();
    for (name, value) in [
        ("agent_id", json!("")),
        ("agent_secret", json!("1234567")),
        ("model_name", json!(1)),
        ("owner_name", Value::Null),
        ("owner_email", json!("jo")),
    ] {
        let mut body = agent.clone();
        body[name] = value;
        assert_eq!(code_of(&register(&body)), refusal(400, "invalid_request"), "{name}");
    }
    let (status, answer) = seen(&register(&agent));
    assert_eq!((status, &answer["success"], &answer["agent_id"]), (201, &json!(true), &json!("bee")));
    assert_eq!(code_of(&register(&agent)), refusal(409, "invalid_request"));
    site.server.set_switch("registration_status", "200").unwrap();
    assert_eq!(
        register(&json!({"agent_id": "b2", "agent_secret": "12345678", "model_name": "m", "owner_name": "Jo",
        "owner_email": "jo@example.com"}))
        .status,
        200
    );
}

#[test]
fn an_agent_signs_in_without_a_browser_by_its_challenge() {
    let site = Agent::switched(&[]);
    let mut body = json!({"agent_id": site.credential("agent_id"), "agent_secret": site.credential("agent_secret"),
        "model_name": "m", "client_id": site.credential("agent_id"), "redirect_uri": REDIRECT, "state": "s",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256"});
    let sign_in = |body: &Value| site.ask("POST", "/api/agent-auth").json(body).send();
    let (status, session) = seen(&sign_in(&body));
    assert_eq!((status, &session["next_step"], &session["expires_in"]), (200, &json!("challenge"), &json!(600)));
    let path = text(&session, "challenge_url").replace(site.server.url(), "");
    let answer = site.ask("GET", &path).send();
    let location = answer.header("location").unwrap();
    assert_eq!(parameter(location, "state").as_deref(), Some("s"));
    assert_eq!(site.exchange(&parameter(location, "code").unwrap(), &[]).status, 200);
    assert_eq!(site.ask("GET", &path).send().status, 400, "it is over");
    body["agent_secret"] = json!("wrong");
    assert_eq!(code_of(&sign_in(&body)), refusal(401, "invalid_credentials"));
    body["agent_secret"] = Value::Null;
    assert_eq!(code_of(&sign_in(&body)), refusal(400, "invalid_request"));
}

#[test]
fn a_profile_is_changed_in_part() {
    let site = Agent::switched(&[]);
    let token = text(&site.signed_in("agent"), "access_token");
    let (_, before) = seen(&site.get("/api/agents/profile", &token));
    assert_eq!((&before["disabled"], &before["created_at"]), (&json!(false), &json!("1970-01-01T00:00:00Z")));
    let put = |body: Value| site.ask("PUT", "/api/agents/profile").bearer(&token).json(&body).send();
    let (status, after) = seen(&put(json!({"model_name": "m2"})));
    assert_eq!((status, &after["model_name"], &after["owner_name"]), (200, &json!("m2"), &before["owner_name"]));
    assert_ne!(after["updated_at"], before["updated_at"]);
    assert_eq!(code_of(&put(json!({"disabled": true}))), refusal(400, "invalid_request"));
    assert_eq!(site.get("/api/agents/profile", "x").status, 401);
}

#[test]
fn a_challenge_comes_after_some_asking_and_is_confirmed_unchanged() {
    let site = Agent::switched(&[("challenge_after", "2")]);
    let token = text(&site.signed_in("agent"), "access_token");
    let ask = || seen(&site.get("/verify_challenge", &token)).1;
    for _ in 0..2 {
        let none = ask();
        assert_eq!(none["ok"], false);
        assert!(none["message"].is_string() && none.get("challenge").is_none());
    }
    let mut challenge = ask();
    assert_eq!(challenge["ok"], true);
    challenge.as_object_mut().unwrap().remove("ok");
    let confirm = |body: &Value| site.ask("POST", "/verify_confirm").bearer(&token).json(body).send();
    for (name, value) in [
        ("challenge", json!("x")),
        ("expires", json!(1)),
        ("sig", json!("x")),
        ("verify_ctx_id", json!("x")),
        ("expires", json!("1")),
    ] {
        let mut changed = challenge.clone();
        changed[name] = value;
        assert_eq!(code_of(&confirm(&changed)), refusal(400, "invalid_request"), "{name}");
    }
    let verified = || seen(&site.get("/verify_status", &token)).1["verified"].clone();
    assert_eq!(verified(), false);
    assert_eq!(confirm(&challenge).status, 200);
    assert_eq!(verified(), true);
    site.server.advance_clock(Duration::from_secs(300));
    assert_eq!(confirm(&challenge).status, 400);
}

#[test]
fn an_event_has_a_name_and_whatever_else() {
    let site = Agent::switched(&[]);
    let token = text(&site.signed_in("agent"), "access_token");
    let send = |body: Value| site.ask("POST", "/api/events").bearer(&token).json(&body).send();
    assert_eq!(send(json!({"event": "click", "site": "a", "deep": {"n": [1, null]}})).status, 200);
    assert_eq!(code_of(&send(json!({"site": "a"}))), refusal(400, "invalid_request"));
    let seen = site.server.requests().into_iter().find(|seen| seen.path == "/api/events").unwrap();
    assert_eq!(seen.body.as_deref(), Some(r#"{"deep":{"n":[1,null]},"event":"click","site":"a"}"#));
}

#[test]
fn the_discovery_document_can_lie() {
    let site = Agent::switched(&[]);
    let ask = || site.ask("GET", "/.well-known/openid-configuration").send();
    let own = site.server.url().to_owned();
    let (_, told) = seen(&ask());
    assert_eq!((&told["issuer"], text(&told, "token_endpoint")), (&json!(own), format!("{own}/oauth2/token")));
    for (switch, issuer_is_own, revoke) in [
        ("foreign_issuer", false, format!("{own}/oauth2/revoke")),
        ("foreign_endpoints", true, "https://elsewhere.example/oauth2/revoke".to_owned()),
        ("moved", true, format!("{own}/elsewhere/revoke")),
    ] {
        site.server.set_switch("discovery", switch).unwrap();
        let (_, told) = seen(&ask());
        assert_eq!((told["issuer"] == json!(own), text(&told, "revocation_endpoint")), (issuer_is_own, revoke));
    }
    assert_eq!(site.post("/elsewhere/revoke", &[("token", "x")]).status, 200);
    site.server.set_switch("discovery", "none").unwrap();
    assert_eq!(ask().status, 404);
}

#[test]
fn requests_are_counted_where_that_is_on() {
    let site = Agent::switched(&[("rate_limits", "on")]);
    let register = |at: usize| {
        let body = json!({"agent_id": format!("a{at}"), "agent_secret": "12345678", "model_name": "m", "owner_name": "Jo",
            "owner_email": "jo@example.com"});
        site.ask("POST", "/api/register-agent").json(&body).send()
    };
    let first = register(0);
    assert_eq!((first.header("x-ratelimit-limit"), first.header("x-ratelimit-remaining")), (Some("5"), Some("4")));
    assert!(first.header("x-ratelimit-reset").unwrap().parse::<i64>().unwrap() > 1_700_000_000);
    (1..5).for_each(|at| assert_eq!(register(at).status, 201));
    let refused = register(5);
    assert!(refused.status == 429 && refused.header("retry-after").is_some());
    let sign_in = || site.ask("POST", "/api/agent-auth").json(&json!({})).send().status;
    (0..10).for_each(|_| assert_eq!(sign_in(), 400));
    assert_eq!(sign_in(), 429);
    site.server.advance_clock(Duration::from_secs(3600));
    assert_eq!(register(5).status, 201);
}

#[test]
fn tokens_are_refused_and_answers_delayed_on_demand() {
    let site = Agent::switched(&[]);
    let tokens = site.signed_in("openid");
    let token = text(&tokens, "access_token");
    site.server.inject(Fault::invalid_token().on("GET", "/oauth2/userinfo"));
    site.server.inject(
        Fault::reply(403, "application/json", r#"{"error":"insufficient_scope"}"#).on("GET", "/oauth2/userinfo"),
    );
    let status = || site.get("/oauth2/userinfo", &token).status;
    assert_eq!((status(), status(), status()), (401, 403, 200));
    site.server.inject(Fault::expire_token().on("GET", "/oauth2/userinfo"));
    assert_eq!((status(), status()), (401, 401));
    site.server.inject(Fault::revoke_token().on("POST", "/oauth2/token"));
    assert_eq!(site.refresh(&text(&tokens, "refresh_token")).status, 401);
}
