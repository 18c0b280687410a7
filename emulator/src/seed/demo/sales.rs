//! Contracts, business documents, payments and reminders.

use serde_json::{Value, json};

use super::people::ACCOUNTS;
use super::stock::ITEMS;
use super::table::{day, pick};
use crate::seed::seeder::Seeder;

/// The documents of sales and purchasing: type, prefix of the number, how many, and the states they are in.
const DOCUMENTS: [(i64, &str, i64, &[i64]); 10] = [
    (0, "AN", 14, &[0, 1, 5, 8, 3]),
    (1, "AU", 12, &[1, 9, 12, 16, 2]),
    (2, "LS", 8, &[1, 13, 16]),
    (3, "RE", 20, &[1, 17, 20, 20, 21, 0]),
    (4, "GU", 3, &[1, 20]),
    (5, "BA", 4, &[0, 8]),
    (6, "BE", 6, &[1, 12, 16]),
    (7, "WE", 4, &[1, 16]),
    (8, "ER", 6, &[1, 20]),
    (9, "EG", 2, &[1]),
];

/// The rate of value added tax on all of them.
const TAX: f64 = 0.25;

/// Production: type, state.
const PRODUCTION: [(i64, i64); 4] = [(10, 0), (10, 4), (10, 22), (11, 23)];

/// Plants them.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    for index in 0..8 {
        contract(seeder, index)?;
    }
    for name in ["Main", "Petty cash"] {
        seeder.put("ledgers", json!({ "name": name }))?;
    }
    for (kind, prefix, count, states) in DOCUMENTS {
        for index in 0..count {
            document(seeder, kind, prefix, index, pick(states, index))?;
        }
    }
    for (index, (kind, status)) in (0..).zip(PRODUCTION) {
        seeder.put(
            "transactions",
            json!({
                "transactionnum": format!("PR-{}", 9001 + index), "type": kind, "status": status, "currency": "EUR",
                "item": 1 + index, "productionfactor": 5, "date": day(-12 + index),
                "items": [line(seeder, index, 4)?.0],
            }),
        )?;
    }
    reminders(seeder)
}

fn contract(seeder: &mut Seeder<'_>, index: i64) -> rusqlite::Result<i64> {
    seeder.put(
        "contracts",
        json!({
            "name": format!("Maintenance {}", 1 + index), "account": 1 + index * 5, "currency": "EUR",
            "status": pick(&[4, 4, 0, 6], index),
            "datefrom": day(-200), "dateto": day(165), "billingcycle": 12, "date": day(-200 + index),
            "assigneduser": 2 + index % 3,
            "contractitems": [{ "type": 0, "name": "Yearly service", "amount": 1, "sellingprice": 890 }],
            "autobilling": { "type": 3, "book": index % 2 == 0 }, "tags": ["service"],
        }),
    )
}

/// One line of a document, and what it costs.
fn line(seeder: &Seeder<'_>, index: i64, amount: u8) -> rusqlite::Result<(Value, f64)> {
    let item = 1 + index % ITEMS;
    let sql = "SELECT name, itemnum, sellingprice, purchaseprice, weight FROM items WHERE ID = ?1";
    seeder.db().query_row(sql, [item], |row| {
        let (name, itemnum): (String, String) = (row.get(0)?, row.get(1)?);
        let (selling, purchase, weight): (f64, f64, f64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let line = json!({
            "type": 0, "item": item, "name": name, "itemnum": itemnum, "amount": amount, "unit": "C62", "taxrate": 25,
            "sellingprice": selling, "purchaseprice": purchase, "weight": weight,
        });
        Ok((line, selling * f64::from(amount)))
    })
}

fn document(seeder: &mut Seeder<'_>, kind: i64, prefix: &str, index: i64, status: i64) -> rusqlite::Result<()> {
    // Purchases come from the accounts that are suppliers, which stand in every seventh place.
    let account = if kind < 5 { 1 + (index * 3 + kind) % ACCOUNTS } else { 7 * (1 + index % 6) };
    let (line, net) = line(seeder, index, pick(&[1, 2, 3, 4], index))?;
    let id = seeder.put(
        "transactions",
        json!({
            "transactionnum": format!("{prefix}-{}", 2001 + index), "type": kind, "status": status, "account": account,
            "currency": pick(&["NOK", "EUR"], index), "exchangerate": pick(&[11.5, 1.0], index),
            "assigneduser": 2 + index % 4,
            "date": day(-60 + index * 3), "duedate": day(-30 + index * 3), "netamount": net, "tax": net * TAX,
            "weight": 3.5,
            "items": [line, { "type": 1, "text": "Delivered free to the quay." }],
            "billingcity": "Bergen", "billingcountry": "NO", "sellername": "Bergfjord Pumpen AS",
        }),
    )?;
    if kind == 3 && matches!(status, 17 | 20 | 21) {
        seeder.put(
            "payments",
            json!({
                "ledger": 1, "transaction": id, "date": day(-25 + index * 3), "status": 1,
                "subject": format!("{prefix}-{}", 2001 + index),
                "amount": match status { 17 => net, 20 => net + net * TAX, _ => net * 2.0 },
            }),
        )?;
    }
    Ok(())
}

fn reminders(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    let open = "SELECT ID, account FROM transactions WHERE type = 3 AND status IN (1, 17) ORDER BY ID LIMIT 3";
    let rows: rusqlite::Result<Vec<(i64, i64)>> =
        seeder.db().prepare(open)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    for (index, (transaction, account)) in (0..).zip(rows?) {
        let dunning = seeder.put(
            "dunning",
            json!({
                "dunningnum": format!("MA-{}", 301 + index), "account": account, "type": 1, "status": index % 2,
                "fee": 5 * index,
                "date": day(-5), "duedate": day(9), "country": "NO",
            }),
        )?;
        seeder.put("dunning2transactions", json!({ "dunning": dunning, "transaction": transaction }))?;
    }
    seeder.put(
        "payments",
        json!({ "ledger": 2, "account": 3, "amount": -120.4, "subject": "Stamps", "status": 3, "date": day(-2) }),
    )?;
    Ok(())
}
