//! The program killed at random moments while many clients write. Whatever was answered must be there afterwards; what was
//! not answered is there as a whole or not at all. `ZEYOS_EMULATOR_KILLS` says how often, instead of four times.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::TempFile;
use crate::client::RequestBuilder;
use crate::program::{PROGRAM, Running, text};

const WRITERS: usize = 4;

fn kills() -> u64 {
    std::env::var("ZEYOS_EMULATOR_KILLS").map_or(4, |kills| kills.parse().unwrap())
}

/// A moment up to so many milliseconds away.
fn some_time(most: u64) -> Duration {
    Duration::from_micros(getrandom::u64().unwrap() % (most * 1000))
}

fn start(database: &TempFile) -> (Running, Value) {
    Running::start(&["--port", "0", "--json", "--seed", "empty", "--db", database.text()])
}

/// One client that writes tickets and knows what it was answered. Each write is of several rows: a ticket, a custom field
/// and two tags, all with the same word.
struct Writer {
    name: String,
    /// The word of every ticket whose write was answered.
    known: BTreeMap<i64, String>,
    /// The number, if it has one yet, and the word of the write that was never answered; no word for a delete.
    doubtful: Option<(Option<i64>, Option<String>)>,
    count: u32,
}

impl Writer {
    fn new(index: usize) -> Self {
        Self { name: format!("w{index}"), known: BTreeMap::new(), doubtful: None, count: 0 }
    }

    /// Writes until the program is gone.
    fn run(&mut self, told: &Value) {
        while self.doubtful.is_none() {
            self.count += 1;
            let word = format!("{}-{}", self.name, self.count);
            let newest = self.known.last_key_value().map(|(id, _)| *id);
            match (self.count % 4, newest) {
                (2, Some(id)) => self.write(told, "PATCH", Some(id), Some(word)),
                (3, Some(id)) => self.write(told, "DELETE", Some(id), None),
                _ => self.write(told, "PUT", None, Some(word)),
            }
        }
    }

    fn write(&mut self, told: &Value, method: &str, id: Option<i64>, word: Option<String>) {
        let path = id.map_or_else(|| "/api/v1/tickets".to_owned(), |id| format!("/api/v1/tickets/{id}"));
        // A session: the tokens of the user end whenever the client of tokens asks for new ones.
        let ask = RequestBuilder::new(text(told, "url"), method, &path).session(text(told, "session"));
        let body = json!({ "name": word, "tags": [word, "tag"], "extdata": { "word": word } });
        match (if word.is_some() { ask.json(&body) } else { ask }.try_send(), word) {
            (Err(_), word) => self.doubtful = Some((id, word)),
            (Ok(answer), Some(word)) => {
                assert!([200, 201].contains(&answer.status), "{}", answer.text());
                self.known.insert(answer.json()["ID"].as_i64().unwrap(), word);
            }
            (Ok(answer), None) => {
                assert_eq!(answer.status, 204, "{}", answer.text());
                self.known.remove(&id.unwrap());
            }
        }
    }

    /// Compares what it knows with what is there; the doubt is settled by looking.
    fn settle(&mut self, rows: &BTreeMap<i64, String>) {
        let prefix = format!("{}-", self.name);
        let mine = rows.iter().filter(|(_, word)| word.starts_with(&prefix));
        let mut mine: BTreeMap<i64, String> = mine.map(|(id, word)| (*id, word.clone())).collect();
        std::mem::swap(&mut mine, &mut self.known);
        let (mut before, Some((id, word))) = (mine, self.doubtful.take()) else { return };
        if before == self.known {
            return;
        }
        match (id, word) {
            (Some(id), None) => before.remove(&id),
            (Some(id), Some(word)) => before.insert(id, word),
            (None, Some(word)) => {
                let made = self.known.iter().find(|(_, known)| **known == word).map(|(id, _)| *id);
                before.insert(made.expect("a row that no one wrote, or a lost one"), word)
            }
            (None, None) => None,
        };
        assert_eq!(self.known, before);
    }
}

/// The words of all tickets, after a look at whether each has all its parts.
fn rows(told: &Value) -> BTreeMap<i64, String> {
    let ask = RequestBuilder::new(text(told, "url"), "POST", "/api/v1/tickets").session(text(told, "session"));
    let rows = ask.json(&json!({ "fields": ["ID", "name"], "extdata": 1, "tags": 1, "limit": 10_000 })).send().json();
    let row = |row: &Value| {
        let word = row["name"].as_str().unwrap();
        assert_eq!(row["extdata"], json!({ "word": word }), "half a write: {row}");
        let mut tags = vec!["tag", word];
        tags.sort_unstable();
        assert_eq!(row["tags"], json!(tags), "half a write: {row}");
        (row["ID"].as_i64().unwrap(), word.to_owned())
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

/// A client that does nothing but change its refresh token for a new one.
#[derive(Default)]
struct Rotation {
    /// The last pair that was answered: access and refresh token.
    pair: Option<(String, String)>,
    /// The refresh token that it was changed for.
    used: Option<String>,
    /// Whether a change was asked for and never answered.
    doubtful: bool,
}

fn refresh(told: &Value, token: &str) -> std::io::Result<crate::client::Answer> {
    RequestBuilder::new(text(told, "url"), "POST", "/oauth2/v1/token")
        .basic(text(told, "client_id"), text(told, "client_secret"))
        .form(&format!("grant_type=refresh_token&refresh_token={token}"))
        .try_send()
}

impl Rotation {
    fn run(&mut self, told: &Value) {
        let mut token = text(told, "refresh_token").to_owned();
        loop {
            let Ok(answer) = refresh(told, &token) else {
                self.doubtful = true;
                return;
            };
            assert_eq!(answer.status, 200, "{}", answer.text());
            let new = answer.json();
            self.used = Some(token);
            token = text(&new, "refresh_token").to_owned();
            self.pair = Some((text(&new, "access_token").to_owned(), token.clone()));
        }
    }

    /// A used token is used for ever. The new pair works, unless the change that was not answered has ended it.
    fn settle(&mut self, told: &Value) {
        let Some((access, token)) = self.pair.take() else { return };
        let config = RequestBuilder::new(text(told, "url"), "GET", "/api/v1/config").bearer(&access).send();
        assert!(config.status == 200 || self.doubtful, "{}", config.text());
        let answer = refresh(told, &token).unwrap();
        assert_eq!(answer.status, if config.status == 200 { 200 } else { 403 }, "a pair lives or ends as a whole");
        assert_eq!(refresh(told, &self.used.take().unwrap()).unwrap().status, 403, "a used token works again");
        self.doubtful = false;
    }
}

#[test]
fn what_was_answered_outlives_kills_and_nothing_is_there_by_half() {
    let database = TempFile::new("kills");
    let mut writers: Vec<Writer> = (0..WRITERS).map(Writer::new).collect();
    let mut rotation = Rotation::default();
    for _ in 0..kills() {
        let (running, told) = start(&database);
        let rows = rows(&told);
        writers.iter_mut().for_each(|writer| writer.settle(&rows));
        rotation.settle(&told);
        // The printed tokens have ended if a pair was drawn for the client of tokens; the next start prints new ones.
        drop(running);
        let (running, told) = start(&database);
        std::thread::scope(|scope| {
            for writer in &mut writers {
                let told = &told;
                scope.spawn(move || writer.run(told));
            }
            scope.spawn(|| rotation.run(&told));
            std::thread::sleep(Duration::from_millis(20) + some_time(300));
            drop(running);
        });
    }
    let (_running, told) = start(&database);
    let rows = rows(&told);
    writers.iter_mut().for_each(|writer| writer.settle(&rows));
    rotation.settle(&told);
    let written: u32 = writers.iter().map(|writer| writer.count).sum();
    assert!(u64::from(written) >= kills() * WRITERS as u64 * 2, "hardly anything was written: {written}");
}

#[test]
fn a_start_that_is_killed_leaves_a_file_that_starts() {
    let database = TempFile::new("start");
    for _ in 0..kills() * 2 {
        let mut command = Command::new(PROGRAM);
        command.args(["--port", "0", "--seed", "empty", "--db", database.text()]).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(some_time(150));
        child.kill().unwrap();
        child.wait().unwrap();
        let (running, told) = start(&database);
        let config =
            RequestBuilder::new(text(&told, "url"), "GET", "/api/v1/config").bearer(text(&told, "access_token")).send();
        assert_eq!(config.status, 200, "{}", config.text());
        drop(running);
        database.clear();
    }
}
