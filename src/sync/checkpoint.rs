//! How far a copy is, as text that outlives the program.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde_json::json;
use zeyos_core::{HasLastModified, Json, ListCursor};

use super::Way;
use super::changes::NARROWINGS;
use super::fingerprint::Fingerprint;

/// The form of the text.
const VERSION: u64 = 1;

/// How far a copy of the records `T` is. A new one is at the beginning; every page of [`changes`](super::Changes) brings the next one.
///
/// As text (`Display`, `FromStr`) it is JSON of one line, to be kept beside the copy. It holds ids, times and hashes of rows, and nothing
/// else of them. It grows with the number of rows that were written within the overlap: see [`remember`](super::Changes::remember).
pub struct Checkpoint<T> {
    pub(super) state: State,
    record: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct State {
    /// All rows that were written before this second have been delivered.
    pub settled: Option<i64>,
    /// How often a window had to be halved the last time.
    pub narrowed: u32,
    /// The pass that is not at its end.
    pub run: Option<Run>,
    /// Rows of the last seconds, as they were delivered: the second and the content.
    pub seen: BTreeMap<i64, (i64, Fingerprint)>,
}

/// A pass over the rows that have changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub way: Way,
    /// What the clock of the server said when the first page was asked for, at the latest.
    pub began: Option<i64>,
    /// The first second of the window.
    pub from: i64,
    /// The second after the last one of the window, if it has an end.
    pub to: Option<i64>,
    /// The last row of the window that was looked at.
    pub at: ListCursor,
}

impl<T: HasLastModified> Checkpoint<T> {
    /// Before everything: the first pass delivers all records.
    pub fn new() -> Self {
        Checkpoint::of(State::default())
    }

    pub(super) fn of(state: State) -> Self {
        Checkpoint { state, record: PhantomData }
    }

    fn to_json(&self) -> Json {
        let State { settled, narrowed, run, seen } = &self.state;
        let run = run.as_ref().map(|run| {
            let Run { way, began, from, to, at } = run;
            json!({"way": way.word(), "began": began, "from": from, "to": to, "at": at.to_string()})
        });
        let seen: Vec<Json> =
            seen.iter().map(|(id, (second, print))| json!([id, second, format!("{:016x}", print.0)])).collect();
        let resource = T::RESOURCE;
        json!({"v": VERSION, "of": resource, "settled": settled, "narrowed": narrowed, "run": run, "seen": seen})
    }

    fn from_json(json: &Json) -> Option<Self> {
        if json["v"].as_u64() != Some(VERSION) || json["of"] != T::RESOURCE {
            return None;
        }
        let seen = json["seen"].as_array()?.iter().map(seen).collect::<Option<_>>()?;
        let run = if json["run"].is_null() { None } else { Some(run(&json["run"])?) };
        let narrowed = u32::try_from(json["narrowed"].as_u64()?).ok().filter(|times| *times <= NARROWINGS)?;
        Some(Checkpoint::of(State { settled: second(&json["settled"])?, narrowed, run, seen }))
    }
}

/// A second or none.
fn second(json: &Json) -> Option<Option<i64>> {
    if json.is_null() { Some(None) } else { json.as_i64().map(Some) }
}

fn run(json: &Json) -> Option<Run> {
    Some(Run {
        way: Way::of_word(json["way"].as_str()?)?,
        began: second(&json["began"])?,
        from: json["from"].as_i64()?,
        to: second(&json["to"])?,
        at: json["at"].as_str()?.parse().ok()?,
    })
}

fn seen(json: &Json) -> Option<(i64, (i64, Fingerprint))> {
    let print = u64::from_str_radix(json[2].as_str()?, 16).ok()?;
    Some((json[0].as_i64()?, (json[1].as_i64()?, Fingerprint(print))))
}

impl<T: HasLastModified> Default for Checkpoint<T> {
    fn default() -> Self {
        Checkpoint::new()
    }
}

impl<T> Clone for Checkpoint<T> {
    fn clone(&self) -> Self {
        Checkpoint { state: self.state.clone(), record: PhantomData }
    }
}

impl<T> PartialEq for Checkpoint<T> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl<T> fmt::Debug for Checkpoint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { settled, narrowed, run, seen } = &self.state;
        f.debug_struct("Checkpoint")
            .field("settled", settled)
            .field("narrowed", narrowed)
            .field("run", run)
            .field("seen", &seen.len())
            .finish()
    }
}

impl<T: HasLastModified> fmt::Display for Checkpoint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

/// A text that is not a checkpoint, or one of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseCheckpointError {
    resource: &'static str,
}

impl fmt::Display for ParseCheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is not a checkpoint of {}", self.resource)
    }
}

impl std::error::Error for ParseCheckpointError {}

impl<T: HasLastModified> FromStr for Checkpoint<T> {
    type Err = ParseCheckpointError;

    fn from_str(text: &str) -> Result<Self, ParseCheckpointError> {
        let json: Option<Json> = serde_json::from_str(text).ok();
        json.as_ref().and_then(Checkpoint::from_json).ok_or(ParseCheckpointError { resource: T::RESOURCE })
    }
}

#[cfg(test)]
mod tests {
    use zeyos_generated::zeyos::rest::{Account, Ticket};

    use super::*;

    fn checkpoint() -> Checkpoint<Ticket> {
        let at = "after ID 311".parse().unwrap();
        let run = Run { way: Way::Window, began: Some(1_800_000_000), from: 17, to: None, at };
        let seen = BTreeMap::from([(7, (1_799_999_990, Fingerprint(u64::MAX))), (9, (-1, Fingerprint(0)))]);
        Checkpoint::of(State { settled: Some(i64::MAX), narrowed: 3, run: Some(run), seen })
    }

    #[test]
    fn a_checkpoint_outlives_the_program_as_text() {
        for checkpoint in [checkpoint(), Checkpoint::new()] {
            assert_eq!(checkpoint.to_string().parse::<Checkpoint<Ticket>>().unwrap(), checkpoint);
        }
        assert!(!checkpoint().to_string().contains('\n'));
    }

    #[test]
    fn what_is_no_checkpoint_of_these_records_is_none() {
        assert!(checkpoint().to_string().parse::<Checkpoint<Account>>().is_err());
        let json = checkpoint().to_json();
        for (pointer, odd) in [
            ("/v", json!(2)),
            ("/of", json!("pens")),
            ("/settled", json!("x")),
            ("/narrowed", json!(-1)),
            ("/narrowed", json!(NARROWINGS + 1)),
            ("/narrowed", json!(64)),
            ("/run/way", json!("by foot")),
            ("/run/at", json!("after")),
            ("/run/from", json!(null)),
            ("/seen/0/2", json!("xyz")),
            ("/seen", json!(null)),
        ] {
            let mut damaged = json.clone();
            *damaged.pointer_mut(pointer).unwrap() = odd;
            let error = damaged.to_string().parse::<Checkpoint<Ticket>>().unwrap_err();
            assert_eq!(error.to_string(), "the text is not a checkpoint of tickets", "{pointer}");
        }
        assert!("".parse::<Checkpoint<Ticket>>().is_err());
    }
}
