//! D2, D5, D6, E3 and E4: session cookies, the legacy sign-in, and what the server says about tokens and users.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Secret, Timestamp, TokenError, TokenSet, TransportError};

use crate::auth::support::{RecordedEvents, Wire, answering, empty, issued, json as answer, text};

/// The octets of a cookie value (RFC 6265bis, section 4.1.1).
fn is_cookie_octet(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

#[tokio::test]
async fn d2_a_cookie_value_holds_cookie_octets_at_every_position() {
    let wire = Wire::agreeable();
    let given: Arc<Mutex<Option<Secret>>> = Arc::default();
    let provider = Arc::clone(&given);
    let provided = wire.client().session_provider(move || {
        let value = provider.lock().unwrap().clone();
        async move { value }
    });
    let provided = provided.auth_mode(AuthMode::Session).build().unwrap();
    let mut accepted = HashSet::new();
    for byte in 0..=255_u8 {
        for position in 0..=8 {
            let mut value = "c0ffee42".to_owned();
            value.insert(position, char::from(byte));
            let built = wire.client().session_cookie(value.as_str()).auth_mode(AuthMode::Session).build();
            assert_eq!(built.is_ok(), is_cookie_octet(byte), "byte {byte} at {position}");
            if let Err(error) = &built {
                assert!(!format!("{error} {error:?}").contains("c0ffee42"), "{error}");
            }
            *given.lock().unwrap() = Some(value.as_str().into());
            let sent = provided.api().list_tickets(Ticket::query()).await;
            assert_eq!(sent.is_ok(), is_cookie_octet(byte), "byte {byte} at {position} from a provider");
            if sent.is_ok() {
                accepted.insert(value);
            }
        }
    }
    let cookies: HashSet<String> = wire.sent().iter().map(|sent| sent.header("cookie").unwrap().to_owned()).collect();
    assert_eq!(cookies, accepted.iter().map(|value| format!("ZEYOSID={value}")).collect());
    for raw in ["ZEYOSID=c0ffee42", "a=b; ZEYOSID=c0ffee42", ""] {
        assert!(wire.client().session_cookie(raw).build().is_err(), "{raw}");
    }
}

#[tokio::test]
async fn d5_only_204_of_the_configured_url_verifies() {
    let answers: [(u16, &'static str, &'static str); 9] = [
        (204, "text/plain", ""),
        (200, "text/plain", ""),
        (200, "text/html", "<html>Sign in</html>"),
        (202, "text/plain", ""),
        (303, "text/plain", ""),
        (304, "text/plain", ""),
        (401, "text/plain", "Unauthorized"),
        (404, "text/plain", ""),
        (500, "text/plain", ""),
    ];
    for (status, media_type, body) in answers {
        let wire = Wire::answering(move |_| {
            let mut response = answering(status, media_type, body.to_owned());
            response.headers_mut().insert("location", "https://erp.example.com/demo/auth/v1/".parse().unwrap());
            response
        });
        let client = wire.client().token_set(TokenSet::bearer("a0")).build().unwrap();
        let outcome = client.legacy_auth().verify().await;
        assert_eq!(outcome.is_ok(), status == 204, "{status} {media_type}: {outcome:?}");
        let sent = wire.only();
        assert_eq!((sent.method.as_str(), sent.url.as_str()), ("HEAD", "https://erp.example.com/demo/auth/v1/"));
    }
}

fn login() -> LoginRequest {
    LoginRequest::new("mara", "hunter2-password", "office").otp("hunter2-otp").appsecret("hunter2-appsecret")
}

fn now() -> i64 {
    zeyos::Clock::wall(&zeyos::SystemClock).as_unix()
}

const DAY: i64 = 86_400;

#[tokio::test]
async fn d6_a_legacy_login_is_sent_once_unprinted_and_its_end_is_bounded() {
    let printed = Arc::new(Mutex::new(String::new()));
    write!(printed.lock().unwrap(), "{:?} {:#?}", login(), login()).unwrap();
    for status in [401, 403, 429, 500, 502, 503, 0] {
        let recorded = RecordedEvents::default();
        let wire = Wire::new(move |sent| async move {
            match status {
                0 => Err(TransportError::other(std::io::Error::other("reset"))),
                _ => Ok(text(status, &format!("no: {}", sent.method))),
            }
        });
        let client = wire.client().on_event(recorded.listener()).build().unwrap();
        let call = client.legacy_auth().raw().login(login());
        write!(printed.lock().unwrap(), "{call:?} {:?}", call.clone().dry_run()).unwrap();
        let error = client.legacy_auth().login(login()).await.unwrap_err();
        write!(printed.lock().unwrap(), "{error} {error:?} {:?}", recorded.events()).unwrap();
        assert_eq!(wire.only().url, "https://erp.example.com/demo/auth/v1/login", "{status}");
        assert_eq!(client.auth().token_set().await.unwrap(), None);
        assert!(!wire.only().debug.contains("hunter2") && wire.only().body.contains("hunter2-password"));
    }
    assert!(!printed.lock().unwrap().contains("hunter2"), "{}", printed.lock().unwrap());
    the_end_is_bounded().await;
    a_logout_by_get_is_not_repeated().await;
}

/// The end of the token that is answered like this, as the caller and as the client understand it.
async fn ends(expdate: Value) -> (i64, Option<i64>) {
    let wire = Wire::answering(move |_| {
        let mut body = issued("kept", "r");
        (body["access_token"], body["refresh_token"], body["expires_in"]) = (Value::Null, Value::Null, Value::Null);
        body["expdate"] = expdate.clone();
        answer(200, &body)
    });
    let client = wire.client().build().unwrap();
    let response = client.legacy_auth().login(login()).await.unwrap();
    let stored = client.auth().token_set().await.unwrap().unwrap();
    assert_eq!((response.token, stored.access_token), ("kept".into(), Some("kept".into())));
    (response.expdate.unwrap().as_unix(), stored.expires_at.map(Timestamp::as_unix))
}

async fn the_end_is_bounded() {
    let (usual, last) = (now() + 100 * DAY, now() + 366 * DAY);
    let near = |end: i64, wanted: i64| (wanted..=wanted + 60).contains(&end);
    assert_eq!(ends(json!(usual)).await, (usual, Some(usual)));
    for endless in [json!(1e308), json!(u64::MAX), json!(i64::MAX), json!("9223372036854775807"), json!(4e15)] {
        let (told, stored) = ends(endless.clone()).await;
        assert!(near(told, last) && near(stored.unwrap(), last), "{endless}: {told} {stored:?}");
    }
    for odd in [json!(null), json!("soon"), json!([]), json!({}), json!(true)] {
        let (told, stored) = ends(odd.clone()).await;
        // What is stored may end earlier: a set without a refresh token is used until the server answers 401.
        assert!(near(told, usual) && stored.is_none_or(|end| end <= usual + 60), "{odd}: {told} {stored:?}");
    }
    assert_eq!(ends(json!(-5)).await.0, 0);
    let wire = Wire::agreeable();
    let client = wire.client().build().unwrap();
    let error = client.legacy_auth().login(login().expdate(Timestamp::from_unix(last + DAY))).await.unwrap_err();
    assert!(error.is_request() && error.to_string().contains("366 days") && wire.sent().is_empty(), "{error}");
    client.legacy_auth().login(login().expdate(Timestamp::from_unix(usual))).await.unwrap();
    assert!(wire.only().body.contains(&format!("expdate={usual}")));
}

async fn a_logout_by_get_is_not_repeated() {
    for status in [401, 429, 500, 503, 0] {
        let wire = Wire::new(move |_| async move {
            match status {
                0 => Err(TransportError::other(std::io::Error::other("reset"))),
                _ => Ok(text(status, "no")),
            }
        });
        let client = wire.client_with_everything().build().unwrap();
        assert!(client.legacy_auth().logout().await.is_err());
        assert_eq!(wire.log(), ["GET /auth/v1/logout bearer"], "{status}: neither repeated nor renewed");
        assert!(client.auth().token_set().await.unwrap().is_some());
    }
    let wire = Wire::answering(|_| empty(204));
    let ending = TokenSet::normalize(&json!({"access_token": "a0", "refresh_token": "r0", "expires_at": now()}));
    let client = wire.client().client_credentials("app", "s3cret").token_set(ending.unwrap()).build().unwrap();
    client.legacy_auth().logout().await.unwrap();
    assert_eq!(
        (wire.log(), client.auth().token_set().await.unwrap()),
        (vec!["GET /auth/v1/logout bearer".into()], None)
    );
}

fn introspecting(body: Value) -> Wire {
    Wire::answering(move |_| answer(200, &body))
}

#[tokio::test]
async fn e3_active_is_true_and_nothing_else_and_every_answer_is_fresh_and_of_its_own_token() {
    for (active, wanted) in [(json!(true), Some(true)), (json!(false), Some(false))] {
        let client = introspecting(json!({"active": active})).client_with_everything().build().unwrap();
        assert_eq!(client.oauth2().introspect("t").await.ok().map(|state| state.active), wanted);
    }
    for decoding in [zeyos::Decoding::Strict, zeyos::Decoding::Tolerant] {
        for odd in [json!("true"), json!(1), json!(null), json!([]), json!({}), json!([true]), json!("1")] {
            let wire = introspecting(json!({"active": odd, "sub": "7"}));
            let client = wire.client_with_everything().decoding(decoding).build().unwrap();
            let outcome = client.oauth2().introspect("t").await;
            assert!(
                outcome.is_err() || outcome.is_ok_and(|state| !state.active && odd.is_null()),
                "{odd} {decoding:?}"
            );
            let outcome = client.legacy_auth().introspect_issued_token("t").await;
            assert!(
                outcome.is_err() || outcome.is_ok_and(|state| !state.active && odd.is_null()),
                "{odd} {decoding:?}"
            );
        }
        let wire = introspecting(json!({"sub": "7"}));
        let client = wire.client_with_everything().decoding(decoding).build().unwrap();
        assert!(client.oauth2().introspect("t").await.map_or(true, |state| !state.active));
    }
    let html = Wire::answering(|_| text(200, "<html>active: true</html>")).client_with_everything().build().unwrap();
    assert!(html.oauth2().introspect("t").await.unwrap_err().is_decode());

    // The one that was asked for first is answered last.
    let wire = Wire::new(|sent| async move {
        let live = sent.body == "token=live";
        tokio::time::sleep(Duration::from_millis(if live { 40 } else { 5 })).await;
        Ok(answer(200, &json!({"active": live})))
    });
    let client = wire.client_with_everything().build().unwrap();
    let oauth2 = client.oauth2();
    for _ in 0..2 {
        let (live, dead) = tokio::join!(oauth2.introspect("live"), oauth2.introspect("dead"));
        assert!(live.unwrap().active && !dead.unwrap().active);
    }
    assert_eq!(wire.sent().len(), 4, "nothing is remembered");
}

/// A server whose user is the one that the test says.
fn profiles(subject: &Arc<Mutex<&'static str>>) -> Wire {
    let subject = Arc::clone(subject);
    Wire::answering(move |sent| match sent.url.ends_with("/userinfo") {
        true => answer(200, &profile(*subject.lock().unwrap())),
        false => answer(200, &issued("a1", "r1")),
    })
}

fn profile(subject: &str) -> Value {
    json!({
        "sub": subject, "name": "Mara", "preferred_username": "mara", "email": "m@example.com", "zoneinfo": "Europe/Berlin",
        "locale": "de-DE", "nopublic": false, "apionly": false, "updated_at": 1,
    })
}

#[tokio::test]
async fn e4_the_user_stays_the_same_until_the_next_sign_in() {
    let subject = Arc::new(Mutex::new("7"));
    let wire = profiles(&subject);
    let client = wire.client_with_everything().build().unwrap();
    let clone = client.clone();
    let profile = async || clone.oauth2().user_info().await.map(|user| user.sub);
    let swapped = |outcome: Result<String, zeyos::Error>| {
        let error = outcome.unwrap_err();
        assert_eq!(error.token_error(), Some(&TokenError::SubjectChanged), "{error}");
        assert!(
            error.is_auth() && error.operation() == Some("getUserInfo") && error.to_string().contains("sign in again")
        );
    };
    assert_eq!(profile().await.unwrap(), "7");
    assert_eq!(client.oauth2().user_info().await.unwrap().sub, "7");
    *subject.lock().unwrap() = "8";
    swapped(profile().await);
    client.oauth2().refresh().await.unwrap();
    swapped(profile().await);
    *subject.lock().unwrap() = "7";
    assert_eq!(profile().await.unwrap(), "7");

    *subject.lock().unwrap() = "8";
    client.oauth2().exchange_authorization_code("c", None, None).await.unwrap();
    assert_eq!(profile().await.unwrap(), "8");
    *subject.lock().unwrap() = "9";
    swapped(profile().await);
    client.auth().set_token_set(TokenSet::bearer("a9").with_refresh_token("r9")).await.unwrap();
    assert_eq!(profile().await.unwrap(), "9");
}
