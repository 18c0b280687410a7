//! A table of tickets behind a transport, which understands what streams ask for, and can be told to go wrong.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value as Json, json};

use crate::wire::{Recorder, Sent, answer};

/// What a server does that it should not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Habit {
    #[default]
    None,
    /// Conditions on `ID` are passed over.
    Unfiltered,
    /// No answer has more rows than this.
    Cut(usize),
    /// Pages of more rows than this are refused.
    TooLarge(usize),
}

#[derive(Default)]
struct Rows {
    names: BTreeMap<i64, String>,
    /// What happens after so many pages.
    changes: Vec<(usize, Change)>,
    pages: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Delete(i64),
    Insert(i64),
}

/// Clones share their rows.
#[derive(Clone)]
pub(crate) struct Table {
    rows: Arc<Mutex<Rows>>,
    pub server: Recorder,
}

impl Table {
    /// With tickets of the numbers 10, 20 and so on.
    pub(crate) fn of(rows: i64, habit: Habit) -> Self {
        let names = (1..=rows).map(|row| (row * 10, format!("Ticket {row}"))).collect();
        let rows = Arc::new(Mutex::new(Rows { names, ..Rows::default() }));
        let answering = Arc::clone(&rows);
        Table { rows, server: Recorder::new(move |request| answering.lock().unwrap().answer(request, habit)) }
    }

    pub(crate) fn after(self, pages: usize, change: Change) -> Self {
        self.rows.lock().unwrap().changes.push((pages, change));
        self
    }

    pub(crate) fn ids(&self) -> Vec<i64> {
        self.rows.lock().unwrap().names.keys().copied().collect()
    }

    /// The bodies of the requests since the last look.
    pub(crate) fn asked(&self) -> Vec<Json> {
        self.server.take().iter().map(Sent::json).cloned().collect()
    }
}

impl Rows {
    fn answer(&mut self, request: &Request<Bytes>, habit: Habit) -> Response<Bytes> {
        let asked: Json = serde_json::from_slice(request.body()).unwrap();
        if asked["count"] == true {
            return json_answer(&json!({ "count": self.names.len() }));
        }
        let limit = usize::try_from(asked["limit"].as_u64().unwrap_or(1000)).unwrap();
        match habit {
            Habit::TooLarge(most) if limit > most => return answer(500, "text/plain", "Error: Page too large"),
            _ => {}
        }
        let limit = if let Habit::Cut(most) = habit { limit.min(most) } else { limit };
        let offset = usize::try_from(asked["offset"].as_u64().unwrap_or(0)).unwrap();
        let meets = |id| meets(&asked["filters"], id) && meets(&asked["filter"], id);
        let matching = self.names.iter().filter(|(id, _)| habit == Habit::Unfiltered || meets(**id));
        let mut matching: Vec<_> = matching.collect();
        if asked["sort"] == json!(["-ID"]) {
            matching.reverse();
        }
        let row = |(id, name): (&i64, &String)| shaped(&asked["fields"], *id, name);
        let page: Vec<Json> = matching.into_iter().skip(offset).take(limit).map(row).collect();
        self.pages += 1;
        self.happen();
        json_answer(&page.into())
    }

    fn happen(&mut self) {
        for (_, change) in self.changes.clone().iter().filter(|(pages, _)| *pages == self.pages) {
            match *change {
                Change::Delete(id) => drop(self.names.remove(&id)),
                Change::Insert(id) => drop(self.names.insert(id, format!("Ticket new {id}"))),
            }
        }
    }
}

/// Conditions on `ID`, wherever they stand; all must hold.
fn meets(filters: &Json, id: i64) -> bool {
    match filters {
        Json::Object(members) => members.iter().all(|(name, value)| match (name.as_str(), value) {
            ("ID", Json::Object(operators)) => operators.iter().all(|(operator, than)| {
                let than = than.as_i64().unwrap();
                match operator.as_str() {
                    ">" => id > than,
                    ">=" => id >= than,
                    "<" => id < than,
                    other => panic!("operator {other}"),
                }
            }),
            (_, Json::Array(group)) => group.iter().all(|part| meets(part, id)),
            _ => true,
        }),
        _ => true,
    }
}

/// The columns that were asked for, under their names.
fn shaped(fields: &Json, id: i64, name: &str) -> Json {
    let value = |path: &str| if path == "ID" { Json::from(id) } else { Json::from(name) };
    match fields {
        Json::Object(aliases) => {
            aliases.iter().map(|(name, path)| (name.clone(), value(path.as_str().unwrap()))).collect()
        }
        Json::Array(paths) => {
            paths.iter().map(|path| path.as_str().unwrap()).map(|path| (path.to_owned(), value(path))).collect()
        }
        _ => panic!("whole records are not kept here"),
    }
}

fn json_answer(body: &Json) -> Response<Bytes> {
    answer(200, "application/json", &body.to_string())
}
