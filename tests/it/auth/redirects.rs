//! Redirects are never followed: what a server sends elsewhere would take the credentials along.

use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{Client, Error};
use zeyos_emulator::{Emulator, Fault};

use super::support::{emulator, seen, signed_in};

/// One call to each kind of endpoint; everything must fail.
async fn errors_of_every_endpoint(client: &Client) -> Vec<Error> {
    let (api, oauth2, legacy) = (client.api(), client.oauth2(), client.legacy_auth());
    vec![
        api.list_tickets(Ticket::query()).await.map(|_| ()).unwrap_err(),
        api.get_ticket(zeyos::Id::new(1)).await.map(|_| ()).unwrap_err(),
        api.create_ticket(NewTicket::new("x")).await.map(|_| ()).unwrap_err(),
        oauth2.refresh().await.map(|_| ()).unwrap_err(),
        oauth2.exchange_authorization_code("c", None, None).await.map(|_| ()).unwrap_err(),
        oauth2.introspect("t").await.map(|_| ()).unwrap_err(),
        oauth2.revoke("t").await.unwrap_err(),
        oauth2.user_info().await.map(|_| ()).unwrap_err(),
        legacy.login(LoginRequest::new("mara", "pa55", "test")).await.map(|_| ()).unwrap_err(),
        legacy.verify().await.unwrap_err(),
        client.request(http::Method::GET, "/gadgets").call().await.map(|_| ()).unwrap_err(),
    ]
}

/// Where a redirect could lead: another port of this machine, and this server itself.
fn targets(here: &Emulator, elsewhere: &Emulator) -> Vec<String> {
    let other = elsewhere.url();
    vec![format!("{other}/api/v1/tickets"), format!("{}/api/v1/tickets", here.url()), "/demo/api/v1/tickets".to_owned()]
}

#[tokio::test]
async fn no_endpoint_is_left_for_where_a_redirect_points() {
    let (here, elsewhere) = (emulator().await, emulator().await);
    for (index, target) in targets(&here, &elsewhere).iter().enumerate() {
        for status in [301, 302, 303, 307, 308] {
            let client = signed_in(&here).session_cookie(here.credentials().session.as_str()).build().unwrap();
            here.clear_requests();
            here.inject(Fault::status(status).location(target).times(12));
            let errors = errors_of_every_endpoint(&client).await;
            for error in &errors {
                assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{index}: {error}");
                assert!(!error.is_auth() && error.headers().is_some_and(|headers| headers["location"] == **target));
            }
            let asked = 1;
            let expected = errors.len() + asked;
            assert_eq!(
                here.requests().len(),
                expected,
                "one each, and a question after the refresh: {:?}",
                seen(&here)
            );
        }
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn settings_of_the_caller_do_not_switch_redirects_on() {
    let (here, elsewhere) = (emulator().await, emulator().await);
    let eager = |ours: reqwest::ClientBuilder| ours.redirect(reqwest::redirect::Policy::limited(5));
    let client = signed_in(&here).http_client(eager).build().unwrap();
    here.inject(Fault::status(307).location(&format!("{}/api/v1/tickets", elsewhere.url())));
    assert_eq!(client.api().list_tickets(Ticket::query()).await.unwrap_err().status().map(|s| s.as_u16()), Some(307));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn the_redirect_of_authorize_is_a_result_that_is_not_followed() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let query = AuthorizeQuery::new(&zeyos.credentials().client_id, "http://127.0.0.1:9/cb", ResponseType::Code);
    let answer = client.oauth2().raw().authorize(query).await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    assert!(answer.location.starts_with(&format!("{}/?umi=auth&page=oauth", zeyos.url())), "{}", answer.location);
    assert_eq!(seen(&zeyos), ["GET /oauth2/v1/authorize none 303"]);
}
