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

#[test]
fn fact_10_19_brackets_filter_select_and_sort_like_json() {
    let server = crate::client::demo();
    let json = |body: Value| server.list("tickets", body);
    let form = |form: &str| {
        let answer = server.ask("POST", "/api/v1/tickets").form(form).send();
        assert_eq!(answer.status, 200, "{form}: {}", answer.text());
        answer.json()
    };
    let four = json(json!({ "filters": { "status": 4 }, "count": 1 }));
    assert_ne!(four, json(json!({ "count": 1 })), "the filter narrows");
    assert_eq!(form("filters[status]=4&count=1"), four);
    assert_eq!(form("filters%5Bstatus%5D=4&count=1"), four);
    assert_eq!(form("filter[status][IN][]=4&count=1"), four);
    assert_eq!(form("filters[0][]=NOT&filters[0][1][status][!IN][0]=4&count=1"), four);
    let rows = json(json!({ "fields": ["ID"], "sort": ["-priority", "ID"], "limit": 2 }));
    assert_eq!(form("fields[]=ID&sort[]=-priority&sort[]=ID&limit=2"), rows);
    assert_eq!(form("fields[0]=ID&sort[0]=-priority&sort[1]=ID&limit=2"), rows);
    assert_eq!(form("fields[n]=ID&limit=1&sort[]=ID"), json!([{ "n": 1 }]));
}

#[test]
fn brackets_write_custom_fields_tags_lines_and_files() {
    let server = empty();
    let create = |path: &str, form: &str| {
        let answer = server.ask("PUT", path).form(form).send();
        assert_eq!(answer.status, 201, "{form}: {}", answer.text());
        answer.json()["ID"].as_i64().unwrap()
    };
    create("/api/v1/documents", "name=D&extdata[region]=EU&extdata[0]=x&tags[]=a/b&tags[]=c&binfile[content]=SGVp");
    let stored = server.ask("GET", "/api/v1/documents/1?extdata=1&tags=1&expand[]=binfile").send().json();
    assert_eq!((&stored["extdata"], &stored["tags"]), (&json!({ "region": "EU", "0": "x" }), &json!(["a/b", "c"])));
    assert_eq!(stored["binfile"], json!({ "content": "SGVp" }));
    create("/api/v1/documents", "name=E&extdata[0]=x&extdata[1]=y");
    let numbered = server.ask("GET", "/api/v1/documents/2?extdata=1").send().json();
    assert_eq!(numbered["extdata"], json!({ "0": "x", "1": "y" }), "numbers are names here");
    create("/api/v1/transactions", "currency=EUR&items[0][type]=1&items[0][text]=Hei&items[1][type]=0");
    let items = server.ask("GET", "/api/v1/transactions/1?expand%5B0%5D=items").send().json()["items"].clone();
    assert_eq!(items, json!([{ "type": "1", "text": "Hei" }, { "type": "0" }]));
    create("/api/v1/messages", "attachments[]=a&attachments[]=b");
    let listed = server.ask("GET", "/api/v1/messages/1?expand=attachments").send().json()["attachments"].clone();
    assert_eq!(listed, json!(["a", "b"]));
}

#[test]
fn fact_10_19_a_name_with_brackets_that_cannot_be_placed_is_refused() {
    let server = empty();
    server.create("accounts", account("A"));
    let lenient = crate::client::switched(|switches| {
        switches.unknown_write = zeyos_emulator::switches::Unknown::Ignore;
        switches.unknown_member = zeyos_emulator::switches::Unknown::Ignore;
    });
    for form in [
        "filtres[status]=4",
        "filters[status=4",
        "filters]=4",
        "filters[a]b=4",
        "[filters]=4",
        "count[]=1",
        "limit[a]=1",
        "fields[a][b]=ID",
        "filters=1&filters[a]=1",
    ] {
        for server in [&server, &lenient] {
            assert_eq!(server.ask("POST", "/api/v1/accounts").form(form).send().error(), 400, "{form}");
        }
    }
    for form in
        ["lastname=A&currency=EUR&nothing[a]=1", "lastname[a]=A&currency=EUR", "lastname=A&currency=EUR&extdata[a=1"]
    {
        for server in [&server, &lenient] {
            assert_eq!(server.ask("PUT", "/api/v1/accounts").form(form).send().error(), 400, "{form}");
        }
    }
    for query in ["filters[status]=4", "expand[a]=meta", "extdata[]=1"] {
        assert_eq!(server.ask("GET", &format!("/api/v1/accounts/1?{query}")).send().error(), 400, "{query}");
    }
}
