//! The deprecated sign-in and the password tokens.

use std::time::Duration;

use serde_json::json;

use crate::client::{Answer, Server, demo, empty, switched};

fn login(server: &Server, extra: &str) -> Answer {
    server.bare("POST", "/auth/v1/login").form(&format!("name=demo&password=demo&identifier=dev-1{extra}")).send()
}

#[test]
fn a_login_gives_a_token_for_a_hundred_days() {
    let server = empty();
    let body = json!({ "name": "demo@bergfjord.example", "password": "demo", "identifier": "a.b:c_d-1" });
    let answer = server.bare("POST", "/auth/v1/login/").json(&body).send();
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    let told = answer.json();
    assert_eq!(
        (&told["user"], &told["application"], &told["identifier"]),
        (&json!(1), &json!(null), &json!("a.b:c_d-1"))
    );
    let token = told["token"].as_str().unwrap();
    assert_eq!(token.len(), 40);
    assert_eq!(server.status_with(token), 200);
    assert_eq!(server.bare("GET", "/api/v1/settings").bearer(token).send().error(), 403);
    server.zeyos.advance_clock(Duration::from_secs(8_640_001));
    assert_eq!(server.status_with(token), 401);
}

#[test]
fn a_login_may_name_its_application_and_its_end() {
    let server = empty();
    let secret = server.credentials().client_secret.clone();
    let end = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 50;
    let told = login(&server, &format!("&appsecret={secret}&expdate={end}")).json();
    assert_eq!((&told["application"], &told["expdate"]), (&json!(1), &json!(end)));
    let token = told["token"].as_str().unwrap();
    assert_eq!(server.bare("GET", "/api/v1/settings").bearer(token).send().status, 200);
    server.zeyos.advance_clock(Duration::from_secs(60));
    assert_eq!(server.status_with(token), 401);
}

#[test]
fn one_device_has_one_token() {
    let server = empty();
    let token = |answer: Answer| answer.json()["token"].as_str().unwrap().to_owned();
    let first = token(login(&server, ""));
    let second = token(login(&server, ""));
    assert_eq!([&first, &second].map(|token| server.status_with(token)), [401, 200]);
}

#[test]
fn a_login_asks_for_the_second_factor_of_those_who_have_one() {
    let server = demo();
    let login = |otp: &str| {
        server.bare("POST", "/auth/v1/login").form(&format!("name=otto&password=demo&identifier=d{otp}")).send()
    };
    assert_eq!(login("").error(), 401);
    assert_eq!(login("&otp=12345").error(), 401);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = crate::grants::totp(b"bergfjord-otto-totp!", now / 30);
    let token = login(&format!("&otp={code}")).json()["token"].as_str().unwrap().to_owned();
    assert_eq!(server.status_with(&token), 200);
    assert_eq!(
        server.bare("POST", "/auth/v1/token").basic("otto", "demo").send().error(),
        401,
        "Basic has no place for it"
    );
}

#[test]
fn a_failed_login_has_no_challenge() {
    let server = empty();
    for form in [
        "name=demo&password=wrong&identifier=d",
        "name=x&password=demo&identifier=d",
        "name=demo&password=demo&identifier=d&appsecret=00",
    ] {
        let answer = server.bare("POST", "/auth/v1/login").form(form).send();
        assert_eq!((answer.error(), answer.header("www-authenticate")), (401, None));
    }
    for form in [
        "name=demo&password=demo",
        "name=demo&password=demo&identifier=a%20b",
        "name=demo&password=demo&identifier=d&expdate=1",
    ] {
        assert_eq!(server.bare("POST", "/auth/v1/login").form(form).send().error(), 400, "{form}");
    }
}

#[test]
fn fact_9_27_the_login_sets_a_cookie_when_the_switch_says_so() {
    let server = switched(|switches| switches.cookie_on_login = true);
    let answer = login(&server, "");
    let cookie = answer.header("set-cookie").unwrap();
    let id = cookie.strip_prefix("ZEYOSID=").unwrap().split(';').next().unwrap();
    assert_eq!(server.bare("HEAD", "/auth/v1/").session(id).send().status, 204);
}

#[test]
fn info_tells_the_user_and_on_request_access_and_settings() {
    let server = demo();
    let session = server.credentials().session.clone();
    let plain = server.bare("GET", "/auth/v1/").session(&session).send().json();
    assert_eq!(plain["auth"], json!({ "user": 1, "application": null, "lang": "en_US" }));
    assert_eq!(
        (&plain["user"], &plain["name"], &plain["email"]),
        (&json!(1), &json!("demo"), &json!("demo@bergfjord.example"))
    );
    assert_eq!((plain.get("groups"), plain.get("settings")), (None, None));
    let token = server.token_of("mara");
    let full = server.bare("GET", "/auth/v1?access=1&settings=1").bearer(&token).send().json();
    assert_eq!(full["auth"]["application"], json!(1));
    assert_eq!((&full["admin"], &full["groups"]), (&json!(true), &json!({ "1": false, "2": true })));
    assert_eq!(full["permissions"]["billing"], json!(true));
    assert_eq!(full["settings"]["timezone"], "Europe/Berlin");
}

#[test]
fn verify_answers_nothing_or_401() {
    let server = empty();
    let good = server.ask("HEAD", "/auth/v1/").send();
    assert_eq!((good.status, good.body.len()), (204, 0));
    let bad = server.bare("HEAD", "/auth/v1/").bearer("0").send();
    assert_eq!(
        (bad.status, bad.header("www-authenticate")),
        (401, Some("Bearer realm=\"demo\" error=\"invalid_token\""))
    );
}

#[test]
fn logout_takes_a_bearer_alone_and_ends_it() {
    let server = empty();
    let credentials = server.credentials().clone();
    assert_eq!(server.bare("GET", "/auth/v1/logout").session(&credentials.session).send().error(), 401);
    assert_eq!(server.ask("GET", "/auth/v1/logout").send().status, 204);
    assert_eq!(server.status_with(&credentials.access_token), 401);
    assert_eq!(server.ask("GET", "/auth/v1/logout").send().error(), 401);
}

#[test]
fn fact_9_28_a_password_token_comes_for_the_users_own_pair() {
    let server = empty();
    let answer = server.bare("POST", "/auth/v1/token").basic("demo", "demo").send();
    let told = answer.json();
    assert_eq!((&told["token_type"], &told["expires_in"]), (&json!("Bearer"), &json!(86_400)));
    let token = told["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.status_with(&token), 200);
    for ask in [server.bare("POST", "/auth/v1/token").basic("demo", "x"), server.bare("POST", "/auth/v1/token")] {
        let refused = ask.send();
        assert_eq!((refused.error(), refused.header("www-authenticate")), (401, Some("Basic realm=\"demo\"")));
    }
    server.zeyos.advance_clock(Duration::from_secs(86_401));
    assert_eq!(server.status_with(&token), 401);
}

#[test]
fn fact_9_28_a_password_token_can_be_introspected_and_revoked() {
    let server = demo();
    let issue = || {
        server.bare("POST", "/auth/v1/token").basic("ida", "demo").send().json()["access_token"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second) = (issue(), issue());
    let by_pair = |what: &str, user: &str, token: &str| {
        server
            .bare("POST", &format!("/auth/v1/token/{what}"))
            .basic(user, "demo")
            .form(&format!("token={token}"))
            .send()
    };
    let told = by_pair("introspect", "ida", &first).json();
    assert_eq!((&told["active"], told["exp"].is_i64()), (&json!(true), true));
    assert_eq!(told.as_object().unwrap().len(), 2, "the documents name no other member: {told}");
    assert_eq!(by_pair("introspect", "mara", &first).json(), json!({ "active": false }));
    assert_eq!(server.bare("POST", "/auth/v1/token/introspect").bearer(&second).send().json()["active"], json!(true));
    by_pair("revoke", "mara", &first);
    assert_eq!(server.status_with(&first), 200, "another user's token stays");
    assert_eq!(by_pair("revoke", "ida", &first).status, 200);
    assert_eq!(server.bare("POST", "/auth/v1/token/revoke").bearer(&second).send().status, 200);
    assert_eq!([&first, &second].map(|token| server.status_with(token)), [401, 401]);
    assert_eq!(server.bare("POST", "/auth/v1/token/revoke").form("token=x").send().error(), 401);
}

#[test]
fn fact_9_28_password_tokens_follow_their_switches() {
    let off = switched(|switches| switches.password_token = false);
    assert_eq!(off.bare("POST", "/auth/v1/token").basic("demo", "demo").send().error(), 404);
    let short = switched(|switches| switches.password_token_ttl = Duration::from_secs(5));
    assert_eq!(short.bare("POST", "/auth/v1/token").basic("demo", "demo").send().json()["expires_in"], json!(5));
}

#[test]
fn fact_10_9_a_login_may_answer_null_for_an_end_that_was_not_sent() {
    let server = crate::client::switched(|switches| switches.expdate_null = true);
    let login = |more: &str| {
        let form = format!("name=demo&password=demo&identifier=x{more}");
        server.bare("POST", "/auth/v1/login").form(&form).send().json()
    };
    assert!(login("")["expdate"].is_null());
    assert_eq!(login("&expdate=4000000000")["expdate"], 4_000_000_000_i64);
    assert_eq!(server.status_with(login("")["token"].as_str().unwrap()), 200);
}

#[test]
fn fact_10_11_a_password_token_may_come_with_a_session() {
    let server = crate::client::switched(|switches| switches.cookie_on_token = true);
    let answer = server.bare("POST", "/auth/v1/token").basic("demo", "demo").send();
    let cookie = answer.header("set-cookie").unwrap();
    let id = cookie.strip_prefix("ZEYOSID=").unwrap().split(';').next().unwrap();
    assert_eq!(server.bare("GET", "/api/v1/config").session(id).send().status, 200);
    let without = crate::client::empty();
    assert_eq!(without.bare("POST", "/auth/v1/token").basic("demo", "demo").send().header("set-cookie"), None);
}
