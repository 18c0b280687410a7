//! What every database needs: the demo user, who may do everything, and the demo application.

use rusqlite::Connection;
use serde_json::json;

use super::seeder::Seeder;
use crate::http::Failure;
use crate::oauth::password;

/// The name of the demo user.
pub(crate) const USERNAME: &str = "demo";

/// The user of the tokens that are printed: a program, which no one signs in as. So no grant of anyone ends them.
const TOKEN_USER: &str = "api";

/// The password of every user of the demo data. It is not a secret: the data are made up and the server is local.
pub(crate) const PASSWORD: &str = "demo";

/// The identifier of the demo application.
pub(crate) const CLIENT_ID: &str = "demo-app";

/// The modules of the service by the names of their permissions.
pub(super) const MODULES: [&str; 22] = [
    "accounts",
    "actionsteps",
    "billing",
    "calendar",
    "campaigns",
    "collection",
    "contacts",
    "contracts",
    "documents",
    "inventory",
    "links",
    "mailinglists",
    "messages",
    "notes",
    "opportunities",
    "payments",
    "pricelists",
    "procurement",
    "production",
    "projects",
    "tasks",
    "tickets",
];

/// The group of those who may do everything.
pub(super) const ADMINISTRATORS: i64 = 1;

/// Plants it.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    user(seeder, USERNAME, json!({ "name": USERNAME, "email": "demo@bergfjord.example" }))?;
    seeder.put("groups", json!({ "name": "Administrators", "leader": 1 }))?;
    seeder.put("groups2users", json!({ "group": ADMINISTRATORS, "user": 1, "writable": 1 }))?;
    for identifier in MODULES.into_iter().chain(["admin", "dev"]) {
        seeder.put("permissions", json!({ "group": ADMINISTRATORS, "identifier": identifier, "writable": 1 }))?;
    }
    seeder.put(
        "applications",
        json!({
            "name": "Demo application", "identifier": CLIENT_ID, "vendor": "Bergfjord Pumpen",
            "defaultsettings": { "theme": "light", "pagesize": 50 }, "settings": { "pagesize": 25 },
        }),
    )?;
    for (name, value) in [("currency", "EUR"), ("locale", "en-US"), ("timezone", "Europe/Oslo")] {
        seeder.db().execute("INSERT INTO _config VALUES (?1, ?2)", (name, json!(value).to_string()))?;
    }
    Ok(())
}

/// Plants the user of the printed tokens, an administrator like the demo user. Last, so that the numbers of the others do not
/// depend on it.
pub(super) fn insert_token_user(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    let row = json!({ "name": TOKEN_USER, "email": "api@bergfjord.example", "apionly": 1 });
    let user = seeder.put("users", row)?;
    seeder.put("groups2users", json!({ "group": ADMINISTRATORS, "user": user, "writable": 1 }))?;
    Ok(())
}

/// The number of the user of the printed tokens.
pub(super) fn token_user(db: &Connection) -> Result<i64, Failure> {
    Ok(db.query_row("SELECT ID FROM users WHERE name = ?1", [TOKEN_USER], |row| row.get(0))?)
}

/// A user with the password of the demo data; the name salts it, so that the same data give the same file.
pub(super) fn user(seeder: &mut Seeder<'_>, name: &str, mut row: serde_json::Value) -> rusqlite::Result<i64> {
    row["password"] = json!(password::keep(name, PASSWORD));
    seeder.put("users", row)
}

/// The number of the demo user.
pub(crate) fn demo_user(db: &Connection) -> Result<i64, Failure> {
    Ok(db.prepare_cached("SELECT ID FROM users WHERE name = ?1")?.query_row([USERNAME], |row| row.get(0))?)
}
