//! What a caller may choose for one call, and what stays reachable of its answer.

use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use zeyos::oauth2::{GrantType, TokenRequest};
use zeyos::rest::{NewTicket, Ticket, TicketPatch};
use zeyos::{Client, Conditional, RetryPolicy};
use zeyos_emulator::Fault;
use zeyos_emulator::switches::EtagContent;

use super::support::{Wire, emulator, emulator_with, seen, signed_in};
use crate::support::clock::Stopwatch;

const SLOW: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_call_that_takes_too_long_is_a_timeout() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::delay(SLOW).on("POST", "/api/v1/tickets").times(2));
    let client = signed_in(&zeyos).retry(RetryPolicy::None).build().unwrap();
    let start = Stopwatch::start();
    let error = client.api().list_tickets(Ticket::query()).timeout(SHORT).await.unwrap_err();
    assert!(error.is_timeout() && error.is_retryable() && !error.is_connect(), "{error}");
    let host = zeyos.url().trim_start_matches("http://").split('/').next().unwrap();
    assert_eq!(error.to_string(), format!("listTickets: no answer from {host} in time"));
    let client = signed_in(&zeyos).timeout(SHORT).retry(RetryPolicy::None).build().unwrap();
    assert!(client.api().list_tickets(Ticket::query()).await.unwrap_err().is_timeout());
    assert!(start.elapsed() < SLOW / 2);
}

#[tokio::test]
async fn nobody_there_is_no_timeout() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    zeyos.stop().await;
    let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(error.is_connect() && !error.is_timeout() && error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn the_time_of_a_call_goes_before_that_of_the_client_and_exchanges_have_one_of_their_own() {
    let wire = Wire::agreeable();
    let (one, two) = (Duration::from_secs(1), Duration::from_secs(2));
    let request = || TokenRequest::new(GrantType::Password).username("mara").password("pa55");
    let client = wire.client_with_everything().timeout(two).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    client.api().list_tickets(Ticket::query()).timeout(one).await.unwrap();
    let client = wire.client_with_everything().build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    client.oauth2().raw().get_token(request()).await.unwrap();
    client.oauth2().raw().get_token(request()).timeout(one).await.unwrap();
    client.oauth2().refresh().await.unwrap();
    // The checks of the new logins have a limit of their own.
    let is_check = |url: &str| url.ends_with("/introspect");
    let times: Vec<_> = wire.sent().iter().filter(|sent| !is_check(&sent.url)).map(|sent| sent.timeout).collect();
    let thirty = Some(Duration::from_secs(30));
    let ten_minutes = Some(Duration::from_secs(600));
    assert_eq!(times, [Some(two), Some(one), ten_minutes, thirty, thirty, thirty]);
}

#[tokio::test]
async fn headers_of_the_caller_go_along() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().user_agent("shop/1.0").build().unwrap();
    let name = HeaderName::from_static("x-trace");
    let call = client.api().list_tickets(Ticket::query()).header(name.clone(), HeaderValue::from_static("7"));
    call.header(name, HeaderValue::from_static("8")).await.unwrap();
    let sent = wire.only();
    assert_eq!(sent.headers.get_all("x-trace").iter().collect::<Vec<_>>(), ["7", "8"]);
    assert_eq!(sent.header("user-agent"), Some("shop/1.0"));
    assert!(sent.header("accept").unwrap().starts_with("application/json"));
    assert_eq!(sent.header("authorization"), Some("Bearer a0"));
}

#[tokio::test]
async fn credentials_and_framing_are_not_taken_as_headers() {
    let wire = Wire::agreeable();
    let client = wire.client().token_set(zeyos::TokenSet::bearer("a0")).build().unwrap();
    for name in [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
        header::HOST,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        let call = client.api().list_tickets(Ticket::query());
        let error = call.header(name.clone(), HeaderValue::from_static("hunter2")).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains(name.as_str()), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert!(wire.sent().is_empty());
}

#[test]
fn a_user_agent_that_is_no_header_value_is_refused() {
    let error = Wire::agreeable().client().user_agent("a\r\nb").build().unwrap_err();
    assert_eq!(error.to_string(), "the user agent is not a header value");
}

#[tokio::test]
async fn a_token_that_no_header_may_hold_is_not_sent_and_not_repeated() {
    let wire = Wire::agreeable();
    for odd in ["hunter2\r\nX: 1", "hunter2\0", "hunter2\u{7f}"] {
        let client = wire.client().build().unwrap();
        client.auth().set_token_set(zeyos::TokenSet::bearer(odd)).await.unwrap();
        let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains("the access token has characters"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    assert!(wire.sent().is_empty());
}

async fn ticket(client: &Client) -> (zeyos::Id<Ticket>, String) {
    let created = client.api().create_ticket(NewTicket::new("Pump seal leaks")).await.unwrap();
    assert_eq!(created.status().as_u16(), 201);
    (created.id, created.headers()["etag"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn status_headers_and_raw_body_stay_reachable() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let (id, etag) = ticket(&client).await;
    let read = client.api().get_ticket(id).with_body().await.unwrap();
    assert_eq!((read.status().as_u16(), read.headers()["etag"].to_str().unwrap()), (200, etag.as_str()));
    let raw: serde_json::Value = serde_json::from_slice(&read.body).unwrap();
    assert_eq!((raw["name"].as_str(), read.value.name.as_str()), (Some("Pump seal leaks"), "Pump seal leaks"));
    zeyos.inject(Fault::status(503).on("GET", "/api/v1/tickets").retry_after("7"));
    let error = client.api().get_ticket(id).retry(RetryPolicy::None).await.unwrap_err();
    assert_eq!(error.headers().unwrap()["retry-after"], "7");
    assert_eq!(
        (error.text().as_deref(), error.retry_after()),
        (Some("an injected fault"), Some(Duration::from_secs(7)))
    );
}

#[tokio::test]
async fn a_record_that_has_not_changed_is_a_result_and_a_lost_race_an_error() {
    // With `lastmodified` two changes within a second share their tag, so that the second is not seen.
    let zeyos = emulator_with(|switches| switches.etag = EtagContent::Row).await;
    let client = signed_in(&zeyos).build().unwrap();
    let (id, etag) = ticket(&client).await;
    let unchanged = client.api().get_ticket(id).if_none_match(&etag).await.unwrap();
    assert_eq!((unchanged.status().as_u16(), &*unchanged), (304, &Conditional::NotModified));
    let patch = || TicketPatch::new().name("Pump seal replaced");
    client.api().update_ticket(id, patch()).if_match(&etag).await.unwrap();
    let changed = client.api().get_ticket(id).if_none_match(&etag).await.unwrap().into_inner();
    assert_eq!(changed.modified().unwrap().name, "Pump seal replaced");
    let error = client.api().update_ticket(id, patch()).if_match(&etag).await.unwrap_err();
    assert!(error.is_precondition_failed(), "{error}");
    assert!(*client.api().exists_ticket(id).await.unwrap());
    client.api().delete_ticket(id).await.unwrap();
    assert!(!*client.api().exists_ticket(id).await.unwrap());
    assert_eq!(seen(&zeyos).last().unwrap(), &format!("HEAD /api/v1/tickets/{id} bearer 404"));
}

#[tokio::test]
async fn a_request_that_cannot_be_built_needs_no_credential_to_say_so() {
    let wire = Wire::agreeable();
    let client = wire.client().build().unwrap();
    let error = client.api().get_ticket(zeyos::Id::new(1)).if_none_match("a\r\nb").await.unwrap_err();
    assert!(error.is_request() && wire.sent().is_empty(), "{error}");
}
