//! Lists lose no row: streams over many pages, and what a list is asked for besides its rows.

mod aggregates;
mod emulated;
mod table;
mod verified;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::json;
use table::{Change, Habit, Table};
use zeyos::rest::{Ticket, TicketStatus, ticket};
use zeyos::{
    BoxFuture, Client, ClientEvent, Count, Filter, Id, ListCursor, Query, RetryPolicy, Timestamp, TokenSet, Transport,
    TransportError, TransportRequest, projection,
};

use crate::wire::{INSTANCE, Recorder};

projection! {
    #[derive(Debug, PartialEq)]
    struct Named from Ticket {
        name: String = ticket::NAME,
    }
}

projection! {
    #[derive(Debug)]
    struct Keyed from Ticket {
        number: Id<Ticket> = ticket::ID,
    }
}

fn named() -> Query<Ticket, Named> {
    Ticket::query().select()
}

fn keyed() -> Query<Ticket, Keyed> {
    Ticket::query().select()
}

/// The numbers of the rows that a stream of this query brings.
async fn numbers(table: &Table, query: Query<Ticket, Keyed>, size: u32) -> Result<Vec<i64>, zeyos::Error> {
    let rows = table.server.client().api().list_tickets(query).stream().page_size(size).collect().await?;
    Ok(rows.into_iter().map(|row| row.number.get()).collect())
}

#[tokio::test]
async fn a_stream_brings_every_row_although_a_page_ends_at_1000() {
    let table = Table::of(2345, Habit::None);
    let rows = table.server.client().api().list_tickets(named()).stream().collect().await.unwrap();
    assert_eq!(rows.len(), 2345);
    assert_eq!(rows[2344], Named { name: "Ticket 2345".to_owned() });
    let asked = table.asked();
    let fields = json!({"name": "name", "ID": "ID"});
    assert_eq!(asked[0], json!({"fields": fields, "sort": ["+ID"], "limit": 1000}));
    let filters: Vec<_> = asked[1..].iter().map(|body| body["filters"].clone()).collect();
    assert_eq!(filters, [10_000, 20_000, 23_450].map(|last| json!({"ID": {">": last}})));
}

#[tokio::test]
async fn the_condition_of_a_page_joins_those_of_the_query() {
    let table = Table::of(50, Habit::None);
    let query = keyed().filter(ticket::ID.ge(105) & ticket::STATUS.eq(TicketStatus::Completed));
    assert_eq!(numbers(&table, query, 20).await.unwrap(), (11..=50).map(|row| row * 10).collect::<Vec<_>>());
    let second = &table.asked()[1]["filters"];
    assert_eq!(second["0"][0], "AND");
    assert!(second["0"].as_array().unwrap().contains(&json!({"ID": {">": 300}})), "{second}");
}

#[tokio::test]
async fn rows_that_are_made_or_deleted_meanwhile_hide_no_others() {
    let table = Table::of(100, Habit::None)
        .after(1, Change::Delete(10))
        .after(2, Change::Insert(15))
        .after(3, Change::Insert(1001));
    let before = table.ids();
    let numbers = numbers(&table, keyed(), 20).await.unwrap();
    assert_eq!(numbers, [before, vec![1001]].concat());
}

#[tokio::test]
async fn a_server_that_sends_fewer_than_it_was_asked_for_ends_no_list() {
    let table = Table::of(500, Habit::Cut(70));
    assert_eq!(numbers(&table, keyed(), 200).await.unwrap().len(), 500);
}

#[tokio::test]
async fn a_server_that_does_not_heed_the_filter_is_found_out() {
    for (query, size) in [(keyed(), 20), (keyed().sort([ticket::ID.desc()]), 33)] {
        let table = Table::of(100, Habit::Unfiltered);
        let error = numbers(&table, query, size).await.unwrap_err();
        assert!(error.is_decode(), "{error}");
        assert!(error.to_string().contains("listTickets"), "{error}");
        let cause = error.decode_error().unwrap().to_string();
        assert!(cause.contains("has not heeded filter or order"), "{cause}");
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_is_asked_for_in_halves() {
    let table = Table::of(300, Habit::TooLarge(40));
    assert_eq!(numbers(&table, keyed(), 300).await.unwrap().len(), 300);
    let sizes: Vec<_> = table.asked().iter().map(|body| body["limit"].as_u64().unwrap()).collect();
    assert_eq!(sizes[..4], [300, 150, 75, 37]);
    assert!(sizes[4..].iter().all(|size| *size == 37));
    let table = Table::of(9, Habit::TooLarge(2));
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let builder = table.server.builder().token_set(TokenSet::bearer("t0ken"));
    let client = builder.on_event(move |event| heard.lock().unwrap().push(event.clone())).build().unwrap();
    assert_eq!(client.api().list_tickets(keyed()).stream().page_size(8).collect().await.unwrap().len(), 9);
    let halved = |rows| ClientEvent::PageHalved { operation: "listTickets", rows };
    assert_eq!(*events.lock().unwrap(), [halved(4), halved(2)]);
    let hopeless = Table::of(3, Habit::TooLarge(0));
    assert_eq!(numbers(&hopeless, keyed(), 8).await.unwrap_err().status().unwrap(), 500);
    assert_eq!(hopeless.asked().len(), 4);
}

#[tokio::test]
async fn the_limit_of_a_query_is_that_of_the_stream() {
    let table = Table::of(5000, Habit::None);
    assert_eq!(numbers(&table, keyed().limit(1500), 400).await.unwrap().len(), 1500);
    let sizes: Vec<_> = table.asked().iter().map(|body| body["limit"].as_u64().unwrap()).collect();
    assert_eq!(sizes, [400, 400, 400, 300]);
    let skipping = numbers(&table, keyed().limit(30).offset(7), 20).await.unwrap();
    assert_eq!(skipping, (8..=37).map(|row| row * 10).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_order_of_its_own_goes_by_offset_and_is_counted_before_and_after() {
    let table = Table::of(95, Habit::None);
    let query = || keyed().sort([ticket::NAME.asc(), ticket::ID.asc()]);
    assert_eq!(numbers(&table, query(), 30).await.unwrap(), table.ids());
    let asked = table.asked();
    assert_eq!(asked[0], json!({"count": true}));
    let offsets: Vec<_> = asked[1..6].iter().map(|body| body["offset"].as_u64().unwrap_or(0)).collect();
    assert_eq!(offsets, [0, 30, 60, 90, 95]);
    assert_eq!(asked[6..], [json!({"count": true})]);

    for change in [Change::Delete(10), Change::Insert(11)] {
        let table = Table::of(95, Habit::None).after(2, change);
        let error = numbers(&table, query(), 30).await.unwrap_err();
        assert!(error.decode_error().unwrap().to_string().contains("the number of matching rows changed"), "{error}");
    }
}

#[tokio::test]
async fn distinct_rows_go_by_offset_and_are_not_counted() {
    let table = Table::of(25, Habit::None);
    let rows = table.server.client().api().list_tickets(named().distinct()).stream().page_size(10).collect().await;
    assert_eq!(rows.unwrap().len(), 25);
    let asked = table.asked();
    assert!(asked.iter().all(|body| body.get("count").is_none() && body["fields"] == json!({"name": "name"})));
    assert!(asked.iter().all(|body| body["sort"] == json!(["+name"])), "equal pages need an order");
}

#[tokio::test]
async fn rows_that_are_equal_in_the_order_of_a_query_go_by_id() {
    let table = Table::of(5, Habit::None);
    let client = table.server.client();
    for (sort, wanted) in [
        (vec![ticket::NAME.asc()], json!(["+name", "+ID"])),
        (vec![ticket::NAME.desc(), ticket::ID.desc()], json!(["-name", "-ID"])),
    ] {
        let rows = client.api().list_tickets(keyed().sort(sort)).stream().collect().await.unwrap();
        let asked = table.asked();
        let pages: Vec<_> = asked.iter().filter(|body| body.get("count").is_none()).collect();
        assert_eq!((rows.len(), pages.is_empty()), (5, false));
        assert!(pages.iter().all(|body| body["sort"] == wanted), "{wanted}");
    }
}

#[tokio::test]
async fn a_filter_under_the_name_of_the_documents_counts_for_every_page() {
    let table = Table::of(30, Habit::None);
    let client = table.server.client();
    let query = || keyed().member("filter", json!({"status": 4}));
    client.api().list_tickets(query()).stream().page_size(20).collect().await.unwrap();
    let asked = table.asked();
    assert_eq!(asked[1]["filter"], json!({"status": 4, "ID": {">": 200}}));
    assert!(asked.iter().all(|body| body.get("filters").is_none()));
    let both = query().filter(ticket::ID.gt(7));
    let error = client.api().list_tickets(both).stream().collect().await.unwrap_err();
    assert!(error.is_request() && error.to_string().contains("both `filter` and `filters`"), "{error}");
    assert!(table.asked().is_empty());
}

#[tokio::test]
async fn a_descending_order_by_id_goes_by_id_too() {
    let table = Table::of(95, Habit::None).after(1, Change::Insert(2000));
    let numbers = numbers(&table, keyed().sort([ticket::ID.desc()]), 30).await.unwrap();
    assert_eq!(numbers, (1..=95).rev().map(|row| row * 10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_goes_on_from_the_text_of_a_cursor_at_any_row() {
    for query in [keyed(), keyed().sort([ticket::NAME.asc()])] {
        let table = Table::of(64, Habit::None);
        let client = table.server.client();
        let list = || client.api().list_tickets(query.clone()).stream().page_size(10);
        for stop in [0, 1, 9, 10, 11, 63, 64] {
            let mut first = list();
            for _ in 0..stop {
                first.next().await.unwrap().unwrap();
            }
            let cursor: ListCursor = first.cursor().to_string().parse().unwrap();
            let rest = list().resume(&cursor).collect().await.unwrap();
            let rest: Vec<_> = rest.iter().map(|row| row.number.get()).collect();
            assert_eq!(rest, table.ids()[stop..], "{cursor}");
        }
    }
}

/// The first answers come, then connections break so often.
struct Breaking {
    server: Recorder,
    asked: AtomicUsize,
    broken: std::ops::Range<usize>,
}

impl Transport for Breaking {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        if self.broken.contains(&self.asked.fetch_add(1, Ordering::SeqCst)) {
            return Box::pin(std::future::ready(Err(TransportError::connect("the connection broke"))));
        }
        self.server.send(request)
    }
}

#[tokio::test]
async fn a_page_that_was_asked_for_ahead_is_asked_for_once_more() {
    // Without repeats of the client, which would wait.
    for (broken, wanted) in [(1..2, Some(60)), (2..3, Some(60)), (0..99, None), (1..99, None)] {
        let table = Table::of(60, Habit::None);
        let breaking = Breaking { server: table.server.clone(), asked: AtomicUsize::new(0), broken: broken.clone() };
        let builder = Client::builder(INSTANCE).token_set(TokenSet::bearer("t0ken")).transport(breaking);
        let client = builder.retry(RetryPolicy::None).build().unwrap();
        let rows = client.api().list_tickets(keyed()).stream().page_size(20).collect().await;
        match wanted {
            Some(wanted) => assert_eq!(rows.unwrap().len(), wanted, "{broken:?}"),
            None => assert!(rows.unwrap_err().is_connect(), "{broken:?}"),
        }
    }
}

#[tokio::test]
async fn the_next_page_is_on_its_way_while_this_one_is_read() {
    let table = Table::of(60, Habit::None);
    let mut rows = table.server.client().api().list_tickets(keyed()).stream().page_size(20);
    rows.next().await.unwrap().unwrap();
    assert_eq!(table.asked().len(), 2);
    for _ in 1..20 {
        rows.next().await.unwrap().unwrap();
    }
    assert!(table.asked().is_empty());
    rows.next().await.unwrap().unwrap();
    assert_eq!(table.asked().len(), 1);
}

#[tokio::test]
async fn pages_come_whole_and_tell_where_they_end() {
    let table = Table::of(25, Habit::None);
    let mut pages = table.server.client().api().list_tickets(keyed()).pages().page_size(10);
    let mut seen = Vec::new();
    assert_eq!(pages.cursor().to_string(), "start");
    while let Some(page) = pages.next().await {
        seen.push((page.unwrap().len(), pages.cursor().to_string()));
    }
    let wanted = [(10, "after ID 100"), (10, "after ID 200"), (5, "after ID 250")];
    assert_eq!(seen, wanted.map(|(rows, cursor)| (rows, cursor.to_owned())));
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_refused_before_anything_is_sent() {
    let table = Table::of(5, Habit::None);
    let client = table.server.client();
    for limit in [0, 10_001, 20_000, u32::MAX] {
        let error = client.api().list_tickets(named().limit(limit)).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains(&format!("limit({limit})")), "{error}");
        let error = client.api().list_tickets(named().limit(limit)).stream().collect().await.unwrap_err();
        assert!(error.is_request(), "{error}");
    }
    for size in [0, 10_001] {
        let error = client.api().list_tickets(named()).stream().page_size(size).collect().await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains(&format!("page_size({size})")), "{error}");
    }
    let offset: ListCursor = "offset 20".parse().unwrap();
    let error = client.api().list_tickets(named()).stream().resume(&offset).collect().await.unwrap_err();
    assert!(error.to_string().contains("belongs to a list in another order"), "{error}");
    assert!(table.asked().is_empty());
    assert_eq!(client.api().list_tickets(named().limit(10_000)).await.unwrap().len(), 5);
}

#[tokio::test]
async fn exists_and_ids_ask_for_the_key_alone() {
    let server = Recorder::json(json!([{"ID": 311}, {"ID": 298}]));
    let client = server.client();
    let list = |query| client.api().list_tickets(query);
    let query =
        || Ticket::query().filter(ticket::STATUS.eq(TicketStatus::Completed)).sort([ticket::NAME.asc()]).extdata();
    assert!(*list(query().offset(5)).exists().await.unwrap());
    let filters = json!({"status": TicketStatus::Completed.code()});
    let fields = json!({"ID": "ID"});
    assert_eq!(*server.only().json(), json!({"filters": filters, "fields": fields, "limit": 1}));
    assert_eq!(list(query().limit(9)).ids().await.unwrap().into_inner(), [311, 298].map(Id::new));
    let asked = json!({"filters": filters, "fields": fields, "limit": 9, "sort": ["+name"]});
    assert_eq!(*server.only().json(), asked);
    let none = Recorder::json(json!([]));
    assert!(!*none.client().api().list_tickets(Ticket::query()).exists().await.unwrap());
    let counting = Recorder::json(json!({"count": 7}));
    assert_eq!(*counting.client().api().list_tickets(query()).count().await.unwrap(), Count::from(7));
}

#[tokio::test]
async fn conditions_take_slices_sets_and_windows() {
    let server = Recorder::json(json!([]));
    let client = server.client();
    let states = BTreeSet::from([3_i64, 4]).into_iter().map(TicketStatus::from_code).collect::<Vec<_>>();
    let ids = [Id::<Ticket>::new(7), Id::new(9)];
    let from = Timestamp::from_unix(1_767_225_600);
    let filter = ticket::STATUS.one_of(&states)
        & ticket::ID.none_of(ids.as_slice())
        & ticket::DUEDATE.between(from..Timestamp::from_unix(1_769_904_000));
    client.api().list_tickets(Ticket::query().filter(filter)).await.unwrap();
    let filters = json!({
        "status": {"IN": [3, 4]},
        "ID": {"!IN": [7, 9]},
        "duedate": {">=": 1_767_225_600, "<": 1_769_904_000},
    });
    assert_eq!(*server.only().json(), json!({ "filters": filters }));
    client.api().list_tickets(Ticket::query().filter(Filter::all([]))).await.unwrap();
    assert_eq!(*server.only().json(), json!({}));
    client
        .api()
        .list_tickets(Ticket::query().archived().filter(ticket::ID.one_of(&[] as &[Id<Ticket>])))
        .await
        .unwrap();
    assert_eq!(*server.only().json(), json!({"filters": {"visibility": 1, "ID": 0}}));
}
