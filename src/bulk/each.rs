//! Updates and deletes of records that the caller names.

use std::fmt;
use std::time::Duration;

use futures_core::Stream;
use zeyos_core::{Editable, Fields, Id, MaybeSend, stored};

use super::ordered::{Ordered, Rows};
use super::resolve::{changed, gone, is_certain, resolved};
use super::{CONCURRENCY, Outcome, Outcomes, RowOutcome, SETTLE_TIME};
use crate::Client;

impl Client {
    /// Changes many records, with a result for each: see [`bulk`](crate::bulk). What is sent holds whatever others have changed
    /// meanwhile; to change records by what they are now use [`update_where`](Client::update_where).
    ///
    /// An update whose answer is lost is done once the record has all that was sent.
    pub fn update_many<T: Editable, I>(&self, rows: I) -> UpdateMany<Rows<I::IntoIter>>
    where
        I: IntoIterator<Item = (Id<T>, T::Patch)>,
    {
        self.update_many_of(Rows::of(rows))
    }

    /// The same for a stream of rows.
    pub fn update_many_of<T: Editable, S: Stream<Item = (Id<T>, T::Patch)>>(&self, rows: S) -> UpdateMany<S> {
        UpdateMany { client: self.clone(), rows, concurrency: CONCURRENCY, settle_time: SETTLE_TIME }
    }

    /// Deletes many records, with a result for each: see [`bulk`](crate::bulk). One that is not there fails with 404.
    ///
    /// A delete whose answer is lost is done once the record is gone.
    pub fn delete_many<T: Editable, I>(&self, ids: I) -> DeleteMany<Rows<I::IntoIter>>
    where
        I: IntoIterator<Item = Id<T>>,
    {
        self.delete_many_of(Rows::of(ids))
    }

    /// The same for a stream of ids.
    pub fn delete_many_of<T: Editable, S: Stream<Item = Id<T>>>(&self, ids: S) -> DeleteMany<S> {
        DeleteMany { client: self.clone(), rows: ids, concurrency: CONCURRENCY, settle_time: SETTLE_TIME }
    }
}

macro_rules! named_rows {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[must_use = "nothing is sent unless it is run"]
        pub struct $name<S> {
            client: Client,
            rows: S,
            concurrency: usize,
            settle_time: Duration,
        }

        impl<S> $name<S> {
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
        }

        /// Without the rows.
        impl<S> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("concurrency", &self.concurrency).finish_non_exhaustive()
            }
        }
    };
}

named_rows! {
    /// Updates to be carried out by [`run`](UpdateMany::run): see [`Client::update_many`].
    UpdateMany
}

named_rows! {
    /// Deletes to be carried out by [`run`](DeleteMany::run): see [`Client::delete_many`].
    DeleteMany
}

impl<S> UpdateMany<S> {
    /// What becomes of the rows.
    pub fn run<T>(self) -> Outcomes<T, T>
    where
        T: Editable,
        S: Stream<Item = (Id<T>, T::Patch)> + MaybeSend + 'static,
    {
        let UpdateMany { client, rows, concurrency, settle_time } = self;
        let mut count = 0;
        Outcomes(Ordered::new(rows, concurrency, move |(id, patch): (Id<T>, T::Patch)| {
            let (client, index) = (client.clone(), count);
            count += 1;
            let fields: Fields = patch.into();
            Box::pin(async move {
                let outcome = update(&client, id, fields, settle_time).await;
                RowOutcome { index, id: Some(id), outcome }
            })
        }))
    }
}

impl<S> DeleteMany<S> {
    /// What becomes of the rows.
    pub fn run<T>(self) -> Outcomes<T, ()>
    where
        T: Editable,
        S: Stream<Item = Id<T>> + MaybeSend + 'static,
    {
        let DeleteMany { client, rows, concurrency, settle_time } = self;
        let mut count = 0;
        Outcomes(Ordered::new(rows, concurrency, move |id: Id<T>| {
            let (client, index) = (client.clone(), count);
            count += 1;
            Box::pin(async move {
                let outcome = delete(&client, id, settle_time).await;
                RowOutcome { index, id: Some(id), outcome }
            })
        }))
    }
}

async fn update<T: Editable>(client: &Client, id: Id<T>, fields: Fields, settle_time: Duration) -> Outcome<T> {
    match stored::update::<T>(client, id, fields.clone()).await {
        Ok(record) => Outcome::Done(record.into_inner()),
        Err(error) if is_certain(&error) => Outcome::Failed(error),
        Err(lost) => {
            let found = changed(client, settle_time, id, &fields).await;
            resolved(found.map(|found| found.map(|version| version.value)), lost)
        }
    }
}

async fn delete<T: Editable>(client: &Client, id: Id<T>, settle_time: Duration) -> Outcome<()> {
    match T::delete(client, id).await {
        Ok(_) => Outcome::Done(()),
        Err(error) if is_certain(&error) => Outcome::Failed(error),
        Err(lost) => resolved(gone(client, settle_time, id).await.map(|is_gone| is_gone.then_some(())), lost),
    }
}
