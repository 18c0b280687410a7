//! The bodies of the administration: what is refused as it comes in, what fails later, and how each looks.

use serde_json::{Value, json};

use super::access_tokens::id;
use super::{Tokens, seen, text};
use crate::client::Answer;

const PHC: &str = "$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA";

/// Status and media type of a refusal.
fn look(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("content-type").unwrap_or_default().split(';').next().unwrap())
}

#[test]
fn an_issued_token_works_and_its_text_is_told_once() {
    let site = Tokens::start();
    let (pat, record) = site.issued(json!({"owner": "ida", "tokenId": id('k'), "isAdmin": true, "roles": ["a"]}));
    assert_eq!(record["tokenId"], id('k').as_str());
    assert!(pat.starts_with(&format!("pat_{}.", id('k'))) && pat.len() <= 200);
    assert!(record["createdAt"].is_i64() && record.get("secretPhc").is_none() && record.get("expiresAt").is_none());
    let jwt = text(&seen(&site.ask("POST", "/auth/token").bearer(&pat).send()).1, "access_token");
    assert_eq!(site.ask("GET", "/admin/tokens").bearer(&jwt).send().status, 200);
}

#[test]
fn a_registered_token_is_known_by_its_hash_and_the_hash_is_not_checked() {
    let site = Tokens::start();
    let put = |id: &str, body: Value| site.admin("PUT", &format!("/{id}")).json(&body).send();
    let (status, answer) = seen(&put(&id('a'), json!({"owner": "ida", "secretPhc": "junk"})));
    assert_eq!((status, &answer["record"]["secretPhc"]), (200, &json!("junk")));
    // The hash of an issued token under another identifier lets its secret in there.
    let (pat, record) = site.issued(json!({"owner": "ida"}));
    let own = text(&record, "tokenId");
    let (_, read) =
        seen(&site.admin("POST", "/batch").json(&json!({"tokenIds": [own], "includeSecretPhc": true})).send());
    let phc = text(&read["found"][0], "secretPhc");
    assert_eq!(put(&id('b'), json!({"owner": "jo", "secretPhc": phc})).status, 200);
    let moved = pat.replace(&own, &id('b'));
    assert_eq!(site.ask("POST", "/auth/token").bearer(&moved).send().status, 200);
    // A hash that is none fails when it is used.
    let junk = pat.replace(&own, &id('a'));
    assert_eq!(site.ask("POST", "/auth/token").bearer(&junk).send().status, 500);
}

#[test]
fn bodies_are_strict() {
    let site = Tokens::start();
    let kept = id('k');
    site.issued(json!({"owner": "ida", "tokenId": kept}));
    let one = format!("/{kept}");
    let revoke = format!("/{kept}/revoke");
    let new = format!("/{}", id('n'));
    let many: Vec<String> = (0..51).map(|at| at.to_string()).collect();
    for (method, path, body) in [
        ("POST", "", json!({})),
        ("POST", "", json!({"owner": "ida", "more": 1})),
        ("POST", "", json!({"owner": 5})),
        ("POST", "", json!({"owner": "x".repeat(101)})),
        ("POST", "", json!({"owner": "ida", "isAdmin": "yes"})),
        ("POST", "", json!({"owner": "ida", "expiresAt": null})),
        ("POST", "", json!({"owner": "ida", "expiresAt": "1"})),
        ("POST", "", json!({"owner": "ida", "roles": many})),
        ("POST", "", json!({"owner": "ida", "roles": [""]})),
        ("POST", "", json!([])),
        ("PUT", &*new, json!({"owner": "ida"})),
        ("PUT", &*new, json!({"secretPhc": PHC})),
        ("PUT", &*new, json!({"owner": "ida", "secretPhc": "x".repeat(201)})),
        ("PUT", &*new, json!({"owner": "ida", "secretPhc": PHC, "tokenId": id('n')})),
        ("PATCH", &*one, json!({"roles": {"add": ["a"], "remove": ["b"]}})),
        ("PATCH", &*one, json!({"roles": {"set": ["a"]}})),
        ("PATCH", &*one, json!({"createdAt": 1})),
        ("PUT", &*revoke, json!({"expiresAt": null})),
        ("PUT", &*revoke, json!({"reason": "x"})),
        ("POST", "/batch", json!({})),
        ("POST", "/batch", json!({"tokenIds": [1]})),
    ] {
        assert_eq!(look(&site.admin(method, path).json(&body).send()), (400, "text/html"), "{method} {path} {body}");
    }
    // No body at all is not an empty object.
    assert_eq!(site.admin("PUT", &revoke).send().status, 400);
    assert_eq!(site.admin("PUT", &revoke).body("text/plain", b"{}").send().status, 400);
}

#[test]
fn some_values_pass_at_first_and_fail_with_500() {
    let site = Tokens::start();
    let taken = id('k');
    site.issued(json!({"owner": "ida", "tokenId": taken}));
    let registered = json!({"owner": "ida", "secretPhc": PHC});
    let (one, short) = (format!("/{taken}"), "/short".to_owned());
    for (method, path, body) in [
        ("POST", "", json!({"owner": ""})),
        ("POST", "", json!({"owner": "ida", "tokenId": "short"})),
        ("POST", "", json!({"owner": "ida", "tokenId": "0123456789abcdefghi-k"})),
        ("POST", "", json!({"owner": "ida", "tokenId": taken})),
        ("POST", "", json!({"owner": "ida", "expiresAt": 1.5})),
        ("PUT", &*one, registered.clone()),
        ("PUT", &*short, registered.clone()),
        ("PUT", "/a%2Fb%3Fc", registered),
        ("PATCH", &*one, json!({"secretPhc": "junk"})),
    ] {
        assert_eq!(look(&site.admin(method, path).json(&body).send()), (500, "text/html"), "{method} {path} {body}");
    }
}

#[test]
fn an_update_changes_what_is_sent_and_tells_null_from_absent() {
    let site = Tokens::start();
    let id = id('k');
    site.issued(json!({"owner": "ida", "tokenId": id, "roles": ["a", "b"], "expiresAt": 9_999_999_999_i64}));
    let patch = |body: Value| {
        let answer = site.admin("PATCH", &format!("/{id}")).json(&body).send();
        assert_eq!((answer.status, answer.body.len()), (204, 0), "{body}");
        site.record(&id)
    };
    let record = patch(json!({"owner": "jo", "isAdmin": true, "secretPhc": PHC}));
    assert_eq!((&record["owner"], &record["isAdmin"]), (&json!("jo"), &json!(true)));
    assert_eq!(record["expiresAt"], 9_999_999_999_i64);
    assert_eq!(patch(json!({"roles": {"add": ["c", "a"]}}))["roles"], json!(["a", "b", "c"]));
    assert_eq!(patch(json!({"roles": {"remove": ["b"]}}))["roles"], json!(["a", "c"]));
    assert_eq!(patch(json!({"roles": ["z"]}))["roles"], json!(["z"]));
    let record = patch(json!({"roles": [], "expiresAt": null}));
    assert!(record.get("roles").is_none() && record.as_object().unwrap()["expiresAt"].is_null());
    patch(json!({}));
    assert_eq!(site.admin("PATCH", "/unknown").json(&json!({})).send().status, 204);
}

#[test]
fn errors_look_as_the_application_wants_them() {
    for (handler, invalid, unknown) in [
        ("none", (400, "text/html"), (500, "text/html")),
        ("json", (400, "application/json"), (500, "application/json")),
        ("mapped", (400, "application/json"), (404, "application/json")),
    ] {
        let site = Tokens::switched(&[("error_handler", handler)]);
        assert_eq!(look(&site.admin("POST", "").json(&json!({})).send()), invalid, "{handler}");
        let unknown_id = id('z');
        for (method, path, body) in [
            ("PATCH", format!("/{unknown_id}"), json!({"owner": "ida"})),
            ("PUT", format!("/{unknown_id}/revoke"), json!({})),
            ("PUT", format!("/{unknown_id}/restore"), json!({})),
        ] {
            assert_eq!(look(&site.admin(method, &path).json(&body).send()), unknown, "{handler} {path}");
        }
        // Refusals of credentials are JSON whatever the application does.
        assert_eq!(look(&site.ask("GET", "/admin/tokens").send()), (401, "application/json"), "{handler}");
    }
}

#[test]
fn several_tokens_are_read_at_once_and_none_alone() {
    let site = Tokens::start();
    let id = id('k');
    site.issued(json!({"owner": "ida", "tokenId": id, "expiresAt": 1}));
    let (_, read) = seen(&site.admin("POST", "/batch").json(&json!({"tokenIds": [id, "stranger"]})).send());
    assert_eq!(read["found"].as_array().unwrap().len(), 1);
    assert_eq!(read["notFound"], json!(["stranger"]));
    for method in ["GET", "DELETE"] {
        assert_eq!(look(&site.admin(method, &format!("/{id}")).send()), (404, "text/html"), "{method}");
    }
}
