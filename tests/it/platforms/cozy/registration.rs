//! The life of a registered client.

use serde_json::json;
use zeyos::http::header;
use zeyos::platforms::cozy::{NewClient, RegisteredClient};
use zeyos::store::TokenStore;
use zeyos::{Identity, MemoryTokenStore};

use super::{REDIRECT, Site, notes};

fn whole() -> NewClient {
    notes()
        .software_version("1.2.0")
        .client_kind("desktop")
        .client_uri("https://notes.example.com/")
        .logo_uri("https://notes.example.com/logo.png")
        .policy_uri("https://notes.example.com/policy")
        .notification_platform("firebase")
        .notification_device_token("device")
}

#[tokio::test]
async fn p_c1_a_registration_is_sent_in_snake_case_and_makes_a_client() {
    let site = Site::start().await;
    let client = site.cozy.register(whole()).await.unwrap();
    let sent = site.wire.last();
    assert_eq!(sent.line(), "POST /auth/register");
    assert!(sent.header(header::ACCEPT).unwrap().contains("application/json"));
    assert!(sent.header(header::CONTENT_TYPE).unwrap().starts_with("application/json"));
    assert_eq!(sent.header(header::AUTHORIZATION), None);
    let body = json!({
        "redirect_uris": [REDIRECT], "software_id": "github.com/example/notes", "client_name": "Notes",
        "software_version": "1.2.0", "client_kind": "desktop", "client_uri": "https://notes.example.com/",
        "logo_uri": "https://notes.example.com/logo.png", "policy_uri": "https://notes.example.com/policy",
        "notification_platform": "firebase", "notification_device_token": "device",
    });
    assert_eq!(sent.json(), body);
    assert!(!client.client_id.is_empty() && !client.client_secret.is_empty());
    assert!(!client.registration_access_token.is_empty());
    assert_eq!(client.client_kind.as_deref(), Some("desktop"));
    let small = site.cozy.register(notes()).await.unwrap();
    assert_eq!(site.wire.last().json().as_object().unwrap().len(), 3, "what is not set is left out");
    assert_eq!(small.client_name, "Notes-2", "the instance may add a number");
}

#[tokio::test]
async fn p_c1_a_client_is_read_and_written_in_both_spellings() {
    let site = Site::start().await;
    let client = site.cozy.register(whole()).await.unwrap();
    let camel = client.to_json_exposing_secrets();
    let names: Vec<&String> = camel.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 13, "{names:?}");
    assert_eq!(RegisteredClient::from_json(&camel).unwrap(), client);
    let snake = json!({
        "client_id": client.client_id, "client_secret": client.client_secret.expose(),
        "registration_access_token": client.registration_access_token.expose(), "redirect_uris": [REDIRECT],
        "software_id": client.software_id, "client_name": client.client_name, "software_version": "1.2.0",
        "client_kind": "desktop", "client_uri": "https://notes.example.com/",
        "logo_uri": "https://notes.example.com/logo.png", "policy_uri": "https://notes.example.com/policy",
        "notification_platform": "firebase", "notification_device_token": "device",
    });
    assert_eq!(RegisteredClient::from_json(&snake).unwrap(), client);
    assert!(!format!("{client:?}").contains(client.client_secret.expose()));
}

#[tokio::test]
async fn p_c2_what_is_mandatory_is_missed_before_anything_is_sent() {
    let site = Site::start().await;
    for (new, reason) in [
        (NewClient::new("", "s", "n"), "redirect URI"),
        (NewClient::new(REDIRECT, " ", "n"), "software identifier"),
        (NewClient::new(REDIRECT, "s", ""), "name"),
    ] {
        let error = site.cozy.register(new).await.unwrap_err();
        assert!(error.is_local() && error.to_string().contains(reason), "{error}");
    }
    for missing in [json!({}), json!({"redirectURI": REDIRECT, "softwareID": "s"}), json!([])] {
        assert!(NewClient::from_json(&missing).unwrap_err().is_local(), "{missing}");
    }
    assert_eq!(site.wire.sent().len(), 0);
}

#[tokio::test]
async fn p_c3_one_redirect_uri_is_a_list_of_one_on_the_wire() {
    let site = Site::start().await;
    let client = site.registered().await;
    assert_eq!(site.wire.last().json()["redirect_uris"], json!([REDIRECT]));
    assert_eq!(client.registered().redirect_uri, REDIRECT);
    assert_eq!(client.get().await.unwrap().redirect_uri, REDIRECT);
}

#[tokio::test]
async fn p_c4_a_registered_client_is_not_registered_again() {
    let site = Site::start().await;
    let client = site.cozy.register(notes()).await.unwrap();
    let sent = site.wire.sent().len();
    for again in [client.to_new(), NewClient::from_json(&client.to_json_exposing_secrets()).unwrap()] {
        let error = site.cozy.register(again).await.unwrap_err();
        assert!(error.is_local() && error.to_string().contains("registered already"), "{error}");
    }
    assert_eq!(site.wire.sent().len(), sent);
}

#[tokio::test]
async fn p_c5_an_update_has_the_identifier_and_no_secret() {
    let site = Site::start().await;
    let client = site.registered().await;
    let changed = client.update(client.registered().to_new().client_kind("mobile")).await.unwrap();
    let sent = site.wire.last();
    assert_eq!(sent.line(), format!("PUT /auth/register/{}", client.registered().client_id));
    let token = client.registered().registration_access_token.expose();
    assert_eq!(sent.header(header::AUTHORIZATION), Some(&*format!("Bearer {token}")));
    let body = sent.json();
    assert_eq!(body["client_id"], client.registered().client_id.as_str());
    assert!(body.get("client_secret").is_none(), "{body}");
    assert_eq!(changed.client_kind.as_deref(), Some("mobile"));
    assert_eq!(changed.client_secret, client.registered().client_secret);
}

#[tokio::test]
async fn p_c6_a_secret_is_reset_with_the_current_one() {
    let site = Site::start().await;
    let client = site.registered().await;
    let before = client.registered().clone();
    let after = client.update_and_reset_secret(before.to_new()).await.unwrap();
    assert_eq!(site.wire.last().json()["client_secret"], before.client_secret.expose());
    assert_ne!(after.client_secret, before.client_secret);
    let renewed = site.cozy.registered(after).unwrap();
    super::sign_in(&renewed).await;
    let old = site.cozy.registered(before).unwrap();
    let login = old.login([super::Scope::of("io.cozy.files")]).unwrap();
    let page = super::location(login.url().as_str()).await;
    assert_eq!(old.access_token(login, &page).await.unwrap_err().code().as_deref(), Some("invalid_client"));
}

#[tokio::test]
async fn p_c7_the_registration_token_stays_though_the_instance_does_not_repeat_it() {
    let site = Site::start().await;
    let client = site.registered().await;
    let token = &client.registered().registration_access_token;
    assert_eq!(client.get().await.unwrap().registration_access_token, *token);
    let updated = client.update(client.registered().to_new()).await.unwrap();
    assert_eq!(updated.registration_access_token, *token);
}

#[tokio::test]
async fn p_c8_a_client_is_removed_with_its_token_and_an_empty_answer() {
    let site = Site::start().await;
    let (client, _) = site.signed_in().await;
    let again = client.clone();
    let line = format!("DELETE /auth/register/{}", client.registered().client_id);
    client.unregister().await.unwrap();
    let sent = site.wire.last();
    assert_eq!((sent.line(), sent.body.as_str()), (line, ""));
    assert!(sent.header(header::AUTHORIZATION).unwrap().starts_with("Bearer "));
    assert_eq!(again.auth().token_set().await.unwrap(), None);
    again.unregister().await.unwrap();
}

#[tokio::test]
async fn p_c9_a_client_that_the_instance_has_forgotten_is_revoked() {
    let site = Site::start().await;
    let client = site.registered().await;
    client.clone().unregister().await.unwrap();
    let error = client.get().await.unwrap_err();
    assert!(error.is_client_revoked() && error.status().unwrap() == 404, "{error:?}");
    let mut forged = site.cozy.register(notes()).await.unwrap();
    forged.registration_access_token = client.registered().registration_access_token.clone();
    let error = site.cozy.registered(forged).unwrap().get().await.unwrap_err();
    assert!(error.is_client_revoked() && error.status().unwrap() == 401, "{error:?}");
}

#[tokio::test]
async fn p_c10_what_is_not_registered_cannot_be_made_a_client() {
    let site = Site::start().await;
    let client = site.cozy.register(notes()).await.unwrap();
    let sent = site.wire.sent().len();
    for member in ["clientID", "clientSecret"] {
        for value in [json!(""), json!(null)] {
            let mut kept = client.to_json_exposing_secrets();
            kept[member] = value;
            let error = RegisteredClient::from_json(&kept).unwrap_err();
            assert!(error.is_local() && error.to_string().contains("not registered"), "{member}: {error}");
        }
    }
    assert_eq!(site.wire.sent().len(), sent);
}

#[tokio::test]
async fn p_c19_a_client_is_made_from_what_was_kept_and_needs_its_registration_token() {
    let site = Site::start().await;
    let client = site.cozy.register(notes()).await.unwrap();
    let mut kept = client.to_json_exposing_secrets();
    let again = site.cozy.registered(RegisteredClient::from_json(&kept).unwrap()).unwrap();
    assert_eq!(again.get().await.unwrap(), client);
    kept.as_object_mut().unwrap().remove("registrationAccessToken");
    assert!(RegisteredClient::from_json(&kept).unwrap_err().to_string().contains("registration token"));
}

#[tokio::test]
async fn p_c20_get_is_one_method_however_the_reference_page_spells_its_path() {
    let site = Site::start().await;
    let client = site.registered().await;
    assert_eq!(client.get().await.unwrap(), *client.registered());
    assert_eq!(site.wire.last().line(), format!("GET /auth/register/{}", client.registered().client_id));
}

#[tokio::test]
async fn a_client_and_its_tokens_are_kept_in_stores() {
    let site = Site::start().await;
    let folder = std::env::temp_dir().join(format!("zeyos-cozy-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let open = |name: &str| zeyos::FileTokenStore::open(folder.join(name)).unwrap();
    let client = site.registered_with(Identity::stored_in(open("tokens.json"))).await;
    client.registered().keep_in(&open("client.json")).await.unwrap();
    let login = client.login([super::Scope::of("io.cozy.files")]).unwrap();
    let (url, pending) = (login.url().to_string(), login.into_json_exposing_secrets());
    drop(client);
    // The program starts again while the browser is away, and once more after it.
    let kept = RegisteredClient::kept_in(&open("client.json")).await.unwrap().unwrap();
    let client = site.cozy.registered_with(kept.clone(), Identity::stored_in(open("tokens.json"))).unwrap();
    let login = client.resume(&pending).unwrap();
    client.access_token(login, &super::location(&url).await).await.unwrap();
    drop(client);
    let client = site.cozy.registered_with(kept, Identity::stored_in(open("tokens.json"))).unwrap();
    client.request(zeyos::http::Method::GET, "/permissions/self").call().await.unwrap();
    assert!(RegisteredClient::kept_in(&open("nothing.json")).await.unwrap().is_none());
    let other = MemoryTokenStore::new(None);
    other.set(Some(&zeyos::TokenSet::bearer("token"))).await.unwrap();
    assert!(RegisteredClient::kept_in(&other).await.unwrap_err().is_local());
    std::fs::remove_dir_all(folder).unwrap();
}
