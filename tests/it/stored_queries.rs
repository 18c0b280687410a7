//! Queries that are kept as JSON, and filters on times that have no index.

use std::sync::{Arc, Mutex};

use serde_json::json;
use zeyos::rest::{Invoice, Ticket, TicketStatus, Transaction, account, contact, ticket, transaction};
use zeyos::{ClientEvent, JsonRow, Query, QueryError, Timestamp, TokenSet};

use crate::wire::Recorder;

#[tokio::test]
async fn a_stored_query_asks_for_the_same_rows() {
    let server = Recorder::json(json!([]));
    let now = Timestamp::from_unix(1_767_225_600);
    let query = Invoice::query()
        .filter(Invoice::overdue(now) & transaction::ACCOUNT.then(account::LASTNAME).icontains("50%"))
        .sort([transaction::DUEDATE.asc(), transaction::ID.asc()])
        .limit(50);
    let kept = query.to_json().to_string();
    let read = Query::<Transaction>::from_json(&serde_json::from_str(&kept).unwrap()).unwrap();
    for query in [query, read] {
        server.client().api().list_transactions(query).await.unwrap();
    }
    let sent = server.take();
    assert_eq!(sent[0].json(), sent[1].json());
    assert_eq!(sent[0].json()["filters"]["account.lastname"], json!({"~~*": "%50\\%%"}));
}

#[test]
fn a_stored_query_names_what_this_program_does_not_know() {
    let read = |request: serde_json::Value| {
        let stored = json!({"resource": "tickets", "request": request});
        Query::<Ticket, JsonRow>::from_json(&stored).map(|_| ()).unwrap_err()
    };
    assert_eq!(read(json!({"filters": {"state": 4}})), QueryError::Column("state".to_owned()));
    assert_eq!(read(json!({"fields": {"who": "creator.name"}})).to_string(), "there is no column `creator.name`");
    assert_eq!(
        read(json!({"filters": {"name": {"$in": []}}})).to_string(),
        "there is no operator `$in` (column `name`)"
    );
    let joined = json!({"resource": "tickets", "request": {"fields": ["ID", "account.contact.city", "extdata.tier"]}});
    assert!(Query::<Ticket, JsonRow>::from_json(&joined).is_ok());
}

/// What every row meets must not say which rows are written.
#[tokio::test]
async fn a_stored_query_that_means_every_row_deletes_none_unless_that_is_said() {
    let server = Recorder::json(json!([]));
    let client = server.client();
    for filters in [
        json!({"status": {"!IN": []}}),
        json!({"0": ["OR", {"status": 0}, {}]}),
        json!({"0": ["NOT", {"status": {"IN": []}}]}),
    ] {
        let stored = json!({"resource": "tickets", "request": {"filters": filters}, "verified": true});
        let query = Query::<Ticket>::from_json(&stored).unwrap();
        let mut refused = client.delete_where(query.clone()).run();
        let row = refused.next().await.unwrap();
        assert!(format!("{:?}", row.outcome).contains("all_rows"), "{filters}: {row:?}");
        assert!(server.take().is_empty(), "{filters}: nothing was sent");
        assert!(client.delete_where(query).all_rows().run().next().await.is_none());
        assert_eq!(server.take().len(), 1, "{filters}");
    }
}

#[test]
fn a_second_hop_is_asked_for_by_name() {
    let path = ticket::ACCOUNT.then(account::CONTACT).then_unconfirmed(contact::CITY).path();
    assert_eq!(path, "account.contact.city");
}

#[tokio::test]
async fn a_filter_on_a_time_without_an_index_is_told_of_once_a_client_and_column() {
    let server = Recorder::json(json!([]));
    let heard = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&heard);
    let builder = server.builder().token_set(TokenSet::bearer("t0ken"));
    let client = builder.on_event(move |event| events.lock().unwrap().push(event.clone())).build().unwrap();
    let api = client.api();
    let late = || Ticket::query().filter(ticket::DUEDATE.lt(Timestamp::from_unix(1_767_225_600)));
    let told = || std::mem::take(&mut *heard.lock().unwrap());
    let unindexed = |column| ClientEvent::UnindexedFilter { operation: "listTickets", column };
    assert!(api.list_tickets(late()).dry_run().is_ok() && told().is_empty(), "nothing was sent");
    api.list_tickets(late()).await.unwrap();
    assert_eq!(told(), [unindexed("duedate")]);
    assert!(api.list_tickets(late()).stream().collect().await.unwrap().is_empty());
    let again = late().filter(ticket::LASTMODIFIED.ge(Timestamp::from_unix(0)));
    api.list_tickets(again).await.unwrap();
    assert_eq!(told(), [unindexed("lastmodified")]);
    let indexed =
        Ticket::query().filter(ticket::DATE.ge(Timestamp::from_unix(0)) & ticket::STATUS.eq(TicketStatus::Active));
    api.list_tickets(indexed).await.unwrap();
    assert!(told().is_empty());
}
