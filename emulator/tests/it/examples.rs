//! The thirteen worked examples of the list language, on rows made for them.

use serde_json::{Value, json};

use crate::client::{Server, empty};

const NEW_YEAR: i64 = 1_767_225_600;

/// Tickets 298 and 311, account 17 with its contact, as in the examples.
fn tickets() -> Server {
    let server = empty();
    server.create(
        "contacts",
        json!({ "ID": 5, "lastname": "Berg", "email": "Ida@Nordwind.example", "city": "Bergen", "country": "NO" }),
    );
    server.create("contacts", json!({ "ID": 6, "lastname": "Testesen", "email": "test@nordwind.example" }));
    server.create("accounts", json!({ "ID": 17, "lastname": "Fjellbakeri AS", "currency": "NOK", "contact": 5, "extdata": { "tier": "gold" } }));
    server.create("accounts", json!({ "ID": 18, "lastname": "Lindental GmbH", "currency": "EUR" }));
    server.create(
        "tickets",
        json!({ "ID": 311, "name": "Pump seal leaks", "priority": 4, "status": 4, "account": 17, "assigneduser": 1 }),
    );
    server
        .create("tickets", json!({ "ID": 298, "name": "Label printer offline", "status": 4, "duedate": NEW_YEAR - 1 }));
    server.create("tickets", json!({ "ID": 299, "name": "Archived", "status": 4, "visibility": 1, "priority": 4 }));
    server.create("tickets", json!({ "ID": 300, "name": "Later", "duedate": NEW_YEAR }));
    server
}

fn check(server: &Server, resource: &str, body: Value, expected: Value) {
    assert_eq!(server.list(resource, body), expected);
}

#[test]
fn example_1_selects_filters_sorts_and_limits() {
    let body = json!({"fields":["ID","name","priority"],"filters":{"visibility":0,"status":4},"sort":["-priority","+ID"],"limit":2});
    let rows = json!([
        {"ID":311,"name":"Pump seal leaks","priority":4},
        {"ID":298,"name":"Label printer offline","priority":2},
    ]);
    check(&tickets(), "tickets", body, rows);
}

#[test]
fn example_2_joins_and_names_columns() {
    let body = json!({
        "fields":{"key":"ID","firm":"lastname","town":"contact.city","owner":"assigneduser.name","tier":"extdata.tier"},
        "filters":{"visibility":0,"contact.country":{"IN":["NO","SE"]}},"sort":["+lastname","+ID"]
    });
    check(
        &tickets(),
        "accounts",
        body,
        json!([{"key":17,"firm":"Fjellbakeri AS","town":"Bergen","owner":null,"tier":"gold"}]),
    );
}

#[test]
fn example_3_mixes_numbers_and_names() {
    let body = json!({"fields":{"0":"ID","1":"account.lastname","who":"assigneduser.name"},"filters":{"ID":311}});
    check(&tickets(), "tickets", body, json!([{"ID":311,"account.lastname":"Fjellbakeri AS","who":"demo"}]));
}

#[test]
fn example_4_takes_either_of_two() {
    let body = json!({"fields":["ID"],"filters":{"visibility":0,"1":["OR",{"duedate":{"<":NEW_YEAR}},{"priority":4}]},"sort":["+ID"]});
    check(&tickets(), "tickets", body, json!([{"ID":298},{"ID":311}]));
}

#[test]
fn example_5_nests_groups() {
    let server = empty();
    for (id, kind, status) in [(8, 3, 0), (9, 3, 20), (10, 1, 16), (11, 4, 3)] {
        server.create(
            "transactions",
            json!({ "ID": id, "transactionnum": format!("R{id}"), "type": kind, "status": status, "currency": "EUR" }),
        );
    }
    let body = json!({"fields":["ID","type","status"],"filters":{"0":["AND",{"type":{"IN":[3,4]}},{"0":["NOT",{"status":{"IN":[0,3]}}]}]},"sort":["+ID"]});
    check(&server, "transactions", body, json!([{"ID":9,"type":3,"status":20}]));
}

#[test]
fn example_6_counts_a_half_open_window() {
    let server = empty();
    for date in [NEW_YEAR - 1, NEW_YEAR, NEW_YEAR + 5, 1_769_904_000] {
        server.create("actionsteps", json!({ "name": "Call", "date": date }));
    }
    let body = json!({"filters":{"date":{">=":NEW_YEAR,"<":1_769_904_000}},"count":true});
    check(&server, "actionsteps", body, json!({"count":2}));
}

#[test]
fn example_7_compares_text() {
    let body =
        json!({"fields":["ID","email"],"filters":{"email":{"~~*":"%@nordwind.example"},"lastname":{"!~":"^Test"}}});
    check(&tickets(), "contacts", body, json!([{"ID":5,"email":"Ida@Nordwind.example"}]));
}

#[test]
fn example_8_searches() {
    let server = empty();
    server.create("items", json!({ "ID": 80, "name": "Shaft seal 40mm", "itemnum": "S-40" }));
    server.create("items", json!({ "ID": 81, "name": "Shaft seal 65mm", "itemnum": "S-65" }));
    let body = json!({"fields":["ID","itemnum"],"query":"seal 40mm","filters":{"visibility":0},"sort":["+itemnum"]});
    check(&server, "items", body, json!([{"ID":80,"itemnum":"S-40"}]));
}

#[test]
fn example_9_drops_equal_rows() {
    let server = tickets();
    server.create("contacts", json!({ "lastname": "Aas", "country": "NO" }));
    let body = json!({"fields":["country"],"distinct":true,"sort":["+country"]});
    check(&server, "contacts", body, json!([{"country":""},{"country":"NO"}]));
}

#[test]
fn example_10_shows_files_by_number_or_content() {
    let server = empty();
    let stored = server.create("messages", json!({ "ID": 72, "binfile": { "content": "SGVp" } }));
    let number = stored["binfile"].as_i64().unwrap();
    let body = json!({"fields":["ID","binfile"],"filters":{"ID":72}});
    check(&server, "messages", body, json!([{"ID":72,"binfile":number}]));
    let body = json!({"fields":["ID","binfile"],"filters":{"ID":72},"expand":["binfile"]});
    check(&server, "messages", body, json!([{"ID":72,"binfile":{"content":"SGVp"}}]));
}

#[test]
fn example_11_shows_json_as_text_or_value() {
    let server = empty();
    let line = json!([{"type":1,"text":"Hei"}]);
    server
        .ask("PUT", "/api/v1/transactions")
        .body(
            "application/json",
            br#"{"ID":9,"transactionnum":"R1","currency":"NOK","items":[{"type":1,"text":"Hei"}]}"#,
        )
        .send();
    let body = json!({"fields":["ID","items"],"filters":{"ID":9}});
    check(&server, "transactions", body, json!([{"ID":9,"items":"[{\"type\":1,\"text\":\"Hei\"}]"}]));
    let body = json!({"fields":["ID","items"],"filters":{"ID":9},"expand":["items"]});
    check(&server, "transactions", body, json!([{"ID":9,"items":line}]));
}

#[test]
fn example_12_adds_custom_fields() {
    let body = json!({"fields":["ID"],"filters":{"ID":17},"extdata":1});
    check(&tickets(), "accounts", body, json!([{"ID":17,"extdata":{"tier":"gold"}}]));
}

#[test]
fn example_13_exports_for_administrators() {
    let server = empty();
    server.create("ledgers", json!({ "ID": 1, "name": "Main" }));
    let answer = server.ask("POST", "/api/v1/ledgers").json(&json!({"fields":["ID","name"],"export":true})).send();
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("text/csv"));
    assert_eq!(answer.text(), "ID;name\r\n1;Main\r\n");
}
