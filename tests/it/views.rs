//! Views: the value that decides is bound when they are read and created, and states are those of the kind.

use serde_json::{Value, json};
use zeyos::rest::{
    Credit, Currency, Delivery, DeliveryStatus, Disassembly, Fabrication, IndividualCoupon, Invoice, InvoicePatch,
    InvoiceStatus, Item, NewCredit, NewDelivery, NewDisassembly, NewFabrication, NewIndividualCoupon, NewInvoice,
    NewOrder, NewPerson, NewProcurementCredit, NewProcurementDelivery, NewProcurementInvoice, NewProcurementOrder,
    NewProcurementRequest, NewPromotion, NewQuote, NewTransaction, Order, OrderStatus, Person, ProcurementCredit,
    ProcurementDelivery, ProcurementInvoice, ProcurementOrder, ProcurementRequest, ProductionStatus, Quote,
    QuoteStatus, Transaction, TransactionPatch, TransactionStatus, TransactionType, transaction,
};
use zeyos::{Editable, Filter, Id, Query, Timestamp};

use crate::wire::Recorder;

const ITEM: Id<Item> = Id::new(4);

fn eur() -> Currency {
    Currency::new("EUR")
}

/// What a list of these records asks for.
fn asked(query: Query<Transaction>) -> Value {
    let request = Recorder::json(json!([])).client().api().list_transactions(query).dry_run().unwrap();
    request.body.unwrap()["filters"].clone()
}

#[test]
fn each_of_the_twelve_kinds_binds_its_type() {
    let kinds: [(Query<Transaction>, TransactionType); 12] = [
        (Quote::query(), TransactionType::BillingQuote),
        (Order::query(), TransactionType::BillingOrder),
        (Delivery::query(), TransactionType::BillingDelivery),
        (Invoice::query(), TransactionType::BillingInvoice),
        (Credit::query(), TransactionType::BillingCredit),
        (ProcurementRequest::query(), TransactionType::ProcurementRequest),
        (ProcurementOrder::query(), TransactionType::ProcurementOrder),
        (ProcurementDelivery::query(), TransactionType::ProcurementDelivery),
        (ProcurementInvoice::query(), TransactionType::ProcurementInvoice),
        (ProcurementCredit::query(), TransactionType::ProcurementCredit),
        (Fabrication::query(), TransactionType::ProductionFabrication),
        (Disassembly::query(), TransactionType::ProductionDisassembly),
    ];
    for (query, kind) in kinds {
        assert_eq!(asked(query), json!({"type": kind.code()}));
    }
}

#[test]
fn presets_are_filters_that_hold_for_their_kind_alone() {
    let now = Timestamp::from_unix(1_767_225_600);
    let cases: [(Filter<Transaction>, Value); 8] = [
        (Invoice::draft(), json!({"type": 3, "status": 0})),
        (Invoice::booked(), json!({"type": 3, "status": 1})),
        (Invoice::cancelled(), json!({"type": 3, "status": 3})),
        (Invoice::open(), json!({"type": 3, "status": {"IN": [1, 2, 17]}})),
        (Invoice::paid(), json!({"type": 3, "status": {"IN": [20, 21]}})),
        (Invoice::overdue(now), json!({"type": 3, "status": {"IN": [1, 2, 17]}, "duedate": {"<": 1_767_225_600}})),
        (Quote::open(), json!({"type": 0, "status": {"IN": [1, 2, 5]}})),
        (Fabrication::cancelled(), json!({"type": 10, "status": {"IN": [3, 23]}})),
    ];
    for (filter, wanted) in cases {
        assert_eq!(filter.to_json(), wanted);
        assert_eq!(asked(Transaction::query().filter(filter)), wanted, "whatever query it is added to");
    }
    let overdue = Invoice::query().filter(Invoice::overdue(now)).filter(transaction::ASSIGNEDUSER.eq(Id::new(7)));
    let wanted = json!({"type": 3, "status": {"IN": [1, 2, 17]}, "duedate": {"<": 1_767_225_600}, "assigneduser": 7});
    assert_eq!(asked(overdue), wanted, "the type is said once");
}

#[tokio::test]
async fn creates_and_updates_of_a_view_are_those_of_the_resource() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let api = client.api();
    let invoice = NewInvoice::new("R-1", eur()).status(InvoiceStatus::PartlyPaid).netamount(3.5);
    let sent = |request: zeyos::DryRun| (request.method, request.url, Value::Object(request.body.unwrap()));
    let (method, url, body) = sent(api.create_transaction(invoice).dry_run().unwrap());
    let wanted = json!({"type": 3, "transactionnum": "R-1", "currency": "EUR", "status": 17, "netamount": 3.5});
    assert_eq!((method.as_str(), url.ends_with("/transactions"), body), ("PUT", true, wanted));
    let patch = InvoicePatch::new().status(InvoiceStatus::Paid);
    let (method, _, body) = sent(api.update_transaction(Id::new(9), patch).dry_run().unwrap());
    assert_eq!((method.as_str(), body), ("PATCH", json!({"status": 20})));
    assert_eq!(InvoicePatch::default().into_fields().names().count(), 0);
    let fabrication = NewFabrication::new("P-1", eur()).item(ITEM);
    let (.., body) = sent(api.create_transaction(fabrication).dry_run().unwrap());
    assert_eq!(body, json!({"type": 10, "transactionnum": "P-1", "currency": "EUR", "item": 4}));
    let whole = NewTransaction::new("R-2", eur()).type_(TransactionType::BillingOrder);
    let (.., body) = sent(api.create_transaction(whole.status(TransactionStatus::Delivered)).dry_run().unwrap());
    assert_eq!(body["type"], 1, "whoever wants the whole still has it");
}

/// Every state of every set against the rule of the table: those of a kind pass it, and no other does.
#[test]
fn the_states_of_a_kind_are_those_that_the_rule_of_the_table_allows() {
    let states: Vec<TransactionStatus> = (0..24).map(TransactionStatus::from_code).collect();
    let passes = |new: NewTransaction| NewTransaction::RULES.check(&new.into_fields(), true).is_ok();
    macro_rules! held {
        ($($kind:literal: $new:expr => $set:ident),* $(,)?) => {
            $(for state in &states {
                let whole = NewTransaction::from($new).type_(TransactionType::from_code($kind)).status(*state);
                let of_kind = $set::try_from(*state);
                assert_eq!(passes(whole), of_kind.is_ok(), "type {} and {state}", $kind);
                if let Ok(of_kind) = of_kind {
                    assert_eq!(TransactionStatus::from(of_kind), *state);
                    assert!(passes($new.status(of_kind).into()));
                }
            })*
        };
    }
    held! {
        0: NewQuote::new("1", eur()) => QuoteStatus,
        1: NewOrder::new("1", eur()) => OrderStatus,
        2: NewDelivery::new("1", eur()) => DeliveryStatus,
        3: NewInvoice::new("1", eur()) => InvoiceStatus,
        4: NewCredit::new("1", eur()) => InvoiceStatus,
        5: NewProcurementRequest::new("1", eur()) => QuoteStatus,
        6: NewProcurementOrder::new("1", eur()) => OrderStatus,
        7: NewProcurementDelivery::new("1", eur()) => DeliveryStatus,
        8: NewProcurementInvoice::new("1", eur()) => InvoiceStatus,
        9: NewProcurementCredit::new("1", eur()) => InvoiceStatus,
        10: NewFabrication::new("1", eur()).item(ITEM) => ProductionStatus,
        11: NewDisassembly::new("1", eur()).item(ITEM) => ProductionStatus,
    }
}

/// So the creates of these views need not ask for one.
#[tokio::test]
async fn only_a_draft_of_production_is_sent_without_an_item() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let api = client.api();
    let (one, two) = (|| NewFabrication::new("P-1", eur()), || NewDisassembly::new("P-2", eur()));
    for draft in [one().into(), two().into(), NewTransaction::from(one().status(ProductionStatus::Draft))] {
        assert!(api.create_transaction(draft).dry_run().is_ok());
    }
    let booked: [NewTransaction; 2] =
        [one().status(ProductionStatus::Booked).into(), two().status(ProductionStatus::Booked).into()];
    for booked in booked {
        assert!(api.create_transaction(booked.clone()).dry_run().is_err());
        assert!(api.create_transaction(booked.item(ITEM)).dry_run().is_ok());
    }
}

#[test]
fn changes_to_a_view_are_cloned_as_those_of_the_resource_are() {
    fn is_cloned<T: Clone>(changes: &T) -> T {
        changes.clone()
    }
    let patch = is_cloned(&InvoicePatch::new().status(InvoiceStatus::Paid));
    assert_eq!(patch.into_fields(), is_cloned(&TransactionPatch::new().status(TransactionStatus::Paid)).into_fields());
    assert_eq!(is_cloned(&NewInvoice::new("1", eur())).into_fields(), NewInvoice::new("1", eur()).into_fields());
}

#[tokio::test]
async fn writes_of_any_record_take_those_of_a_view() {
    let server = Recorder::json(json!({}));
    let client = server.client();
    let created = Transaction::create(&client, NewInvoice::new("R-1", eur())).dry_run().unwrap();
    assert_eq!(created.body.unwrap()["type"], 3);
    let changed = Transaction::update(&client, Id::new(9), InvoicePatch::new().status(InvoiceStatus::Paid));
    assert_eq!(Value::Object(changed.dry_run().unwrap().body.unwrap()), json!({"status": 20}));
    let rows = [NewInvoice::new("R-1", eur()), NewInvoice::new("R-2", eur())];
    let _ = client.create_many::<Transaction, _>(rows.map(Into::into)).concurrency(1).run().tally().await;
    let sent: Vec<Value> = server.take().iter().map(|request| request.json().clone()).collect();
    let number = |row: &Value| (row["type"].clone(), row["transactionnum"].clone());
    assert_eq!(sent.iter().map(number).collect::<Vec<_>>(), [(json!(3), json!("R-1")), (json!(3), json!("R-2"))]);
    let found = Recorder::json(json!([]));
    let upserted = found.client().create_or_update_by(transaction::TRANSACTIONNUM, NewInvoice::new("R-3", eur())).await;
    assert!(upserted.is_err(), "the answer to the create is not a record");
    let sent = found.take();
    assert_eq!(sent[0].json()["filters"], json!({"transactionnum": "R-3"}));
    assert_eq!(number(sent[1].json()), (json!(3), json!("R-3")));
}

#[test]
fn other_resources_have_views_by_the_same_mark() {
    let server = Recorder::json(json!([]));
    let client = server.client();
    let api = client.api();
    let body = |request: zeyos::DryRun| Value::Object(request.body.unwrap());
    let promotion = body(api.create_coupon(NewPromotion::new("Spring", "S26")).dry_run().unwrap());
    assert_eq!(promotion, json!({"type": 0, "name": "Spring", "code": "S26"}));
    let single = body(api.create_coupon(NewIndividualCoupon::new("Sorry")).dry_run().unwrap());
    assert_eq!(single, json!({"type": 1, "name": "Sorry"}));
    let person = NewPerson::new().lastname("Berg").company("Acme");
    assert_eq!(body(api.create_contact(person).dry_run().unwrap())["type"], 1);
    assert_eq!(body(api.list_contacts(Person::query()).dry_run().unwrap())["filters"], json!({"type": 1}));
    assert_eq!(body(api.list_coupons(IndividualCoupon::query()).dry_run().unwrap())["filters"], json!({"type": 1}));
}
