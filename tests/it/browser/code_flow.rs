//! The whole of a login: the client's address, a person in a browser, the receiver on this machine, tokens that work.

use std::time::Duration;

use zeyos::Client;
use zeyos::oauth2::{LoginError, LoopbackReceiver};
use zeyos::rest::Ticket;

use super::chrome::Chrome;
use super::emulator;

const DEADLINE: Duration = Duration::from_secs(60);

/// Signs in as `mara` with the client's own parts, and does this on the page of consent.
fn login(action: &str) -> (Client, Result<(), LoginError>) {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .build()
        .unwrap();
    let receiver = runtime.block_on(LoopbackReceiver::bind()).unwrap();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let url = receiver.start_url(&login).unwrap().to_string();
    let outcome = runtime.spawn(async move {
        let callback = receiver.receive(&login, DEADLINE).await?;
        login.finish(callback).await.map(drop)
    });
    chrome.goto(&url);
    chrome.write("#username", "mara");
    chrome.write("#password", "demo");
    chrome.act("login");
    chrome.until_heading("Allow access?");
    chrome.act(action);
    let outcome = runtime.block_on(outcome).unwrap();
    if outcome.is_ok() {
        let name = runtime.block_on(client.oauth2().user_info()).unwrap().preferred_username.clone();
        assert_eq!(name, "mara");
        let tickets = runtime.block_on(async { client.api().list_tickets(Ticket::query().limit(5)).await });
        assert_eq!(tickets.unwrap().len(), 5);
        assert!(chrome.text("body").contains("close this page"), "{}", chrome.text("body"));
    }
    (client, outcome)
}

#[test]
fn a_login_in_the_browser_gives_the_client_tokens_that_list_tickets() {
    let (_, outcome) = login("agree");
    outcome.unwrap();
}

#[test]
fn a_refusal_in_the_browser_is_the_error_that_the_client_names() {
    let (_, outcome) = login("refuse");
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("access_denied"), "{error}");
}

#[test]
fn fault_76_a_second_visit_of_the_start_ends_the_login_in_the_browser_too() {
    let (zeyos, chrome) = (emulator(), Chrome::start());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .build()
        .unwrap();
    let receiver = runtime.block_on(LoopbackReceiver::bind()).unwrap();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let start = receiver.start_url(&login).unwrap().to_string();
    let outcome = runtime.spawn(async move { receiver.receive(&login, DEADLINE).await });
    chrome.goto(&start);
    chrome.write("#username", "mara");
    assert!(chrome.url().starts_with(zeyos.url()), "{}", chrome.url());
    chrome.goto(&start);
    assert!(chrome.text("body").contains("The login has been ended"), "{}", chrome.text("body"));
    assert!(matches!(runtime.block_on(outcome).unwrap(), Err(LoginError::StartedTwice)));
}
