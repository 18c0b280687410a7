//! Updates and deletes of all records that a query means.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeyos_core::{BoxFuture, Editable, Error, Fields, Id, MaybeSend, MaybeSync, Query};

use super::guard::{Allowed, again, current, guarded};
use super::ordered::Ordered;
use super::plan::{Plan, PlannedRow};
use super::resolve::{changed, gone, is_certain, resolved};
use super::{CONCURRENCY, Outcome, Outcomes, RowOutcome, SETTLE_TIME};
use crate::edit::{members, updated};
use crate::{Client, Edited};

/// How often a change is applied to a record that others change too.
const ATTEMPTS: u32 = 5;

impl Client {
    /// Changes all records that a query means by a function of what each is: it is fetched with its entity tag, what it does not
    /// have already is sent with `If-Match`, and where someone else was faster it is asked for anew whether it still meets the
    /// query.
    ///
    /// The rows are held against the query ([`Query::verified`]), since a server that does not heed a filter would write all
    /// records. A query with a condition that cannot be judged needs [`unverified`](UpdateWhere::unverified), one that is true for
    /// every row [`all_rows`](UpdateWhere::all_rows), and one whose only condition is a test for null is refused. A limit of the
    /// query holds for all rows together; an order is refused.
    pub fn update_where<T, F>(&self, query: Query<T>, change: F) -> UpdateWhere<T, F>
    where
        T: Editable,
        F: Fn(&T) -> T::Patch + MaybeSend + MaybeSync + 'static,
    {
        UpdateWhere { rows: Selection::new(self, query), change: Arc::new(change) }
    }

    /// Deletes all records that a query means, each with the entity tag of what was held against it. The query must be as for
    /// [`update_where`](Client::update_where).
    pub fn delete_where<T: Editable>(&self, query: Query<T>) -> DeleteWhere<T> {
        DeleteWhere { rows: Selection::new(self, query) }
    }
}

/// The records of a query, and how they are gone through.
struct Selection<T> {
    client: Client,
    query: Query<T>,
    allowed: Allowed,
    concurrency: usize,
    settle_time: Duration,
}

impl<T: Editable> Selection<T> {
    fn new(client: &Client, query: Query<T>) -> Self {
        let (concurrency, settle_time) = (CONCURRENCY, SETTLE_TIME);
        Selection { client: client.clone(), query, allowed: Allowed::default(), concurrency, settle_time }
    }

    /// What `work` makes of each row; `broken` of a list that cannot be had.
    fn each<R: 'static>(
        self,
        mut work: impl FnMut(u64, Turn<T>) -> BoxFuture<R> + MaybeSend + Unpin + 'static,
        mut broken: impl FnMut(u64, Error) -> BoxFuture<R> + MaybeSend + Unpin + 'static,
    ) -> Ordered<R> {
        let Selection { client, query, allowed, concurrency, settle_time } = self;
        let (query, rows) = match guarded(query.clone(), allowed) {
            Ok(query) => (query.clone(), T::list(&client, query)),
            Err(error) => (query.clone(), T::list(&client, query).invalid(error.to_string())),
        };
        let mut count = 0;
        Ordered::new(rows.stream(), concurrency, move |row: Result<T, Error>| {
            let index = count;
            count += 1;
            match row {
                Ok(listed) => work(index, Turn { client: client.clone(), query: query.clone(), listed, settle_time }),
                Err(error) => broken(index, error),
            }
        })
    }
}

/// A record whose turn it is.
struct Turn<T> {
    client: Client,
    query: Query<T>,
    listed: T,
    settle_time: Duration,
}

macro_rules! chosen_rows {
    () => {
        /// Takes conditions that cannot be judged here, such as patterns: the server alone says which rows meet them.
        pub fn unverified(mut self) -> Self {
            self.rows.allowed.unverified = true;
            self
        }

        /// Takes a query that is true for every row, and patterns that every text meets.
        pub fn all_rows(mut self) -> Self {
            self.rows.allowed.all_rows = true;
            self
        }

        /// How many rows are under way at once, from 1 on; 8 unless this says otherwise.
        pub fn concurrency(mut self, rows: usize) -> Self {
            self.rows.concurrency = rows;
            self
        }

        /// For how long a lost answer is looked into, instead of [`SETTLE_TIME`].
        pub fn settle_time(mut self, time: Duration) -> Self {
            self.rows.settle_time = time;
            self
        }
    };
}

/// Updates to be carried out by [`run`](UpdateWhere::run), or to be looked at by [`plan`](UpdateWhere::plan) before: see
/// [`Client::update_where`].
#[must_use = "nothing is sent unless it is run"]
pub struct UpdateWhere<T, F> {
    rows: Selection<T>,
    change: Arc<F>,
}

/// Deletes to be carried out by [`run`](DeleteWhere::run), or to be looked at by [`plan`](DeleteWhere::plan) before: see
/// [`Client::delete_where`].
#[must_use = "nothing is sent unless it is run"]
pub struct DeleteWhere<T> {
    rows: Selection<T>,
}

impl<T, F> UpdateWhere<T, F>
where
    T: Editable,
    F: Fn(&T) -> T::Patch + MaybeSend + MaybeSync + 'static,
{
    chosen_rows!();

    /// What becomes of the rows.
    pub fn run(self) -> Outcomes<T, Edited<T>> {
        let change = self.change;
        let work = move |index, turn: Turn<T>| -> BoxFuture<RowOutcome<T, Edited<T>>> {
            let (change, id) = (Arc::clone(&change), turn.listed.id());
            Box::pin(async move { RowOutcome { index, id: Some(id), outcome: turn.update(&*change).await } })
        };
        Outcomes(self.rows.each(work, broken_off))
    }

    /// Looks what would be sent, without sending it: the rows that would change, each with the values that it has and those that it
    /// would have. It is held in memory.
    ///
    /// # Errors
    /// When the rows cannot be had, or something would be sent whose previous value is unknown: custom fields, tags and secrets.
    pub async fn plan(self) -> Result<Plan<T>, Error> {
        let change = self.change;
        let work = move |_, turn: Turn<T>| -> BoxFuture<Planned> {
            let change = Arc::clone(&change);
            Box::pin(async move { turn.planned(Some(&*change)).await })
        };
        planned(self.rows.each(work, |_, error| Box::pin(std::future::ready(Err(error))))).await
    }
}

impl<T: Editable> DeleteWhere<T> {
    chosen_rows!();

    /// What becomes of the rows.
    pub fn run(self) -> Outcomes<T, ()> {
        let work = |index, turn: Turn<T>| -> BoxFuture<RowOutcome<T, ()>> {
            let id = turn.listed.id();
            Box::pin(async move { RowOutcome { index, id: Some(id), outcome: turn.delete().await } })
        };
        Outcomes(self.rows.each(work, broken_off))
    }

    /// Looks what would be deleted, without deleting it: each record with all of its values. It is held in memory.
    ///
    /// # Errors
    /// When the rows cannot be had.
    pub async fn plan(self) -> Result<Plan<T>, Error> {
        let work = |_, turn: Turn<T>| -> BoxFuture<Planned> {
            Box::pin(async move { turn.planned::<fn(&T) -> T::Patch>(None).await })
        };
        planned(self.rows.each(work, |_, error| Box::pin(std::future::ready(Err(error))))).await
    }
}

fn broken_off<T: 'static, R: MaybeSend + 'static>(index: u64, error: Error) -> BoxFuture<RowOutcome<T, R>> {
    Box::pin(std::future::ready(RowOutcome { index, id: None, outcome: Outcome::BrokenOff(error) }))
}

/// A row of a plan, or none where there is nothing to do.
type Planned = Result<Option<PlannedRow>, Error>;

async fn planned<T: Editable>(mut rows: Ordered<Planned>) -> Result<Plan<T>, Error> {
    let mut plan = Vec::new();
    while let Some(row) = rows.next().await {
        plan.extend(row?);
    }
    Ok(Plan::of(plan))
}

impl<T: Editable> Turn<T> {
    async fn update<F: Fn(&T) -> T::Patch>(self, change: &F) -> Outcome<Edited<T>> {
        self.tried_update(change).await.unwrap_or_else(Outcome::Failed)
    }

    async fn tried_update<F: Fn(&T) -> T::Patch>(self, change: &F) -> Result<Outcome<Edited<T>>, Error> {
        let Turn { client, query, mut listed, settle_time } = self;
        let id = listed.id();
        for attempt in 1.. {
            let Some(version) = current(&client, &query, listed).await? else { return Ok(Outcome::Skipped) };
            let mut fields: Fields = change(&version.value).into();
            fields.retain_changes(&members(&version.value)?);
            if fields.is_empty() {
                return Ok(Outcome::Done(Edited::of(version, false)));
            }
            let error = match updated(&client, id, fields.clone(), &version.etag).await {
                Ok(version) => return Ok(Outcome::Done(Edited::of(version, true))),
                Err(error) => error,
            };
            if !is_certain(&error) {
                let found = changed(&client, settle_time, id, &fields).await;
                return Ok(resolved(found.map(|found| found.map(|version| Edited::of(version, true))), error));
            }
            if !error.is_precondition_failed() || attempt == ATTEMPTS {
                return Err(error);
            }
            match again(&client, &query, id).await? {
                Some(row) => listed = row,
                None => break,
            }
        }
        Ok(Outcome::Skipped)
    }

    async fn delete(self) -> Outcome<()> {
        self.tried_delete().await.unwrap_or_else(Outcome::Failed)
    }

    async fn tried_delete(self) -> Result<Outcome<()>, Error> {
        let Turn { client, query, mut listed, settle_time } = self;
        let id: Id<T> = listed.id();
        for attempt in 1.. {
            let Some(version) = current(&client, &query, listed).await? else { return Ok(Outcome::Skipped) };
            let error = match T::delete(&client, id).if_match(&version.etag).await {
                Ok(_) => return Ok(Outcome::Done(())),
                Err(error) => error,
            };
            if !is_certain(&error) {
                let found = gone(&client, settle_time, id).await;
                return Ok(resolved(found.map(|is_gone| is_gone.then_some(())), error));
            }
            if !error.is_precondition_failed() || attempt == ATTEMPTS {
                return Err(error);
            }
            match again(&client, &query, id).await? {
                Some(row) => listed = row,
                None => break,
            }
        }
        Ok(Outcome::Skipped)
    }

    /// What would be sent; of a delete without a change.
    async fn planned<F: Fn(&T) -> T::Patch>(self, change: Option<&F>) -> Planned {
        let id = self.listed.id().get();
        let Some(version) = current(&self.client, &self.query, self.listed).await? else { return Ok(None) };
        let record = members(&version.value)?;
        let Some(change) = change else {
            return Ok(Some(PlannedRow { id, etag: version.etag, old: record, new: None }));
        };
        let mut fields: Fields = change(&version.value).into();
        fields.retain_changes(&record);
        if fields.is_empty() {
            return Ok(None);
        }
        let unknown = fields.names().find(|name| !record.contains_key(*name) || matches!(*name, "extdata" | "tags"));
        if let Some(name) = unknown {
            return Err(Error::request(format!("no plan can be made: the former value of `{name}` is not known")));
        }
        let new = fields.plain().ok_or_else(|| Error::request("no plan can be made: a plan holds no secrets"))?;
        let old = new.keys().filter_map(|name| Some((name.clone(), record.get(name)?.clone()))).collect();
        Ok(Some(PlannedRow { id, etag: version.etag, old, new: Some(new) }))
    }
}

/// Without what is looked for.
impl<T, F> fmt::Debug for UpdateWhere<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateWhere").field("query", &self.rows.query).finish_non_exhaustive()
    }
}

/// Without what is looked for.
impl<T> fmt::Debug for DeleteWhere<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteWhere").field("query", &self.rows.query).finish_non_exhaustive()
    }
}
