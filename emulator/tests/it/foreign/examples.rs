//! The thirteen worked examples of the list language as two foreign programs send them: curl with JSON, and the
//! JavaScript client with a form, in which an entry of a list repeats the key and an object is JSON text.

use serde_json::{Value, json};

use super::{CURL, FORM, fetch, send};
use crate::client::{Server, empty};

/// The rows that the examples speak of.
fn rows() -> Server {
    let server = empty();
    let bergen =
        json!({ "ID": 5, "lastname": "Berg", "email": "Ida@Nordwind.example", "city": "Bergen", "country": "NO" });
    let gold = json!({ "ID": 17, "lastname": "Fjellbakeri AS", "currency": "NOK", "contact": 5, "extdata": { "tier": "gold" } });
    let leak =
        json!({ "ID": 311, "name": "Pump seal leaks", "priority": 4, "status": 4, "account": 17, "assigneduser": 1 });
    let line = json!([{ "type": 1, "text": "Hei" }]);
    for (resource, row) in [
        ("contacts", bergen),
        ("contacts", json!({ "ID": 6, "lastname": "Testesen", "email": "test@nordwind.example" })),
        ("accounts", gold),
        ("accounts", json!({ "ID": 18, "lastname": "Lindental GmbH", "currency": "EUR" })),
        ("tickets", leak),
        ("tickets", json!({ "ID": 298, "name": "Label printer offline", "status": 4, "duedate": 1_767_225_599 })),
        ("tickets", json!({ "ID": 299, "name": "Archived", "status": 4, "visibility": 1, "priority": 4 })),
        ("transactions", json!({ "ID": 8, "transactionnum": "R8", "type": 3, "status": 0, "currency": "EUR" })),
        (
            "transactions",
            json!({ "ID": 9, "transactionnum": "R9", "type": 3, "status": 20, "currency": "EUR", "items": line }),
        ),
        ("actionsteps", json!({ "name": "Call", "date": 1_767_225_600 })),
        ("actionsteps", json!({ "name": "Late", "date": 1_769_904_000 })),
        ("items", json!({ "ID": 80, "name": "Shaft seal 40mm", "itemnum": "S-40" })),
        ("items", json!({ "ID": 81, "name": "Shaft seal 65mm", "itemnum": "S-65" })),
        ("messages", json!({ "ID": 72, "binfile": { "content": "SGVp" } })),
        ("ledgers", json!({ "ID": 1, "name": "Main" })),
    ] {
        server.create(resource, row);
    }
    server
}

/// Resource, request and answer of each example, in their order; two of them ask twice.
const EXAMPLES: [(&str, &str, &str); 15] = [
    (
        "tickets",
        r#"{"fields":["ID","name","priority"],"filters":{"visibility":0,"status":4},"sort":["-priority","+ID"],"limit":2}"#,
        r#"[{"ID":311,"name":"Pump seal leaks","priority":4},{"ID":298,"name":"Label printer offline","priority":2}]"#,
    ),
    (
        "accounts",
        r#"{"fields":{"key":"ID","firm":"lastname","town":"contact.city","owner":"assigneduser.name","tier":"extdata.tier"},"filters":{"visibility":0,"contact.country":{"IN":["NO","SE"]}},"sort":["+lastname","+ID"]}"#,
        r#"[{"key":17,"firm":"Fjellbakeri AS","town":"Bergen","owner":null,"tier":"gold"}]"#,
    ),
    (
        "tickets",
        r#"{"fields":{"0":"ID","1":"account.lastname","who":"assigneduser.name"},"filters":{"ID":311}}"#,
        r#"[{"ID":311,"account.lastname":"Fjellbakeri AS","who":"demo"}]"#,
    ),
    (
        "tickets",
        r#"{"fields":["ID"],"filters":{"visibility":0,"1":["OR",{"duedate":{"<":1767225600}},{"priority":4}]},"sort":["+ID"]}"#,
        r#"[{"ID":298},{"ID":311}]"#,
    ),
    (
        "transactions",
        r#"{"fields":["ID","type","status"],"filters":{"0":["AND",{"type":{"IN":[3,4]}},{"0":["NOT",{"status":{"IN":[0,3]}}]}]},"sort":["+ID"]}"#,
        r#"[{"ID":9,"type":3,"status":20}]"#,
    ),
    ("actionsteps", r#"{"filters":{"date":{">=":1767225600,"<":1769904000}},"count":true}"#, r#"{"count":1}"#),
    (
        "contacts",
        r#"{"fields":["ID","email"],"filters":{"email":{"~~*":"%@nordwind.example"},"lastname":{"!~":"^Test"}}}"#,
        r#"[{"ID":5,"email":"Ida@Nordwind.example"}]"#,
    ),
    (
        "items",
        r#"{"fields":["ID","itemnum"],"query":"seal 40mm","filters":{"visibility":0},"sort":["+itemnum"]}"#,
        r#"[{"ID":80,"itemnum":"S-40"}]"#,
    ),
    (
        "contacts",
        r#"{"fields":["country"],"distinct":true,"sort":["+country"]}"#,
        r#"[{"country":""},{"country":"NO"}]"#,
    ),
    ("messages", r#"{"fields":["ID","binfile"],"filters":{"ID":72}}"#, r#"[{"ID":72,"binfile":1}]"#),
    (
        "messages",
        r#"{"fields":["ID","binfile"],"filters":{"ID":72},"expand":["binfile"]}"#,
        r#"[{"ID":72,"binfile":{"content":"SGVp"}}]"#,
    ),
    (
        "transactions",
        r#"{"fields":["ID","items"],"filters":{"ID":9}}"#,
        r#"[{"ID":9,"items":"[{\"text\":\"Hei\",\"type\":1}]"}]"#,
    ),
    (
        "transactions",
        r#"{"fields":["ID","items"],"filters":{"ID":9},"expand":["items"]}"#,
        r#"[{"ID":9,"items":[{"text":"Hei","type":1}]}]"#,
    ),
    ("accounts", r#"{"fields":["ID"],"filters":{"ID":17},"extdata":1}"#, r#"[{"ID":17,"extdata":{"tier":"gold"}}]"#),
    ("ledgers", r#"{"fields":["ID","name"],"export":true}"#, "ID;name\r\n1;Main\r\n"),
];

/// The body as the JavaScript client writes a form.
fn form(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    let mut pairs = Vec::new();
    for (name, value) in body.as_object().unwrap() {
        match value {
            Value::Array(entries) => {
                pairs.extend(entries.iter().map(|entry| (name, entry.as_str().unwrap().to_owned())))
            }
            Value::String(text) => pairs.push((name, text.clone())),
            other => pairs.push((name, other.to_string())),
        }
    }
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// As URLSearchParams writes a value.
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[test]
fn every_worked_example_is_answered_to_curl() {
    let server = rows();
    for (resource, body, answer) in EXAMPLES {
        let head = format!(
            "POST /demo/api/v1/{resource} HTTP/1.1\r\nHost: {{HOST}}\r\n{CURL}Authorization: Bearer {{TOKEN}}\r\nContent-Type: application/json\r\n"
        );
        assert_eq!(send(&server, &head, body).text(), answer, "{resource} {body}");
    }
}

#[test]
fn every_worked_example_is_answered_to_a_form() {
    let server = rows();
    for (resource, body, answer) in EXAMPLES {
        let found = fetch(&server, "POST", &format!("/api/v1/{resource}"), FORM, &form(body)).text();
        // The order of members was lost on the way into the form, not on the way through the server.
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| text.into());
        assert_eq!(parsed(&found), parsed(answer), "{resource} {}", form(body));
    }
}

#[test]
fn the_member_of_the_documents_does_what_that_of_the_clients_does() {
    let server = rows();
    for (resource, body, answer) in EXAMPLES {
        let body = body.replace("\"filters\"", "\"filter\"");
        assert_eq!(
            fetch(&server, "POST", &format!("/api/v1/{resource}"), super::JSON, &body).text(),
            answer,
            "{resource} {body}"
        );
    }
}
