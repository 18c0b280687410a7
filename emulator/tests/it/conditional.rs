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
fn the_tag_is_that_of_the_row_whatever_is_asked_with_it() {
    let server = empty();
    server.create("tickets", json!({ "name": "A", "tags": ["x"] }));
    let plain = server.ask("GET", "/api/v1/tickets/1").send();
    let full = server.ask("GET", "/api/v1/tickets/1?tags=1&expand=billingitems").send();
    assert_eq!(plain.header("etag"), full.header("etag"));
}
