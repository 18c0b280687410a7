//! For every resource that can be written: a body that breaks no rule, and the records that it refers to.

use serde_json::{Value, json};

use crate::client::{Server, account};

/// Plants one or two records of everything that others refer to; their numbers are 1 and 2.
pub(crate) fn plant_parents(server: &Server) {
    for name in ["A", "B"] {
        server.create("accounts", account(name));
        server.create("contacts", json!({ "lastname": name }));
        server.create("items", json!({ "name": name }));
        server.create("tickets", json!({ "name": name }));
        server.create("projects", json!({ "name": name }));
        server.create("messages", json!({ "subject": name }));
        server.create("transactions", json!({ "currency": "EUR" }));
    }
    server.create("appointments", json!({ "name": "A", "datefrom": 1, "dateto": 2 }));
    server.create("campaigns", json!({ "name": "A", "datefrom": 1 }));
    server.create("channels", json!({ "name": "A" }));
    server.create("coupons", json!({ "name": "A", "code": "PARENT" }));
    server.create("dunning", json!({ "dunningnum": "PARENT" }));
    server.create("mailinglists", json!({ "name": "A" }));
    server.create("opportunities", json!({ "name": "A" }));
    server.create("pricelists", json!({ "name": "A", "currency": "EUR" }));
    server.create("records", json!({ "text": "A" }));
    server.create("comments", json!({ "record": 1 }));
    server.create("tasks", json!({ "name": "A" }));
    server.create("participants", json!({ "name": "A", "mailinglist": 1 }));
    server.create("stocktransactions", json!({ "item": 2, "amount": 1 }));
}

/// A body for each writable resource. With the parents planted each of them can be created.
pub(crate) fn bodies() -> Vec<(&'static str, Value)> {
    let named = |resource| (resource, json!({ "name": "N" }));
    vec![
        ("accounts", account("N")),
        named("actionsteps"),
        ("addresses", json!({ "account": 1, "contact": 1 })),
        ("appointments", json!({ "name": "N", "datefrom": 1, "dateto": 2 })),
        ("associations", json!({ "entity1": "tasks", "index1": 1, "entity2": "notes", "index2": 2 })),
        ("campaigns", json!({ "name": "N", "datefrom": 1 })),
        ("categories", json!({ "entity": "tickets", "name": "N" })),
        named("channels"),
        ("comments", json!({ "record": 1 })),
        ("components", json!({ "item": 1, "component": 2 })),
        ("contacts", json!({ "lastname": "N" })),
        ("contacts2contacts", json!({ "contact1": 1, "contact2": 2 })),
        ("contracts", json!({ "name": "N", "currency": "EUR" })),
        ("couponcodes", json!({ "coupon": 1, "code": "N" })),
        ("coupons", json!({ "name": "N", "code": "N" })),
        ("davservers", json!({ "name": "N", "url": "https://dav.example" })),
        ("devices", json!({ "item": 1, "serialnum": "N" })),
        named("documents"),
        ("dunning", json!({ "dunningnum": "N" })),
        ("dunning2transactions", json!({ "dunning": 1, "transaction": 1 })),
        ("entities2channels", json!({ "entity": "tickets", "index": 1, "channel": 1 })),
        ("events", json!({ "entity": "tickets", "index": 1, "name": "N", "datefrom": 1, "dateto": 2 })),
        ("feedservers", json!({ "name": "N", "url": "https://feed.example" })),
        ("files", json!({ "record": 1, "filename": "n.txt" })),
        ("follows", json!({ "entity": "tickets", "index": 1 })),
        ("invitations", json!({ "appointment": 1, "name": "N" })),
        named("items"),
        named("ledgers"),
        ("likes", json!({ "record": 1 })),
        named("links"),
        named("mailinglists"),
        ("mailingrecipients", json!({ "message": 1, "email": "n@n.example" })),
        named("mailservers"),
        ("messagereads", json!({ "message": 1 })),
        ("messages", json!({})),
        named("notes"),
        ("objects", json!({ "name": "N", "entity": "bench" })),
        named("opportunities"),
        ("participants", json!({ "name": "N", "campaign": 1 })),
        ("payments", json!({ "amount": 5 })),
        ("pricelists", json!({ "name": "N", "currency": "EUR" })),
        ("pricelists2accounts", json!({ "pricelist": 1, "account": 1 })),
        ("prices", json!({ "item": 1, "pricelist": 1 })),
        named("projects"),
        ("records", json!({})),
        ("relateditems", json!({ "item": 1, "relateditem": 2 })),
        ("stocktransactions", json!({ "item": 1, "amount": 1 })),
        named("storages"),
        ("suppliers", json!({ "item": 1, "account": 1 })),
        named("tasks"),
        named("tickets"),
        ("transactions", json!({ "currency": "EUR" })),
    ]
}

/// A body with other values for some members.
pub(crate) fn with(body: &Value, changes: &Value) -> Value {
    let mut body = body.clone();
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The number of rows of a resource.
pub(crate) fn count(server: &Server, resource: &str) -> Value {
    server.list(resource, json!({ "count": true }))
}
