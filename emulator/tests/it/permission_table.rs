//! The switch `permissions` on every operation of every resource: the table of the documentation as it stands, against
//! what four users of the demo data may do.

use std::collections::BTreeSet;

use serde_json::json;
use zeyos_emulator::{Emulator, Switches};

use crate::client::{Server, started};

/// What a resource asks for: one of several permissions, and for writes their writable grant.
const TABLE: &[(&str, &[&str])] = &[
    ("accounts", &["accounts"]),
    ("actionsteps", &["actionsteps"]),
    ("campaigns", &["campaigns"]),
    ("contacts", &["contacts"]),
    ("contracts", &["contracts"]),
    ("documents", &["documents"]),
    ("links", &["links"]),
    ("mailinglists", &["mailinglists"]),
    ("messages", &["messages"]),
    ("notes", &["notes"]),
    ("opportunities", &["opportunities"]),
    ("payments", &["payments"]),
    ("pricelists", &["pricelists"]),
    ("projects", &["projects"]),
    ("tasks", &["tasks"]),
    ("tickets", &["tickets"]),
    ("appointments", &["calendar"]),
    ("invitations", &["calendar"]),
    ("dunning", &["collection"]),
    ("dunning2transactions", &["collection"]),
    ("ledgers", &["payments"]),
    ("contacts2contacts", &["contacts"]),
    ("addresses", &["accounts"]),
    ("components", &["inventory"]),
    ("devices", &["inventory"]),
    ("items", &["inventory"]),
    ("relateditems", &["inventory"]),
    ("stocktransactions", &["inventory"]),
    ("storages", &["inventory"]),
    ("coupons", &["pricelists"]),
    ("couponcodes", &["pricelists"]),
    ("mailingrecipients", &["messages"]),
    ("messagereads", &["messages"]),
    ("participants", &["mailinglists", "campaigns"]),
    ("pricelists2accounts", &["pricelists", "accounts"]),
    ("prices", &["inventory", "pricelists"]),
    ("suppliers", &["inventory", "accounts"]),
    ("transactions", &["billing", "procurement", "production"]),
    ("applications", &["dev"]),
    ("applicationassets", &["dev"]),
    ("resources", &["dev"]),
    ("services", &["dev"]),
    ("weblets", &["dev"]),
    ("groups2users", &["admin"]),
    ("permissions", &["admin"]),
    ("associations", &[]),
    ("binfiles", &[]),
    ("categories", &[]),
    ("channels", &[]),
    ("customfields", &[]),
    ("davservers", &[]),
    ("entities2channels", &[]),
    ("events", &[]),
    ("feedservers", &[]),
    ("files", &[]),
    ("forks", &[]),
    ("groups", &[]),
    ("mailservers", &[]),
    ("objects", &[]),
    ("users", &[]),
    ("comments", &[]),
    ("follows", &[]),
    ("likes", &[]),
    ("records", &[]),
];

/// Writes that the plain grant allows.
const PLAIN: [&str; 2] = ["devices", "documents"];

/// Resources that are read alone, and the one that is listed alone.
const READ: [&str; 11] = [
    "applicationassets",
    "applications",
    "customfields",
    "forks",
    "groups",
    "groups2users",
    "permissions",
    "resources",
    "services",
    "users",
    "weblets",
];
const LISTED: &str = "binfiles";

/// What the demo data grant: the user, what may be written, what may be read besides.
const USERS: [(&str, &str, &str); 3] = [
    ("jonas", "accounts contacts opportunities billing campaigns messages calendar notes", "inventory pricelists"),
    ("ida", "tickets tasks projects actionsteps messages calendar documents notes", "accounts contacts"),
    ("robot", "inventory procurement production", "pricelists accounts"),
];

/// A number that no row has, and a member that no resource has: who is let in gets 404 and 400.
const NOWHERE: i64 = 999_999_999;

struct Visit<'a> {
    server: &'a Server,
    token: String,
    resource: &'a str,
}

impl Visit<'_> {
    fn status(&self, method: &str, id: bool) -> u16 {
        let path = if id { format!("{}/{NOWHERE}", self.resource) } else { self.resource.to_owned() };
        let ask = self.server.bare(method, &format!("/api/v1/{path}")).bearer(&self.token);
        match method {
            "PUT" | "PATCH" => ask.json(&json!({ "no such column": 1 })).send().status,
            _ => ask.send().status,
        }
    }

    fn reads(&self, allowed: bool) {
        let expected = if allowed { (200, 404) } else { (403, 403) };
        let get = if self.resource == LISTED { 404 } else { expected.1 };
        assert_eq!((self.status("POST", false), self.status("GET", true)), (expected.0, get), "{}", self.resource);
        assert_eq!(self.status("HEAD", true), 404, "{}: HEAD knows no 403", self.resource);
    }

    fn writes(&self, allowed: bool) {
        let found = [("PUT", false), ("PATCH", true), ("DELETE", true)].map(|(method, id)| self.status(method, id));
        let expected = match (allowed, self.resource) {
            (_, LISTED) => [405, 404, 404],
            _ if READ.contains(&self.resource) => [405; 3],
            (true, _) => [400, 404, 404],
            (false, _) => [403; 3],
        };
        assert_eq!(found, expected, "{}", self.resource);
    }
}

#[test]
fn every_operation_asks_for_what_the_table_says() {
    let mut switches = Switches::default();
    switches.permissions = true;
    let server = started(Emulator::builder().switches(switches));
    let names: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), 64, "every resource stands there once");
    for (user, writable, readable) in USERS {
        let token = server.token_of(user);
        for (resource, any) in TABLE {
            let holds = |grants: &str| any.iter().any(|name| grants.split(' ').any(|grant| grant == *name));
            let reads = any.is_empty() || holds(writable) || holds(readable);
            let writes = if PLAIN.contains(resource) { reads } else { any.is_empty() || holds(writable) };
            let visit = Visit { server: &server, token: token.clone(), resource };
            visit.reads(reads);
            visit.writes(writes);
        }
    }
    for (resource, _) in TABLE {
        let token = server.credentials().access_token.clone();
        let visit = Visit { server: &server, token, resource };
        visit.reads(true);
        visit.writes(true);
    }
}
