//! Data in a file, and many clients at once.

mod files;
mod killed;

use std::path::PathBuf;

use serde_json::json;
use zeyos_emulator::{Emulator, Seed};

use crate::client::{Server, block_on, empty, started};

/// A file that is gone when the test is over.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str) -> Self {
        let database = Self(std::env::temp_dir().join(format!("zeyos-emulator-{}-{name}.db", std::process::id())));
        database.clear();
        database
    }

    fn clear(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }

    fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// What stands beside the file: the log and its index, while it is open.
    fn has_log(&self) -> bool {
        PathBuf::from(format!("{}-wal", self.text())).exists()
    }

    fn open(&self, seed: Seed) -> Server {
        started(Emulator::builder().database(&self.0).seed(seed))
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        self.clear();
    }
}

#[test]
fn a_reopened_file_has_the_rows_users_and_tokens() {
    let database = TempFile::new("reopened");
    let first = database.open(Seed::Empty);
    first.create("tickets", json!({ "name": "Kept", "tags": ["x"] }));
    let credentials = first.credentials().clone();
    let other = first.bare("POST", "/auth/v1/token").basic("demo", "demo").send().json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(database.has_log());
    block_on(first.zeyos.stop());
    assert!(!database.has_log(), "a closed file is whole without its log");
    let second = database.open(Seed::Demo);
    assert_eq!(second.credentials(), &credentials);
    assert_eq!(second.status_with(&credentials.access_token), 200);
    assert_eq!(second.status_with(&other), 200);
    assert_eq!(
        second.list("tickets", json!({ "fields": ["name"], "tags": 1 })),
        json!([{ "name": "Kept", "tags": ["x"] }])
    );
    assert_eq!(second.create("tickets", json!({ "name": "Next" }))["ticketnum"], "TI-100002");
}

#[test]
fn used_up_credentials_are_drawn_anew_and_end_no_other_token() {
    let database = TempFile::new("used");
    let first = database.open(Seed::Empty);
    let credentials = first.credentials().clone();
    let refreshed =
        first.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token)).json();
    block_on(first.zeyos.stop());
    let second = database.open(Seed::Empty);
    assert_ne!(second.credentials().access_token, credentials.access_token);
    assert_eq!(second.credentials().client_secret, credentials.client_secret);
    assert_eq!(second.status_with(&second.credentials().access_token), 200);
    assert_eq!(second.status_with(refreshed["access_token"].as_str().unwrap()), 200);
}

/// Creates tickets from eight clients at once, every other one at the second server.
fn crowd(servers: [&Server; 2]) {
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let server = servers[thread % 2];
            scope.spawn(move || {
                for index in 0..20 {
                    let made = server.create("tickets", json!({ "name": format!("{thread}/{index}") }));
                    let seen = server.list("tickets", json!({ "fields": ["ID"], "filters": { "ID": made["ID"] } }));
                    assert_eq!(seen, json!([{ "ID": made["ID"] }]), "a write is seen by the next request");
                }
            });
        }
    });
    let numbers = json!({ "fields": ["ticketnum"], "distinct": true, "count": true });
    for server in servers {
        assert_eq!(server.list("tickets", numbers.clone()), json!({ "count": 160 }));
    }
}

#[test]
fn many_clients_write_at_once() {
    let memory = empty();
    crowd([&memory, &memory]);
    let database = TempFile::new("crowd");
    let file = database.open(Seed::Empty);
    crowd([&file, &file]);
}

#[test]
fn two_emulators_share_one_file() {
    let database = TempFile::new("shared");
    // Both find nothing and begin to fill the file; which of them does it is a matter of luck.
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| database.open(Seed::Empty));
        (database.open(Seed::Empty), other.join().unwrap())
    });
    assert_eq!(second.status_with(&first.credentials().access_token), 200);
    crowd([&first, &second]);
}
