//! Servers that write back what a call has sent: its own secrets are gone from everything that is said about it.

use std::collections::HashMap;
use std::future::{IntoFuture as _, poll_fn, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::{HeaderName, HeaderValue};
use serde_json::json;
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, Error, RetryPolicy, TokenSet, TransportError};

use crate::auth::support::{Answered, RecordedEvents, Sent, Wire, answering, issued, json as answer, text};
use crate::support::folder::Folder;
use crate::support::random::Random;
use crate::support::transcript::Transcript;

const KEY: HeaderName = HeaderName::from_static("x-key");

/// Waits for so many polls: the test decides when they come.
async fn steps(mut left: usize) {
    poll_fn(|_| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

type Running<'a> = Pin<Box<dyn Future<Output = Error> + Send + 'a>>;

/// Polls the calls in an order by chance until all have failed.
fn raced(calls: Vec<Running<'_>>, random: &mut Random) -> Vec<Error> {
    let mut errors: Vec<Option<Error>> = calls.iter().map(|_| None).collect();
    let mut calls: Vec<_> = calls.into_iter().enumerate().collect();
    while !calls.is_empty() {
        let next = random.below(calls.len());
        if let Poll::Ready(error) = calls[next].1.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            errors[calls.remove(next).0] = Some(error);
        }
    }
    errors.into_iter().flatten().collect()
}

/// A secret for one call: long, and unlike that of any other.
fn secret(random: &mut Random) -> String {
    format!("{:016x}{:016x}", random.next(), random.next())
}

/// Everything that is said about an error.
fn said(error: &Error) -> String {
    let transcript = Transcript::default();
    transcript.error(error);
    transcript.text()
}

/// What a server may do with what it was sent.
fn reaction(number: usize, echo: &str) -> Answered {
    match number % 6 {
        0 => Ok(text(400, echo)),
        1 => Ok(text(401, echo)),
        2 => Ok(answer(200, &json!([{"ID": echo}]))),
        3 => Ok(answering(200, "text/html", format!("<p>{echo}</p>"))),
        4 => Ok(answer(500, &json!({"error": echo, echo: [echo]}))),
        _ => Err(TransportError::other(format!("reset after {echo}"))),
    }
}

/// A server that takes its time and then writes the headers back.
fn echoing(waits: Arc<Mutex<Random>>) -> Wire {
    Wire::new(move |sent: Sent| {
        let (wait, number) = {
            let mut random = waits.lock().unwrap();
            (random.below(4), random.below(6))
        };
        let names = ["cookie", "authorization", "x-key"];
        let echo: Vec<_> = names.iter().filter_map(|name| sent.header(name)).collect();
        let echo = echo.join(" ");
        async move {
            steps(wait).await;
            reaction(number, &echo)
        }
    })
}

#[test]
fn fault_65_two_calls_with_two_cookies_hide_each_its_own() {
    let redacted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|seed| scope.spawn(move || interleavings(5_000, seed))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // A page in place of a list is not repeated at all.
    assert!(redacted > 15_000, "{redacted}");
}

/// Races two calls so many times. Answers how many errors repeated an echo, without its secrets.
fn interleavings(rounds: usize, seed: u64) -> usize {
    let (mut random, mut redacted) = (Random(seed), 0);
    let waits = Arc::new(Mutex::new(Random(seed + 65)));
    let wire = echoing(Arc::clone(&waits));
    let given = Arc::new(Mutex::new(Vec::<String>::new()));
    let provided = Arc::clone(&given);
    let client = wire.client().retry(RetryPolicy::None).auth_mode(AuthMode::Session).session_provider(move || {
        let mut random = waits.lock().unwrap();
        let (cookie, before, behind) = (secret(&mut random), random.below(3), random.below(3));
        let provided = Arc::clone(&provided);
        async move {
            steps(before).await;
            provided.lock().unwrap().push(cookie.clone());
            steps(behind).await;
            Some(cookie.into())
        }
    });
    let client = client.build().unwrap();
    for round in 0..rounds {
        let keys = [secret(&mut random), secret(&mut random)];
        let calls = keys.iter().map(|key| -> Running<'_> {
            let mut value = HeaderValue::from_str(&format!("Token {key}")).unwrap();
            value.set_sensitive(true);
            let call = client.api().list_tickets(Ticket::query()).header(KEY, value);
            Box::pin(async move { call.await.map(|rows| rows.len()).unwrap_err() })
        });
        let errors = raced(calls.collect(), &mut random);
        let cookies = std::mem::take(&mut *given.lock().unwrap());
        assert_eq!((errors.len(), cookies.len()), (2, 2), "round {round}");
        for error in &errors {
            let said = said(error);
            let mut pieces =
                cookies.iter().chain(&keys).flat_map(|secret| [&secret[..12], &secret[10..22], &secret[20..]]);
            assert!(!pieces.any(|piece| said.contains(piece)), "round {round}: {cookies:?} {keys:?} in {said}");
            redacted += usize::from(said.contains("[redacted]"));
        }
    }
    let sent = wire.sent();
    assert!(sent.len() == 2 * rounds && sent.iter().all(|sent| sent.header("cookie").is_some()));
    redacted
}

/// The token of a call may be out of use, and forgotten, when its answer comes.
#[tokio::test]
async fn fault_65_a_token_that_was_replaced_meanwhile_is_hidden() {
    let mut random = Random(1);
    for round in 0..60 {
        let tokens: Vec<String> = (0..12).map(|_| secret(&mut random)).collect();
        let late: Arc<Mutex<Option<Client>>> = Arc::default();
        let (later, next) = (Arc::clone(&late), tokens.clone());
        let wire = Wire::new(move |sent: Sent| {
            let echo = sent.header("authorization").unwrap().to_owned();
            let (client, next) = (later.lock().unwrap().clone().unwrap(), next.clone());
            async move {
                for token in &next[1..] {
                    client.auth().set_token_set(TokenSet::bearer(token.as_str())).await.unwrap();
                }
                reaction(round, &echo)
            }
        });
        let client = wire.client().token_set(TokenSet::bearer(tokens[0].as_str())).build().unwrap();
        *late.lock().unwrap() = Some(client.clone());
        let error = client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()).unwrap_err();
        late.lock().unwrap().take();
        let sent = wire.sent();
        let carried: Vec<_> = tokens
            .iter()
            .filter(|token| sent.iter().any(|sent| sent.header("authorization").unwrap().contains(*token)))
            .collect();
        assert!(!carried.is_empty());
        let said = said(&error);
        assert!(carried.iter().all(|token| !said.contains(token.as_str())), "{said}");
    }
}

/// A refresh token that another process has put into the store is first seen when it is sent.
#[tokio::test]
async fn fault_65_a_refresh_token_out_of_the_store_is_hidden() {
    for number in 0..6 {
        let folder = Folder::new("echoes");
        let store = || zeyos::FileTokenStore::open(folder.tokens()).unwrap();
        let recorded = RecordedEvents::default();
        let wire = Wire::answering(move |sent| {
            let echo = format!("{} {}", sent.body, sent.header("authorization").unwrap_or_default());
            match number {
                0 => answer(400, &json!({"error": "invalid_request", "error_description": echo})),
                1 => answer(400, &json!({"error": echo})),
                2 => text(503, &echo),
                3 => answer(401, &json!({"error": "invalid_client", "error_description": echo})),
                4 => answer(200, &json!({"access_token": [echo]})),
                _ => answer(403, &json!({"error": "invalid_grant", "error_description": echo})),
            }
        });
        let client = wire.client().client_credentials("app", "cl1ent+s3cret/of=it").token_store(store());
        let client = client.on_event(recorded.listener()).build().unwrap();
        let tokens = |name: &str| {
            TokenSet::bearer(format!("access{name}")).with_refresh_token(format!("refresh+token/of {name}"))
        };
        client.auth().set_token_set(tokens("first")).await.unwrap();
        let other =
            wire.client().client_credentials("app", "cl1ent+s3cret/of=it").token_store(store()).build().unwrap();
        other.auth().set_token_set(tokens("second")).await.unwrap();
        let error = client.oauth2().refresh().await;
        // The client that hears of the newer tokens first adopts them; the next refresh sends them.
        let error = match error {
            Ok(_) => client.oauth2().refresh().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(wire.sent().iter().any(|sent| sent.body.contains("second")), "{number}");
        let transcript = Transcript::default();
        transcript.error(&error);
        transcript.print(&recorded.events());
        transcript.print(&client.auth().status());
        let finds = transcript.finds(&["refresh+token/of second", "refresh+token/of first", "cl1ent+s3cret/of=it"]);
        assert!(finds.is_empty(), "{number}: {finds:?}");
    }
}

/// Every secret that is given to one call alone, in a body or a header, in every reaction and in events.
#[tokio::test]
async fn fault_65_what_one_call_alone_carries_is_hidden() {
    use zeyos::legacy_auth::LoginRequest;
    use zeyos::oauth2::{GrantType, TokenRequest};
    let secrets: HashMap<&str, &str> = [
        ("password", "Pass/wort \"mit\" ä & <b>"),
        ("otp", "492817"),
        ("appsecret", "app's+secret=="),
        ("code", "c0de/of+the=login"),
        ("verifier", "verifier-of-forty-three-characters-0123456789"),
        ("refresh", "refresh~of/one+call"),
        ("key", "Token of-this_call/alone"),
    ]
    .into();
    let all: Vec<&str> = secrets.values().copied().collect();
    for number in 0..6 {
        let recorded = RecordedEvents::default();
        let wire = Wire::new(move |sent: Sent| {
            ready(reaction(number, &format!("{} {}", sent.body, sent.header("x-key").unwrap_or_default())))
        });
        let client =
            wire.client().client_credentials("app", "s3cret-of-the-app").on_event(recorded.listener()).build().unwrap();
        let mut key = HeaderValue::from_str(secrets["key"]).unwrap();
        key.set_sensitive(true);
        let login =
            LoginRequest::new("mara", secrets["password"], "test").otp(secrets["otp"]).appsecret(secrets["appsecret"]);
        let grant =
            TokenRequest::new(GrantType::Password).username("mara").password(secrets["password"]).otp(secrets["otp"]);
        let code =
            TokenRequest::new(GrantType::AuthorizationCode).code(secrets["code"]).code_verifier(secrets["verifier"]);
        let refresh = TokenRequest::new(GrantType::RefreshToken).refresh_token(secrets["refresh"]);
        let (legacy, oauth2) = (client.legacy_auth().raw(), client.oauth2().raw());
        let transcript = Transcript::default();
        transcript.failed(legacy.login(login.clone()).header(KEY, key.clone()).await.map(drop));
        transcript.failed(client.legacy_auth().login(login).await.map(drop));
        for request in [grant, code, refresh] {
            transcript.failed(oauth2.get_token(request.clone()).header(KEY, key.clone()).await.map(drop));
            transcript.failed(oauth2.get_token(request).detached().await.map(drop));
        }
        transcript.failed(client.oauth2().revoke(secrets["refresh"]).await);
        transcript.failed(client.oauth2().introspect(secrets["refresh"]).await.map(drop));
        transcript.print(&recorded.events());
        let finds = transcript.finds(&all);
        assert!(finds.is_empty(), "{number}: {finds:#?}");
        // Neither a page nor a value of the wrong type is repeated.
        assert!(
            [2, 3].contains(&number) || transcript.text().contains("[redacted]"),
            "{number}: {}",
            transcript.text()
        );
    }
}

/// A header of all requests, beside which a call carries nothing that is secret: in errors of calls and of exchanges, and in events.
#[tokio::test]
async fn fault_65_a_default_header_is_hidden() {
    let whole = "Token of-all_calls/together";
    let (_, bare) = whole.split_once(' ').unwrap();
    for number in 0..7 {
        for echoed in [whole, bare] {
            let recorded = RecordedEvents::default();
            let wire = Wire::new(move |sent: Sent| {
                assert_eq!(sent.header("x-key"), Some(whole));
                let drifted = || Ok(answer(200, &json!([{"ID": 1, echoed: 1}])));
                ready(if number == 6 { drifted() } else { reaction(number, echoed) })
            });
            let mut key = HeaderValue::from_str(whole).unwrap();
            key.set_sensitive(true);
            let client = wire.client().token_set(TokenSet::bearer("t0ken").with_refresh_token("refresh-token"));
            let client = client.client_credentials("app", "s3cret-of-the-app").retry(RetryPolicy::None);
            let client = client.default_header(KEY, key).on_event(recorded.listener()).build().unwrap();
            let transcript = Transcript::default();
            let listed = client.api().list_tickets(Ticket::query()).into_future().await;
            if let Err(error) = listed.map(drop) {
                transcript.error(&error);
            }
            transcript.failed(client.oauth2().refresh().await.map(drop));
            transcript.failed(client.oauth2().introspect("another-token").await.map(drop));
            transcript.print(&recorded.events());
            let finds = transcript.finds(&[bare]);
            assert!(finds.is_empty(), "{number}: {finds:#?} in {}", transcript.text());
            // Neither a page nor a value of the wrong type is repeated.
            assert!(
                [2, 3].contains(&number) || transcript.text().contains("[redacted]"),
                "{number}: {}",
                transcript.text()
            );
        }
    }
}

/// What a custom transport or store says may hold the secrets that it was given.
#[tokio::test]
async fn fault_65_what_transports_and_stores_say_is_cleaned() {
    use zeyos::StoreError;
    use zeyos::store::{StoreFuture, TokenStore};

    /// Says what it was given.
    struct Talker;
    impl TokenStore for Talker {
        fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
            Box::pin(ready(Ok(Some(
                TokenSet::bearer("access-of-the-store").with_refresh_token("refresh-of-the-store"),
            ))))
        }
        fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
            let texts = tokens.iter().flat_map(|tokens| [&tokens.access_token, &tokens.refresh_token]).flatten();
            let texts: Vec<_> = texts.map(|token| token.expose().to_owned()).collect();
            Box::pin(ready(Err(StoreError::message(format!("cannot write {}", texts.join(" "))))))
        }
    }
    let recorded = RecordedEvents::default();
    let wire = Wire::new(|sent: Sent| {
        let said = format!("GET {} with {:?}", sent.url, sent.header("authorization"));
        ready(if sent.url.ends_with("/token") {
            Ok(answer(200, &issued("access-of-the-server", "refresh-of-the-server")))
        } else {
            Err(TransportError::connect(said))
        })
    });
    let client =
        wire.client().client_credentials("app", "secret-of-the-app").token_store(Talker).on_event(recorded.listener());
    let client = client.build().unwrap();
    let transcript = Transcript::default();
    transcript.failed(client.api().list_tickets(Ticket::query()).into_future().await.map(|rows| rows.len()));
    transcript.failed(client.oauth2().refresh().await.map(drop));
    transcript.failed(client.auth().set_token_set(TokenSet::bearer("access-of-the-caller")).await);
    transcript.failed(client.auth().close().await);
    transcript.print(&(recorded.events(), client.auth().status()));
    let secrets = [
        "access-of-the-store",
        "refresh-of-the-store",
        "access-of-the-server",
        "refresh-of-the-server",
        "access-of-the-caller",
        "secret-of-the-app",
    ];
    let finds = transcript.finds(&secrets);
    assert!(finds.is_empty(), "{finds:#?}");
    assert!(transcript.text().contains("[redacted]"), "{}", transcript.text());
}

/// The forms in which a password is most often written back, through the whole client.
#[tokio::test]
async fn fault_66_a_password_is_hidden_in_every_escape() {
    type Form = fn(&str) -> String;
    let escapes: [Form; 9] = [
        |text| json!(text).to_string().trim_matches('"').replace('/', "\\/"),
        |text| text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect(),
        |text| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('"', "&quot;")
                .replace('\'', "&#039;")
                .replace('ä', "&auml;")
        },
        |text| text.chars().map(|character| format!("&#{};", u32::from(character))).collect(),
        |text| text.chars().map(|character| format!("&#x{:05X};", u32::from(character))).collect(),
        |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        |text| text.bytes().map(|byte| format!("%25{byte:02X}")).collect(),
        |text| form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        |text| text.replace('\\', "\\\\").replace('\'', "\\'"),
    ];
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let password = "Zq/ä 7\"W'x&<k>\\9+é=😀%y";
    let wire = Wire::answering(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        let (first, second) = (escapes[number % 9], escapes[number / 9 % 9]);
        text(400, &format!("<pre>wrong: {}</pre>", second(&first(password))))
    });
    let client = wire.client().basic_user("mara", password).build().unwrap();
    for round in 0..81 {
        let error = client.legacy_auth().issue_token().await.unwrap_err();
        let shown = error.to_string();
        let (_, shown) =
            shown.split_once(": the server answered 400 Bad Request: ").unwrap_or_else(|| panic!("{shown}"));
        assert_eq!(shown, "<pre>wrong: [redacted]</pre>", "{round}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 81);
}
