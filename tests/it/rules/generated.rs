//! Random records of every resource that has rules, checked against them here and by the emulator, whose rules are SQL.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value as Json, json};
use zeyos::rest::*;
use zeyos::{Client, Error, Model as Resource};
use zeyos_core::write::Rules;
use zeyos_emulator::switches::Presence;

use crate::auth::support::{emulator_with, tokens};
use crate::support::random::Random;
use crate::support::size::size;

/// How many records of each resource are made, unless `ZEYOS_RULE_RECORDS` says otherwise.
const RECORDS: usize = 60;

const SCHEMA: &str = include_str!("../../../emulator/data/schema.json");

const TEXTS: [&str; 16] = [
    "",
    "a",
    "A b",
    "ä",
    " a",
    "a ",
    "\ta",
    "a\u{b}",
    "a\nb",
    "a\r",
    "EUR",
    "NO",
    "FF00AA",
    "text/plain",
    "/a",
    "a//b",
];

macro_rules! resources {
    ($($record:ident $new:ident,)*) => {
        [$((<$record as Resource>::RESOURCE, $new::RULES),)*]
    };
}

/// Whether this resource has its turn: all have, unless `ZEYOS_RULE_TABLES` names some.
fn is_meant(resource: &str) -> bool {
    std::env::var("ZEYOS_RULE_TABLES").map_or(true, |names| names.split(',').any(|name| name == resource))
}

/// The tables that others refer to.
type Planted = BTreeSet<&'static str>;

struct World {
    client: Client,
    planted: Planted,
    records: usize,
}

fn rules() -> BTreeMap<&'static str, &'static Rules> {
    resources! {
        Account NewAccount, ActionStep NewActionStep, Address NewAddress, Appointment NewAppointment, Association NewAssociation,
        Campaign NewCampaign, Category NewCategory, Channel NewChannel, Comment NewComment, Component NewComponent,
        Contact NewContact, Contract NewContract, Coupon NewCoupon, CouponCode NewCouponCode, DavServer NewDavServer,
        Device NewDevice, Document NewDocument, DunningNotice NewDunningNotice, EntityToChannel NewEntityToChannel,
        Event NewEvent, FeedServer NewFeedServer, File NewFile, Follow NewFollow, Invitation NewInvitation, Item NewItem,
        Ledger NewLedger, Link NewLink, MailServer NewMailServer, MailingList NewMailingList,
        MailingRecipient NewMailingRecipient, Message NewMessage, Note NewNote, Object NewObject,
        Opportunity NewOpportunity, Participant NewParticipant, Payment NewPayment, Price NewPrice, PriceList NewPriceList,
        Project NewProject, Record NewRecord, RelatedItem NewRelatedItem, StockTransaction NewStockTransaction,
        Storage NewStorage, Supplier NewSupplier, Task NewTask, Ticket NewTicket, Transaction NewTransaction,
    }
    .into_iter()
    .collect()
}

/// Two records of everything that others refer to; their numbers are 1 and 2. Answers what there is.
async fn plant(client: &Client) -> Planted {
    let mut planted = Planted::new();
    for (name, item) in [("A", 1), ("B", 2)] {
        let parents = [
            ("accounts", json!({"lastname": name, "currency": "EUR"})),
            ("contacts", json!({"lastname": name})),
            ("items", json!({"name": name})),
            ("tickets", json!({"name": name})),
            ("projects", json!({"name": name})),
            ("messages", json!({"subject": name})),
            ("transactions", json!({"currency": "EUR"})),
            ("appointments", json!({"name": name, "datefrom": 1, "dateto": 2})),
            ("campaigns", json!({"name": name, "datefrom": 1})),
            ("channels", json!({"name": name})),
            ("coupons", json!({"name": name, "code": format!("PARENT {name}")})),
            ("dunning", json!({"dunningnum": format!("PARENT {name}")})),
            ("mailinglists", json!({"name": name})),
            ("opportunities", json!({"name": name})),
            ("pricelists", json!({"name": name, "currency": "EUR"})),
            ("records", json!({"text": name})),
            ("comments", json!({"record": 1})),
            ("tasks", json!({"name": name})),
            ("storages", json!({"name": name})),
            ("participants", json!({"name": name, "mailinglist": 1})),
            ("stocktransactions", json!({"item": item, "amount": 1, "chargenum": name})),
        ];
        for (resource, body) in parents {
            sent(client, Method::PUT, &format!("/{resource}"), &body).await.unwrap();
            planted.insert(resource);
        }
    }
    planted
}

async fn sent(client: &Client, method: Method, path: &str, body: &Json) -> Result<Json, Error> {
    client.request(method, path).json(body.clone()).call().await.map(zeyos::ResponseValue::into_inner)
}

/// The columns that a record can be made of.
fn columns(table: &Json) -> Vec<&Json> {
    let marks = ["hidden", "read_only", "file", "undocumented"];
    let kinds = ["integer", "number", "text", "json"];
    let columns = table["columns"].as_array().unwrap().iter();
    columns
        .filter(|column| marks.iter().all(|mark| column.get(mark).is_none()))
        .filter(|column| kinds.contains(&column["type"].as_str().unwrap()))
        .collect()
}

/// A value of the column's type, which may break its rules.
fn value(table: &Json, column: &Json, planted: &Planted, dice: &mut Random) -> Json {
    if column["not_null"] != true && dice.one_in(4) {
        return Json::Null;
    }
    if let Some(table) = column.pointer("/references/table").and_then(Json::as_str) {
        let can_be_one = planted.contains(table) || column["not_null"] == true;
        return if can_be_one { json!(1 + dice.below(2)) } else { Json::Null };
    }
    if let (Some(listed), None) = (column["enum"].as_array(), column.get("check")) {
        let others = forbidden(table, column);
        let from = if others.is_empty() || !dice.one_in(4) { listed } else { &others };
        return from[dice.below(from.len())].clone();
    }
    let bound = |word: &str| column.pointer(&format!("/check/{word}")).and_then(Json::as_i64);
    match column["type"].as_str().unwrap() {
        "text" => text(column, dice),
        "json" => {
            let shapes =
                [json!({}), json!({"a": 1}), json!([]), json!([1]), json!("{}"), json!("[]"), json!("{\"a\":1}")];
            shapes[dice.below(shapes.len())].clone()
        }
        kind => {
            let (least, most) = (bound("min").or(bound("above")).unwrap_or(0), bound("max").unwrap_or(12));
            let least = least + i64::from(bound("above").is_some());
            let is_inside = column.get("check").is_none() || !dice.one_in(4);
            let number = match (is_inside, dice.one_in(2)) {
                (true, _) => least + dice.below(usize::try_from(most - least + 1).unwrap()) as i64,
                (false, true) => least - 1,
                (false, false) => most + 1,
            };
            if kind == "number" && dice.one_in(3) { json!(number as f64 + 0.5) } else { json!(number) }
        }
    }
}

/// What a rule about the whole row forbids in this column.
fn forbidden(table: &Json, column: &Json) -> Vec<Json> {
    let rules = table["checks"].as_array().into_iter().flatten();
    let own = rules.filter(|rule| rule["column"] == column["name"]);
    own.filter_map(|rule| rule["none-of"].as_array()).flatten().cloned().collect()
}

fn text(column: &Json, dice: &mut Random) -> Json {
    if let Some(listed) = column.pointer("/check/one-of").and_then(Json::as_array).filter(|_| !dice.one_in(5)) {
        return listed[dice.below(listed.len())].clone();
    }
    // Most texts break no rule, so that rules about several columns have their turn.
    let good = match column.pointer("/check/matches").and_then(Json::as_str) {
        Some("^[A-Z]{3}$") => "EUR",
        Some("^([A-Z]{2})?$") => "NO",
        Some("^([A-F0-9]{3}){0,2}$") => "FF00AA",
        Some(pattern) if pattern.contains("\\/") => "text/plain",
        _ => "a",
    };
    let text = if dice.one_in(4) { TEXTS[dice.below(TEXTS.len())] } else { good };
    json!(if text == "a" && dice.one_in(3) { "" } else { text })
}

fn record(table: &Json, planted: &Planted, dice: &mut Random) -> Map<String, Json> {
    let few = 1 + dice.below(6);
    let mut body = Map::new();
    for column in columns(table) {
        if column["required"] == true || dice.one_in(few) {
            body.insert(column["name"].as_str().unwrap().to_owned(), value(table, column, planted, dice));
        }
    }
    body
}

/// Whether the server may refuse a record that breaks no rule of its own: another has what only one may have.
async fn is_taken(client: &Client, resource: &str, table: &Json, body: &Map<String, Json>) -> bool {
    let unique = table["unique"].as_array().into_iter().flatten().filter_map(|rule| rule["columns"].as_array());
    let unordered = table["unordered"].as_array().into_iter().flatten().filter_map(Json::as_array);
    for columns in unique.chain(unordered) {
        let Some(filters) = known(table, columns, body) else { continue };
        let count = json!({"count": true, "filters": filters});
        let count = sent(client, Method::POST, &format!("/{resource}"), &count).await.unwrap();
        if count["count"] != 0 {
            return true;
        }
    }
    false
}

/// The values of these columns by which a record would be equal to another; none if one of them is null, which equals nothing.
fn known(table: &Json, columns: &[Json], body: &Map<String, Json>) -> Option<Map<String, Json>> {
    let mut known = Map::new();
    for name in columns.iter().filter_map(Json::as_str) {
        let column = table["columns"].as_array()?.iter().find(|column| column["name"] == name)?;
        match body.get(name).or_else(|| column.get("default")) {
            Some(value) if !value.is_null() => known.insert(name.to_owned(), value.clone()),
            // There is one user, who has made all records.
            None if column.get("filled").is_some() => None,
            _ => return None,
        };
    }
    Some(known)
}

#[derive(Default)]
struct Tally {
    kept: usize,
    broken: usize,
    open: usize,
}

/// The tables with a rule about what the server fills in, which no one knows here, and the column without which it holds.
const OPEN: [(&str, &str); 3] =
    [("messages", "reference"), ("records", "assigneduser"), ("stocktransactions", "transfer")];

fn is_open(resource: &str, body: &Map<String, Json>) -> bool {
    let set = |column: &str| body.get(column).is_some_and(|value| !value.is_null());
    OPEN.into_iter().any(|(table, column)| table == resource && set(column))
}

async fn hold(world: &World, resource: &str, table: &Json, rules: &'static Rules) -> Tally {
    let World { client, planted, records } = world;
    let (mut dice, mut tally) = (Random(resource.len() as u64), Tally::default());
    for _ in 0..*records {
        let body = record(table, planted, &mut dice);
        let told = rules.check(&body.clone().into(), true);
        match (sent(client, Method::PUT, &format!("/{resource}"), &Json::Object(body.clone())).await, told) {
            (Ok(made), Ok(())) => {
                tally.kept += 1;
                let path = format!("/{resource}/{}", made["ID"]);
                updated(world, &path, table, rules, &mut dice).await;
                client.request(Method::DELETE, &path).call().await.unwrap();
            }
            (Err(error), told) if error.is_validation() => match told {
                Err(_) => tally.broken += 1,
                Ok(()) if is_open(resource, &body) || is_taken(client, resource, table, &body).await => tally.open += 1,
                Ok(()) => panic!("{resource}: the server alone refuses {}", Json::Object(body)),
            },
            (Ok(_), Err(broken)) => panic!("{resource}: the server takes {}, here {broken}", Json::Object(body)),
            (Err(error), _) => panic!("{resource}: {error}: {}", Json::Object(body)),
        }
    }
    tally
}

/// An update is told to break a rule only if the server says so too; what is not sent may break others.
async fn updated(world: &World, path: &str, table: &Json, rules: &'static Rules, dice: &mut Random) {
    let World { client, planted, .. } = world;
    let mut patch = record(table, planted, dice);
    patch.retain(|_, _| dice.one_in(2));
    if patch.is_empty() {
        return;
    }
    let told = rules.check(&patch.clone().into(), false);
    if let (Ok(_), Err(broken)) = (sent(client, Method::PATCH, path, &Json::Object(patch.clone())).await, told) {
        panic!("{path}: the server takes {}, here {broken}", Json::Object(patch));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_here_and_those_of_the_emulator_agree_on_random_records_of_every_resource() {
    // What is not a rule of a table, and whether an empty number is drawn, is not what this is about.
    let zeyos = emulator_with(|switches| {
        switches.auto_number = true;
        switches.campaign_owner = Presence::Optional;
    })
    .await;
    let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
    let planted = plant(&client).await;
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let all = rules();
    let records = size("ZEYOS_RULE_RECORDS", RECORDS);
    let world = World { client, planted, records };
    let mut total = Tally::default();
    for (name, table) in schema["tables"].as_object().unwrap() {
        let is_checked = |column: &&Json| column.get("check").is_some() || column.get("max_length").is_some();
        let has_rules = columns(table).iter().any(is_checked) || table.get("checks").is_some();
        if table.pointer("/verbs/create").is_none() || !has_rules {
            assert!(!all.contains_key(name.as_str()), "{name} has rules here alone");
            continue;
        }
        if !is_meant(name) {
            continue;
        }
        let tally = hold(&world, name, table, all[name.as_str()]).await;
        assert!(tally.kept > 0 && tally.broken > 0, "{name}: {} kept the rules, {} did not", tally.kept, tally.broken);
        assert!(tally.open * 2 < records, "{name}: {} of {records} are open", tally.open);
        println!("{name}: {} kept the rules, {} did not, {} are open", tally.kept, tally.broken, tally.open);
        total.kept += tally.kept;
        total.broken += tally.broken;
    }
    assert!(
        std::env::var_os("ZEYOS_RULE_TABLES").is_some() || total.kept > 4 * records && total.broken > 4 * records,
        "{} kept the rules, {} did not",
        total.kept,
        total.broken
    );
}
