//! Members that a schema leaves open, as typed maps beside those that it lists.

use called::{Answer, Server, now};
use called_open::runtime::validate::ValueClass;
use called_open::{CalledOpenApi, Label, Lock, LockKeys, Price, PricesBody, PricesBodyDeep};
use serde_json::{Value, json};

#[test]
fn members_that_are_not_listed_are_sent_and_read_by_their_type() {
    let answer = json!({"currency": "EUR", "additional": true, "tea": {"net": 1.5}, "none": null, "deep": {"a": 1, "b": {"net": 2}}});
    let server = Server::new([Answer::json(200, &answer.to_string())]);
    let mut deep = PricesBodyDeep::new(7);
    deep.additional.insert("salt".to_owned(), Price::new(0.5));
    let request = PricesBody::new("EUR")
        .deep(deep)
        .additional2(false)
        .member2(3)
        .member("pepper", Some(Price::new(2.0)))
        .member("void", None);
    let read = now(CalledOpenApi::new(server.client()).set_prices(request)).unwrap().into_inner();
    let expected = json!({
        "currency": "EUR", "additional": false, "member": 3, "pepper": {"net": 2.0}, "void": null,
        "deep": {"a": 7, "salt": {"net": 0.5}},
    });
    assert_eq!(serde_json::from_str::<Value>(&server.only().body).unwrap(), expected);
    assert_eq!((read.additional2, read.additional.len(), &read.additional["none"]), (Some(true), 2, &None));
    assert_eq!(read.additional["tea"].as_ref().unwrap().net, 1.5);
    assert_eq!(read.deep.unwrap().additional["b"].net, 2.0);
}

#[test]
fn a_type_may_hold_itself_under_any_name() {
    let server = Server::new([Answer::json(200, r#"{"text": "a", "x": {"text": "b", "y": {}}}"#)]);
    let label = now(CalledOpenApi::new(server.client()).get_label()).unwrap().into_inner();
    assert_eq!(label.additional["x"].additional["y"], Label::default());
    assert_eq!(label.text.as_deref(), Some("a"));
}

#[test]
fn a_member_of_another_type_is_an_error_with_its_place() {
    let server = Server::new([Answer::json(200, r#"{"x": {"y": 7}}"#)]);
    let error = now(CalledOpenApi::new(server.client()).get_label()).unwrap_err();
    assert_eq!(error.decode_error().unwrap().path(), "$.x.y");
}

#[test]
fn secrets_under_any_name_are_sent_and_shown_nowhere() {
    let server = Server::default();
    let mut keys = LockKeys::default();
    keys.additional.insert("spare".to_owned(), "hunter2".into());
    let request = Lock::new().member("front", "hunter3").member("back", "hun").keys(keys).note("x");
    assert!(!format!("{request:?}").contains("hun"), "{request:?}");
    let error = request.validate().unwrap_err();
    let found: Vec<_> = error.violations().iter().map(|one| (one.path(), one.found())).collect();
    assert_eq!(found, [("$.back", ValueClass::Secret)]);
    now(CalledOpenApi::new(server.client()).add_lock(request)).unwrap();
    let sent: Value = serde_json::from_str(&server.only().body).unwrap();
    assert_eq!(sent, json!({"front": "hunter3", "back": "hun", "note": "x", "keys": {"spare": "hunter2"}}));
}
