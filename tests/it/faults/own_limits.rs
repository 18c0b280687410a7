//! Limits of callers that are shorter than an exchange of tokens takes: they end the wait and not the exchange.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::{GrantType, TokenRequest};
use zeyos::{Client, ClientBuilder, Error, TokenError};
use zeyos_emulator::{FaultServer, WireFault};

use crate::auth::support::{SimpleStore, Wire, emulator, issued, json, text, tokens};
use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::executor::until;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

const LIMITS: [u64; 6] = [50, 120, 200, 750, 2_000, 5_000];
const ANSWERS: [u64; 7] = [0, 40, 199, 400, 2_500, 6_000, 10_000];

const fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[derive(Clone, Copy, Debug)]
enum Whose {
    Client,
    Call,
    Idle,
}

/// One refresh whose answer comes so late, asked for by a call that has so much time. Answers what became of the call.
async fn refreshed_late(whose: Whose, limit: Duration, late: Duration) -> Result<(), Error> {
    let (issuer, store, clock) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), TestClock::new());
    let gate = Arc::new(Semaphore::new(0));
    issuer.distort([Distortion::Hold(Arc::clone(&gate))]);
    issuer.expire();
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone());
    let client = match whose {
        Whose::Client => client.timeout(limit),
        Whose::Call => client,
        Whose::Idle => client.idle_timeout(limit),
    };
    let client = client.build().unwrap();
    let caller = tokio::spawn({
        let client = client.clone();
        async move {
            let call = client.api().list_tickets(zeyos::rest::Ticket::query());
            let call = if matches!(whose, Whose::Call) { call.timeout(limit) } else { call };
            call.await.map(drop)
        }
    });
    until(|| issuer.posts() == 1).await;
    clock.run(late.min(limit));
    // Whoever has no more time hears of it before the answer comes.
    let gives_up = late >= limit && !matches!(whose, Whose::Idle);
    if gives_up {
        until(|| caller.is_finished()).await;
    }
    clock.run(late.saturating_sub(limit));
    gate.add_permits(1);
    let outcome = caller.await.unwrap();
    client.auth().close().await.unwrap();
    assert_eq!(store.access_token(), Some("a1".into()), "{whose:?} {limit:?} {late:?}: the login was lost");
    // The one introspection is that which a login has after its first renewal.
    assert_eq!((issuer.posts(), issuer.seen().introspections, issuer.seen().replays), (1, 1, 0));
    list(&client).await.unwrap();
    outcome
}

#[tokio::test]
async fn fault_57_a_limit_of_a_caller_ends_his_wait_and_never_the_refresh() {
    for limit in LIMITS.map(millis) {
        for late in ANSWERS.map(millis) {
            for whose in [Whose::Client, Whose::Call, Whose::Idle] {
                let outcome = refreshed_late(whose, limit, late).await;
                let gives_up = late >= limit && !matches!(whose, Whose::Idle);
                assert_eq!(outcome.is_err(), gives_up, "{whose:?} {limit:?} {late:?}");
                assert!(outcome.err().is_none_or(|error| error.is_timeout()));
            }
        }
    }
}

/// A server whose token endpoints answer when they are told to.
fn held_back(gate: &Arc<Semaphore>) -> Wire {
    let gate = Arc::clone(gate);
    Wire::new(move |sent| {
        let gate = Arc::clone(&gate);
        async move {
            if sent.url.ends_with("/token") || sent.url.ends_with("/login") {
                gate.acquire().await.unwrap().forget();
                return Ok(json(200, &issued("a1", "r1")));
            }
            Ok(text(200, "[]"))
        }
    })
}

/// Every way to sign in, by its number; `None` after the last one.
async fn sign_in(client: &Client, way: usize, limit: Option<Duration>) -> Option<bool> {
    let request = TokenRequest::new(GrantType::AuthorizationCode).code("c0de");
    let with = |outcome: Result<(), Error>| Some(outcome.is_err_and(|error| error.is_timeout()));
    match (way, limit) {
        (0, Some(limit)) => with(client.oauth2().raw().get_token(request).timeout(limit).await.map(drop)),
        (1, Some(limit)) => {
            let request = LoginRequest::new("mara", "pa55", "office");
            with(client.legacy_auth().raw().login(request).timeout(limit).await.map(drop))
        }
        (2, Some(limit)) => with(client.legacy_auth().raw().issue_token().timeout(limit).await.map(drop)),
        (0, None) => with(client.oauth2().exchange_authorization_code("c0de", None, None).await.map(drop)),
        (1, None) => with(client.legacy_auth().login(LoginRequest::new("mara", "pa55", "office")).await.map(drop)),
        (2, None) => with(client.legacy_auth().issue_token().await.map(drop)),
        (3, None) => {
            let login = client.oauth2().authorization_request("https://app.example.com/cb").begin().unwrap();
            let state = login.url().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
            let callback = zeyos::oauth2::Callback::parse(&format!("?code=c0de&state={state}")).unwrap();
            let error = login.finish(callback).await.err().map(|error| format!("{error:?}"));
            Some(error.is_some_and(|error| error.contains("did not end within")))
        }
        #[cfg(feature = "password-grant")]
        (4, None) => with(client.oauth2().password_grant("mara", "pa55").send().await.map(drop)),
        _ => None,
    }
}

#[tokio::test]
async fn fault_57_a_limit_of_a_caller_ends_his_wait_and_never_a_sign_in() {
    for limit in [50, 333, 5_000].map(millis) {
        for is_of_the_call in [false, true] {
            let mut ways = 0;
            for way in 0.. {
                let (gate, clock, store) = (Arc::new(Semaphore::new(0)), TestClock::new(), SimpleStore::default());
                let wire = held_back(&gate);
                let client = wire.client().client_credentials("app", "s3cret").basic_user("mara", "pa55");
                let client = client.token_store(store.clone()).clock(clock.clone());
                let client = if is_of_the_call { client } else { client.timeout(limit) }.build().unwrap();
                let (caller, own) = (client.clone(), is_of_the_call.then_some(limit));
                let caller = tokio::spawn(async move { sign_in(&caller, way, own).await });
                until(|| caller.is_finished() || !wire.sent().is_empty()).await;
                if wire.sent().is_empty() {
                    assert_eq!(caller.await.unwrap(), None);
                    break;
                }
                assert_eq!(wire.only().timeout, Some(Duration::from_secs(30)), "what a transport is told");
                clock.run(limit);
                assert_eq!(caller.await.unwrap(), Some(true), "{way} {limit:?}");
                assert_eq!(store.tokens(), None);
                gate.add_permits(1);
                client.auth().close().await.unwrap();
                assert_eq!(store.tokens().unwrap().access_token, Some("a1".into()), "{way} {limit:?}");
                ways += 1;
            }
            let helpers = if cfg!(feature = "password-grant") { 5 } else { 4 };
            assert_eq!(ways, if is_of_the_call { 3 } else { helpers });
        }
    }
}

#[tokio::test]
async fn fault_57_the_questions_of_an_exchange_and_the_end_of_a_logout_have_its_limits_too() {
    let wire = Wire::answering(|sent| match sent.url.rsplit('/').next() {
        Some("token") => text(500, "busy"),
        Some("introspect") => json(200, &serde_json::json!({"active": true})),
        Some("revoke") => text(200, ""),
        _ => json(200, &serde_json::json!([])),
    });
    // The limit of the caller must not end his wait on a machine that is busy: its clock stands still.
    let client = wire.client_with_everything().timeout(millis(5)).max_body(1_000_000).clock(TestClock::new());
    let client = client.build().unwrap();
    client.oauth2().refresh().await.unwrap_err();
    client.auth().logout().await.unwrap();
    list(&client).await.unwrap();
    let limits: Vec<_> =
        wire.sent().iter().map(|sent| (sent.url.rsplit('/').next().unwrap().to_owned(), sent.timeout)).collect();
    let thirty = Some(Duration::from_secs(30));
    let ours = ["token", "introspect", "token", "introspect", "revoke"].map(|name| (name.to_owned(), thirty));
    assert_eq!(limits[..5], ours);
    assert_eq!(limits[5], ("tickets".to_owned(), Some(millis(5))), "a call has that of the client");
}

/// What the function given to `http_client` may set that ends a request early.
fn hurries() -> Vec<fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder> {
    let mut hurries: Vec<fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder> = vec![
        |theirs| theirs.timeout(millis(60)),
        |theirs| theirs.read_timeout(millis(60)),
        |theirs| theirs.connect_timeout(Duration::from_nanos(1)),
        |theirs| theirs.tcp_keepalive(millis(1)).tcp_keepalive_interval(millis(1)).tcp_keepalive_retries(1),
        |theirs| theirs.pool_idle_timeout(millis(1)).pool_max_idle_per_host(1),
        |theirs| theirs,
    ];
    #[cfg(target_os = "linux")]
    hurries.push(|theirs| theirs.tcp_user_timeout(millis(1)));
    hurries
}

/// Over a true connection, the time scaled down: the answer is committed at once and comes after 300 ms.
#[tokio::test]
async fn fault_57_no_setting_of_the_http_client_ends_an_exchange() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let credentials = zeyos.credentials().clone();
    let (mut current, mut renewals) = (tokens(&zeyos), 0);
    for (number, hurry) in hurries().into_iter().enumerate() {
        let settings: [fn(ClientBuilder) -> ClientBuilder; 3] =
            [|client| client, |client| client.timeout(millis(60)), |client| client.idle_timeout(millis(60))];
        for (setting, set) in settings.into_iter().enumerate() {
            server.inject(WireFault::delay(millis(300)).on("POST", "/oauth2/v1/token"));
            let store = SimpleStore::holding(current.clone());
            let client = Client::builder(server.url())
                .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
                .token_store(store.clone());
            let client = set(client).http_client(hurry).build().unwrap();
            // On a busy machine the first read may take longer than a client has that is in such a hurry.
            while client.auth().token_set().await.is_err_and(|error| error.is_timeout()) {}
            let outcome = client.oauth2().refresh().await;
            assert_eq!(outcome.is_err(), setting == 1, "{number} {setting}: {outcome:?}");
            assert!(outcome.err().is_none_or(|error| error.is_timeout()));
            // A client whose limit is too short to wait for this, either, is asked until it is done.
            while client.auth().close().await.is_err_and(|error| error.is_timeout()) {}
            let newer = store.tokens().unwrap();
            assert_ne!(newer.access_token, current.access_token, "{number} {setting}: the login was lost");
            (current, renewals) = (newer, renewals + 1);
        }
    }
    let introspections = zeyos.requests().iter().filter(|seen| seen.path.ends_with("/introspect")).count();
    assert_eq!(
        introspections, renewals,
        "one after the first renewal of a login, and none to find out what became of it"
    );
}

#[tokio::test]
async fn fault_57_a_transport_that_never_answers_is_given_up_after_the_limit_of_the_exchange() {
    let wire = Wire::new(|_| std::future::pending());
    let (clock, store) = (TestClock::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).clock(clock.clone());
    let client = client.build().unwrap();
    let second = Duration::from_secs(1);
    let oauth2 = client.oauth2();
    let (outcome, took) = clock.drive(second, async { oauth2.refresh().await }).await;
    // The token request and the question what became of it, 30 s each.
    let error = outcome.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "{error}");
    assert!(took >= 60 * second && took < 120 * second, "{took:?}");
    assert!(store.kept().pending.is_some(), "nobody knows what became of it");
}
