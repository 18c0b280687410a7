//! Running numbers: what a create draws when its number column is left empty. One counter a table.

use rusqlite::Connection;

use crate::schema::Column;
use crate::store::rule::quoted;

/// The number before the first that is drawn.
const BEFORE_FIRST: i64 = 100_000;

/// Letters of the column's name in front of the number.
const LETTERS: usize = 2;

/// Draws the next number that no row has yet.
pub(crate) fn draw(db: &Connection, table: &str, column: &Column) -> rusqlite::Result<String> {
    let sql = "INSERT INTO _counters VALUES (?1, ?2) ON CONFLICT (entity) DO UPDATE SET last = last + 1 RETURNING last";
    let taken = format!("SELECT 1 FROM {} WHERE {} = ?1", quoted(table), quoted(&column.name));
    loop {
        let next: i64 = db.prepare_cached(sql)?.query_row((table, BEFORE_FIRST + 1), |row| row.get(0))?;
        let number = format!("{}-{next}", prefix(&column.name));
        if !db.prepare_cached(&taken)?.exists([&number])? {
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
