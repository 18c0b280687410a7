//! What is known about the service beyond its documents, as far as it is about the client: docs/facts.md has the rows.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::{Contract, Currency, NewContract, NewItem, NewTicket, Ticket, TicketPatch, TransactionType, item};
use zeyos::{Client, Id, RetryRules, TokenSet};

use crate::auth::support::{Wire, emulator_with, text, tokens};

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("spec").join(name)).unwrap()
}

#[tokio::test]
async fn fact_9_20_records_are_read_without_the_column_that_only_the_documents_have() {
    for there in [true, false] {
        let zeyos = emulator_with(|switches| switches.extra_columns = there).await;
        let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
        let api = client.api();
        let ticket = api.create_ticket(NewTicket::new("Pump seal leaks")).await.unwrap().into_inner();
        assert_eq!(ticket.calculation.is_some(), there);
        let changed = api.update_ticket(ticket.id, TicketPatch::new().name("Pump seal drips")).await.unwrap();
        assert_eq!(changed.calculation.is_some(), there);
        assert_eq!(api.get_ticket(ticket.id).await.unwrap().calculation.is_some(), there);
        let contract =
            api.create_contract(NewContract::new("Service", Currency::new("EUR"))).await.unwrap().into_inner();
        assert_eq!(contract.calculation.is_some(), there);
        assert_eq!(api.list_tickets(Ticket::query()).await.unwrap().len(), 1);
        assert_eq!(api.list_contracts(Contract::query()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn fact_10_9_a_login_is_read_whether_or_not_it_says_when_it_ends() {
    for null in [false, true] {
        let zeyos = emulator_with(|switches| switches.expdate_null = null).await;
        let client = Client::builder(zeyos.url()).build().unwrap();
        let credentials = zeyos.credentials();
        let login = |device: &str| LoginRequest::new(&credentials.username, credentials.password.as_str(), device);
        let raw = client.legacy_auth().raw().login(login("raw")).await.unwrap().into_inner();
        assert_eq!(raw.expdate.is_none(), null);
        // Without an end the documented one is assumed, so that a token is not taken for endless.
        assert!(client.legacy_auth().login(login("flow")).await.unwrap().expdate.is_some());
        client.legacy_auth().verify().await.unwrap();
        assert!(client.auth().token_set().await.unwrap().unwrap().expires_at.is_some());
    }
}

#[tokio::test]
async fn fact_10_13_reads_are_repeated_after_a_429_or_503_and_writes_only_if_the_caller_says_so() {
    for status in [429, 503] {
        let wire = Wire::answering(move |_| text(status, "busy"));
        let client = wire.client().token_set(TokenSet::bearer("a0")).jitter(|| 0.0).build().unwrap();
        assert!(client.api().list_tickets(Ticket::query()).await.unwrap_err().is_retryable());
        assert_eq!(wire.sent().len(), 3, "a read, though its method is POST");
        let error = client.api().delete_ticket(Id::new(1)).await.unwrap_err();
        assert!(error.may_have_been_sent() && !error.is_retryable(), "{error}");
        client.api().create_ticket(NewTicket::new("Broken pen")).await.unwrap_err();
        assert_eq!(wire.sent().len(), 5, "writes");
        let delete = client.api().delete_ticket(Id::new(1));
        delete.retry(RetryRules::standard().retry_busy_writes()).await.unwrap_err();
        assert_eq!(wire.sent().len(), 8, "a write that the caller lets repeat");
    }
}

#[test]
fn fact_10_14_the_types_of_transactions_name_twelve_kinds_of_documents() {
    let kinds: Vec<String> = (0..=12).map(|code| format!("{:?}", TransactionType::from_code(code))).collect();
    let of = |start: &str| kinds.iter().filter(|kind| kind.starts_with(start)).count();
    assert_eq!((of("Billing"), of("Procurement"), of("Production"), of("Unknown")), (5, 5, 2, 1), "{kinds:?}");
    assert_eq!(TransactionType::from_code(3), TransactionType::BillingInvoice);
    assert_eq!(TransactionType::from_code(8), TransactionType::ProcurementInvoice);
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), 13);
}

#[test]
fn fact_10_15_eighteen_resources_have_a_visibility_and_fourteen_an_activity() {
    let text = document("zeyos-rest.yaml");
    let having = |column: &str| text.lines().filter(|line| line.trim() == format!("x-state: {column}")).count();
    assert_eq!((having("visibility"), having("activity")), (18, 14));
}

#[test]
fn fact_10_16_deletes_in_records_that_only_grow_say_that_they_rewrite_history() {
    let text = document("zeyos-rest.yaml");
    for delete in ["deleteStockTransaction", "deleteLedger", "deletePayment"] {
        let words = text.split(&format!("operationId: {delete}\n")).nth(1).unwrap();
        let words = words.split("x-verb: delete").next().unwrap();
        assert!(words.contains("a delete rewrites history"), "{delete}: {words}");
    }
}

#[tokio::test]
async fn fact_10_17_a_pattern_reaches_the_server_with_its_backslashes() {
    let zeyos = emulator_with(|_| {}).await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    for name in ["100% wool", "100 wool"] {
        client.api().create_item(NewItem::new(name)).await.unwrap();
    }
    for (pattern, expected) in [(r"100\%%", vec!["100% wool"]), ("100%", vec!["100% wool", "100 wool"])] {
        let query = zeyos::rest::Item::query().filter(item::NAME.like(pattern)).sort([item::ID.asc()]);
        let found = client.api().list_items(query).await.unwrap();
        assert_eq!(found.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), expected, "{pattern}");
    }
}

#[test]
fn fact_10_20_the_ends_of_an_authorization_are_read_where_an_answer_has_them() {
    let answer = json!({
        "access_token": "a", "refresh_token": "r", "obtained_at": 1_000, "expires_in": 60,
        "refresh_token_timeout": 600, "authorization_expires_in": "7200",
    });
    let set = TokenSet::normalize(&answer).unwrap();
    assert_eq!(set.refresh_token_expires_at.map(zeyos::Timestamp::as_unix), Some(1_600));
    assert_eq!(set.authorization_expires_at.map(zeyos::Timestamp::as_unix), Some(8_200));
}
