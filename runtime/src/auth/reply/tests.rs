//! Answers of token endpoints, good and odd, and what becomes of them.

use serde_json::{Value, json};

use super::*;

const SENT: Timestamp = Timestamp::from_unix(1_800_000_000);

fn read_bytes(status: u16, body: impl Into<Bytes>) -> Reply {
    let status = Some(StatusCode::from_u16(status).unwrap());
    read(&RawAnswer { status, body: &body.into(), sent_at: SENT, dialect: Dialect::default() })
}

fn read_json(status: u16, body: &Value) -> Reply {
    read_bytes(status, body.to_string())
}

fn pair() -> Value {
    json!({"access_token": "hunter2a", "refresh_token": "hunter2r", "token_type": "Bearer", "expires_in": 3600})
}

fn with(name: &str, value: Value) -> Value {
    let mut answer = pair();
    answer[name] = value;
    answer
}

fn without(name: &str) -> Value {
    let mut answer = pair();
    answer.as_object_mut().unwrap().remove(name);
    answer
}

/// The problem of an answer whose refresh token is kept.
fn salvaged(reply: &Reply) -> &TokenError {
    match reply {
        Reply::Partial(tokens, problem) if tokens.access_token.is_none() && tokens.refresh_token.is_some() => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn b7_a_malformed_answer_is_never_used_and_its_refresh_token_is_kept() {
    for name in ["Bearer", "bearer", "BEARER"] {
        assert!(matches!(read_json(200, &with("token_type", json!(name))), Reply::Tokens(_)), "{name}");
    }
    let odd_access =
        ["", " ", "a b", "a\nb", "a\"b", "ü", "a\u{fffd}", "=", "a=b", "a,b", "a\0", "a\\b"].map(Value::from);
    let odd_access = odd_access.into_iter().chain([json!(null), json!(7), json!([]), json!({}), json!(true)]);
    let odd_type = [json!("mac"), json!("DPoP"), json!(""), json!(null), json!(7), json!(["Bearer"]), json!("Bearer ")];
    let answers: Vec<Value> = odd_access
        .map(|odd| with("access_token", odd))
        .chain(odd_type.map(|odd| with("token_type", odd)))
        .chain([without("access_token"), without("token_type")])
        .collect();
    for answer in &answers {
        let reply = read_json(200, answer);
        let text = format!("{:?}", salvaged(&reply));
        assert!(!text.contains("hunter2"), "{text}");
    }
    let hopeless = [
        "",
        "{}",
        "[]",
        "null",
        "7",
        "\"hunter2\"",
        "<html>hunter2</html>",
        "{\"access_token\":\"hunter2",
        "{]",
        "{\"refresh_token\": 7}",
        "{\"refresh_token\": \"\"}",
        "refresh_token=",
        "access_token: hunter2",
        "\u{feff}",
        "{}{}",
    ];
    for body in hopeless {
        let Reply::Indeterminate(problem) = read_bytes(200, body) else { panic!("{body}") };
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
    assert!(answers.len() + hopeless.len() >= 40);
}

#[test]
fn b8_the_error_member_decides_whatever_the_status() {
    for status in [200, 201, 400, 401, 403, 404, 429, 500, 503] {
        let body = |code: &str| json!({"error": code, "error_description": "used\nup", "access_token": "x"});
        let Reply::InvalidGrant(error) = read_json(status, &body("invalid_grant")) else { panic!("{status}") };
        assert!(error.is_invalid_grant() && error.to_string().ends_with("used up"), "{error}");
        assert!(matches!(read_json(status, &body("invalid_client")), Reply::ClientAuth(_)), "{status}");
        let other = read_json(status, &body("invalid_request"));
        match status {
            401 => assert!(matches!(other, Reply::ClientAuth(_)), "{status}"),
            429 | 500 | 503 => assert!(matches!(other, Reply::Indeterminate(_)), "{status}"),
            _ => assert!(matches!(other, Reply::Refused(_)), "{status}"),
        }
    }
    // Row 60: a new refresh token beside it is handed on, to be confirmed, and the error stays the error.
    for status in [200, 400, 401, 403, 500] {
        for code in ["invalid_grant", "invalid_client", "", "none", "invalid_request"] {
            let body = |code: &str| json!({"error": code, "access_token": "x"});
            let with_token = json!({"error": code, "access_token": "x", "refresh_token": "y"});
            let Reply::RefusedWithTokens(refusal, tokens) = read_json(status, &with_token) else {
                panic!("{status} {code}")
            };
            assert_eq!(*refusal, read_json(status, &body(code)), "{status} {code}");
            assert_eq!((tokens.access_token, tokens.refresh_token), (None, Some("y".into())));
        }
    }
    for status in [301, 403, 404, 429, 500, 502, 503, 504] {
        assert!(matches!(read_bytes(status, "busy"), Reply::Indeterminate(_)), "{status}");
    }
}

#[test]
fn b10_an_odd_lifetime_never_costs_the_token() {
    let numbers = (0..400).map(|n| json!(f64::from(n - 200) * 1.7e10_f64.powi(n % 40)));
    let words = (0..80).map(|n| json!(format!("{}{n}", ["", "-", "x", "1e"][n % 4])));
    let others = (0..20).map(|n| [json!(true), json!([]), json!({}), json!(null), json!(u64::MAX)][n % 5].clone());
    let lifetimes: Vec<Value> = numbers.chain(words).chain(others).collect();
    assert_eq!(lifetimes.len(), 500);
    for lifetime in lifetimes {
        let Reply::Tokens(tokens) = read_json(200, &with("expires_in", lifetime.clone())) else { panic!("{lifetime}") };
        let ends_in = tokens.expires_at.unwrap().as_unix() - SENT.as_unix();
        assert!((0..=LONGEST_LIFETIME).contains(&ends_in), "{lifetime}: {ends_in}");
        assert!(tokens.refresh_token.is_some());
    }
}

#[test]
fn a_missing_lifetime_is_an_hour() {
    for answer in [without("expires_in"), with("expires_in", json!(null))] {
        let Reply::Tokens(tokens) = read_json(200, &answer) else { panic!("{answer}") };
        assert_eq!(tokens.expires_in, Some(3600));
    }
}

#[test]
fn an_end_that_the_server_names_is_not_past_and_at_most_ten_years_away() {
    for (end, wanted) in [(0, 0), (100, 100), (316_224_000, 316_224_000), (316_224_001, 316_224_000)] {
        let mut answer = without("expires_in");
        answer["expires_at"] = json!(if end == 0 { 1 } else { SENT.as_unix() + end });
        let Reply::Tokens(tokens) = read_json(200, &answer) else { panic!("{end}") };
        assert_eq!(tokens.expires_at.unwrap().as_unix() - SENT.as_unix(), wanted, "{end}");
    }
}

#[test]
fn fault_35_odd_lifetimes_are_bounded_or_taken_as_missing() {
    let month = 2_592_000;
    assert_eq!((LONGEST_LIFETIME, LIFETIME), (month, 3600));
    for (lifetime, wanted) in [
        (json!(1e308), month),
        (json!(u64::MAX), month),
        (json!("3600"), 3600),
        (json!(3600.7), 3600),
        (json!(true), LIFETIME),
        (json!([]), LIFETIME),
        (json!("abc"), LIFETIME),
        (json!(-5), 0),
        (json!(60), 60),
    ] {
        let Reply::Tokens(tokens) = read_json(200, &with("expires_in", lifetime.clone())) else { panic!("{lifetime}") };
        assert_eq!(tokens.expires_in, Some(wanted), "{lifetime}");
    }
}

#[test]
fn a_member_that_stands_twice_is_not_believed() {
    let body = r#"{"access_token": "a", "access_token": "b", "refresh_token": "r", "token_type": "bearer"}"#;
    assert!(matches!(salvaged(&read_bytes(200, body)), TokenError::Malformed { .. }));
    let body = r#"{"access_token": "a", "refresh_token": "q", "refresh_token": "r", "token_type": "bearer"}"#;
    assert!(matches!(read_bytes(200, body), Reply::Indeterminate(_)));
    let same = r#"{"access_token": "a", "access_token": "a", "refresh_token": "r", "token_type": "bearer"}"#;
    assert!(matches!(read_bytes(200, same), Reply::Tokens(_)));
}

#[test]
fn an_answer_of_any_depth_or_coding_is_read_without_harm() {
    let deep = format!(r#"{{"x": {}{}, "refresh_token": "r"}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    salvaged(&read_bytes(200, deep));
    salvaged(&read_bytes(200, b"{\"refresh_token\": \"r\", \"scope\": \"\xff\"}".to_vec()));
    assert!(matches!(read_bytes(200, b"{\"refresh_token\": \"\xff\"}".to_vec()), Reply::Indeterminate(_)));
}

#[test]
fn only_a_boolean_says_that_a_token_is_alive() {
    let answer = |body: &Value| is_active(StatusCode::OK, &Bytes::from(body.to_string()));
    assert_eq!((answer(&json!({"active": true})), answer(&json!({"active": false}))), (Some(true), Some(false)));
    for odd in [json!({"active": "true"}), json!({"active": 1}), json!({"active": null}), json!({}), json!([])] {
        assert_eq!(answer(&odd), None, "{odd}");
    }
    assert_eq!(is_active(StatusCode::SERVICE_UNAVAILABLE, &Bytes::from_static(b"{\"active\": false}")), None);
}

#[test]
fn fault_60_tokens_under_another_status_or_beside_another_kind_of_error_are_not_used_unchecked() {
    for status in [300, 400, 403, 404, 429, 500, 502, 503] {
        let Reply::Partial(tokens, _) = read_json(status, &pair()) else { panic!("{status}") };
        assert_eq!((tokens.access_token, tokens.refresh_token), (None, Some("hunter2r".into())));
    }
    assert!(
        matches!(read_json(401, &pair()), Reply::RefusedWithTokens(refusal, _) if matches!(*refusal, Reply::ClientAuth(_)))
    );
    for odd in [json!(true), json!(7), json!({"code": 1}), json!(["x"])] {
        let reply = read_json(200, &with("error", odd.clone()));
        assert!(
            matches!(&reply, Reply::RefusedWithTokens(refusal, _) if matches!(**refusal, Reply::Indeterminate(_))),
            "{odd}: {reply:?}"
        );
    }
    for none in [json!(null), json!(false), json!(0)] {
        assert!(matches!(read_json(200, &with("error", none.clone())), Reply::Tokens(_)), "{none}");
    }
    // An error around the tokens, and one beside them further in.
    let around = json!({"error": "none", "data": pair()});
    assert!(matches!(read_json(200, &around), Reply::RefusedWithTokens(..)));
    let within = json!({"data": with("error", json!("oops"))});
    assert!(matches!(read_json(200, &within), Reply::RefusedWithTokens(..)));
    // What is not a token at all is not a reason to believe an error that stands somewhere in a page.
    let page = "<html>{\"error\": \"invalid_grant\"}</html>";
    assert!(matches!(read_bytes(403, page), Reply::Indeterminate(_)));
}

#[test]
fn fault_61_a_token_object_behind_or_within_other_text_is_used_if_it_is_whole() {
    let object = pair().to_string();
    for body in [
        format!("\u{feff}{object}"),
        format!("<b>Warning</b>: x in y on line 3<br />\n{object}"),
        format!("{{\"data\":{object}}}"),
        format!("[{object}]"),
        "access_token=hunter2a&refresh_token=hunter2r&token_type=Bearer&expires_in=3600".to_owned(),
        r#"{"accessToken":"hunter2a","refreshToken":"hunter2r","tokenType":"Bearer","expiresIn":3600}"#.to_owned(),
    ] {
        let Reply::Tokens(tokens) = read_bytes(200, body.clone()) else { panic!("{body}") };
        let secrets = [tokens.access_token, tokens.refresh_token].map(|token| token.unwrap().expose().to_owned());
        assert_eq!(
            (secrets, tokens.expires_in),
            (["hunter2a".to_owned(), "hunter2r".to_owned()], Some(3600)),
            "{body}"
        );
        assert!(issued(&body.clone().into()).len() >= 2, "an error about it hides what was issued: {body}");
    }
    salvaged(&read_bytes(200, format!("<p>{}", &object[..object.len() - 3])));
    salvaged(&read_bytes(200, format!("Warning: x\n{}", with("token_type", json!("mac")))));
    // The journal has no status.
    let raw = RawAnswer {
        status: None,
        body: &format!("\u{feff}{object}").into(),
        sent_at: SENT,
        dialect: Dialect::default(),
    };
    assert!(matches!(read(&raw), Reply::Tokens(_)));
}

#[test]
fn the_error_of_a_server_leaves_open_whether_the_grant_was_used() {
    for status in [200, 400, 403, 500, 503] {
        for code in ["server_error", "temporarily_unavailable"] {
            let reply = read_json(status, &json!({"error": code}));
            assert!(
                matches!(&reply, Reply::Indeterminate(problem) if problem.code() == Some(code)),
                "{status} {reply:?}"
            );
        }
        let reply = read_json(status, &json!({"error": "unsupported_grant_type"}));
        assert_eq!(matches!(reply, Reply::Refused(_)), status < 500, "{status} {reply:?}");
    }
    assert!(matches!(read_json(401, &json!({"error": "server_error"})), Reply::ClientAuth(_)));
}

#[test]
fn only_a_refresh_token_that_was_not_vouched_for_is_doubtful() {
    assert!(read_json(200, &without("access_token")).is_unverified());
    assert!(read_json(400, &with("error", json!("invalid_grant"))).is_unverified());
    for (status, answer) in [
        (200, pair()),
        (200, json!({})),
        (400, json!({"error": "invalid_grant"})),
        (400, json!({"error": "invalid_scope"})),
        (401, json!({"error": "invalid_client"})),
    ] {
        let reply = read_json(status, &answer);
        assert!(!reply.is_unverified(), "{reply:?}");
    }
}

#[test]
fn a_member_in_two_spellings_counts_once_where_one_is_null_and_is_in_doubt_where_they_differ() {
    for body in [
        r#"{"access_token": "a1", "accessToken": null, "refresh_token": "r1", "token_type": "Bearer"}"#,
        r#"{"access_token": null, "accessToken": "a1", "refreshToken": null, "refresh_token": "r1", "tokenType": "Bearer"}"#,
        r#"{"access_token": "a1", "accessToken": "a1", "refresh_token": "r1", "token_type": "Bearer"}"#,
    ] {
        let Reply::Tokens(tokens) = read_bytes(200, body) else { panic!("{body}") };
        assert_eq!((tokens.access_token, tokens.refresh_token), (Some("a1".into()), Some("r1".into())), "{body}");
    }
    let differ = r#"{"access_token": "a1", "accessToken": "a2", "refresh_token": "r1", "token_type": "Bearer"}"#;
    salvaged(&read_bytes(200, differ));
}

fn read_with(dialect: Dialect, body: &Value) -> Reply {
    read(&RawAnswer { status: Some(StatusCode::OK), body: &body.to_string().into(), sent_at: SENT, dialect })
}

#[test]
fn what_the_documents_do_not_promise_is_not_demanded() {
    // Where it is not known who was asked, no type can be demanded.
    assert!(matches!(read_with(Dialect::from(None), &without("token_type")), Reply::Tokens(_)));
    assert!(matches!(read_with(Dialect::default(), &without("token_type")), Reply::Partial(..)));
    let silent = Dialect { tells_lifetime: false, ..Dialect::default() };
    let Reply::Tokens(tokens) = read_with(silent, &without("expires_in")) else { panic!("no tokens") };
    assert_eq!((tokens.expires_in, tokens.expires_at), (None, None));
    let Reply::Tokens(tokens) = read_with(silent, &pair()) else { panic!("no tokens") };
    assert_eq!(tokens.expires_in, Some(3600));
}

#[test]
fn each_error_in_words_of_the_service_has_its_own_code() {
    let errors = &[("No such user", "invalid_client"), ("Token is gone", "invalid_grant")];
    let dialect = Dialect { errors, ..Dialect::default() };
    for (words, code) in errors {
        let reply = read_with(dialect, &json!({"error": words}));
        let problem = reply.problem().map(TokenError::code);
        match *code {
            "invalid_grant" => assert!(matches!(reply, Reply::InvalidGrant(_)), "{problem:?}"),
            _ => assert!(matches!(reply, Reply::ClientAuth(_)), "{problem:?}"),
        }
    }
    let unknown = read_with(dialect, &json!({"error": "Try later"}));
    assert!(matches!(unknown, Reply::Refused(_)), "{unknown:?}");
}

#[test]
fn fault_61_tokens_of_a_cut_answer_are_not_used_unchecked() {
    let whole = r#"{"refresh_token":"r","access_token":"a","token_type":"Bearer","expires_in":60,"scope":"x"}"#;
    for cut in [whole.len() - 1, whole.len() - 12] {
        assert!(salvaged(&read_bytes(200, &whole[..cut])).to_string().contains("cut"), "{cut}");
    }
    assert!(matches!(read_bytes(200, whole), Reply::Tokens(_)));
}

#[test]
fn the_members_of_an_answer_count_before_those_of_what_stands_in_it() {
    let mut answer = pair();
    answer["a"] = json!({"access_token": "inner", "refresh_token": "inner", "token_type": "Bearer"});
    let Reply::Tokens(tokens) = read_json(200, &answer) else { panic!("no tokens") };
    assert_eq!(tokens.refresh_token, Some("hunter2r".into()));
}

#[test]
fn fault_61_a_refusal_behind_a_byte_order_mark_is_one() {
    let refusal = json!({"error": "invalid_grant"});
    assert!(matches!(read_bytes(400, format!("\u{feff}{refusal}")), Reply::InvalidGrant(_)));
}
