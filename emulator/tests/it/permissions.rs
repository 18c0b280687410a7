//! The switch `permissions`, and what only administrators may do.

use serde_json::{Value, json};
use zeyos_emulator::{Emulator, Switches};

use crate::client::{Server, demo, ids, started};

fn strict() -> Server {
    let mut switches = Switches::default();
    switches.permissions = true;
    started(Emulator::builder().switches(switches))
}

#[test]
fn fact_9_21_without_the_switch_everybody_may_do_everything() {
    let server = demo();
    let token = server.token_of("ida");
    assert_eq!(server.bare("POST", "/api/v1/payments").bearer(&token).send().status, 200);
    assert_eq!(server.bare("DELETE", "/api/v1/ledgers/2").bearer(&token).send().status, 204);
}

#[test]
fn only_administrators_export() {
    let server = demo();
    let ask =
        |token: &str| server.bare("POST", "/api/v1/ledgers").bearer(token).json(&json!({ "export": true })).send();
    assert_eq!(ask(&server.token_of("ida")).error(), 403);
    assert_eq!(ask(&server.token_of("mara")).status, 200);
}

#[test]
fn fact_9_21_reading_and_writing_need_their_grants() {
    let server = strict();
    let (ida, mara) = (server.token_of("ida"), server.token_of("mara"));
    let status = |token: &str, method: &str, path: &str| {
        server
            .bare(method, path)
            .bearer(token)
            .json(&json!({ "name": "X", "lastname": "X", "currency": "EUR" }))
            .send()
            .status
    };
    assert_eq!(status(&ida, "POST", "/api/v1/payments"), 403);
    assert_eq!(status(&ida, "GET", "/api/v1/ledgers/1"), 403);
    assert_eq!(status(&ida, "PUT", "/api/v1/tasks"), 400, "allowed, but a column is not known");
    assert_eq!(status(&ida, "POST", "/api/v1/accounts"), 200);
    assert_eq!(status(&ida, "DELETE", "/api/v1/accounts/1"), 403, "the grant is not writable");
    assert_eq!(status(&mara, "DELETE", "/api/v1/opportunities/1"), 204);
    assert_eq!(status(&ida, "POST", "/api/v1/users"), 200, "no permission is needed");
    assert_eq!(server.ask("POST", "/api/v1/payments").send().status, 200, "the demo user is an administrator");
}

#[test]
fn fact_9_21_owned_rows_are_invisible_to_others() {
    let server = strict();
    let (ida, mara) = (server.token_of("ida"), server.token_of("mara"));
    let owned = server.list("accounts", json!({ "fields": ["ID"], "filters": { "ownergroup": 2 } }));
    assert_eq!(owned, json!([]), "the demo user is in no group but the administrators");
    let list = |token: &str| {
        server.bare("POST", "/api/v1/accounts").bearer(token).json(&json!({ "fields": ["ID"] })).send().json()
    };
    let (of_ida, of_mara) = (ids(&list(&ida)), ids(&list(&mara)));
    assert!(of_ida.len() < of_mara.len() && of_mara.len() == 44);
    let hidden = of_mara.iter().find(|id| !of_ida.contains(id)).unwrap();
    let status = |token: &str| server.bare("GET", &format!("/api/v1/accounts/{hidden}")).bearer(token).send().status;
    assert_eq!((status(&ida), status(&mara)), (404, 200));
    let count = server.bare("POST", "/api/v1/accounts").bearer(&ida).json(&json!({ "count": true })).send().json();
    assert_eq!(count["count"], json!(of_ida.len()));
}

#[test]
fn a_hidden_row_shows_nothing_through_a_join() {
    let server = strict();
    let (ida, mara) = (server.token_of("ida"), server.token_of("mara"));
    let list = |token: &str, resource: &str, body: Value| {
        server.bare("POST", &format!("/api/v1/{resource}")).bearer(token).json(&body).send().json()
    };
    let seen = ids(&list(&ida, "accounts", json!({ "fields": ["ID"] })));
    let tickets = list(&mara, "tickets", json!({ "fields": ["ID", "account", "account.lastname"] }));
    let ticket = |is_wanted: &dyn Fn(i64) -> bool| {
        tickets.as_array().unwrap().iter().find(|row| row["account"].as_i64().is_some_and(is_wanted)).unwrap().clone()
    };
    for (is_seen, row) in [(true, ticket(&|id| seen.contains(&id))), (false, ticket(&|id| !seen.contains(&id)))] {
        let asked = json!({ "fields": ["account.lastname"], "filters": { "ID": row["ID"] } });
        let name = &list(&ida, "tickets", asked)[0]["account.lastname"];
        assert_eq!(name, if is_seen { &row["account.lastname"] } else { &Value::Null }, "{row}");
        let by_name =
            json!({ "filters": { "ID": row["ID"], "account.lastname": row["account.lastname"] }, "count": 1 });
        assert_eq!(list(&ida, "tickets", by_name)["count"], json!(i64::from(is_seen)), "not by a filter either");
    }
}

/// Someone who asks.
struct Person<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Person<'a> {
    fn named(server: &'a Server, name: &str) -> Self {
        Self { server, token: server.token_of(name) }
    }

    fn status(&self, method: &str, path: &str, body: Value) -> u16 {
        self.server.bare(method, &format!("/api/v1/{path}")).bearer(&self.token).json(&body).send().status
    }

    /// Creates a row; answers its path.
    fn puts(&self, resource: &str, body: Value) -> String {
        let answer = self.server.bare("PUT", &format!("/api/v1/{resource}")).bearer(&self.token).json(&body).send();
        assert_eq!(answer.status, 201, "{resource} {body}: {}", answer.text());
        format!("{resource}/{}", answer.json()["ID"])
    }

    /// The answers to get, exists and update of a row, and whether it is listed.
    fn meets(&self, path: &str) -> (u16, u16, u16, bool) {
        let (resource, id) = path.split_once('/').unwrap();
        let filter = json!({ "fields": ["ID"], "filters": { "ID": id.parse::<i64>().unwrap() } });
        let list = self.server.bare("POST", &format!("/api/v1/{resource}")).bearer(&self.token).json(&filter).send();
        let listed = ids(&list.json()).len() == 1;
        let ask = |method: &str| self.status(method, path, json!({}));
        (ask("GET"), ask("HEAD"), ask("PATCH"), listed)
    }
}

const OPEN: (u16, u16, u16, bool) = (200, 204, 200, true);
const READ_ONLY: (u16, u16, u16, bool) = (200, 204, 403, true);
const HIDDEN: (u16, u16, u16, bool) = (404, 404, 404, false);

#[test]
fn some_rows_are_written_by_their_creators_alone() {
    let server = strict();
    let [ida, kjell, demo] = ["ida", "kjell", "demo"].map(|name| Person::named(&server, name));
    let record = ida.puts("records", json!({ "text": "Mine" }));
    let number: i64 = record.split_once('/').unwrap().1.parse().unwrap();
    let message = ida.puts("messages", json!({ "subject": "Mine" }));
    let message: i64 = message.split_once('/').unwrap().1.parse().unwrap();
    for path in [
        ida.puts("comments", json!({ "record": number, "text": "Mine" })),
        ida.puts("likes", json!({ "record": number })),
        ida.puts("follows", json!({ "entity": "tickets", "index": 1 })),
        ida.puts("messagereads", json!({ "message": message })),
        record,
    ] {
        let meets = [&ida, &kjell, &demo].map(|person| person.meets(&path));
        assert_eq!(meets, [OPEN, READ_ONLY, READ_ONLY], "{path}: not even an administrator");
        let deleted = [&kjell, &demo, &ida].map(|person| person.status("DELETE", &path, json!({})));
        assert_eq!(deleted, [403, 403, 204], "{path}");
    }
}

#[test]
fn rows_of_a_group_are_written_by_the_members_who_may() {
    let server = strict();
    let [demo, mara, ida] = ["demo", "mara", "ida"].map(|name| Person::named(&server, name));
    let path = demo.puts("notes", json!({ "name": "For administrators", "ownergroup": 1 }));
    assert_eq!([&demo, &mara, &ida].map(|person| person.meets(&path)), [OPEN, READ_ONLY, HIDDEN]);
    let own = ida.puts("notes", json!({ "name": "Mine", "owneruser": 4 }));
    assert_eq!([&ida, &demo].map(|person| person.meets(&own)), [OPEN, HIDDEN]);
    assert_eq!(ida.status("PATCH", &own, json!({ "owneruser": null, "ownergroup": 2 })), 200, "it is handed over");
    assert_eq!([&ida, &mara].map(|person| person.meets(&own)), [HIDDEN, OPEN]);
}

#[test]
fn the_row_that_a_row_depends_on_decides() {
    let server = strict();
    let [mara, ida] = ["mara", "ida"].map(|name| Person::named(&server, name));
    let number = |path: &str| path.split_once('/').unwrap().1.parse::<i64>().unwrap();
    let contact = number(&mara.puts("contacts", json!({ "lastname": "Open" })));
    let hidden = number(&mara.puts("contacts", json!({ "lastname": "Of Sales", "ownergroup": 2 })));
    let account = number(&mara.puts("accounts", json!({ "lastname": "Of Sales", "currency": "EUR", "ownergroup": 2 })));
    let record = number(&mara.puts("records", json!({ "text": "For Sales", "ownergroup": 2 })));
    let comment = mara.puts("comments", json!({ "record": record, "text": "One of us" }));
    let file = mara.puts("files", json!({ "comment": number(&comment), "filename": "a.txt" }));
    // Her permissions for accounts and contacts are not writable anyway.
    let unwritable = (404, 404, 403, false);
    for (path, of_ida) in [
        (mara.puts("addresses", json!({ "account": account, "contact": contact })), unwritable),
        (mara.puts("contacts2contacts", json!({ "contact1": contact, "contact2": hidden })), unwritable),
        (comment, HIDDEN),
        (file, HIDDEN),
    ] {
        assert_eq!((mara.meets(&path), ida.meets(&path)), (OPEN, of_ida), "{path}");
    }
    // No one puts a row beside one that is hidden, or moves it there.
    assert_eq!(ida.status("PUT", "comments", json!({ "record": record, "text": "Let me in" })), 403);
    let open = number(&ida.puts("records", json!({ "text": "For all" })));
    let comment = ida.puts("comments", json!({ "record": open, "text": "Mine" }));
    assert_eq!(ida.status("PATCH", &comment, json!({ "record": record })), 403);
    assert_eq!(ida.meets(&comment), OPEN, "it has stayed where it was");
}

#[test]
fn a_row_of_a_fork_asks_for_a_grant_of_the_fork() {
    let server = strict();
    let [demo, ida, jonas, robot] = ["demo", "ida", "jonas", "robot"].map(|name| Person::named(&server, name));
    let ticket = demo.puts("tickets", json!({ "name": "A gasket", "fork": 1 }));
    assert_eq!([&demo, &ida].map(|person| person.meets(&ticket)), [OPEN, OPEN]);
    let category = demo.puts("categories", json!({ "entity": "tickets", "name": "Gaskets", "fork": 1 }));
    assert_eq!([&ida, &jonas].map(|person| person.meets(&category)), [OPEN, HIDDEN]);
    let stored = json!({ "entity": "tickets", "name": "Shelves", "fork": 1, "ownergroup": 4 });
    let shelves = demo.puts("categories", stored);
    assert_eq!(robot.meets(&shelves), READ_ONLY, "its grant of the fork is not writable");
    let wanted = json!({ "entity": "tickets", "name": "Not theirs", "fork": 1 });
    assert_eq!([&jonas, &robot].map(|person| person.status("PUT", "categories", wanted.clone())), [403, 403]);
    assert_eq!(jonas.status("PUT", "categories", json!({ "entity": "tickets", "name": "Theirs" })), 201);
}
