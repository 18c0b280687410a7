//! The rows that the lists run over: planted over HTTP, remembered as the creates answered them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::random::Random;
use crate::client::{Server, base64, ids, switched};

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Double,
    Text,
    /// Composite and binary columns compare by the text that stands for them.
    Opaque,
    Custom,
}

/// The paths of the listed resources.
pub(super) const RESOURCES: [(&str, &[(&str, Kind)]); 4] = [
    (
        "tickets",
        &[
            ("ID", Kind::Whole),
            ("name", Kind::Text),
            ("description", Kind::Text),
            ("priority", Kind::Whole),
            ("status", Kind::Whole),
            ("duedate", Kind::Whole),
            ("account", Kind::Whole),
            ("billingitems", Kind::Opaque),
            ("account.lastname", Kind::Text),
            ("account.contact", Kind::Whole),
            ("account.contact.city", Kind::Text),
            ("account.contact.birthdate", Kind::Whole),
            ("assigneduser.name", Kind::Text),
            ("extdata.tier", Kind::Custom),
            ("extdata.si.ze", Kind::Custom),
        ],
    ),
    (
        "items",
        &[
            ("ID", Kind::Whole),
            ("name", Kind::Text),
            ("itemnum", Kind::Text),
            ("sellingprice", Kind::Double),
            ("taxrate", Kind::Double),
            ("forcestock", Kind::Whole),
            ("foreigntaxrates", Kind::Opaque),
            ("model.name", Kind::Text),
            ("model.taxrate", Kind::Double),
            ("model.model.name", Kind::Text),
            ("extdata.tier", Kind::Custom),
        ],
    ),
    (
        "stocktransactions",
        &[
            ("ID", Kind::Whole),
            ("amount", Kind::Double),
            ("reference", Kind::Text),
            ("serials", Kind::Opaque),
            ("subtransactions", Kind::Opaque),
            ("item.name", Kind::Text),
            ("item.taxrate", Kind::Double),
            ("item.model.name", Kind::Text),
            ("transfer.amount", Kind::Double),
        ],
    ),
    (
        "messages",
        &[
            ("ID", Kind::Whole),
            ("subject", Kind::Text),
            ("senddate", Kind::Whole),
            ("attachments", Kind::Opaque),
            ("binfile", Kind::Whole),
            ("binfile.hash", Kind::Opaque),
            ("binfile.size", Kind::Whole),
            ("reference.subject", Kind::Text),
            ("ticket.name", Kind::Text),
            ("ticket.account.lastname", Kind::Text),
        ],
    ),
];

/// Where foreign keys lead.
const KEYS: [(&str, &str, &str); 10] = [
    ("tickets", "account", "accounts"),
    ("tickets", "assigneduser", "users"),
    ("accounts", "contact", "contacts"),
    ("items", "model", "items"),
    ("stocktransactions", "item", "items"),
    ("stocktransactions", "transfer", "stocktransactions"),
    ("messages", "binfile", "binfiles"),
    ("messages", "reference", "messages"),
    ("messages", "ticket", "tickets"),
    ("contacts", "assigneduser", "users"),
];

/// Texts of one line; they hold what is special in patterns.
pub(super) const WORDS: [&str; 24] = [
    "seal",
    "Seal",
    "SEAL 40mm",
    "a seal here",
    "unsealed",
    "pump",
    "Pump-7",
    "Ærlig øre",
    "æble",
    "a&b",
    "a&&b",
    "[x]",
    "a-b_c",
    "100%",
    "1000",
    "a\\b",
    "~x~",
    "{1}",
    "tab\there",
    "x.y",
    "a,b;c",
    "'quoted\"",
    "7",
    "0",
];

pub(super) struct World {
    pub server: Server,
    rows: BTreeMap<&'static str, BTreeMap<i64, Value>>,
    sent: BTreeMap<(&'static str, i64), Value>,
    custom: BTreeMap<(&'static str, i64), BTreeMap<String, String>>,
}

impl World {
    pub(super) fn new() -> Self {
        let server = switched(|switches| switches.join_depth = 2);
        let mut world = Self { server, rows: BTreeMap::new(), sent: BTreeMap::new(), custom: BTreeMap::new() };
        let random = &mut Random::new(7);
        for _ in 0..8 {
            world.plant("contacts", contact(random));
        }
        for _ in 0..10 {
            world.plant("accounts", account(random));
        }
        for index in 0..30 {
            world.plant("tickets", ticket(random));
            world.plant("items", item(random, index));
            world.plant("stocktransactions", stock(random, index));
        }
        for index in 0..20 {
            world.plant("messages", message(random, index));
        }
        for resource in ["users", "binfiles"] {
            let rows = world.server.list(resource, json!({}));
            let by_id = ids(&rows).into_iter().zip(rows.as_array().unwrap().clone()).collect();
            world.rows.insert(resource, by_id);
        }
        world
    }

    fn plant(&mut self, resource: &'static str, body: Value) {
        let stored = self.server.create(resource, body.clone());
        let id = stored["ID"].as_i64().unwrap();
        let custom = body.get("extdata").and_then(Value::as_object).into_iter().flatten();
        let custom = custom.map(|(name, value)| (name.clone(), plain(value))).collect();
        self.custom.insert((resource, id), custom);
        self.sent.insert((resource, id), body);
        self.rows.entry(resource).or_default().insert(id, stored);
    }

    /// The rows of a resource by their numbers.
    pub(super) fn rows(&self, resource: &str) -> &BTreeMap<i64, Value> {
        &self.rows[resource]
    }

    /// The custom fields of a row.
    pub(super) fn custom(&self, resource: &'static str, id: i64) -> &BTreeMap<String, String> {
        &self.custom[&(resource, id)]
    }

    /// The content of a composite column, as it was sent; a file as base64.
    pub(super) fn expanded(&self, resource: &'static str, row: &Value, column: &str) -> Value {
        let sent = &self.sent[&(resource, row["ID"].as_i64().unwrap())][column];
        match sent["uri"].as_str() {
            Some(uri) => json!({ "content": base64(uri.strip_prefix("data:,").unwrap().as_bytes()) }),
            None => sent.clone(),
        }
    }

    /// What a path leads to from a row, as an answer would show it.
    pub(super) fn value(&self, resource: &'static str, row: &Value, path: &str) -> Value {
        if let Some(name) = path.strip_prefix("extdata.") {
            let id = row["ID"].as_i64().unwrap();
            return self.custom(resource, id).get(name).map_or(Value::Null, |text| json!(text));
        }
        let Some((key, rest)) = path.split_once('.') else { return row[path].clone() };
        let Some(id) = row[key].as_i64() else { return Value::Null };
        let (_, _, target) = KEYS.iter().find(|(from, name, _)| *from == resource && *name == key).unwrap();
        self.value(target, &self.rows[target][&id], rest)
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn maybe<T: Into<Value>>(random: &mut Random, roll: impl FnOnce(&mut Random) -> T) -> Value {
    if random.once_in(3) { Value::Null } else { roll(random).into() }
}

fn number(random: &mut Random, most: usize) -> i64 {
    i64::try_from(random.below(most)).unwrap() + 1
}

fn double(random: &mut Random) -> f64 {
    *random.pick(&[0.0, 0.5, 1.0, 2.25, 19.0, 7.0, 100.0])
}

fn text(random: &mut Random) -> String {
    let word = |random: &mut Random| *random.pick(&WORDS);
    if random.once_in(3) { format!("{} {}", word(random), word(random)) } else { word(random).to_owned() }
}

fn contact(random: &mut Random) -> Value {
    let birthdate = maybe(random, |random| number(random, 5) * 1000);
    json!({ "lastname": text(random), "type": 1, "city": text(random), "birthdate": birthdate })
}

fn account(random: &mut Random) -> Value {
    let contact = maybe(random, |random| number(random, 8));
    json!({ "lastname": text(random), "currency": "EUR", "contact": contact })
}

fn ticket(random: &mut Random) -> Value {
    let size = *random.pick(&[4, 40, 400]);
    let mut body = json!({
        "name": text(random),
        "description": format!("{}\n{}", text(random), text(random)),
        "priority": number(random, 5) - 1,
        "status": number(random, 3),
        "duedate": Value::Null,
    });
    body["duedate"] = maybe(random, |random| number(random, 4) * 100);
    body["account"] = maybe(random, |random| number(random, 10));
    body["assigneduser"] = maybe(random, |_| 1);
    body["billingitems"] = maybe(random, |random| json!([{ "type": 1, "text": text(random) }]));
    body["extdata"] = json!({ "tier": maybe(random, text), "si.ze": size });
    body["extdata"].as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

fn item(random: &mut Random, planted: usize) -> Value {
    let mut body = json!({ "name": text(random), "itemnum": text(random), "sellingprice": double(random) });
    body["taxrate"] = maybe(random, double);
    body["forcestock"] = maybe(random, |random| number(random, 2) - 1);
    body["foreigntaxrates"] = maybe(random, |_| json!({ "NO": 25 }));
    body["extdata"] = json!({ "tier": text(random) });
    if planted > 0 {
        body["model"] = maybe(random, |random| number(random, planted));
    }
    body
}

fn stock(random: &mut Random, planted: usize) -> Value {
    let mut body =
        json!({ "item": number(random, planted + 1), "amount": double(random) + 1.0, "reference": text(random) });
    body["serials"] = maybe(random, |random| json!([text(random), text(random)]));
    body["subtransactions"] = maybe(random, |random| json!([number(random, 9), number(random, 9)]));
    if planted > 0 && random.once_in(4) {
        body["transfer"] = json!(planted);
    }
    body
}

fn message(random: &mut Random, planted: usize) -> Value {
    let mut body = json!({ "subject": text(random) });
    body["senddate"] = maybe(random, |random| number(random, 4) * 100);
    body["attachments"] = maybe(random, |random| json!([text(random), "b c.pdf"]));
    body["ticket"] = maybe(random, |random| number(random, 30));
    body["binfile"] = maybe(random, |random| json!({ "uri": format!("data:,{}", number(random, 5)) }));
    if planted > 0 {
        body["reference"] = maybe(random, |random| number(random, planted));
    }
    body
}
