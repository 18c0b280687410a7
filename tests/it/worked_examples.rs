//! The worked examples of list requests, one test each: typed query, body on the wire, answer as read.

use serde_json::{Value as Json, json};
use zeyos::rest::{
    Account, ActionStep, BinFile, BinFileContent, Contact, Item, Ledger, Line, LineContent, Message, Ticket,
    TicketStatus, Transaction, TransactionStatus, TransactionType, account, action_step, contact, item, message,
    ticket, transaction,
};
use zeyos::{Column, Composite, Count, Filter, Id, JsonRow, Timestamp, projection};

use crate::wire::Recorder;

/// The one request that went out was a list of the resource with this body.
#[track_caller]
fn asked(server: &Recorder, resource: &str, body: &Json) {
    let sent = server.only();
    assert_eq!((sent.method.as_str(), sent.path()), ("POST", format!("/api/v1/{resource}").as_str()));
    assert_eq!((sent.query.as_slice(), sent.json()), (&[][..], body));
}

fn untyped(rows: Vec<JsonRow>) -> Json {
    rows.into_iter().map(|row| Json::Object(row.0)).collect()
}

#[tokio::test]
async fn columns_filter_order_and_limit() {
    let answer = json!([
        {"ID": 311, "name": "Pump seal leaks", "priority": 4},
        {"ID": 298, "name": "Label printer offline", "priority": 2},
    ]);
    let server = Recorder::json(answer.clone());
    let query = Ticket::query()
        .live()
        .filter(ticket::STATUS.eq(TicketStatus::Active))
        .sort([ticket::PRIORITY.desc(), ticket::ID.asc()])
        .limit(2)
        .select_paths(["ID", "name", "priority"]);
    let rows = server.client().api().list_tickets(query).await.unwrap();
    let body = json!({
        "fields": ["ID", "name", "priority"],
        "filters": {"visibility": 0, "status": 4},
        "sort": ["-priority", "+ID"],
        "limit": 2,
    });
    asked(&server, "tickets", &body);
    assert_eq!(untyped(rows.into_inner()), answer);
}

projection! {
    #[derive(Debug, PartialEq)]
    struct Customer from Account {
        key: Id<Account> = account::ID,
        firm: String = account::LASTNAME,
        town: Option<String> = account::CONTACT.then(contact::CITY),
        owner: Option<String> = account::ASSIGNEDUSER.then(zeyos::rest::user::NAME),
        tier: Option<String> = Column::<Account, Option<String>>::extdata("tier"),
    }
}

#[tokio::test]
async fn columns_by_name_over_joins_and_custom_fields() {
    let server = Recorder::json(json!([
        {"key": 17, "firm": "Fjellbakeri AS", "town": "Bergen", "owner": null, "tier": "gold"},
    ]));
    let query = Account::query()
        .live()
        .filter(account::CONTACT.then(contact::COUNTRY).one_of(["NO", "SE"]))
        .sort([account::LASTNAME.asc(), account::ID.asc()])
        .select::<Customer>();
    let rows = server.client().api().list_accounts(query).await.unwrap();
    let body = json!({
        "fields": {
            "key": "ID", "firm": "lastname", "town": "contact.city", "owner": "assigneduser.name", "tier": "extdata.tier",
        },
        "filters": {"visibility": 0, "contact.country": {"IN": ["NO", "SE"]}},
        "sort": ["+lastname", "+ID"],
    });
    asked(&server, "accounts", &body);
    let fjellbakeri = Customer {
        key: Id::new(17),
        firm: "Fjellbakeri AS".to_owned(),
        town: Some("Bergen".to_owned()),
        owner: None,
        tier: Some("gold".to_owned()),
    };
    assert_eq!(rows.into_inner(), [fjellbakeri]);
}

#[tokio::test]
async fn a_number_as_name_means_that_the_path_is_the_name() {
    let answer = json!([{"ID": 311, "account.lastname": "Fjellbakeri AS", "who": "mara"}]);
    let server = Recorder::json(answer.clone());
    let query = Ticket::query().filter(ticket::ID.eq(311)).select_aliases([
        ("0", "ID"),
        ("1", "account.lastname"),
        ("who", "assigneduser.name"),
    ]);
    let rows = server.client().api().list_tickets(query).await.unwrap();
    let fields = json!({"0": "ID", "1": "account.lastname", "who": "assigneduser.name"});
    asked(&server, "tickets", &json!({"fields": fields, "filters": {"ID": 311}}));
    assert_eq!(untyped(rows.into_inner()), answer);
}

type Columns = Vec<(String, Json)>;
type Groups = Vec<(String, Vec<Json>)>;

/// A filter without what carries no meaning: the numbers of its groups, and an AND around entries that must all hold anyway.
fn meaning(filter: &Json) -> (Columns, Groups) {
    let (mut columns, mut groups) = (Vec::new(), Vec::new());
    for (key, value) in filter.as_object().unwrap() {
        if !key.bytes().all(|byte| byte.is_ascii_digit()) {
            columns.push((key.clone(), value.clone()));
            continue;
        }
        let (word, operands) = value.as_array().unwrap().split_first().unwrap();
        if word == "AND" {
            for (inner_columns, inner_groups) in operands.iter().map(meaning) {
                columns.extend(inner_columns);
                groups.extend(inner_groups);
            }
        } else {
            groups.push((word.as_str().unwrap().to_owned(), operands.to_vec()));
        }
    }
    (columns, groups)
}

/// As [`asked`], with filters compared by meaning.
#[track_caller]
fn asked_in_other_words(server: &Recorder, resource: &str, body: &Json) {
    let mut sent = server.only();
    assert_eq!(sent.path(), format!("/api/v1/{resource}"));
    let (mut body, sent) = (body.clone(), sent.body.as_mut().unwrap());
    assert_eq!(meaning(&sent["filters"].take()), meaning(&body["filters"].take()));
    assert_eq!(*sent, body);
}

#[tokio::test]
async fn either_of_two_conditions() {
    let server = Recorder::json(json!([{"ID": 298}, {"ID": 311}]));
    let either =
        ticket::DUEDATE.lt(Timestamp::from_unix(1_767_225_600)) | ticket::PRIORITY.eq(zeyos::rest::Priority::Highest);
    let query = Ticket::query().live().filter(either).sort([ticket::ID.asc()]).select_paths(["ID"]);
    let rows = server.client().api().list_tickets(query).await.unwrap();
    let body = json!({
        "fields": ["ID"],
        "filters": {"visibility": 0, "1": ["OR", {"duedate": {"<": 1_767_225_600}}, {"priority": 4}]},
        "sort": ["+ID"],
    });
    asked_in_other_words(&server, "tickets", &body);
    assert_eq!(untyped(rows.into_inner()), json!([{"ID": 298}, {"ID": 311}]));
}

#[tokio::test]
async fn groups_inside_groups() {
    let server = Recorder::json(json!([{"ID": 9, "type": 3, "status": 20}]));
    let bills = transaction::TYPE.one_of([TransactionType::BillingInvoice, TransactionType::BillingCredit]);
    let dropped = transaction::STATUS.one_of([TransactionStatus::Draft, TransactionStatus::Cancelled]);
    let columns = ["ID", "type", "status"];
    let query = Transaction::query().sort([transaction::ID.asc()]).select_paths(columns);
    let rows = server.client().api().list_transactions(query.clone().filter(bills & !dropped)).await.unwrap();
    let body = json!({
        "fields": columns,
        "filters": {"0": ["AND", {"type": {"IN": [3, 4]}}, {"0": ["NOT", {"status": {"IN": [0, 3]}}]}]},
        "sort": ["+ID"],
    });
    asked_in_other_words(&server, "transactions", &body);
    assert_eq!(untyped(rows.into_inner()), json!([{"ID": 9, "type": 3, "status": 20}]));

    // Word for word the example can be sent too.
    server.client().api().list_transactions(query.member("filters", body["filters"].clone())).await.unwrap();
    asked(&server, "transactions", &body);
}

#[tokio::test]
async fn the_number_of_rows_in_a_half_open_window() {
    let (from, to) = (Timestamp::from_unix(1_767_225_600), Timestamp::from_unix(1_769_904_000));
    let query = ActionStep::query().filter(action_step::DATE.ge(from) & action_step::DATE.lt(to));
    // The documented form, and those that clients have met.
    let forms = [json!({"count": 42}), json!(42), json!("42"), json!({"data": [], "count": "42"})];
    for form in forms {
        let server = Recorder::json(form);
        let count = server.client().api().list_action_steps(query.clone()).count().await.unwrap();
        let window = json!({"date": {">=": 1_767_225_600, "<": 1_769_904_000}});
        asked(&server, "actionsteps", &json!({"filters": window, "count": true}));
        assert_eq!(count.into_inner(), Count::from(42));
    }
    let server = Recorder::json(json!([{"ID": 1}]));
    let error = server.client().api().list_action_steps(query).count().await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
}

#[tokio::test]
async fn text_operators() {
    let answer = json!([{"ID": 5, "email": "Ida@Nordwind.example"}]);
    let server = Recorder::json(answer.clone());
    let filter = contact::EMAIL.ilike("%@nordwind.example") & contact::LASTNAME.not_matches("^Test");
    let query = Contact::query().filter(filter).select_paths(["ID", "email"]);
    let rows = server.client().api().list_contacts(query).await.unwrap();
    let filters = json!({"email": {"~~*": "%@nordwind.example"}, "lastname": {"!~": "^Test"}});
    asked(&server, "contacts", &json!({"fields": ["ID", "email"], "filters": filters}));
    assert_eq!(untyped(rows.into_inner()), answer);
}

/// Every operator that the server knows, under the spelling that it knows.
#[test]
fn every_operator_has_its_method() {
    let (name, number) = (item::NAME, item::WEIGHT);
    let all: [(Filter<Item>, Json); 16] = [
        (number.eq(1.5), json!({"weight": 1.5})),
        (number.ne(1.5), json!({"weight": {"!=": 1.5}})),
        (number.lt(1.5), json!({"weight": {"<": 1.5}})),
        (number.le(1.5), json!({"weight": {"<=": 1.5}})),
        (number.gt(1.5), json!({"weight": {">": 1.5}})),
        (number.ge(1.5), json!({"weight": {">=": 1.5}})),
        (number.one_of([1.5]), json!({"weight": {"IN": [1.5]}})),
        (number.none_of([1.5]), json!({"weight": {"!IN": [1.5]}})),
        (name.matches("a"), json!({"name": {"~": "a"}})),
        (name.imatches("a"), json!({"name": {"~*": "a"}})),
        (name.not_matches("a"), json!({"name": {"!~": "a"}})),
        (name.not_imatches("a"), json!({"name": {"!~*": "a"}})),
        (name.like("a"), json!({"name": {"~~": "a"}})),
        (name.ilike("a"), json!({"name": {"~~*": "a"}})),
        (name.not_like("a"), json!({"name": {"!~~": "a"}})),
        (name.not_ilike("a"), json!({"name": {"!~~*": "a"}})),
    ];
    for (filter, expected) in all {
        assert_eq!(filter.to_json(), expected);
    }
}

#[tokio::test]
async fn search_words_beside_a_filter() {
    let server = Recorder::json(json!([{"ID": 80, "itemnum": "S-40"}]));
    let query = Item::query().search("seal 40mm").live().sort([item::ITEMNUM.asc()]).select_paths(["ID", "itemnum"]);
    let rows = server.client().api().list_items(query).await.unwrap();
    let body = json!({
        "fields": ["ID", "itemnum"], "query": "seal 40mm", "filters": {"visibility": 0}, "sort": ["+itemnum"],
    });
    asked(&server, "items", &body);
    assert_eq!(untyped(rows.into_inner()), json!([{"ID": 80, "itemnum": "S-40"}]));
}

#[tokio::test]
async fn equal_rows_once_only() {
    let server = Recorder::json(json!([{"country": ""}, {"country": "NO"}]));
    let query = Contact::query().distinct().sort([contact::COUNTRY.asc()]).select_paths(["country"]);
    let rows = server.client().api().list_contacts(query).await.unwrap();
    asked(&server, "contacts", &json!({"fields": ["country"], "distinct": true, "sort": ["+country"]}));
    assert_eq!(untyped(rows.into_inner()), json!([{"country": ""}, {"country": "NO"}]));
}

projection! {
    #[derive(Debug)]
    struct Content from Message {
        id: Id<Message> = message::ID,
        binfile: Option<Composite<Id<BinFile>, BinFileContent>> = message::BINFILE,
    }
}

#[tokio::test]
async fn a_file_as_number_or_with_its_content() {
    let mail = Message::query().filter(message::ID.eq(72));
    let untyped_mail = mail.clone().select_paths(["ID", "binfile"]);
    let mut body = json!({"fields": ["ID", "binfile"], "filters": {"ID": 72}});

    let server = Recorder::json(json!([{"ID": 72, "binfile": 901}]));
    server.client().api().list_messages(untyped_mail.clone()).await.unwrap();
    asked(&server, "messages", &body);

    let server = Recorder::json(json!([{"ID": 72, "binfile": {"content": "SGVp"}}]));
    let rows = server.client().api().list_messages(untyped_mail.expand(message::BINFILE)).await.unwrap();
    body["expand"] = json!(["binfile"]);
    asked(&server, "messages", &body);
    assert_eq!(rows[0].0["binfile"], json!({"content": "SGVp"}));

    let plain = Recorder::json(json!([{"id": 72, "binfile": 901}]));
    let rows = plain.client().api().list_messages(mail.clone().select::<Content>()).await.unwrap();
    assert_eq!(rows[0].binfile.as_ref().unwrap().plain(), Some(&Id::new(901)));
    let expanded = Recorder::json(json!([{"id": 72, "binfile": {"content": "SGVp"}}]));
    let rows = expanded.client().api().list_messages(mail.select::<Content>()).await.unwrap();
    assert_eq!(rows[0].id, Id::new(72));
    let content = rows[0].binfile.as_ref().unwrap().expanded().unwrap();
    assert_eq!((content.content.as_deref(), content.uri.as_deref()), (Some("SGVp"), None));
}

projection! {
    struct Lines from Transaction {
        items: Option<Composite<String, Vec<Line>>> = transaction::ITEMS,
    }
}

#[tokio::test]
async fn lines_as_text_or_as_content() {
    let bill = Transaction::query().filter(transaction::ID.eq(9));
    let untyped_bill = bill.clone().select_paths(["ID", "items"]);
    let mut body = json!({"fields": ["ID", "items"], "filters": {"ID": 9}});
    let (text, list) = (json!("[{\"type\":1,\"text\":\"Hei\"}]"), json!([{"type": 1, "text": "Hei"}]));

    let server = Recorder::json(json!([{"ID": 9, "items": text}]));
    let rows = server.client().api().list_transactions(untyped_bill.clone()).await.unwrap();
    asked(&server, "transactions", &body);
    assert_eq!(rows[0].0["items"], text);

    let server = Recorder::json(json!([{"ID": 9, "items": list}]));
    let rows = server.client().api().list_transactions(untyped_bill.expand(transaction::ITEMS)).await.unwrap();
    body["expand"] = json!(["items"]);
    asked(&server, "transactions", &body);
    assert_eq!(rows[0].0["items"], list);

    for items in [text, list] {
        let server = Recorder::json(json!([{"items": items}]));
        let rows = server.client().api().list_transactions(bill.clone().select::<Lines>()).await.unwrap();
        let lines = rows[0].items.as_ref().unwrap().content().unwrap();
        assert!(matches!(&lines[0].content, LineContent::Text(line) if line.text.as_deref() == Some("Hei")));
    }
}

#[tokio::test]
async fn records_with_their_custom_fields() {
    let server = Recorder::json(json!([{"ID": 17, "extdata": {"tier": "gold"}}]));
    let query = Account::query().filter(account::ID.eq(17)).extdata().select_paths(["ID"]);
    let rows = server.client().api().list_accounts(query).await.unwrap();
    asked(&server, "accounts", &json!({"fields": ["ID"], "filters": {"ID": 17}, "extdata": 1}));
    assert_eq!(untyped(rows.into_inner()), json!([{"ID": 17, "extdata": {"tier": "gold"}}]));
}

#[tokio::test]
async fn a_csv_file() {
    let server = Recorder::always(200, "text/csv", "ID;name\r\n1;Main\r\n");
    let query = Ledger::query().select_paths(["ID", "name"]);
    let csv = server.client().api().list_ledgers(query).csv().await.unwrap();
    asked(&server, "ledgers", &json!({"fields": ["ID", "name"], "export": true}));
    assert_eq!(csv.into_inner(), "ID;name\r\n1;Main\r\n");
}

#[tokio::test]
async fn a_query_with_nothing_set_sends_an_empty_object() {
    let server = Recorder::json(json!([]));
    assert!(server.client().api().list_tickets(Ticket::query()).await.unwrap().is_empty());
    asked(&server, "tickets", &json!({}));
}
