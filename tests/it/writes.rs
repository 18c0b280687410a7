//! Creates and updates on the wire: exactly what was set, null included, beside columns too.

use serde_json::{Value as Json, json};
use zeyos::rest::{
    Account, Address, AddressPatch, BinFileContent, Entity, EntityRef, MessagePatch, NewAssociation, NewTicket,
    Priority, StockTransactionPatch, Ticket, TicketPatch, TicketStatus,
};
use zeyos::{Composite, Id, JsonMap, Validation};

use crate::document::{Document, Extent};
use crate::wire::Recorder;

/// A row of the resource in which everything that can be null is.
fn row(resource: &str) -> JsonMap {
    let mut tables = Document::all().iter().flat_map(Document::tables);
    tables.find(|table| table.resource == resource).unwrap().row(Extent::Least)
}

/// A server that answers a row of the resource.
fn storing(resource: &str) -> Recorder {
    Recorder::json(Json::Object(row(resource)))
}

/// The body that an update of a ticket sends.
async fn patched(patch: TicketPatch) -> Json {
    let server = storing("tickets");
    // What is sent is looked at, and no rule.
    server.client().api().update_ticket(Id::new(311), patch).validation(Validation::Off).await.unwrap();
    let sent = server.only();
    assert_eq!((sent.method.as_str(), sent.path()), ("PATCH", "/api/v1/tickets/311"));
    sent.json().clone()
}

#[tokio::test]
async fn a_patch_sends_what_was_set_and_can_send_null() {
    assert_eq!(patched(TicketPatch::new()).await, json!({}));
    let move_to_project = TicketPatch::new().account(None).project(Id::new(12)).duedate(None).description("");
    let body = json!({"account": null, "project": 12, "duedate": null, "description": ""});
    assert_eq!(patched(move_to_project).await, body);
}

#[tokio::test]
async fn custom_fields_are_set_and_removed_one_by_one() {
    let patch = TicketPatch::new().extdata("tier", "gold").extdata("score", 7).extdata("old", Json::Null);
    assert_eq!(patched(patch).await, json!({"extdata": {"tier": "gold", "score": 7, "old": null}}));
    assert_eq!(patched(TicketPatch::new().extdata("a", 1).extdata("a", 2)).await, json!({"extdata": {"a": 2}}));
}

#[tokio::test]
async fn tags_are_added_removed_and_replaced() {
    let patch = TicketPatch::new().add_tags(["urgent", "area/pumps"]).remove_tags(["new"]);
    assert_eq!(patched(patch).await, json!({"+tags": ["urgent", "area/pumps"], "-tags": ["new"]}));
    let none: [&str; 0] = [];
    assert_eq!(patched(TicketPatch::new().replace_tags(none)).await, json!({"tags": []}));
}

#[tokio::test]
async fn custom_fields_and_tags_are_asked_for_and_come_back_as_they_are() {
    let mut stored = row("tickets");
    stored["extdata"] = json!({"tier": "gold", "empty": null});
    stored["tags"] = json!(["urgent", "area/pumps"]);
    let server = Recorder::json(Json::Object(stored));
    let ticket = server.client().api().get_ticket(Id::new(311)).extdata().tags().await.unwrap().into_inner();
    let asked = [("extdata", "1"), ("tags", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(server.only().query, asked);
    assert_eq!(ticket.tags.as_deref(), Some(&["urgent".to_owned(), "area/pumps".to_owned()][..]));
    let extdata = ticket.extdata.unwrap();

    let copy = extdata.into_iter().fold(NewTicket::new("Copy"), |new, (name, value)| new.extdata(name, value));
    server.client().api().create_ticket(copy.replace_tags(ticket.tags.unwrap())).await.unwrap();
    let body = json!({
        "name": "Copy", "extdata": {"tier": "gold", "empty": null}, "tags": ["urgent", "area/pumps"],
    });
    assert_eq!(*server.only().json(), body);
}

#[tokio::test]
async fn values_that_the_document_does_not_name_survive() {
    let mut stored = row("tickets");
    stored["status"] = json!(99);
    let server = Recorder::json(Json::Object(stored));
    let ticket: Ticket = server.client().api().get_ticket(Id::new(311)).await.unwrap().into_inner();
    assert_eq!(ticket.status, TicketStatus::from_code(99));
    assert_eq!(patched(TicketPatch::new().status(ticket.status)).await, json!({"status": 99}));

    let mut stored = row("associations");
    stored["entity1"] = json!("planets");
    let server = Recorder::json(Json::Object(stored));
    let link = server.client().api().get_association(Id::new(1)).await.unwrap().into_inner();
    assert_eq!(link.entity1, Entity::from_text("planets"));
    server.take();
    let copy = NewAssociation::new(EntityRef::new(link.entity1, 4), Id::<Ticket>::new(311));
    server.client().api().create_association(copy).await.unwrap();
    let sent = server.only();
    assert_eq!((sent.method.as_str(), sent.path()), ("PUT", "/api/v1/associations"));
    assert_eq!(*sent.json(), json!({"entity1": "planets", "index1": 4, "entity2": "tickets", "index2": 311}));
}

#[test]
fn a_number_is_always_the_value_with_its_name() {
    assert_eq!(TicketStatus::from_code(4), TicketStatus::Active);
    assert_eq!((TicketStatus::Active.code(), TicketStatus::Active.to_string()), (4, "Active".to_owned()));
    let read: [Result<TicketStatus, _>; 3] = ["Active".parse(), "4".parse(), 4.try_into()];
    assert_eq!(read, [Ok(TicketStatus::Active); 3]);
    let error = TicketStatus::try_from(99).unwrap_err().to_string();
    assert!(error.starts_with("no value of TicketStatus has this name or number; there are: NotStarted, "), "{error}");
    let kept = TicketStatus::from_code(99);
    assert_eq!((kept.code(), kept.name(), kept.to_string()), (99, None, "99".to_owned()));
    assert!("planets".parse::<Entity>().is_err() && Entity::from_text("planets").as_str() == "planets");
    assert!(Priority::Highest > Priority::Lowest && Priority::from_code(-1) < Priority::Lowest);
    let names = std::collections::HashMap::from([(TicketStatus::from_code(99), "odd")]);
    assert_eq!(names.get(&kept), Some(&"odd"));
}

#[tokio::test]
async fn a_file_is_written_by_content_or_address_and_removed_by_null() {
    let mut by_content = BinFileContent::default();
    by_content.content = Some("SGVp".to_owned());
    let mut by_uri = BinFileContent::default();
    by_uri.uri = Some("data:text/plain,Hei".to_owned());
    let folder = crate::support::folder::Folder::new("writes");
    let path = folder.path().join("mail.txt");
    std::fs::write(&path, "Hei").unwrap();
    let patches = [
        (MessagePatch::new().binfile(by_content), json!({"binfile": {"content": "SGVp"}})),
        (MessagePatch::new().binfile(BinFileContent::from_bytes(b"Hei")), json!({"binfile": {"content": "SGVp"}})),
        (
            MessagePatch::new().binfile(BinFileContent::from_path(&path).unwrap()),
            json!({"binfile": {"content": "SGVp"}}),
        ),
        (MessagePatch::new().binfile(by_uri), json!({"binfile": {"uri": "data:text/plain,Hei"}})),
        (MessagePatch::new().binfile(None), json!({"binfile": null})),
    ];
    let server = storing("messages");
    for (patch, body) in patches {
        server.client().api().update_message(Id::new(72), patch).await.unwrap();
        assert_eq!(*server.only().json(), body);
    }
}

#[tokio::test]
async fn database_arrays_are_read_in_both_forms_and_written_as_lists() {
    let serials = vec!["A1".to_owned(), "A2".to_owned()];
    let mut stored = row("stocktransactions");
    for (wire, plain, expanded) in
        [(json!("{A1,A2}"), Some("{A1,A2}"), None), (json!(["A1", "A2"]), None, Some(&serials))]
    {
        stored["serials"] = wire;
        let server = Recorder::json(Json::Object(stored.clone()));
        let read = server.client().api().get_stock_transaction(Id::new(4)).await.unwrap().into_inner();
        let column = read.serials.unwrap();
        assert_eq!((column.plain().map(String::as_str), column.expanded()), (plain, expanded));
        // The notation of PostgreSQL is not JSON, so its content is not guessed.
        assert_eq!(column.content().is_ok(), expanded.is_some());
    }
    let server = storing("stocktransactions");
    let patch = StockTransactionPatch::new()
        .serials(Composite::from(serials))
        .subtransactions(Composite::Plain("{1,2}".to_owned()));
    server.client().api().update_stock_transaction(Id::new(4), patch).await.unwrap();
    assert_eq!(*server.only().json(), json!({"serials": ["A1", "A2"], "subtransactions": "{1,2}"}));
}

#[tokio::test]
async fn free_data_is_read_in_both_forms_and_written() {
    let data = json!({"origin": "import", "deep": [1, {"x": null}]});
    let mut stored = row("associations");
    for wire in [json!(data.to_string()), data.clone()] {
        stored["meta"] = wire;
        let server = Recorder::json(Json::Object(stored.clone()));
        let read = server.client().api().get_association(Id::new(1)).expand(["meta"]).await.unwrap().into_inner();
        assert_eq!(Json::Object(read.meta.unwrap().content().unwrap()), data);
        assert_eq!(server.only().query, [("expand".to_owned(), "meta".to_owned())]);
    }
    let server = storing("associations");
    let map = data.as_object().unwrap().clone();
    let new = NewAssociation::new(Id::<Ticket>::new(311), Id::<Account>::new(17)).meta(Composite::from(map));
    server.client().api().create_association(new).await.unwrap();
    assert_eq!(server.only().json()["meta"], data);
}

#[tokio::test]
async fn yes_and_no_are_numbers_in_columns_and_words_in_lists() {
    let server = storing("addresses");
    for (flag, number) in [(true, 1), (false, 0)] {
        server.client().api().update_address(Id::new(3), AddressPatch::new().default(flag)).await.unwrap();
        assert_eq!(*server.only().json(), json!({"default": number}));
    }
    let mut stored = row("addresses");
    for (wire, flag) in [(json!(1), true), (json!(0), false), (json!(true), true)] {
        stored["default"] = wire;
        let server = Recorder::json(json!([stored]));
        let rows = server.client().api().list_addresses(Address::query().distinct()).await.unwrap();
        assert_eq!(rows[0].default, flag);
        assert_eq!(*server.only().json(), json!({"distinct": true}));
    }
}
