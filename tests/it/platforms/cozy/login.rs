//! Logins: the address, the state, the code.

use std::collections::BTreeMap;

use zeyos::http::header;
use zeyos::oauth2::LoginError;
use zeyos::platforms::cozy::{Scope, Verb};

use super::{REDIRECT, Site, location};

#[tokio::test]
async fn p_c11_the_address_is_pure_and_has_what_the_page_says() {
    let site = Site::start().await;
    let client = site.registered().await;
    let sent = site.wire.sent().len();
    let scopes = || [Scope::of("io.cozy.files").verbs([Verb::Get, Verb::Post]), Scope::raw("files/images:read")];
    let login = client.login(scopes()).unwrap();
    let url = login.url().as_str().to_owned();
    assert!(url.starts_with(&format!("{}/auth/authorize?", site.server.url())), "{url}");
    assert!(url.contains("%20files%2Fimages") && !url.contains('+'), "a blank is %20: {url}");
    let query = url.split_once('?').unwrap().1;
    let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let names: Vec<&str> = query.keys().map(String::as_str).collect();
    let wanted =
        ["client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "scope", "state"];
    assert_eq!(names, wanted);
    assert_eq!(query["scope"], "io.cozy.files:GET,POST files/images:read");
    assert_eq!((query["redirect_uri"].as_str(), query["code_challenge_method"].as_str()), (REDIRECT, "S256"));
    let state = login.state().expose();
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    assert!(state.len() == 22 && state.bytes().all(is_base64url) && query["state"] == state);
    assert_ne!(client.login(scopes()).unwrap().state(), login.state());
    assert_eq!(site.wire.sent().len(), sent);
}

#[tokio::test]
async fn p_c12_an_answer_without_the_state_or_with_another_is_refused_before_anything_is_sent() {
    let site = Site::start().await;
    let client = site.registered().await;
    let sent = site.wire.sent().len();
    for page in
        ["?code=c", "?code=c&state=", "?code=c&state=0123456789abcdefghijkl", "", "https://app.example.com/?x=1"]
    {
        let login = client.login([Scope::of("io.cozy.files")]).unwrap();
        let error = client.access_token(login, page).await.unwrap_err();
        let is_of_state = matches!(error.login_error(), Some(LoginError::StateMissing | LoginError::StateMismatch));
        assert!(is_of_state && error.is_local(), "{page}: {error:?}");
    }
    let login = client.login([Scope::of("io.cozy.files")]).unwrap();
    let page = format!("?error=access_denied&state={}", login.state().expose());
    let error = client.access_token(login, &page).await.unwrap_err();
    assert!(
        matches!(error.login_error(), Some(LoginError::Denied { error, .. }) if error == "access_denied"),
        "{error:?}"
    );
    assert_eq!(site.wire.sent().len(), sent);
}

#[tokio::test]
async fn p_c13_the_code_is_read_under_both_names_and_the_first_counts() {
    let site = Site::start().await;
    let client = site.registered().await;
    for form in ["both", "code", "access_code", "doubled"] {
        let login = client.login([Scope::of("io.cozy.files")]).unwrap();
        let page = location(login.url().as_str()).await;
        assert!(page.ends_with('#') && page.contains("access_code=") && page.contains("&code="), "{page}");
        let query = page.split_once('?').unwrap().1.trim_end_matches('#');
        let pairs: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (code, state) = (&pairs["code"], &pairs["state"]);
        let page = match form {
            "code" => format!("{REDIRECT}?code={code}&state={state}#"),
            "access_code" => format!("{REDIRECT}?access_code={code}&state={state}#"),
            "doubled" => format!("{REDIRECT}?code={code}&state={state}&code=other&access_code=other&state=other"),
            _ => page,
        };
        client.access_token(login, &page).await.unwrap_or_else(|error| panic!("{form}: {error:?}"));
    }
}

#[tokio::test]
async fn p_c14_the_exchange_is_a_form_with_the_credentials_of_the_client() {
    let site = Site::start().await;
    let (client, _) = site.signed_in().await;
    let sent = site.wire.last();
    assert_eq!(sent.line(), "POST /auth/access_token");
    assert_eq!(sent.header(header::CONTENT_TYPE), Some("application/x-www-form-urlencoded"));
    assert_eq!((sent.header(header::AUTHORIZATION), sent.query.as_str()), (None, ""));
    let form: BTreeMap<String, String> = sent.form().into_iter().collect();
    let names: Vec<&str> = form.keys().map(String::as_str).collect();
    assert_eq!(names, ["client_id", "client_secret", "code", "code_verifier", "grant_type"]);
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["client_id"], client.registered().client_id);
    assert_eq!(form["client_secret"], client.registered().client_secret.expose());
}
