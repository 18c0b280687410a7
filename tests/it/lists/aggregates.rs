//! Numbers about all rows, exactly, and lists that are written as they come.

use std::io::{self, Write};

use serde_json::json;
use zeyos::rest::{
    Currency, Item, NewPayment, NewTransaction, Payment, Transaction, TransactionType, payment, transaction,
};
use zeyos::{Aggregate, Client};
use zeyos_emulator::Fault;

use crate::auth::support::{emulator, tokens};
use crate::wire::{Recorder, answer};

/// What is reckoned of amounts that a server sends so.
async fn sum_of(amounts: &str) -> Result<Aggregate, zeyos::Error> {
    let amounts: Vec<&str> = amounts.split(' ').collect();
    let rows: Vec<String> =
        amounts.iter().enumerate().map(|(id, amount)| format!(r#"{{"ID": {}, "value": {amount}}}"#, id + 1)).collect();
    let body = format!("[{}]", rows.join(","));
    let server = Recorder::new(move |request| {
        let is_first = !String::from_utf8_lossy(request.body()).contains(r#"">""#);
        answer(200, "application/json", if is_first { &body } else { "[]" })
    });
    server.client().api().list_payments(Payment::query()).sum(payment::AMOUNT).await
}

fn value(aggregate: &Aggregate) -> Option<&str> {
    aggregate.value.as_ref().map(|value| value.as_str())
}

#[tokio::test]
async fn amounts_are_added_as_they_stand_on_the_wire() {
    for (amounts, wanted, rows, nulls) in [
        ("0.10 0.20 null", "0.30", 2, 1),
        ("0.1 0.2", "0.3", 2, 0),
        ("12345678901234567.89 0.01", "12345678901234567.90", 2, 0),
        ("1e2 -0.5", "99.5", 2, 0),
        ("\"10.05\" 1", "11.05", 2, 0),
    ] {
        let sum = sum_of(amounts).await.unwrap();
        assert_eq!((value(&sum), sum.rows, sum.nulls), (Some(wanted), rows, nulls), "{amounts}");
    }
    for odd in ["true", "\"many\"", "1e300 1", "{}"] {
        assert!(sum_of(odd).await.unwrap_err().is_decode(), "{odd}");
    }
}

async fn client_of(zeyos: &zeyos_emulator::Emulator) -> Client {
    Client::builder(zeyos.url()).token_set(tokens(zeyos)).build().unwrap()
}

#[tokio::test]
async fn sums_are_of_all_pages_and_of_the_filter_alone() {
    let zeyos = emulator().await;
    let client = client_of(&zeyos).await;
    for row in 1..=25 {
        client.api().create_payment(NewPayment::new(f64::from(row) / 10.0)).await.unwrap();
    }
    let list = |query| client.api().list_payments(query);
    let sum = list(Payment::query()).sum(payment::AMOUNT).await.unwrap();
    assert_eq!((value(&sum), sum.rows, sum.nulls, &sum.currency), (Some("32.5"), 25, 0, &None));
    let few = || Payment::query().limit(3);
    assert_eq!(value(&list(few()).sum(payment::AMOUNT).await.unwrap()), Some("0.6"), "the first three by ID");
    let sorted = || Payment::query().sort([payment::AMOUNT.desc()]);
    assert_eq!(value(&list(sorted()).sum(payment::AMOUNT).await.unwrap()), Some("32.5"), "all, in whatever order");
    zeyos.clear_requests();
    for (query, reason) in [
        (sorted().limit(3), "a `limit` beside a `sort`"),
        (sorted().offset(3), "an `offset`"),
        (Payment::query().offset(3), "an `offset`"),
        (few().offset(3), "an `offset`"),
    ] {
        let sum = list(query.clone()).sum(payment::AMOUNT).await.unwrap_err();
        let groups = list(query).sum(payment::AMOUNT).group_by(payment::ID).await.unwrap_err();
        assert!(sum.is_request() && sum.to_string().contains(reason), "{sum}");
        assert!(groups.is_request() && groups.to_string().contains(reason), "{groups}");
    }
    assert!(zeyos.take_requests().is_empty());
    let some = || Payment::query().filter(payment::ID.ge(24)).verified();
    assert_eq!(value(&list(some()).sum(payment::AMOUNT).await.unwrap()), Some("4.9"));
    assert_eq!(value(&list(Payment::query()).min(payment::AMOUNT).await.unwrap()), Some("0.1"));
    assert_eq!(value(&list(Payment::query()).max(payment::AMOUNT).await.unwrap()), Some("2.5"));
    let none = Payment::query().filter(payment::ID.lt(0));
    let of_none =
        (list(none.clone()).sum(payment::AMOUNT).await.unwrap(), list(none).max(payment::AMOUNT).await.unwrap());
    assert_eq!((value(&of_none.0), value(&of_none.1), of_none.0.rows), (Some("0"), None, 0));
    let error = list(Payment::query().distinct()).sum(payment::AMOUNT).await.unwrap_err();
    assert!(!error.may_have_been_sent() && error.to_string().contains("distinct"), "{error}");
}

#[tokio::test]
async fn two_currencies_are_never_added() {
    let zeyos = emulator().await;
    let client = client_of(&zeyos).await;
    for (number, currency) in ["EUR", "NOK", "EUR"].into_iter().enumerate() {
        let new = NewTransaction::new(format!("R-{number}"), Currency::new(currency));
        let new = new.type_(TransactionType::BillingInvoice).netamount(10.10);
        client.api().create_transaction(new).await.unwrap();
    }
    let list = || client.api().list_transactions(Transaction::query());
    let error = list().sum(transaction::NETAMOUNT).await.unwrap_err();
    assert!(error.to_string().contains("several currencies, EUR and NOK"), "{error}");
    let groups = list().sum(transaction::NETAMOUNT).group_by(transaction::CURRENCY).await.unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|group| {
            (&group.key, value(&group.aggregate).unwrap(), group.aggregate.rows, group.aggregate.currency.as_deref())
        })
        .collect();
    assert_eq!(groups, [(&json!("EUR"), "20.2", 2, Some("EUR")), (&json!("NOK"), "10.1", 1, Some("NOK"))]);
    let any = list().sum(transaction::NETAMOUNT).any_currency().await.unwrap();
    assert_eq!((value(&any), &any.currency), (Some("30.3"), &None));
    let error = list().sum(transaction::NETAMOUNT).group_by(transaction::CURRENCY).most_groups(1).await.unwrap_err();
    assert!(error.to_string().contains("more than 1 groups"), "{error}");
    let by_type = list().max(transaction::NETAMOUNT).group_by(transaction::TYPE).await.unwrap_err();
    assert!(by_type.to_string().contains("several currencies"), "{by_type}");
}

/// Takes so many bytes and no more.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_csv_file_is_written_as_it_comes() {
    let zeyos = zeyos_emulator::Emulator::start().await.unwrap();
    let client = client_of(&zeyos).await;
    let csv = || client.api().list_items(Item::query()).csv();
    let (whole, mut file) = (csv().await.unwrap().into_inner(), Vec::new());
    let bytes = csv().write_to(&mut file).await.unwrap();
    assert_eq!((bytes as usize, String::from_utf8(file).unwrap()), (whole.len(), whole));
    let error = csv().write_to(Full(10)).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    zeyos.inject(Fault::status(403).on("POST", "/api/v1/items"));
    let error = csv().write_to(Full(10)).await.unwrap_err();
    assert!(error.into_inner().unwrap().downcast::<zeyos::Error>().unwrap().is_forbidden());
}
