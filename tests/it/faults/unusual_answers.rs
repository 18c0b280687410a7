//! Token answers in which the tokens stand where no one expects them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeyos::TokenError;

use crate::promises::refresh::{list, loss};
use crate::support::backend::{Backend, Image, on_other_backends};
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

/// What an answer looks like, made of the tokens that the server has issued.
type Shape = (&'static str, fn(&Value) -> String);

const WHOLE: [Shape; 9] = [
    ("a byte order mark", |answer| format!("\u{feff}{answer}")),
    ("white space", |answer| format!("\r\n\t  {answer}\n\n")),
    ("a warning in HTML", |answer| {
        format!(
            "<br />\n<b>Warning</b>:  Undefined array key \"scope\" in <b>/srv/x.php</b> on line <b>7</b><br />\n{answer}"
        )
    }),
    ("a warning in text", |answer| format!("PHP Notice: {{main}} in x.php on line 3\n{answer}\n")),
    ("below data", |answer| json!({"data": answer, "status": "ok"}).to_string()),
    ("in a list", |answer| json!([answer]).to_string()),
    ("in a list below a name", |answer| json!({"result": [{"x": 1}, answer]}).to_string()),
    ("in camelCase", |answer| {
        let camel = |name: &str| {
            let mut words = name.split('_');
            let first = words.next().unwrap_or_default().to_owned();
            words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
        };
        let members = answer.as_object().unwrap().iter().map(|(name, value)| (camel(name), value.clone()));
        Value::Object(members.collect()).to_string()
    }),
    ("a form", |answer| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let pairs = answer.as_object().unwrap().iter().map(|(name, value)| format!("{name}={}", text(value)));
        pairs.collect::<Vec<_>>().join("&")
    }),
];

#[tokio::test]
async fn fault_61_the_token_object_is_found_and_kept_wherever_it_stands() {
    for (shape, make) in WHOLE {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        issuer.state().revokes_family = true;
        issuer.expire();
        issuer.distort([Distortion::Reshape(200, make)]);
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        list(&client).await.unwrap_or_else(|error| panic!("{shape}: {error}"));
        assert_eq!(store.access_token(), Some("a1".into()), "{shape}");
        assert_eq!((issuer.posts(), issuer.seen().replays), (1, 0), "{shape}");
        // A sign-in is read in the same way.
        issuer.distort([Distortion::Reshape(200, make)]);
        let tokens = client.oauth2().exchange_authorization_code("c", None, None).await.unwrap();
        assert_eq!((tokens.access_token, tokens.expires_in), (Some("a2".into()), Some(3600)), "{shape}");
    }
}

#[tokio::test]
async fn fault_61_cut_anywhere_a_refresh_token_that_came_in_is_kept() {
    for (shape, make) in WHOLE {
        // The form has no end that would tell whether it was cut.
        if shape == "a form" {
            continue;
        }
        let whole = make(&Issuer::new().state().answer());
        for end in 0..whole.len() {
            if !whole.is_char_boundary(end) {
                continue;
            }
            let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
            issuer.state().revokes_family = true;
            issuer.expire();
            issuer.distort([Distortion::ReshapeCut(make, end)]);
            let client = issuer.stranger().token_store(store.clone()).build().unwrap();
            let has_token = whole[..end].contains("\"r0\"");
            match list(&client).await {
                Ok(()) => assert!(has_token, "{shape} cut at {end}"),
                Err(error) => assert!(!has_token && loss(&error).is_some(), "{shape} cut at {end}: {error}"),
            }
            assert_eq!(issuer.seen().replays, 0, "{shape} cut at {end}");
        }
    }
}

async fn an_unread_answer_is_kept(backend: Backend) {
    for answer in ["the new tokens are a1 and r1", "<xml><refresh_token>r1</refresh_token></xml>"] {
        backend.restore(&Image::new()).await;
        let issuer = Issuer::new();
        let client = issuer.stranger().token_store(backend.store().await).token_set(Issuer::tokens()).build().unwrap();
        list(&client).await.unwrap();
        issuer.expire();
        issuer.distort([Distortion::Instead(200, answer.into())]);
        assert!(loss(&list(&client).await.unwrap_err()).is_some());
        let kept = aside(&backend, answer).await;
        assert!(kept.as_deref().is_some_and(|piece| piece.contains("unread")), "{answer}: {kept:?}");
        client.oauth2().exchange_authorization_code("c", None, None).await.unwrap();
        assert_eq!(aside(&backend, answer).await, None, "a new login has no use for it");
    }
}

/// The piece that holds an answer, as it came or in the form for keyrings that take text alone.
async fn aside(backend: &Backend, answer: &str) -> Option<String> {
    match backend.holds(answer).await {
        None => backend.holds(&STANDARD.encode(answer)).await,
        piece => piece,
    }
}

#[tokio::test]
async fn fault_61_an_answer_that_nothing_could_read_is_kept_until_the_next_sign_in() {
    an_unread_answer_is_kept(Backend::files()).await;
}

on_other_backends!(
    an_unread_answer_is_kept,
    in_redis_an_answer_that_nothing_could_read_is_kept_until_the_next_sign_in,
    in_a_secret_service_an_answer_that_nothing_could_read_is_kept_until_the_next_sign_in
);

/// Errors beside new tokens: status, what is added to the answer, and whether the caller hears of an error.
fn errors() -> Vec<(u16, Value, bool)> {
    let mut errors: Vec<_> = [200, 400, 403, 500]
        .into_iter()
        .flat_map(|status| {
            ["", "none", "invalid_grant", "invalid_request", "server_error"]
                .map(|code| (status, json!({"error": code}), true))
        })
        .collect();
    errors.push((401, json!({}), true));
    errors.push((401, json!({"error": "invalid_client"}), true));
    errors.push((200, json!({"error": {"code": 7}}), true));
    errors.extend([400, 403, 404, 429, 500, 502, 503].map(|status| (status, json!({}), false)));
    errors
}

#[tokio::test]
async fn fault_60_new_tokens_beside_an_error_are_checked_and_kept_and_the_error_is_told() {
    for (status, members, is_told) in errors() {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        issuer.state().revokes_family = true;
        issuer.expire();
        issuer.distort([Distortion::Beside(status, members.clone())]);
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        let what = format!("{status} {members}");
        match list(&client).await {
            Ok(()) => assert!(!is_told, "{what}"),
            Err(error) => {
                assert!(is_told && loss(&error).is_none(), "{what}: {error}");
                let code = members.get("error").and_then(Value::as_str);
                if let (Some(TokenError::Refused { code: told, .. }), Some(code)) = (error.token_error(), code) {
                    assert_eq!(told, code, "{what}");
                }
                assert!(error.body().is_none_or(|body| !String::from_utf8_lossy(body).contains("r1")), "{what}");
                let kept = store.kept().record;
                let refresh_token = kept.tokens.and_then(|tokens| tokens.refresh_token);
                assert_eq!((refresh_token, kept.lost), (Some("r1".into()), None), "{what}");
            }
        }
        assert!(!issuer.state().bearers.contains("Bearer a1"), "{what}: nothing is used unchecked");
        list(&client).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(issuer.seen().replays, 0, "{what}");
    }
}

#[tokio::test]
async fn fault_60_tokens_beside_an_error_that_do_not_live_are_not_kept() {
    for code in ["invalid_grant", "invalid_client", "invalid_request"] {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        issuer.expire();
        let answer = json!({"error": code, "access_token": "x", "refresh_token": "made up"});
        issuer.distort([Distortion::Answer(403, answer.to_string())]);
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        let error = list(&client).await.unwrap_err();
        assert_eq!(loss(&error).is_some(), code == "invalid_grant", "{error}");
        assert_eq!(store.kept().record.tokens, Some(Issuer::tokens()));
        assert!(issuer.state().bodies.iter().any(|body| body == "token=made+up"), "it was asked about first");
    }
    // Until the server says so, nothing is known and nothing is dropped.
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.expire();
    issuer.distort([Distortion::Beside(403, json!({"error": "invalid_grant"}))]);
    issuer.distort_introspection([Distortion::Answer(503, "down".into())]);
    let clock = crate::support::clock::TestClock::new();
    let start = || issuer.stranger().clock(clock.clone()).token_store(store.clone()).build().unwrap();
    let client = start();
    let error = list(&client).await.unwrap_err();
    assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "{error}");
    let kept = store.kept();
    assert!(kept.record.lost.is_none() && kept.reply.is_some() && kept.pending.is_some());
    let next = start();
    list(&next).await.unwrap_err();
    clock.advance(60);
    // The error is told once the tokens beside it are known to live.
    assert!(matches!(list(&next).await.unwrap_err().token_error(), Some(TokenError::Refused { .. })));
    list(&next).await.unwrap();
    assert_eq!(issuer.seen().replays, 0);
}

#[tokio::test]
async fn fault_60_tokens_that_a_sign_in_brings_beside_an_error_are_found_by_the_next_renewal() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    list(&client).await.unwrap();
    issuer.distort([Distortion::Beside(200, json!({"error": "none"}))]);
    let error = client.oauth2().exchange_authorization_code("c", None, None).await.unwrap_err();
    assert_eq!(error.token_error().and_then(TokenError::code), Some("none"));
    issuer.expire();
    list(&client).await.unwrap_err();
    list(&client).await.unwrap();
    assert_eq!(issuer.seen().replays, 0, "r0 was ended by the sign-in, and is not sent");
}
