//! Amounts and prices as decimals: written, filtered, read and added up exactly.

use rust_decimal::Decimal;
use zeyos::rest::{Item, NewItem, NewPayment, Payment, PaymentPatch, item, payment};
use zeyos::{Client, Id, projection, to_decimal};

use crate::auth::support::{emulator, signed_in};

projection! {
    #[derive(Debug, PartialEq)]
    struct Paid from Payment {
        id: Id<Payment> = payment::ID,
        amount: Decimal = payment::AMOUNT.decimal(),
    }
}

projection! {
    #[derive(Debug, PartialEq)]
    struct Taxed from Item {
        price: Decimal = item::SELLINGPRICE.decimal(),
        rate: Option<Decimal> = item::TAXRATE.decimal(),
    }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Amounts of which floating-point numbers lose cents when they are added.
const AMOUNTS: [&str; 6] = ["0.1", "0.2", "1234567890123.45", "-7.35", "0.000001", "1E-10"];

async fn paid(client: &Client) -> Vec<Decimal> {
    let mut amounts = Vec::new();
    for text in AMOUNTS {
        let amount = Decimal::from_scientific(text).unwrap_or_else(|_| decimal(text));
        let made = client.api().create_payment(NewPayment::new(amount)).await.unwrap().into_inner();
        assert_eq!(to_decimal(made.amount), Ok(amount), "{text} in a record");
        amounts.push(amount);
    }
    amounts
}

#[test]
fn noise_of_a_float_costs_no_page() {
    let read = |amount: &str| {
        serde_json::from_str::<Vec<Paid>>(&format!(r#"[{{"id": 1, "amount": {amount}}}, {{"id": 2, "amount": 0.1}}]"#))
    };
    let rows = read("-5.551115123125783e-17").unwrap();
    assert_eq!(rows[0].amount, decimal("-0.0000000000000000555111512313"));
    assert_eq!((rows[0].amount.round_dp(2), rows[1].amount), (decimal("0"), decimal("0.1")));
    assert!(read("1e29").unwrap_err().to_string().contains("more digits"));
}

#[tokio::test]
async fn amounts_come_back_to_the_last_digit_and_add_up() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let amounts = paid(&client).await;
    let rows = client.api().list_payments(Payment::query().sort(payment::ID.asc()).select::<Paid>()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.amount).collect::<Vec<_>>(), amounts);
    let of = |column| client.api().list_payments(Payment::query()).sum(column).any_currency();
    let total = of(payment::AMOUNT.decimal()).await.unwrap().value.unwrap();
    assert_eq!(Decimal::try_from(&total).unwrap(), amounts.iter().sum::<Decimal>());
    assert_eq!(Decimal::try_from(total).unwrap(), decimal("1234567890116.4000010001"));
    let large = Payment::query().filter(payment::AMOUNT.decimal().ge(decimal("0.2"))).select::<Paid>();
    assert_eq!(client.api().list_payments(large).await.unwrap().len(), 2);
    let exact = Payment::query().filter(payment::AMOUNT.decimal().one_of([decimal("0.1"), decimal("-7.35")]));
    let ids = client.api().list_payments(exact).ids().await.unwrap().into_inner();
    assert_eq!(ids, [rows[0].id, rows[3].id]);
    let changed = client.api().update_payment(ids[0], PaymentPatch::new().amount(decimal("99.99"))).await.unwrap();
    assert_eq!(to_decimal(changed.amount), Ok(decimal("99.99")));
}

#[tokio::test]
async fn a_column_that_may_be_null_is_an_option_of_a_decimal() {
    let zeyos = emulator().await;
    let api = signed_in(&zeyos).build().unwrap().api();
    for new in [
        NewItem::new("Seal").sellingprice(decimal("12.30")).taxrate(decimal("19")),
        NewItem::new("Pump").sellingprice(12.3).taxrate(None),
        NewItem::new("Hose").sellingprice(0.5).taxrate(7.5),
    ] {
        api.create_item(new).await.unwrap();
    }
    let rows = api.list_items(Item::query().sort(item::ID.asc()).select::<Taxed>()).await.unwrap().into_inner();
    let row = |price: &str, rate: Option<&str>| Taxed { price: decimal(price), rate: rate.map(decimal) };
    assert_eq!(rows, [row("12.3", Some("19")), row("12.3", None), row("0.5", Some("7.5"))]);
    let written = serde_json::to_string(&rows[2]).unwrap();
    assert_eq!(written, r#"{"price":0.5,"rate":7.5}"#);
    assert_eq!(serde_json::from_str::<Taxed>(&written).unwrap(), rows[2]);
}
