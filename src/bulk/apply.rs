//! Plans carried out and taken back, with a journal of what became of each row.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use zeyos_core::{BoxFuture, Editable, Error, Fields, Id, Json, Stored, Validation, stored};

use super::ordered::{Ordered, Rows};
use super::plan::{ParsePlanError, Plan, PlannedRow};
use super::resolve::{changed, gone, is_certain};
use super::{CONCURRENCY, SETTLE_TIME};
use crate::Client;
use crate::edit::members;

impl Client {
    /// Carries a plan out: each row is sent with the entity tag that it had when it was looked at, and the run stops at the first
    /// that someone has changed since. What became of a row is an entry of the journal; keep each before asking for the next one.
    ///
    /// A run that was broken off is [resumed](Apply::resume) with its journal. A row that was sent and has no entry is looked at:
    /// where it has the new values already, it is applied.
    pub fn apply<T: Editable>(&self, plan: Plan<T>) -> Apply<T> {
        let steps = plan.rows.into_iter().map(|row| Step { row, is_known: true }).collect();
        Apply::new(self, steps, ApplyOptions { stops: true, validation: None })
    }

    /// Gives the rows of a journal the values that they had before: those that were applied and, where no one could say, those that
    /// turn out to be. A row that was changed since is left alone, and the others go on. A deleted record cannot be made again with
    /// its id; it fails.
    ///
    /// The former values are sent although they may break a rule: they were there.
    pub fn revert<T: Editable>(&self, journal: impl IntoIterator<Item = JournalEntry<T>>) -> Apply<T> {
        let done =
            journal.into_iter().filter(|entry| matches!(entry.state, JournalState::Applied | JournalState::Unknown(_)));
        let steps = done.map(|JournalEntry { row, state, etag, .. }| {
            let PlannedRow { id, old, new, .. } = row;
            let (old, new) = match new {
                Some(new) => (new, Some(old)),
                None => (old, None),
            };
            // Without an entity tag there is nothing to hold the record against: it is looked at first.
            let is_known = state == JournalState::Applied && etag.as_ref().is_some_and(|etag| !etag.is_empty());
            let row = PlannedRow { id, etag: etag.unwrap_or_default(), old, new };
            Step { row, is_known }
        });
        let steps = steps.collect();
        let mut apply = Apply::new(self, steps, ApplyOptions { stops: false, validation: Some(Validation::Off) });
        apply.is_back = true;
        apply
    }
}

/// A plan to be carried out by [`run`](Apply::run): see [`Client::apply`] and [`Client::revert`].
#[must_use = "nothing is sent unless it is run"]
pub struct Apply<T> {
    client: Client,
    steps: Vec<Step>,
    options: ApplyOptions,
    concurrency: usize,
    settle_time: Duration,
    is_back: bool,
    record: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone)]
struct Step {
    row: PlannedRow,
    /// Whether the entity tag is that of the old values for sure.
    is_known: bool,
}

#[derive(Debug, Clone, Copy)]
struct ApplyOptions {
    stops: bool,
    validation: Option<Validation>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalState {
    /// It has the new values.
    Applied,
    /// Someone has changed it since; it was left alone.
    Changed,
    /// It was certainly not carried out, for this reason.
    Failed(String),
    /// It may have been carried out or not; this was the failure.
    Unknown(String),
}

/// A row of a plan and what became of it, to be kept.
///
/// As text (`Display`, `FromStr`) it is JSON of one line. It holds values of the record.
pub struct JournalEntry<T> {
    row: PlannedRow,
    state: JournalState,
    /// The entity tag after it.
    etag: Option<String>,
    record: PhantomData<fn() -> T>,
}

/// What becomes of the rows of a plan, in their order.
#[must_use = "nothing is sent unless the entries are asked for"]
pub struct Journal<T>(Ordered<Option<JournalEntry<T>>>);

impl<T: Editable> Apply<T> {
    fn new(client: &Client, steps: Vec<Step>, options: ApplyOptions) -> Self {
        let (client, concurrency, settle_time) = (client.clone(), CONCURRENCY, SETTLE_TIME);
        Apply { client, steps, options, concurrency, settle_time, is_back: false, record: PhantomData }
    }

    /// Goes on with what the journal of an earlier run does not call applied.
    pub fn resume<'a>(mut self, journal: impl IntoIterator<Item = &'a JournalEntry<T>>) -> Self
    where
        T: 'a,
    {
        let applied = journal.into_iter().filter(|entry| entry.is_applied()).map(|entry| entry.row.id);
        let applied: BTreeSet<i64> = applied.collect();
        self.steps.retain(|step| !applied.contains(&step.row.id));
        self
    }

    /// Leaves rows alone that someone has changed since, and goes on with the others.
    pub fn skip_changed(mut self) -> Self {
        self.options.stops = false;
        self
    }

    /// How many rows are under way at once, from 1 on; 8 unless this says otherwise.
    pub fn concurrency(mut self, rows: usize) -> Self {
        self.concurrency = rows;
        self
    }

    /// For how long a lost answer is looked into, instead of [`SETTLE_TIME`].
    pub fn settle_time(mut self, time: Duration) -> Self {
        self.settle_time = time;
        self
    }

    /// What becomes of the rows.
    pub fn run(self) -> Journal<T> {
        let Apply { client, steps, options, concurrency, settle_time, is_back, .. } = self;
        let has_stopped = Arc::new(AtomicBool::new(false));
        Journal(Ordered::new(Rows::of(steps), concurrency, move |step: Step| -> BoxFuture<Option<JournalEntry<T>>> {
            let (client, has_stopped) = (client.clone(), Arc::clone(&has_stopped));
            Box::pin(async move {
                if has_stopped.load(Ordering::Relaxed) {
                    return None;
                }
                let turn = Turn::<T> { client, options, settle_time, is_back, record: PhantomData };
                let entry = turn.entry(step).await;
                if options.stops && entry.state == JournalState::Changed {
                    has_stopped.store(true, Ordering::Relaxed);
                }
                Some(entry)
            })
        }))
    }
}

impl<T> Journal<T> {
    /// What became of the next row; `None` after the last one that was sent.
    pub async fn next(&mut self) -> Option<JournalEntry<T>> {
        loop {
            // Rows after the one at which the run has stopped have no entry.
            if let Some(entry) = self.0.next().await? {
                return Some(entry);
            }
        }
    }
}

/// How a row is carried out.
struct Turn<T> {
    client: Client,
    options: ApplyOptions,
    settle_time: Duration,
    is_back: bool,
    record: PhantomData<fn() -> T>,
}

impl<T: Editable> Turn<T> {
    async fn entry(self, mut step: Step) -> JournalEntry<T> {
        let id = Id::new(step.row.id);
        let (state, etag) = match &step.row.new {
            None if self.is_back => {
                (JournalState::Failed("a deleted record cannot be made again with its id".to_owned()), None)
            }
            None => self.delete(id, &step.row.etag).await,
            Some(new) => {
                let fields = Fields::from(new.clone());
                let known = if step.is_known { Ok(None) } else { self.looked_at(id, &step.row, &fields).await };
                match known {
                    Ok(Some(End::Over(state, etag))) => (state, etag),
                    Ok(Some(End::At(etag))) => {
                        step.row.etag = etag;
                        self.update(id, &step.row.etag, fields).await
                    }
                    Ok(None) => self.update(id, &step.row.etag, fields).await,
                    Err(error) => (JournalState::Unknown(error.to_string()), None),
                }
            }
        };
        JournalEntry { row: step.row, state, etag, record: PhantomData }
    }

    /// Finds out what was unknown before.
    async fn looked_at(&self, id: Id<T>, row: &PlannedRow, new: &Fields) -> Result<Option<End>, Error> {
        let version = T::get(&self.client, id).versioned().await?.into_inner();
        let record = members(&version.value)?;
        Ok(Some(if new.are_in(&record) {
            End::Over(JournalState::Applied, Some(version.etag))
        } else if Fields::from(row.old.clone()).are_in(&record) {
            End::At(version.etag)
        } else {
            End::Over(JournalState::Changed, None)
        }))
    }

    async fn update(&self, id: Id<T>, etag: &str, fields: Fields) -> (JournalState, Option<String>) {
        let mut call = stored::update::<T>(&self.client, id, fields.clone()).if_match(etag);
        if let Some(validation) = self.options.validation {
            call = call.validation(validation);
        }
        let error = match call.versioned().await {
            Ok(version) => return (JournalState::Applied, Some(version.into_inner().etag)),
            Err(error) => error,
        };
        let time = if error.is_precondition_failed() { Duration::ZERO } else { self.settle_time };
        if is_certain(&error) && !error.is_precondition_failed() {
            return (failed(&error), None);
        }
        // The one who has changed it may be an earlier run, or a request whose answer was lost.
        match changed(&self.client, time, id, &fields).await {
            Ok(Some(version)) => (JournalState::Applied, Some(version.etag)),
            Ok(None) if error.is_precondition_failed() && !error.may_already_be_applied() => {
                (JournalState::Changed, None)
            }
            _ => (JournalState::Unknown(error.to_string()), None),
        }
    }

    async fn delete(&self, id: Id<T>, etag: &str) -> (JournalState, Option<String>) {
        let error = match T::delete(&self.client, id).if_match(etag).await {
            Ok(_) => return (JournalState::Applied, None),
            Err(error) => error,
        };
        let state = match () {
            // An earlier run has deleted it, or someone else: it is gone as was asked for.
            () if error.is_not_found() => JournalState::Applied,
            () if is_certain(&error) && error.is_precondition_failed() => JournalState::Changed,
            () if is_certain(&error) => failed(&error),
            () => match gone(&self.client, self.settle_time, id).await {
                Ok(true) => JournalState::Applied,
                _ => JournalState::Unknown(error.to_string()),
            },
        };
        (state, None)
    }
}

/// What is known of a row of unknown outcome.
enum End {
    Over(JournalState, Option<String>),
    /// It has the old values, with this entity tag.
    At(String),
}

fn failed(error: &Error) -> JournalState {
    JournalState::Failed(error.to_string())
}

impl<T> JournalEntry<T> {
    /// The row that was to be written.
    pub fn row(&self) -> &PlannedRow {
        &self.row
    }

    /// What became of it.
    pub fn state(&self) -> &JournalState {
        &self.state
    }

    /// Whether it has the new values.
    pub fn is_applied(&self) -> bool {
        self.state == JournalState::Applied
    }
}

impl JournalState {
    fn words(&self) -> (&'static str, Option<&str>) {
        match self {
            JournalState::Applied => ("applied", None),
            JournalState::Changed => ("changed", None),
            JournalState::Failed(reason) => ("failed", Some(reason)),
            JournalState::Unknown(reason) => ("unknown", Some(reason)),
        }
    }

    fn of_words(word: &str, reason: Option<&str>) -> Option<Self> {
        match (word, reason) {
            ("applied", None) => Some(JournalState::Applied),
            ("changed", None) => Some(JournalState::Changed),
            ("failed", Some(reason)) => Some(JournalState::Failed(reason.to_owned())),
            ("unknown", Some(reason)) => Some(JournalState::Unknown(reason.to_owned())),
            _ => None,
        }
    }
}

impl<T> Clone for JournalEntry<T> {
    fn clone(&self) -> Self {
        let JournalEntry { row, state, etag, .. } = self;
        JournalEntry { row: row.clone(), state: state.clone(), etag: etag.clone(), record: PhantomData }
    }
}

/// Without values.
impl<T> fmt::Debug for JournalEntry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JournalEntry")
            .field("row", &self.row)
            .field("state", &self.state.words().0)
            .finish_non_exhaustive()
    }
}

impl<T: Stored> fmt::Display for JournalEntry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, reason) = self.state.words();
        let row = self.row.to_json();
        json!({"of": T::RESOURCE, "row": row, "state": word, "reason": reason, "etag": self.etag}).fmt(f)
    }
}

impl<T: Stored> FromStr for JournalEntry<T> {
    type Err = ParsePlanError;

    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let read = || {
            let json: Json = serde_json::from_str(text).ok()?;
            let row = PlannedRow::from_json(&json["row"]).filter(|_| json["of"] == T::RESOURCE)?;
            let state = JournalState::of_words(json["state"].as_str()?, json["reason"].as_str())?;
            Some(JournalEntry { row, state, etag: json["etag"].as_str().map(str::to_owned), record: PhantomData })
        };
        read().ok_or(ParsePlanError { resource: T::RESOURCE })
    }
}

/// Without values.
impl<T> fmt::Debug for Apply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apply").field("rows", &self.steps.len()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Journal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}
