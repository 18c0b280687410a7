//! What an administrator sets up: applications and their parts, custom fields, servers.

use serde_json::json;

use crate::seed::base::ADMINISTRATORS;
use crate::seed::seeder::Seeder;

/// The groups by their numbers, as `people.rs` plants them.
const SERVICE: i64 = 3;
const WAREHOUSE: i64 = 4;

/// Plants it.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    seeder.creator = 1;
    let shop = seeder.put(
        "applications",
        json!({
            "name": "Webshop", "identifier": "webshop", "vendor": "Bergfjord Pumpen",
            "callbackurls": "{https://shop.bergfjord.example/callback,http://127.0.0.1/callback}",
        }),
    )?;
    seeder.put(
        "applications",
        json!({
            "name": "Payroll", "identifier": "payroll", "vendor": "Bergfjord Pumpen", "restricted": 1,
            "callbackurls": "{http://127.0.0.1/callback}",
        }),
    )?;
    seeder.put("permissions", json!({ "group": ADMINISTRATORS, "identifier": "payroll", "writable": 0 }))?;
    seeder.put(
        "applicationassets",
        json!({ "application": shop, "filename": "img/logo.svg", "mimetype": "image/svg" }),
    )?;
    seeder.put(
        "resources",
        json!({ "application": shop, "name": "Price feed", "identifier": "webshop.prices", "public": 1 }),
    )?;
    seeder.put(
        "services",
        json!({
            "application": shop, "name": "Nightly stock", "identifier": "webshop.stock", "type": 0, "schedule": 120,
            "interval": 60,
        }),
    )?;
    seeder.put(
        "weblets",
        json!({
            "application": shop, "name": "Orders", "identifier": "webshop.orders", "color": "2266AA",
            "langaliases": { "de_DE": "Bestellungen" },
        }),
    )?;
    let fork = seeder.put(
        "forks",
        json!({
            "name": "Spare parts", "identifier": "spareparts", "module": "tickets", "group": SERVICE, "color": "F80",
            "langaliases": { "de_DE": "Ersatzteile" },
        }),
    )?;
    for (group, writable) in [(ADMINISTRATORS, 1), (SERVICE, 1), (WAREHOUSE, 0)] {
        seeder.put("permissions", json!({ "group": group, "fork": fork, "writable": writable }))?;
    }
    seeder.put("customfields", json!({
        "name": "Tier", "identifier": "tier", "context": "accounts", "source": 0, "reference": "tier", "type": "list",
        "options": { "gold": "Gold", "silver": "Silver", "bronze": "Bronze" },
    }))?;
    seeder.put(
        "customfields",
        json!({
            "name": "Minutes", "identifier": "minutes", "context": "tickets", "source": 0, "reference": "minutes",
            "type": "num",
        }),
    )?;
    seeder.put(
        "davservers",
        json!({ "name": "Team calendar", "type": 2, "url": "https://dav.bergfjord.example/team/", "username": "team" }),
    )?;
    seeder.put("feedservers", json!({ "name": "Harbour news", "url": "https://harbour.example/feed.xml" }))?;
    seeder.put(
        "mailservers",
        json!({
            "name": "Service mail", "sender": "service@bergfjord.example", "serverin": "imap.bergfjord.example",
            "serverout": "smtp.bergfjord.example", "folders": { "INBOX": [0, "mail"], "Sent": [2] },
        }),
    )?;
    Ok(())
}
