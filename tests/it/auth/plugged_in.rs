//! A service of another document on the same client: its credentials go to it alone, and those of ZeyOS do not go to it.

use http::Method;
use zeyos::rest::Ticket;
use zeyos::{
    Call, Client, Credential, Dispatcher, Holder, KeyPlace, Operation, Requirement, SchemeKind, ServiceDescription,
};
use zeyos::{ClientBuilder, CredentialValue, Safety, SecurityScheme, TokenSet, kind};
use zeyos_core::call::RawCall;

use super::support::{Sent, Wire, issued, json};

static PENS: ServiceDescription = ServiceDescription::new("zeyos-rest", "/pens");

static STAFF_TOKEN: Credential = Credential::new("zeyos/token");
static GUEST_TOKEN: Credential = Credential::new("zeyos/token");
static KEY: Credential = Credential::new("key");
static DAY: Credential = Credential::new("day");
static NIGHT: Credential = Credential::new("night");
static PAIR: Credential = Credential::new("pair");

static STAFF: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &STAFF_TOKEN);
static GUEST: SecurityScheme = SecurityScheme::new("guest", SchemeKind::Bearer, &GUEST_TOKEN);
static IN_QUERY: SecurityScheme =
    SecurityScheme::new("key", SchemeKind::ApiKey { place: KeyPlace::Query, name: "api_key" }, &KEY);
static BY_DAY: SecurityScheme =
    SecurityScheme::new("day", SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "DAY" }, &DAY);
static BY_NIGHT: SecurityScheme =
    SecurityScheme::new("night", SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "NIGHT" }, &NIGHT);
static BY_PAIR: SecurityScheme = SecurityScheme::new("pair", SchemeKind::Basic(Holder::User), &PAIR);

static BY_BEARER: Operation = Operation::new(&PENS, "listPens", Method::GET, "/list")
    .security(&[&[Requirement::of(&STAFF).scopes(&["read"])], &[Requirement::of(&GUEST)]]);
static BY_KEY: Operation =
    Operation::new(&PENS, "findPens", Method::GET, "/find").security(&[&[Requirement::of(&IN_QUERY)]]);
static BY_COOKIES: Operation = Operation::new(&PENS, "drawPens", Method::GET, "/draw")
    .security(&[&[Requirement::of(&BY_DAY), Requirement::of(&BY_NIGHT)]]);
static BY_BASIC: Operation =
    Operation::new(&PENS, "sellPens", Method::GET, "/sell").security(&[&[Requirement::of(&BY_PAIR)]]);

const ELSEWHERE: &str = "https://pens.example.org/v2";

fn pens(client: &Client, operation: &'static Operation) -> Call<(), kind::Empty> {
    RawCall::new(&client.dispatch(), operation).typed()
}

/// A client with everything of ZeyOS, and with all credentials of the pens.
fn stocked(wire: &Wire) -> ClientBuilder {
    let client = wire.client_with_everything().service_url(&PENS, ELSEWHERE);
    client
        .credential(&PENS, &GUEST, "gu3st")
        .credential(&PENS, &IN_QUERY, "k3y/+")
        .credential(&PENS, &BY_DAY, "d4y")
        .credential(&PENS, &BY_NIGHT, "n1ght")
        .credential(&PENS, &BY_PAIR, ("nib", "1nk"))
}

async fn only(operation: &'static Operation) -> Sent {
    let wire = Wire::agreeable();
    let client = stocked(&wire).build().unwrap();
    let _ = pens(&client, operation).await;
    let sent = wire.only();
    assert!(sent.url.starts_with(ELSEWHERE), "{}", sent.url);
    sent
}

#[tokio::test]
async fn b6_each_scheme_gets_its_own_credential_and_none_of_another_document() {
    let bearer = only(&BY_BEARER).await;
    assert_eq!((bearer.header("authorization"), bearer.header("cookie")), (Some("Bearer gu3st"), None));
    let cookies = only(&BY_COOKIES).await;
    assert_eq!((cookies.header("authorization"), cookies.header("cookie")), (None, Some("DAY=d4y; NIGHT=n1ght")));
    assert_eq!(only(&BY_BASIC).await.header("authorization"), Some("Basic bmliOjFuaw=="));
    let key = only(&BY_KEY).await;
    assert_eq!((key.header("authorization"), key.header("cookie")), (None, None));
    assert_eq!(key.url, format!("{ELSEWHERE}/find?api_key=k3y%2F%2B"));
}

#[tokio::test]
async fn b6_a_credential_goes_to_the_origin_of_its_service_alone() {
    let wire = Wire::agreeable();
    let unplaced = wire.client().token_set(TokenSet::bearer("a0")).credential(&PENS, &GUEST, "gu3st").build().unwrap();
    let _ = pens(&unplaced, &BY_BEARER).await;
    assert!(wire.only().url.starts_with("https://erp.example.com/demo/pens/"), "bound to where the service was");
    for operation in [&BY_BEARER, &BY_KEY, &BY_COOKIES, &BY_BASIC] {
        let wire = Wire::agreeable();
        let client = wire.client_with_everything().service_url(&PENS, ELSEWHERE).build().unwrap();
        let error = pens(&client, operation).await.unwrap_err();
        assert!(error.refusal().is_some() && wire.sent().is_empty(), "{error}");
        client.api().list_tickets(Ticket::query()).dry_run().unwrap();
    }
}

#[tokio::test]
async fn b3_a_key_of_the_query_is_in_nothing_that_is_shown() {
    let wire = Wire::answering(|sent| super::support::text(500, &format!("cannot serve {}", sent.url)));
    let client = stocked(&wire).build().unwrap();
    let dry = pens(&client, &BY_KEY).dry_run().unwrap();
    let error = pens(&client, &BY_KEY).await.unwrap_err();
    for shown in [format!("{dry} {dry:?}"), format!("{error} {error:?}"), format!("{client:?}")] {
        assert!(!shown.contains("k3y"), "{shown}");
    }
}

#[test]
fn a_value_that_its_scheme_cannot_send_is_refused_without_being_repeated() {
    let tickets = &zeyos::rest::schemes::OAUTH;
    let cases: [(&'static SecurityScheme, CredentialValue, &str); 8] = [
        (&GUEST, "s3 cret".into(), "bearer token"),
        (&GUEST, ("s3cret", "x").into(), "one value"),
        (&IN_QUERY, "".into(), "empty"),
        (&BY_DAY, "s3cret;x=1".into(), "cookie"),
        (&BY_PAIR, "s3cret".into(), "pair"),
        (&BY_PAIR, ("a:b", "s3cret").into(), "colon"),
        (&BY_PAIR, ("a", "s3cret\r\n").into(), "control characters"),
        (tickets, "s3cret".into(), "`token_set`"),
    ];
    for (scheme, value, word) in cases {
        let client = Client::builder("https://erp.example.com/demo").credential(&PENS, scheme, value);
        let error = client.build().unwrap_err().to_string();
        assert!(error.contains(word) && !error.contains("s3"), "{error}");
    }
}

static SIGN_IN: Operation = Operation::new(&PENS, "signPens", Method::POST, "/token")
    .security(&[&[Requirement::of(&BY_PAIR)]])
    .safety(Safety::TokenExchange);

#[tokio::test]
async fn b6_tokens_that_another_service_issues_are_none_of_this_client() {
    for (status, is_ok) in [(200, true), (403, false), (500, false)] {
        let wire = Wire::answering(move |_| json(status, &issued("f0reign", "f0reign-refresh")));
        let client = stocked(&wire).build().unwrap();
        let before = client.auth().token_set().await.unwrap();
        let answer = pens(&client, &SIGN_IN).await;
        assert_eq!(answer.is_ok(), is_ok, "{status}");
        if let Err(error) = answer {
            assert!(!format!("{error} {error:?}").contains("f0reign"), "{error:?}");
        }
        let sent = wire.only();
        assert_eq!(sent.header("authorization"), Some("Basic bmliOjFuaw=="));
        assert_eq!(client.auth().token_set().await.unwrap(), before, "nothing of the answer is stored");
    }
}
