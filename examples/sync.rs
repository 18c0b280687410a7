//! Copies three tables into SQLite and keeps them up to date while others write and delete, killed every so many rows; then counts what
//! is missing, doubled and stale. Meanwhile many writes share a second, and every row can be seen a minute
//! after the time that it tells, as after a transaction that took so long.
//!
//! ```console
//! $ cargo run --example sync
//! $ cargo run --release --example sync -- --rows 200000 --kill-every 5000
//! $ cargo run --example sync -- --slow-windows     # every window over `lastmodified` is answered with 503
//! $ cargo run --example sync -- --clock-steps      # the clock of the server is put forward and back
//! ```

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rusqlite::{Connection, OptionalExtension, params};
use zeyos::bulk::Outcome;
use zeyos::rest::{
    ActionStep, ActionStepPatch, NewActionStep, NewTask, NewTicket, Task, TaskPatch, Ticket, TicketPatch,
};
use zeyos::sync::{Checkpoint, Difference};
use zeyos::{Client, Editable, HasLastModified, Id, Query, Timestamp};
use zeyos_emulator::{Emulator, Seed, switches::UnindexedWindow};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the command line says.
struct Arguments {
    rows: usize,
    kill_every: usize,
    slow_windows: bool,
    clock_steps: bool,
}

impl Arguments {
    fn read() -> Result<Self> {
        let mut arguments = Arguments { rows: 2000, kill_every: 300, slow_windows: false, clock_steps: false };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|text| text.parse().ok()).ok_or(format!("{word} needs a number"));
            match word.as_str() {
                "--rows" => arguments.rows = number()?,
                "--kill-every" => arguments.kill_every = number()?,
                "--slow-windows" => arguments.slow_windows = true,
                "--clock-steps" => arguments.clock_steps = true,
                _ => {
                    return Err(format!(
                        "{word}: there are --rows N, --kill-every M, --slow-windows and --clock-steps"
                    )
                    .into());
                }
            }
        }
        if arguments.kill_every < 2 {
            return Err("give at least 2 for --kill-every: who is killed at each row never stores one".into());
        }
        Ok(arguments)
    }
}

/// What is wrong with a copy in the end.
#[derive(Default, Debug)]
struct Counts {
    missing: usize,
    doubled: usize,
    stale: usize,
}

/// A record that the example can write too.
trait Written: Editable + HasLastModified {
    fn made(number: usize) -> Self::New;
    fn changed(number: usize) -> Self::Patch;
}

macro_rules! written {
    ($($record:ident: $new:ident, $patch:ident);*) => {
        $(impl Written for $record {
            fn made(number: usize) -> $new {
                $new::new(format!("Row {number}"))
            }

            fn changed(number: usize) -> $patch {
                $patch::new().name(format!("Changed {number}"))
            }
        })*
    };
}

written!(Ticket: NewTicket, TicketPatch; Task: NewTask, TaskPatch; ActionStep: NewActionStep, ActionStepPatch);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::read()?;
    let zeyos = Arc::new(Emulator::builder().seed(Seed::Empty).start().await?);
    let mut switches = zeyos.switches();
    switches.commit_delay = Duration::from_secs(60);
    if arguments.slow_windows {
        switches.unindexed_window = UnindexedWindow::ServiceUnavailable;
    }
    zeyos.set_switches(switches);
    let token = zeyos.credentials().access_token.as_str();
    let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
    let file = std::env::temp_dir().join(format!("zeyos-sync-{}.db", std::process::id()));
    let rows = arguments.rows.div_ceil(3);
    let mut all = Counts::default();
    for counts in [
        table::<Ticket>(&zeyos, &client, &file, &arguments, rows).await?,
        table::<Task>(&zeyos, &client, &file, &arguments, rows).await?,
        table::<ActionStep>(&zeyos, &client, &file, &arguments, rows).await?,
    ] {
        all.missing += counts.missing;
        all.doubled += counts.doubled;
        all.stale += counts.stale;
    }
    std::fs::remove_file(&file)?;
    println!("{} missing, {} doubled, {} stale", all.missing, all.doubled, all.stale);
    if all.missing + all.doubled + all.stale > 0 { Err("the copy is not what the server has".into()) } else { Ok(()) }
}

/// Fills a table, copies it while others write, and looks what came of it.
async fn table<T: Written>(
    zeyos: &Arc<Emulator>,
    client: &Client,
    file: &Path,
    arguments: &Arguments,
    rows: usize,
) -> Result<Counts> {
    let ids = fill::<T>(client, rows).await?;
    // They are older than the overlap, as most of a table is. Of what is younger a checkpoint remembers a bounded number of rows, and
    // tells the others with every pass.
    let base = AHEAD.fetch_add(AGE, Ordering::Relaxed) + AGE;
    zeyos.set_clock_offset(base);
    let work = Arc::new(Work { base, steps: arguments.clock_steps, ..Work::default() });
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let own = ids.iter().copied().skip(writer).step_by(WRITERS).collect();
            tokio::spawn(write::<T>(Arc::clone(zeyos), client.clone(), own, Arc::clone(&work)))
        })
        .collect();
    let bar = bar("copied", T::RESOURCE, rows as u64);
    let mut copy = Copy { client: client.clone(), file: file.to_owned(), doubled: 0, bar };
    // Until it has caught up once, and enough was written meanwhile for that to mean something.
    while !copy.pass::<T>(arguments.kill_every).await? || work.writes.load(Ordering::Relaxed) < rows / 30 {}
    work.is_over.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await??;
    }
    let written = work.writes.load(Ordering::Relaxed);
    while !copy.pass::<T>(arguments.kill_every).await? {}
    // Before the reconciliation, which would mend what it is to find.
    let counts = copy.compare::<T>().await?;
    let gone = copy.reconcile::<T>().await?;
    copy.bar.finish();
    println!("{}: {written} writes meanwhile, {gone} gone, {counts:?}", T::RESOURCE);
    Ok(counts)
}

async fn fill<T: Written>(client: &Client, rows: usize) -> Result<Vec<Id<T>>> {
    let bar = bar("made", T::RESOURCE, rows as u64);
    let mut made = client.create_many::<T, _>((0..rows).map(T::made)).run();
    let mut ids = Vec::with_capacity(rows);
    while let Some(row) = made.next().await {
        match row.outcome {
            Outcome::Done(record) => ids.push(record.id()),
            other => return Err(format!("{}: {other:?}", T::RESOURCE).into()),
        }
        bar.inc(1);
    }
    bar.finish();
    Ok(ids)
}

/// How far the clock of the server is ahead, one after the other; in seconds.
const STEPS: [i64; 5] = [0, 45, 90, 30, 60];

/// By how much the clock of the server goes on once a table is filled, in seconds: more than the overlap of the copy.
const AGE: i64 = 500;

/// How far it has gone on.
static AHEAD: AtomicI64 = AtomicI64::new(0);

/// How many write at a time.
const WRITERS: usize = 3;

/// What writers and copy tell each other.
#[derive(Default)]
struct Work {
    /// How far the clock of the server is ahead, but for its steps.
    base: i64,
    steps: bool,
    writes: AtomicUsize,
    is_over: AtomicBool,
}

/// Changes, deletes and makes records until the copy has had enough of it.
async fn write<T: Written>(
    zeyos: Arc<Emulator>,
    client: Client,
    mut ids: Vec<Id<T>>,
    work: Arc<Work>,
) -> std::result::Result<(), zeyos::Error> {
    while !work.is_over.load(Ordering::Relaxed) {
        let writes = work.writes.fetch_add(1, Ordering::Relaxed) + 1;
        if work.steps && writes.is_multiple_of(100) {
            // Steps of the clock, some of them back, and all of them shorter than the overlap of the copy.
            zeyos.set_clock_offset(work.base + STEPS[writes / 100 % STEPS.len()]);
        }
        // Any order will do, as long as it goes through all of the table.
        let place = (writes * 7919) % ids.len();
        match writes % 10 {
            0 if ids.len() > 10 => drop(T::delete(&client, ids.swap_remove(place)).await?),
            1 => ids.push(T::create(&client, T::made(writes)).await?.id()),
            _ => drop(T::update(&client, ids[place], T::changed(writes)).await?),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

/// A copy in SQLite. One transaction has the rows of a page and the checkpoint after it.
struct Copy {
    client: Client,
    file: PathBuf,
    doubled: usize,
    bar: ProgressBar,
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS records (of TEXT, id INTEGER, lastmodified INTEGER, content TEXT, PRIMARY KEY (of, id));
    CREATE TABLE IF NOT EXISTS checkpoints (of TEXT PRIMARY KEY, checkpoint TEXT);
    -- A program that is killed loses nothing by it; only a power cut could.
    PRAGMA synchronous = OFF;
    PRAGMA journal_mode = MEMORY;
";

impl Copy {
    fn open(&self) -> Result<Connection> {
        let db = Connection::open(&self.file)?;
        db.execute_batch(TABLES)?;
        Ok(db)
    }

    /// Copies what has changed until it has caught up or is killed. Answers whether it has caught up.
    async fn pass<T: HasLastModified>(&mut self, kill_after: usize) -> Result<bool> {
        // As after a kill, there is nothing but what the database has.
        let mut db = self.open()?;
        let kept: Option<String> = db
            .query_row("SELECT checkpoint FROM checkpoints WHERE of = ?1", [T::RESOURCE], |row| row.get(0))
            .optional()?;
        let checkpoint = kept.map_or_else(|| Ok(Checkpoint::new()), |text| text.parse::<Checkpoint<T>>())?;
        // Small enough for some pages to be stored before it is killed.
        let rows = u32::try_from(kill_after.div_ceil(3))?.min(1000);
        let mut changes = self.client.changes_since(checkpoint).page_size(rows);
        let mut taken = 0;
        while let Some(page) = changes.next().await {
            let page = page?;
            let transaction = db.transaction()?;
            let mut doubled = 0;
            for row in &page.rows {
                doubled += usize::from(!store(&transaction, row)?);
            }
            taken += page.rows.len();
            if taken >= kill_after {
                // In the middle of the work: the transaction is rolled back.
                return Ok(false);
            }
            let checkpoint = page.checkpoint.to_string();
            transaction.execute("REPLACE INTO checkpoints VALUES (?1, ?2)", params![T::RESOURCE, checkpoint])?;
            transaction.commit()?;
            self.doubled += doubled;
            self.bar.inc(page.rows.len() as u64);
        }
        Ok(true)
    }

    /// Removes what is gone, and fetches what changes cannot show. Answers how many records were gone.
    async fn reconcile<T: HasLastModified>(&self) -> Result<usize> {
        let db = self.open()?;
        let mut select = db.prepare("SELECT id, lastmodified FROM records WHERE of = ?1 ORDER BY id")?;
        let read = |row: &rusqlite::Row<'_>| Ok((Id::new(row.get(0)?), Timestamp::from_unix(row.get(1)?)));
        let mine = select.query_map([T::RESOURCE], read)?.collect::<std::result::Result<Vec<_>, _>>()?;
        let mut differences = self.client.reconcile(mine);
        let mut gone = 0;
        while let Some(difference) = differences.next().await {
            match difference? {
                Difference::Gone(id) => {
                    gone +=
                        db.execute("DELETE FROM records WHERE of = ?1 AND id = ?2", params![T::RESOURCE, id.get()])?;
                }
                Difference::New(id) | Difference::Stale(id) => {
                    store(&db, &T::get(&self.client, id).await?.into_inner())?;
                }
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(gone)
    }

    /// Holds the copy against all that the server has.
    async fn compare<T: HasLastModified>(&self) -> Result<Counts> {
        let db = self.open()?;
        let mut counts = Counts { doubled: self.doubled, ..Counts::default() };
        let mut rows = T::stream(&self.client, Query::<T>::new());
        while let Some(row) = rows.next().await {
            let row = row?;
            match known(&db, &row)? {
                None => counts.missing += 1,
                Some(content) if content != serde_json::to_string(&row)? => counts.stale += 1,
                Some(_) => {}
            }
        }
        Ok(counts)
    }
}

fn known<T: HasLastModified>(db: &Connection, row: &T) -> Result<Option<String>> {
    let sql = "SELECT content FROM records WHERE of = ?1 AND id = ?2";
    Ok(db.prepare_cached(sql)?.query_row(params![T::RESOURCE, row.id().get()], |row| row.get(0)).optional()?)
}

/// Stores a row; answers whether it was not there as it is.
fn store<T: HasLastModified>(db: &Connection, row: &T) -> Result<bool> {
    let content = serde_json::to_string(row)?;
    let is_new = known(db, row)?.as_ref() != Some(&content);
    let written = row.lastmodified().map(Timestamp::as_unix);
    db.prepare_cached("REPLACE INTO records VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        T::RESOURCE,
        row.id().get(),
        written,
        content
    ])?;
    Ok(is_new)
}

fn bar(what: &str, resource: &str, rows: u64) -> ProgressBar {
    let bar = ProgressBar::new(rows).with_message(format!("{resource} {what}"));
    match ProgressStyle::with_template("{msg:24} {bar:30} {pos}/{len} ({per_sec})") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
