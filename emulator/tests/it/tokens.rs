//! Introspection, revocation and userinfo.

use serde_json::{Value, json};

use crate::client::{Server, demo, empty};

fn post(server: &Server, what: &str, token: &str) -> crate::client::Answer {
    let credentials = server.credentials();
    let ask = server.bare("POST", &format!("/oauth2/v1/{what}"));
    ask.basic(&credentials.client_id, &credentials.client_secret).form(&format!("token={token}")).send()
}

fn introspected(server: &Server, token: &str) -> Value {
    let answer = post(server, "introspect", token);
    assert_eq!(answer.status, 200);
    answer.json()
}

#[test]
fn fact_9_25_introspection_tells_about_both_kinds() {
    let server = empty();
    let credentials = server.credentials().clone();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (token, lifetime) in [(&credentials.access_token, 3600), (&credentials.refresh_token, 8_640_000)] {
        let told = introspected(&server, token);
        assert_eq!(told["active"], json!(true));
        assert_eq!(
            (&told["client_id"], &told["username"], &told["sub"]),
            (&json!("demo-app"), &json!("api"), &json!("2"))
        );
        assert!((now + lifetime).abs_diff(told["exp"].as_u64().unwrap()) < 30);
        assert_eq!(told.as_object().unwrap().len(), 5);
    }
    assert_eq!(introspected(&server, "unknown"), json!({ "active": false }));
    server.zeyos.advance_clock(std::time::Duration::from_secs(3601));
    assert_eq!(introspected(&server, &credentials.access_token), json!({ "active": false }));
}

#[test]
fn a_revoked_access_token_leaves_the_refresh_token() {
    let server = empty();
    let credentials = server.credentials().clone();
    let answer = post(&server, "revoke", &credentials.access_token);
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(server.status_with(&credentials.access_token), 401);
    assert_eq!(introspected(&server, &credentials.refresh_token)["active"], json!(true));
}

#[test]
fn a_revoked_refresh_token_takes_the_access_token_along() {
    let server = empty();
    let credentials = server.credentials().clone();
    assert_eq!(post(&server, "revoke", &credentials.refresh_token).status, 200);
    assert_eq!(server.status_with(&credentials.access_token), 401);
    assert_eq!(post(&server, "revoke", &credentials.refresh_token).status, 200, "twice is not an error");
}

#[test]
fn fact_9_25_an_unknown_token_is_revoked_with_200_and_is_not_active() {
    let server = empty();
    for token in ["0000", &"a".repeat(40)] {
        assert_eq!(post(&server, "revoke", token).status, 200, "{token}");
        assert_eq!(introspected(&server, token), json!({ "active": false }), "{token}");
    }
    assert_eq!(server.status_with(&server.credentials().access_token), 200);
}

#[test]
fn both_need_the_client() {
    let server = empty();
    for what in ["introspect", "revoke"] {
        let answer = server.bare("POST", &format!("/oauth2/v1/{what}")).form("token=x").send();
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")));
        let credentials = server.credentials();
        let body = json!({ "client_id": credentials.client_id, "client_secret": credentials.client_secret });
        let answer = server.bare("POST", &format!("/oauth2/v1/{what}")).json(&body).send();
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")));
    }
    assert_eq!(server.status_with(&server.credentials().access_token), 200);
}

#[test]
fn userinfo_has_what_is_always_there() {
    let server = empty();
    let info = server.bare("GET", "/oauth2/v1/userinfo").bearer(&server.token_of("demo")).send().json();
    assert_eq!(
        (&info["sub"], &info["name"], &info["preferred_username"]),
        (&json!("1"), &json!("demo"), &json!("demo"))
    );
    assert_eq!((&info["locale"], &info["zoneinfo"]), (&json!("en-US"), &json!("Europe/Oslo")));
    assert_eq!((&info["nopublic"], &info["apionly"]), (&json!(false), &json!(false)));
    assert!(info["updated_at"].is_i64());
    assert_eq!(info["groups"], json!([{ "id": 1, "name": "Administrators", "writable": true }]));
    assert!(info["permissions"].as_array().unwrap().contains(&json!({ "identifier": "admin", "writable": true })));
}

#[test]
fn userinfo_tells_the_contact_of_the_user() {
    let server = demo();
    let info = server.bare("GET", "/oauth2/v1/userinfo").bearer(&server.token_of("jonas")).send().json();
    assert_eq!(
        (&info["name"], &info["given_name"], &info["family_name"]),
        (&json!("Jonas Petersen"), &json!("Jonas"), &json!("Petersen"))
    );
    assert_eq!(info["locale"], "de-DE");
    assert_eq!(info["address"]["locality"], "Bergen");
    assert_eq!(info["address"]["postal_code"], "5003");
    assert_eq!(
        info["permissions"].as_array().unwrap().iter().filter(|grant| grant["writable"] == json!(false)).count(),
        2
    );
}

#[test]
fn the_printed_tokens_outlive_every_grant_of_the_printed_pair() {
    let server = empty();
    let credentials = server.credentials().clone();
    let granted = server.token_of("demo");
    let again = server.token_of(&credentials.username);
    assert_eq!([server.status_with(&granted), server.status_with(&again)], [401, 200], "of demo, one pair lives");
    assert_eq!(server.status_with(&credentials.access_token), 200);
    let info = server.ask("GET", "/oauth2/v1/userinfo").send().json();
    assert_eq!((&info["preferred_username"], &info["apionly"]), (&json!("api"), &json!(true)));
    assert!(info["permissions"].as_array().unwrap().contains(&json!({ "identifier": "admin", "writable": true })));
    let refresh = format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token);
    assert_eq!(server.grant(&refresh).status, 200, "the printed refresh token brings new ones");
    for password in ["", "demo", "api"] {
        let grant = format!("grant_type=password&username=api&password={password}");
        assert_eq!(server.grant(&grant).status, 403, "no one signs in as their user");
    }
}
