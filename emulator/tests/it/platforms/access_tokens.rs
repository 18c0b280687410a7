//! The exchange of personal access tokens, who may pass, and the records that there are.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Platform, Site, Tokens, claims, form, seen, text};
use crate::client::{Answer, RequestBuilder};

/// An identifier that fits, ending in this letter.
pub(super) fn id(letter: char) -> String {
    format!("{}{letter}", "0123456789abcdefghij")
}

impl Tokens {
    pub(super) fn start() -> Self {
        Self::switched(&[])
    }

    pub(super) fn switched(switches: &[(&str, &str)]) -> Self {
        Self(Site::switched(Platform::AccessTokens, switches))
    }

    fn exchange(&self, pat: &str) -> Answer {
        self.ask("POST", "/auth/token").bearer(pat).send()
    }

    /// The JWT of the administrator.
    pub(super) fn jwt(&self) -> String {
        text(&seen(&self.exchange(self.credential("api_key"))).1, "access_token")
    }

    pub(super) fn admin(&self, method: &str, path: &str) -> RequestBuilder {
        self.ask(method, &format!("/admin/tokens{path}")).bearer(&self.jwt())
    }

    /// A token that has just been issued: its text and its record.
    pub(super) fn issued(&self, body: Value) -> (String, Value) {
        let (status, answer) = seen(&self.admin("POST", "").json(&body).send());
        assert_eq!(status, 201, "{answer}");
        (text(&answer, "token"), answer["record"].clone())
    }

    fn listed(&self, query: &str) -> Vec<Value> {
        let (status, answer) = seen(&self.admin("GET", query).send());
        assert_eq!(status, 200, "{answer}");
        answer["records"].as_array().unwrap().clone()
    }

    pub(super) fn record(&self, id: &str) -> Value {
        let (_, answer) = seen(&self.admin("POST", "/batch").json(&json!({"tokenIds": [id]})).send());
        answer["found"][0].clone()
    }
}

#[test]
fn a_token_is_taken_from_the_body_then_from_basic_then_as_a_bearer_token() {
    let site = Tokens::start();
    let key = site.credential("api_key").to_owned();
    let ask = || site.ask("POST", "/auth/token");
    let (status, answer) = seen(&ask().bearer(&key).send());
    assert_eq!((status, &answer["token_type"], &answer["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    assert_eq!(answer.as_object().unwrap().len(), 3);
    assert_eq!(ask().basic("anyone", &key).send().status, 200);
    assert_eq!(ask().bearer("wrong").form(&form(&[("client_secret", &key)])).send().status, 200);
    let (_, echoed) = seen(&ask().json(&json!({"client_secret": key, "state": "s", "client_id": "c"})).send());
    assert_eq!(echoed["state"], "s");
    // A secret holds signs that mean something else in a form.
    assert_eq!(ask().form("client_secret=pat_0123456789abcdefghijk.a+b/c=").send().status, 401);
}

#[test]
fn scheme_words_count_only_as_written() {
    let site = Tokens::start();
    let key = site.credential("api_key").to_owned();
    for header in [format!("bearer {key}"), format!("BEARER {key}"), format!("Token {key}")] {
        assert_eq!(site.ask("POST", "/auth/token").header("Authorization", &header).send().status, 400, "{header}");
    }
    let jwt = site.jwt();
    let refused = site.ask("GET", "/admin/tokens").header("Authorization", &format!("bearer {jwt}")).send();
    assert_eq!(refused.status, 401);
}

#[test]
fn what_is_wrong_with_a_token_is_told_by_one_text() {
    let site = Tokens::start();
    let admin = site.credential("api_key").to_owned();
    let (pat, record) = site.issued(json!({"owner": "ida"}));
    let (expired, _) = site.issued(json!({"owner": "ida", "expiresAt": 1}));
    let revoke = format!("/{}/revoke", text(&record, "tokenId"));
    assert_eq!(site.admin("PUT", &revoke).json(&json!({})).send().status, 204);
    let answers: HashSet<String> =
        [pat, expired, format!("{}x", &admin[..40]), "junk".to_owned(), format!("{admin}{admin}{admin}")]
            .iter()
            .map(|pat| {
                let answer = site.exchange(pat);
                assert_eq!(
                    (answer.status, answer.header("content-type")),
                    (401, Some("application/json; charset=utf-8"))
                );
                answer.text()
            })
            .collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(site.ask("POST", "/auth/token").header("Authorization", "Basic bm9jb2xvbg==").send().status, 401);
}

#[test]
fn requests_that_do_not_fit_are_answered_with_400() {
    let site = Tokens::switched(&[("error_handler", "json")]);
    let ask = || site.ask("POST", "/auth/token");
    for ask in [
        ask(),
        ask().form("grant_type=password"),
        ask().json(&json!({"grant_type": 1, "state": []})),
        ask().body("application/json", b"{"),
    ] {
        let (status, answer) = seen(&ask.send());
        assert_eq!(status, 400);
        assert!(answer["error"]["message"].is_string(), "{answer}");
    }
    let (_, answer) = seen(&ask().json(&json!({"grant_type": 1, "state": []})).send());
    assert_eq!(text(&answer["error"], "details").lines().count(), 2);
}

#[test]
fn the_first_token_becomes_that_of_an_administrator_while_there_is_none() {
    let site = Tokens::start();
    let jwt = claims(&site.jwt());
    assert_eq!((&jwt["owner"], &jwt["admin"]), (&json!("admin"), &json!(true)));
    assert_eq!(jwt["exp"].as_i64().unwrap() - jwt["iat"].as_i64().unwrap(), 3600);
    assert!(jwt["jti"].is_string() && jwt["sub"].is_string() && jwt.get("aud").is_none());
    assert_eq!(site.listed("").len(), 1);
    // Another server has another one.
    assert_eq!(site.exchange(Tokens::start().credential("api_key")).status, 401);
}

#[test]
fn the_administration_wants_the_jwt_of_an_administrator() {
    let site = Tokens::switched(&[("jwt_ttl", "60")]);
    let (pat, _) = site.issued(json!({"owner": "ida", "roles": ["reader"]}));
    let user = text(&seen(&site.exchange(&pat)).1, "access_token");
    let ask = |token: &str| site.ask("GET", "/admin/tokens").bearer(token).send();
    let (status, refused) = seen(&ask(&user));
    assert_eq!((status, refused["error"]["code"].is_null()), (403, true));
    let code = |answer: &Answer| seen(answer).1["error"]["code"].clone();
    let missing = site.ask("GET", "/admin/tokens").send();
    assert_eq!((missing.status, code(&missing)), (401, Value::Null));
    // The personal access token itself is not a JWT.
    for (token, wanted) in [(&*pat, "ERR_JWS_INVALID"), ("a.b", "ERR_JWS_INVALID")] {
        assert_eq!((ask(token).status, code(&ask(token))), (401, json!(wanted)));
    }
    let (signed, _) = user.rsplit_once('.').unwrap();
    assert_eq!(code(&ask(&format!("{signed}.AAAA"))), "ERR_JWS_SIGNATURE_VERIFICATION_FAILED");
    site.server.advance_clock(Duration::from_secs(60));
    assert_eq!(code(&ask(&user)), "ERR_JWT_EXPIRED");
}

#[test]
fn a_revoked_token_leaves_its_jwts_alive_and_can_be_restored() {
    let site = Tokens::start();
    let (pat, record) = site.issued(json!({"owner": "ida", "roles": ["reader"], "expiresAt": 9_999_999_999_i64}));
    let id = text(&record, "tokenId");
    let user = text(&seen(&site.exchange(&pat)).1, "access_token");
    let put = |what: &str, body: Option<Value>| {
        let ask = site.admin("PUT", &format!("/{id}/{what}"));
        body.iter().fold(ask, |ask, body| ask.json(body)).send()
    };
    for _ in 0..2 {
        let answer = put("revoke", Some(json!({})));
        assert_eq!((answer.status, answer.body.len()), (204, 0));
    }
    let revoked = site.record(&id);
    assert!(revoked["revokedAt"].is_i64() && revoked.as_object().unwrap()["expiresAt"].is_null(), "{revoked}");
    assert_eq!(site.exchange(&pat).status, 401);
    let (status, told) = seen(&site.ask("GET", "/app/whoami").bearer(&user).send());
    assert_eq!((status, &told["owner"], &told["roles"]), (200, &json!("ida"), &json!(["reader"])));
    assert_eq!(site.ask("GET", "/app/roles/reader").bearer(&user).send().status, 200);
    assert_eq!(site.ask("GET", "/app/roles/writer").bearer(&user).send().status, 403);
    assert_eq!(put("revoke", Some(json!({"expiresAt": 5}))).status, 204);
    assert_eq!(site.record(&id)["expiresAt"], 5);
    for _ in 0..2 {
        assert_eq!(put("restore", None).status, 204);
    }
    assert!(site.record(&id).get("revokedAt").is_none() && site.record(&id).get("expiresAt").is_none());
    assert_eq!(site.exchange(&pat).status, 200);
    assert!(site.record(&id)["lastUsedAt"].is_i64());
}

#[test]
fn a_limit_counts_before_revoked_and_expired_tokens_are_taken_out() {
    let site = Tokens::start();
    let ids: Vec<String> = ('a'..='x').map(id).collect();
    for (at, id) in ids.iter().enumerate() {
        let mut body = json!({"owner": "ida", "tokenId": id});
        if at % 4 == 0 {
            body["expiresAt"] = json!(1);
        }
        site.issued(body);
        if at % 4 == 1 {
            assert_eq!(site.admin("PUT", &format!("/{id}/revoke")).json(&json!({})).send().status, 204);
        }
    }
    let visible = site.listed("").len();
    assert_eq!(visible, 25 - 12);
    let walked = |size: usize, flags: &str| {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let page = site.listed(&format!("?limit={size}{flags}{after}"));
            let Some(last) = page.last() else { return found.len() };
            after = format!("&afterTokenId={}", text(last, "tokenId"));
            found.extend(page);
        }
    };
    let all = "&includeRevoked=true&includeExpired=1";
    for size in [1, 2, 5, 25] {
        assert_eq!(walked(size, all), 25, "{size}");
    }
    assert!(walked(1, "") < visible, "a page of hidden tokens looks like the end");
    assert_eq!(walked(25, ""), visible);
    // The order is none of time, and an identifier that does not exist has a place too.
    let order: Vec<String> =
        site.listed("?includeRevoked=true&includeExpired=true").iter().map(|one| text(one, "tokenId")).collect();
    assert_ne!(order.iter().filter(|one| ids.contains(one)).cloned().collect::<Vec<_>>(), ids);
    assert!(site.listed("?includeRevoked=true&includeExpired=true&afterTokenId=stranger").len() < 25);
}

#[test]
fn the_query_of_a_list_is_read_as_the_service_does() {
    let site = Tokens::start();
    site.issued(json!({"owner": "ida", "roles": ["reader"]}));
    let status = |query: &str| site.admin("GET", query).send().status;
    for (query, wanted) in [
        ("?limit=0", 400),
        ("?limit=00000000000000000000", 400),
        ("?limit=99999999999999999999", 200),
        ("?limit=x", 400),
        ("?limit=5x", 200),
        ("?limit=5000", 200),
        ("?limit=1&limit=2", 400),
        ("?includeRevoked=perhaps", 200),
        ("?limit=99999999999999999999999", 200),
    ] {
        assert_eq!(status(query), wanted, "{query}");
    }
    assert_eq!(site.listed("?hasRole=reader").len(), 1);
    assert!(site.listed("").iter().all(|record| record.get("secretPhc").is_none()));
    assert!(site.listed("?includeSecretPhc=true").iter().all(|one| text(one, "secretPhc").starts_with("$scrypt$")));
}

#[test]
fn the_older_version_knows_no_roles_and_hides_every_token_with_an_end() {
    let site = Tokens::switched(&[("version", "1.0.0")]);
    assert!(claims(&site.jwt()).get("roles").is_none());
    assert_eq!(site.admin("POST", "").json(&json!({"owner": "ida", "roles": ["x"]})).send().status, 400);
    site.issued(json!({"owner": "ida", "expiresAt": 9_999_999_999_i64}));
    assert_eq!((site.listed("").len(), site.listed("?includeExpired=true").len()), (1, 2));
}

#[test]
fn exchanges_may_be_limited() {
    let site = Tokens::switched(&[("rate_limit", "2")]);
    let key = site.credential("api_key").to_owned();
    let first = site.exchange(&key);
    assert_eq!((first.status, first.header("ratelimit-remaining")), (200, Some("1")));
    assert_eq!(site.exchange(&key).status, 200);
    let refused = site.exchange(&key);
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(seen(&refused).0 == 429 && (1..=60).contains(&wait));
    site.server.advance_clock(Duration::from_secs(60));
    assert_eq!(site.exchange(&key).status, 200);
}

#[test]
fn both_paths_can_be_others() {
    let site = Tokens::switched(&[("auth_path", "/a/b"), ("admin_path", "/c")]);
    let (status, jwt) = seen(&site.ask("POST", "/a/b/token").bearer(site.credential("api_key")).send());
    assert_eq!(status, 200);
    assert_eq!(site.ask("GET", "/c/tokens").bearer(&text(&jwt, "access_token")).send().status, 200);
    assert_eq!(site.ask("POST", "/auth/token").send().status, 404);
}
