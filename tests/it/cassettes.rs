//! Recorded conversations and planned failures: tests of a program without a server.

use http::StatusCode;
use zeyos::rest::{NewTicket, Ticket, TicketPatch, ticket};
use zeyos::testing::cassette::{Cassette, Player, Recorder};
use zeyos::testing::faults::{Fault, Faults};
use zeyos::{Client, Error, HttpTransport, Id, RetryPolicy, TokenSet, Transport};

use crate::auth::support::{emulator, seen, signed_in, with_application};

/// What a program does, with what came out of it.
async fn work(client: &Client) -> Result<Vec<String>, Error> {
    let api = client.api();
    let id = api.create_ticket(NewTicket::new("Pump \"seal\" leaks")).await?.into_inner().id;
    client.oauth2().refresh().await?;
    api.update_ticket(id, TicketPatch::new().description("checked")).await?;
    let found = api.list_tickets(Ticket::query().live().filter(ticket::NAME.eq("Pump \"seal\" leaks"))).await?;
    let missing = api.get_ticket(Id::new(id.get() + 1000)).await.unwrap_err();
    Ok(vec![found[0].name.clone(), found[0].description.clone(), missing.to_string()])
}

/// A recorded conversation, with the secrets that were in it.
async fn recorded() -> (Cassette, Vec<String>, Vec<String>) {
    let zeyos = emulator().await;
    let recorder = Recorder::new(HttpTransport::new().unwrap());
    let client = signed_in(&zeyos).transport(recorder.clone()).build().unwrap();
    let credentials = zeyos.credentials();
    let mut secrets = vec![
        credentials.access_token.clone(),
        credentials.refresh_token.clone(),
        credentials.client_secret.as_str().to_owned(),
    ];
    let outcome = work(&client).await.unwrap();
    let tokens = client.auth().token_set().await.unwrap().unwrap();
    secrets.extend(
        [tokens.access_token, tokens.refresh_token].into_iter().flatten().map(|secret| secret.expose().to_owned()),
    );
    (recorder.cassette(), outcome, secrets)
}

/// A client of another day: another host, other tokens, another secret.
fn of_another_day(transport: impl Transport) -> Client {
    let client = Client::builder("https://erp.example.com/demo").client_credentials("app", "another-secret");
    let tokens = TokenSet::bearer("another-token").with_refresh_token("another-refresh-token");
    client.token_set(tokens).transport(transport).build().unwrap()
}

#[tokio::test]
async fn a_cassette_replays_after_its_tokens_have_changed() {
    let (cassette, outcome, _) = recorded().await;
    assert!(cassette.len() >= 5, "{cassette}");
    let read = Cassette::parse(&cassette.to_string()).unwrap();
    assert_eq!(read, cassette);
    let player = Player::new(read);
    assert_eq!(work(&of_another_day(player.clone())).await.unwrap(), outcome);
    assert_eq!(player.unused(), Vec::<String>::new());
}

#[tokio::test]
async fn no_secret_is_in_a_cassette() {
    let (cassette, _, secrets) = recorded().await;
    let text = cassette.to_string();
    assert!(secrets.len() == 5 && secrets.iter().all(|secret| secret.len() > 8), "{secrets:?}");
    for secret in secrets {
        assert!(!text.contains(&secret), "{text}");
    }
    assert!(!text.to_ascii_lowercase().contains("bearer "), "{text}");
}

#[tokio::test]
async fn a_request_that_was_not_recorded_is_refused_in_words_that_name_the_difference() {
    let (cassette, ..) = recorded().await;
    let client = of_another_day(Player::new(cassette));
    let other = client.api().create_ticket(NewTicket::new("Another")).await.unwrap_err();
    assert!(other.to_string().contains("another body"), "{other}");
    assert!(!other.may_have_been_sent());
    let unknown = client.api().list_accounts(zeyos::rest::Account::query()).await.unwrap_err();
    assert!(unknown.to_string().contains("none was recorded for this path"), "{unknown}");
    let first = client.api().create_ticket(NewTicket::new("Pump \"seal\" leaks")).await;
    first.unwrap();
    let again = client.api().create_ticket(NewTicket::new("Pump \"seal\" leaks")).await.unwrap_err();
    assert!(again.to_string().contains("have been played"), "{again}");
}

#[tokio::test]
async fn failures_are_recorded_and_replayed_too() {
    let zeyos = emulator().await;
    let lossy = Faults::new(HttpTransport::new().unwrap(), |_, request| {
        (request.method() == http::Method::PUT).then_some(Fault::LostAnswer)
    });
    let recorder = Recorder::new(lossy);
    let client = signed_in(&zeyos).transport(recorder.clone()).build().unwrap();
    let create = |client: Client| async move { client.api().create_ticket(NewTicket::new("A")).await.unwrap_err() };
    let error = create(client).await;
    let replayed = create(of_another_day(Player::new(recorder.cassette()))).await;
    assert!(error.may_have_been_sent() && replayed.may_have_been_sent());
    assert_eq!(error.error_type(), replayed.error_type());
}

#[test]
fn a_line_that_is_none_of_a_cassette_is_named() {
    for (line, reason) in [
        ("{", "line 2"),
        ("{}", "\"request\""),
        (r#"{"request":{"method":"GET","path":"/"}}"#, "\"answer\""),
        (r#"{"request":{"method":"GET","path":"/"},"answer":{"status":1000}}"#, "status"),
        (r#"{"request":{"method":"GET","path":"/"},"failure":{"kind":"storm","message":""}}"#, "\"storm\""),
        (r#"{"request":{"method":"GET","path":"/","base64":"?"},"answer":{"status":200}}"#, "base64"),
    ] {
        let error = Cassette::parse(&format!("\n{line}\n")).unwrap_err().to_string();
        assert!(error.starts_with("line 2: ") && error.contains(reason), "{error}");
    }
}

#[tokio::test]
async fn each_fault_says_whether_the_server_got_the_request() {
    for (fault, reaches, may_have_been_sent) in [
        (Fault::NotSent, false, false),
        (Fault::Status(StatusCode::BAD_GATEWAY), false, true),
        (Fault::LostAnswer, true, true),
        (Fault::Timeout, true, true),
        (Fault::Cut(3), true, true),
    ] {
        let zeyos = emulator().await;
        let transport = Faults::new(HttpTransport::new().unwrap(), move |_, _| Some(fault));
        let client = with_application(&zeyos).token_set(TokenSet::bearer(zeyos.credentials().access_token.as_str()));
        let client = client.retry(RetryPolicy::None).transport(transport.clone()).build().unwrap();
        let before = seen(&zeyos).len();
        let error = client.api().create_ticket(NewTicket::new("A")).await.unwrap_err();
        assert_eq!(seen(&zeyos).len() > before, reaches, "{fault:?}");
        assert_eq!(error.may_have_been_sent(), may_have_been_sent, "{fault:?}: {error}");
        assert_eq!(transport.requests(), 1, "{fault:?}");
    }
}
