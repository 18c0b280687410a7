//! Calls without a typed method: the same operations, the same security rules.

use http::Method;
use serde_json::{Value, json};
use zeyos::{AuthMode, Client};

use super::support::{CHECKED, SimpleStore, Wire, emulator, seen, signed_in, text, with_application};

async fn failed(call: zeyos::Untyped) -> String {
    call.call().await.unwrap_err().to_string()
}

#[tokio::test]
async fn by_id_and_by_path_do_what_the_typed_methods_do() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let created = client.operation("createTicket").json(json!({"name": "Pump seal leaks"})).call().await.unwrap();
    let id = created["ID"].as_i64().unwrap();
    let read = client.operation("getTicket").path_parameter("ID", id).query("tags", 1).call().await.unwrap();
    assert_eq!(read["name"], "Pump seal leaks");
    let path = format!("/tickets/{id}");
    let patch = json!({"name": "Pump seal replaced"});
    let updated = client.request(Method::PATCH, &path).json(patch).call().await.unwrap();
    assert_eq!(updated["name"], "Pump seal replaced");
    let rows = client.request(Method::POST, "/api/v1/tickets").json(json!({"fields": ["ID"]})).call().await.unwrap();
    assert_eq!(rows.into_inner(), json!([{"ID": id}]));
    let gone = client.request(Method::DELETE, &path).call().await.unwrap();
    assert_eq!((gone.status().as_u16(), gone.into_inner()), (204, Value::Null));
    assert!(client.request(Method::GET, &path).call().await.unwrap_err().is_not_found());
    assert!(seen(&zeyos).iter().all(|line| line.contains(" bearer ")), "{:?}", seen(&zeyos));
}

#[tokio::test]
async fn an_unknown_id_names_the_nearest_one() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let message = failed(client.operation("listTicket")).await;
    assert_eq!(
        message,
        "request: the request cannot be sent: there is no operation \"listTicket\"; did you mean listTickets?"
    );
    assert!(failed(client.operation("zeyos-rest/gettoken")).await.contains("did you mean getToken?"));
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn an_id_of_two_services_wants_the_service_named() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let message = failed(client.operation("getUserInfo")).await;
    assert!(
        message.contains(
            "several services have \"getUserInfo\"; name one of zeyos-oauth2/getUserInfo, zeyos-auth/getUserInfo"
        ),
        "{message}"
    );
    client.operation("zeyos-oauth2/getUserInfo").call().await.unwrap();
    client.operation("zeyos-auth/getUserInfo").call().await.unwrap();
    assert_eq!(wire.log(), ["GET /oauth2/v1/userinfo bearer", "GET /auth/v1/ bearer"]);
}

/// The same requests by id and by path.
fn both_ways(client: &Client) -> Vec<(zeyos::Untyped, zeyos::Untyped, &'static str)> {
    let by = |id: &str, method, path: &str| (client.operation(id), client.request(method, path));
    [
        (by("listTickets", Method::POST, "/tickets"), "POST /api/v1/tickets bearer"),
        (by("introspectToken", Method::POST, "/oauth2/v1/introspect"), "POST /oauth2/v1/introspect basic"),
        (
            by("introspectIssuedToken", Method::POST, "/auth/v1/token/introspect"),
            "POST /auth/v1/token/introspect basic",
        ),
        (by("logout", Method::GET, "/auth/v1/logout"), "GET /auth/v1/logout bearer"),
        (by("verify", Method::HEAD, "/auth/v1/"), "HEAD /auth/v1/ bearer"),
        (by("login", Method::POST, "/auth/v1/login"), "POST /auth/v1/login"),
    ]
    .map(|((by_id, by_path), line)| (by_id, by_path, line))
    .into()
}

#[tokio::test]
async fn the_credential_is_that_of_the_operation_however_it_is_named() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    for (by_id, by_path, line) in both_ways(&client) {
        let before = wire.sent().len();
        by_id.call().await.unwrap();
        by_path.call().await.unwrap();
        assert_eq!(wire.log()[before..], [line, line]);
    }
}

#[tokio::test]
async fn the_mode_holds_for_untyped_calls_too() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    client.operation("listTickets").call().auth_mode(AuthMode::Session).await.unwrap();
    client.request(Method::POST, "/tickets").call().auth_mode(AuthMode::None).await.unwrap();
    let refused = client.operation("logout").call().auth_mode(AuthMode::Session).await.unwrap_err();
    assert!(refused.to_string().starts_with("logout: no usable credential"), "{refused}");
    assert_eq!(wire.log(), ["POST /api/v1/tickets cookie", "POST /api/v1/tickets"]);
}

#[tokio::test]
async fn a_rest_path_that_no_document_knows_takes_the_credentials_of_the_others() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD] {
        client.request(method, "/gadgets/7").call().await.unwrap();
    }
    assert!(wire.sent().iter().all(|sent| sent.credentials() == ["bearer"] && sent.url.ends_with("/api/v1/gadgets/7")));
    let nothing = wire.client().build().unwrap();
    let refused = nothing.request(Method::GET, "/gadgets/7").call().await.unwrap_err();
    assert!(refused.refusal().is_some());
}

#[tokio::test]
async fn a_path_elsewhere_that_no_document_knows_is_refused() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    for (method, path) in
        [(Method::GET, "/oauth2/v1/keys"), (Method::GET, "/oauth2/v1/token"), (Method::TRACE, "/tickets")]
    {
        let message = failed(client.request(method, path)).await;
        assert!(message.contains("no document knows") && message.contains(path), "{message}");
    }
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn no_path_leads_out_of_its_service() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let odd = [
        "",
        "tickets",
        "/../x",
        "/./x",
        "/a/..",
        "/%2e%2e/x",
        "/%2E./x",
        "/a%2f..%2fb",
        "/a%5c..%5cb",
        "/a\\..\\b",
        "/a?x=1",
        "/a#b",
        "//evil.example/../x",
        "https://evil.example/x",
        "/a\r\nX: 1",
        "/a\0",
        "/a b",
        "/ü",
        "/tickets/{ID}",
        "/oauth2/v1/../../../x",
    ];
    for path in odd {
        let error = client.request(Method::GET, path).call().await.unwrap_err();
        assert!(error.is_request(), "{path:?}: {error}");
    }
    assert!(wire.sent().is_empty(), "{:?}", wire.log());
    client.request(Method::GET, "//evil.example/x").call().await.unwrap();
    assert_eq!(wire.only().url, "https://erp.example.com/demo/api/v1//evil.example/x", "never another origin");
}

#[tokio::test]
async fn a_path_parameter_is_one_segment_and_none_may_be_missing() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    assert!(
        failed(client.operation("getTicket")).await.contains("a parameter of the path /tickets/{ID} is not filled in")
    );
    for odd in ["", ".", ".."] {
        assert!(failed(client.operation("getTicket").path_parameter("ID", odd)).await.contains("must not be empty"));
    }
    let message = failed(client.operation("getTicket").path_parameter("id", 7)).await;
    assert!(message.contains("the path /tickets/{ID} has no parameter id"), "{message}");
    assert!(wire.sent().is_empty());
    client.operation("getTicket").path_parameter("ID", "a/../b?c#d\\{ID}").call().await.unwrap();
    assert_eq!(wire.only().url, "https://erp.example.com/demo/api/v1/tickets/a%2F..%2Fb%3Fc%23d%5C%7BID%7D");
}

#[tokio::test]
async fn bodies_are_written_in_the_format_of_the_service() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    client.operation("listTickets").json(json!({"limit": 2, "filters": {"a": null}})).call().await.unwrap();
    client.operation("introspectToken").json(json!({"token": "t&t"})).call().await.unwrap();
    client.request(Method::POST, "/gadgets").json(json!([1, 2])).call().await.unwrap();
    let sent = wire.sent();
    let form = (Some("application/x-www-form-urlencoded"), "token=t%26t");
    assert_eq!((sent[1].header("content-type"), sent[1].body.as_str()), form);
    assert_eq!(
        (sent[0].header("content-type"), sent[2].header("content-type")),
        (Some("application/json"), Some("application/json"))
    );
    assert_eq!(serde_json::from_str::<Value>(&sent[0].body).unwrap(), json!({"limit": 2, "filters": {"a": null}}));
    assert_eq!(sent[2].body, "[1,2]");
}

#[tokio::test]
async fn answers_that_are_no_json_are_texts() {
    let wire = Wire::answering(|_| text(200, "ID;name\r\n1;Main"));
    let client = wire.client_with_everything().build().unwrap();
    let csv = client.operation("listLedgers").json(json!({"export": true})).call().await.unwrap();
    assert_eq!(csv.into_inner(), json!("ID;name\r\n1;Main"));
}

#[tokio::test]
async fn an_untyped_exchange_is_stored_like_any_other() {
    let (zeyos, store) = (emulator().await, SimpleStore::default());
    let client = with_application(&zeyos).token_store(store.clone()).build().unwrap();
    let credentials = zeyos.credentials();
    let body = json!({"grant_type": "password", "username": credentials.username, "password": credentials.password});
    let answer = client.request(Method::POST, "/oauth2/v1/token").json(body).call().await.unwrap();
    assert_eq!(store.tokens().unwrap().access_token.unwrap().expose(), answer["access_token"].as_str().unwrap());
    client.operation("listTickets").call().await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/token basic 200", CHECKED, "POST /api/v1/tickets bearer 200"]);
}
