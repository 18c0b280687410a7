//! A new database with all its tables and indexes at once: a file as SQLite leaves it after creating them, each an empty page of its own,
//! and then a row for each in `sqlite_schema`. Letting SQLite create them one by one was more than half of the time that the emulator
//! takes to start, since it parses each statement twice and reads all of `sqlite_schema` after each.
//!
//! It is only for databases that are gone at the end. One that is kept is created by SQLite in a transaction, so that a crash leaves all
//! of it or nothing.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::Connection;

use super::ddl::{Object, ObjectKind};

const PAGE: usize = 4096;

/// Where the first page has its own content, after the header of the file.
const HEADER: usize = 100;

/// Where SQLite keeps the highest number of each table. It creates it with the first table that is `AUTOINCREMENT`.
const SEQUENCE: &str = "sqlite_sequence";

/// The kinds of pages, with their numbers in the file format.
#[derive(Debug, Clone, Copy)]
enum Leaf {
    Table = 0x0d,
    Index = 0x0a,
}

/// Writes the file (<https://sqlite.org/fileformat2.html>).
pub(super) fn write(path: &Path, objects: &[Object]) -> io::Result<()> {
    let leaves = objects.iter().filter_map(|object| match object.kind {
        ObjectKind::Table => Some(Leaf::Table),
        ObjectKind::Index => Some(Leaf::Index),
        ObjectKind::Trigger => None,
    });
    // `sqlite_schema`, and `sqlite_sequence`.
    let mut file = vec![0; 2 * PAGE];
    put_leaf(&mut file[HEADER..], Leaf::Table);
    put_leaf(&mut file[PAGE..], Leaf::Table);
    for leaf in leaves {
        let page = file.len();
        file.resize(page + PAGE, 0);
        put_leaf(&mut file[page..], leaf);
    }
    let pages = u32::try_from(file.len() / PAGE).map_err(io::Error::other)?;
    put_header(&mut file, pages);
    fs::write(path, file)
}

/// An empty page: its kind, no cell, and its content area, which begins at its end.
fn put_leaf(page: &mut [u8], leaf: Leaf) {
    page[0] = leaf as u8;
    page[5..7].copy_from_slice(&4096_u16.to_be_bytes());
}

fn put_header(file: &mut [u8], pages: u32) {
    file[..16].copy_from_slice(b"SQLite format 3\0");
    file[16..18].copy_from_slice(&4096_u16.to_be_bytes());
    // Format versions without a log, no reserved space, and the fractions of a page for a row, which are fixed.
    file[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
    let mut put = |at: usize, value: u32| file[at..at + 4].copy_from_slice(&value.to_be_bytes());
    // The change counter, and its value when the number of pages was right.
    put(24, 1);
    put(92, 1);
    put(28, pages);
    // The schema cookie, the newest schema format, and UTF-8.
    put(40, 1);
    put(44, 4);
    put(56, 1);
}

/// Writes into `sqlite_schema` what is on which page.
pub(super) fn name(connection: &Connection, objects: &[Object]) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA writable_schema = ON")?;
    let mut statement = connection.prepare("INSERT INTO sqlite_schema VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut insert = |row| statement.execute(row).map(drop);
    let mut page = 2;
    insert(("table", SEQUENCE, SEQUENCE, page, "CREATE TABLE sqlite_sequence(name,seq)"))?;
    for object in objects {
        let (kind, on) = match object.kind {
            ObjectKind::Table => ("table", true),
            ObjectKind::Index => ("index", true),
            ObjectKind::Trigger => ("trigger", false),
        };
        page += u32::from(on);
        insert((kind, object.name.as_str(), object.table.as_str(), if on { page } else { 0 }, object.sql.as_str()))?;
    }
    // It also has SQLite read its schema again.
    connection.execute_batch("PRAGMA writable_schema = RESET")
}
