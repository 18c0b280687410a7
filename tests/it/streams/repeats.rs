//! What is sent again after a 401, and what is not.

use zeyos::{Content, TokenSet};

use super::{Texts, pens};
use crate::auth::support::{Wire, empty, json};

/// A server that has ended the first access token.
fn wire() -> Wire {
    Wire::answering(|sent| match sent.url.rsplit('/').next() {
        Some("token") => json(
            200,
            &serde_json::json!({"access_token": "a1", "token_type": "Bearer", "refresh_token": "r1", "expires_in": 3600}),
        ),
        Some("introspect") => json(200, &serde_json::json!({"active": true})),
        _ if sent.header("authorization") == Some("Bearer a0") => empty(401),
        _ => empty(200),
    })
}

fn writes(wire: &Wire) -> Vec<(String, String)> {
    let sent = wire.sent().into_iter().filter(|sent| sent.url.ends_with("/write"));
    sent.map(|sent| (sent.credentials().join("+"), sent.body)).collect()
}

#[tokio::test]
async fn a_stream_that_can_be_made_again_is_sent_again_with_new_tokens() {
    let wire = wire();
    let client = wire.client_with_everything().build().unwrap();
    let content = Content::stream_with(|| Texts(vec![Ok("a"), Ok("b")]));
    pens::written(pens::raw(&client, &pens::SECURED).content(content)).await.unwrap();
    let bodies: Vec<_> = writes(&wire).into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, ["ab", "ab"]);
}

#[tokio::test]
async fn a_stream_that_was_sent_is_not_sent_again_and_the_next_call_has_new_tokens() {
    let wire = wire();
    let client = wire.client_with_everything().build().unwrap();
    let call =
        pens::written(pens::raw(&client, &pens::SECURED).content(Content::stream(Texts(vec![Ok("a"), Ok("b")]))));
    let error = call.clone().await.unwrap_err();
    assert!(error.is_auth() && error.status().is_some_and(|status| status == 401), "{error}");
    assert_eq!(writes(&wire).len(), 1, "neither with new tokens nor with the cookie");
    let again = call.await.unwrap_err();
    assert!(again.is_request() && again.to_string().contains("sent already"), "{again}");
    assert_eq!(writes(&wire).len(), 1);
    let tokens = client.auth().token_set().await.unwrap().unwrap();
    assert_eq!(tokens.access_token.unwrap().expose(), "a1");
    pens::written(pens::raw(&client, &pens::SECURED).content("ab")).await.unwrap();
    assert_eq!(writes(&wire).len(), 2);
}

#[tokio::test]
async fn a_stream_that_was_not_sent_goes_out_with_the_next_credential() {
    let wire = wire();
    let client = wire.client().token_set(TokenSet::default()).session_cookie("c00kie").build().unwrap();
    pens::written(pens::raw(&client, &pens::SECURED).content(Content::stream(Texts(vec![Ok("a")])))).await.unwrap();
    assert_eq!(writes(&wire).into_iter().map(|(_, body)| body).collect::<Vec<_>>(), ["a"]);
}
