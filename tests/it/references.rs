//! References by name and number: one typed value on writing, reading and looking for them.

use serde_json::json;
use zeyos::rest::{
    Account, Association, Entity, EntityRef, Event, Follow, NewAssociation, NewEntityToChannel, NewEvent, NewFollow,
    NewRecord, Record, RecordPatch, Ticket, Transaction, association, event, record,
};
use zeyos::{Id, Query, Timestamp};

use crate::wire::Recorder;

const INVOICE: Id<Transaction> = Id::new(9);
const TICKET: Id<Ticket> = Id::new(311);

#[test]
fn a_write_sets_name_and_number_by_a_typed_id() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let api = client.api();
    let body = |request: zeyos::DryRun| serde_json::Value::Object(request.body.unwrap());
    let day = Timestamp::from_unix(1_767_225_600);
    let event = body(api.create_event(NewEvent::new(INVOICE, "Visit", day, day)).dry_run().unwrap());
    let wanted = json!({"entity": "transactions", "index": 9, "name": "Visit", "datefrom": 1_767_225_600, "dateto": 1_767_225_600});
    assert_eq!(event, wanted);
    let link = body(api.create_association(NewAssociation::new(INVOICE, TICKET)).dry_run().unwrap());
    assert_eq!(link, json!({"entity1": "transactions", "index1": 9, "entity2": "tickets", "index2": 311}));
    let follow = body(api.create_follow(NewFollow::new(Id::<Record>::new(4))).dry_run().unwrap());
    assert_eq!(follow, json!({"entity": "records", "index": 4}));
    let shown = body(api.create_entity_to_channel(NewEntityToChannel::new(TICKET, Id::new(2))).dry_run().unwrap());
    assert_eq!(shown, json!({"entity": "tickets", "index": 311, "channel": 2}));
    let post =
        body(api.create_record(NewRecord::new().about(Id::<Account>::new(17)).text("Called")).dry_run().unwrap());
    assert_eq!(post, json!({"entity": "accounts", "index": 17, "text": "Called"}));
    let moved = body(api.update_record(Id::new(1), RecordPatch::new().about(TICKET)).dry_run().unwrap());
    assert_eq!(moved, json!({"entity": "tickets", "index": 311}));
    let alone = body(api.update_record(Id::new(1), RecordPatch::new().no_about()).dry_run().unwrap());
    assert_eq!(alone, json!({"entity": null, "index": null}));
}

#[test]
fn a_filter_asks_for_both() {
    let server = Recorder::json(json!([]));
    let client = server.client();
    let api = client.api();
    let filters = |request: zeyos::DryRun| request.body.unwrap()["filters"].clone();
    let about = |query: Query<Event>| filters(api.list_events(query).dry_run().unwrap());
    assert_eq!(about(Event::query().filter(event::about(INVOICE))), json!({"entity": "transactions", "index": 9}));
    let either = Association::query().filter(association::first(TICKET) | association::second(TICKET));
    let wanted = json!({"0": ["OR", {"entity1": "tickets", "index1": 311}, {"entity2": "tickets", "index2": 311}]});
    assert_eq!(filters(api.list_associations(either).dry_run().unwrap()), wanted);
    let ticket = EntityRef::from(TICKET);
    let posts = Record::query().filter(record::about(&ticket));
    assert_eq!(filters(api.list_records(posts).dry_run().unwrap()), json!({"entity": "tickets", "index": 311}));
    assert_eq!(ticket.index(), 311, "a reference can be looked for more than once");
}

#[test]
fn a_record_tells_what_it_is_about_and_keeps_what_is_not_known() {
    let follow = |entity: &str| -> Follow {
        let row = json!({"ID": 1, "creator": 2, "creationdate": 3, "lastmodified": 3, "entity": entity, "index": 9, "date": 4});
        serde_json::from_value(row).unwrap()
    };
    assert_eq!(follow("transactions").about(), EntityRef::Transaction(INVOICE));
    let strange = follow("planets").about();
    assert!(matches!(&strange, EntityRef::Unknown(name, 9) if name.as_str() == "planets"));
    assert_eq!((strange.entity(), strange.to_string()), (Entity::from_text("planets"), "planets/9".to_owned()));
    assert_eq!(EntityRef::new(Entity::Tickets, 311), TICKET.into());
}
