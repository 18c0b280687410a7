//! Running numbers: what a create draws when its number column is left empty. One counter a table.

use rusqlite::{Connection, OptionalExtension};

use crate::schema::Column;
use crate::store::rule::quoted;

/// The number before the first that is drawn.
const BEFORE_FIRST: i64 = 100_000;

/// Letters of the column's name in front of the number.
const LETTERS: usize = 2;

/// Draws the next number that no row has yet. Whoever draws one has the write lock, so it is read and written one after the other: a
/// statement that does both makes a table of its own for what it answers.
pub(crate) fn draw(db: &Connection, table: &str, column: &Column) -> rusqlite::Result<String> {
    let sql = "SELECT last FROM _counters WHERE entity = ?1";
    let last: Option<i64> = db.prepare_cached(sql)?.query_row([table], |row| row.get(0)).optional()?;
    let taken = format!("SELECT 1 FROM {} WHERE {} = ?1", quoted(table), quoted(&column.name));
    let mut taken = db.prepare_cached(&taken)?;
    let mut next = last.unwrap_or(BEFORE_FIRST);
    loop {
        next += 1;
        let number = format!("{}-{next}", prefix(&column.name));
        if !taken.exists([&number])? {
            db.prepare_cached("INSERT OR REPLACE INTO _counters VALUES (?1, ?2)")?.execute((table, next))?;
            return Ok(number);
        }
    }
}

fn prefix(column: &str) -> String {
    column.chars().take(LETTERS).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Failure;
    use crate::schema::Schema;
    use crate::store::{Mode, Store};

    #[test]
    fn numbers_run_on_and_skip_those_in_use() {
        let schema = Schema::embedded().unwrap();
        let store = Store::open(None, schema).unwrap();
        let column = schema.tables["tickets"].column("ticketnum").unwrap();
        let drawn: Result<Vec<String>, Failure> = store.run(Mode::Write, |db| {
            db.execute(
                "INSERT INTO tickets (creationdate, lastmodified, date, name, ticketnum) VALUES (0, 0, 0, 'A', 'TI-100002')",
                [],
            )?;
            Ok(vec![draw(db, "tickets", column)?, draw(db, "tickets", column)?])
        });
        assert_eq!(drawn.unwrap(), ["TI-100001", "TI-100003"]);
    }
}
