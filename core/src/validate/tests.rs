//! Rules at every place of a request.

#![allow(unreachable_pub, reason = "what the macros write is public, as emitted code is")]

use std::collections::BTreeMap;

use serde_json::json;

use super::{Bounded, Number, Rule, ValidationError, ValueClass};
use crate::call::Content;
use crate::decode::Sign;
use crate::fields::Fields;
use crate::model::{Json, JsonMap};
use crate::secret::Secret;

#[derive(Debug, Clone, PartialEq)]
struct Lock {
    make: String,
    code: Option<Secret>,
    inner: Option<Box<Lock>>,
    keys: Option<BTreeMap<String, Vec<i64>>>,
    unknown: JsonMap,
}
crate::object!(Lock { 0: make = "make", 1: code = "code", 2: inner = "inner", 3: keys = "keys" } unknown);
crate::bounds!(value Lock, validate::Bounds(&[Rule::MaxProperties(5)], validate::Within::Members(&[
    validate::Member("make", "make", validate::Bounds(&[Rule::MinLength(2), Rule::Pattern("^[A-Z]")], validate::Within::Nothing)),
    validate::Member("code", "code", validate::Bounds(&[Rule::MinLength(8)], validate::Within::Secret)),
    validate::Member("inner", "inner", validate::Bounds(&[], validate::Within::Type(<Lock as Bounded>::bounds))),
    validate::Member("keys", "keys", validate::Bounds(&[], validate::Within::Values(&validate::Bounds(
        &[Rule::UniqueItems],
        validate::Within::Items(&validate::Bounds(&[Rule::Maximum(Number::Integer(9))], validate::Within::Nothing)),
    )))),
], Some(&validate::Bounds(&[Rule::MaxLength(3)], validate::Within::Nothing)))));

impl Lock {
    fn new(make: &str) -> Self {
        Lock { make: make.to_owned(), code: None, inner: None, keys: None, unknown: JsonMap::new() }
    }
}

struct NewSafe {
    fields: Fields,
}
crate::bounds!(fields NewSafe, validate::Bounds(&[Rule::MinProperties(1)], validate::Within::Members(&[
    validate::Member("page_size", "page-size", validate::Bounds(&[Rule::MultipleOf(Number::Float(0.5))], validate::Within::Nothing)),
    validate::Member("pin", "pin", validate::Bounds(&[Rule::MaxLength(4)], validate::Within::Secret)),
    validate::Member("lock", "lock", validate::Bounds(&[], validate::Within::Type(<Lock as Bounded>::bounds))),
    validate::Member("owner", "owner", validate::Bounds(&[], validate::Within::Alternatives(&[
        (Sign::Text, validate::Bounds(&[Rule::MinLength(1)], validate::Within::Nothing)),
        (Sign::Number, validate::Bounds(&[Rule::ExclusiveMinimum(Number::Integer(0))], validate::Within::Nothing)),
    ]))),
], None)));

#[expect(dead_code, reason = "content is not looked at")]
enum SafeBody {
    Json(Lock),
    Text(Content),
}
crate::bounds!(bodies SafeBody { Json = validate::Bounds(&[], validate::Within::Type(<Lock as Bounded>::bounds)); });

/// Path, rule and class of each violation.
fn told(result: Result<(), ValidationError>) -> Vec<(String, Rule, ValueClass)> {
    let error = result.err();
    let all = error.iter().flat_map(ValidationError::violations);
    all.map(|one| (one.path().to_owned(), one.rule(), one.found())).collect()
}

#[test]
fn all_violations_of_a_value_are_told_with_their_places() {
    let mut lock = Lock::new("abus");
    lock.inner = Some(Box::new(Lock { code: Some("hunter2".into()), ..Lock::new("Ü") }));
    lock.keys = Some(BTreeMap::from([("front".to_owned(), vec![1, 12, 1])]));
    lock.unknown.insert("colour".to_owned(), json!("black"));
    let expected = [
        ("$.colour", Rule::MaxLength(3), ValueClass::Text),
        ("$.inner.code", Rule::MinLength(8), ValueClass::Secret),
        ("$.inner.make", Rule::MinLength(2), ValueClass::Text),
        ("$.inner.make", Rule::Pattern("^[A-Z]"), ValueClass::Text),
        ("$.keys.front", Rule::UniqueItems, ValueClass::List),
        ("$.keys.front[1]", Rule::Maximum(Number::Integer(9)), ValueClass::Number),
        ("$.make", Rule::Pattern("^[A-Z]"), ValueClass::Text),
    ];
    let mut found = told(lock.validate());
    found.sort_by(|left, right| left.0.cmp(&right.0));
    let found: Vec<_> = found.iter().map(|(path, rule, class)| (path.as_str(), *rule, *class)).collect();
    assert_eq!(found, expected);
    assert!(Lock::new("Abus").validate().is_ok());
}

#[test]
fn members_of_a_request_are_checked_under_their_names_on_the_wire() {
    let mut fields = Fields::new();
    fields.set("page_size", json!(1.3));
    fields.set_secret("pin", "hunter2".into());
    fields.set_confidential("lock", Lock { code: Some("s3cr3t".into()), ..Lock::new("Abus") });
    fields.set("owner", json!(0));
    let found = told(NewSafe { fields }.validate());
    let expected = [
        ("$.page-size", Rule::MultipleOf(Number::Float(0.5)), ValueClass::Number),
        ("$.pin", Rule::MaxLength(4), ValueClass::Secret),
        ("$.lock.code", Rule::MinLength(8), ValueClass::Secret),
        ("$.owner", Rule::ExclusiveMinimum(Number::Integer(0)), ValueClass::Number),
    ];
    let found: Vec<_> = found.iter().map(|(path, rule, class)| (path.as_str(), *rule, *class)).collect();
    assert_eq!(found, expected);
    let empty = NewSafe { fields: Fields::new() };
    assert_eq!(told(empty.validate()), [("$".to_owned(), Rule::MinProperties(1), ValueClass::Object)]);
}

#[test]
fn null_and_values_of_another_type_violate_nothing() {
    let mut fields = Fields::new();
    fields.set("page_size", Json::Null);
    fields.set("owner", json!(true));
    assert!(NewSafe { fields }.validate().is_ok());
}

#[test]
fn a_body_among_several_is_checked_and_content_is_not() {
    assert_eq!(told(SafeBody::Json(Lock::new("abus")).validate()).len(), 1);
    assert!(SafeBody::Text(Content::from("abus")).validate().is_ok());
}

#[test]
fn no_value_is_in_the_message() {
    let lock = Lock { code: Some("hunter2".into()), ..Lock::new("mara") };
    let error = lock.validate().unwrap_err();
    let shown = format!("{error} {error:?} {error:#?} {}", crate::Error::from(error.clone()));
    assert!(!shown.contains("hunter2") && !shown.contains("mara"), "{shown}");
    assert!(crate::Error::from(error.clone()).is_validation());
    assert_eq!(
        error.to_string(),
        "$.code: a secret must have at least 8 characters; $.make: a text must have a match of ^[A-Z]"
    );
}

#[test]
fn patterns_are_those_of_ecma_262_and_lengths_count_characters() {
    for (pattern, yes, no) in [
        (r"^(?!admin)\w+$", "mara", "admin"),
        (r"^(a|b)\1$", "aa", "ab"),
        (r"^\p{L}+$", "Zoë", "Zo3"),
        (r"^[\w\-]+$", "a-b", "a b"),
        ("b", "abc", "acc"),
    ] {
        assert!(super::pattern::fits(pattern, yes) && !super::pattern::fits(pattern, no), "{pattern}");
    }
    assert!(super::pattern::fits("(", "anything"));
    assert!(Rule::MaxLength(4).fits(&json!("Zoë🐕")) && !Rule::MinLength(5).fits(&json!("Zoë🐕")));
}

#[test]
fn equal_elements_are_found_however_they_are_written() {
    let unique = |list: Json| Rule::UniqueItems.fits(&list);
    assert!(!unique(json!([1, 2, 1.0])) && !unique(json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}])));
    assert!(unique(json!([1, "1", [1], {"1": 1}, null])));
}
