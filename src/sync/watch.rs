//! Changes at an interval, and what they cannot show now and then.

use std::fmt;
use std::mem;
use std::time::Duration;

use zeyos_core::{Error, HasLastModified, Id, Query, RowStream, Timestamp};

use super::changes::{ChangePage, Changes};
use super::checkpoint::Checkpoint;
use super::reconcile::{Difference, Reconcile};
use crate::Client;

/// Between two passes, unless set.
const EVERY: Duration = Duration::from_secs(60);

/// Passes between two reconciliations, unless set.
const RECONCILE: u32 = 60;

/// How many rows are fetched at a time that changes have not shown.
const FETCHED: usize = 500;

/// What a watch has to tell.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Watched<T> {
    /// Rows that have changed, and the checkpoint to keep together with them.
    Changed(ChangePage<T>),
    /// Rows that a reconciliation has found missing or stale in the copy, as they are now.
    Found(Vec<T>),
    /// Records of the copy that the server does not have.
    Gone(Vec<Id<T>>),
}

impl Client {
    /// Follows the changes of a resource for as long as it is asked: a pass of [`changes_since`](Client::changes_since) every
    /// minute, and after every sixtieth a [`reconcile`](Client::reconcile) with what `mine` returns about the copy then.
    ///
    /// An error ends the pass and not the watch: ask again, and it goes on after the interval from the last page that was handed over.
    pub fn watch<T, M, I>(&self, checkpoint: Checkpoint<T>, mine: M) -> Watch<T, M, I::IntoIter>
    where
        T: HasLastModified,
        M: FnMut() -> I,
        I: IntoIterator<Item = (Id<T>, Timestamp)>,
    {
        Watch {
            client: self.clone(),
            mine,
            every: EVERY,
            reconcile_every: RECONCILE,
            settings: |changes| changes,
            checkpoint,
            passes: 0,
            pending: None,
            doing: Doing::Begin,
        }
    }
}

/// The changes of a resource without an end: see [`Client::watch`].
#[must_use = "nothing is sent unless it is asked"]
pub struct Watch<T, M, I: Iterator<Item = (Id<T>, Timestamp)>> {
    client: Client,
    mine: M,
    every: Duration,
    reconcile_every: u32,
    settings: fn(Changes<T>) -> Changes<T>,
    checkpoint: Checkpoint<T>,
    passes: u32,
    /// Rows that were found together with records that are gone.
    pending: Option<Watched<T>>,
    doing: Doing<T, I>,
}

enum Doing<T, I: Iterator<Item = (Id<T>, Timestamp)>> {
    Begin,
    Changes(Changes<T>),
    Differences(Comparing<T, I>),
    /// Until then by the clock of the client. A wait that is cancelled does not begin anew.
    Waiting(Duration),
}

/// A reconciliation. What it has found is kept here, so that a call which is cancelled loses nothing.
struct Comparing<T, I: Iterator<Item = (Id<T>, Timestamp)>> {
    differences: Reconcile<T, I>,
    gone: Vec<Id<T>>,
    other: Vec<Id<T>>,
    /// What brings the other ones, and those that it has brought.
    fetching: Option<(Box<RowStream<T>>, Vec<T>)>,
    is_over: bool,
}

impl<T: HasLastModified, I: Iterator<Item = (Id<T>, Timestamp)>> Comparing<T, I> {
    fn new(differences: Reconcile<T, I>) -> Self {
        Comparing { differences, gone: Vec::new(), other: Vec::new(), fetching: None, is_over: false }
    }

    /// The next ones that are gone, and those that are to be taken over as they are now; some at a time.
    async fn next(&mut self, client: &Client) -> Result<(Vec<Id<T>>, Option<Vec<T>>), Error> {
        while !self.is_over && self.fetching.is_none() && self.gone.len() < FETCHED && self.other.len() < FETCHED {
            match self.differences.next().await.transpose()? {
                Some(Difference::Gone(id)) => self.gone.push(id),
                Some(Difference::New(id) | Difference::Stale(id)) => self.other.push(id),
                None => self.is_over = true,
            }
        }
        if !self.other.is_empty() {
            let query = Query::<T>::new().filter(T::ID.one_of(&mem::take(&mut self.other))).verified();
            self.fetching = Some((Box::new(T::stream(client, query)), Vec::new()));
        }
        if let Some((stream, rows)) = &mut self.fetching {
            while let Some(row) = stream.next().await {
                rows.push(row?);
            }
        }
        Ok((mem::take(&mut self.gone), self.fetching.take().map(|(_, rows)| rows)))
    }
}

impl<T, M, I, J> Watch<T, M, I>
where
    T: HasLastModified,
    M: FnMut() -> J,
    J: IntoIterator<Item = (Id<T>, Timestamp), IntoIter = I>,
    I: Iterator<Item = (Id<T>, Timestamp)>,
{
    /// How long to wait between two passes; a minute unless this says otherwise.
    pub fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// After how many passes the copy is reconciled; after 60 unless this says otherwise, and after each where this is 0 or 1.
    pub fn reconcile_every(mut self, passes: u32) -> Self {
        self.reconcile_every = passes.max(1);
        self
    }

    /// What each pass is set to, such as another [overlap](Changes::overlap).
    pub fn settings(mut self, settings: fn(Changes<T>) -> Changes<T>) -> Self {
        self.settings = settings;
        self
    }

    /// What there is to do next for the copy. It waits until there is something. A call that is cancelled loses nothing, neither rows nor
    /// time: the next one goes on where it was.
    ///
    /// # Errors
    /// When a page cannot be had or read. It can be asked again.
    pub async fn next(&mut self) -> Result<Watched<T>, Error> {
        loop {
            if let Some(watched) = self.pending.take() {
                return Ok(watched);
            }
            let told = self.step().await;
            if told.is_err() {
                self.doing = self.waiting();
            }
            if let Some(watched) = told? {
                return Ok(watched);
            }
        }
    }

    async fn step(&mut self) -> Result<Option<Watched<T>>, Error> {
        match &mut self.doing {
            Doing::Waiting(until) => {
                let left = until.saturating_sub(self.client.monotonic());
                self.client.sleep(left).await;
                self.doing = Doing::Begin;
            }
            Doing::Begin => {
                let changes = self.client.changes_since(self.checkpoint.clone());
                self.doing = Doing::Changes((self.settings)(changes));
            }
            Doing::Changes(changes) => match changes.next().await.transpose()? {
                Some(page) => {
                    self.checkpoint = page.checkpoint.clone();
                    return Ok(Some(Watched::Changed(page)));
                }
                None => self.passed(),
            },
            Doing::Differences(_) => return self.difference().await,
        }
        Ok(None)
    }

    /// A pass has ended.
    fn passed(&mut self) {
        self.passes += 1;
        self.doing = if self.passes >= self.reconcile_every {
            self.passes = 0;
            Doing::Differences(Comparing::new(self.client.reconcile((self.mine)())))
        } else {
            self.waiting()
        };
    }

    fn waiting(&self) -> Doing<T, I> {
        Doing::Waiting(self.client.monotonic().saturating_add(self.every))
    }

    /// The next differences of one kind, some at a time.
    async fn difference(&mut self) -> Result<Option<Watched<T>>, Error> {
        let Doing::Differences(all) = &mut self.doing else { return Ok(None) };
        let (gone, found) = all.next(&self.client).await?;
        if all.is_over {
            self.doing = self.waiting();
        }
        let found = found.map(Watched::Found);
        if gone.is_empty() {
            return Ok(found);
        }
        self.pending = found;
        Ok(Some(Watched::Gone(gone)))
    }
}

/// Without the copy.
impl<T, M, I: Iterator<Item = (Id<T>, Timestamp)>> fmt::Debug for Watch<T, M, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("every", &self.every).field("passes", &self.passes).finish_non_exhaustive()
    }
}
