//! The life of a bearer token: renewed before it ends, renewed once after a 401, then the session, then the error.

use std::error::Error as _;
use std::time::Duration;

use zeyos::rest::{NewTicket, Ticket};
use zeyos::{AuthMode, Client, ClientBuilder, ClientEvent, Error, RetryPolicy, TokenError, TokenSet};
use zeyos_emulator::{Emulator, Fault};

use super::support::{
    CHECKED, RecordedEvents, Wire, emulator, in_seconds, issued, json, seen, signed_in, text, tokens, with_application,
};

const LIST: &str = "/api/v1/tickets";
const TOKEN: &str = "/oauth2/v1/token";

async fn list(client: &Client) -> Result<usize, Error> {
    client.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len())
}

/// As signed in, with an access token that ends in so many seconds.
fn ending_in(zeyos: &Emulator, seconds: i64) -> ClientBuilder {
    let mut tokens = tokens(zeyos);
    tokens.expires_at = in_seconds(seconds);
    with_application(zeyos).token_set(tokens)
}

/// An emulator whose access tokens have ended, of which the client knows nothing.
async fn an_hour_later() -> Emulator {
    let zeyos = emulator().await;
    zeyos.advance_clock(Duration::from_secs(3601));
    zeyos
}

#[tokio::test]
async fn a_token_that_ends_within_a_minute_is_renewed_before_it_is_sent() {
    for (seconds, is_renewed) in [(-10, true), (0, true), (44, true), (90, false), (3600, false)] {
        let zeyos = emulator().await;
        let recorded = RecordedEvents::default();
        list(&ending_in(&zeyos, seconds).on_event(recorded.listener()).build().unwrap()).await.unwrap();
        if is_renewed {
            assert_eq!(
                seen(&zeyos),
                ["POST /oauth2/v1/token basic 200", CHECKED, "POST /api/v1/tickets bearer 200"],
                "{seconds}"
            );
            assert_eq!(recorded.events(), [ClientEvent::Refreshed { generation: 2 }]);
        } else {
            assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 200"], "{seconds}");
        }
    }
}

#[tokio::test]
async fn a_token_whose_end_is_unknown_is_sent_as_it_is() {
    let zeyos = emulator().await;
    list(&signed_in(&zeyos).build().unwrap()).await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 200"]);
}

#[tokio::test]
async fn a_lone_refresh_token_is_exchanged_first() {
    let zeyos = emulator().await;
    let mut tokens = tokens(&zeyos);
    tokens.access_token = None;
    list(&with_application(&zeyos).token_set(tokens).build().unwrap()).await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/token basic 200", CHECKED, "POST /api/v1/tickets bearer 200"]);
}

#[tokio::test]
async fn after_a_401_there_is_one_refresh_and_one_repeat() {
    let zeyos = an_hour_later().await;
    let client = signed_in(&zeyos).build().unwrap();
    list(&client).await.unwrap();
    let once = [
        "POST /api/v1/tickets bearer 401",
        "POST /oauth2/v1/token basic 200",
        CHECKED,
        "POST /api/v1/tickets bearer 200",
    ];
    assert_eq!(seen(&zeyos), once);
    assert_eq!(zeyos.requests()[1].grant_type, Some("refresh_token"));
    list(&client).await.unwrap();
    assert_eq!(seen(&zeyos).len(), 5, "the new token is used from then on");
}

#[tokio::test]
async fn a_write_is_carried_out_once_however_often_it_was_refused() {
    let zeyos = an_hour_later().await;
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).build().unwrap();
    client.api().create_ticket(NewTicket::new("Pump seal leaks")).await.unwrap();
    assert_eq!(client.api().list_tickets(Ticket::query()).count().await.unwrap().0, 1);
}

#[tokio::test]
async fn a_second_401_is_an_error_that_says_so_where_no_session_is_configured() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::status(401).on("POST", LIST).times(2));
    let error = list(&signed_in(&zeyos).build().unwrap()).await.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::OnHold { .. })) && error.is_auth(), "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the server answered 401 Unauthorized: an injected fault");
    assert_eq!(
        seen(&zeyos),
        [
            "POST /api/v1/tickets bearer 401",
            "POST /oauth2/v1/token basic 200",
            CHECKED,
            "POST /api/v1/tickets bearer 401"
        ]
    );
}

#[tokio::test]
async fn after_a_second_401_a_configured_session_takes_over_and_says_so() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::status(401).on("POST", LIST).times(2));
    let recorded = RecordedEvents::default();
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).on_event(recorded.listener());
    list(&client.build().unwrap()).await.unwrap();
    assert_eq!(seen(&zeyos)[2..], [CHECKED, "POST /api/v1/tickets bearer 401", "POST /api/v1/tickets session 200"]);
    assert_eq!(
        recorded.events(),
        [ClientEvent::Refreshed { generation: 2 }, ClientEvent::FellBackToSession { operation: "listTickets" }]
    );
}

#[tokio::test]
async fn a_refused_refresh_is_the_error_where_no_session_is_configured() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    client.oauth2().revoke(zeyos.credentials().refresh_token.as_str()).await.unwrap();
    zeyos.clear_requests();
    let error = list(&client).await.unwrap_err();
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 401", "POST /oauth2/v1/token basic 403"]);
    assert!(error.token_error().is_some_and(TokenError::is_invalid_grant) && error.is_auth(), "{error}");
    assert_eq!(error.operation(), Some("getToken"));
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert!(error.text().unwrap().contains("invalid_grant"), "the answer stays reachable");
}

#[tokio::test]
async fn after_a_refused_refresh_a_configured_session_takes_over() {
    let zeyos = emulator().await;
    let recorded = RecordedEvents::default();
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).on_event(recorded.listener());
    let client = client.build().unwrap();
    client.oauth2().revoke(zeyos.credentials().refresh_token.as_str()).await.unwrap();
    list(&client).await.unwrap();
    assert_eq!(seen(&zeyos)[3], "POST /api/v1/tickets session 200");
    assert_eq!(recorded.names(), ["Revoked", "Lost", "RefreshFailed", "FellBackToSession"]);
    let [_, _, ClientEvent::RefreshFailed { reason }, _] = &recorded.events()[..] else { panic!("two events") };
    assert!(reason.contains("invalid_grant"), "{reason}");
}

#[tokio::test]
async fn where_the_session_is_refused_as_well_the_first_failure_is_the_cause() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).session_cookie("0000").build().unwrap();
    client.oauth2().revoke(zeyos.credentials().refresh_token.as_str()).await.unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    let causes = std::iter::successors(error.source(), |error| (*error).source()).map(ToString::to_string);
    let causes: Vec<String> = causes.collect();
    assert!(causes[0].contains("the session is lost") && causes[1].contains("invalid_grant"), "{causes:?}");
    assert!(error.token_error().is_some_and(TokenError::is_invalid_grant));
}

#[tokio::test]
async fn a_session_provider_without_a_cookie_does_not_hide_what_the_server_said() {
    let zeyos = an_hour_later().await;
    let recorded = RecordedEvents::default();
    let client =
        signed_in(&zeyos).session_provider(|| async { None }).auto_refresh(false).on_event(recorded.listener());
    let error = list(&client.build().unwrap()).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 401"]);
    assert!(recorded.events().is_empty(), "no cookie was sent: {:?}", recorded.names());
}

#[tokio::test]
async fn a_token_endpoint_out_of_order_is_no_reason_not_to_use_the_session() {
    for fault in [Fault::status(503), Fault::close_before()] {
        let zeyos = an_hour_later().await;
        zeyos.inject(fault.on("POST", TOKEN).times(2));
        let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).build().unwrap();
        list(&client).await.unwrap();
        assert_eq!(seen(&zeyos).last().map(String::as_str), Some("POST /api/v1/tickets session 200"));
    }
}

#[tokio::test]
async fn without_a_session_it_is_an_error_that_may_pass() {
    let zeyos = an_hour_later().await;
    zeyos.inject(Fault::status(503).on("POST", TOKEN).retry_after("7"));
    let client = signed_in(&zeyos).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert!(error.is_retryable() && error.operation() == Some("getToken"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let posts = || zeyos.requests().iter().filter(|seen| seen.grant_type.is_some()).count();
    assert!(list(&client).await.unwrap_err().is_retryable());
    assert_eq!(posts(), 1, "a server that asks for patience is not hurried");
    client.oauth2().refresh().await.unwrap();
}

#[tokio::test]
async fn a_failed_early_refresh_lets_the_old_token_go_out() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::status(503).on("POST", TOKEN).times(2));
    let recorded = RecordedEvents::default();
    list(&ending_in(&zeyos, 30).on_event(recorded.listener()).build().unwrap()).await.unwrap();
    assert_eq!(
        seen(&zeyos),
        [
            "POST /oauth2/v1/token basic 503",
            "POST /oauth2/v1/introspect basic 200",
            "POST /oauth2/v1/token basic 503",
            "POST /oauth2/v1/introspect basic 200",
            "POST /api/v1/tickets bearer 200",
        ]
    );
    assert_eq!(recorded.names(), ["RefreshFailed"]);
}

#[tokio::test]
async fn a_used_up_grant_is_sent_once_however_many_calls_follow() {
    let zeyos = emulator().await;
    let client = ending_in(&zeyos, 30).build().unwrap();
    client.oauth2().revoke(zeyos.credentials().refresh_token.as_str()).await.unwrap();
    for _ in 0..5 {
        assert!(list(&client).await.unwrap_err().token_error().is_some_and(TokenError::is_invalid_grant));
    }
    let posts = zeyos.requests().iter().filter(|seen| seen.grant_type.is_some()).count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn without_auto_refresh_nothing_is_renewed() {
    let zeyos = an_hour_later().await;
    let error = list(&ending_in(&zeyos, 30).auto_refresh(false).build().unwrap()).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 401"]);
    let client = signed_in(&zeyos).auto_refresh(false).build().unwrap();
    client.oauth2().refresh().await.unwrap();
    list(&client).await.unwrap();
}

#[tokio::test]
async fn without_the_client_application_nothing_is_renewed() {
    let zeyos = an_hour_later().await;
    let mut tokens = tokens(&zeyos);
    tokens.expires_at = in_seconds(30);
    let client = Client::builder(zeyos.url()).token_set(tokens).build().unwrap();
    assert_eq!(list(&client).await.unwrap_err().status().map(|status| status.as_u16()), Some(401));
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 401"]);
}

#[tokio::test]
async fn exchanges_without_the_client_application_fail_before_any_request() {
    let zeyos = emulator().await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    let refresh = client.oauth2().refresh().await.unwrap_err();
    let code = client.oauth2().exchange_authorization_code("c", None, None).await.unwrap_err();
    for error in [refresh, code] {
        assert_eq!(error.token_error(), Some(&TokenError::NoClientCredentials));
        assert!(error.to_string().contains("configure `client_credentials(id, secret)`"), "{error}");
    }
    let none = with_application(&zeyos).token_set(TokenSet::bearer("a0")).build().unwrap();
    assert_eq!(none.oauth2().refresh().await.unwrap_err().token_error(), Some(&TokenError::NoRefreshToken));
    assert!(seen(&zeyos).is_empty());
}

#[tokio::test]
async fn mode_oauth_never_falls_back_to_the_session() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::status(401).on("POST", LIST).times(2));
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).auth_mode(AuthMode::OAuth);
    list(&client.build().unwrap()).await.unwrap_err();
    assert!(seen(&zeyos).iter().all(|line| !line.contains("session")), "{:?}", seen(&zeyos));
}

#[tokio::test]
async fn no_status_but_401_starts_a_refresh_or_a_fallback() {
    for status in [400, 403, 404, 409, 429, 500, 502, 503] {
        let zeyos = emulator().await;
        zeyos.inject(Fault::status(status).on("POST", LIST));
        let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).retry(RetryPolicy::None);
        let error = list(&client.build().unwrap()).await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert_eq!(seen(&zeyos).len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_not_repeated_under_another_credential() {
    let zeyos = emulator().await;
    zeyos.inject(Fault::close_after().on("PUT", LIST));
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).build().unwrap();
    client.api().create_ticket(NewTicket::new("Pump seal leaks")).await.unwrap_err();
    assert_eq!(client.api().list_tickets(Ticket::query()).count().await.unwrap().0, 1);
    assert_eq!(zeyos.requests().iter().filter(|seen| seen.method == "PUT").count(), 1);
}

#[tokio::test]
async fn the_old_refresh_token_is_kept_when_no_new_one_comes() {
    let wire = Wire::answering(|sent| match (sent.url.ends_with("/token"), sent.header("authorization")) {
        (true, _) => json(200, &serde_json::json!({"access_token": "a1", "token_type": "Bearer", "expires_in": 3600})),
        (false, Some("Bearer a0")) => text(401, "Unauthorized"),
        _ => json(200, &serde_json::json!([])),
    });
    let client = wire.client_with_everything().build().unwrap();
    list(&client).await.unwrap();
    let tokens = client.auth().token_set().await.unwrap().unwrap();
    assert_eq!((tokens.access_token, tokens.refresh_token), (Some("a1".into()), Some("r0".into())));
    assert_eq!(wire.sent()[1].body, "grant_type=refresh_token&refresh_token=r0");
}

#[tokio::test]
async fn a_new_refresh_token_replaces_the_old_one() {
    let wire = Wire::answering(|sent| match (sent.url.ends_with("/token"), sent.header("authorization")) {
        (true, _) => json(200, &issued("a1", "r1")),
        (false, Some("Bearer a0")) => text(401, "Unauthorized"),
        _ => json(200, &serde_json::json!([])),
    });
    let client = wire.client_with_everything().build().unwrap();
    list(&client).await.unwrap();
    let tokens = client.auth().token_set().await.unwrap().unwrap();
    assert_eq!((tokens.access_token, tokens.refresh_token), (Some("a1".into()), Some("r1".into())));
    assert!(tokens.expires_at > in_seconds(3500) && tokens.refresh_token_expires_at > in_seconds(8_639_000));
}
