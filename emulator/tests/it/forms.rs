//! Form bodies as a JavaScript client writes them: the key again for every entry of an array, objects as JSON.

use serde_json::{Value, json};

use crate::client::{Server, account, empty};

/// A form of these pairs.
fn form(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn sent(server: &Server, method: &str, path: &str, pairs: &[(&str, &str)]) -> Value {
    let answer = server.ask(method, path).form(&form(pairs)).send();
    assert!(answer.status < 300, "{}: {}", answer.status, answer.text());
    answer.json()
}

#[test]
fn arrays_of_one_entry_and_of_several_are_stored_as_arrays() {
    let server = empty();
    let expanded = |id: i64| {
        let path = format!("/api/v1/messages/{id}?expand=attachments");
        server.ask("GET", &path).send().json()["attachments"].clone()
    };
    for (pairs, list) in [
        (vec![("attachments", "a, b.pdf")], json!(["a, b.pdf"])),
        (vec![("attachments", "a"), ("attachments", "b")], json!(["a", "b"])),
        (vec![("attachments", "[\"a\",\"b\"]")], json!(["a", "b"])),
        (vec![("attachments", "{a,b}")], json!(["a", "b"])),
    ] {
        let stored = sent(&server, "PUT", "/api/v1/messages/", &pairs);
        assert_eq!(expanded(stored["ID"].as_i64().unwrap()), list, "{pairs:?}");
    }
    assert_eq!(
        server.ask("PUT", "/api/v1/messages").json(&json!({ "attachments": "a" })).send().error(),
        500,
        "JSON has arrays"
    );
}

#[test]
fn lines_of_json_columns_may_come_one_by_one() {
    let server = empty();
    let (one, two) = (r#"{"type":0,"amount":2}"#, r#"{"type":1,"text":"Hei"}"#);
    let lines =
        |id: i64| server.ask("GET", &format!("/api/v1/transactions/{id}?expand=items")).send().json()["items"].clone();
    sent(&server, "PUT", "/api/v1/transactions", &[("currency", "EUR"), ("items", one), ("items", two)]);
    sent(&server, "PUT", "/api/v1/transactions", &[("currency", "EUR"), ("items", one)]);
    sent(&server, "PUT", "/api/v1/transactions", &[("currency", "EUR"), ("items", &format!("[{one},{two}]"))]);
    let (first, second) = (json!({ "type": 0, "amount": 2 }), json!({ "type": 1, "text": "Hei" }));
    assert_eq!((lines(1), lines(2)), (json!([first, second]), json!([first])));
    assert_eq!(lines(3), json!([first, second]));
    sent(&server, "PATCH", "/api/v1/transactions/3/", &[("items", "")]);
    assert_eq!(lines(3), Value::Null);
}

#[test]
fn custom_fields_tags_and_files_come_in_forms_too() {
    let server = empty();
    sent(
        &server,
        "PUT",
        "/api/v1/documents",
        &[
            ("name", "D"),
            ("binfile", r#"{"content":"SGVp"}"#),
            ("extdata", r#"{"tier":"gold","size":4}"#),
            ("tags", "only/one"),
        ],
    );
    let path = "/api/v1/documents/1?extdata=1&tags=1&expand=binfile";
    let stored = server.ask("GET", path).send().json();
    assert_eq!(stored["binfile"], json!({ "content": "SGVp" }));
    assert_eq!((&stored["extdata"], &stored["tags"]), (&json!({ "tier": "gold", "size": "4" }), &json!(["only/one"])));
    sent(
        &server,
        "PATCH",
        "/api/v1/documents/1",
        &[("extdata", r#"{"tier":null}"#), ("+tags", "b"), ("+tags", "c"), ("-tags", "only/one"), ("public", "1")],
    );
    let stored = server.ask("GET", path).send().json();
    assert_eq!((&stored["extdata"], &stored["tags"]), (&json!({ "size": "4" }), &json!(["b", "c"])));
    assert_eq!(stored["public"], 1);
}

#[test]
fn a_list_takes_all_of_its_members_from_a_form() {
    let server = empty();
    for name in ["A", "B", "C", "D"] {
        server.create("accounts", account(name));
    }
    let rows = sent(
        &server,
        "POST",
        "/api/v1/accounts",
        &[
            ("fields", r#"{"0":"ID","who":"lastname","c":"contact.city"}"#),
            ("filters", r#"{"0":["OR",{"lastname":{"~":"^[AB]$"}},{"ID":{"IN":[4]}}]}"#),
            ("filter", r#"{"visibility":0}"#),
            ("sort", "-lastname"),
            ("sort", "+ID"),
            ("offset", "1"),
            ("limit", "1"),
            ("distinct", "false"),
            ("count", "0"),
        ],
    );
    assert_eq!(rows, json!([{ "ID": 2, "who": "B", "c": null }]));
    let counted = sent(&server, "POST", "/api/v1/accounts/", &[("count", "true"), ("query", "a")]);
    assert_eq!(counted, json!({ "count": 1 }));
    let custom =
        sent(&server, "POST", "/api/v1/accounts", &[("fields", "ID"), ("limit", "1"), ("extdata", "1"), ("tags", "1")]);
    assert_eq!(custom, json!([{ "ID": 1, "extdata": {}, "tags": [] }]));
}
