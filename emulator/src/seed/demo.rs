//! The demo company: Bergfjord Pumpen, which makes pumps in Bergen and Kiel. All names are invented, all hosts end in
//! `.example`. The rows come from short tables by fixed arithmetic, so that every start gives the same data.

mod people;
mod sales;
mod setup;
mod stock;
mod table;
mod talk;
mod work;

use super::seeder::Seeder;

/// Plants the company.
pub(super) fn insert(seeder: &mut Seeder<'_>) -> rusqlite::Result<()> {
    people::insert(seeder)?;
    stock::insert(seeder)?;
    sales::insert(seeder)?;
    work::insert(seeder)?;
    talk::insert(seeder)?;
    setup::insert(seeder)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::schema::Schema;
    use crate::seed::{base, seeder::Seeder};
    use crate::store::{Mode, Store};

    fn planted<T>(look: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let schema = Schema::embedded().unwrap();
        let store = Store::open(None, schema).unwrap();
        let run = |db: &Connection| {
            let mut seeder = Seeder::new(db, schema);
            base::insert(&mut seeder)?;
            super::insert(&mut seeder)?;
            look(db)
        };
        store.run(Mode::Write, run).unwrap()
    }

    fn number(db: &Connection, sql: &str) -> rusqlite::Result<i64> {
        db.query_row(sql, [], |row| row.get(0))
    }

    #[test]
    fn every_table_has_rows() {
        let empty = planted(|db| {
            let mut empty = Vec::new();
            for name in Schema::embedded().unwrap().tables.keys() {
                if number(db, &format!("SELECT count(*) FROM \"{name}\""))? == 0 {
                    empty.push(name.clone());
                }
            }
            Ok(empty)
        });
        assert_eq!(empty, [""; 0]);
    }

    #[test]
    fn the_company_is_as_large_as_promised() {
        for (sql, least) in [
            ("SELECT count(*) FROM accounts WHERE contact IS NOT NULL", 40),
            ("SELECT count(*) FROM tickets", 120),
            ("SELECT count(DISTINCT status) FROM tickets", 12),
            ("SELECT count(DISTINCT priority) FROM tickets", 5),
            ("SELECT count(DISTINCT visibility) FROM tickets", 3),
            ("SELECT count(*) FROM projects", 30),
            ("SELECT count(*) FROM users", 6),
            ("SELECT count(DISTINCT type) FROM transactions", 12),
            ("SELECT count(DISTINCT entity) FROM _extdata", 3),
            ("SELECT count(DISTINCT entity) FROM _tags", 3),
        ] {
            let found = planted(|db| number(db, sql));
            assert!(found >= least, "{sql}: {found}");
        }
    }

    #[test]
    fn two_starts_give_the_same_rows() {
        let dump = || {
            planted(|db| {
                let sql =
                    "SELECT group_concat(name || ticketnum || date || status || ifnull(account, '')) FROM tickets";
                db.query_row(sql, [], |row| row.get::<_, String>(0))
            })
        };
        assert_eq!(dump(), dump());
    }

    #[test]
    fn no_name_leads_outside_the_reserved_hosts() {
        let sql = "SELECT count(*) FROM contacts WHERE email <> '' AND email NOT LIKE '%.example'";
        assert_eq!(planted(|db| number(db, sql)), 0);
    }
}
