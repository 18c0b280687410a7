//! Makes requests about single records: reads, creates, updates, deletes, and ways to get a write wrong.

use serde_json::{Map, Value, json};

use super::connection::Request;
use super::documents::{Column, DOCUMENTS, Operation, Resource, takes};
use super::lists::form;
use super::plan::{Plan, Shape};
use super::prng::Prng;
use super::rules::{Row, Verdict, created, verdict};
use super::values::{fitting, strange, unfitting, word};
use super::world::World;

/// An ID that no row has.
pub(super) const NOBODY: i64 = 2_000_000_011;

/// A get or exists of some record.
pub(super) fn read(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let found = world.some_id(prng, &resource.name).filter(|_| prng.chance(85));
    let mut target = world.path(operation, Some(&found.unwrap_or(NOBODY).to_string()));
    let mut expand = Vec::new();
    let (extdata, tags) = (operation.offers("extdata") && prng.chance(30), operation.offers("tags") && prng.chance(30));
    if operation.verb_is("get") {
        expand = resource
            .columns
            .iter()
            .filter(|column| column.is_composite() && prng.chance(40))
            .map(|c| c.name.clone())
            .collect();
        let mut query: Vec<String> = expand.iter().map(|name| format!("expand={name}")).collect();
        query.extend(extdata.then(|| "extdata=1".to_owned()));
        query.extend(tags.then(|| "tags=1".to_owned()));
        if !query.is_empty() {
            target += &format!("?{}", query.join("&"));
        }
    }
    let request = world.signed(prng, operation, target);
    let request = conditional(prng, request, &["If-None-Match", "If-Modified-Since"]);
    let mut plan = Plan::new(operation, request);
    if operation.verb_is("get") {
        plan.shape = Shape::Record { resource, expand, extdata, tags };
    }
    if plan.request.headers.iter().any(|(name, _)| name.starts_with("If-")) {
        plan = plan.or(304);
    }
    if found.is_none() { guarded(plan.only(&[404], "no such record"), world) } else { guarded(plan, world) }
}

/// With permissions on, a record may be forbidden or invisible.
pub(super) fn guarded(plan: Plan, world: &World) -> Plan {
    if world.guarded { plan.or(403).or(404) } else { plan }
}

fn conditional(prng: &mut Prng, request: Request, names: &[&str; 2]) -> Request {
    let tags = ["*", "\"00000000000000000000000000000000\"", "W/\"a\", \"b\"", "", "no tag", "\"", "\u{e9}"];
    let dates = [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "yesterday",
        "2026-01-01T00:00:00Z",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "0",
    ];
    match prng.below(6) {
        0 => request.header(names[0], prng.text(&tags)),
        1 => request.header(names[1], prng.text(&dates)),
        2 => request.header(names[0], prng.text(&tags)).header(names[1], prng.text(&dates)),
        _ => request,
    }
}

/// The columns that a write may send.
fn writable(resource: &'static Resource) -> impl Iterator<Item = &'static Column> {
    resource.columns.iter().filter(|column| column.mark("x-read-only") != true || column.is_file())
}

/// A body for a create: what must be sent, and each other column by chance.
pub(super) fn body(prng: &mut Prng, world: &World, operation: &Operation) -> Map<String, Value> {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let percent = *prng.pick(&[0, 5, 15, 40]);
    let mut body = Map::new();
    for column in writable(resource) {
        let needed = column.mark("x-required-on-create") == true;
        if needed || prng.chance(percent) {
            body.extend(fitting(prng, world, resource, column).map(|value| (column.name.clone(), value)));
        }
    }
    repair(prng, world, resource, &mut body);
    beside(prng, operation, &mut body);
    body
}

/// Turns most bodies that break a rule of pairs into such as keep it: by leaving out what was chosen by chance.
fn repair(prng: &mut Prng, world: &World, resource: &'static Resource, body: &mut Map<String, Value>) {
    for _ in 0..12 {
        let row = created(resource, body);
        if verdict(resource, &row, &[]) != Verdict::Broken || prng.chance(5) {
            return;
        }
        let column = prng.pick(&resource.columns);
        let writable = column.mark("x-read-only") != true;
        if column.mark("x-required-on-create") == true || (writable && !body.contains_key(&column.name)) {
            body.extend(fitting(prng, world, resource, column).map(|value| (column.name.clone(), value)));
        } else {
            body.remove(&column.name);
        }
    }
}

fn beside(prng: &mut Prng, operation: &Operation, body: &mut Map<String, Value>) {
    let schema = operation.body.unwrap();
    if takes(operation.document, schema, "extdata") && prng.chance(20) {
        body.insert("extdata".to_owned(), json!({ "tier": word(prng), "size": 4, "gone": null, "flag": true }));
    }
    for name in ["tags", "+tags", "-tags"] {
        if takes(operation.document, schema, name) && prng.chance(15) {
            body.insert(name.to_owned(), json!(["red", prng.fresh(), "a/b"]));
        }
    }
}

/// A create that fits its schema, with what the rules say about it.
pub(super) fn create(prng: &mut Prng, world: &World, operation: &'static Operation) -> (Plan, Map<String, Value>) {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let body = body(prng, world, operation);
    let row = created(resource, &body);
    let sent: Vec<String> = row.keys().cloned().collect();
    let verdict = verdict(resource, &row, &sent);
    let target = world.path(operation, None);
    let request = world.signed(prng, operation, target);
    let request = encoded(prng, request, &body);
    (ruled(Plan::new(operation, request), verdict, world), body)
}

/// An update of a row whose content is known, with what the rules say about it.
pub(super) fn update(
    prng: &mut Prng,
    world: &World,
    operation: &'static Operation,
    (id, row): (i64, &Row),
) -> (Plan, Map<String, Value>) {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let mut body = Map::new();
    for column in writable(resource) {
        if column.mark("x-fixed-after-creation") != true && prng.chance(12) {
            body.extend(fitting(prng, world, resource, column).map(|value| (column.name.clone(), value)));
        }
    }
    beside(prng, operation, &mut body);
    let mut merged = row.clone();
    merged.extend(
        body.iter().filter(|(name, _)| row.contains_key(*name)).map(|(name, value)| (name.clone(), value.clone())),
    );
    let sent: Vec<String> = body.keys().cloned().collect();
    let verdict = verdict(resource, &merged, &sent);
    let target = world.path(operation, Some(&id.to_string()));
    let request = world.signed(prng, operation, target);
    let request = encoded(prng, request, &body);
    (ruled(Plan::new(operation, request), verdict, world), body)
}

fn ruled(plan: Plan, verdict: Verdict, world: &World) -> Plan {
    let success = plan.statuses[0];
    let plan = Plan { shape: record(plan.operation.unwrap()), ..plan };
    let plan = match verdict {
        Verdict::Kept => plan,
        Verdict::Open => plan.perhaps_broken(success),
        Verdict::Broken => plan.only(&[500], "a broken rule"),
    };
    guarded(plan, world)
}

/// A whole record and nothing beside it.
fn record(operation: &'static Operation) -> Shape {
    Shape::Record {
        resource: &DOCUMENTS.resources[&operation.resource],
        expand: Vec::new(),
        extdata: false,
        tags: false,
    }
}

fn encoded(prng: &mut Prng, request: Request, body: &Map<String, Value>) -> Request {
    let plain = body.values().all(|value| !value.is_null() && !value.is_array() && !value.is_object());
    if plain && prng.chance(40) && !body.is_empty() {
        request.body("application/x-www-form-urlencoded", form(body))
    } else {
        request.body("application/json", Value::Object(body.clone()).to_string())
    }
}

/// A delete of a row that is there.
pub(super) fn delete(prng: &mut Prng, world: &World, operation: &'static Operation, id: i64) -> Plan {
    let target = world.path(operation, Some(&id.to_string()));
    guarded(Plan::new(operation, world.signed(prng, operation, target)), world)
}

/// A write with conditional headers that may not hold, or to a record that is not there.
pub(super) fn conditional_write(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let found = world.some_id(prng, &operation.resource).filter(|_| prng.chance(70));
    // A delete could succeed: it only goes where nothing is.
    let id = found.filter(|_| operation.verb_is("update")).unwrap_or(NOBODY);
    let request = world.signed(prng, operation, world.path(operation, Some(&id.to_string())));
    let request = conditional(prng, request, &["If-Match", "If-Unmodified-Since"]);
    let request = if operation.verb_is("update") { request.body("application/json", "{}") } else { request };
    let plan = Plan::new(operation, request);
    let plan = if operation.verb_is("update") { Plan { shape: record(operation), ..plan } } else { plan };
    let plan = if id == NOBODY { plan.only(&[404], "no such record") } else { plan.or(412) };
    guarded(plan, world)
}

/// A write with something in it that is wrong.
pub(super) fn spoiled(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let create = operation.verb_is("create");
    let mut body = body(prng, world, operation);
    let id = match world.own.iter().find(|own| own.resource == resource.name) {
        _ if create => None,
        Some(own) => Some(own.id),
        None => Some(NOBODY),
    };
    let target = world.path(operation, id.map(|id| id.to_string()).as_deref());
    let missing = id == Some(NOBODY);
    let signed = world.signed(prng, operation, target);
    let hidden: Vec<&str> = resource.hidden().collect();
    let column = prng.pick(&resource.columns);
    let (kind, statuses): (_, &[u16]) = match prng.below(5) {
        0 => {
            let name = if hidden.is_empty() || prng.chance(60) { strange(prng) } else { prng.text(&hidden) };
            let name = if resource.column(name).is_some() { "nothing" } else { name };
            body.insert(name.to_owned(), word(prng).into());
            ("an unknown column", &[400])
        }
        1 if create => {
            let used = world.some_id(prng, &resource.name);
            body.insert("ID".to_owned(), used.unwrap_or(-1).into());
            ("an ID in use", &[409])
        }
        1 => {
            body = Map::from_iter([("ID".to_owned(), json!(NOBODY))]);
            ("another ID in the body", &[409])
        }
        2 => {
            let keys: Vec<&Column> = writable(resource).filter(|c| c.target().is_some() && !c.is_file()).collect();
            let Some(key) = keys.get(prng.below(keys.len().max(1))) else {
                return empty(operation, signed, missing, world);
            };
            body.insert(key.name.clone(), NOBODY.into());
            ("a key that leads nowhere", &[500])
        }
        3 => return empty(operation, signed, missing, world),
        _ => {
            body.insert(column.name.clone(), unfitting(prng));
            ("a column of any type", &[])
        }
    };
    let request = signed.body("application/json", Value::Object(body).to_string());
    let plan = Plan::new(operation, request);
    let plan = match statuses {
        [] => plan.perhaps(&[400, 409, 500], kind),
        some => plan.only(some, kind),
    };
    if missing { guarded(plan.only(&[404], kind), world) } else { guarded(plan, world) }
}

fn empty(operation: &'static Operation, request: Request, missing: bool, world: &World) -> Plan {
    let plan = Plan::new(operation, request).only(&[400], "no body");
    // The body is read before the record is looked for.
    guarded(if missing { plan.or(404) } else { plan }, world)
}
