//! A1 to A5, A8 and A9: a login in the browser that no one can forge, mix up or replay.

mod surface;
mod wire;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;
use zeyos::oauth2::{Callback, CodeVerifier, LoginError, PendingLogin};
use zeyos::{BoxFuture, Client, Clock, Secret, Timestamp, TokenError, TokenSet};

use crate::auth::support::{URL, Wire, browse, emulator, issued, json, with_application};
use crate::support::size::size;

const HOME: &str = "https://app.example.com/cb";
const STATE: &str = "xK3v9QpL0aZ7bN2mT5wR8e";

/// The promise says a million; without optimisation that takes too long for every run.
const VERIFIERS: usize = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };

/// A clock that the test sets.
#[derive(Clone)]
struct Hands(Arc<AtomicI64>);

impl Clock for Hands {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst).unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn token_wire() -> Wire {
    Wire::answering(|_| json(200, &issued("a1", "r1")))
}

fn client(wire: &Wire) -> Client {
    wire.client().client_credentials("app", "s3cret").build().unwrap()
}

fn begin(client: &Client) -> PendingLogin {
    client.oauth2().authorization_request(HOME).begin().unwrap()
}

fn parameter(login: &PendingLogin, name: &str) -> String {
    let pair = login.url().query_pairs().find(|(known, _)| known == name);
    pair.unwrap_or_else(|| panic!("no {name}")).1.into_owned()
}

async fn answered(login: PendingLogin, query: &str) -> Result<TokenSet, LoginError> {
    login.finish(Callback::parse(&format!("{HOME}?{query}"))?).await
}

/// The name of the variant, so that a table can say which error it wants.
fn kind<T>(outcome: Result<T, LoginError>) -> String {
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{error:?}").split([' ', '(', '{']).next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn a1_verifiers_never_repeat_and_s256_is_the_only_method() {
    let vector = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(vector.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let verifiers = size("ZEYOS_VERIFIERS", VERIFIERS);
    let mut seen = HashSet::with_capacity(verifiers);
    for _ in 0..verifiers {
        let verifier = CodeVerifier::generate().unwrap();
        let text = verifier.secret().expose();
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(text.len() == 43 && text.bytes().all(is_unreserved), "grammar of RFC 7636, section 4.1");
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).unwrap().try_into().unwrap();
        assert!(seen.insert(bytes), "repeated");
    }
    let client = client(&token_wire());
    for request in
        [client.oauth2().authorization_request(HOME), client.oauth2().authorization_request(HOME).form_post()]
    {
        let login = request.begin().unwrap();
        assert_eq!(
            (parameter(&login, "code_challenge_method").as_str(), parameter(&login, "code_challenge").len()),
            ("S256", 43)
        );
    }
    let is_plain = |word: &str| word.trim_matches('"').eq_ignore_ascii_case("plain");
    for (path, word) in surface::ungated_tokens() {
        assert!(!is_plain(&word) || !path.to_string_lossy().contains("oauth2"), "{path:?}: {word}");
    }
}

#[tokio::test]
async fn a2_an_answer_without_the_state_of_a_fresh_unused_login_is_a_typed_error() {
    let (wire, hands) = (token_wire(), Hands(Arc::new(AtomicI64::new(1_800_000_000))));
    let client = wire.client().client_credentials("app", "s3cret").clock(hands.clone()).build().unwrap();
    let own = || client.oauth2().authorization_request(HOME).state(STATE).begin().unwrap();
    assert!(parameter(&begin(&client), "state").len() >= 43);

    assert_eq!(kind(answered(own(), "code=c").await), "StateMissing");
    assert_eq!(kind(answered(own(), "code=c&state=xK3v9QpL0aZ7bN2mT5wR8f").await), "StateMismatch");
    assert_eq!(kind(answered(own(), &format!("code=c&state={}", STATE.to_lowercase())).await), "StateMismatch");
    assert_eq!(kind(answered(own(), &format!("code=c&state={STATE}x")).await), "StateMismatch");
    let old = own();
    hands.0.fetch_add(601, Ordering::SeqCst);
    assert_eq!(kind(answered(old, &format!("code=c&state={STATE}")).await), "Expired");
    assert_eq!(wire.sent().len(), 0);

    let kept = begin(&client);
    let good = format!("code=c&state={}", parameter(&kept, "state"));
    let kept = kept.into_json_exposing_secrets();
    let resumed = || client.oauth2().resume_login(&kept).unwrap();
    let (first, second) = (resumed(), resumed());
    assert_eq!(kind(answered(first, &good).await), "ok");
    let token_requests = || wire.sent().iter().filter(|sent| sent.url.ends_with("/token")).count();
    assert_eq!(token_requests(), 1);
    assert_eq!(kind(answered(second, &good).await), "AlreadyUsed");
    assert_eq!(kind(answered(resumed(), &good).await), "AlreadyUsed");
    hands.0.fetch_add(601, Ordering::SeqCst);
    assert_eq!(kind(client.oauth2().resume_login(&kept)), "Expired");
    assert_eq!(token_requests(), 1);
}

#[tokio::test]
async fn a_login_that_was_kept_goes_on_where_it_was() {
    let wire = token_wire();
    let login = begin(&client(&wire));
    let (url, state) = (login.url().clone(), parameter(&login, "state"));
    let kept: Value = serde_json::from_str(&login.into_json_exposing_secrets().to_string()).unwrap();
    let elsewhere = client(&wire);
    let resumed = elsewhere.oauth2().resume_login(&kept).unwrap();
    assert_eq!(resumed.url(), &url);
    answered(resumed, &format!("code=c&state={state}")).await.unwrap();
    let verifier = kept["verifier"].as_str().unwrap();
    assert!(wire.only().body.contains(&format!("code_verifier={verifier}")), "{}", wire.only().body);
    for odd in [Value::Null, serde_json::json!({}), serde_json::json!({"format": 2})] {
        assert_eq!(kind(elsewhere.oauth2().resume_login(&odd)), "Kept");
    }
    let other = wire.client().client_credentials("other", "s3cret").build().unwrap();
    assert_eq!(kind(other.oauth2().resume_login(&kept)), "Kept");
}

const PARAMETERS: [&str; 6] = ["code", "state", "error", "error_description", "error_uri", "iss"];

/// What an answer with these parameters, all with good values, is worth.
fn wanted(names: &[&str]) -> &'static str {
    let has = |name| names.contains(&name);
    let has_error = has("error") || has("error_description") || has("error_uri");
    match (has("state"), has("code"), has_error, has("error")) {
        (false, ..) => "StateMissing",
        (true, true, true, _) => "CodeAndError",
        (true, true, false, _) => "ok",
        (true, false, _, true) => "Denied",
        (true, false, _, false) => "NoCode",
    }
}

#[tokio::test]
async fn a3_doubled_and_contradicting_parameters_are_refused_and_the_state_comes_first() {
    let wire = token_wire();
    let client = client(&wire);
    let own = || client.oauth2().authorization_request(HOME).state(STATE).begin().unwrap();
    // Each answer gets a client of its own memory: the same state may answer again.
    let query = |names: &[&str]| {
        let value = |name: &str| match name {
            "state" => STATE.to_owned(),
            "iss" => URL.to_owned(),
            name => name[..1].to_owned(),
        };
        names.iter().map(|name| format!("{name}={}", value(name))).collect::<Vec<_>>().join("&")
    };
    for name in PARAMETERS {
        for odd in [format!("{name}=a&{name}=a"), format!("{name}=a&{name}=b"), format!("{name}=&x=1&{name}=")] {
            let error = Callback::parse(&format!("{HOME}?{odd}")).unwrap_err();
            assert!(matches!(error, LoginError::Doubled { parameter } if parameter == name), "{odd}: {error}");
            let pairs = [(name, "a"), ("x", "1"), (name, "a")];
            assert_eq!(kind(Callback::from_pairs(pairs)), "Doubled");
        }
        for second in PARAMETERS {
            for third in PARAMETERS {
                let names: HashSet<&str> = [name, second, third].into();
                let names: Vec<&str> = names.into_iter().collect();
                let before = wire.sent().len();
                let fresh = self::client(&wire);
                let login = fresh.oauth2().authorization_request(HOME).state(STATE).begin().unwrap();
                let outcome = kind(answered(login, &query(&names)).await);
                assert_eq!(outcome, wanted(&names), "{names:?}");
                // The exchange, and the check of the login.
                assert_eq!(wire.sent().len() - before, 2 * usize::from(outcome == "ok"), "{names:?}");
            }
        }
    }
    let before = wire.sent().len();
    assert_eq!(kind(answered(own(), "error=access_denied").await), "StateMissing");
    assert_eq!(kind(answered(own(), "error=access_denied&state=other").await), "StateMismatch");
    assert_eq!(wire.sent().len(), before);
}

#[tokio::test]
async fn a4_an_answer_of_another_issuer_or_instance_is_refused() {
    let wire = token_wire();
    let (here, there) = (client(&wire), "https://erp.example.com/other");
    let answer = |issuer: &str| {
        let login = client(&wire).oauth2().authorization_request(HOME).state(STATE).begin().unwrap();
        let issuer: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        let query = format!("code=c&state={STATE}&iss={issuer}");
        async move { kind(answered(login, &query).await) }
    };
    for odd in [
        there,
        "https://erp.example.com/DEMO",
        "HTTPS://erp.example.com/demo",
        "https://erp.example.com/demo/",
        "",
        "null",
    ] {
        assert_eq!(answer(odd).await, "OtherIssuer", "{odd}");
    }
    let refused = client(&wire).oauth2().authorization_request(HOME).state(STATE).begin().unwrap();
    assert_eq!(kind(answered(refused, &format!("error=e&state={STATE}&iss={there}")).await), "OtherIssuer");

    let other = Client::builder(there).transport(wire.clone()).client_credentials("app", "s3cret").build().unwrap();
    let (one, two) = (begin(&here), begin(&other));
    let crossed = format!("code=c&state={}", parameter(&two, "state"));
    assert_eq!(kind(answered(one, &crossed).await), "StateMismatch");
    assert_eq!(kind(here.oauth2().resume_login(&two.into_json_exposing_secrets())), "Kept");
    assert_eq!(wire.sent().len(), 0);

    assert_eq!(answer(URL).await, "ok");
    let removed = begin(&other);
    let query = format!("code=c&state={}", parameter(&removed, "state"));
    assert_eq!(kind(answered(removed, &query).await), "ok");
    let urls: Vec<String> = wire.sent().into_iter().map(|sent| sent.url).collect();
    let of = |instance: &str| ["token", "introspect"].map(|path| format!("{instance}/oauth2/v1/{path}"));
    assert_eq!(urls, [of(URL), of(there)].concat());
}

/// Counts warnings of this crate.
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "zeyos" && *metadata.level() == tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a5_both_legs_name_the_same_redirect_uri_which_nobody_can_listen_in_on() {
    let wire = token_wire();
    let warnings = Arc::new(AtomicUsize::new(0));
    let begun = |uri: &str| {
        let client = client(&wire);
        let begin = || client.oauth2().authorization_request(uri).begin();
        let before = warnings.load(Ordering::SeqCst);
        let outcome = tracing::subscriber::with_default(Warnings(Arc::clone(&warnings)), begin);
        (kind(outcome), warnings.load(Ordering::SeqCst) - before)
    };
    for good in ["https://app.example.com/cb", "http://127.0.0.1:9/cb", "http://[::1]/cb"] {
        assert_eq!(begun(good), ("ok".into(), 0), "{good}");
    }
    assert_eq!(begun("http://localhost:9/cb"), ("ok".into(), 1));
    for odd in ["http://app.example.com/cb", "http://localhost.example.com/", "http://10.0.0.1/cb", "myapp://cb", "cb"]
    {
        assert_eq!(begun(odd), ("RedirectUri".into(), 0), "{odd}");
    }
    for uri in [HOME, "http://127.0.0.1:9/cb?keep=%2F"] {
        let login = client(&wire).oauth2().authorization_request(uri).state(STATE).begin().unwrap();
        let asked = parameter(&login, "redirect_uri");
        assert_eq!(login.redirect_uri(), uri);
        login.finish(Callback::parse(&format!("code=c&state={STATE}")).unwrap()).await.unwrap();
        let body = wire.sent().into_iter().rfind(|sent| sent.url.ends_with("/token")).unwrap().body;
        let sent = url::form_urlencoded::parse(body.as_bytes())
            .find(|(name, _)| name == "redirect_uri")
            .unwrap()
            .1
            .into_owned();
        assert_eq!((asked.as_str(), sent.as_str()), (uri, uri));
    }

    // The server holds the other leg to it: another port is another address.
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let login = client.oauth2().authorization_request("http://127.0.0.1:9/cb").begin().unwrap();
    let back = Url::parse(&browse(login.url().as_str())).unwrap();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let kept = login.into_json_exposing_secrets();
    let verifier = CodeVerifier::new(kept["verifier"].as_str().unwrap());
    let exchange = async |port: &str| {
        let uri = format!("http://127.0.0.1:{port}/cb");
        client.oauth2().exchange_authorization_code(Secret::new(&*code), Some(&verifier), Some(&uri)).await
    };
    assert!(exchange("10").await.unwrap_err().token_error().is_some_and(TokenError::is_invalid_grant));
    exchange("9").await.unwrap();
}
