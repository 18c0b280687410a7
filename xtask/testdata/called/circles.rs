//! Lists and maps of themselves.

use std::collections::BTreeMap;

use called::{Answer, Server, now};
use called_circles::{CalledCirclesApi, Folders, Groups};

#[test]
fn maps_and_lists_of_themselves_are_read_and_sent() {
    let server = Server::new([Answer::json(200, r#"{"a": {"b": {}, "c": null}}"#), Answer::json(204, ""), Answer::json(200, r#"[{"x": [{}]}]"#)]);
    let client = CalledCirclesApi::new(server.client());
    let folders = now(client.folders()).unwrap().into_inner();
    assert_eq!(folders.0["a"].as_ref().unwrap().0["b"], Some(Folders(BTreeMap::new())));
    now(client.set_folders(folders)).unwrap();
    assert_eq!(server.sent()[1].body, r#"{"a":{"b":{},"c":null}}"#);
    let groups = now(client.groups()).unwrap().into_inner();
    assert_eq!(groups.0[0]["x"], Groups(vec![BTreeMap::new()]));
}

#[test]
fn objects_that_must_contain_each_other_end_where_the_answer_does() {
    let whole = r#"{"name": "a", "right": {"left": {"name": "b"}, "leaf": {"size": 3}}}"#;
    let server = Server::new([Answer::json(200, whole), Answer::json(200, r#"{"right": {}}"#)]);
    let client = CalledCirclesApi::new(server.client());
    let pair = now(client.pair()).unwrap().into_inner();
    let right = pair.right.unwrap();
    assert_eq!((right.leaf.size, right.left.unwrap().name.as_str()), (3, "b"));
    // What can be there is still asked for.
    let error = now(client.pair()).unwrap_err().to_string();
    assert!(error.contains("leaf"), "{error}");
}
