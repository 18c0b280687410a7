//! Signing in through the browser: from the authorization URL to the first call, and what ends it before any request.

use std::collections::HashMap;

use url::Url;
use zeyos::oauth2::{Callback, CodeVerifier, LoginError, PendingLogin};
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, ClientBuilder, ClientEvent, TokenError};
use zeyos_emulator::Emulator;

use super::support::{CHECKED, RecordedEvents, SimpleStore, browse, emulator, emulator_with, seen, with_application};

/// Makes a bad answer of a good one.
type Spoil = fn(&str) -> String;

const HOME: &str = "http://127.0.0.1:9/callback";

fn begin(client: &Client) -> PendingLogin {
    client.oauth2().authorization_request(HOME).begin().unwrap()
}

fn client(zeyos: &Emulator) -> ClientBuilder {
    with_application(zeyos)
}

fn parameters(url: &str) -> HashMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

fn token_posts(zeyos: &Emulator) -> usize {
    zeyos.requests().iter().filter(|seen| seen.path.ends_with("/token")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_authorization_url_to_the_first_call() {
    let (zeyos, store, recorded) = (emulator().await, SimpleStore::default(), RecordedEvents::default());
    let client = client(&zeyos).token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    let login = begin(&client);
    let back = browse(login.url().as_str());
    assert!(back.starts_with(HOME), "{back}");
    let tokens = login.finish(Callback::parse(&back).unwrap()).await.unwrap();
    assert_eq!((store.tokens(), client.auth().token_set().await.unwrap()), (Some(tokens.clone()), Some(tokens)));
    assert_eq!(client.oauth2().user_info().await.unwrap().preferred_username, "demo");
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(zeyos.requests()[2].grant_type, Some("authorization_code"));
    let log = [
        "POST /oauth2/v1/token basic 200",
        CHECKED,
        "GET /oauth2/v1/userinfo bearer 200",
        "POST /api/v1/tickets bearer 200",
    ];
    assert_eq!(seen(&zeyos)[2..], log);
    assert_eq!(recorded.events(), [ClientEvent::Received { operation: "getToken" }]);
}

#[tokio::test]
async fn the_url_asks_for_a_code_with_a_challenge_and_a_fresh_state() {
    let zeyos = emulator().await;
    let client = client(&zeyos).build().unwrap();
    let (one, two) = (parameters(begin(&client).url().as_str()), parameters(begin(&client).url().as_str()));
    let mut names: Vec<_> = one.keys().map(String::as_str).collect();
    names.sort_unstable();
    let wanted = ["client_id", "code_challenge", "code_challenge_method", "redirect_uri", "response_type", "state"];
    assert_eq!(names, wanted);
    assert_eq!((one["redirect_uri"].as_str(), one["response_type"].as_str()), (HOME, "code"));
    assert_eq!(one["code_challenge_method"], "S256");
    assert!(one["state"].len() >= 43 && one["state"] != two["state"] && one["code_challenge"] != two["code_challenge"]);
    let form = client.oauth2().authorization_request(HOME).form_post().begin().unwrap();
    assert_eq!(parameters(form.url().as_str())["response_mode"], "form_post");
    let own = client.oauth2().authorization_request(HOME).state("0123456789abcdefABCDEF0123456789").begin().unwrap();
    assert_eq!(parameters(own.url().as_str())["state"], "0123456789abcdefABCDEF0123456789");
    assert!(seen(&zeyos).is_empty());
}

#[tokio::test]
async fn what_cannot_succeed_is_not_begun() {
    let zeyos = emulator().await;
    let bare = Client::builder(zeyos.url()).build().unwrap();
    let error = bare.oauth2().authorization_request(HOME).begin().unwrap_err();
    assert!(matches!(error, LoginError::NoClientCredentials), "{error}");
    assert!(error.to_string().contains("configure `client_credentials(id, secret)`"));
    let client = client(&zeyos).build().unwrap();
    for odd in ["http://app.example.com/cb", "javascript:alert(1)", "cb", "", "https://app.example.com/cb#x"] {
        let error = client.oauth2().authorization_request(odd).begin().unwrap_err();
        assert!(matches!(error, LoginError::RedirectUri(_)), "{odd}: {error}");
    }
    let short = client.oauth2().authorization_request(HOME).state("0123456789abcdefABCDE").begin().unwrap_err();
    assert!(matches!(short, LoginError::WeakState), "{short}");
    assert!(seen(&zeyos).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_not_that_of_this_login_costs_no_request() {
    let zeyos = emulator().await;
    let client = client(&zeyos).build().unwrap();
    let other = begin(&client);
    let cases: [(&str, Spoil); 8] = [
        ("the answer has no state", |good| good.split("&state=").next().unwrap().to_owned()),
        ("state of another login", |good| good.replace("state=", "state=x")),
        ("state of another login", |good| {
            let (head, state) = good.split_once("state=").unwrap();
            let swapped: String = state
                .chars()
                .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect();
            format!("{head}state={swapped}")
        }),
        ("the answer has a code and an error", |good| format!("{good}&error=access_denied")),
        ("the answer has no code", |good| good.replace("code=", "c0de=")),
        ("the answer has no code", |good| {
            let code = parameters(good)["code"].clone();
            good.replace(&code, "")
        }),
        ("refused with access_denied: not today", |good| {
            let state = parameters(good)["state"].clone();
            format!("{HOME}?error=access_denied&error_description=not+today&state={state}")
        }),
        ("another issuer", |good| format!("{good}&iss=https%3A%2F%2Fevil.example%2Fdemo")),
    ];
    for (reason, spoil) in cases {
        let login = begin(&client);
        let spoiled = spoil(&browse(login.url().as_str()));
        let error = login.finish(Callback::parse(&spoiled).unwrap()).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert!(!matches!(error, LoginError::Exchange(_)));
    }
    let crossed = other.finish(Callback::parse(&browse(begin(&client).url().as_str())).unwrap()).await.unwrap_err();
    assert!(matches!(crossed, LoginError::StateMismatch), "{crossed}");
    assert_eq!(token_posts(&zeyos), 0);
    for name in ["code", "state", "error", "iss"] {
        let doubled = format!("{HOME}?{name}=a&{name}=a");
        assert!(matches!(Callback::parse(&doubled), Err(LoginError::Doubled { .. })), "{doubled}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_issuer_of_the_instance_is_taken() {
    let zeyos = emulator().await;
    let client = client(&zeyos).build().unwrap();
    let login = begin(&client);
    let back = format!("{}&iss={}", browse(login.url().as_str()), zeyos.url());
    login.finish(Callback::parse(&back).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_works_once_and_only_with_its_verifier_and_redirect_uri() {
    let zeyos = emulator_with(|switches| {
        (switches.wrong_verifier_burns_code, switches.replay_ends_tokens) = (false, false);
    })
    .await;
    let client = client(&zeyos).build().unwrap();
    let oauth2 = client.oauth2();
    let verifier = CodeVerifier::generate().unwrap();
    let mut url = Url::parse(&format!("{}/oauth2/v1/authorize", zeyos.url())).unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", &zeyos.credentials().client_id)
        .append_pair("redirect_uri", HOME)
        .append_pair("response_type", "code")
        .append_pair("code_challenge", verifier.challenge().as_str())
        .append_pair("code_challenge_method", "S256");
    let code = parameters(&browse(url.as_str()))["code"].clone();
    let other = CodeVerifier::generate().unwrap();
    for (verifier, home) in [(None, HOME), (Some(&other), HOME), (Some(&verifier), "http://127.0.0.1:9/other")] {
        let error = oauth2.exchange_authorization_code(code.as_str(), verifier, Some(home)).await.unwrap_err();
        assert!(error.token_error().is_some_and(TokenError::is_invalid_grant), "{error}");
    }
    oauth2.exchange_authorization_code(code.as_str(), Some(&verifier), Some(HOME)).await.unwrap();
    let again = oauth2.exchange_authorization_code(code.as_str(), Some(&verifier), Some(HOME)).await.unwrap_err();
    assert!(again.token_error().is_some_and(TokenError::is_invalid_grant), "{again}");
    client.api().list_tickets(Ticket::query()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_exchange_names_the_token_endpoint_as_its_cause() {
    let zeyos = emulator().await;
    let client =
        Client::builder(zeyos.url()).client_credentials(&zeyos.credentials().client_id, "wrong").build().unwrap();
    let login = begin(&client);
    let back = browse(login.url().as_str());
    let error = login.finish(Callback::parse(&back).unwrap()).await.unwrap_err();
    let LoginError::Exchange(cause) = &error else { panic!("{error}") };
    assert!(cause.token_error().is_some_and(TokenError::is_invalid_client), "{cause}");
    assert!(std::error::Error::source(&error).is_some());
    assert_eq!(token_posts(&zeyos), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mode_session_refuses_the_login_before_a_browser_opens() {
    let zeyos = emulator().await;
    let client = client(&zeyos).auth_mode(AuthMode::Session).build().unwrap();
    let error = client.oauth2().authorization_request(HOME).begin().unwrap_err();
    assert!(matches!(error, LoginError::SessionMode), "{error}");
    assert!(seen(&zeyos).is_empty());
}
