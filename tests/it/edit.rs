//! Changes to one record: no one else's are lost, nothing is made twice, and only what changed is sent.

use serde_json::json;
use zeyos::rest::{NewTicket, Priority, Ticket, TicketPatch, ticket};
use zeyos::{Client, Column, Dispatcher, Editable, Id, Query, RetryRules, Stored, Upserted};
use zeyos_emulator::{Emulator, Fault};

use crate::auth::support::tokens;

async fn emulator() -> Emulator {
    Emulator::builder().record_bodies(true).start().await.unwrap()
}

fn client(zeyos: &Emulator) -> Client {
    let soon = RetryRules::standard().first_wait(std::time::Duration::from_millis(1));
    Client::builder(zeyos.url()).token_set(tokens(zeyos)).retry(soon).build().unwrap()
}

/// The bodies of the updates that the server has seen.
fn updates(zeyos: &Emulator) -> Vec<serde_json::Value> {
    let all = zeyos.take_requests().into_iter().filter(|seen| seen.method == "PATCH");
    all.map(|seen| serde_json::from_str(&seen.body.unwrap()).unwrap()).collect()
}

async fn made(client: &Client, name: &str) -> Id<Ticket> {
    client.api().create_ticket(NewTicket::new(name)).await.unwrap().id
}

#[tokio::test]
async fn one_type_parameter_is_enough_to_list_fetch_create_and_delete() {
    async fn all_of<T: Editable>(client: &Client, new: T::New) -> (Id<T>, usize, bool) {
        let made = T::create(client, new).await.unwrap().into_inner();
        let read = T::get(client, made.id()).await.unwrap().into_inner();
        assert!(read == made && T::RESOURCE == "tickets" && read.lastmodified().is_some());
        let rows = T::stream(client, Query::<T>::new()).collect().await.unwrap();
        T::delete(&client.dispatch(), made.id()).await.unwrap();
        let is_gone = T::get(client, made.id()).await.unwrap_err().is_not_found();
        (made.id(), rows.len(), is_gone)
    }
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let (id, rows, is_gone) = all_of::<Ticket>(&client, NewTicket::new("One")).await;
    let left = client.api().list_tickets(Ticket::query()).count().await.unwrap().0;
    assert!(id.get() > 0 && is_gone && rows as u64 == left + 1);
    const KEY: Column<Ticket, Id<Ticket>> = Ticket::ID;
    assert_eq!(KEY.path(), "ID");
}

#[tokio::test]
async fn a_version_is_a_record_with_its_entity_tag() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "Versioned").await;
    let read = client.api().get_ticket(id).versioned().await.unwrap().into_inner();
    let patch = TicketPatch::new().name("Once");
    let next = client.api().update_ticket(id, patch.clone()).if_match(&read.etag).versioned().await.unwrap();
    assert!(next.etag != read.etag && next.value.name == "Once" && read.etag.starts_with('"'));
    let error = client.api().update_ticket(id, patch).if_match(&read.etag).await.unwrap_err();
    assert!(error.is_precondition_failed());
}

#[tokio::test]
async fn an_edit_sends_what_changed_and_nothing_where_nothing_did() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "Pump").await;
    let change =
        |ticket: &Ticket| TicketPatch::new().name(ticket.name.clone()).priority(Priority::Highest).duedate(None);
    let edited = client.edit(id, change).await.unwrap();
    assert!(edited.was_sent && edited.record.priority == Priority::Highest);
    assert_eq!(updates(&zeyos), [json!({"priority": 4})]);
    let again = client.edit(id, change).await.unwrap();
    assert!(!again.was_sent && again.record == edited.record && again.etag == edited.etag);
    assert_eq!(updates(&zeyos), [] as [serde_json::Value; 0]);
}

#[tokio::test]
async fn an_edit_is_applied_to_what_somebody_faster_has_left() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "a").await;
    let longer = |ticket: &Ticket| TicketPatch::new().name(format!("{}x", ticket.name));
    let edits: Vec<_> = (0..8).map(|_| tokio::spawn(client.edit(id, longer).attempts(50).into_future())).collect();
    for edit in edits {
        edit.await.unwrap().unwrap();
    }
    assert_eq!(client.api().get_ticket(id).await.unwrap().name, "axxxxxxxx");
}

#[tokio::test]
async fn an_edit_gives_up_after_its_attempts() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "Contested").await;
    zeyos.inject(Fault::status(412).on("PATCH", "/api/v1/tickets/*").always());
    zeyos.clear_requests();
    let error = client.edit(id, |_: &Ticket| TicketPatch::new().name("Never")).attempts(3).await.unwrap_err();
    assert!(error.is_precondition_failed() && updates(&zeyos).len() == 3, "{error}");
}

#[tokio::test]
async fn an_edit_whose_answer_is_lost_is_made_once() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "a").await;
    zeyos.inject(Fault::close_after().on("PATCH", "/api/v1/tickets/*"));
    let longer = |ticket: &Ticket| TicketPatch::new().name(format!("{}x", ticket.name));
    let edited = client.edit(id, longer).await.unwrap();
    assert_eq!((edited.record.name.as_str(), edited.was_sent), ("ax", true));
    assert_eq!(client.api().get_ticket(id).await.unwrap().name, "ax");
}

#[tokio::test]
async fn create_or_update_finds_what_is_there_and_names_what_is_there_twice() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let new = |name: &str| NewTicket::new(name).ticketnum("EXT-9");
    let upsert = |new| client.create_or_update_by::<Ticket, _, _>(ticket::TICKETNUM, new);
    let Upserted::Created(created) = upsert(new("One")).await.unwrap() else { panic!("there was none") };
    let Upserted::Unchanged(same) = upsert(new("One")).await.unwrap() else { panic!("nothing differs") };
    zeyos.clear_requests();
    let Upserted::Updated(changed) = upsert(new("Two")).await.unwrap() else { panic!("the name differs") };
    assert!(created.id == same.id && same.id == changed.id && changed.name == "Two");
    assert_eq!(updates(&zeyos), [json!({"name": "Two"})]);

    let other = client.api().create_ticket(new("Three")).await.unwrap().id;
    let error = upsert(new("Four")).await.unwrap_err();
    let said = format!("tickets {} and {other} have the same ticketnum", created.id);
    assert!(error.to_string().contains(&said) && updates(&zeyos).is_empty(), "{error}");
    for bare in [NewTicket::new("x"), NewTicket::new("x").ticketnum("")] {
        let error = upsert(bare).await.unwrap_err();
        assert!(!error.may_have_been_sent() && error.to_string().contains("looked for by ticketnum"), "{error}");
    }
}

#[tokio::test]
async fn create_or_update_touches_nothing_where_the_server_heeds_no_filter() {
    let zeyos = emulator().await;
    let client = client(&zeyos);
    let id = made(&client, "Another").await;
    let row = serde_json::to_string(&[client.api().get_ticket(id).await.unwrap().into_inner()]).unwrap();
    zeyos.inject(Fault::reply(200, "application/json", row).on("POST", "/api/v1/tickets"));
    let new = NewTicket::new("Mine").ticketnum("EXT-7");
    let error = client.create_or_update_by::<Ticket, _, _>(ticket::TICKETNUM, new).await.unwrap_err();
    assert!(error.to_string().contains("has not heeded the filter") && updates(&zeyos).is_empty(), "{error}");
}
