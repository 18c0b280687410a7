//! Where requests go: the base URL of the instance, and services that are elsewhere.

use zeyos::rest::Ticket;
use zeyos::{BaseUrl, Client, Platform, TokenSet, legacy_auth, oauth2, rest};
use zeyos_emulator::switches::Unknown;

use super::support::{Wire, emulator, emulator_with, seen, tokens};

/// The URL at which a list request arrives.
async fn listed_at(base: impl Into<BaseUrl>) -> String {
    let wire = Wire::agreeable();
    let client = Client::builder(base).transport(wire.clone()).token_set(TokenSet::bearer("a0")).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    wire.only().url
}

#[tokio::test]
async fn the_url_of_an_instance_is_its_origin_and_its_name() {
    let here = "https://cloud.zeyos.com/demo/api/v1/tickets";
    for base in ["https://cloud.zeyos.com/demo", "https://cloud.zeyos.com/demo/", "https://cloud.zeyos.com/demo//"] {
        assert_eq!(listed_at(base).await, here);
    }
    assert_eq!(listed_at(Platform::live().instance("demo")).await, here);
    assert_eq!(listed_at(Platform::origin("https://cloud.zeyos.com/").instance("demo")).await, here);
    let own = Platform::origin("https://erp.example.com:8443").instance("demo");
    assert_eq!(listed_at(own).await, "https://erp.example.com:8443/demo/api/v1/tickets");
}

#[tokio::test]
async fn the_name_of_an_instance_is_one_encoded_segment() {
    for (name, segment) in [("a b", "a%20b"), ("a/b", "a%2Fb"), ("ü", "%C3%BC"), ("a%b", "a%25b"), ("?x#y", "%3Fx%23y")]
    {
        let url = listed_at(Platform::live().instance(name)).await;
        assert_eq!(url, format!("https://cloud.zeyos.com/{segment}/api/v1/tickets"));
        assert_eq!(listed_at(format!("https://cloud.zeyos.com/{segment}")).await, url, "encoded already");
    }
    for name in ["", ".", ".."] {
        Client::builder(Platform::live().instance(name)).build().unwrap_err();
    }
}

#[tokio::test]
async fn the_emulator_is_found_under_an_encoded_name_too() {
    let zeyos = emulator().await;
    let encoded = zeyos.url().replace("/demo", "/d%65mo");
    let client = Client::builder(encoded).token_set(tokens(&zeyos)).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(zeyos.requests()[0].status, Some(200));
}

#[test]
fn only_https_and_this_machine_are_taken() {
    for good in
        ["https://erp.example.com/demo", "http://127.0.0.1:8080/demo", "http://[::1]/demo", "http://localhost/demo"]
    {
        Client::builder(good).build().unwrap();
    }
    for (odd, reason) in [
        ("http://erp.example.com/demo", "is not https"),
        ("http://127.0.0.1.example.com/demo", "is not https"),
        ("http://0.0.0.0/demo", "is not https"),
        ("ftp://localhost/demo", "is neither https nor http"),
        ("erp.example.com/demo", "is not a URL"),
        ("", "is not a URL"),
        ("https://erp.example.com/demo?x=1", "has a query or a fragment"),
        ("https://erp.example.com/demo#x", "has a query or a fragment"),
        ("https://mara:hunter2@erp.example.com/demo", "holds user name or password"),
    ] {
        let error = Client::builder(odd).build().unwrap_err().to_string();
        assert!(error.contains(reason) && !error.contains("hunter2"), "{odd}: {error}");
        let error =
            Client::builder("https://erp.example.com/demo").service_url(&rest::SERVICE, odd).build().unwrap_err();
        assert!(error.to_string().contains(reason), "{odd}: {error}");
    }
}

#[tokio::test]
async fn a_service_elsewhere_takes_its_own_requests_and_no_others() {
    let wire = Wire::agreeable();
    let client =
        wire.client_with_everything().service_url(&rest::SERVICE, "https://gateway.example.com/erp/").build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    client.oauth2().refresh().await.unwrap();
    client.oauth2().introspect("t").await.unwrap();
    client.legacy_auth().verify().await.unwrap();
    let login = client.oauth2().authorization_request("https://app.example.com/cb").begin().unwrap();
    assert!(login.url().as_str().starts_with("https://erp.example.com/demo/oauth2/v1/authorize?"));
    assert_eq!(
        wire.log(),
        [
            "POST https://gateway.example.com/erp/tickets bearer",
            "POST /oauth2/v1/token basic",
            "POST /oauth2/v1/introspect basic",
            "POST /oauth2/v1/introspect basic",
            "HEAD /auth/v1/ bearer",
        ]
    );
}

#[tokio::test]
async fn every_service_can_be_elsewhere_and_the_last_word_counts() {
    let wire = Wire::agreeable();
    let client = wire
        .client_with_everything()
        .service_url(&oauth2::raw::SERVICE, "https://first.example.com")
        .service_url(&oauth2::raw::SERVICE, "https://login.example.com")
        .service_url(&legacy_auth::raw::SERVICE, "https://old.example.com/auth")
        .build()
        .unwrap();
    client.oauth2().refresh().await.unwrap();
    client.legacy_auth().verify().await.unwrap();
    client.request(http::Method::GET, "/oauth2/v1/userinfo").call().await.unwrap();
    assert_eq!(
        wire.log(),
        [
            "POST https://login.example.com/token basic",
            "POST https://login.example.com/introspect basic",
            "HEAD https://old.example.com/auth/ bearer",
            "GET https://login.example.com/userinfo bearer",
        ]
    );
}

#[tokio::test]
async fn nothing_in_the_data_of_a_call_moves_it_elsewhere() {
    let zeyos = emulator_with(|switches| switches.unknown_member = Unknown::Ignore).await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    let body = serde_json::json!({"baseUrl": "https://evil.example", "url": "https://evil.example", "auth": false, "limit": 1});
    client.operation("listTickets").json(body).call().await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 200"]);
}
