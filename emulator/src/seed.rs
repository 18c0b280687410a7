//! What a new database holds, and the credentials that work at once. Rows go in by SQL, so every rule of the tables
//! holds for them too. Nothing is random but secrets.

mod base;
mod demo;
mod planter;
mod starter;

use rusqlite::Connection;

pub(crate) use starter::credentials;

use crate::app::App;
use crate::http::Failure;
use crate::store::Mode;

/// What a new database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Seed {
    /// A small company with customers, tickets, projects and sales.
    #[default]
    Demo,
    /// Nothing but the demo user, the demo application and what they need.
    Empty,
}

impl Seed {
    /// The seed of this name, as flags and files have it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "demo" => Some(Self::Demo),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }
}

/// The moment around which the demo data lie: 2026-01-01 00:00 UTC.
pub(crate) const BASE: i64 = 1_767_225_600;

/// Fills a new database.
pub(crate) fn plant(app: &App, seed: Seed) -> rusqlite::Result<()> {
    app.store.run(Mode::Write, |db| {
        let mut planter = planter::Planter::new(db, app.schema);
        base::plant(&mut planter)?;
        match seed {
            Seed::Empty => Ok(()),
            Seed::Demo => demo::plant(&mut planter),
        }
    })
}

/// The number of the demo user.
pub(crate) fn demo_user(db: &Connection) -> Result<i64, Failure> {
    Ok(db.prepare_cached("SELECT ID FROM users WHERE name = ?1")?.query_row([base::USERNAME], |row| row.get(0))?)
}
