//! Switches of the list language and of writes, over the wire.

use serde_json::{Value, json};
use zeyos_emulator::switches::{
    BadColumn, BothFilters, CountShape, CreateId, CsvEol, DefaultOrder, Dotted, EtagContent, ExtdataKeys,
    ExtdataValues, FilterFk, FilterMember, HiddenColumns, LimitOver, NotMany, NullFilter, Nulls, QueryNone, QueryTerms,
    ReadonlyWrite, TextOrder, Unexpanded, UnindexedWindow, Unknown,
};

use crate::client::{Server, account, empty, ids, switched};

fn status(server: &Server, resource: &str, body: &Value) -> u16 {
    server.ask("POST", &format!("/api/v1/{resource}")).json(body).send().status
}

#[test]
fn fact_9_1_conditions_on_foreign_keys_may_be_dropped_from_filter_but_not_from_filters() {
    let server = switched(|switches| switches.filter_fk = FilterFk::Ignore);
    server.create("tickets", json!({ "name": "A", "assigneduser": 1 }));
    server.create("tickets", json!({ "name": "B" }));
    assert_eq!(ids(&server.list("tickets", json!({ "filter": { "assigneduser": 1 } }))), [1, 2]);
    assert_eq!(ids(&server.list("tickets", json!({ "filter": { "assigneduser": 1, "name": "B" } }))), [2]);
    assert_eq!(ids(&server.list("tickets", json!({ "filters": { "assigneduser": 1 } }))), [1]);
}

#[test]
fn fact_9_1_of_both_filters_one_may_count_alone_or_both_be_refused() {
    let both = |ids: [i64; 2]| json!({ "filter": { "ID": ids[0] }, "filters": { "ID": ids[1] }, "fields": ["ID"] });
    let filled = |both_filters: BothFilters| {
        let server = switched(|switches| switches.both_filters = both_filters);
        for name in ["A", "B"] {
            server.create("ledgers", json!({ "name": name }));
        }
        server
    };
    assert_eq!(ids(&filled(BothFilters::And).list("ledgers", both([1, 2]))), [0; 0]);
    assert_eq!(ids(&filled(BothFilters::PreferFilters).list("ledgers", both([1, 2]))), [2]);
    let refusing = filled(BothFilters::Reject);
    assert_eq!(status(&refusing, "ledgers", &both([1, 1])), 400);
    assert_eq!(ids(&refusing.list("ledgers", json!({ "filter": { "ID": 1 } }))), [1]);
}

#[test]
fn fact_9_2_an_unknown_member_is_passed_over_or_refused() {
    for (unknown, expected) in [(Unknown::Ignore, 200), (Unknown::Reject, 400)] {
        let server = switched(|switches| switches.unknown_member = unknown);
        assert_eq!(status(&server, "tickets", &json!({ "pages": 1 })), expected);
        assert_eq!(status(&server, "tickets", &json!({ "filters": {}, "Filters": {} })), expected, "names mind case");
        assert_eq!(status(&server, "tickets", &json!({ "limit": 1 })), 200);
    }
}

#[test]
fn fact_9_7_a_limit_above_the_most_may_be_refused_and_one_below_1_always_is() {
    let server = switched(|switches| switches.limit_over = LimitOver::Reject);
    for (limit, expected) in [(10_001, 400), (10_000, 200), (1, 200), (0, 400), (-1, 400)] {
        assert_eq!(status(&server, "tickets", &json!({ "limit": limit })), expected, "{limit}");
    }
}

#[test]
fn fact_9_9_null_means_is_null_and_not_null_is_not_null() {
    let server = empty();
    server.create("tickets", json!({ "name": "A", "duedate": 1 }));
    server.create("tickets", json!({ "name": "B" }));
    for (condition, expected) in
        [(json!(null), 2), (json!({ "=": null }), 2), (json!({ "!=": null }), 1), (json!({ "<>": null }), 1)]
    {
        assert_eq!(
            ids(&server.list("tickets", json!({ "filters": { "duedate": condition } }))),
            [expected],
            "{condition}"
        );
    }
}

#[test]
fn fact_9_10_not_over_several_operands_means_not_all_or_none() {
    let not = |first: &str, second: i64| json!({ "filters": { "0": ["NOT", { "name": first }, { "ID": second }] } });
    for (not_many, expected) in [(NotMany::NotAnd, vec![1, 2, 3]), (NotMany::Nor, vec![3])] {
        let server = switched(|switches| switches.not_many = not_many);
        for name in ["A", "B", "C"] {
            server.create("ledgers", json!({ "name": name }));
        }
        assert_eq!(ids(&server.list("ledgers", not("A", 2))), expected, "{not_many:?}");
        assert_eq!(ids(&server.list("ledgers", not("A", 1))), [2, 3], "{not_many:?}");
    }
}

#[test]
fn fact_9_3_a_bad_column_may_be_named() {
    let server = switched(|switches| switches.bad_column = BadColumn::Named);
    assert!(
        server.ask("POST", "/api/v1/tickets").json(&json!({ "fields": ["nothing"] })).send().text().contains("nothing")
    );
}

#[test]
fn fact_10_5_nulls_may_follow_sqlite_and_never_be_found() {
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
fn fact_9_8_rows_without_a_full_order_may_come_in_another_one_each_time() {
    let fill = |server: Server| {
        for _ in 0..40 {
            server.create("ledgers", json!({ "name": "L" }));
        }
        server
    };
    let sorts = [json!({}), json!({ "sort": ["name"] }), json!({ "fields": ["ID"], "distinct": true })];
    let (steady, shuffled) = (fill(empty()), fill(switched(|switches| switches.default_order = DefaultOrder::Random)));
    let by_id: Vec<i64> = (1..=40).collect();
    for sort in &sorts {
        assert_eq!(ids(&steady.list("ledgers", sort.clone())), by_id, "{sort}");
        // By chance all of these are in order once in 40! answers.
        let mut rows = ids(&shuffled.list("ledgers", sort.clone()));
        assert_ne!(rows, by_id, "{sort}");
        rows.sort_unstable();
        assert_eq!(rows, by_id, "{sort}");
    }
    assert_eq!(ids(&shuffled.list("ledgers", json!({ "sort": ["+name", "+ID"] }))), by_id);
}

#[test]
fn fact_9_12_paths_may_lead_over_more_than_one_key() {
    let fill = |server: Server| {
        server.create("contacts", json!({ "lastname": "Berg", "city": "Bergen", "assigneduser": 1 }));
        server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "contact": 1 }));
        server.create("tickets", json!({ "name": "with", "account": 1 }));
        server.create("tickets", json!({ "name": "without" }));
        server
    };
    let far = json!({
        "fields": ["name", "account.contact.city"],
        "filters": { "1": ["OR", { "account.contact.city": "Bergen" }, { "account.contact.city": null }] },
        "sort": ["-account.contact.city"],
    });
    let near = json!({ "fields": ["account.lastname"], "sort": ["account.lastname"] });
    let one = fill(empty());
    assert_eq!((status(&one, "tickets", &near), status(&one, "tickets", &far)), (200, 400));
    let three = fill(switched(|switches| switches.join_depth = 3));
    let rows = three.list("tickets", far);
    let expected = json!([
        { "name": "without", "account.contact.city": null },
        { "name": "with", "account.contact.city": "Bergen" },
    ]);
    assert_eq!(rows, expected);
    let owner = json!({ "fields": ["account.contact.assigneduser.name"], "filters": { "name": "with" } });
    assert_eq!(three.list("tickets", owner), json!([{ "account.contact.assigneduser.name": "demo" }]));
    let too_far = json!({ "fields": ["account.contact.assigneduser.contact.city"] });
    assert_eq!(status(&three, "tickets", &too_far), 400);
    let none = fill(switched(|switches| switches.join_depth = 0));
    assert_eq!(status(&none, "tickets", &near), 400);
}

#[test]
fn fact_9_12_dotted_keys_without_an_alias_may_be_objects() {
    let fill = |server: Server| {
        server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "extdata": { "tier": "gold" } }));
        server.create("tickets", json!({ "name": "T", "account": 1 }));
        server
    };
    let body = json!({ "fields": { "0": "ID", "1": "account.lastname", "2": "account.type", "a.b": "account.ID" } });
    let flat = fill(empty()).list("tickets", body.clone());
    assert_eq!(flat, json!([{ "ID": 1, "account.lastname": "A", "account.type": 0, "a.b": 1 }]));
    let server = fill(switched(|switches| switches.dotted = Dotted::Nested));
    let nested = json!([{ "ID": 1, "account": { "lastname": "A", "type": 0 }, "a.b": 1 }]);
    assert_eq!(server.list("tickets", body), nested);
    let custom = server.list("accounts", json!({ "fields": ["ID", "extdata.tier"] }));
    assert_eq!(custom, json!([{ "ID": 1, "extdata": { "tier": "gold" } }]));
    assert_eq!(server.list("accounts", json!({ "fields": { "t": "extdata.tier" } })), json!([{ "t": "gold" }]));
}

#[test]
fn fact_9_17_windows_over_times_without_an_index_may_be_503() {
    let windows = [
        ("tickets", json!({ "filters": { "duedate": { ">=": 0, "<": 9 } } }), 503),
        ("tickets", json!({ "filter": { "lastmodified": { ">": 0 } } }), 503),
        ("tickets", json!({ "filters": { "1": ["OR", { "ID": 1 }, { "account.creationdate": { "<=": 0 } }] } }), 503),
        ("tickets", json!({ "filters": { "date": { ">=": 0, "<": 9 } } }), 200),
        ("tickets", json!({ "filters": { "duedate": 5 } }), 200),
        ("tickets", json!({ "filters": { "duedate": { "IN": [5] } } }), 200),
        ("tickets", json!({ "filters": { "priority": { ">": 2 } }, "sort": ["duedate"] }), 200),
        ("records", json!({ "filters": { "stickydate": { ">": 2 } }, "count": 1 }), 200),
    ];
    let (patient, slow) =
        (empty(), switched(|switches| switches.unindexed_window = UnindexedWindow::ServiceUnavailable));
    for (resource, body, expected) in windows {
        assert_eq!(status(&patient, resource, &body), 200, "{body}");
        let answer = slow.ask("POST", &format!("/api/v1/{resource}")).json(&body).send();
        assert_eq!(answer.status, expected, "{body}");
        if expected == 503 {
            assert_eq!(answer.error(), 503);
        }
    }
}

#[test]
fn fact_9_16_csv_may_end_its_lines_like_unix_and_begin_with_a_mark() {
    let body = json!({ "fields": ["subject", "attachments", "ticket"], "export": true });
    let export = |server: Server| {
        server.create("messages", json!({ "subject": "a;\"b\"", "attachments": ["x", "y z"] }));
        let answer = server.ask("POST", "/api/v1/messages").json(&body).send();
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
        answer.text()
    };
    let row = "\"a;\"\"b\"\"\";\"[\"\"x\"\",\"\"y z\"\"]\";";
    assert_eq!(export(empty()), format!("subject;attachments;ticket\r\n{row}\r\n"));
    let unix = switched(|switches| {
        switches.csv_eol = CsvEol::Lf;
        switches.csv_bom = true;
    });
    assert_eq!(export(unix), format!("\u{feff}subject;attachments;ticket\n{row}\n"));
}

#[test]
fn fact_9_15_a_count_has_four_shapes() {
    for (shape, expected) in [
        (CountShape::Object, json!({ "count": 1 })),
        (CountShape::Number, json!(1)),
        (CountShape::Text, json!("1")),
        (CountShape::Wrapper, json!({ "data": [], "count": 1 })),
    ] {
        let server = switched(|switches| switches.count_shape = shape);
        assert_eq!(server.list("groups", json!({ "count": 1 })), expected);
    }
}

#[test]
fn fact_9_11_search_may_take_any_word_or_the_phrase() {
    let names = ["Shaft seal", "Seal ring", "Bolt"];
    for (terms, query, expected) in [
        (QueryTerms::AnyTerm, "shaft ring", vec![1, 2]),
        (QueryTerms::Phrase, "shaft seal", vec![1]),
        (QueryTerms::Phrase, "seal shaft", vec![]),
    ] {
        let server = switched(|switches| {
            switches.query = terms;
            switches.query_none = QueryNone::Ignore;
        });
        for name in names {
            server.create("items", json!({ "name": name }));
        }
        assert_eq!(ids(&server.list("items", json!({ "query": query }))), expected, "{query}");
        assert_eq!(server.list("groups2users", json!({ "query": query, "count": true })), json!({ "count": 2 }));
    }
}

#[test]
fn fact_9_13_composite_columns_may_be_left_out_unless_they_are_expanded() {
    let create = |server: &Server| server.create("transactions", json!({ "currency": "EUR", "items": [] }));
    assert_eq!(create(&empty())["items"], "[]");
    let server = switched(|switches| switches.unexpanded = Unexpanded::Omit);
    assert_eq!(create(&server).get("items"), None);
    assert_eq!(server.list("transactions", json!({}))[0].get("items"), None);
    assert_eq!(server.ask("GET", "/api/v1/transactions/1?expand=items").send().json()["items"], json!([]));
    assert_eq!(server.list("transactions", json!({ "fields": ["items"] })), json!([{ "items": "[]" }]));
}

#[test]
fn fact_9_14_custom_fields_are_text_or_keep_their_types() {
    let extdata = json!({ "n": 4, "t": "x", "b": true });
    let as_text = json!({ "n": "4", "t": "x", "b": "1" });
    for (values, expected) in [(ExtdataValues::Text, &as_text), (ExtdataValues::Json, &extdata)] {
        let server = switched(|switches| switches.extdata_values = values);
        server.create("transactions", json!({ "currency": "EUR", "extdata": extdata }));
        let full = server.ask("GET", "/api/v1/transactions/1?extdata=1").send().json();
        assert_eq!(&full["extdata"], expected);
        let listed = server.list("transactions", json!({ "fields": ["extdata.n"] }));
        assert_eq!(listed, json!([{ "extdata.n": expected["n"] }]));
    }
}

#[test]
fn fact_9_14_tags_of_lists_and_of_records_may_be_off() {
    let server = switched(|switches| {
        switches.list_tags = false;
        switches.record_tags = false;
    });
    server.create("records", json!({ "text": "A", "tags": ["x"] }));
    assert_eq!(server.ask("GET", "/api/v1/records/1?tags=1").send().json()["tags"], json!([]));
    assert_eq!(server.list("records", json!({ "fields": ["ID"], "tags": 1 })), json!([{ "ID": 1 }]));
}

#[test]
fn fact_9_4_unknown_and_read_only_columns_of_a_write_may_be_passed_over_or_refused() {
    let server = switched(|switches| {
        switches.unknown_write = Unknown::Ignore;
        switches.readonly_write = ReadonlyWrite::Reject;
    });
    assert_eq!(server.create("tickets", json!({ "name": "A", "nothing": 1 })).get("nothing"), None);
    assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&json!({ "name": "A", "creator": 1 })).send().error(), 400);
    assert_eq!(empty().ask("PUT", "/api/v1/tickets").json(&json!({ "name": "A", "nothing": 1 })).send().error(), 400);
}

#[test]
fn fact_9_5_an_id_in_a_create_may_always_be_refused_or_never_count() {
    let server = switched(|switches| switches.create_id = CreateId::Ignore);
    assert_eq!(server.create("ledgers", json!({ "ID": 50, "name": "A" }))["ID"], 1);
    let server = switched(|switches| switches.create_id = CreateId::AlwaysConflict);
    assert_eq!(server.ask("PUT", "/api/v1/ledgers").json(&json!({ "ID": 50, "name": "A" })).send().error(), 409);
}

#[test]
fn fact_9_18_numbers_may_stay_empty() {
    let server = switched(|switches| switches.auto_number = false);
    assert_eq!(server.create("tickets", json!({ "name": "A" }))["ticketnum"], "");
    assert_eq!(server.ask("PUT", "/api/v1/transactions").json(&json!({ "currency": "EUR" })).send().error(), 500);
}

#[test]
fn fact_9_22_the_entity_tag_may_rest_on_the_date() {
    let server = switched(|switches| switches.etag = EtagContent::LastModified);
    server.create("accounts", account("A"));
    let tag = || server.ask("GET", "/api/v1/accounts/1").send().header("etag").unwrap().to_owned();
    let first = tag();
    server.zeyos.advance_clock(std::time::Duration::from_secs(5));
    server.ask("PATCH", "/api/v1/accounts/1").json(&json!({})).send();
    assert_ne!(first, tag());
}

#[test]
fn the_member_filter_may_be_passed_over_whole() {
    let server = switched(|switches| switches.filter = FilterMember::Ignore);
    server.create("ledgers", json!({ "name": "A" }));
    assert_eq!(ids(&server.list("ledgers", json!({ "filter": { "ID": 9 } }))), [1]);
    assert_eq!(ids(&server.list("ledgers", json!({ "filters": { "ID": 9 } }))), [0; 0]);
}

#[test]
fn fact_10_1_custom_fields_without_an_alias_may_have_an_underscore_in_their_keys() {
    for (keys, key) in [(ExtdataKeys::Path, "extdata.tier"), (ExtdataKeys::Underscore, "extdata_tier")] {
        for dotted in [Dotted::Flat, Dotted::Nested] {
            let server = switched(|switches| (switches.extdata_keys, switches.dotted) = (keys, dotted));
            server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "extdata": { "tier": "gold" } }));
            let row = |fields: serde_json::Value| {
                server.list("accounts", json!({ "fields": fields, "sort": ["extdata.tier"] }))[0].clone()
            };
            let expected = match (dotted, keys) {
                (Dotted::Nested, ExtdataKeys::Path) => json!({ "extdata": { "tier": "gold" } }),
                _ => json!({ key: "gold" }),
            };
            assert_eq!(row(json!(["extdata.tier"])), expected);
            assert_eq!(row(json!({ "0": "extdata.tier" })), expected);
            assert_eq!(row(json!({ "t": "extdata.tier" })), json!({ "t": "gold" }), "an alias always counts");
            let distinct = json!({ "fields": ["extdata.tier"], "distinct": true, "sort": ["-extdata.tier"] });
            assert_eq!(server.list("accounts", distinct)[0], expected);
        }
    }
}

#[test]
fn fact_10_2_lists_may_bring_no_custom_fields_unless_they_are_named() {
    let server = switched(|switches| switches.list_extdata = false);
    server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "extdata": { "tier": "gold" } }));
    let row = |body: serde_json::Value| server.list("accounts", body)[0].clone();
    assert_eq!(row(json!({ "fields": ["ID"], "extdata": 1 })), json!({ "ID": 1 }));
    assert_eq!(row(json!({ "fields": ["extdata.tier"] })), json!({ "extdata.tier": "gold" }));
    assert_eq!(server.ask("GET", "/api/v1/accounts/1?extdata=1").send().json()["extdata"], json!({ "tier": "gold" }));
}

#[test]
fn fact_10_3_custom_fields_of_users_are_refused_unless_the_switch_has_them() {
    let bodies = [
        json!({ "fields": ["extdata.x"] }),
        json!({ "filters": { "extdata.x": 1 } }),
        json!({ "sort": ["extdata.x"] }),
        json!({ "extdata": 1 }),
    ];
    let server = empty();
    for body in &bodies {
        let answer = server.ask("POST", "/api/v1/users").json(body).send();
        assert_eq!((answer.error(), answer.text().as_str()), (400, "Extension data not available for users"), "{body}");
    }
    let server = switched(|switches| switches.user_extdata = true);
    for body in &bodies {
        assert_eq!(status(&server, "users", body), 200, "{body}");
    }
}

#[test]
fn fact_10_6_columns_that_the_documents_do_not_have_may_be_read_in_lists() {
    let body =
        json!({ "fields": ["ID", "messageid"], "filters": { "messageid": { "!=": "x" } }, "sort": ["messageid"] });
    let server = switched(|switches| switches.hidden_columns = HiddenColumns::Read);
    server.create("messages", json!({ "subject": "A" }));
    assert_eq!(server.list("messages", body.clone())[0]["ID"], 1);
    assert!(server.ask("GET", "/api/v1/messages/1").send().json().get("messageid").is_none(), "in lists alone");
    for path in ["password", "persistentlogintoken", "otpsecret"] {
        assert_eq!(status(&server, "users", &json!({ "fields": [path] })), 400, "{path}");
    }
    assert_eq!(status(&server, "messages", &json!({ "fields": ["assigneduser.password"] })), 400);
    assert_eq!(status(&empty(), "messages", &body), 400);
}

#[test]
fn texts_may_sort_and_compare_as_in_a_dictionary() {
    let names = ["Zebra", "apple", "Äpfel", "Banana", "äpfel"];
    let listed = |order| {
        let server = switched(|switches| switches.text_order = order);
        for name in names {
            server.create("items", json!({ "name": name, "extdata": { "n": name } }));
        }
        let sorted = |path: &str, body: serde_json::Value| {
            let mut ask = json!({ "fields": { "n": "name" }, "sort": [path] });
            ask.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            let rows = server.list("items", ask);
            rows.as_array().unwrap().iter().map(|row| row["n"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(sorted("name", json!({})), sorted("extdata.n", json!({})));
        let above = sorted("name", json!({ "filters": { "name": { ">=": "b" } } }));
        let distinct = sorted("name", json!({ "distinct": true }));
        assert_eq!(distinct, sorted("name", json!({})));
        (distinct, above)
    };
    let (sorted, above) = listed(TextOrder::CodePoints);
    assert_eq!(sorted, ["Banana", "Zebra", "apple", "Äpfel", "äpfel"]);
    assert_eq!(above, ["Äpfel", "äpfel"]);
    let (sorted, above) = listed(TextOrder::Locale);
    assert_eq!(sorted, ["äpfel", "Äpfel", "apple", "Banana", "Zebra"]);
    assert_eq!(above, ["Banana", "Zebra"]);
}
