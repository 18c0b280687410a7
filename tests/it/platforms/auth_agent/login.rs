//! Logins: the address, the state, the verifier, the exchange.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use zeyos::Secret;
use zeyos::http::header;
use zeyos::oauth2::{Callback, CodeVerifier};

use super::{REDIRECT, Site, location};
use crate::platforms::support::{Wire, answer};

fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').unwrap().1;
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn p_g2_the_address_has_what_the_page_says_and_nothing_is_sent() {
    let site = Site::start().await;
    let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
    let asked = query(&begun.url);
    let challenge = CodeVerifier::new(begun.code_verifier.clone()).challenge();
    let wanted = [
        ("client_id", site.server.credential("agent_id").unwrap()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid profile email agent"),
        ("state", begun.state.expose()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let wanted: BTreeMap<String, String> = wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(asked, wanted);
    assert_eq!(begun.code_verifier.expose().len(), 43);
    assert_eq!(site.wire.sent().len(), 0);
}

#[test]
fn p_g2_the_pair_of_the_reference_page_is_that_of_rfc_7636() {
    let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[tokio::test]
async fn p_g3_a_state_of_the_caller_is_kept_and_others_are_fresh() {
    let site = Site::start().await;
    let url = |state: Option<&str>| site.agent.authorization_url(REDIRECT, Some("openid"), state.map(Secret::from));
    let own = "0123456789abcdef0123456789abcdef";
    let begun = url(Some(own)).unwrap();
    assert_eq!((begun.state.expose(), query(&begun.url)["state"].as_str()), (own, own));
    assert_eq!(query(&begun.url)["scope"], "openid");
    assert_ne!(url(None).unwrap().state, url(None).unwrap().state);
    assert_eq!(url(Some("guess")).unwrap_err().code(), "invalid_request", "it could be guessed");
}

#[tokio::test]
async fn p_g4_another_state_is_refused_before_anything_is_sent() {
    let site = Site::start().await;
    let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
    for state in ["", "x", &begun.state.expose()[1..]] {
        let error = site.agent.exchange_code("code", state, REDIRECT).await.unwrap_err();
        assert_eq!((error.code(), error.status()), ("state_mismatch", None));
    }
    assert_eq!(site.wire.sent().len(), 0);
    let answer = location(&begun.url).await;
    let callback = Callback::parse(&answer).unwrap();
    site.agent.exchange_code(callback.code.unwrap(), callback.state.unwrap(), REDIRECT).await.unwrap();
}

#[tokio::test]
async fn p_g5_without_a_verifier_nothing_is_sent_and_one_works_once() {
    let site = Site::start().await;
    let error = site.agent.exchange_code("code", "state", REDIRECT).await.unwrap_err();
    assert_eq!((error.code(), error.status(), site.wire.sent().len()), ("pkce_missing", None, 0));
    let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
    let callback = Callback::parse(&location(&begun.url).await).unwrap();
    let (code, state) = (callback.code.unwrap(), callback.state.unwrap());
    site.agent.exchange_code(code.clone(), state.clone(), REDIRECT).await.unwrap();
    let sent = site.wire.sent().len();
    let again = site.agent.exchange_code(code, state, REDIRECT).await.unwrap_err();
    assert_eq!((again.code(), site.wire.sent().len()), ("pkce_missing", sent));
}

#[tokio::test]
async fn p_g5_a_login_that_was_kept_goes_on_after_a_restart() {
    let site = Site::start().await;
    let login = site.agent.login(REDIRECT).begin().unwrap();
    let url = login.url().to_string();
    let kept = login.into_json_exposing_secrets();
    let restarted = super::builder(&site.server, &site.wire).build().unwrap();
    let login = restarted.oauth2().resume_login(&kept).unwrap();
    restarted.finish(login, Callback::parse(&location(&url).await).unwrap()).await.unwrap();
    assert_eq!(restarted.user_info().await.unwrap().agent_id, site.server.credential("agent_id").unwrap());
}

#[tokio::test]
async fn p_g6_a_failed_exchange_has_the_code_of_the_server_or_the_usual_one() {
    let site = Site::start().await;
    let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
    let error = site.agent.exchange_code("no-such-code", begun.state, REDIRECT).await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), ("invalid_grant", 401));
    for (status, body) in [(500, "<p>"), (200, "{}"), (502, "")] {
        let wire = Wire::answering(move |_| answer(status, "text/html", body));
        let site = Site::of(wire, &[], |builder| builder).await;
        let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
        let error = site.agent.exchange_code("code", begun.state, REDIRECT).await.unwrap_err();
        assert_eq!(error.code(), "token_exchange_failed", "{status} {error}");
    }
}

#[tokio::test]
async fn p_g7_the_callback_is_awaited_once_for_each_sign_in() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&told);
    let site = Site::of(Wire::new(), &[], |builder| {
        builder.on_tokens_received(move |tokens| {
            let ear = Arc::clone(&ear);
            async move {
                tokio::task::yield_now().await;
                ear.lock().unwrap().push(tokens.access_token.unwrap());
            }
        })
    })
    .await;
    let tokens = site.signed_in().await;
    site.agent.user_info().await.unwrap();
    assert_eq!(*told.lock().unwrap(), [tokens.access_token.unwrap()]);
    let begun = site.agent.authorization_url(REDIRECT, None, None).unwrap();
    site.agent.exchange_code("wrong", begun.state, REDIRECT).await.unwrap_err();
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn p_g22_tokens_are_asked_for_by_a_form_without_a_header_of_credentials() {
    let site = Site::start().await;
    site.signed_in().await;
    site.agent.refresh().await.unwrap();
    let posts: Vec<_> = site.wire.sent().into_iter().filter(|sent| sent.path == "/oauth2/token").collect();
    assert_eq!(posts.len(), 2);
    for sent in &posts {
        assert_eq!(sent.header(header::CONTENT_TYPE), Some("application/x-www-form-urlencoded"));
        assert_eq!(sent.header(header::AUTHORIZATION), None);
    }
    let names = |index: usize| {
        let mut names: Vec<String> = posts[index].form().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    let code = ["client_id", "client_secret", "code", "code_verifier", "grant_type", "redirect_uri"];
    assert_eq!(names(0), code);
    assert_eq!(names(1), ["client_id", "client_secret", "grant_type", "refresh_token"]);
}
