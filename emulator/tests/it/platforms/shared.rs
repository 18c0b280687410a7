//! What the servers of all platforms share with the emulator: log, faults, clock, control route, names, the server that misbehaves.

use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::platforms::{Platform, PlatformServer};
use zeyos_emulator::switches::Switch;
use zeyos_emulator::{Fault, FaultServer, WireFault};

use super::{Site, form, seen, text};
use crate::client::{Answer, RequestBuilder, block_on};

#[test]
fn the_log_has_queries_and_bodies_without_secrets() {
    let site = Site::start(Platform::AccessTokens);
    let key = site.credential("api_key").to_owned();
    site.ask("POST", "/auth/token")
        .form(&form(&[("grant_type", "client_credentials"), ("client_secret", &key)]))
        .send();
    site.ask("POST", "/auth/token").bearer(&key).json(&json!({"state": format!("x{key}"), "code": "c"})).send();
    site.ask("GET", &format!("/admin/tokens?limit=5&x={}", form(&[("", &key)]))).bearer(&key).send();
    let seen = site.server.take_requests();
    assert_eq!(seen[0].grant_type, Some("client_credentials"));
    assert_eq!(seen[0].body.as_deref(), Some(r#"{"grant_type":"client_credentials","client_secret":"[secret]"}"#));
    assert_eq!(seen[1].body.as_deref(), Some(r#"{"code":"[secret]","state":"x[secret]"}"#));
    assert!(!format!("{seen:?}").contains(&key), "{seen:?}");
    assert!(site.server.requests().is_empty());
}

#[test]
fn faults_are_met_as_by_the_emulator() {
    let site = Site::start(Platform::Cozy);
    site.server.inject(Fault::status(503).on("GET", "/permissions").times(2).retry_after("7"));
    let ask = || site.ask("GET", "/permissions/self").send();
    let busy = ask();
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("7")));
    assert_eq!((ask().status, ask().status), (503, 401));
    site.server.inject(Fault::close_after());
    assert!(site.ask("GET", "/permissions/self").try_send().is_err());
    site.server.inject(Fault::cut_body(3));
    assert!(site.ask("GET", "/permissions/self").try_send().is_err());
    let statuses: Vec<Option<u16>> = site.server.requests().iter().map(|seen| seen.status).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(401), None, Some(401)]);
}

#[test]
fn a_program_in_any_language_has_the_control_route() {
    let builder = PlatformServer::builder(Platform::AuthAgent).control_port(0);
    let server = block_on(builder.start()).unwrap();
    let control = format!("{}/", server.control_url().unwrap());
    let ask = |method: &str, path: &str| RequestBuilder::new(&control, method, &format!("/{path}"));
    let added = ask("POST", "/faults").json(&json!({"status": 418, "path": "/oauth2/userinfo"})).send();
    assert_eq!(added.status, 201);
    let userinfo = || RequestBuilder::new(&format!("{}/", server.url()), "GET", "//oauth2/userinfo").send().status;
    assert_eq!((userinfo(), userinfo()), (418, 401));
    let switches = ask("PATCH", "/switches").json(&json!({"rotation": true, "access_token_ttl": 61})).send();
    let of = |name: &str| {
        switches.json().as_array().unwrap().iter().find(|switch| switch["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!((of("rotation"), of("access_token_ttl")), (json!("on"), json!("61")));
    let wrong = ask("PATCH", "/switches").json(&json!({"access_token_ttl": 5, "rotatoin": true})).send();
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("rotation"), "{}", wrong.text());
    assert_eq!(server.switches().iter().find(|switch| switch.name == "access_token_ttl").unwrap().value, "61");
    assert_eq!(ask("PATCH", "/clock").json(&json!({"advance": "1h"})).send().status, 200);
    let requests: Value = ask("GET", "/requests").send().json();
    assert_eq!(requests.as_array().unwrap().len(), 2);
    assert_eq!(ask("POST", "/reset").send().status, 204);
    assert_eq!(ask("GET", "/inspector").send().status, 404);
}

#[test]
fn a_reset_forgets_what_was_learnt_and_keeps_what_was_handed_out() {
    for platform in Platform::ALL {
        let site = Site::start(platform);
        let before = site.server.credentials().to_vec();
        site.server.reset();
        assert_eq!(site.server.credentials(), before, "{platform:?}");
    }
    let site = Site::start(Platform::AccessTokens);
    let exchange = || site.ask("POST", "/auth/token").bearer(site.credential("api_key")).send();
    let token = |answer: &Answer| text(&seen(answer).1, "access_token");
    let before = token(&exchange());
    let listed = |token: &str| site.ask("GET", "/admin/tokens").bearer(token).send().status;
    assert_eq!(listed(&before), 200);
    site.server.reset();
    assert_eq!(listed(&before), 401, "what was signed before is not known any more");
    assert_eq!(listed(&token(&exchange())), 200);
}

#[test]
fn the_log_shows_names_and_hides_a_passphrase_by_its_member() {
    let site = Site::start(Platform::Cozy);
    site.ask("POST", "/auth/login").form(&form(&[("passphrase", "of someone"), ("scope", "io.cozy.files")])).send();
    let seen = site.server.take_requests();
    assert_eq!(seen[0].body.as_deref(), Some(r#"{"passphrase":"[secret]","scope":"io.cozy.files"}"#));
}

#[test]
fn it_answers_under_the_names_of_this_machine_alone() {
    let site = Site::start(Platform::Cozy);
    assert_eq!(site.ask("GET", "/permissions/self").named("evil.example").send().status, 403);
    assert_eq!(site.ask("GET", "/permissions/self").named("localhost").send().status, 401);
    // No page of another origin is let in.
    let preflight = site.ask("OPTIONS", "/auth/register").header("Origin", "https://a.example");
    let answer = preflight.header("Access-Control-Request-Method", "POST").send();
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (404, None));
}

#[test]
fn switches_are_refused_by_name_and_value_with_what_there_is() {
    let cozy = || PlatformServer::builder(Platform::Cozy);
    let error = cozy().switch("rotaton", "on").unwrap_err().to_string();
    assert!(error.contains("did you mean \"rotation\"?"), "{error}");
    let error = cozy().switch("expired_status", "402").unwrap_err().to_string();
    assert!(error.contains("allowed are 400, 401"), "{error}");
    for platform in Platform::ALL {
        assert_eq!(Platform::named(platform.as_str()).unwrap(), platform);
        for Switch { name, value, .. } in platform.switches() {
            PlatformServer::builder(platform).switch(name, &value).unwrap();
        }
    }
    assert!(Platform::named("cosy").unwrap_err().to_string().contains("did you mean \"cozy\"?"));
}

#[test]
fn a_fault_server_counts_the_exchanges_of_each_platform() {
    let site = Site::start(Platform::AuthAgent);
    let faults = block_on(FaultServer::before_platform(&site.server)).unwrap();
    faults.inject(WireFault::cut_reply(20).on("POST", "/oauth2/token"));
    let url = format!("{}/", faults.url());
    let body = form(&[("grant_type", "refresh_token"), ("refresh_token", "r"), ("client_id", "agent_demo")]);
    let post = |path: &str| RequestBuilder::new(&url, "POST", &format!("/{path}")).form(&body).try_send();
    assert!(post("/oauth2/token").is_err());
    assert_eq!(post("/oauth2/token").unwrap().status, 401);
    post("/oauth2/introspect").unwrap();
    post("/oauth2/revoke").unwrap();
    let counts = faults.counts();
    assert_eq!((counts.token_posts, counts.unguarded, counts.repeats), (2, 1, 1));
    assert_eq!((counts.introspections, counts.revocations), (1, 1));
    for (platform, path) in [(Platform::Cozy, "/auth/access_token"), (Platform::AccessTokens, "/auth/token")] {
        let site = Site::start(platform);
        let faults = block_on(FaultServer::before_platform(&site.server)).unwrap();
        RequestBuilder::new(&format!("{}/", faults.url()), "POST", &format!("/{path}")).form("a=b").send();
        assert_eq!(faults.counts().token_posts, 1, "{platform:?}");
    }
}

#[test]
fn what_is_not_there_is_answered_in_the_way_of_each_platform() {
    let of = |platform| Site::start(platform).ask("GET", "/nowhere").send();
    assert_eq!(seen(&of(Platform::Cozy)).0, 404);
    assert_eq!(seen(&of(Platform::AuthAgent)).0, 404);
    let page = of(Platform::AccessTokens);
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("Cannot GET /nowhere"));
}

#[test]
fn the_clock_moves_for_all_of_them() {
    let site = Site::switched(Platform::AccessTokens, &[("jwt_ttl", "35")]);
    let (_, jwt) = seen(&site.ask("POST", "/auth/token").bearer(site.credential("api_key")).send());
    assert_eq!(jwt["expires_in"], 35);
    let whoami = || site.ask("GET", "/app/whoami").bearer(jwt["access_token"].as_str().unwrap()).send().status;
    assert_eq!(whoami(), 200);
    site.server.advance_clock(Duration::from_secs(35));
    assert_eq!(whoami(), 401);
}
