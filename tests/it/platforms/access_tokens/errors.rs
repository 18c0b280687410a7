//! What failures say.

use bytes::Bytes;
use http::Response;
use zeyos::platforms::access_tokens::{
    ErrorDetails, IssueRequest, ListTokens, RegisterRequest, TokensError, UpdateRequest,
};
use zeyos::{JsonMap, TransportError};

use super::{EXCHANGE, Site, id};
use crate::platforms::support::{Wire, answer};

const JWT: &str = r#"{"access_token":"jwt","token_type":"Bearer","expires_in":3600}"#;

/// A service that gives out a JWT and answers everything else in one way.
async fn answering(status: u16, media_type: &'static str, body: &'static str) -> Site {
    let wire = Wire::answering(move |sent| match sent.line().as_str() {
        EXCHANGE => answer(200, "application/json", JWT),
        _ => answer(status, media_type, body),
    });
    Site::over(wire, &[]).await
}

async fn listed(site: &Site) -> TokensError {
    site.tokens.list(ListTokens::new()).await.unwrap_err()
}

#[tokio::test]
async fn p_a16_the_reason_of_the_service_is_read_whatever_parameters_its_media_type_has() {
    for media_type in ["application/json", "application/json; charset=utf-8", "application/problem+json"] {
        let body =
            r#"{"error":{"message":"Invalid request","code":"E1","details":"owner: Required\nroles: Required"}}"#;
        let error = listed(&answering(400, media_type, body).await).await;
        assert_eq!(error.to_string(), "failed to list tokens: Invalid request", "{media_type}");
        let api = error.api_error().unwrap();
        assert_eq!((api.message.as_str(), api.code.as_deref()), ("Invalid request", Some("E1")));
        assert_eq!(api.details, Some(ErrorDetails::Text("owner: Required\nroles: Required".to_owned())));
    }
}

#[tokio::test]
async fn p_a16_a_page_of_html_leaves_the_status() {
    let site = Site::start().await;
    let error = site.tokens.update(&id('n'), UpdateRequest::new().owner("x")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("failed to update token {}: Internal Server Error", id('n')));
    assert!(error.api_error().is_none() && error.status().unwrap() == 500);
    assert!(error.error().unwrap().text().unwrap().contains("<!DOCTYPE html>"));
}

#[tokio::test]
async fn p_a16_every_operation_says_what_failed() {
    let site = answering(403, "application/json", r#"{"error":{"message":"Admin access required"}}"#).await;
    let tokens = &site.tokens;
    let x = id('x');
    let said: Vec<String> = [
        tokens.list(ListTokens::new()).await.unwrap_err(),
        tokens.batch([x.clone()]).await.unwrap_err(),
        tokens.issue(IssueRequest::new("a")).await.unwrap_err(),
        tokens.register(&x, RegisterRequest::new("a", "b")).await.unwrap_err(),
        tokens.update(&x, UpdateRequest::new()).await.unwrap_err(),
        tokens.revoke(&x).await.unwrap_err(),
        tokens.restore(&x).await.unwrap_err(),
    ]
    .iter()
    .map(|error| error.to_string().strip_suffix(": Admin access required").unwrap().to_owned())
    .collect();
    let wanted = [
        "failed to list tokens",
        "failed to batch load tokens",
        "failed to issue token",
        &format!("failed to register token {x}"),
        &format!("failed to update token {x}"),
        &format!("failed to revoke token {x}"),
        &format!("failed to restore token {x}"),
    ];
    assert_eq!(said, wanted);
}

#[tokio::test]
async fn p_a16_an_exchange_that_fails_says_so_in_the_words_of_the_service() {
    let site = Site::start().await;
    let tokens =
        zeyos::platforms::access_tokens::AccessTokens::builder(site.server.url(), "pat_0123456789abcdefghijx.c2VjcmV0")
            .build()
            .unwrap();
    let error = tokens.list(ListTokens::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to authenticate: Invalid client credentials");
    assert!(error.is_api_error() && error.status().unwrap() == 401);
    assert!(!format!("{error:?} {error}").contains("c2VjcmV0"));
}

#[tokio::test]
async fn p_a16_the_flat_form_of_oauth_is_read_too() {
    let body = r#"{"error":"invalid_request","error_description":"something is missing"}"#;
    let error = listed(&answering(400, "application/json", body).await).await;
    assert_eq!(error.api_error().unwrap().code.as_deref(), Some("invalid_request"));
    assert_eq!(error.to_string(), "failed to list tokens: something is missing");
}

#[tokio::test]
async fn p_a17_an_api_error_has_a_message_and_perhaps_a_code_and_details() {
    let of = |body| async move { listed(&answering(400, "application/json", body).await).await };
    let error = of(r#"{"error":{"message":"m","details":{"owner":["Required"]}}}"#).await;
    let details: JsonMap = serde_json::from_str(r#"{"owner":["Required"]}"#).unwrap();
    assert_eq!(error.api_error().unwrap().details, Some(ErrorDetails::Object(details)));
    assert!(of(r#"{"error":{"message":"m"}}"#).await.is_api_error());
    for other in [r#"{"error":{}}"#, r#"{"message":"m"}"#, "[]", "", "null", r#"{"error":{"message":7}}"#] {
        let error = of(other).await;
        assert!(!error.is_api_error(), "{other}");
        assert_eq!(error.to_string(), "failed to list tokens: Bad Request");
    }
}

#[tokio::test]
async fn p_a18_an_answer_with_odd_values_is_no_answer() {
    let record = |id: &str, created: i64| {
        format!(r#"{{"records":[{{"tokenId":"{id}","owner":"a","isAdmin":false,"createdAt":{created}}}]}}"#)
    };
    let fine = record("0123456789abcdefghijx", 0);
    for (body, fits) in [
        (fine.clone(), true),
        (record("short", 1), false),
        (record("0123456789abcdefghijx", -1), false),
        (fine.replace("\"isAdmin\":false,", ""), false),
        (r#"{"records":7}"#.to_owned(), false),
        ("{}".to_owned(), false),
    ] {
        let leaked: &'static str = Box::leak(body.clone().into_boxed_str());
        let listed = answering(200, "application/json", leaked).await.tokens.list(ListTokens::new()).await;
        match listed {
            Ok(records) => assert!(fits && records.len() == 1, "{body}"),
            Err(error) => {
                assert!(!fits && error.is_invalid_response(), "{body}: {error}");
                assert!(error.to_string().starts_with("failed to list tokens: invalid response: "), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn p_a14_an_issue_whose_answer_was_lost_names_the_token_that_may_exist() {
    let wire = Wire::answering(|sent| match sent.line().as_str() {
        EXCHANGE => answer(200, "application/json", JWT),
        _ => Some(Err(TransportError::other("the connection was reset"))),
    });
    let site = Site::over(wire, &[]).await;
    let error = site.tokens.issue(IssueRequest::new("mara")).await.unwrap_err();
    let sent = site.wire.last().json();
    let id = error.issued_id().unwrap().as_str();
    assert_eq!(sent["tokenId"], id);
    assert!(error.to_string().ends_with(&format!("the token {id} may have been made")), "{error}");
    let own = site.tokens.issue(IssueRequest::new("mara").token_id(super::id('o'))).await.unwrap_err();
    assert_eq!(own.issued_id().unwrap().as_str(), super::id('o'));
}

#[tokio::test]
async fn p_a14_a_token_that_may_exist_is_told_from_one_that_cannot() {
    type Issued = fn() -> Option<Result<Response<Bytes>, TransportError>>;
    let cases: [(Issued, bool); 5] = [
        (|| answer(201, "application/json", "{\"tokenId\": "), true),
        (|| answer(503, "text/html", "<h1>Later</h1>"), true),
        (|| answer(403, "text/html", "<h1>No</h1>"), false),
        (|| Some(Err(TransportError::connect("no one is there"))), false),
        (|| Some(Err(TransportError::timeout("too late"))), true),
    ];
    for (index, (issued, may_exist)) in cases.into_iter().enumerate() {
        let wire = Wire::answering(move |sent| match sent.line().as_str() {
            EXCHANGE => answer(200, "application/json", JWT),
            _ => issued(),
        });
        let site = Site::over(wire, &[]).await;
        let error = site.tokens.issue(IssueRequest::new("mara")).await.unwrap_err();
        assert_eq!(error.to_string().contains("may have been made"), may_exist, "{index}: {error}");
    }
}
