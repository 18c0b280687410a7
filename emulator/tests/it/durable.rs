//! Data in a file, and many clients at once.

use std::path::PathBuf;

use serde_json::json;
use zeyos_emulator::{Emulator, Seed};

use crate::client::{Server, block_on, empty, started};

/// A file that is gone when the test is over.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = Self(std::env::temp_dir().join(format!("zeyos-emulator-{}-{name}.db", std::process::id())));
        place.clear();
        place
    }

    fn clear(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }

    fn open(&self, seed: Seed) -> Server {
        started(Emulator::builder().database(&self.0).seed(seed))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}

#[test]
fn a_reopened_file_has_the_rows_users_and_tokens() {
    let place = Place::new("reopened");
    let first = place.open(Seed::Empty);
    first.create("tickets", json!({ "name": "Kept", "tags": ["x"] }));
    let credentials = first.credentials().clone();
    let other = first.bare("POST", "/auth/v1/token").basic("demo", "demo").send().json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    block_on(first.zeyos.stop());
    let second = place.open(Seed::Demo);
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
    let place = Place::new("used");
    let first = place.open(Seed::Empty);
    let credentials = first.credentials().clone();
    let refreshed =
        first.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token)).json();
    block_on(first.zeyos.stop());
    let second = place.open(Seed::Empty);
    assert_ne!(second.credentials().access_token, credentials.access_token);
    assert_eq!(second.credentials().client_secret, credentials.client_secret);
    assert_eq!(second.status_with(&second.credentials().access_token), 200);
    assert_eq!(second.status_with(refreshed["access_token"].as_str().unwrap()), 200);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused() {
    let place = Place::new("foreign");
    std::fs::write(&place.0, "no database at all, but long enough to be looked at").unwrap();
    let error = block_on(Emulator::builder().database(&place.0).start()).unwrap_err();
    assert!(error.is_database() && !error.is_bind());
    assert!(!error.to_string().is_empty());
}

#[test]
fn many_clients_write_at_once() {
    let server = empty();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let server = &server;
            scope.spawn(move || {
                for index in 0..20 {
                    server.create("tickets", json!({ "name": format!("{thread}/{index}") }));
                }
            });
        }
    });
    let numbers = server.list("tickets", json!({ "fields": ["ticketnum"], "distinct": true, "count": true }));
    assert_eq!(numbers, json!({ "count": 160 }));
}
