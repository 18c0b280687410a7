//! Files that cannot be used, and those that look as if they could not.

use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde_json::json;
use zeyos_emulator::{Emulator, Seed};

use super::TempFile;
use crate::client::{RequestBuilder, block_on, started};
use crate::program::{PROGRAM, Running, text};

/// What is told about a file that cannot be used.
fn refusal(file: &Path) -> String {
    let error = block_on(Emulator::builder().database(file).start()).unwrap_err();
    assert!(error.is_database() && !error.is_bind(), "{error:?}");
    error.to_string()
}

#[test]
fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    let database = TempFile::new("text");
    std::fs::write(&database.0, "no database at all, but long enough to be looked at").unwrap();
    assert_eq!(refusal(&database.0), "the file is not a database");
    assert!(std::fs::read_to_string(&database.0).unwrap().starts_with("no database at all"));
}

#[test]
fn a_database_of_another_program_is_refused_and_stays_as_it_is() {
    let database = TempFile::new("foreign");
    Connection::open(&database.0).unwrap().execute_batch("CREATE TABLE theirs (a); PRAGMA user_version = 3").unwrap();
    let before = std::fs::read(&database.0).unwrap();
    assert_eq!(refusal(&database.0), "the file holds no database of the emulator");
    assert_eq!(std::fs::read(&database.0).unwrap(), before);
    assert!(!database.has_log());
}

#[test]
fn a_database_of_an_older_emulator_is_refused_with_both_numbers() {
    let database = TempFile::new("older");
    block_on(database.open(Seed::Empty).zeyos.stop());
    Connection::open(&database.0).unwrap().execute_batch("PRAGMA user_version = 1").unwrap();
    let told = refusal(&database.0);
    assert!(told.contains("its layout 1 is not ") && told.contains("start with a new file"), "{told}");
}

#[test]
fn a_folder_or_a_file_in_no_folder_is_refused() {
    let database = TempFile::new("folder");
    assert_eq!(refusal(&std::env::temp_dir()), "the database file cannot be opened");
    assert_eq!(refusal(&database.0.join("missing.db")), "the database file cannot be opened");
}

#[test]
fn a_file_that_another_program_has_locked_is_refused_after_a_while() {
    let database = TempFile::new("locked");
    block_on(database.open(Seed::Empty).zeyos.stop());
    let other = Connection::open(&database.0).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; CREATE TABLE x (a)").unwrap();
    assert_eq!(refusal(&database.0), "another program has locked the database file");
}

#[test]
fn a_name_that_looks_like_an_address_is_a_name() {
    let database = TempFile::new("file:a?mode=memory&x=%41");
    let server = started(Emulator::builder().database(&database.0).seed(Seed::Empty));
    assert!(database.0.exists());
    assert_eq!(server.list("tickets", json!({ "count": true })), json!({ "count": 0 }));
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_leads_to_its_file() {
    let (database, link) = (TempFile::new("target"), TempFile::new("link"));
    std::os::unix::fs::symlink(&database.0, &link.0).unwrap();
    let server = link.open(Seed::Empty);
    server.create("ledgers", json!({ "name": "Main" }));
    assert!(database.has_log() && !link.has_log(), "the log stands beside the file, where every way to it finds it");
    let other = database.open(Seed::Empty);
    assert_eq!(other.list("ledgers", json!({ "count": true })), json!({ "count": 1 }));
}

/// Someone who may write nothing of ours; root may write whatever its mode says.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let database = TempFile::new("read-only");
    std::fs::create_dir(&database.0).unwrap();
    let (file, program) = (database.0.join("a.db"), database.0.join("program"));
    block_on(started(Emulator::builder().database(&file).seed(Seed::Empty)).zeyos.stop());
    // Root's own folders may be closed to others, so the program comes along.
    std::fs::copy(PROGRAM, &program).unwrap();
    for (path, mode) in [(&file, 0o444), (&program, 0o555), (&database.0, 0o555)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(&program);
    if std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.args(["--port", "0", "--db"]).arg(&file).output().unwrap();
    std::fs::set_permissions(&database.0, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::remove_dir_all(&database.0).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("the database file cannot be written"), "{told}");
}

#[cfg(unix)]
#[test]
fn on_a_full_disk_a_write_fails_whole_and_all_before_it_are_kept() {
    let database = TempFile::new("full");
    block_on(database.open(Seed::Empty).zeyos.stop());
    let size = std::fs::metadata(&database.0).unwrap().len();
    // The shell bounds the files of the program: a little room for the log, in blocks of 512 bytes.
    let limit = (size / 512 + 400).to_string();
    let script = r#"trap '' XFSZ; ulimit -f "$1"; shift; exec "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", &limit, PROGRAM, "--port", "0", "--json", "--db", database.text()]);
    let (running, told) = Running::of(command.stdout(Stdio::piped()));
    let ask = |method, body| {
        let ask = RequestBuilder::new(text(&told, "url"), method, "/api/v1/notes").bearer(text(&told, "access_token"));
        ask.json(&body).send()
    };
    let page = "x".repeat(20_000);
    let statuses =
        (0..1000).map(|index| ask("PUT", json!({ "name": format!("N{index}"), "text": page, "tags": ["t"] })).status);
    let kept = statuses.take_while(|status| *status == 201).count();
    assert!((1..1000).contains(&kept), "{kept}");
    assert_eq!(ask("PUT", json!({ "name": "too much", "text": page })).status, 500);
    assert_eq!(ask("POST", json!({ "count": true })).json(), json!({ "count": kept }));
    drop(running);
    let server = database.open(Seed::Empty);
    assert_eq!(server.list("notes", json!({ "count": true })), json!({ "count": kept }));
    assert_eq!(server.create("notes", json!({ "name": "room again" }))["name"], "room again");
}
