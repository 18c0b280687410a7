//! What has changed since a checkpoint, page by page.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use http::StatusCode;
use zeyos_core::query::{HasExtData, HasTags, JsonRow};
use zeyos_core::{Error, HasLastModified, Id, ListCursor, PageStream, Query, RowStream, Timestamp, server_date};

use super::OVERLAP;
use super::checkpoint::{Checkpoint, Run, State};
use super::fingerprint::Fingerprint;
use crate::Client;

/// Rows of a page, unless set.
const PAGE: u32 = 1000;

/// Rows whose content a checkpoint remembers, unless set.
const REMEMBERED: usize = 10_000;

/// How often a window is halved before rows are walked by `ID` instead.
pub(super) const NARROWINGS: u32 = 4;

/// How the rows of a page were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// All rows by `ID`: there was no checkpoint before.
    Everything,
    /// By a window over `lastmodified`.
    Window,
    /// By a part of that window, since the server was too slow (503) for the whole: the column has no index.
    PartOfWindow,
    /// By `ID` over the whole table, with `lastmodified` compared here, since the server was too slow for any window.
    Walk,
}

impl Way {
    const ALL: [Way; 4] = [Way::Everything, Way::Window, Way::PartOfWindow, Way::Walk];

    pub(super) fn word(self) -> &'static str {
        match self {
            Way::Everything => "everything",
            Way::Window => "window",
            Way::PartOfWindow => "part of window",
            Way::Walk => "walk",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Way::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// Rows that have changed, and how far a copy is that has them.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChangePage<T> {
    /// New rows and rows that are not as they were delivered last. There may be none where only the checkpoint has moved.
    pub rows: Vec<T>,
    /// To be kept together with the rows: the next pass, in this process or another, goes on from here.
    pub checkpoint: Checkpoint<T>,
    /// How these rows were found.
    pub way: Way,
}

/// Without the rows.
impl<T> fmt::Debug for ChangePage<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangePage").field("rows", &self.rows.len()).field("way", &self.way).finish_non_exhaustive()
    }
}

impl Client {
    /// All records that were made or changed since a checkpoint, page by page, as [`sync`](crate::sync) promises. It ends when the copy has
    /// caught up with the server; ask again with the last checkpoint after a while.
    ///
    /// It is not offered for records that do not keep when they were written:
    ///
    /// ```compile_fail,E0277
    /// fn follow<T: zeyos::HasLastModified>() {}
    ///
    /// follow::<zeyos::rest::BinFile>();
    /// ```
    ///
    /// ```
    /// fn follow<T: zeyos::HasLastModified>() {}
    ///
    /// follow::<zeyos::rest::Ticket>();
    /// ```
    pub fn changes_since<T: HasLastModified>(&self, checkpoint: Checkpoint<T>) -> Changes<T> {
        Changes {
            client: self.clone(),
            query: Query::new(),
            overlap: OVERLAP,
            page_size: PAGE,
            remembered: REMEMBERED,
            state: checkpoint.state,
            reading: Reading::Nothing,
            asked: Duration::ZERO,
            trimmed: None,
            is_over: false,
        }
    }
}

/// The records that have changed, page by page: see [`Client::changes_since`].
#[must_use = "nothing is sent unless the next page is asked for"]
pub struct Changes<T> {
    client: Client,
    query: Query<T>,
    overlap: Duration,
    page_size: u32,
    remembered: usize,
    state: State,
    reading: Reading<T>,
    /// When the rows were asked for that are read, by the clock of the client.
    asked: Duration,
    /// The second from which on rows are remembered alone, once there was no room for more.
    trimmed: Option<i64>,
    is_over: bool,
}

enum Reading<T> {
    Nothing,
    Rows(PageStream<T>),
    Walk(Walk<T>),
}

/// All rows by `ID`. What has come is kept here, so that a call which is cancelled loses nothing.
struct Walk<T> {
    /// `ID` and `lastmodified`.
    keys: PageStream<JsonRow>,
    /// What brings the rows of these keys that have changed, and those that it has brought.
    whole: Option<(Box<RowStream<T>>, Vec<T>)>,
}

impl<T: HasLastModified> Walk<T> {
    /// The rows of the next keys that were written in this second or later; `None` at the end.
    async fn next(
        &mut self,
        from: i64,
        fetch: impl FnOnce(&BTreeSet<Id<T>>) -> RowStream<T>,
    ) -> Result<Option<Vec<T>>, Error> {
        if self.whole.is_none() {
            let Some(keys) = self.keys.next().await.transpose()? else { return Ok(None) };
            let ids = written_since(&keys, from)?;
            if ids.is_empty() {
                return Ok(Some(Vec::new()));
            }
            self.whole = Some((Box::new(fetch(&ids)), Vec::new()));
        }
        if let Some((stream, rows)) = &mut self.whole {
            while let Some(row) = stream.next().await {
                rows.push(row?);
            }
        }
        Ok(self.whole.take().map(|(_, rows)| rows))
    }
}

impl<T: HasLastModified> Changes<T> {
    /// For how long a second is not settled, instead of [`OVERLAP`]: longer than any transaction of the server takes, and than its
    /// clock may be put back. Choose it before the first pass and keep it.
    pub fn overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// How many rows one request asks for, from 1 to 10000; 1000 unless this says otherwise.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.page_size = rows;
        self
    }

    /// Of how many rows of the last seconds (twice the overlap) a checkpoint keeps the content, 10000 unless this says
    /// otherwise. Others are delivered again by the next pass.
    pub fn remember(mut self, rows: usize) -> Self {
        self.remembered = rows;
        self
    }

    /// Every record with its custom fields. Whether their change moves `lastmodified` is unknown.
    pub fn extdata(mut self) -> Self
    where
        T: HasExtData,
    {
        self.query = self.query.extdata();
        self
    }

    /// Every record with its tags. Whether their change moves `lastmodified` is unknown.
    pub fn tags(mut self) -> Self
    where
        T: HasTags,
    {
        self.query = self.query.tags();
        self
    }

    /// The next page; `None` when the copy has caught up. A call that is cancelled loses nothing: the next one goes on with the
    /// same request.
    ///
    /// # Errors
    /// When a page cannot be had or read, or answers have no `Date`. Nothing more comes then; go on from the last checkpoint.
    pub async fn next(&mut self) -> Option<Result<ChangePage<T>, Error>> {
        if self.is_over {
            return None;
        }
        let page = self.page().await;
        self.is_over |= page.is_err();
        Some(page)
    }

    async fn page(&mut self) -> Result<ChangePage<T>, Error> {
        loop {
            let run = self.begun();
            match self.read(&run).await {
                Err(error) if is_too_slow(&run, &error) => self.narrow(run, &error)?,
                read => {
                    if let Some(page) = self.took(run, read?)? {
                        return Ok(page);
                    }
                }
            }
        }
    }

    /// The pass that is under way, or the first window of a new one.
    fn begun(&mut self) -> Run {
        let State { settled, run, .. } = &mut self.state;
        let way = if settled.is_some() { Way::Window } else { Way::Everything };
        let from = settled.unwrap_or(i64::MIN);
        run.get_or_insert(Run { way, began: None, from, to: None, at: ListCursor::default() }).clone()
    }

    /// The next rows of the window or the walk, and where it is then.
    async fn read(&mut self, run: &Run) -> Result<Read<T>, Error> {
        if matches!(self.reading, Reading::Nothing) {
            self.asked = self.client.monotonic();
            self.reading = self.asking(run);
        }
        match &mut self.reading {
            Reading::Nothing => Ok(Read { rows: None, place: run.at, date: None }),
            Reading::Rows(pages) => {
                let rows = pages.next().await.transpose()?;
                Ok(Read { rows, place: pages.cursor(), date: pages.first_date() })
            }
            Reading::Walk(walk) => {
                let fetch = |ids: &BTreeSet<Id<T>>| fetching(&self.client, &self.query, self.page_size, ids);
                let rows = walk.next(run.from, fetch).await?;
                Ok(Read { rows, place: walk.keys.cursor(), date: walk.keys.first_date() })
            }
        }
    }

    fn asking(&self, run: &Run) -> Reading<T> {
        if run.way == Way::Walk {
            let keys = Query::<T>::new().select_paths(["ID", "lastmodified"]);
            let keys = T::list(&self.client, keys).pages().page_size(self.page_size).resume(&run.at);
            return Reading::Walk(Walk { keys, whole: None });
        }
        let mut query = self.query.clone();
        if run.way != Way::Everything {
            let from = T::LASTMODIFIED.ge(Timestamp::from_unix(run.from));
            query = query.filter(match run.to {
                Some(to) => from & T::LASTMODIFIED.lt(Timestamp::from_unix(to)),
                None => from,
            });
        }
        let mut call = T::list(&self.client, query);
        if run.way != Way::Everything {
            call = call.may_be_too_slow();
        }
        Reading::Rows(call.pages().page_size(self.page_size).resume(&run.at))
    }

    /// Halves the window, or reads by `ID` after enough halvings.
    fn narrow(&mut self, mut run: Run, error: &Error) -> Result<(), Error> {
        let now = run.began.or_else(|| error.headers().and_then(server_date).map(Timestamp::as_unix));
        let now = now.ok_or_else(undated)?;
        let again = if run.way == Way::PartOfWindow { self.state.narrowed + 1 } else { self.state.narrowed };
        self.state.narrowed = again.max(1);
        run.at = ListCursor::default();
        if self.state.narrowed > NARROWINGS {
            // The next pass tries the smallest windows once more.
            self.state.narrowed = NARROWINGS;
            (run.way, run.to) = (Way::Walk, None);
        } else {
            (run.way, run.to) = (Way::PartOfWindow, Some(run.from.saturating_add(self.width(run.from, now))));
        }
        self.goes_on(run);
        Ok(())
    }

    fn width(&self, from: i64, now: i64) -> i64 {
        (now.saturating_sub(from) >> self.state.narrowed).max(1)
    }

    /// Goes on with the window after one that was read to its end. The last one is open, since rows may be ahead of the clock.
    fn next_window(&mut self, mut run: Run) {
        let from = run.to.unwrap_or(run.from);
        let now = run.began.unwrap_or(from);
        let to = from.saturating_add(self.width(self.state.settled.unwrap_or(from), now));
        (run.from, run.to, run.at) = (from, (to < now).then_some(to), ListCursor::default());
        self.goes_on(run);
    }

    fn goes_on(&mut self, run: Run) {
        self.reading = Reading::Nothing;
        self.state.run = Some(run);
    }

    /// Takes rows; nothing where the window has to be asked for anew, because the clock of the server was put back.
    fn took(&mut self, mut run: Run, read: Read<T>) -> Result<Option<ChangePage<T>>, Error> {
        let overlap = seconds(self.overlap);
        let (began, is_put_back) = match run.began {
            Some(began) => (began, false),
            None => {
                let date = read.date.ok_or_else(undated)?.as_unix();
                // The rows were read before the answer came, at the earliest when they were asked for.
                let elapsed = self.client.monotonic().saturating_sub(self.asked);
                let is_put_back = run.way != Way::Everything && date.saturating_sub(overlap) < run.from;
                (date.saturating_sub(rounded_up(elapsed)), is_put_back)
            }
        };
        let unsettled = began.saturating_sub(overlap);
        if is_put_back {
            (run.from, run.to, run.at) = (unsettled, None, ListCursor::default());
            self.state.settled = Some(unsettled);
            self.goes_on(run);
            return Ok(None);
        }
        // A slow answer does not make unsettled what has been settled.
        let unsettled = unsettled.max(self.state.settled.unwrap_or(i64::MIN));
        (run.began, run.at) = (Some(began), read.place);
        let (way, has_end) = (run.way, run.to.is_some());
        let Some(rows) = read.rows else {
            if has_end {
                self.next_window(run);
                return Ok(None);
            }
            return Ok(Some(self.caught_up(way, unsettled)));
        };
        self.state.run = Some(run);
        let rows = self.unlike(rows, unsettled)?;
        Ok(Some(self.handed(rows, way)))
    }

    /// The rows that are not as they were delivered last.
    fn unlike(&mut self, rows: Vec<T>, unsettled: i64) -> Result<Vec<T>, Error> {
        let mut unlike = Vec::new();
        for row in rows {
            let (id, print) = (row.id().get(), Fingerprint::of(&row)?);
            if self.state.seen.get(&id).is_some_and(|(_, known)| *known == print) {
                continue;
            }
            let second = row.lastmodified().map_or(i64::MAX, Timestamp::as_unix);
            if second >= self.remembered_from(unsettled) && self.has_room(id, second < unsettled, unsettled) {
                self.state.seen.insert(id, (second, print));
            } else {
                self.state.seen.remove(&id);
            }
            unlike.push(row);
        }
        Ok(unlike)
    }

    /// Whether the content of a row can be remembered. Rows of settled seconds make room for the others, once a pass: looking for them
    /// with every row would cost the square of both.
    fn has_room(&mut self, id: i64, is_settled: bool, unsettled: i64) -> bool {
        let seen = &mut self.state.seen;
        if !is_settled && self.trimmed != Some(unsettled) && seen.len() >= self.remembered {
            seen.retain(|_, (second, _)| *second >= unsettled);
            self.trimmed = Some(unsettled);
        }
        let is_closed = is_settled && self.trimmed == Some(unsettled);
        seen.contains_key(&id) || (seen.len() < self.remembered && !is_closed)
    }

    /// The first second of which rows are remembered: a clock that is put back by no more than the overlap makes seconds unsettled that
    /// were settled, and their rows are read once more.
    fn remembered_from(&self, settled: i64) -> i64 {
        settled.saturating_sub(seconds(self.overlap))
    }

    /// The pass is at its end: what it has read is settled except for the overlap.
    fn caught_up(&mut self, way: Way, settled: i64) -> ChangePage<T> {
        if way == Way::Window {
            self.state.narrowed = 0;
        }
        (self.state.settled, self.state.run) = (Some(settled), None);
        let from = self.remembered_from(settled);
        self.state.seen.retain(|_, (second, _)| *second >= from);
        (self.reading, self.is_over) = (Reading::Nothing, true);
        self.handed(Vec::new(), way)
    }

    fn handed(&self, rows: Vec<T>, way: Way) -> ChangePage<T> {
        ChangePage { rows, checkpoint: Checkpoint::of(self.state.clone()), way }
    }
}

/// What came of a request: no rows where the window was at its end.
struct Read<T> {
    rows: Option<Vec<T>>,
    place: ListCursor,
    date: Option<Timestamp>,
}

/// What brings whole rows by their ids. Some may be gone by now.
fn fetching<T: HasLastModified>(
    client: &Client,
    query: &Query<T>,
    page_size: u32,
    ids: &BTreeSet<Id<T>>,
) -> RowStream<T> {
    let query = query.clone().filter(T::ID.one_of(ids)).verified();
    T::stream(client, query).page_size(page_size)
}

/// The ids of rows that were written in this second or later.
fn written_since<T>(keys: &[JsonRow], from: i64) -> Result<BTreeSet<Id<T>>, Error> {
    let mut ids = BTreeSet::new();
    for key in keys {
        let (id, second) = number(key)?;
        if second >= from {
            ids.insert(Id::new(id));
        }
    }
    Ok(ids)
}

/// `ID` and `lastmodified` of a row.
pub(super) fn number(key: &JsonRow) -> Result<(i64, i64), Error> {
    let numbers = key["ID"].as_i64().zip(key["lastmodified"].as_i64());
    numbers
        .ok_or_else(|| Error::request("a row came without the numbers `ID` and `lastmodified`, which were asked for"))
}

/// Whether the answer says that this window takes too long.
fn is_too_slow(run: &Run, error: &Error) -> bool {
    let is_window = matches!(run.way, Way::Window | Way::PartOfWindow);
    is_window && error.is_status(StatusCode::SERVICE_UNAVAILABLE.as_u16())
}

fn undated() -> Error {
    Error::request("changes cannot be followed: the server says no time (the header `Date`) in its answers")
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn rounded_up(duration: Duration) -> i64 {
    seconds(duration).saturating_add(i64::from(duration.subsec_nanos() > 0))
}

/// Without the rows.
impl<T> fmt::Debug for Changes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes")
            .field("overlap", &self.overlap)
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
