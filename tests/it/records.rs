//! Every record is read from rows that the documents describe: full, with null, without what may be missing, and broken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use zeyos::rest::Ticket;
use zeyos::{ClientEvent, Decoding, Drift, JsonMap, TokenSet};

use crate::document::{Document, Extent, Table};
use crate::emitted::{RecordType, documents};
use crate::wire::Recorder;

/// Runs a check on every record with its table.
fn every_record(check: impl Fn(&RecordType, &Table<'_>)) {
    let mut tables: BTreeMap<&str, Table<'_>> =
        Document::all().iter().flat_map(Document::tables).map(|table| (table.resource, table)).collect();
    let records = documents::records();
    assert_eq!((tables.len(), records.len()), (64, 64));
    for record in records {
        let table = tables.remove(record.resource).unwrap_or_else(|| panic!("{} is not a table", record.resource));
        check(&record, &table);
    }
}

fn bytes(row: &JsonMap) -> Vec<u8> {
    serde_json::to_vec(row).unwrap()
}

/// What the record holds after strict decoding, as a row.
fn decoded(record: &RecordType, row: &JsonMap) -> JsonMap {
    match (record.read)(&bytes(row), Decoding::Strict) {
        Ok((columns, defaulted)) => {
            assert_eq!(defaulted, [], "{}", record.name);
            columns
        }
        Err(error) => panic!("{}: {error}\n{row:?}", record.name),
    }
}

#[test]
fn a_full_row_is_read_and_nothing_of_it_changes() {
    for extent in [Extent::Plain, Extent::Expanded] {
        every_record(|record, table| {
            let row = table.row(extent);
            assert!(!row.values().any(Json::is_null), "{}", record.name);
            let mut expected = row.clone();
            table.secret().into_iter().for_each(|secret| expected[secret] = Json::Null);
            assert_eq!(decoded(record, &row), expected, "{}", record.name);
        });
    }
}

#[test]
fn null_and_absent_are_the_same_in_every_column_that_can_be_null() {
    every_record(|record, table| {
        let null = table.row(Extent::Least);
        let nullable: BTreeSet<&str> = table.nullable().into_iter().collect();
        assert!(nullable.iter().all(|column| null[*column].is_null()), "{}", record.name);
        let mut absent = null.clone();
        absent.retain(|column, _| !nullable.contains(column.as_str()));
        let mut expected = null.clone();
        table.secret().into_iter().for_each(|secret| expected[secret] = Json::Null);
        assert_eq!(decoded(record, &null), expected, "{}", record.name);
        assert!((record.same)(&bytes(&null), &bytes(&absent)), "{}", record.name);
        let differs = !(record.same)(&bytes(&null), &bytes(&table.row(Extent::Plain)));
        assert_eq!(differs, !nullable.is_empty(), "{}", record.name);
    });
}

#[test]
fn a_record_is_serialised_as_it_came_but_for_its_secrets() {
    for extent in [Extent::Plain, Extent::Expanded, Extent::Least] {
        every_record(|record, table| {
            let row = table.row(extent);
            let text = (record.write)(&bytes(&row)).unwrap();
            let mut expected = row.clone();
            // What was not asked for is not there, and null is how a record holds that.
            let is_left_out = |column: &str, value: &Json| {
                table.secret().contains(&column) || value.is_null() && ["extdata", "tags"].contains(&column)
            };
            expected.retain(|column, value| !is_left_out(column, value));
            assert_eq!(serde_json::from_slice::<JsonMap>(&text).unwrap(), expected, "{}", record.name);
            match (record.read)(&text, Decoding::Strict) {
                Ok(_) => assert!((record.same)(&text, &bytes(&expected)), "{}", record.name),
                Err(error) => assert!(table.secret().contains(&error.column().unwrap()), "{}: {error}", record.name),
            }
        });
    }
}

/// The row without the column, and with null in it.
fn broken(row: &JsonMap, column: &str) -> [JsonMap; 2] {
    let (mut absent, mut null) = (row.clone(), row.clone());
    absent.remove(column);
    null[column] = Json::Null;
    [absent, null]
}

#[test]
fn a_column_that_must_have_a_value_is_named_when_it_has_none() {
    every_record(|record, table| {
        let row = table.row(Extent::Plain);
        assert!(!table.not_null().is_empty());
        for column in table.not_null() {
            for row in broken(&row, column) {
                let error = (record.read)(&bytes(&row), Decoding::Strict).expect_err(column);
                assert_eq!(error.column(), Some(column), "{}", record.name);
                assert_eq!(error.path(), format!("$.{column}"), "{}", record.name);
                assert_eq!(error.record(), Some(record.name), "{column}");
                assert_eq!(error.to_string(), format!("$.{column} is absent or null ({})", record.name));
            }
        }
    });
}

#[test]
fn a_tolerant_reader_fills_such_a_column_and_says_so() {
    every_record(|record, table| {
        let row = table.row(Extent::Plain);
        for column in table.not_null() {
            for row in broken(&row, column) {
                let (read, defaulted) = (record.read)(&bytes(&row), Decoding::Tolerant).expect(column);
                let names: Vec<_> = defaulted.iter().map(|one| (one.record, one.column)).collect();
                assert_eq!(names, [(record.name, column)]);
                let empty = [json!(0), json!(0.0), json!("")].contains(&read[column]);
                assert!(empty || table.secret().contains(&column), "{}.{column}: {}", record.name, read[column]);
            }
        }
    });
}

#[test]
fn a_value_of_another_type_is_an_error_that_names_the_column() {
    every_record(|record, table| {
        for column in table.not_null() {
            let mut row = table.row(Extent::Plain);
            row[column] = json!({"not": ["this"]});
            let error = (record.read)(&bytes(&row), Decoding::Tolerant).expect_err(column);
            assert_eq!(error.column(), Some(column), "{}", record.name);
        }
    });
}

#[tokio::test]
async fn a_tolerant_client_reports_what_it_filled_by_event() {
    let tables: Vec<Table<'_>> = Document::all().iter().flat_map(Document::tables).collect();
    let ticket = tables.iter().find(|table| table.resource == "tickets").unwrap();
    let mut row = ticket.row(Extent::Plain);
    row.remove("name");
    let server = Recorder::json(json!([ticket.row(Extent::Plain), row]));
    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let client = server
        .builder()
        .token_set(TokenSet::bearer("t0ken"))
        .decoding(Decoding::Tolerant)
        .on_event(move |event| heard.lock().unwrap().push(event.clone()))
        .build()
        .unwrap();

    let tickets = client.api().list_tickets(Ticket::query()).await.unwrap().into_inner();
    assert!(!tickets[0].name.is_empty() && tickets[1].name.is_empty());
    let defaulted = ClientEvent::FilledDefault { operation: "listTickets", record: "Ticket", column: "name" };
    let drift = Drift::AbsentColumn { of: "Ticket", column: "name" };
    let drift = ClientEvent::Drift { operation: "listTickets", drift, count: 1 };
    assert_eq!(*events.lock().unwrap(), [drift, defaulted]);

    let strict = server.client().api().list_tickets(Ticket::query()).await.unwrap_err();
    assert_eq!(strict.decode_error().unwrap().path(), "$[1].name");
}
