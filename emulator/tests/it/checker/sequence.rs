//! A record from its creation to its end. The answers along the way must agree with each other.

use serde_json::{Map, Value, json};

use super::connection::Answer;
use super::documents::{DOCUMENTS, Operation, Resource};
use super::plan::{Plan, Shape};
use super::worker::{Reported, Worker, row};
use super::{lists, writes};

/// Whether an answer shows what was sent.
pub(super) fn kept(resource: &Resource, sent: &Map<String, Value>, stored: &Value) -> Result<(), String> {
    for (name, value) in sent {
        let Some(column) = resource.column(name) else { continue };
        let found = &stored[name];
        let read_only = column.mark("x-read-only") == true && !column.is_file();
        let drawn = column.mark("x-counter") == true && value == "";
        let as_sent = match (value, found) {
            _ if read_only || drawn || name == "ID" => true,
            (Value::Null, found) => found.is_null(),
            (_, found) if column.is_file() => found.is_i64(),
            (_, Value::String(text)) if column.is_composite() => {
                let array = column.mark("x-storage").as_str().is_some_and(|storage| storage.ends_with("[]"));
                array || serde_json::from_str::<Value>(text).is_ok_and(|parsed| parsed == *value)
            }
            (Value::Number(sent), Value::Number(found)) => sent.as_f64() == found.as_f64(),
            (sent, found) => sent == found,
        };
        if !as_sent {
            return Err(format!("{name} was sent as {value} and answered as {found}"));
        }
    }
    Ok(())
}

/// Whether nothing changed but what may.
fn unchanged(before: &Value, after: &Value, may: impl Fn(&str) -> bool) -> Result<(), String> {
    for (name, value) in row(before) {
        if after[&name] != value && !may(&name) {
            return Err(format!("{name} changed from {value} to {} although no one sent it", after[&name]));
        }
    }
    Ok(())
}

fn same(what: &str, left: &Value, right: &Value) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{what}: {left} is not {right}")) }
}

/// The operation of a verb of a resource.
fn of(resource: &Resource, verb: &str) -> &'static Operation {
    let mut operations = DOCUMENTS.operations.iter();
    operations.find(|operation| operation.resource == resource.name && operation.verb_is(verb)).unwrap()
}

impl Worker {
    /// Creates, reads, changes and deletes one record of some resource.
    pub(super) fn sequence(&mut self) -> Result<(), Reported> {
        let creates: Vec<&'static Operation> =
            DOCUMENTS.operations.iter().filter(|known| known.verb_is("create")).collect();
        let create = *self.prng.pick(&creates);
        let resource = &DOCUMENTS.resources[&create.resource];
        let (plan, body) = writes::create(&mut self.prng, &self.world, create);
        // Another default address of the same account would change this one.
        if plan.statuses != [201] || !resource.schema["x-one-default"].is_null() {
            return self.ask(&plan).map(|_| ());
        }
        let created = self.ask(&plan)?;
        let stored = created.json().unwrap_or_default();
        self.tell(&plan, &created, kept(resource, &body, &stored))?;
        let id = stored["ID"].as_i64().unwrap_or_default();
        let location = format!("/{}/api/v1/{}/{id}", self.world.instance, resource.name);
        self.tell(
            &plan,
            &created,
            same("Content-Location", &created.header("content-location").into(), &location.into()),
        )?;
        self.read_back(resource, id, &created)?;
        self.beside(resource, id, &body)?;
        self.conditions(resource, id, &created)?;
        self.change(resource, id, &stored)?;
        self.end(resource, id)
    }

    fn on(&mut self, resource: &'static Resource, verb: &str, id: i64) -> Plan {
        let operation = of(resource, verb);
        let target = self.world.path(operation, Some(&id.to_string()));
        let plan = Plan::new(operation, self.world.signed(&mut self.prng, operation, target));
        let record = Shape::Record { resource, expand: Vec::new(), extdata: false, tags: false };
        let shape = if matches!(verb, "get" | "update") { record } else { Shape::Declared };
        Plan { shape, kind: "a step of a sequence", ..plan }
    }

    fn list(&mut self, resource: &'static Resource, body: Value) -> Result<Value, Reported> {
        let Value::Object(body) = body else { return Err(Reported) };
        let plan = lists::plan(&mut self.prng, &self.world, of(resource, "list"), body);
        self.ask(&plan).map(|answer| answer.json().unwrap_or_default())
    }

    /// Get, exists, list and count agree with the answer to a write.
    fn read_back(&mut self, resource: &'static Resource, id: i64, written: &Answer) -> Result<(), Reported> {
        let stored = written.json().unwrap_or_default();
        for verb in ["get", "exists"] {
            let plan = self.on(resource, verb, id);
            let answer = self.ask(&plan)?;
            for name in ["etag", "last-modified"] {
                self.tell(&plan, &answer, same(name, &answer.header(name).into(), &written.header(name).into()))?;
            }
            if verb == "get" {
                self.tell(&plan, &answer, same("get after the write", &answer.json().into(), &stored))?;
            }
        }
        let rows = self.list(resource, json!({ "filters": { "ID": id } }))?;
        let count = self.list(resource, json!({ "filters": { "ID": id }, "count": true }))?;
        let (plan, fits) = (self.on(resource, "get", id), same("list after the write", &rows, &json!([stored])));
        self.tell(&plan, written, fits)?;
        self.tell(&plan, written, same("count after the write", &count, &json!({ "count": 1 })))
    }

    /// Custom fields and tags are those that were sent.
    fn beside(&mut self, resource: &'static Resource, id: i64, body: &Map<String, Value>) -> Result<(), Reported> {
        let get = of(resource, "get");
        let (extdata, tags) = (get.offers("extdata"), get.offers("tags"));
        let plan = self.on(resource, "get", id);
        let target = format!("{}?extdata=1&tags=1", plan.request.target);
        let shape = Shape::Record { resource, expand: Vec::new(), extdata, tags };
        let plan = Plan { request: super::connection::Request { target, ..plan.request }, shape, ..plan };
        let answer = self.ask(&plan)?;
        let found = answer.json().unwrap_or_default();
        if extdata {
            let sent =
                body.get("extdata").map_or(json!({}), |sent| json!({ "tier": sent["tier"], "size": "4", "flag": "1" }));
            self.tell(&plan, &answer, same("custom fields", &found["extdata"], &sent))?;
        }
        if tags {
            let entries = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let mut sent: Vec<String> = [entries("tags"), entries("+tags")]
                .concat()
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect();
            sent.retain(|tag| !entries("-tags").contains(&json!(tag)));
            sent.sort();
            sent.dedup();
            self.tell(&plan, &answer, same("tags", &found["tags"], &json!(sent)))?;
        }
        Ok(())
    }

    /// The validators of the last write hold, others do not.
    fn conditions(&mut self, resource: &'static Resource, id: i64, written: &Answer) -> Result<(), Reported> {
        let tag = written.header("etag").unwrap_or_default().to_owned();
        let date = written.header("last-modified").unwrap_or_default().to_owned();
        let other = "\"ffffffffffffffffffffffffffffffff\"";
        for (verb, name, value, status) in [
            ("get", "If-None-Match", tag.as_str(), 304),
            ("exists", "If-Modified-Since", date.as_str(), 304),
            ("get", "If-None-Match", other, 200),
            ("update", "If-Match", other, 412),
            ("delete", "If-Match", other, 412),
            ("delete", "If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 412),
        ] {
            let plan = self.on(resource, verb, id);
            let request = plan.request.clone().header(name, value);
            let request = if verb == "update" { request.body("application/json", "{}") } else { request };
            self.ask(&Plan { request, ..plan }.only(&[status], "a condition"))?;
        }
        Ok(())
    }

    /// An update changes what it sends and nothing else; one that breaks a rule changes nothing.
    fn change(&mut self, resource: &'static Resource, id: i64, before: &Value) -> Result<(), Reported> {
        let (plan, sent) = writes::update(&mut self.prng, &self.world, of(resource, "update"), (id, &row(before)));
        let answer = self.ask(&plan)?;
        if answer.status != 200 {
            let get = self.on(resource, "get", id);
            let after = self.ask(&get)?;
            return self.tell(&get, &after, same("get after a refused update", &after.json().into(), before));
        }
        let after = answer.json().unwrap_or_default();
        self.tell(&plan, &answer, kept(resource, &sent, &after))?;
        self.tell(&plan, &answer, unchanged(before, &after, |name| name == "lastmodified" || sent.contains_key(name)))?;
        self.read_back(resource, id, &answer)
    }

    fn end(&mut self, resource: &'static Resource, id: i64) -> Result<(), Reported> {
        let plan = self.on(resource, "delete", id);
        self.ask(&plan)?;
        for verb in ["get", "exists", "update", "delete"] {
            let plan = self.on(resource, verb, id);
            let request = plan.request.clone();
            let request = if verb == "update" { request.body("application/json", "{}") } else { request };
            self.ask(&Plan { request, ..plan }.only(&[404], "a deleted record"))?;
        }
        let rows = self.list(resource, json!({ "filters": { "ID": id } }))?;
        let (plan, answer) =
            (self.on(resource, "get", id), Answer { status: 0, headers: Vec::new(), body: Vec::new() });
        self.tell(&plan, &answer, same("list after the delete", &rows, &json!([])))
    }

    /// With no one else at work: a list has as many rows as its count, whole and filtered, and each row is what get
    /// answers.
    pub(super) fn survey(&mut self, resource: &'static Resource) -> Result<(), Reported> {
        let rows = self.counted(resource, json!({}))?;
        for _ in 0..3 {
            let filter = lists::filter(&mut self.prng, &self.world, resource, 2);
            self.counted(resource, filter)?;
        }
        if !DOCUMENTS.operations.iter().any(|known| known.resource == resource.name && known.verb_is("get")) {
            return Ok(());
        }
        for stored in rows.iter().rev().take(3) {
            let plan = self.on(resource, "get", stored["ID"].as_i64().unwrap_or_default());
            let answer = self.ask(&plan)?;
            self.tell(&plan, &answer, same("get of a listed row", &answer.json().into(), stored))?;
        }
        Ok(())
    }

    /// The rows that a filter lets through, checked against the answer to `count`.
    fn counted(&mut self, resource: &'static Resource, filter: Value) -> Result<Vec<Value>, Reported> {
        let rows = self.list(resource, json!({ "filters": filter, "limit": 10_000 }))?;
        let count = self.list(resource, json!({ "filters": filter, "count": true }))?;
        let rows = rows.as_array().cloned().unwrap_or_default();
        let plan = Plan::new(of(resource, "list"), super::connection::Request::new("POST", filter.to_string()));
        let answer = Answer { status: 200, headers: Vec::new(), body: Vec::new() };
        let fits = same(&format!("count of {}", resource.name), &count, &json!({ "count": rows.len() }));
        self.tell(&plan, &answer, fits).map(|()| rows)
    }
}
