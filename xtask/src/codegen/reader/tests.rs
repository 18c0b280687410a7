//! The reader notices each way in which a call can differ from its document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{judge, operation_faults};
use crate::yaml::Node;

const DOCUMENT: &str = r##"
openapi: 3.1.0
info: {title: Pens, version: "1"}
servers: [{url: /v1}]
security: [{key: []}]
paths:
  /pens/{id}:
    put:
      operationId: putPen
      security: [{key: []}, {login: [pens]}]
      parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {a: {type: integer}}}}
      - {name: since, in: query, schema: {type: string, format: date}}
      - {name: Trace, in: header, schema: {type: boolean}}
      - {name: lang, in: cookie, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pen"}}}}
      responses: {"200": {description: D, content: {application/json: {schema: {}}}}}
  /files:
    post:
      operationId: addFile
      security: []
      requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {note: {type: string}, file: {type: string, format: binary}}}, encoding: {file: {contentType: image/png}}}}}
      responses: {"204": {description: D}}
components:
  securitySchemes: {key: {type: apiKey, in: query, name: k}, login: {type: http, scheme: bearer}}
  schemas:
    Pen:
      type: object
      required: [name, tags]
      properties:
        name: {type: string}
        tags: {type: array, items: {type: integer}}
        id: {type: string, readOnly: true}
        tip: {oneOf: [{$ref: "#/components/schemas/Nib"}, {$ref: "#/components/schemas/Ball"}], discriminator: {propertyName: kind}}
    Nib: {type: object, required: [kind, width], properties: {kind: {type: string}, width: {type: number}}}
    Ball: {type: object, required: [kind], additionalProperties: false, properties: {kind: {type: string}}}
"##;

fn document() -> Node {
    crate::yaml::read("pens", DOCUMENT).unwrap()
}

fn put(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut line = json!({
        "operation": "PUT /pens/{id}",
        "method": "PUT",
        "url": "https://wire.example/v1/pens/7?deep%5Ba%5D=3&since=2026-11-28&k=ofkey",
        "headers": {"accept": "application/json, */*;q=0.1", "content-type": "application/json", "trace": "true", "cookie": "lang=text"},
        "body": json!({"name": "text", "tags": [3], "tip": {"kind": "nib", "width": 1.5}}).to_string(),
    });
    change(&mut line);
    judge(&document(), &[line]).faults
}

fn body(value: &Value) -> Vec<String> {
    put(|line| line["body"] = value.to_string().into())
}

#[test]
fn a_call_that_is_as_its_document_says_has_no_fault() {
    assert_eq!(put(|_| {}), Vec::<String>::new());
    let with_token = put(|line| {
        line["url"] = "https://wire.example/v1/pens/7?deep%5Ba%5D=3&since=2026-11-28".into();
        line["headers"]["authorization"] = "Bearer oflogin".into();
    });
    assert_eq!(with_token, Vec::<String>::new());
}

#[test]
fn every_part_of_a_request_is_looked_at() {
    let url = |url: &str| put(|line| line["url"] = format!("https://wire.example{url}").into());
    let header = |name: &str, value: Value| put(|line| line["headers"][name] = value.clone());
    let cases = [
        (put(|line| line["method"] = "POST".into()), "the method is POST"),
        (url("/pens/7?deep%5Ba%5D=3&since=2026-11-28&k=ofkey"), "the address is"),
        (url("/v1/pens/text?deep%5Ba%5D=3&since=2026-11-28&k=ofkey"), "the address is"),
        (url("/v1/pens/7?since=2026-11-28&k=ofkey"), "deep[a]"),
        (url("/v1/pens/7?deep%5Ba%5D=3&since=text&k=ofkey"), "since"),
        (url("/v1/pens/7?deep%5Ba%5D=3&since=2026-11-28&k=ofkey&more=1"), "more"),
        (url("/v1/pens/7?deep%5Ba%5D=3&since=2026-11-28"), "the credentials"),
        (header("authorization", "Bearer oflogin".into()), "the credentials"),
        (header("trace", "1".into()), "the header Trace"),
        (header("other", "1".into()), "other"),
        (header("cookie", "".into()), "the cookie has no"),
        (header("cookie", "lang=text; more=1".into()), "more"),
        (header("accept", "text/csv".into()), "is asked for"),
        (header("content-type", "text/plain".into()), "none of"),
        (put(|line| line["error"] = "broken".into()), "not sent"),
        (put(|line| line["operation"] = "PUT /pen".into()), "no such operation"),
        (body(&json!({"name": "text"})), "\"tags\" is missing"),
        (body(&json!({"name": null, "tags": [3]})), "body.name: null"),
        (body(&json!({"name": "other", "tags": [3]})), "body.name"),
        (body(&json!({"name": "text", "tags": ["3"]})), "body.tags[]"),
        (body(&json!({"name": "text", "tags": [3], "id": "text"})), "can only be read"),
        (body(&json!({"name": "text", "tags": [3], "more": 1})), "no such member"),
        (body(&json!({"name": "text", "tags": [3], "tip": {"kind": "nib", "width": true}})), "not an alternative"),
        (put(|line| line["body"] = "{".into()), "not JSON"),
    ];
    for (number, (faults, words)) in cases.iter().enumerate() {
        assert!(faults.iter().any(|fault| fault.contains(words)), "{number}: {faults:?} without {words:?}");
    }
}

#[test]
fn parts_of_a_body_are_looked_at() {
    let post = |body: &str| {
        let headers = json!({"content-type": "multipart/form-data; boundary=b"});
        let url = "https://wire.example/v1/files";
        let line = json!({"operation": "POST /files", "method": "POST", "url": url, "headers": headers, "body": body});
        judge(&document(), &[line]).faults
    };
    let part = |name: &str, head: &str, text: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n{text}\r\n")
    };
    let file =
        |media_type: &str, text: &str| part("file", &format!("; filename=\"a\"\r\nContent-Type: {media_type}"), text);
    let note = || part("note", "", "text");
    let whole = |parts: &[String]| format!("{}--b--\r\n", parts.concat());
    assert_eq!(post(&whole(&[note(), file("image/png", "text")])), Vec::<String>::new());
    for (parts, words) in [
        (vec![file("image/png", "text")], "no part \"note\""),
        (vec![note(), file("image/gif", "text")], "image/gif"),
        (vec![note(), file("image/png", "other")], "holds"),
        (vec![note(), part("file", "", "text")], "is not a file"),
        (vec![part("note", "", "other")], "\"other\""),
    ] {
        let faults = post(&whole(&parts));
        assert!(faults.iter().any(|fault| fault.contains(words)), "{faults:?} without {words}");
    }
    assert!(post("text")[0].contains("no parts"));
}

#[test]
fn what_operations_prints_is_looked_at() {
    let rows = json!([
        {"method": "PUT", "path": "/pens/{id}", "safety": "Idempotent", "safetyFrom": "method",
         "schemes": [[{"name": "key", "scopes": []}], [{"name": "login", "scopes": ["pens"]}]]},
        {"method": "POST", "path": "/files", "safety": "Create", "safetyFrom": "method", "schemes": []},
    ]);
    let faults = |rows: &Value| operation_faults(&document(), rows.as_array().unwrap(), &BTreeSet::new());
    assert_eq!(faults(&rows), Vec::<String>::new());
    let changes: [(&str, Value, &str); 4] = [
        ("/0/safety", "Create".into(), "the safety"),
        ("/0/schemes/1/0/scopes", json!([]), "the alternatives"),
        ("/0/schemes", json!([]), "the alternatives"),
        ("/1/path", "/file".into(), "is missing"),
    ];
    for (pointer, value, words) in changes {
        let mut changed = rows.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(faults(&changed).iter().any(|fault| fault.contains(words)), "{:?}", faults(&changed));
    }
    let refused = BTreeSet::from(["addFile"]);
    assert_eq!(operation_faults(&document(), &rows.as_array().unwrap()[..1], &refused), Vec::<String>::new());
}

/// Schemes that are not understood, or stand elsewhere, stand before those that are called.
#[test]
fn credentials_are_found_by_the_names_of_their_schemes() {
    let document = crate::yaml::read(
        "locks",
        r##"
openapi: 3.0.3
info: {title: Locks, version: "1"}
servers: [{url: /v1}]
paths:
  /locks:
    get:
      operationId: listLocks
      security: [{second: [], digest: []}, {pair: []}, {first: []}]
      responses: {"204": {description: D}}
components:
  securitySchemes:
    digest: {type: http, scheme: digest}
    certificate: {type: mutualTLS}
    pair: {$ref: "#/components/examples/pair"}
    odd: {type: other}
    first: {type: apiKey, in: header, name: First-Key}
    second: {type: apiKey, in: header, name: Second-Key}
  examples: {pair: {type: http, scheme: Basic}}
"##,
    )
    .unwrap();
    let judged = |header: &str, value: &str| {
        let line = json!({
            "operation": "GET /locks", "method": "GET", "url": "https://wire.example/v1/locks",
            "headers": {"accept": "*/*", header: value}, "body": "",
        });
        judge(&document, &[line]).faults
    };
    assert_eq!(judged("first-key", "offirst"), Vec::<String>::new());
    // `ofpair:ofpair` in base64.
    assert_eq!(judged("authorization", "Basic b2ZwYWlyOm9mcGFpcg=="), Vec::<String>::new());
    for (header, value) in [("second-key", "ofsecond"), ("first-key", "ofsecond"), ("first-key", "")] {
        assert!(judged(header, value)[0].contains("credentials"), "{header} {value}");
    }
}
