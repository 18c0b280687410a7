//! What a new database holds, and the credentials that work at once. Rows go in by SQL, so every rule of the tables
//! holds for them too. Nothing is random but secrets.

mod base;
mod demo;
mod kind;
mod seeder;
mod starter;

use rusqlite::Connection;

pub(crate) use base::demo_user;
pub use kind::Seed;
pub(crate) use starter::credentials;

use crate::app::App;
use crate::error::StartError;
use crate::http::Failure;
use crate::store::Mode;

/// Fills a new database. One whose tables are all empty is new as well: a program was killed before it could fill it.
pub(crate) fn insert(app: &App, seed: Seed) -> rusqlite::Result<()> {
    app.store.run(Mode::Write, |db| {
        if db.prepare("SELECT 1 FROM users")?.exists([])? { Ok(()) } else { fill(app, seed, db) }
    })
}

/// Deletes all rows and fills the database anew. The credentials that were handed out at the start work again.
pub(crate) fn replant(app: &App) -> Result<(), StartError> {
    let replanted: Result<(), Failure> = app.store.refill(|db| {
        fill(app, app.seed, db)?;
        match app.credentials.get() {
            Some(credentials) => starter::restore(app, db, credentials),
            None => Ok(()),
        }
    });
    replanted.map_err(starter::failed)
}

fn fill(app: &App, seed: Seed, db: &Connection) -> rusqlite::Result<()> {
    let mut seeder = seeder::Seeder::new(db, app.schema);
    base::insert(&mut seeder)?;
    if seed == Seed::Demo {
        demo::insert(&mut seeder)?;
    }
    base::insert_token_user(&mut seeder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Emulator;
    use crate::schema::Schema;
    use crate::store::Store;

    #[test]
    fn tables_that_were_created_and_never_filled_are_filled() {
        let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-unfilled.db", std::process::id()));
        // What a program leaves that is killed between the two.
        drop(Store::open(Some(&path), Schema::embedded().unwrap()).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let zeyos = runtime.block_on(Emulator::builder().database(&path).seed(Seed::Empty).start()).unwrap();
        assert_eq!(zeyos.credentials().username, base::USERNAME);
        runtime.block_on(zeyos.stop());
        std::fs::remove_file(&path).unwrap();
    }
}
