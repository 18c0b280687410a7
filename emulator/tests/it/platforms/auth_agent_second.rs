//! The second generation of Auth-Agent.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CHALLENGE, Platform, Second, Site, VERIFIER, form, seen, text};
use crate::client::Answer;

impl Second {
    fn start() -> Self {
        Self(Site::switched(Platform::AuthAgent, &[("generation", "second")]))
    }

    fn page(&self, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("client_id", self.credential("client_id")),
            ("redirect_uri", self.credential("redirect_uri")),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("response_type", "code"),
        ];
        for (name, value) in more {
            fields.retain(|(known, _)| known != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.ask("GET", &format!("/authorize?{}", form(&fields))).send()
    }

    /// The identifier of a login that waits.
    fn waiting(&self) -> String {
        let page = self.page(&[]);
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        let id: String = text[text.find("req_").unwrap()..].chars().take(36).collect();
        assert!(id[4..].bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        id
    }

    fn authenticate(&self, id: &str, more: &[(&str, &str)]) -> Answer {
        let mut body = json!({"request_id": id, "agent_id": self.credential("agent_id"),
            "agent_secret": self.credential("agent_secret"), "model": "m"});
        more.iter().for_each(|(name, value)| body[name] = json!(value));
        self.ask("POST", "/api/agent/authenticate").json(&body).send()
    }

    fn status(&self, id: &str) -> Value {
        let (status, told) = seen(&self.ask("GET", &format!("/api/check-status?request_id={id}")).send());
        assert_eq!(status, 200);
        told
    }

    fn by_json(&self, path: &str, mut body: Value) -> Answer {
        for name in ["client_id", "client_secret"] {
            if body.get(name).is_none() {
                body[name] = json!(self.credential(name));
            }
        }
        self.ask("POST", path).json(&body).send()
    }

    fn code_of_login(&self) -> String {
        let id = self.waiting();
        assert_eq!(self.authenticate(&id, &[]).status, 200);
        text(&self.status(&id), "code")
    }

    fn granted(&self, code: &str) -> Answer {
        self.by_json(
            "/token",
            json!({"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
            "redirect_uri": self.credential("redirect_uri")}),
        )
    }
}

fn error(answer: &Answer) -> (u16, String) {
    let (status, body) = seen(answer);
    (status, text(&body, "error"))
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn a_login_waits_until_an_agent_signs_in_on_the_back_channel() {
    let site = Second::start();
    let id = site.waiting();
    assert_eq!(site.status(&id), json!({"status": "pending"}));
    for (more, wanted) in [
        (("agent_id", "stranger"), refusal(401, "invalid_agent")),
        (("agent_secret", "wrong"), refusal(401, "invalid_credentials")),
        (("request_id", "req_x"), refusal(404, "invalid_request")),
        (("model", ""), refusal(400, "invalid_request")),
    ] {
        let answer = site.authenticate(&id, &[more]);
        assert_eq!((error(&answer), &seen(&answer).1["success"]), (wanted, &json!(false)));
    }
    let (status, done) = seen(&site.authenticate(&id, &[]));
    assert_eq!((status, &done["success"]), (200, &json!(true)));
    let told = site.status(&id);
    assert_eq!((&told["status"], &told["state"]), (&json!("authenticated"), &json!("s")));
    assert_eq!(told["redirect_uri"], site.credential("redirect_uri"));
    assert_eq!(site.status("req_unknown")["status"], "error");
    assert_eq!(error(&site.ask("GET", "/api/check-status").send()), refusal(400, "invalid_request"));
    let late = site.waiting();
    site.server.advance_clock(Duration::from_secs(120));
    assert_eq!(site.status(&late)["status"], "error");
    assert_eq!(site.authenticate(&late, &[]).status, 404);
}

#[test]
fn every_fault_of_the_first_page_is_a_page_with_400() {
    let site = Second::start();
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "stranger"),
        ("redirect_uri", "https://other.example/"),
        ("state", ""),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("response_type", "token"),
    ] {
        let page = site.page(&[(name, value)]);
        assert_eq!((page.status, page.header("location")), (400, None), "{name}");
        assert!(page.header("content-type").unwrap().starts_with("text/html"));
    }
    let added = site.ask("POST", "/api/admin/clients").json(&json!({"redirect_uris": ["http://app.example/"]})).send();
    let id = text(&seen(&added).1, "client_id");
    let page = site.page(&[("client_id", &id), ("redirect_uri", "http://app.example/")]);
    assert_eq!((added.status, page.status), (201, 400), "http away from this machine");
}

#[test]
fn the_endpoints_read_json_alone() {
    let site = Second::start();
    let form = "grant_type=refresh_token&refresh_token=x&token=x";
    let post = |path: &str| site.ask("POST", path).form(form).send();
    assert_eq!(error(&post("/token")), refusal(500, "server_error"));
    assert_eq!(error(&post("/introspect")), refusal(500, "server_error"));
    assert_eq!(seen(&post("/revoke")), (200, json!({})));
}

#[test]
fn a_code_is_single_use_and_a_mistake_leaves_it() {
    let site = Second::start();
    let code = site.code_of_login();
    let exchange = |more: (&str, &str)| {
        let mut body = json!({"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER,
            "redirect_uri": site.credential("redirect_uri")});
        body[more.0] = json!(more.1);
        error(&site.by_json("/token", body))
    };
    assert_eq!(exchange(("code_verifier", CHALLENGE)), refusal(400, "invalid_grant"));
    assert_eq!(exchange(("redirect_uri", "https://a.example/")), refusal(400, "invalid_grant"));
    assert_eq!(exchange(("client_secret", "wrong")), refusal(401, "invalid_client"));
    assert_eq!(exchange(("grant_type", "password")), refusal(400, "unsupported_grant_type"));
    let (status, tokens) = seen(&site.granted(&code));
    assert_eq!((status, &tokens["token_type"], &tokens["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    assert!(tokens.get("id_token").is_none());
    assert_eq!(error(&site.granted(&code)), refusal(400, "invalid_grant"));
}

#[test]
fn a_refresh_spends_its_token_and_the_old_access_token() {
    let site = Second::start();
    let tokens = seen(&site.granted(&site.code_of_login())).1;
    site.server.advance_clock(Duration::from_secs(1));
    let refresh = |token: &str| site.by_json("/token", json!({"grant_type": "refresh_token", "refresh_token": token}));
    let old = text(&tokens, "refresh_token");
    let (status, fresh) = seen(&refresh(&old));
    assert_eq!(status, 200);
    assert_eq!(error(&refresh(&old)), refusal(400, "invalid_grant"));
    let userinfo = |token: &str| site.ask("GET", "/userinfo").bearer(token).send();
    assert_eq!(error(&userinfo(&text(&tokens, "access_token"))), refusal(401, "invalid_token"));
    let (_, who) = seen(&userinfo(&text(&fresh, "access_token")));
    assert_eq!((&who["sub"], &who["email"]), (&json!(site.credential("agent_id")), &json!("ida@example.com")));
    assert_eq!(error(&site.ask("GET", "/userinfo").send()), refusal(401, "invalid_request"));
}

#[test]
fn tokens_of_one_second_are_equal() {
    let site = Second::start();
    let tokens: Vec<Value> =
        (0..20).map(|_| seen(&site.granted(&site.code_of_login())).1["access_token"].clone()).collect();
    assert!(tokens.windows(2).any(|pair| pair[0] == pair[1]), "twenty logins within twenty seconds");
}

#[test]
fn a_token_can_be_asked_about_by_its_client_and_ended_by_anybody() {
    let site = Second::start();
    let tokens = seen(&site.granted(&site.code_of_login())).1;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let about = |body: Value| seen(&site.ask("POST", "/introspect").json(&body).send()).1;
    let told = about(json!({"token": access}));
    assert_eq!(
        (&told["active"], &told["client_id"], &told["model"]),
        (&json!(true), &json!(site.credential("client_id")), &json!("m"))
    );
    assert!(told.get("iat").is_none());
    let wrong = json!({"token": access, "client_id": site.credential("client_id"), "client_secret": "wrong"});
    assert_eq!(about(wrong), json!({"active": false}));
    assert_eq!(seen(&site.ask("POST", "/revoke").json(&json!({"token": refresh})).send()), (200, json!({})));
    assert_eq!(about(json!({"token": access})), json!({"active": false}));
}

#[test]
fn it_tells_its_addresses_and_has_none_of_the_first_generation() {
    let site = Second::start();
    let get = |path: &str| site.ask("GET", path).send();
    let (_, told) = seen(&get("/.well-known/oauth-authorization-server"));
    assert_eq!(text(&told, "revocation_endpoint"), format!("{}/revoke", site.server.url()));
    assert_eq!(seen(&get("/.well-known/jwks.json")).1, json!({"keys": []}));
    for path in ["/.well-known/openid-configuration", "/oauth2/userinfo", "/api/agents/profile"] {
        assert_eq!(get(path).status, 404, "{path}");
    }
    let clients = seen(&get("/api/admin/clients")).1;
    assert!(!clients.to_string().contains(site.credential("client_secret")));
    let agent = seen(&site.ask("POST", "/api/admin/agents").json(&json!({"user_name": "Jo"})).send()).1;
    let id = site.waiting();
    let (agent_id, secret) = (text(&agent, "agent_id"), text(&agent, "agent_secret"));
    assert_eq!(site.authenticate(&id, &[("agent_id", &agent_id), ("agent_secret", &secret)]).status, 200);
    assert_eq!(get("/api/admin/agents").status, 200);
}
