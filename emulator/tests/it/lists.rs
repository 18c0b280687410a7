//! The list request beyond the worked examples.

use serde_json::json;

use crate::client::{account, demo, empty, ids};

#[test]
fn an_empty_body_lists_whole_records_in_the_order_of_their_ids() {
    let server = empty();
    server.create("accounts", account("Second"));
    server.create("accounts", account("First"));
    let rows = server.ask("POST", "/api/v1/accounts").send().json();
    assert_eq!(ids(&rows), [1, 2]);
    assert_eq!(rows[0].as_object().unwrap().len(), 19);
    assert_eq!(rows[0]["contact"], json!(null));
    assert_eq!(server.list("tickets", json!({})), json!([]));
}

#[test]
fn a_trailing_slash_changes_nothing() {
    let server = empty();
    server.create("accounts", account("A"));
    assert_eq!(
        server.ask("POST", "/api/v1/accounts/").json(&json!({})).send().json(),
        server.list("accounts", json!({}))
    );
    assert_eq!(server.ask("GET", "/api/v1/accounts/1/").send().status, 200);
}

#[test]
fn a_form_asks_like_json() {
    let server = empty();
    for name in ["A", "B", "C"] {
        server.create("accounts", account(name));
    }
    let form = "fields=ID&fields=lastname&filters=%7B%22lastname%22%3A%7B%22IN%22%3A%5B%22A%22%2C%22C%22%5D%7D%7D&sort=-ID&limit=1";
    let rows = server.ask("POST", "/api/v1/accounts").form(form).send().json();
    assert_eq!(rows, json!([{"ID":3,"lastname":"C"}]));
}

#[test]
fn offset_and_limit_cut_a_page() {
    let server = demo();
    let all = ids(&server.list("tickets", json!({ "fields": ["ID"], "sort": ["-ID"] })));
    let page = ids(&server.list("tickets", json!({ "fields": ["ID"], "sort": ["-ID"], "offset": 10, "limit": 5 })));
    assert_eq!(page, all[10..15]);
    assert_eq!(server.list("tickets", json!({ "offset": 100_000 })), json!([]));
}

#[test]
fn fact_9_7_a_list_without_a_limit_stops_at_a_thousand_and_a_larger_one_is_cut() {
    let server = empty();
    for _ in 0..1003 {
        server.create("ledgers", json!({ "name": "L" }));
    }
    assert_eq!(server.list("ledgers", json!({ "fields": ["ID"] })).as_array().unwrap().len(), 1000);
    assert_eq!(server.list("ledgers", json!({ "fields": ["ID"], "limit": 50_000 })).as_array().unwrap().len(), 1003);
    assert_eq!(server.list("ledgers", json!({ "count": 1, "limit": 5, "offset": 3 })), json!({ "count": 1003 }));
    let csv = server.ask("POST", "/api/v1/ledgers").json(&json!({ "fields": ["ID"], "export": true })).send().text();
    assert_eq!(csv.lines().count(), 1004);
}

#[test]
fn fact_9_8_nulls_sort_last_upwards_and_first_downwards() {
    let server = empty();
    for duedate in [json!(2), json!(null), json!(1)] {
        server.create("tickets", json!({ "name": "T", "duedate": duedate }));
    }
    assert_eq!(ids(&server.list("tickets", json!({ "sort": ["duedate"] }))), [3, 1, 2]);
    assert_eq!(ids(&server.list("tickets", json!({ "sort": ["-duedate"] }))), [2, 1, 3]);
    assert_eq!(ids(&server.list("tickets", json!({ "sort": ["-account.lastname", "-ID"] }))), [3, 2, 1]);
}

#[test]
fn fact_9_1_filter_and_filters_must_both_hold() {
    let server = demo();
    let both =
        server.list("tickets", json!({ "fields": ["ID"], "filter": { "status": 4 }, "filters": { "priority": 2 } }));
    let merged = server.list("tickets", json!({ "fields": ["ID"], "filters": { "status": 4, "priority": 2 } }));
    assert_eq!(both, merged);
    assert!(!ids(&merged).is_empty());
    let by_key = server.list("tickets", json!({ "fields": ["ID", "account"], "filter": { "account": 1 } }));
    assert!(!ids(&by_key).is_empty() && by_key.as_array().unwrap().iter().all(|row| row["account"] == 1));
}

#[test]
fn fact_9_11_search_needs_every_word_and_ignores_case() {
    let server = demo();
    let rows = server.list("tickets", json!({ "fields": ["name"], "query": "PUMP leaks" }));
    let rows = rows.as_array().unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["name"] == "Pump seal leaks"));
    assert_eq!(server.list("tickets", json!({ "query": "pump nowhere" })), json!([]));
    assert_eq!(server.list("addresses", json!({ "query": "pump" })), json!([]));
}

#[test]
fn fact_9_15_counts_with_distinct_count_distinct_rows() {
    let server = demo();
    let body = json!({ "fields": ["status"], "distinct": true, "count": true });
    assert_eq!(server.list("tickets", body), json!({ "count": 12 }));
}

#[test]
fn composite_columns_expand_in_lists() {
    let server = empty();
    server.create("messages", json!({ "attachments": ["a.pdf", "b c.pdf"] }));
    server.create("objects", json!({ "name": "O", "entity": "bench", "data": { "z": 1, "a": [2] } }));
    let plain = server.list("messages", json!({ "fields": ["attachments"] }));
    assert_eq!(plain, json!([{ "attachments": "{a.pdf,\"b c.pdf\"}" }]));
    let expanded = server.list("messages", json!({ "fields": { "files": "attachments" }, "expand": ["attachments"] }));
    assert_eq!(expanded, json!([{ "files": ["a.pdf", "b c.pdf"] }]));
    let whole = server.list("objects", json!({ "expand": ["data"] }));
    assert_eq!(whole[0]["data"], json!({ "z": 1, "a": [2] }));
}

#[test]
fn tags_come_with_lists_when_asked_for() {
    let server = empty();
    server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "tags": ["b", "a/x"] }));
    assert_eq!(
        server.list("accounts", json!({ "fields": ["ID"], "tags": 1 })),
        json!([{ "ID": 1, "tags": ["a/x", "b"] }])
    );
}

#[test]
fn custom_fields_can_be_selected_filtered_and_sorted_by() {
    let server = empty();
    for (name, size) in [("A", json!(9)), ("B", json!(10)), ("C", json!(null))] {
        server.create("accounts", json!({ "lastname": name, "currency": "EUR", "extdata": { "size": size } }));
    }
    let body = json!({ "fields": ["lastname", "extdata.size"], "filters": { "extdata.size": { ">": 8 } }, "sort": ["-extdata.size"] });
    let rows = json!([{ "lastname": "A", "extdata.size": "9" }, { "lastname": "B", "extdata.size": "10" }]);
    assert_eq!(server.list("accounts", body), rows);
    let missing = server.list("accounts", json!({ "fields": ["extdata.size"], "filters": { "ID": 3 } }));
    assert_eq!(missing, json!([{ "extdata.size": null }]));
}

#[test]
fn fact_9_3_a_bad_list_is_answered_with_400() {
    let server = empty();
    for body in [
        json!({ "fields": ["nothing"] }),
        json!({ "fields": ["password"] }),
        json!({ "fields": [1] }),
        json!({ "filters": { "nothing": 1 } }),
        json!({ "filters": "x" }),
        json!({ "sort": ["creator.name"] }),
        json!({ "expand": ["nothing"] }),
        json!({ "limit": 0 }),
        json!({ "limit": "many" }),
        json!({ "offset": -1 }),
        json!({ "distinct": "maybe" }),
        json!({ "filters": { "email": { "~": "(" } } }),
        json!({ "fields": ["name"], "distinct": true, "sort": ["email"] }),
    ] {
        let answer = server.ask("POST", "/api/v1/users").json(&body).send();
        assert_eq!(answer.error(), 400, "{body}");
        assert!(!answer.text().contains("nothing"));
    }
    let answer = server.ask("POST", "/api/v1/transactions").json(&json!({ "filters": { "visibility": 0 } })).send();
    assert_eq!(answer.error(), 400);
}

#[test]
fn binary_content_is_listed_by_size_and_hash() {
    let server = empty();
    server.create("documents", json!({ "name": "D", "binfile": { "uri": "data:text/plain,Hei" } }));
    let hash = "\\x63a14d43e14187cbaf9119d926685641";
    assert_eq!(
        server.list("binfiles", json!({ "filters": { "hash": hash } })),
        json!([{ "ID": 1, "size": 3, "hash": hash }])
    );
}

#[test]
fn a_filter_nests_a_hundred_groups_and_a_deeper_one_is_told_so() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let nested = |depth: usize| {
        let (before, after) = (r#"{"ID":{">":0},"0":["AND","#.repeat(depth), "]}".repeat(depth));
        format!(r#"{{"filters":{before}{{"ID":1}}{after},"count":1}}"#)
    };
    let ask = |body: &str| server.ask("POST", "/api/v1/ledgers").body("application/json", body.as_bytes()).send();
    for depth in [1, 63, 64, 100] {
        let answer = ask(&nested(depth));
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"count":1}"#), "{depth}");
    }
    for depth in [101, 120, 200, 5000, 100_000] {
        let answer = ask(&nested(depth));
        assert!(answer.error() == 400 && answer.text().contains("depth"), "{depth}: {}", answer.text());
    }
    for body in [
        "[".repeat(100_000),
        "{\"filters\":".repeat(100_000),
        format!("{{\"filters\":{}1", "{\"0\":[\"OR\",".repeat(100_000)),
    ] {
        assert_eq!(ask(&body).error(), 400);
    }
    let form = format!("filters{}=1", "[0]".repeat(100_000));
    let answer = server.ask("POST", "/api/v1/ledgers").form(&form).send();
    assert!(answer.error() == 400 && answer.text().contains("depth"), "{}", answer.text());
    let text = format!("filters={}", "%5B".repeat(100_000));
    assert_eq!(server.ask("POST", "/api/v1/ledgers").form(&text).send().error(), 400);
}

#[test]
fn fact_10_17_a_backslash_takes_percent_and_underscore_as_they_are() {
    let server = empty();
    for name in ["100% wool", "100 wool", "a_b", "axb"] {
        server.create("items", json!({ "name": name }));
    }
    for (pattern, expected) in [(r"100\%%", vec![1]), ("100%", vec![1, 2]), (r"a\_b", vec![3]), ("a_b", vec![3, 4])] {
        let filters = json!({ "name": { "~~": pattern } });
        assert_eq!(ids(&server.list("items", json!({ "filters": filters }))), expected, "{pattern}");
    }
}
