//! Conditional requests over the wire; the comparison itself has its tests beside the code.

use serde_json::json;

use crate::client::empty;

const LONG_AGO: &str = "Thu, 01 Jan 1998 00:00:00 GMT";

#[test]
fn a_read_with_a_current_tag_or_date_is_304_without_a_body() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let first = server.ask("GET", "/api/v1/ledgers/1").send();
    let (etag, changed) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
    for method in ["GET", "HEAD"] {
        let ask = || server.ask(method, "/api/v1/ledgers/1");
        let same = ask().header("If-None-Match", etag).send();
        assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, Some(etag)));
        assert_eq!(ask().header("If-Modified-Since", changed).send().status, 304);
        let other = ask().header("If-None-Match", "\"other\"").header("If-Modified-Since", changed).send();
        assert_eq!(other.status, if method == "GET" { 200 } else { 204 });
        assert_eq!(ask().header("If-Modified-Since", LONG_AGO).send().status / 100, 2);
    }
}

#[test]
fn a_write_with_an_old_tag_or_date_is_412_and_changes_nothing() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let etag = server.ask("GET", "/api/v1/ledgers/1").send().header("etag").unwrap().to_owned();
    let update = |name: &str, header: &str, value: &str| {
        server.ask("PATCH", "/api/v1/ledgers/1").header(header, value).json(&json!({ "name": name })).send()
    };
    let changed = update("B", "If-Match", &etag);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
    assert_eq!(update("C", "If-Match", &etag).error(), 412);
    assert_eq!(update("C", "If-Unmodified-Since", LONG_AGO).error(), 412);
    for (header, value) in [("If-Match", etag.as_str()), ("If-Unmodified-Since", LONG_AGO)] {
        assert_eq!(server.ask("DELETE", "/api/v1/ledgers/1").header(header, value).send().error(), 412);
    }
    assert_eq!(server.list("ledgers", json!({ "fields": ["name"] })), json!([{ "name": "B" }]));
    assert_eq!(server.ask("DELETE", "/api/v1/ledgers/1").header("If-Match", "*").send().status, 204);
}

#[test]
fn fact_9_22_the_tag_is_that_of_the_row_whatever_is_asked_with_it() {
    let server = empty();
    server.create("tickets", json!({ "name": "A", "tags": ["x"] }));
    let plain = server.ask("GET", "/api/v1/tickets/1").send();
    let full = server.ask("GET", "/api/v1/tickets/1?tags=1&expand=billingitems").send();
    assert_eq!(plain.header("etag"), full.header("etag"));
}

#[test]
fn tags_may_be_weak_and_come_in_lists_and_in_several_headers() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let etag = server.ask("GET", "/api/v1/ledgers/1").send().header("etag").unwrap().to_owned();
    let (weak, list) = (format!("W/{etag}"), format!("\"a,b\", W/\"c\",{etag}"));
    let get = || server.ask("GET", "/api/v1/ledgers/1");
    let update = || server.ask("PATCH", "/api/v1/ledgers/1").json(&json!({}));
    for tags in ["*", &etag, &weak, &list] {
        assert_eq!(get().header("If-None-Match", tags).send().status, 304, "{tags}");
    }
    for tags in ["\"x\"", etag.trim_matches('"'), "\"*\"", ""] {
        assert_eq!(get().header("If-None-Match", tags).send().status, 200, "{tags:?}");
        assert_eq!(update().header("If-Match", tags).send().error(), 412, "{tags:?}");
    }
    assert_eq!(get().header("If-None-Match", "\"x\"").header("If-None-Match", &etag).send().status, 304);
    assert_eq!(update().header("If-Match", &weak).send().error(), 412, "a write compares strongly");
    assert_eq!(update().header("If-Match", "\"x\"").header("If-Match", &list).send().status, 200);
}

#[test]
fn fact_9_22_a_star_stands_for_any_tag() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let ask = |method: &str, header: &str| server.ask(method, "/api/v1/ledgers/1").header(header, "*");
    assert_eq!(ask("GET", "If-None-Match").send().status, 304);
    assert_eq!(ask("PATCH", "If-Match").json(&json!({ "name": "B" })).send().status, 200);
    assert_eq!(server.ask("GET", "/api/v1/ledgers/1").send().json()["name"], "B");
}

#[test]
fn a_condition_counts_only_where_the_request_would_succeed_without_it() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let update = |id: i64, body: serde_json::Value| {
        let ask = server.ask("PATCH", &format!("/api/v1/ledgers/{id}")).header("If-Match", "\"old\"");
        ask.json(&body).send().error()
    };
    assert_eq!(update(9, json!({})), 404);
    assert_eq!(update(1, json!({ "nothing": 1 })), 400);
    assert_eq!(update(1, json!({ "ID": 2 })), 409);
    assert_eq!(update(1, json!({ "name": "B" })), 412);
    let ask = |path: &str| server.ask("GET", path).header("If-None-Match", "*").send().status;
    assert_eq!(ask("/api/v1/ledgers/1?expand=nothing"), 400);
    assert_eq!(ask("/api/v1/ledgers/9"), 404);
}

#[test]
fn dates_that_cannot_be_read_do_not_count_and_seconds_decide() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    for date in ["yesterday", "", "2026-01-01T00:00:00Z", "1767225600"] {
        assert_eq!(
            server.ask("GET", "/api/v1/ledgers/1").header("If-Modified-Since", date).send().status,
            200,
            "{date}"
        );
        let update =
            server.ask("PATCH", "/api/v1/ledgers/1").header("If-Unmodified-Since", date).json(&json!({})).send();
        assert_eq!(update.status, 200, "{date}");
    }
    let changed = server.ask("GET", "/api/v1/ledgers/1").send().header("last-modified").unwrap().to_owned();
    server.zeyos.advance_clock(std::time::Duration::from_secs(5));
    let update = || {
        let ask = server.ask("PATCH", "/api/v1/ledgers/1").header("If-Unmodified-Since", &changed);
        ask.json(&json!({ "name": "B" })).send().status
    };
    assert_eq!(update(), 200, "not changed since");
    assert_eq!(update(), 412, "changed five seconds after");
}

#[test]
fn identity_headers_stand_where_the_documents_have_them() {
    let server = empty();
    let body = json!({ "name": "A" });
    let put = server.ask("PUT", "/api/v1/ledgers/").json(&body).send();
    let path = "/api/v1/ledgers/1";
    let list = server.ask("POST", "/api/v1/ledgers").json(&json!({})).send();
    let (get, head) = (server.ask("GET", path).send(), server.ask("HEAD", path).send());
    let patch = server.ask("PATCH", path).json(&body).send();
    let delete = server.ask("DELETE", path).send();
    for (answer, identified, located) in [
        (put, true, true),
        (get, true, false),
        (head, true, false),
        (patch, true, false),
        (list, false, false),
        (delete, false, false),
    ] {
        assert_eq!(answer.header("etag").is_some(), identified, "{answer:?}");
        assert_eq!(answer.header("last-modified").is_some(), identified, "{answer:?}");
        assert_eq!(answer.header("content-location"), located.then_some("/demo/api/v1/ledgers/1"));
        assert_eq!(answer.header("location"), None);
    }
}
