//! Custom fields as types: the module that codegen makes of rows of `customfields`, used against the emulator.

#[rustfmt::skip]
mod instance;

use instance::{account, ticket as fields};
use serde_json::json;
use zeyos::custom_fields::{CustomFields, DeclaredField, FieldChange};
use zeyos::rest::{Account, AccountPatch, NewTicket, Ticket, ticket};
use zeyos::{Client, Custom, Decimal, Id, Timestamp, projection};
use zeyos_emulator::Emulator;
use zeyos_emulator::switches::ExtdataValues;

use crate::auth::support::{emulator_with, signed_in};
use crate::wire::{Recorder, answer};

projection! {
    #[derive(Debug)]
    struct Line from Ticket {
        id: Id<Ticket> = ticket::ID,
        minutes: Option<Custom<Decimal>> = fields::MINUTES,
        floor: Option<Custom<fields::Floor>> = fields::FLOOR,
        dealer: Option<Custom<Id<Account>>> = fields::DEALER,
        inspected: Option<Custom<Timestamp>> = fields::INSPECTED,
        signed_off: Option<Custom<bool>> = fields::SIGNED_OFF,
        channel: Option<Custom<String>> = fields::CHANNEL,
    }
}

projection! {
    struct Tiered from Account {
        id: Id<Account> = zeyos::rest::account::ID,
        tier: Option<Custom<account::Tier>> = account::TIER,
    }
}

/// A client of an emulator that answers custom fields as texts, and one that answers them as they were sent.
async fn both() -> [(Emulator, Client); 2] {
    let texts = emulator_with(|switches| switches.extdata_values = ExtdataValues::Text).await;
    let values = emulator_with(|switches| switches.extdata_values = ExtdataValues::Json).await;
    [texts, values].map(|zeyos| {
        let client = signed_in(&zeyos).build().unwrap();
        (zeyos, client)
    })
}

/// A ticket with a value in every field.
fn new(minutes: i64) -> NewTicket {
    NewTicket::new(format!("{minutes} minutes"))
        .extdata(fields::MINUTES.name(), fields::MINUTES.json(minutes))
        .extdata(fields::FLOOR.name(), fields::FLOOR.json(fields::Floor::FirstFloor))
        .extdata(fields::DEALER.name(), fields::DEALER.json(Id::<Account>::new(3)))
        .extdata(fields::INSPECTED.name(), fields::INSPECTED.json(Timestamp::from_unix(1_767_225_600)))
        .extdata(fields::SIGNED_OFF.name(), fields::SIGNED_OFF.json(true))
        .extdata(fields::CHANNEL.name(), fields::CHANNEL.json(format!("phone {minutes}")))
        .extdata("doorcode", "hunter2")
}

#[tokio::test]
async fn columns_of_custom_fields_filter_sort_and_are_read_as_their_types() {
    for (_zeyos, client) in both().await {
        let api = client.api();
        for minutes in [100, 20, 3] {
            api.create_ticket(new(minutes)).await.unwrap();
        }
        let long = Ticket::query()
            .filter(
                fields::MINUTES.ge(20)
                    & fields::FLOOR.eq(fields::Floor::FirstFloor)
                    & fields::CHANNEL.starts_with("phone"),
            )
            .filter(fields::DEALER.eq(Id::new(3)) & fields::SIGNED_OFF.eq(true))
            .filter(fields::INSPECTED.lt(Timestamp::from_unix(1_767_225_601)))
            .sort(ticket::ID.asc());
        let rows = api.list_tickets(long.clone().select::<Line>()).await.unwrap().into_inner();
        let minutes: Vec<_> = rows.iter().map(|row| row.minutes.as_ref().unwrap().value().unwrap()).collect();
        assert_eq!(minutes, [Decimal::from(100), Decimal::from(20)], "as numbers, and not as texts");
        let row = &rows[1];
        assert_eq!(row.floor.as_ref().unwrap().value(), Some(fields::Floor::FirstFloor));
        assert_eq!(row.dealer.as_ref().unwrap().value(), Some(Id::new(3)));
        assert_eq!(row.inspected.as_ref().unwrap().value(), Some(Timestamp::from_unix(1_767_225_600)));
        assert_eq!(row.signed_off.as_ref().unwrap().value(), Some(true));
        assert_eq!(row.channel.as_ref().unwrap().as_str(), "phone 20");
        assert_eq!(*api.list_tickets(long).count().await.unwrap(), zeyos::Count::from(2));
        let few = Ticket::query().filter(fields::MINUTES.between(1..20) | fields::MINUTES.one_of([100]));
        assert_eq!(api.list_tickets(few).ids().await.unwrap().len(), 2);
        let sum = api.list_tickets(Ticket::query()).sum(fields::MINUTES).any_currency().await.unwrap();
        assert_eq!((sum.value, sum.rows), (Some(Decimal::from(123)), 3));
        let ticket = api.get_ticket(row.id).extdata().await.unwrap().into_inner();
        let all = ticket.extdata.unwrap();
        assert_eq!(fields::MINUTES.read(&all), Some(Custom::from(20)));
        assert_eq!((fields::PRICE.read(&all), fields::DOORCODE.read(&all).unwrap().expose()), (None, "hunter2"));
        assert!(!format!("{:?}", fields::DOORCODE.read(&all)).contains("hunter2"));
    }
}

#[tokio::test]
async fn a_value_that_is_none_of_its_type_costs_no_list() {
    for (_zeyos, client) in both().await {
        client.api().create_ticket(NewTicket::new("A").extdata("minutes", "about an hour")).await.unwrap();
        client.api().create_ticket(NewTicket::new("B").extdata("floor", "7")).await.unwrap();
        let rows = client.api().list_tickets(Ticket::query().sort(ticket::ID.asc()).select::<Line>()).await.unwrap();
        let minutes = rows[0].minutes.clone().unwrap();
        assert_eq!((minutes.value(), minutes.as_str(), rows[1].minutes.clone()), (None, "about an hour", None));
        let floor = rows[1].floor.clone().unwrap().value().unwrap();
        assert_eq!((floor.as_str(), floor == fields::Floor::GroundFloor), ("7", false));
    }
}

#[tokio::test]
async fn a_value_that_is_no_number_costs_no_sum() {
    let sum_of = async |values: &[&str]| {
        let row = |(id, value): (usize, &&str)| format!(r#"{{"ID": {}, "value": {value}}}"#, id + 1);
        let page = format!("[{}]", values.iter().enumerate().map(row).collect::<Vec<_>>().join(","));
        server_of(page).client().api().list_tickets(Ticket::query()).sum(fields::MINUTES).await
    };
    let odd = [r#""""#, r#""about an hour""#, r#""1,5""#, r#""12 h""#, "[15]", "{}", "null", r#""NaN""#];
    let sum = sum_of(&odd).await.unwrap();
    assert_eq!((sum.value, sum.rows, sum.nulls), (Some(Decimal::from(0)), 0, 8));
    let numbers = [r#"" 15 ""#, r#""+2.50\n""#, "-1e1", "12345678901234567.89", "true", r#""\u0031""#];
    let sum = sum_of(&[&numbers[..], &odd[..]].concat()).await.unwrap();
    let value = sum.value.as_ref().map(|value| value.as_str());
    assert_eq!((value, sum.rows, sum.nulls), (Some("12345678901234577.39"), 6, 8));
    for too_long in ["1e300", r#""1e300""#, r#"" 0.000000000000000000000000000000000000000000001""#] {
        assert!(sum_of(&["1", too_long]).await.unwrap_err().is_decode(), "{too_long}");
    }
}

#[test]
fn no_digit_of_a_number_is_lost_on_its_way() {
    let sent = |text: &str| fields::MINUTES.json(text.parse::<Decimal>().unwrap());
    assert_eq!(sent("12345678901234567.89"), json!("12345678901234567.89"));
    assert_eq!((sent("12345678901234567"), sent("15.50")), (json!(12_345_678_901_234_567_u64), json!(15.5)));
}

#[tokio::test]
async fn choices_are_the_values_of_the_instance() {
    let zeyos = Emulator::builder().start().await.unwrap();
    let client = signed_in(&zeyos).build().unwrap();
    let gold = Account::query().filter(account::TIER.eq(account::Tier::Gold)).sort(account::SINCE.desc());
    let rows = client.api().list_accounts(gold.clone().select::<Tiered>()).await.unwrap().into_inner();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.tier == Some(Custom::from(account::Tier::Gold))));
    let bronze = AccountPatch::new().extdata(account::TIER.name(), account::TIER.json(account::Tier::Bronze));
    client.api().update_account(rows[0].id, bronze).await.unwrap();
    let left = client.api().list_accounts(gold).count().await.unwrap();
    assert_eq!(left.0, rows.len() as u64 - 1);
}

/// The fields of the demo instance, with this difference and that.
enum Odd {}

impl CustomFields for Odd {
    const FIELDS: &'static [DeclaredField] = &[
        DeclaredField::new("accounts", "tier", "list").choices(&["gold", "silver", "platinum"]),
        DeclaredField::new("tickets", "dealer", "entity").target("accounts"),
    ];
}

#[tokio::test]
async fn a_program_is_told_at_its_start_what_differs() {
    let zeyos = Emulator::builder().start().await.unwrap();
    let client = signed_in(&zeyos).build().unwrap();
    let report = client.check_custom_fields::<instance::CustomFields>().await.unwrap();
    let missing = report.differences().iter().filter(|difference| difference.what == FieldChange::Missing).count();
    assert_eq!((report.is_ok(), missing, report.differences().len()), (false, 18, 18), "{report}");
    let report = client.check_custom_fields::<Odd>().await.unwrap();
    let said = [
        "accounts.extdata.tier has other choices: gone [\"platinum\"], new [\"bronze\"]",
        "tickets.extdata.dealer is missing in the instance",
        "tickets.extdata.minutes is new, of type \"num\"",
    ];
    assert_eq!(report.to_string(), said.join("\n"));
    assert!(!report.is_ok());
}

/// A row of a custom field with these members instead of the usual ones.
fn row(id: i64, members: &serde_json::Value) -> serde_json::Value {
    let mut row = json!({
        "ID": id, "creator": null, "creationdate": 0, "lastmodified": 0, "activity": 0, "name": "Some", "identifier": null,
        "context": "tickets", "source": 0, "reference": "dealer", "indexed": 0, "type": "entity", "entity": "accounts",
        "options": null, "langaliases": null
    });
    row.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    row
}

/// A server with these rows. The page after the last row is empty.
fn server_of(rows: String) -> Recorder {
    Recorder::new(move |request| {
        let is_first = !String::from_utf8_lossy(request.body()).contains("\">\"");
        answer(200, "application/json", if is_first { &rows } else { "[]" })
    })
}

#[tokio::test]
async fn the_instance_that_a_module_was_made_of_differs_in_nothing() {
    let rows: Vec<serde_json::Value> = serde_json::from_str(include_str!("custom_fields/instance.json")).unwrap();
    let whole = |rows: &[serde_json::Value]| rows.iter().zip(1..).map(|(members, id)| row(id, members)).collect();
    let report_of = async |rows: serde_json::Value| {
        server_of(rows.to_string()).client().check_custom_fields::<instance::CustomFields>().await.unwrap().to_string()
    };
    assert_eq!(report_of(whole(&rows)).await, "", "whatever a field of another type has left of its former one");
    let mut changed = rows;
    let at = |name: &str| changed.iter().position(|row| row["reference"] == name).unwrap();
    let (grade, owner) = (at("grade"), at("owner"));
    changed[grade]["options"] = json!({"1st": "First"});
    changed[owner]["entity"] = json!("contacts");
    let said = [
        "contacts.extdata.grade has other choices: gone [\"2nd\"], new []",
        "contacts.extdata.owner points to contacts and pointed to users",
    ];
    assert_eq!(report_of(whole(&changed)).await, said.join("\n"));
}

#[tokio::test]
async fn types_targets_and_what_is_switched_off_are_compared_too() {
    let cases = [
        (json!({}), vec![]),
        (json!({"entity": "contacts"}), vec!["tickets.extdata.dealer points to contacts and pointed to accounts"]),
        (json!({"type": "num", "entity": null}), vec!["tickets.extdata.dealer is of type \"num\" and was \"entity\""]),
        (json!({"activity": 1}), vec!["tickets.extdata.dealer is missing in the instance"]),
        (json!({"source": 1}), vec!["tickets.extdata.dealer is missing in the instance"]),
    ];
    let tier = json!({
        "context": "accounts", "reference": "tier", "type": "list", "entity": null,
        "options": "{\"gold\": \"A\", \"silver\": \"B\", \"platinum\": \"C\"}"
    });
    for (members, wanted) in cases {
        let rows = json!([row(1, &members), row(2, &tier)]);
        let server = server_of(rows.to_string());
        let report = server.client().check_custom_fields::<Odd>().await.unwrap();
        assert_eq!(server.take()[0].json()["expand"], json!(["options"]));
        assert_eq!(report.to_string(), wanted.join("\n"));
        assert_eq!(report.is_ok(), wanted.is_empty());
    }
}
