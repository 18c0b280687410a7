//! Token sets as other clients write and servers send them.

use serde_json::{Value, json};
use zeyos::{Timestamp, TokenSet};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(seconds))
}

fn both_spellings(camel: Value) -> [Value; 2] {
    let snake = camel.as_object().unwrap().iter().map(|(name, value)| {
        let name: String = name
            .chars()
            .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
            .collect();
        (name, value.clone())
    });
    [Value::Object(snake.collect()), camel]
}

#[test]
fn all_eight_members_are_read_in_both_spellings() {
    let whole = json!({
        "accessToken": "a", "refreshToken": "r", "tokenType": "bearer", "expiresIn": 3600, "expiresAt": 1_800_003_600,
        "obtainedAt": 1_800_000_000, "refreshTokenExpiresIn": 8_640_000, "refreshTokenExpiresAt": 1_808_640_000,
    });
    for value in both_spellings(whole) {
        let set = TokenSet::normalize(&value).unwrap();
        assert_eq!((set.access_token, set.refresh_token), (Some("a".into()), Some("r".into())));
        assert_eq!(set.token_type, "bearer");
        assert_eq!(
            (set.expires_in, set.expires_at, set.obtained_at),
            (Some(3600), at(1_800_003_600), at(1_800_000_000))
        );
        assert_eq!((set.refresh_token_expires_in, set.refresh_token_expires_at), (Some(8_640_000), at(1_808_640_000)));
    }
}

#[test]
fn camel_case_wins_unless_it_is_null() {
    let value = json!({
        "accessToken": "camel", "access_token": "snake", "refreshToken": null, "refresh_token": "snake",
        "expiresIn": 1, "expires_in": 2, "obtainedAt": null, "obtained_at": 100,
    });
    let set = TokenSet::normalize(&value).unwrap();
    assert_eq!((set.access_token, set.refresh_token), (Some("camel".into()), Some("snake".into())));
    assert_eq!((set.expires_in, set.obtained_at, set.expires_at), (Some(1), at(100), at(101)));
}

#[test]
fn texts_that_hold_numbers_are_numbers_and_others_are_unknown() {
    for (text, seconds) in
        [("3600", Some(3600)), (" 3600 ", Some(3600)), ("3600.7", Some(3600)), ("soon", None), ("", None)]
    {
        let set = TokenSet::normalize(&json!({"accessToken": "a", "expiresIn": text, "obtainedAt": "1000"})).unwrap();
        assert_eq!(set.expires_in, seconds, "{text:?}");
        assert_eq!(set.expires_at, seconds.and_then(|seconds| at(1000 + seconds)), "{text:?}");
    }
}

#[test]
fn an_end_is_what_was_given_else_receipt_and_lifetime_else_unknown() {
    let ends = |value: Value| TokenSet::normalize(&value).unwrap().expires_at;
    assert_eq!(ends(json!({"access_token": "a", "expires_at": 7, "obtained_at": 1, "expires_in": 2})), at(7));
    assert_eq!(ends(json!({"access_token": "a", "obtained_at": 1, "expires_in": 2})), at(3));
    assert_eq!(ends(json!({"access_token": "a", "expires_at": null, "obtained_at": 1, "expires_in": 2})), at(3));
    assert_eq!(ends(json!({"access_token": "a", "expires_in": 2})), None, "its life does not restart");
    assert_eq!(ends(json!({"access_token": "a"})), None);
    let refresh =
        TokenSet::normalize(&json!({"refresh_token": "r", "obtained_at": 1, "refresh_token_expires_in": "5"}));
    assert_eq!(refresh.unwrap().refresh_token_expires_at, at(6));
}

#[test]
fn a_response_is_received_when_the_clock_says_unless_it_says_itself() {
    let set = TokenSet::from_response(&json!({"access_token": "a", "expires_in": 3600}), NOW).unwrap();
    assert_eq!((set.obtained_at, set.expires_at), (Some(NOW), at(NOW.as_unix() + 3600)));
    let answer = json!({"access_token": "a", "expires_in": 3600, "obtained_at": 10});
    let set = TokenSet::from_response(&answer, NOW).unwrap();
    assert_eq!((set.obtained_at, set.expires_at), (at(10), at(3610)));
}

#[test]
fn without_a_token_there_is_nothing() {
    for value in [
        json!({}),
        json!(null),
        json!("a"),
        json!([{"access_token": "a"}]),
        json!({"access_token": null}),
        json!({"accessToken": "", "refreshToken": ""}),
        json!({"access_token": 7}),
        json!({"expires_in": 3600, "token_type": "Bearer"}),
        json!({"error": "invalid_grant"}),
    ] {
        assert_eq!((TokenSet::normalize(&value), TokenSet::from_response(&value, NOW)), (None, None), "{value}");
    }
    assert!(TokenSet::normalize(&json!({"refresh_token": "r"})).is_some_and(|set| set.access_token.is_none()));
}

#[test]
fn the_kept_form_holds_the_eight_members_and_reads_back_the_same() {
    let mut set = TokenSet::from_response(
        &json!({
            "access_token": "a", "refresh_token": "r", "expires_in": 60, "refresh_token_expires_in": 600,
        }),
        NOW,
    )
    .unwrap();
    for _ in 0..2 {
        let json = set.to_json_exposing_secrets();
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut wanted = [
            "accessToken",
            "refreshToken",
            "tokenType",
            "expiresIn",
            "expiresAt",
            "obtainedAt",
            "refreshTokenExpiresIn",
            "refreshTokenExpiresAt",
        ];
        wanted.sort_unstable();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, wanted);
        assert_eq!(TokenSet::from_json(&json), Some(set.clone()));
        set = TokenSet::bearer("only");
    }
    assert_eq!(TokenSet::bearer("a").to_json_exposing_secrets()["expiresAt"], Value::Null);
}

#[test]
fn odd_numbers_neither_panic_nor_cost_the_token() {
    let odd = [
        json!(1e308),
        json!(-1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("1e400"),
        json!("nan"),
        json!("inf"),
        json!(true),
        json!([]),
        json!({}),
        json!("0x10"),
        json!(0),
        json!(-1),
    ];
    for value in &odd {
        for name in ["expires_in", "expires_at", "obtained_at", "refresh_token_expires_in", "refresh_token_expires_at"]
        {
            let set =
                TokenSet::from_response(&json!({"access_token": "a", "refresh_token": "r", name: value}), NOW).unwrap();
            assert_eq!((set.access_token.clone(), set.refresh_token.clone()), (Some("a".into()), Some("r".into())));
            assert!(TokenSet::from_json(&set.to_json_exposing_secrets()).is_some());
        }
    }
}
