//! One worker: it makes requests, sends them over its connection, holds the answers against the documents and learns
//! from them. Its random source alone decides what it asks.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use serde_json::{Map, Value};

use super::connection::{Answer, Connection, Request};
use super::documents::{DOCUMENTS, Operation};
use super::plan::{Plan, Shape};
use super::prng::Prng;
use super::rules::Row;
use super::world::{Own, World};
use super::{judge, lists, malformed, sign_in, writes};

/// One request in so many is more than one: a sequence, or bytes that are not a request.
const SEQUENCE: usize = 50;
const NO_HTTP: usize = 120;

/// Something that is wrong, with all that repeats it.
#[derive(Debug)]
pub(super) struct Finding {
    pub complaint: String,
    pub operation: String,
    pub number: usize,
    pub curl: String,
    pub answer: String,
}

/// What was asked and answered.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub asked: usize,
    pub connections: usize,
    pub by_kind: BTreeMap<&'static str, usize>,
    pub by_status: BTreeMap<u16, usize>,
    pub by_operation: BTreeMap<String, usize>,
}

pub(super) struct Worker {
    pub prng: Prng,
    pub world: World,
    pub line: Connection,
    pub figures: Figures,
    pub findings: Vec<Finding>,
}

/// A request that failed has been told already.
pub(super) struct Reported;

impl Worker {
    pub(super) fn new(seed: u64, world: World) -> Self {
        let line = Connection::new(&world.host);
        Self { prng: Prng::new(seed), world, line, figures: Figures::default(), findings: Vec::new() }
    }

    /// Asks so many requests. The first ones go through all operations, beginning at the `start`-th.
    pub(super) fn run(&mut self, requests: usize, start: usize) {
        let operations = &DOCUMENTS.operations;
        let mut turn = 0;
        while self.figures.asked < requests && self.findings.len() < 10 {
            turn += 1;
            let operation = match turn {
                ..=360 => &operations[(start + turn) % operations.len()],
                _ => self.any_operation(),
            };
            // What went wrong is told; the next request may still find something else.
            let _ = match turn {
                _ if turn % SEQUENCE == 0 && !self.world.guarded => self.sequence(),
                _ if turn % NO_HTTP == 0 => self.no_http(),
                _ => self.one(operation, turn <= 360),
            };
        }
        self.figures.connections = self.line.opened;
    }

    /// Lists and sign-in more often than their number says: they have the most to get wrong.
    fn any_operation(&mut self) -> &'static Operation {
        loop {
            let operation = self.prng.pick(&DOCUMENTS.operations);
            if operation.verb.is_none() || operation.verb_is("list") || self.prng.chance(60) {
                return operation;
            }
        }
    }

    fn one(&mut self, operation: &'static Operation, plain: bool) -> Result<(), Reported> {
        let (plan, body) = match self.prng.below(10) {
            0..=1 if !plain => (self.spoiled(operation), None),
            2..=4 if !plain => {
                let (plan, _) = self.valid(operation);
                (malformed::spoil(&mut self.prng, &self.world, plan), None)
            }
            _ => self.valid(operation),
        };
        let answer = self.ask(&plan)?;
        if let (Some(body), 200 | 201, Shape::Record { resource, .. }) = (body, answer.status, &plan.shape) {
            let stored = answer.json().unwrap_or_default();
            self.tell(&plan, &answer, super::sequence::kept(resource, &body, &stored))?;
        }
        Ok(())
    }

    /// A request that fits the documents, with the body of a write.
    fn valid(&mut self, operation: &'static Operation) -> (Plan, Option<Map<String, Value>>) {
        let (prng, world) = (&mut self.prng, &self.world);
        let own = world.own.iter().find(|own| own.resource == operation.resource).cloned();
        match (operation.verb.as_deref(), own) {
            (Some("list"), _) => (lists::valid(prng, world, operation), None),
            (Some("get" | "exists"), _) => (writes::read(prng, world, operation), None),
            (Some("create"), _) => {
                let (plan, body) = writes::create(prng, world, operation);
                (plan, Some(body))
            }
            (Some("update"), Some(own)) if prng.chance(80) => {
                let (plan, body) = writes::update(prng, world, operation, (own.id, &own.row));
                (plan, Some(body))
            }
            (Some("delete"), Some(own)) if prng.chance(70) => (writes::delete(prng, world, operation, own.id), None),
            (Some(_), _) => (writes::conditional_write(prng, world, operation), None),
            (None, _) => (sign_in::valid(prng, world, operation), None),
        }
    }

    fn spoiled(&mut self, operation: &'static Operation) -> Plan {
        let (prng, world) = (&mut self.prng, &self.world);
        match operation.verb.as_deref() {
            Some("list") => lists::spoiled(prng, world, operation),
            Some("create" | "update") => writes::spoiled(prng, world, operation),
            None if operation.body.is_some() => sign_in::spoiled(prng, world, operation),
            _ => {
                let (plan, _) = self.valid(operation);
                malformed::spoil(&mut self.prng, &self.world, plan)
            }
        }
    }

    /// Sends a request, judges the answer and learns from it.
    pub(super) fn ask(&mut self, plan: &Plan) -> Result<Answer, Reported> {
        self.figures.asked += 1;
        *self.figures.by_kind.entry(plan.kind).or_default() += 1;
        if let Some(operation) = plan.operation {
            *self
                .figures
                .by_operation
                .entry(format!("{}{} {}", operation.base, operation.path, operation.method))
                .or_default() += 1;
        }
        match self.line.ask(&plan.request) {
            Ok(answer) => {
                *self.figures.by_status.entry(answer.status).or_default() += 1;
                self.learn(plan, &answer);
                let judged = judge::judge(plan, &answer, &self.world);
                self.tell(plan, &answer, judged)?;
                Ok(answer)
            }
            Err(error) => {
                let answer = Answer { status: 0, headers: Vec::new(), body: Vec::new() };
                self.line = Connection::new(&self.world.host);
                self.tell(plan, &answer, Err(format!("no answer: {error}")))?;
                Err(Reported)
            }
        }
    }

    /// Notes what is wrong.
    pub(super) fn tell(&mut self, plan: &Plan, answer: &Answer, judged: Result<(), String>) -> Result<(), Reported> {
        let Err(complaint) = judged else { return Ok(()) };
        let mut shown: String = format!("{} {:?} {}", answer.status, answer.headers, answer.text());
        shown.truncate(shown.floor_char_boundary(1500));
        self.findings.push(Finding {
            complaint,
            operation: plan.operation.map_or_else(|| "no operation".to_owned(), |operation| operation.id.clone()),
            number: self.figures.asked,
            curl: plan.request.curl(&self.world.host),
            answer: shown,
        });
        Err(Reported)
    }

    /// Bytes that are not a request, and then a request, which must be answered.
    fn no_http(&mut self) -> Result<(), Reported> {
        let bytes = malformed::no_http(&mut self.prng, &self.world);
        self.figures.asked += 1;
        *self.figures.by_kind.entry("no HTTP").or_default() += 1;
        let request = Request { body: bytes.clone(), ..Request::new("RAW", String::new()) };
        let plan = Plan { operation: None, request, statuses: Vec::new(), shape: Shape::Any, kind: "no HTTP" };
        // A connection of its own: the bytes may leave it in any state.
        match Connection::new(&self.world.host).ask_bytes(&bytes, false) {
            Ok(answer) => self.tell(&plan, &answer, judge::judge_no_http(&answer))?,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
                ) => {}
            Err(error) => {
                let answer = Answer { status: 0, headers: Vec::new(), body: Vec::new() };
                self.tell(&plan, &answer, Err(format!("no answer: {error}")))?;
            }
        }
        let alive = DOCUMENTS.operations.iter().find(|operation| operation.id == "getConfig").unwrap();
        let request = self.world.signed(&mut self.prng, alive, self.world.path(alive, None));
        self.ask(&Plan::new(alive, request)).map(|_| ())
    }

    /// A body beyond the limit.
    pub(super) fn too_large(&mut self) -> Result<(), Reported> {
        let operation = DOCUMENTS.operations.iter().find(|operation| operation.id == "createNote").unwrap();
        let request = self.world.signed(&mut self.prng, operation, self.world.path(operation, None));
        let request = request.body("application/json", vec![b' '; (16 << 20) + 1]);
        self.ask(&Plan::new(operation, request).only(&[413], "a body beyond the limit")).map(|_| ())
    }

    /// With the clock beyond the life of the access token: every operation that takes a token refuses it.
    pub(super) fn expired(&mut self) {
        for operation in &DOCUMENTS.operations {
            if operation.security.iter().any(|scheme| scheme == "oauth" || scheme == "token") {
                let target = self.world.path(operation, Some("1"));
                let request = Request::new(&operation.method, target);
                let request = request.header("Authorization", &format!("Bearer {}", self.world.bearer));
                // What is wrong is told; the next operation may still be right.
                let _ = self.ask(&Plan::new(operation, request).only(&[401], "an expired token"));
            }
        }
    }

    /// Keeps what an answer tells: rows and tokens.
    fn learn(&mut self, plan: &Plan, answer: &Answer) {
        let Some(operation) = plan.operation else { return };
        let found = answer.json().unwrap_or_default();
        let text = |name: &str| found[name].as_str().map(str::to_owned);
        let world = &mut self.world;
        match (operation.verb.as_deref(), operation.id.as_str(), answer.status) {
            (Some("create"), _, 201) => {
                let row = row(&found);
                world.own.extend(found["ID"].as_i64().map(|id| Own { resource: operation.resource.clone(), id, row }));
            }
            (Some("update"), _, 200) => {
                let id = found["ID"].as_i64();
                let own = world.own.iter_mut().find(|own| own.resource == operation.resource && Some(own.id) == id);
                if let Some(own) = own {
                    own.row = row(&found);
                }
            }
            (Some("delete"), _, 204) => {
                let path = plan.request.target.split('?').next().unwrap_or_default().trim_end_matches('/');
                let id = path.rsplit('/').next().and_then(|id| id.parse().ok());
                world.forget(&operation.resource, id.unwrap_or_default());
            }
            (None, "getToken", 200) => (world.access, world.refresh) = (text("access_token"), text("refresh_token")),
            (None, "login", 200) => world.login = text("token"),
            (None, "logout", 204) => world.login = None,
            (None, "issueToken", 200) => world.password_token = text("access_token"),
            (None, "revokeIssuedToken", 200) => world.password_token = None,
            _ => {}
        }
    }
}

/// The members of a record.
pub(super) fn row(found: &Value) -> Row {
    found.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}
