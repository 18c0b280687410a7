//! Secrets below the top of a request.

use std::collections::BTreeMap;

use called::{Answer, Server, now};
use called_secrets::{Door, Lock, Safe, SafeBody, SafeBodyKey, CalledSecretsApi};
use serde_json::{Value, json};
use zeyos_core::Secret;

fn lock() -> Lock {
    let mut lock = Lock::new("Yale", "hunter2");
    lock.old = Some(None);
    lock
}

fn body(server: &Server) -> Value {
    serde_json::from_str(&server.only().body).unwrap()
}

#[test]
fn members_lists_maps_unions_and_what_is_within_itself_are_sent_with_their_secrets() {
    let answer = json!({"name": "a", "lock": {"make": "Yale", "code": "s3"}, "codes": ["s4", null]});
    let server = Server::new([Answer::json(200, &answer.to_string())]);
    let mut inner = Safe::new("inner", lock());
    inner.codes = Some(Some(vec![Some("s4".into())]));
    let request = SafeBody::new("outer", lock())
        .spare(BTreeMap::from([("left".to_owned(), vec![lock(), Lock::new("Abus", "s2")])]))
        .key(SafeBodyKey::Text("s3".into()))
        .codes(vec![Some(Secret::new("s5")), None])
        .inner(inner);
    let call = CalledSecretsApi::new(server.client()).add_safe(request);
    let shown = format!("{call:?} {call:#?}");
    for secret in ["hunter2", "s2", "s3", "s4", "s5"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let read = now(call).unwrap().into_inner();
    let lock = json!({"make": "Yale", "code": "hunter2", "old": null});
    let sent = json!({
        "name": "outer",
        "lock": lock,
        "spare": {"left": [lock, {"make": "Abus", "code": "s2"}]},
        "key": "s3",
        "codes": ["s5", null],
        "inner": {"name": "inner", "lock": lock, "codes": ["s4"]},
    });
    assert_eq!(body(&server), sent);
    assert_eq!(read.lock.code.expose(), "s3");
    assert_eq!(read.codes.as_ref().unwrap().as_ref().unwrap()[0], Some(Secret::new("s4")));
    assert!(!format!("{read:?}").contains("s3"));
}

#[test]
fn a_body_of_one_value_is_sent_with_its_secrets_or_not_at_all() {
    let server = Server::default();
    let call = CalledSecretsApi::new(server.client()).set_codes(vec![Secret::new("hunter2"), "s2".into()]);
    assert!(!format!("{call:?}").contains("hunter2"));
    let secrets = call.request().secrets();
    assert_eq!(secrets.iter().map(Secret::expose).collect::<Vec<_>>(), ["hunter2", "s2"]);
    now(call).unwrap();
    assert_eq!((body(&server), server.only().media_type), (json!(["hunter2", "s2"]), "application/json".to_owned()));
    let server = Server::default();
    now(CalledSecretsApi::new(server.client()).set_codes(None)).unwrap();
    assert_eq!(server.only().body, "");
}

#[test]
fn a_form_holds_the_secrets_of_its_members() {
    let server = Server::default();
    now(CalledSecretsApi::new(server.client()).set_door(Door::new().room("a b").lock(lock()))).unwrap();
    let mut pairs: Vec<&str> = server.only().body.leak().split('&').collect();
    pairs.sort_unstable();
    assert_eq!(pairs, ["lock%5Bcode%5D=hunter2", "lock%5Bmake%5D=Yale", "lock%5Bold%5D=", "room=a+b"]);
}

#[test]
fn yes_is_a_boolean_as_a_body() {
    let server = Server::default();
    now(CalledSecretsApi::new(server.client()).set_switch(true)).unwrap();
    assert_eq!(server.only().body, "true");
}
