//! Token requests that get lost, and answers that are cut or odd: asked about, never blindly repeated, nothing thrown away.

use serde_json::json;
use zeyos::{SessionLoss, TokenError};

use crate::auth::support::RecordedEvents;
use crate::promises::refresh::{list, loss};
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;
use crate::support::transcript::Transcript;

#[tokio::test]
async fn a_request_that_broke_on_its_way_is_repeated_once_if_the_token_is_alive() {
    for (distortions, posts, ends_well) in [
        (vec![Distortion::LostBefore], 2, true),
        (vec![Distortion::LostBefore, Distortion::LostBefore], 2, false),
        (vec![Distortion::LostBefore, Distortion::LostAfter], 2, false),
        (vec![Distortion::LostAfter], 1, false),
    ] {
        let issuer = Issuer::new();
        issuer.expire();
        issuer.state().revokes_family = true;
        issuer.distort(distortions);
        let client = issuer.client().build().unwrap();
        let outcome = list(&client).await;
        assert_eq!((issuer.posts(), issuer.seen().replays, outcome.is_ok()), (posts, 0, ends_well));
        let Err(error) = outcome else { continue };
        let is_named = matches!(
            error.token_error(),
            Some(TokenError::Unknown { .. } | TokenError::SessionLost(SessionLoss::RotationOutcomeUnknown))
        );
        assert!(
            is_named && error.exchange_id().is_some_and(|exchange_id| exchange_id.request_id.len() == 16),
            "{error}"
        );
    }
}

#[tokio::test]
async fn fault_04_a_lost_answer_is_a_named_loss_and_the_store_keeps_and_marks_it() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.expire();
    issuer.distort([Distortion::LostAfter]);
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown));
    assert_eq!((issuer.posts(), issuer.seen().introspections), (1, 1));
    let record = store.kept().record.clone();
    assert_eq!(record.lost, Some(SessionLoss::RotationOutcomeUnknown));
    assert_eq!(record.tokens, Some(Issuer::tokens()));
}

#[tokio::test]
async fn fault_05_every_cut_after_the_refresh_token_is_recovered() {
    let whole = serde_json::to_string(&{
        let issuer = Issuer::new();
        issuer.state().number = 1;
        issuer.state().answer()
    });
    let whole = whole.unwrap();
    let closing_quote = whole.find("\"r1\"").unwrap() + 4;
    for revokes_family in [false, true] {
        for cut in 0..=whole.len() {
            let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
            issuer.expire();
            issuer.state().revokes_family = revokes_family;
            issuer.distort([Distortion::Cut(cut)]);
            let client = issuer.stranger().token_store(store.clone()).build().unwrap();
            let outcome = list(&client).await;
            assert_eq!(outcome.is_ok(), cut >= closing_quote, "{cut}: {outcome:?}");
            assert_eq!(issuer.seen().replays, 0, "{cut}");
            if let Err(error) = outcome {
                assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown), "{cut}");
            }
        }
    }
}

#[tokio::test]
async fn fault_29_a_busy_token_endpoint_is_unknown_and_repeated_at_most_once() {
    for status in [429, 500, 502, 503, 504] {
        let issuer = Issuer::new();
        issuer.expire();
        issuer.distort([Distortion::Answer(status, "busy".into())]);
        list(&issuer.client().build().unwrap()).await.unwrap();
        assert_eq!(
            (issuer.posts(), issuer.seen().introspections),
            (2, 2),
            "{status}: one question, one check of the login"
        );
        let issuer = Issuer::new();
        issuer.expire();
        issuer.distort(std::iter::repeat_n(Distortion::Answer(status, "busy".into()), 9));
        let client = issuer.client().build().unwrap();
        for _ in 0..20 {
            let error = list(&client).await.unwrap_err();
            assert!(error.is_retryable() && !error.is_auth(), "{error}");
        }
        assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0), "{status}");
    }
}

#[tokio::test]
async fn fault_30_while_introspection_is_down_too_nothing_is_repeated_and_the_question_comes_once_a_minute() {
    let clock = crate::support::clock::TestClock::new();
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).clock(clock.clone()).build().unwrap();
    issuer.expire();
    issuer.distort([Distortion::Answer(502, "down".into())]);
    issuer.distort_introspection(std::iter::repeat_n(Distortion::Answer(502, "down".into()), 3));
    for minute in 1..=3 {
        for _ in 0..50 {
            let error = list(&client).await.unwrap_err();
            assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "{error}");
        }
        assert_eq!((issuer.posts(), issuer.seen().introspections), (1, minute));
        clock.advance(60);
    }
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().introspections, issuer.seen().replays), (2, 5, 0));
}

#[tokio::test]
async fn fault_36_a_missing_member_overwrites_nothing() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.expire();
    issuer.distort([Distortion::Change(json!({"access_token": null}))]);
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().introspections, issuer.seen().replays), (2, 2, 0));
    assert_eq!(store.access_token(), Some("a2".into()), "the refresh token that came was confirmed and sent");
    issuer.expire();
    issuer.distort([Distortion::Change(json!({"refresh_token": null, "access_token": null}))]);
    let error = list(&client).await.unwrap_err();
    assert_eq!(loss(&error), Some(SessionLoss::RotationOutcomeUnknown));
    assert_eq!(store.kept().record.tokens.as_ref().unwrap().refresh_token, Some("r2".into()));
}

#[tokio::test]
async fn fault_37_another_token_type_is_not_used_and_the_chain_lives() {
    for odd in [json!("mac"), json!("DPoP"), json!(null)] {
        let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
        issuer.expire();
        issuer.distort([Distortion::Change(json!({"token_type": odd}))]);
        let client = issuer.stranger().token_store(store.clone()).build().unwrap();
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.token_error(), Some(&TokenError::UnsupportedTokenType), "{error}");
        assert!(!issuer.state().bearers.contains("Bearer a1"));
        assert_eq!(store.kept().record.tokens.as_ref().unwrap().refresh_token, Some("r1".into()));
        client.oauth2().refresh().await.unwrap();
        list(&client).await.unwrap();
        assert_eq!(issuer.seen().replays, 0);
    }
}

#[tokio::test]
async fn fault_38_html_for_tokens_is_unknown_and_not_repeated_in_the_error() {
    let (issuer, recorded) = (Issuer::new(), RecordedEvents::default());
    issuer.expire();
    issuer.distort([
        Distortion::Answer(200, "<html>hunter2</html>".into()),
        Distortion::Answer(200, "<html>hunter2</html>".into()),
    ]);
    let error = list(&issuer.client().on_event(recorded.listener()).build().unwrap()).await.unwrap_err();
    let mut text = format!("{error} {error:?} {:?}", recorded.events());
    let mut cause = std::error::Error::source(&error);
    while let Some(next) = cause {
        text += &format!("{next} {next:?}");
        cause = next.source();
    }
    assert!(!text.contains("hunter2"), "{text}");
    let issuer = Issuer::new();
    issuer.expire();
    issuer.distort([Distortion::Instead(200, "<html>hunter2</html>".into())]);
    let error = list(&issuer.client().build().unwrap()).await.unwrap_err();
    assert_eq!((loss(&error), issuer.seen().introspections), (Some(SessionLoss::RotationOutcomeUnknown), 1));
}

#[tokio::test]
async fn fault_39_the_content_type_does_not_cost_the_chain() {
    let issuer = Issuer::new();
    issuer.expire();
    let answer = {
        let twin = Issuer::new();
        twin.state().number = 1;
        twin.state().answer().to_string()
    };
    issuer.distort([Distortion::Instead(200, answer)]);
    let client = issuer.client().build().unwrap();
    let transcript = Transcript::default();
    let _captured = transcript.capture();
    for _ in 0..2 {
        list(&client).await.unwrap();
        issuer.expire();
    }
    assert_eq!((issuer.posts(), issuer.seen().replays), (2, 0), "text/plain was read as what it is");
    assert_eq!(transcript.text().matches("did not call its answer JSON").count(), 1, "and somebody was told, once");
}
