//! Records whose columns are known, in an emulator of a profile.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value as Json, json};
use zeyos::rest::{
    Account, AccountType, Currency, ItemType, NewAccount, NewItem, NewTicket, Priority, TicketStatus, Visibility,
};
use zeyos::{Client, Id, Timestamp};
use zeyos_emulator::switches::Profile;
use zeyos_emulator::{Emulator, Seed, Switches};

use super::cases::Case;
use super::evaluator::Facts;
use crate::auth::support::tokens;

/// Lower case and of one word, so that every order of texts has them in one order.
const NAMES: [&str; 9] = ["anchor", "bearing", "coupling", "damper", "engine", "flange", "gasket", "hose", "impeller"];

/// What patterns are for: capitals, signs that mean something in patterns, lines, other scripts.
const WORDS: [&str; 7] =
    ["Leaks since Monday", "50% off", "a_b", "back\\slash", "", "zwölf Ventile", "leaks\nagain and again"];

/// The first of January 2026.
pub(super) const START: i64 = 1_767_225_600;

pub(super) struct World {
    /// Stops when it is dropped.
    _zeyos: Emulator,
    client: Client,
    pub facts: Facts,
}

impl World {
    pub(super) async fn new(profile: Profile) -> Self {
        let mut switches = Switches::profile(profile);
        // What a user may see is no matter of what a query means.
        switches.permissions = false;
        let zeyos = Emulator::builder().seed(Seed::Empty).switches(switches).start().await.unwrap();
        let client = Client::builder(zeyos.url()).token_set(tokens(&zeyos)).build().unwrap();
        let accounts = accounts(&client).await;
        tickets(&client, &accounts).await;
        items(&client).await;
        let mut facts = Facts::default();
        for resource in ["accounts", "tickets", "items"] {
            facts.rows.insert(resource, records(&client, resource).await);
        }
        facts.joins = BTreeMap::from([(("tickets", "account"), "accounts")]);
        facts.searched = BTreeMap::from([("tickets", ["name", "ticketnum"].as_slice())]);
        World { _zeyos: zeyos, client, facts }
    }

    /// What the server answers to exactly the body that the query has.
    pub(super) async fn asked(&self, case: &Case) -> Json {
        let call = self.client.request(Method::POST, &format!("/{}", case.resource)).json(case.body.clone());
        call.call().await.unwrap_or_else(|error| panic!("{}: {error}", case.name)).into_inner()
    }
}

async fn accounts(client: &Client) -> Vec<Id<Account>> {
    let mut ids = Vec::new();
    for (row, currency) in ["EUR", "NOK", "EUR", "SEK"].into_iter().enumerate() {
        let new = NewAccount::new(Currency::new(currency))
            .lastname(NAMES[8 - row])
            .type_(AccountType::from_code(row as i64 % 3))
            .excludetax(row % 2 == 0);
        ids.push(client.api().create_account(new).await.unwrap().id);
    }
    ids
}

async fn tickets(client: &Client, accounts: &[Id<Account>]) {
    for row in 0..48_usize {
        let mut new = NewTicket::new(NAMES[row % NAMES.len()])
            .ticketnum(format!("T-{row:03}"))
            .description(WORDS[row % WORDS.len()])
            .status(TicketStatus::from_code(row as i64 % 10))
            .priority(Priority::from_code(row as i64 % 5))
            .visibility(Visibility::from_code(i64::from(row % 8 == 7) + i64::from(row % 16 == 15)))
            .date(Timestamp::from_unix(START + 3600 * (row as i64 / 2)));
        if row % 3 != 2 {
            new = new.account(accounts[row % accounts.len()]);
        }
        if row % 4 != 1 {
            new = new.duedate(Timestamp::from_unix(START + 86_400 * row as i64));
        }
        if row % 2 == 0 {
            new = new.extdata("channel", ["phone", "mail", "visit"][row / 2 % 3]).extdata("minutes", 5 * row as i64);
        }
        client.api().create_ticket(new).await.unwrap();
    }
}

async fn items(client: &Client) {
    for row in 0..20_usize {
        let mut new = NewItem::new(NAMES[row % NAMES.len()])
            .type_(ItemType::from_code(row as i64 % 2))
            .sellingprice(row as f64 * 2.5)
            .weight(0.125 * row as f64);
        if row % 3 != 0 {
            new = new.taxrate([7.0, 19.0, 25.5][row % 3]);
        }
        client.api().create_item(new).await.unwrap();
    }
}

/// All records with all columns, and their custom fields.
async fn records(client: &Client, resource: &str) -> Vec<Json> {
    let list = client.request(Method::POST, &format!("/{resource}")).json(json!({"sort": ["+ID"]}));
    let mut rows = list.call().await.unwrap().into_inner().as_array().unwrap().clone();
    for row in &mut rows {
        let path = format!("/{resource}/{}", row["ID"]);
        let whole = client.request(Method::GET, &path).query("extdata", 1).call().await.unwrap().into_inner();
        *row = whole;
    }
    rows
}
