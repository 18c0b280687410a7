//! The texts of errors: those of the published samples unless the switch asks for more.

use serde_json::json;
use zeyos_emulator::switches::{BadColumn, ErrorTexts};

use crate::client::{Server, empty, switched};

/// What goes wrong, with the text that is published for it.
fn texts(server: &Server) -> Vec<(String, &'static str)> {
    let list = |body| server.ask("POST", "/api/v1/tickets").json(&body).send().text();
    let client = &server.credentials().client_id;
    let token = |pair: (&str, &str), body: &str| {
        let answer = server.bare("POST", "/oauth2/v1/token").basic(pair.0, pair.1).form(body).send();
        answer.json()["error_description"].as_str().unwrap().to_owned()
    };
    let secret = &server.credentials().client_secret;
    let login = server.bare("POST", "/auth/v1/login").form("name=demo&password=no&identifier=x").send();
    vec![
        (server.bare("GET", "/api/v1/config").send().text(), "Unauthorized: Invalid bearer token"),
        (server.bare("GET", "/oauth2/v1/userinfo").bearer("x").send().text(), "Unauthorized: Invalid bearer token"),
        (server.bare("GET", "/auth/v1/logout").send().text(), "Unauthorized: Invalid bearer token"),
        (login.text(), "Unauthorized: Invalid credentials"),
        (server.bare("POST", "/auth/v1/token").basic("demo", "no").send().text(), "Unauthorized: Invalid credentials"),
        (token(("no", "no"), "grant_type=password"), "Unauthorized: Unknown client application"),
        (
            token((client, secret), "grant_type=refresh_token&refresh_token=x"),
            "Forbidden: Invalid or expired refresh_token",
        ),
        (
            server.bare("GET", "/api/v1/settings").session(&server.credentials().session).send().text(),
            "Forbidden: Invalid application context",
        ),
        (list(json!({ "fields": ["nothing"] })), "Bad Request: Invalid selection field"),
        (list(json!({ "fields": ["account.nothing"] })), "Bad Request: Invalid selection field"),
        (list(json!({ "filters": { "nothing": 1 } })), "Bad Request: Invalid field"),
        (list(json!({ "sort": ["nothing"] })), "Bad Request: Invalid field"),
    ]
}

#[test]
fn fact_10_12_errors_have_the_published_texts() {
    for (told, published) in texts(&empty()) {
        assert_eq!(told, published);
    }
}

#[test]
fn errors_may_explain_themselves() {
    for (told, published) in texts(&switched(|switches| switches.error_texts = ErrorTexts::Explained)) {
        let because = told.strip_prefix(published).unwrap_or_else(|| panic!("{told} for {published}"));
        assert!(because.starts_with(" (") && because.ends_with(')'), "{told}");
    }
    let named = switched(|switches| switches.bad_column = BadColumn::Named);
    let told = named.ask("POST", "/api/v1/tickets").json(&json!({ "fields": ["nothing"] })).send().text();
    assert_eq!(told, "Bad Request: Invalid selection field \"nothing\"");
}

#[test]
fn a_missing_permission_is_told_as_published() {
    let server = crate::client::started(zeyos_emulator::Emulator::builder().switch("permissions", "on").unwrap());
    let token = server.token_of("robot");
    let refused = server.bare("PUT", "/api/v1/tickets").bearer(&token).json(&json!({ "name": "A" })).send();
    assert_eq!((refused.error(), refused.text().as_str()), (403, "Forbidden: Lacking access permission"));
}
