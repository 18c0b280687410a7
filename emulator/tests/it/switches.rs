//! Switches of the list language and of writes, over the wire.

use serde_json::{Value, json};
use zeyos_emulator::{
    BadColumn, BothFilters, CountShape, CreateId, EtagContent, ExtdataValues, FilterFk, LimitOver, NullFilter, Nulls,
    QueryNone, QueryTerms, Unexpanded, Unknown,
};

use crate::client::{Server, account, ids, switched};

fn status(server: &Server, resource: &str, body: &Value) -> u16 {
    server.ask("POST", &format!("/api/v1/{resource}")).json(body).send().status
}

#[test]
fn conditions_on_foreign_keys_may_be_dropped_from_filter_but_not_from_filters() {
    let server = switched(|switches| switches.filter_fk = FilterFk::Ignore);
    server.create("tickets", json!({ "name": "A", "assigneduser": 1 }));
    server.create("tickets", json!({ "name": "B" }));
    assert_eq!(ids(&server.list("tickets", json!({ "filter": { "assigneduser": 1 } }))), [1, 2]);
    assert_eq!(ids(&server.list("tickets", json!({ "filter": { "assigneduser": 1, "name": "B" } }))), [2]);
    assert_eq!(ids(&server.list("tickets", json!({ "filters": { "assigneduser": 1 } }))), [1]);
}

#[test]
fn strange_lists_may_be_refused() {
    let server = switched(|switches| {
        switches.both_filters = BothFilters::Reject;
        switches.unknown_member = Unknown::Reject;
        switches.limit_over = LimitOver::Reject;
    });
    assert_eq!(status(&server, "tickets", &json!({ "filter": {"ID": 1}, "filters": {"ID": 1} })), 400);
    assert_eq!(status(&server, "tickets", &json!({ "pages": 1 })), 400);
    assert_eq!(status(&server, "tickets", &json!({ "limit": 10_001 })), 400);
    assert_eq!(status(&server, "tickets", &json!({ "limit": 10_000, "filters": {"ID": 1} })), 200);
}

#[test]
fn a_bad_column_may_be_named() {
    let server = switched(|switches| switches.bad_column = BadColumn::Named);
    assert!(
        server.ask("POST", "/api/v1/tickets").json(&json!({ "fields": ["nothing"] })).send().text().contains("nothing")
    );
}

#[test]
fn nulls_may_follow_sqlite_and_never_be_found() {
    let server = switched(|switches| {
        switches.nulls = Nulls::Sqlite;
        switches.null_filter = NullFilter::Never;
    });
    server.create("tickets", json!({ "name": "A", "duedate": 1 }));
    server.create("tickets", json!({ "name": "B" }));
    assert_eq!(ids(&server.list("tickets", json!({ "sort": ["duedate"] }))), [2, 1]);
    assert_eq!(ids(&server.list("tickets", json!({ "sort": ["-duedate"] }))), [1, 2]);
    assert_eq!(server.list("tickets", json!({ "filters": { "duedate": null } })), json!([]));
}

#[test]
fn a_count_has_four_shapes() {
    for (shape, expected) in [
        (CountShape::Object, json!({ "count": 1 })),
        (CountShape::Number, json!(1)),
        (CountShape::Text, json!("1")),
        (CountShape::Wrapper, json!({ "data": [], "count": 1 })),
    ] {
        let server = switched(|switches| switches.count_shape = shape);
        assert_eq!(server.list("users", json!({ "count": 1 })), expected);
    }
}

#[test]
fn search_may_take_any_word_or_the_phrase() {
    let names = ["Shaft seal", "Seal ring", "Bolt"];
    for (terms, query, expected) in [
        (QueryTerms::AnyTerm, "shaft ring", vec![1, 2]),
        (QueryTerms::Phrase, "shaft seal", vec![1]),
        (QueryTerms::Phrase, "seal shaft", vec![]),
    ] {
        let server = switched(|switches| {
            switches.query_terms = terms;
            switches.query_none = QueryNone::Ignore;
        });
        for name in names {
            server.create("items", json!({ "name": name }));
        }
        assert_eq!(ids(&server.list("items", json!({ "query": query }))), expected, "{query}");
        assert_eq!(server.list("groups2users", json!({ "query": query, "count": true })), json!({ "count": 1 }));
    }
}

#[test]
fn composite_columns_may_be_left_out_and_custom_fields_keep_their_types() {
    let server = switched(|switches| {
        switches.unexpanded = Unexpanded::Omit;
        switches.extdata_values = ExtdataValues::Json;
    });
    let stored = server
        .create("transactions", json!({ "currency": "EUR", "items": [], "extdata": { "n": 4, "t": "x", "b": true } }));
    assert_eq!(stored.get("items"), None);
    let full = server.ask("GET", "/api/v1/transactions/1?expand=items&extdata=1").send().json();
    assert_eq!((&full["items"], &full["extdata"]), (&json!([]), &json!({ "b": true, "n": 4, "t": "x" })));
    assert_eq!(server.list("transactions", json!({ "fields": ["extdata.n"] })), json!([{ "extdata.n": 4 }]));
}

#[test]
fn tags_of_lists_and_of_records_may_be_off() {
    let server = switched(|switches| {
        switches.list_tags = false;
        switches.record_tags = false;
    });
    server.create("records", json!({ "text": "A", "tags": ["x"] }));
    assert_eq!(server.ask("GET", "/api/v1/records/1?tags=1").send().json()["tags"], json!([]));
    assert_eq!(server.list("records", json!({ "fields": ["ID"], "tags": 1 })), json!([{ "ID": 1 }]));
}

#[test]
fn writes_may_be_lenient_or_strict() {
    let server = switched(|switches| {
        switches.unknown_write = Unknown::Ignore;
        switches.readonly_write = Unknown::Reject;
        switches.auto_number = false;
        switches.create_id = CreateId::Ignore;
    });
    let stored = server.create("tickets", json!({ "ID": 50, "name": "A", "nothing": 1 }));
    assert_eq!((&stored["ID"], &stored["ticketnum"]), (&json!(1), &json!("")));
    assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&json!({ "name": "A", "creator": 1 })).send().error(), 400);
    assert_eq!(server.ask("PUT", "/api/v1/transactions").json(&json!({ "currency": "EUR" })).send().error(), 500);
    let server = switched(|switches| switches.create_id = CreateId::AlwaysConflict);
    assert_eq!(server.ask("PUT", "/api/v1/ledgers").json(&json!({ "ID": 50, "name": "A" })).send().error(), 409);
}

#[test]
fn the_entity_tag_may_rest_on_the_date() {
    let server = switched(|switches| switches.etag = EtagContent::LastModified);
    server.create("accounts", account("A"));
    let tag = || server.ask("GET", "/api/v1/accounts/1").send().header("etag").unwrap().to_owned();
    let first = tag();
    server.zeyos.advance_clock(std::time::Duration::from_secs(5));
    server.ask("PATCH", "/api/v1/accounts/1").json(&json!({})).send();
    assert_ne!(first, tag());
}
