//! What failures say.

use serde_json::json;
use zeyos::platforms::cozy::{CozyBody, NewClient};
use zeyos_emulator::Fault;

use super::{REDIRECT, Site, notes};

#[tokio::test]
async fn p_c17_an_error_has_status_address_and_body() {
    let site = Site::start().await;
    let error = site.cozy.register(NewClient::new(format!("{REDIRECT}#x"), "s", "n")).await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code().as_deref()), (400, Some("invalid_redirect_uri")));
    assert_eq!(error.url(), Some(&*format!("{}/auth/register", site.server.url())));
    assert!(matches!(error.body(), Some(CozyBody::Json(_))));
    let (client, _) = site.signed_in().await;
    for (media_type, body, is_json) in [
        ("application/vnd.api+json", r#"{"errors":[]}"#, true),
        ("application/json; charset=UTF-8", r#"{"error":"x"}"#, true),
        ("text/plain", "CSRF", false),
        ("application/json", "no JSON", false),
    ] {
        site.server.inject(Fault::reply(500, media_type, body).on("GET", "/auth/register/*").times(1));
        let path = format!("/auth/register/{}", client.registered().client_id);
        site.server.inject(Fault::reply(500, media_type, body).on("GET", &path));
        let error = client.get().await.unwrap_err();
        assert_eq!(matches!(error.body(), Some(CozyBody::Json(_))), is_json, "{media_type} {error:?}");
        assert_eq!(error.status().unwrap(), 500);
        site.server.clear_faults();
    }
}

#[tokio::test]
async fn p_c17_the_words_of_the_token_endpoint_are_the_codes_that_they_mean() {
    let site = Site::start().await;
    let (client, _) = site.signed_in().await;
    for (words, code) in [
        ("the grant_type parameter is mandatory", "invalid_request"),
        ("the client_id parameter is mandatory", "invalid_request"),
        ("the client_secret parameter is mandatory", "invalid_request"),
        ("the code parameter is mandatory", "invalid_request"),
        ("the client must be registered", "invalid_client"),
        ("invalid client_secret", "invalid_client"),
        ("invalid grant type", "unsupported_grant_type"),
    ] {
        let fault = Fault::reply(400, "application/json", json!({"error": words}).to_string());
        site.server.inject(fault.on("POST", "/auth/access_token"));
        let error = client.refresh().await.unwrap_err();
        assert_eq!((error.code().as_deref(), error.status().unwrap().as_u16()), (Some(code), 400), "{words}");
        assert_eq!(error.body(), Some(CozyBody::Json(json!({"error": words}))));
        assert_eq!(error.url(), Some(&*format!("{}/auth/access_token", site.server.url())));
    }
    for words in ["invalid code", "invalid code_verifier"] {
        let login = client.login([super::Scope::of("io.cozy.files")]).unwrap();
        let page = super::location(login.url().as_str()).await;
        let fault = Fault::reply(400, "application/json", json!({"error": words}).to_string());
        site.server.inject(fault.on("POST", "/auth/access_token"));
        assert_eq!(client.access_token(login, &page).await.unwrap_err().code().as_deref(), Some("invalid_grant"));
    }
}

#[tokio::test]
async fn p_c17_a_refresh_after_the_client_was_removed_names_the_client() {
    let site = Site::start().await;
    let (client, tokens) = site.signed_in().await;
    client.clone().unregister().await.unwrap();
    client.auth().set_token_set(tokens).await.unwrap();
    let error = client.refresh().await.unwrap_err();
    assert_eq!(error.code().as_deref(), Some("invalid_client"), "{error:?}");
}

#[tokio::test]
async fn too_many_registrations_are_told_from_a_missing_client() {
    let site = Site::switched(&[("registrations_per_hour", "1")]).await;
    site.cozy.register(notes()).await.unwrap();
    let error = site.cozy.register(notes()).await.unwrap_err();
    assert!(error.is_throttled() && !error.is_client_revoked(), "{error:?}");
}

#[tokio::test]
async fn a_change_that_is_throttled_is_told_from_a_client_that_is_gone() {
    let site = Site::switched(&[("registrations_per_hour", "1")]).await;
    let client = site.registered().await;
    let error = client.update(notes()).await.unwrap_err();
    assert!(error.is_throttled() && !error.is_client_revoked(), "{error:?}");
    assert!(!error.to_string().contains("revoked"), "{error}");
    client.get().await.unwrap();
    client.clone().unregister().await.unwrap();
    let error = client.get().await.unwrap_err();
    assert!(error.is_client_revoked() && !error.is_throttled(), "{error:?}");
}
