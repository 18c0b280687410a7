//! What of a copy is gone on the server, is missing, or is not as it was written last.

use std::fmt;
use std::iter::Peekable;
use std::vec;

use zeyos_core::query::JsonRow;
use zeyos_core::{Error, HasLastModified, Id, PageStream, Query, Timestamp};

use super::changes::number;
use crate::Client;

/// Rows of a page: they are two numbers each.
const PAGE: u32 = 10_000;

/// How a record of the server and of a copy differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Difference<T> {
    /// The copy has it and the server has not: it was deleted, or is not visible any more.
    Gone(Id<T>),
    /// The server has it and the copy has not.
    New(Id<T>),
    /// Both have it, with another `lastmodified`.
    Stale(Id<T>),
}

/// All differences, each in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differences<T> {
    /// What the copy has and the server has not.
    pub gone: Vec<Id<T>>,
    /// What the server has and the copy has not.
    pub new: Vec<Id<T>>,
    /// What both have, with another `lastmodified`.
    pub stale: Vec<Id<T>>,
}

impl<T> Differences<T> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.new.is_empty() && self.stale.is_empty()
    }
}

impl Client {
    /// Walks all records of a resource by `ID`, two numbers each, and tells how a copy differs. The copy is told by the ids and
    /// times of its records in ascending order of ids, as a database gives them (`ORDER BY`); neither side is held in memory.
    ///
    /// The copy must be as it was before this call: a snapshot (one statement of a database is). A record that is copied while it
    /// walks, at a place that it has passed, would be told as gone, or not at all.
    ///
    /// Records that are written while it walks may be told as new or stale. Fetching those once more does no harm.
    pub fn reconcile<T, I>(&self, mine: I) -> Reconcile<T, I::IntoIter>
    where
        T: HasLastModified,
        I: IntoIterator<Item = (Id<T>, Timestamp)>,
    {
        let keys = Query::<T>::new().select_paths(["ID", "lastmodified"]);
        Reconcile {
            pages: T::list(self, keys).pages().page_size(PAGE),
            theirs: Vec::new().into_iter().peekable(),
            mine: mine.into_iter().peekable(),
            last: None,
            is_over: false,
        }
    }
}

/// The differences of a copy, one after the other, in the order of ids: see [`Client::reconcile`].
#[must_use = "nothing is sent unless the next difference is asked for"]
pub struct Reconcile<T, I: Iterator<Item = (Id<T>, Timestamp)>> {
    pages: PageStream<JsonRow>,
    theirs: Peekable<vec::IntoIter<(i64, i64)>>,
    mine: Peekable<I>,
    last: Option<i64>,
    /// The server has no more records.
    is_over: bool,
}

impl<T: HasLastModified, I: Iterator<Item = (Id<T>, Timestamp)>> Reconcile<T, I> {
    /// How many records one request asks for, from 1 to 10000; 10000 unless this says otherwise.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.pages = self.pages.page_size(rows);
        self
    }

    /// The next difference; `None` at the end.
    ///
    /// # Errors
    /// When a page cannot be had or read, or the copy is not in the order of ids. Nothing more comes then.
    pub async fn next(&mut self) -> Option<Result<Difference<T>, Error>> {
        loop {
            if let Err(error) = self.filled().await {
                return Some(Err(error));
            }
            let mine = self.mine.peek().map(|(id, second)| (id.get(), second.as_unix()));
            let difference = match (self.theirs.peek().copied(), mine) {
                (None, None) => return None,
                (Some(theirs), Some(mine)) if theirs == mine => None,
                (Some((their, _)), Some((own, _))) if their == own => Some(Difference::Stale(Id::new(own))),
                (Some((their, _)), Some((own, _))) if their > own => Some(Difference::Gone(Id::new(own))),
                (None, Some((own, _))) => Some(Difference::Gone(Id::new(own))),
                (Some((their, _)), _) => Some(Difference::New(Id::new(their))),
            };
            if !matches!(difference, Some(Difference::Gone(_))) {
                self.theirs.next();
            }
            if !matches!(difference, Some(Difference::New(_))) && self.passed().is_none() {
                self.ends();
                return Some(Err(Error::request("reconcile: the copy is not in ascending order of its ids")));
            }
            if let Some(difference) = difference {
                return Some(Ok(difference));
            }
        }
    }

    /// All differences. They are held in memory.
    ///
    /// # Errors
    /// The first error of [`next`](Reconcile::next).
    pub async fn collect(mut self) -> Result<Differences<T>, Error> {
        let mut all = Differences { gone: Vec::new(), new: Vec::new(), stale: Vec::new() };
        while let Some(difference) = self.next().await {
            match difference? {
                Difference::Gone(id) => all.gone.push(id),
                Difference::New(id) => all.new.push(id),
                Difference::Stale(id) => all.stale.push(id),
            }
        }
        Ok(all)
    }

    /// Goes past a record of the copy; nothing where it does not follow the one before.
    fn passed(&mut self) -> Option<()> {
        let (id, _) = self.mine.next()?;
        let follows = self.last.is_none_or(|last| id.get() > last);
        self.last = Some(id.get());
        follows.then_some(())
    }

    /// Ends it after an error: nothing may be called gone or new by what was passed over.
    fn ends(&mut self) {
        while self.mine.next().is_some() {}
        (self.theirs, self.is_over) = (Vec::new().into_iter().peekable(), true);
    }

    /// Sees to it that the next record of the server is there, if there is one.
    async fn filled(&mut self) -> Result<(), Error> {
        while self.theirs.peek().is_none() && !self.is_over {
            match self.pages.next().await.transpose() {
                Ok(Some(keys)) => {
                    self.theirs = keys.iter().map(number).collect::<Result<Vec<_>, _>>()?.into_iter().peekable();
                }
                Ok(None) => self.is_over = true,
                Err(error) => {
                    self.ends();
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

/// Without the copy.
impl<T, I: Iterator<Item = (Id<T>, Timestamp)>> fmt::Debug for Reconcile<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reconcile").field("last", &self.last).finish_non_exhaustive()
    }
}
