//! What each call sends and answers.

use serde_json::json;
use zeyos::Timestamp;
use zeyos::http::header;
use zeyos::platforms::access_tokens::{
    IssueRequest, ListTokens, RegisterRequest, RolesChange, RolesChangeAdd, RolesChangeRemove, UpdateRequest,
};

use super::{Site, id};

const PHC: &str = "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds)
}

#[tokio::test]
async fn p_a6_a_query_has_what_was_set_and_true_alone() {
    let site = Site::start().await;
    let every = ListTokens::new().limit(5).after(id('x')).include_revoked().include_expired().include_secret_phc();
    let after = id('x');
    for (wanted, query) in [
        (ListTokens::new(), String::new()),
        (ListTokens::new().limit(7), "limit=7".to_owned()),
        (ListTokens::new().include_expired(), "includeExpired=true".to_owned()),
        (ListTokens::new().has_role("r w"), "hasRole=r+w".to_owned()),
        (
            every.has_role("a"),
            format!(
                "limit=5&includeSecretPhc=true&afterTokenId={after}&includeRevoked=true&includeExpired=true&hasRole=a"
            ),
        ),
    ] {
        site.tokens.list(wanted).await.unwrap();
        let mut sent: Vec<(String, String)> =
            form_urlencoded::parse(site.wire.last().query.replace("%20", "+").as_bytes()).into_owned().collect();
        let mut expected: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        sent.sort();
        expected.sort();
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn p_a7_every_call_answers_what_it_promises() {
    let site = Site::start().await;
    let issued = site.tokens.issue(IssueRequest::new("mara").is_admin(true)).await.unwrap();
    assert!(issued.token.expose().starts_with("pat_") && issued.record.is_admin);
    assert!(issued.token.expose().contains(&issued.record.token_id));
    let registered = site.tokens.register(&id('r'), RegisterRequest::new("jo", PHC)).await.unwrap();
    assert_eq!((registered.token_id, registered.owner.as_str()), (id('r'), "jo"));
    assert_eq!(registered.secret_phc.unwrap().expose(), PHC, "the answer to a registration always has it");
    let () = site.tokens.update(&id('r'), UpdateRequest::new().owner("joe")).await.unwrap();
    let () = site.tokens.revoke(&id('r')).await.unwrap();
    let () = site.tokens.restore(&id('r')).await.unwrap();
    let batch = site.tokens.batch([id('r'), id('n')]).await.unwrap();
    assert_eq!((batch.found[0].owner.as_str(), batch.not_found), ("joe", vec![id('n')]));
    assert_eq!(batch.found[0].secret_phc, None);
    let batch = site.tokens.batch_with_secret_phc([id('r')]).await.unwrap();
    assert!(batch.found[0].secret_phc.is_some());
}

#[tokio::test]
async fn p_a8_register_has_the_identifier_in_its_path_and_the_rest_in_its_body() {
    let site = Site::start().await;
    let request = RegisterRequest::new("jo", PHC).roles(vec!["a".to_owned()]).expires_at(at(2_000_000_000));
    site.tokens.register(&id('r'), request).await.unwrap();
    let sent = site.wire.last();
    assert_eq!(sent.line(), format!("PUT /admin/tokens/{}", id('r')));
    let body = json!({"owner": "jo", "secretPhc": PHC, "roles": ["a"], "expiresAt": 2_000_000_000});
    assert_eq!(sent.json(), body);
}

#[tokio::test]
async fn p_a8_an_identifier_that_the_service_cannot_take_is_refused_before_it_is_sent() {
    let site = Site::start().await;
    let long = "a".repeat(22);
    for odd in ["", "short", "my-token-123456", "0123456789abcdefghi-x", "0123456789abcdefghijü", &long] {
        let error = site.tokens.register(odd, RegisterRequest::new("jo", PHC)).await.unwrap_err();
        assert!(error.error().unwrap().is_request(), "{odd}: {error}");
        let error = site.tokens.issue(IssueRequest::new("jo").token_id(odd)).await.unwrap_err();
        assert!(error.to_string().contains("21 letters and digits"), "{odd}: {error}");
    }
    assert_eq!(site.wire.sent().len(), 0);
}

#[tokio::test]
async fn p_a9_an_update_tells_null_from_what_is_not_set() {
    let site = Site::start().await;
    let token =
        site.tokens.issue(IssueRequest::new("mara").expires_at(at(4_000_000_000))).await.unwrap().record.token_id;
    let record = || async { site.tokens.batch([token.clone()]).await.unwrap().found.remove(0) };
    for (request, body) in [
        (UpdateRequest::new().owner("x"), json!({"owner": "x"})),
        (UpdateRequest::new().expires_at(at(4_100_000_000)), json!({"expiresAt": 4_100_000_000_i64})),
        (UpdateRequest::new().expires_at(None), json!({"expiresAt": null})),
        (UpdateRequest::new().roles(RolesChange::List(vec!["a".into()])), json!({"roles": ["a"]})),
        (
            UpdateRequest::new().roles(RolesChange::Add(RolesChangeAdd::new(vec!["b".into()]))),
            json!({"roles": {"add": ["b"]}}),
        ),
        (
            UpdateRequest::new().roles(RolesChange::Remove(RolesChangeRemove::new(vec!["a".into()]))),
            json!({"roles": {"remove": ["a"]}}),
        ),
        (UpdateRequest::new(), json!({})),
    ] {
        site.tokens.update(&token, request).await.unwrap();
        assert_eq!(site.wire.last().json(), body);
    }
    let record = record().await;
    assert_eq!((record.owner.as_str(), record.expires_at, record.roles), ("x", Some(None), Some(vec!["b".to_owned()])));
}

#[tokio::test]
async fn p_a10_a_revocation_has_an_empty_object_and_a_restoration_no_body() {
    let site = Site::start().await;
    let token = site.issued("mara").await.record.token_id;
    site.tokens.revoke(&token).await.unwrap();
    let sent = site.wire.last();
    assert_eq!((sent.body.as_str(), sent.header(header::CONTENT_TYPE)), ("{}", Some("application/json")));
    site.tokens.revoke_until(&token, at(4_000_000_000)).await.unwrap();
    assert_eq!(site.wire.last().json(), json!({"expiresAt": 4_000_000_000_i64}));
    site.tokens.restore(&token).await.unwrap();
    let sent = site.wire.last();
    assert_eq!((sent.body.as_str(), sent.header(header::CONTENT_TYPE)), ("", None));
}

#[tokio::test]
async fn p_a11_identifiers_are_encoded_segments() {
    let site = Site::switched(&[("error_handler", "mapped")]).await;
    for odd in ["a/b", "a?b", "a#b", "a b", "ü", "%2f"] {
        let error = site.tokens.revoke(odd).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 404, "{odd}: {error}");
        let path = site.wire.last().path;
        let segment = path.strip_prefix("/admin/tokens/").unwrap().strip_suffix("/revoke").unwrap();
        assert!(!segment.contains(['/', '?', '#', ' ']), "{path}");
        let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().unwrap();
        assert_eq!(decoded, odd);
    }
    for leading_elsewhere in ["..", "."] {
        let count = site.wire.sent().len();
        site.tokens.restore(leading_elsewhere).await.unwrap_err();
        assert_eq!(site.wire.sent().len(), count, "{leading_elsewhere}");
    }
}
