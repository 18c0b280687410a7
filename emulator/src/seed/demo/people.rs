//! Users and their groups, accounts and their contacts.

use serde_json::json;

use super::table::{day, pick};
use crate::seed::base::{self, ADMINISTRATORS};
use crate::seed::seeder::Seeder;

/// Number of accounts.
pub(super) const ACCOUNTS: i64 = 44;

const PROSPECT: i64 = 0;
const CUSTOMER: i64 = 1;
const SUPPLIER: i64 = 2;

/// Users beside the demo user: name, first name, last name, group, only for programs.
const USERS: [(&str, &str, &str, i64, i64); 6] = [
    ("mara", "Mara", "Lindholm", 2, 0),
    ("jonas", "Jonas", "Petersen", 2, 0),
    ("ida", "Ida", "Solheim", 3, 0),
    ("kjell", "Kjell", "Brandt", 3, 0),
    ("otto", "Otto", "Wiesner", 4, 0),
    ("robot", "", "Webshop", 4, 1),
];

/// Groups beside the administrators: name, leader, writable permissions, further ones.
const GROUPS: [(&str, i64, &str, &str); 3] = [
    ("Sales", 2, "accounts contacts opportunities billing campaigns messages calendar notes", "inventory pricelists"),
    ("Service", 4, "tickets tasks projects actionsteps messages calendar documents notes", "accounts contacts"),
    ("Warehouse", 6, "inventory procurement production", "pricelists accounts"),
];

/// The shared secret of the one-time passwords of the user `otto`: these bytes as they stand.
const OTTO_SECRET: &str = "bergfjord-otto-totp!";

const COMPANIES: [&str; 11] = [
    "Fjellbakeri",
    "Havnekraft",
    "Lindental",
    "Nordlys",
    "Rheinhof",
    "Sollia",
    "Steinbruch",
    "Tindevann",
    "Uferhaus",
    "Vestkyst",
    "Weserdock",
];

/// Trade and legal form, and where such a company sits: town, postal code, region, country.
const TRADES: [(&str, &str, &str, &str, &str); 4] = [
    ("Bryggeri AS", "Bergen", "5003", "Vestland", "NO"),
    ("Wasserwerke GmbH", "Kiel", "24103", "Schleswig-Holstein", "DE"),
    ("Oppdrett AS", "Ålesund", "6002", "Møre og Romsdal", "NO"),
    ("Varv AB", "Göteborg", "41103", "Västra Götaland", "SE"),
];

const STREETS: [&str; 5] = ["Strandgata", "Hafenweg", "Storgata", "Am Deich", "Kajgatan"];
const FIRST_NAMES: [&str; 8] = ["Anne", "Bjarne", "Clara", "Dag", "Eva", "Frieda", "Gunnar", "Helene"];
const LAST_NAMES: [&str; 7] = ["Aas", "Bruhn", "Carlsen", "Dahl", "Eriksen", "Fink", "Graf"];

/// Plants them.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    users(seeder)?;
    for index in 0..ACCOUNTS {
        seeder.creator = 1 + index % 5;
        account(seeder, index)?;
    }
    for pair in 0..3 {
        let (left, right) = (9 + pair * 2, 10 + pair * 2);
        seeder.put("contacts2contacts", json!({ "contact1": left, "contact2": right }))?;
    }
    Ok(())
}

fn users(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    let row = json!({ "firstname": "Dagny", "lastname": "Morgen", "email": "demo@bergfjord.example" });
    let contact = seeder.put("contacts", row)?;
    seeder.db().execute("UPDATE users SET contact = ?1 WHERE ID = 1", [contact])?;
    for user in USERS {
        self::user(seeder, user)?;
    }
    let sql = "UPDATE users SET otpsecret = CAST(?1 AS BLOB) WHERE name = 'otto'";
    seeder.db().execute(sql, [OTTO_SECRET])?;
    groups(seeder)
}

fn user(seeder: &mut Seeder<'_>, user: (&str, &str, &str, i64, i64)) -> rusqlite::Result<i64> {
    let (name, first, last, _, apionly) = user;
    let email = format!("{name}@bergfjord.example");
    let contact = seeder.put(
        "contacts",
        json!({
            "firstname": first, "lastname": last, "email": email, "phone": format!("+47 55 00 00 {:02}", name.len()),
            "address": "Pumpekaien 4", "postalcode": "5003", "city": "Bergen", "country": "NO",
        }),
    )?;
    let locale = if name == "jonas" { "de-DE" } else { "en-US" };
    let row = json!({
        "name": name, "email": email, "contact": contact, "apionly": apionly, "nopublic": apionly,
        "settings": { "locale": locale, "timezone": "Europe/Berlin" },
    });
    base::user(seeder, name, row)
}

fn groups(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for (name, leader, writable, readable) in GROUPS {
        let group = seeder.put("groups", json!({ "name": name, "leader": leader }))?;
        for (identifiers, writable) in [(writable, 1), (readable, 0)] {
            for identifier in identifiers.split(' ') {
                let row = json!({ "group": group, "identifier": identifier, "writable": writable });
                seeder.put("permissions", row)?;
            }
        }
    }
    for (index, (_, _, _, group, _)) in (2..).zip(USERS) {
        seeder.put("groups2users", json!({ "group": group, "user": index, "writable": 1 }))?;
    }
    seeder.put("groups2users", json!({ "group": ADMINISTRATORS, "user": 2, "writable": 0 }))?;
    Ok(())
}

/// What a company is to us, as the type of its account.
fn kind(index: i64) -> i64 {
    match (index % 7, index % 11) {
        (6, _) => SUPPLIER,
        (_, 10) => PROSPECT,
        _ => CUSTOMER,
    }
}

fn account(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<()> {
    let (trade, city, _, _, country) = pick(&TRADES, index / 11);
    let name = format!("{} {trade}", pick(&COMPANIES, index));
    let host = format!("{}-{}.example", pick(&COMPANIES, index).to_lowercase(), index + 1);
    let office = office(seeder, index, &name, &host)?;
    let person = person(seeder, index, &host, (city, country))?;
    let supplier = kind(index) == SUPPLIER;
    let account = seeder.put(
        "accounts",
        json!({
            "lastname": name, "type": kind(index), "contact": office, "assigneduser": 2 + index % 5,
            "customernum": if supplier { String::new() } else { format!("K-{}", 5001 + index) },
            "suppliernum": if supplier { format!("L-{}", 7001 + index) } else { String::new() },
            "currency": match country { "NO" => "NOK", "SE" => "SEK", _ => "EUR" },
            "taxid": format!("{country}{}", 900_000_001 + index), "excludetax": country == "SE",
            "visibility": match index { 21 | 43 => 1, 32 => 2, _ => 0 },
            "ownergroup": (index % 8 == 7).then_some(2),
            "extdata": match index % 3 {
                0 => json!({ "tier": pick(&["gold", "silver", "bronze"], index / 3), "since": 2015 + index % 9 }),
                _ => json!({}),
            },
            "tags": match index % 4 {
                0 => json!(["key account", format!("region/{}", country.to_lowercase())]),
                _ => json!([]),
            },
        }),
    )?;
    for (kind, who) in [(0, office), (1, person)] {
        seeder.put("addresses", json!({ "account": account, "contact": who, "type": kind, "default": 1 }))?;
    }
    if index % 11 == 4 {
        opportunity(seeder, index, account, person)?;
    }
    Ok(())
}

/// The contact that stands for a company.
fn office(seeder: &mut Seeder<'_>, index: i64, name: &str, host: &str) -> rusqlite::Result<i64> {
    let (_, city, postalcode, region, country) = pick(&TRADES, index / 11);
    seeder.put(
        "contacts",
        json!({
            "type": 1, "lastname": name, "company": name, "city": city, "postalcode": postalcode, "region": region,
            "address": format!("{} {}", pick(&STREETS, index), 3 + index * 2), "country": country,
            "email": format!("post@{host}"), "website": format!("https://www.{host}"),
            "phone": format!("+47 55 10 {index:02} 00"),
        }),
    )
}

/// Someone who works there.
fn person(seeder: &mut Seeder<'_>, index: i64, host: &str, (city, country): (&str, &str)) -> rusqlite::Result<i64> {
    let first = pick(&FIRST_NAMES, index);
    seeder.put(
        "contacts",
        json!({
            "firstname": first, "lastname": pick(&LAST_NAMES, index * 3 + 1), "city": city, "country": country,
            "email": format!("{}@{host}", first.to_lowercase()), "assigneduser": 2 + index % 5,
            "visibility": i64::from(index % 20 == 19),
            "tags": if index % 9 == 0 { json!(["newsletter"]) } else { json!([]) },
        }),
    )
}

fn opportunity(seeder: &mut Seeder<'_>, index: i64, account: i64, contact: i64) -> rusqlite::Result<i64> {
    seeder.put(
        "opportunities",
        json!({
            "name": format!("Pump station {}", 1 + index / 11), "account": account, "contact": contact,
            "status": index % 5,
            "date": day(-20), "duedate": day(60), "probability": 20 + index, "worstcase": 8000, "mostlikely": 12_500.5,
            "upside": 21_000,
        }),
    )
}
