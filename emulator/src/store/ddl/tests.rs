//! The rules at work in a database of their own.

use rusqlite::Connection;

use super::*;
use crate::store::{functions, own_tables};

fn database() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    functions::register(&connection).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    for object in objects(Schema::embedded().unwrap()).unwrap() {
        connection.execute_batch(&object.sql).unwrap();
    }
    connection.execute_batch(own_tables::TABLES).unwrap();
    connection
}

fn run(connection: &Connection, sql: &str) -> bool {
    let sql = sql.replace("STAMP", "creationdate, lastmodified").replace("NOW", "0, 0");
    connection.execute_batch(&sql).is_ok()
}

fn one(connection: &Connection, sql: &str) -> Option<i64> {
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn every_table_can_be_created() {
    let count = one(
        &database(),
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    );
    assert_eq!(count, Some(64));
}

#[test]
fn a_foreign_key_has_an_index_where_its_target_can_be_deleted() {
    let (db, schema) = (database(), Schema::embedded().unwrap());
    for (name, table) in &schema.tables {
        for column in &table.columns {
            let Some(to) = &column.references else { continue };
            let index = format!("SELECT count(*) FROM sqlite_schema WHERE name = 'fk_{name}_{}'", column.name);
            let deleted = can_delete(&schema.tables[&to.table]);
            assert_eq!(one(&db, &index), Some(i64::from(deleted)), "{name}.{}", column.name);
            // Whoever is only read goes with no one either, so no trigger of its own is missed.
            assert!(can_delete(table) || !deleted || to.on_delete == OnDelete::SetNull, "{name}.{}", column.name);
        }
    }
}

#[test]
fn mandatory_columns_checks_and_lists_hold() {
    let db = database();
    assert!(!run(&db, "INSERT INTO accounts (STAMP, lastname) VALUES (NOW, 'A')"));
    assert!(run(&db, "INSERT INTO accounts (STAMP, lastname, currency) VALUES (NOW, 'A', 'EUR')"));
    assert!(!run(&db, "INSERT INTO accounts (STAMP, lastname, currency) VALUES (NOW, 'A ', 'EUR')"));
    assert!(!run(&db, "INSERT INTO accounts (STAMP, currency) VALUES (NOW, 'EUR')"));
    assert!(!run(&db, "INSERT INTO accounts (STAMP, lastname, currency, locked) VALUES (NOW, 'A', 'EUR', 2)"));
    assert!(!run(
        &db,
        "INSERT INTO events (STAMP, entity, \"index\", name, datefrom, dateto) VALUES (NOW, 'nowhere', 1, 'A', 0, 0)"
    ));
}

#[test]
fn nulls_count_as_equal_where_the_rule_says_so() {
    let db = database();
    assert!(run(&db, "INSERT INTO categories (STAMP, entity, name) VALUES (NOW, 'tickets', 'A')"));
    assert!(!run(&db, "INSERT INTO categories (STAMP, entity, name) VALUES (NOW, 'tickets', 'A')"));
    assert!(run(&db, "INSERT INTO categories (STAMP, entity, name) VALUES (NOW, 'tasks', 'A')"));
}

#[test]
fn unique_rules_may_ignore_case_or_rows() {
    let db = database();
    assert!(run(&db, "INSERT INTO groups (STAMP, name) VALUES (NOW, 'Årsak')"));
    assert!(!run(&db, "INSERT INTO groups (STAMP, name) VALUES (NOW, 'årsak')"));
    assert!(run(&db, "INSERT INTO dunning (STAMP, date, dunningnum, status) VALUES (NOW, 0, 'D1', 2)"));
    assert!(run(&db, "INSERT INTO dunning (STAMP, date, dunningnum) VALUES (NOW, 0, 'D1')"));
    assert!(!run(&db, "INSERT INTO dunning (STAMP, date, dunningnum) VALUES (NOW, 0, 'D1')"));
}

#[test]
fn a_pair_is_unique_in_either_order() {
    let db = database();
    run(&db, "INSERT INTO contacts (STAMP, lastname) VALUES (NOW, 'A'), (NOW, 'B')");
    assert!(run(&db, "INSERT INTO contacts2contacts (STAMP, contact1, contact2) VALUES (NOW, 1, 2)"));
    assert!(!run(&db, "INSERT INTO contacts2contacts (STAMP, contact1, contact2) VALUES (NOW, 2, 1)"));
    assert!(run(
        &db,
        "INSERT INTO associations (STAMP, entity1, index1, entity2, index2) VALUES (NOW, 'tasks', 1, 'notes', 2)"
    ));
    assert!(!run(
        &db,
        "INSERT INTO associations (STAMP, entity1, index1, entity2, index2) VALUES (NOW, 'notes', 2, 'tasks', 1)"
    ));
}

#[test]
fn fixed_columns_stay() {
    let db = database();
    run(&db, "INSERT INTO items (STAMP, name, type) VALUES (NOW, 'A', 0)");
    assert!(!run(&db, "UPDATE items SET type = 1"));
    assert!(run(&db, "UPDATE items SET type = 0, name = 'B'"));
}

#[test]
fn one_address_of_a_type_is_the_default() {
    let db = database();
    run(&db, "INSERT INTO accounts (STAMP, lastname, currency) VALUES (NOW, 'A', 'EUR')");
    run(&db, "INSERT INTO contacts (STAMP, lastname) VALUES (NOW, 'A'), (NOW, 'B')");
    assert!(run(
        &db,
        "INSERT INTO addresses (STAMP, account, contact, \"default\") VALUES (NOW, 1, 1, 1), (NOW, 1, 2, 1)"
    ));
    assert_eq!(one(&db, "SELECT sum(ID) FROM addresses WHERE \"default\" = 1"), Some(2));
}

#[test]
fn deletes_follow_the_rule_of_each_key() {
    let db = database();
    run(&db, "INSERT INTO accounts (STAMP, lastname, currency) VALUES (NOW, 'A', 'EUR')");
    run(&db, "INSERT INTO contacts (STAMP, lastname) VALUES (NOW, 'A')");
    run(&db, "INSERT INTO addresses (STAMP, account, contact) VALUES (NOW, 1, 1)");
    run(&db, "INSERT INTO tickets (STAMP, date, name, account) VALUES (NOW, 0, 'T', 1)");
    run(&db, "INSERT INTO _tags (entity, record, name) VALUES ('accounts', 1, 'x')");
    assert!(run(&db, "DELETE FROM accounts"));
    assert_eq!(one(&db, "SELECT count(*) FROM addresses"), Some(0));
    assert_eq!(one(&db, "SELECT account FROM tickets"), None);
    assert_eq!(one(&db, "SELECT count(*) FROM _tags"), Some(0));
    let gone = "SELECT count(*) FROM _deleted WHERE entity IN ('accounts', 'addresses') AND record = 1";
    assert_eq!(one(&db, gone), Some(2));
}

#[test]
fn numbers_of_32_bits_are_held_to_them() {
    let db = database();
    let insert =
        |index: i64| format!("INSERT INTO actionsteps (STAMP, date, name, effort) VALUES (NOW, 0, 'A', {index})");
    assert!(run(&db, &insert(i64::from(i32::MAX))));
    assert!(!run(&db, &insert(i64::from(i32::MAX) + 1)));
}

#[test]
fn every_foreign_key_has_the_delete_rule_that_the_facts_count() {
    let db = database();
    let sql = "SELECT count(*) FROM sqlite_schema s, pragma_foreign_key_list(s.name) k
               WHERE s.type = 'table' AND s.name NOT LIKE '\\_%' ESCAPE '\\' AND k.on_delete = '";
    let counted = |rule: &str| one(&db, &format!("{sql}{rule}'")).unwrap();
    // Not null, owners and what belongs to a parent; files; all others.
    assert_eq!((counted("CASCADE"), counted("RESTRICT"), counted("SET NULL")), (32 + 79 + 10, 16, 67));
}

#[test]
fn unique_rules_hold_where_http_cannot_write() {
    let db = database();
    run(&db, "INSERT INTO groups (STAMP, name) VALUES (NOW, 'A')");
    for (first, second, fits) in [
        (
            "users (STAMP, name, email) VALUES (NOW, 'Åse', 'a@x')",
            "users (STAMP, name, email) VALUES (NOW, 'åSE', 'b@x')",
            false,
        ),
        (
            "users (STAMP, name, email) VALUES (NOW, 'B', 'C@x')",
            "users (STAMP, name, email) VALUES (NOW, 'D', 'c@X')",
            false,
        ),
        (
            "users (STAMP, name, email) VALUES (NOW, 'E', 'e@x')",
            "users (STAMP, name, email) VALUES (NOW, 'F', 'f@x')",
            true,
        ),
        (
            "users (STAMP, name, email, persistentlogintoken) VALUES (NOW, 'G', 'g@x', zeroblob(20))",
            "users (STAMP, name, email, persistentlogintoken) VALUES (NOW, 'H', 'h@x', zeroblob(20))",
            false,
        ),
        (
            "applications (STAMP, name, identifier, secret) VALUES (NOW, 'A', 'a', zeroblob(20))",
            "applications (STAMP, name, identifier, secret) VALUES (NOW, 'B', 'b', zeroblob(20))",
            false,
        ),
        (
            "applications (STAMP, name, identifier) VALUES (NOW, 'C', 'c')",
            "applications (STAMP, name, identifier) VALUES (NOW, 'D', 'c')",
            false,
        ),
        (
            "applications (STAMP, name, identifier) VALUES (NOW, 'E', 'e')",
            "applications (STAMP, name, identifier) VALUES (NOW, 'F', 'f')",
            true,
        ),
        (
            "permissions (STAMP, \"group\", identifier) VALUES (NOW, 1, 'dev')",
            "permissions (STAMP, \"group\", identifier) VALUES (NOW, 1, 'dev')",
            false,
        ),
        (
            "groups2users (STAMP, \"group\", user) VALUES (NOW, 1, 1)",
            "groups2users (STAMP, \"group\", user) VALUES (NOW, 1, 1)",
            false,
        ),
    ] {
        assert!(run(&db, &format!("INSERT INTO {first}")), "{first}");
        assert_eq!(run(&db, &format!("INSERT INTO {second}")), fits, "{second}");
    }
}
