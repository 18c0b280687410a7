//! Creates, with records looked for by a key where an answer was lost.

use std::fmt;
use std::time::Duration;

use futures_core::Stream;
use zeyos_core::{Column, Editable, Error, Fields, MaybeSend, stored};

use super::ordered::{Ordered, Rows};
use super::resolve::{created, is_certain, resolved};
use super::{CONCURRENCY, Outcome, Outcomes, RowOutcome, SETTLE_TIME};
use crate::Client;
use crate::edit::MatchKey;

/// How often a create is sent again that has left no trace.
const RESENDS: u32 = 2;

impl Client {
    /// Creates many records, with a result for each: see [`bulk`](crate::bulk).
    pub fn create_many<T: Editable, I>(&self, rows: I) -> CreateMany<T, Rows<I::IntoIter>>
    where
        I: IntoIterator<Item = T::New>,
    {
        self.create_many_of(Rows::of(rows))
    }

    /// The same for a stream of rows.
    pub fn create_many_of<T: Editable, S: Stream<Item = T::New>>(&self, rows: S) -> CreateMany<T, S> {
        let work = Work { key: None, settle_time: SETTLE_TIME, resends: 0 };
        CreateMany { client: self.clone(), rows, concurrency: CONCURRENCY, work, record: std::marker::PhantomData }
    }
}

/// Creates to be carried out by [`run`](CreateMany::run): see [`Client::create_many`].
#[must_use = "nothing is sent unless it is run"]
pub struct CreateMany<T, S> {
    client: Client,
    rows: S,
    concurrency: usize,
    work: Work,
    record: std::marker::PhantomData<fn() -> T>,
}

#[derive(Clone)]
struct Work {
    key: Option<String>,
    settle_time: Duration,
    resends: u32,
}

impl<T, S> CreateMany<T, S>
where
    T: Editable,
    S: Stream<Item = T::New> + MaybeSend + 'static,
{
    /// How many rows are under way at once, from 1 on; 8 unless this says otherwise.
    pub fn concurrency(mut self, rows: usize) -> Self {
        self.concurrency = rows;
        self
    }

    /// The column by which a record is looked for whose create had no answer. Every row has a value there that no other record has, such as
    /// the number that it has in the caller's own system; a row without one fails before it is sent.
    ///
    /// A record that is found settles it. One that is not is [`Unknown`](Outcome::Unknown), unless the column is unique on the server: then
    /// the create is sent again, since there can be only one.
    pub fn dedupe_by<V, K>(mut self, column: Column<T, V, K>) -> Self {
        let path = column.path();
        if T::WRITES.unique.contains(&path.as_str()) {
            self.work.resends = RESENDS;
        }
        self.work.key = Some(path);
        self
    }

    /// For how long a record is looked for, instead of [`SETTLE_TIME`].
    pub fn settle_time(mut self, time: Duration) -> Self {
        self.work.settle_time = time;
        self
    }

    /// Sends a create again whose record could not be found within the settle time. A create that takes longer than that on the server is
    /// then carried out twice: choose it only where a record too many does less harm than one too few. Without
    /// [`dedupe_by`](CreateMany::dedupe_by) it has no effect.
    pub fn resend_if_absent(mut self) -> Self {
        self.work.resends = RESENDS;
        self
    }

    /// What becomes of the rows.
    pub fn run(self) -> Outcomes<T, T> {
        let CreateMany { client, rows, concurrency, work, .. } = self;
        let mut count = 0;
        Outcomes(Ordered::new(rows, concurrency, move |new: T::New| {
            let (client, work, index) = (client.clone(), work.clone(), count);
            count += 1;
            let fields: Fields = new.into();
            Box::pin(async move {
                let outcome = work.create::<T>(&client, fields).await;
                let id = if let Outcome::Done(record) = &outcome { Some(record.id()) } else { None };
                RowOutcome { index, id, outcome }
            })
        }))
    }
}

impl Work {
    async fn create<T: Editable>(&self, client: &Client, fields: Fields) -> Outcome<T> {
        let key = match self.key.as_deref().map(|column| MatchKey::of::<T>(column, &fields)).transpose() {
            Ok(key) => key,
            Err(error) => return Outcome::Failed(error),
        };
        let mut lost: Option<Error> = None;
        for _ in 0..=self.resends {
            let error = match stored::create::<T>(client, fields.clone()).await {
                Ok(created) => return Outcome::Done(created.into_inner()),
                Err(error) => error,
            };
            if is_certain(&error) && lost.is_none() {
                return Outcome::Failed(error);
            }
            // The refusal of a repeat may be about what the first one has made.
            let lost = lost.insert(error);
            let Some(key) = &key else { return Outcome::Unknown(lost.clone()) };
            match created::<T>(client, self.settle_time, key).await {
                Ok(None) => {}
                found => return resolved(found, lost.clone()),
            }
        }
        lost.map_or_else(|| Outcome::Failed(Error::request("nothing was sent")), Outcome::Unknown)
    }
}

/// Without the rows.
impl<T, S> fmt::Debug for CreateMany<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Work { key, settle_time, .. } = &self.work;
        f.debug_struct("CreateMany").field("dedupe_by", key).field("settle_time", settle_time).finish_non_exhaustive()
    }
}
