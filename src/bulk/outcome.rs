//! What became of the rows.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use zeyos_core::{Error, Id};

use super::ordered::Ordered;

/// What became of a row.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome<R> {
    /// It is on the server as it was asked for.
    Done(R),
    /// It did not meet the query any more when its turn came; nothing was sent.
    Skipped,
    /// It was certainly not carried out.
    Failed(Error),
    /// It may have been carried out or not, and may still be. It is not sent again.
    Unknown(Error),
    /// The rows that are to be written could not all be listed: the list ends here, and what would have come after it is untouched.
    BrokenOff(Error),
}

impl<R> Outcome<R> {
    /// What there is now, if it is done.
    pub fn done(self) -> Option<R> {
        if let Outcome::Done(record) = self { Some(record) } else { None }
    }
}

/// A row and what became of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RowOutcome<T, R> {
    /// Its place among the rows; the first is 0.
    pub index: u64,
    /// Its id, where there is one.
    pub id: Option<Id<T>>,
    /// What became of it.
    pub outcome: Outcome<R>,
}

/// What becomes of the rows, in their order. Nothing is sent unless it is asked, and what is under way is given up where it is dropped.
#[must_use = "nothing is sent unless the outcomes are asked for"]
pub struct Outcomes<T, R>(pub(super) Ordered<RowOutcome<T, R>>);

impl<T, R> Outcomes<T, R> {
    /// What became of the next row; `None` after the last one.
    pub async fn next(&mut self) -> Option<RowOutcome<T, R>> {
        self.0.next().await
    }

    /// Goes through all rows and keeps only the rows that are not done.
    pub async fn tally(mut self) -> Tally<T, R> {
        let mut tally = Tally { done: 0, others: Vec::new() };
        while let Some(row) = self.next().await {
            match row.outcome {
                Outcome::Done(_) => tally.done += 1,
                _ => tally.others.push(row),
            }
        }
        tally
    }
}

/// How many rows are done, and which are not.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tally<T, R> {
    /// How many rows are on the server as they were asked for.
    pub done: u64,
    /// All others, in their order.
    pub others: Vec<RowOutcome<T, R>>,
}

impl<T, R> Tally<T, R> {
    /// The rows of unknown outcome.
    pub fn unknown(&self) -> impl Iterator<Item = &RowOutcome<T, R>> {
        self.others.iter().filter(|row| matches!(row.outcome, Outcome::Unknown(_)))
    }
}

impl<T, R> Unpin for Outcomes<T, R> {}

impl<T, R> Stream for Outcomes<T, R> {
    type Item = RowOutcome<T, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll(context)
    }
}

impl<T, R> fmt::Debug for Outcomes<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outcomes")
    }
}
