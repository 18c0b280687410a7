//! What a dry run shows, and that it does nothing.

use serde_json::json;
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::{NewTicket, Ticket, ticket};
use zeyos::{AuthMode, DryRun, FileTokenStore, TokenError};

use super::support::{SimpleStore, Wire, emulator, in_seconds, seen, signed_in, tokens, with_application};

fn header<'a>(dry: &'a DryRun, name: &str) -> Option<&'a str> {
    dry.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// The names of the schemes that would be sent.
fn sent_by(dry: &DryRun) -> Vec<&'static str> {
    dry.credentials.iter().map(|needed| needed.scheme.name).collect()
}

#[tokio::test]
async fn it_shows_method_url_headers_and_body_and_sends_nothing() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let call = client.api().create_ticket(NewTicket::new("Pump seal leaks").description("at the flange"));
    let dry = call.header("x-trace".parse().unwrap(), "7".parse().unwrap()).dry_run().unwrap();
    assert_eq!((dry.method.as_str(), dry.url.as_str()), ("PUT", format!("{}/api/v1/tickets", zeyos.url()).as_str()));
    let body = json!({"name": "Pump seal leaks", "description": "at the flange"});
    assert_eq!(dry.body.clone().map(serde_json::Value::Object), Some(body));
    assert_eq!(header(&dry, "content-type"), Some("application/json"));
    assert_eq!(header(&dry, "x-trace"), Some("7"));
    assert_eq!(header(&dry, "authorization").or(header(&dry, "cookie")), None);
    assert_eq!(sent_by(&dry), ["oauth"]);
    let shown = dry.to_string();
    assert!(
        shown.starts_with("PUT http://127.0.0.1:") && shown.contains("x-trace: 7") && shown.contains("at the flange")
    );
    assert!(shown.contains("(bearer credential)") && !shown.contains(&zeyos.credentials().access_token));
    assert!(seen(&zeyos).is_empty());
}

#[tokio::test]
async fn it_shows_what_is_then_sent() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let call = client.api().list_tickets(Ticket::query().filter(ticket::NAME.eq("a b")).limit(2));
    let dry = call.clone().dry_run().unwrap();
    call.await.unwrap();
    let sent = wire.only();
    assert_eq!((dry.method, dry.url), (sent.method.clone(), sent.url.clone()));
    assert_eq!(
        serde_json::Value::Object(dry.body.unwrap()),
        serde_json::from_str::<serde_json::Value>(&sent.body).unwrap()
    );
    for (name, value) in &dry.headers {
        assert_eq!(sent.header(name), Some(value.as_str()));
    }
    assert_eq!(sent.headers.len(), dry.headers.len() + 1, "the credential alone is left out");
}

#[tokio::test]
async fn it_neither_renews_a_token_nor_asks_for_a_cookie() {
    let zeyos = emulator().await;
    let mut old = tokens(&zeyos);
    old.expires_at = in_seconds(-1);
    let provider = || async { panic!("a dry run needs no cookie") };
    let client = with_application(&zeyos).token_set(old).session_provider(provider).build().unwrap();
    assert_eq!(sent_by(&client.api().list_tickets(Ticket::query()).dry_run().unwrap()), ["oauth"]);
    let session = client.api().list_tickets(Ticket::query()).auth_mode(AuthMode::Session).dry_run().unwrap();
    assert_eq!(sent_by(&session), ["session"]);
    let bare = client.api().list_tickets(Ticket::query()).auth_mode(AuthMode::None).dry_run().unwrap();
    assert!(bare.credentials.is_empty());
    assert!(client.oauth2().raw().authorize(query()).dry_run().unwrap().credentials.is_empty());
    assert!(seen(&zeyos).is_empty());
}

fn query() -> zeyos::oauth2::raw::AuthorizeQuery {
    let code = zeyos::oauth2::raw::ResponseType::Code;
    zeyos::oauth2::raw::AuthorizeQuery::new("app", "https://app.example.com/cb?a=1&b=2", code)
}

#[tokio::test]
async fn parameters_of_a_query_are_encoded_in_the_url() {
    let client = Wire::agreeable().client().build().unwrap();
    let dry = client.oauth2().raw().authorize(query()).dry_run().unwrap();
    assert_eq!(
        dry.url,
        "https://erp.example.com/demo/oauth2/v1/authorize?client_id=app\
         &redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fa%3D1%26b%3D2&response_type=code"
    );
}

#[tokio::test]
async fn secrets_of_the_body_and_of_marked_headers_are_not_shown() {
    let client = Wire::agreeable().client_with_everything().build().unwrap();
    let mut key = http::HeaderValue::from_static("hunter2");
    key.set_sensitive(true);
    let login = client.legacy_auth().raw().login(LoginRequest::new("mara", "hunter2", "test"));
    let body = json!({"grant_type": "password", "username": "mara", "password": "hunter2", "otp": null});
    for dry in [
        login.header("x-key".parse().unwrap(), key).dry_run().unwrap(),
        client.operation("getToken").json(body).call().dry_run().unwrap(),
        client.oauth2().raw().revoke_token(zeyos::oauth2::TokenReference::new("hunter2")).dry_run().unwrap(),
    ] {
        assert!(!format!("{dry} {dry:?}").contains("hunter2"), "{dry}");
        assert!(dry.to_string().contains("[redacted]"), "{dry}");
    }
}

#[tokio::test]
async fn it_refuses_what_the_call_would_refuse() {
    let client = Wire::agreeable().client().build().unwrap();
    let error = client.api().list_tickets(Ticket::query()).dry_run().unwrap_err();
    assert!(
        error.to_string().starts_with("listTickets: no usable credential: oauth (bearer): there is no access token"),
        "{error}"
    );
    let exchange =
        client.oauth2().raw().get_token(zeyos::oauth2::TokenRequest::new(zeyos::oauth2::GrantType::Password));
    assert_eq!(exchange.dry_run().unwrap_err().token_error(), Some(&TokenError::NoClientCredentials));
    assert!(client.operation("getTicket").call().dry_run().unwrap_err().is_request());
}

#[tokio::test]
async fn a_store_that_was_not_read_yet_is_taken_to_hold_a_token() {
    let store = SimpleStore::default();
    store.fail_to_read(true);
    let client = Wire::agreeable().client().token_store(store).build().unwrap();
    assert_eq!(sent_by(&client.api().list_tickets(Ticket::query()).dry_run().unwrap()), ["oauth"]);
    let file = std::env::temp_dir().join(format!("zeyos-it-dry-{}.json", std::process::id()));
    let client = Wire::agreeable().client().token_store(FileTokenStore::open(file).unwrap()).build().unwrap();
    client.auth().token_set().await.unwrap();
    let refused = client.api().list_tickets(Ticket::query()).dry_run().unwrap_err();
    assert!(refused.refusal().is_some(), "once it was read it is known to be empty");
}
