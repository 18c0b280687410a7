//! A correction of many records: planned, looked at, applied, killed on the way, resumed by its journal, and taken back.
//!
//! `cargo run --example bulk -- --rows 2000` runs it against an emulator of its own.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use indicatif::ProgressBar;
use zeyos::bulk::{JournalEntry, Plan};
use zeyos::rest::{NewTicket, Priority, Ticket, TicketPatch, TicketStatus, ticket};
use zeyos::{Client, TokenSet};
use zeyos_emulator::{Emulator, Fault, Seed};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let rows = rows()?;
    let zeyos = Emulator::builder().seed(Seed::Empty).start().await?;
    let token = zeyos.credentials().access_token.as_str();
    let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer(token)).build()?;
    make(&client, rows).await?;

    let folder = std::env::temp_dir().join(format!("zeyos-bulk-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (plan_file, journal_file) = (folder.join("plan.json"), folder.join("journal.jsonl"));

    let plan = plan(&client).await?;
    for row in plan.rows().iter().take(3) {
        println!("{}: {:?} -> {:?}", row.id, row.old, row.new);
    }
    println!("{} of {rows} rows would change", plan.len());
    std::fs::write(&plan_file, plan.to_string())?;

    // Killed after a third; one answer is lost on the way.
    zeyos.inject(Fault::close_after().on("PATCH", "/api/v1/tickets/*").after(5));
    apply(&client, &plan_file, &journal_file, plan.len() / 3).await?;
    println!("killed after {} rows", journal(&journal_file)?.len());
    apply(&client, &plan_file, &journal_file, usize::MAX).await?;
    let entries = journal(&journal_file)?;
    let applied = entries.iter().filter(|entry| entry.is_applied()).count();
    println!("applied {applied} of {}, {} on the server", plan.len(), highest(&client).await?);
    if applied != plan.len() || highest(&client).await? != plan.len() as u64 {
        return Err("the plan was not carried out".into());
    }

    let bar = ProgressBar::new(entries.len() as u64);
    let mut reverted = client.revert(entries).run();
    while let Some(entry) = reverted.next().await {
        if !entry.is_applied() {
            return Err(format!("not taken back: {entry:?}").into());
        }
        bar.inc(1);
    }
    bar.finish();
    std::fs::remove_dir_all(&folder)?;
    match highest(&client).await? {
        0 => println!("reverted: the former values are there again"),
        left => return Err(format!("{left} rows were not taken back").into()),
    }
    Ok(())
}

/// What the command line says.
fn rows() -> Result<usize> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(2000),
        ["--rows", rows] => Ok(rows.parse()?),
        _ => Err("there is --rows N".into()),
    }
}

async fn make(client: &Client, rows: usize) -> Result<()> {
    let bar = ProgressBar::new(rows as u64);
    let new = (0..rows).map(|row| {
        let status = if row % 2 == 0 { TicketStatus::Active } else { TicketStatus::Completed };
        NewTicket::new(format!("Row {row}")).ticketnum(format!("EXT-{row}")).status(status)
    });
    let mut made = client.create_many::<Ticket, _>(new).dedupe_by(ticket::TICKETNUM).run();
    while let Some(row) = made.next().await {
        let id = row.id;
        row.outcome.done().ok_or_else(|| format!("row {} was not made: {id:?}", row.index))?;
        bar.inc(1);
    }
    bar.finish();
    Ok(())
}

/// All that is in work becomes urgent.
async fn plan(client: &Client) -> Result<Plan<Ticket>> {
    let active = Ticket::query().filter(ticket::STATUS.eq(TicketStatus::Active));
    Ok(client.update_where(active, |_: &Ticket| TicketPatch::new().priority(Priority::Highest)).plan().await?)
}

/// Carries the plan out as far as its journal does not say that it is, until it is killed.
async fn apply(client: &Client, plan: &Path, kept: &Path, kill_after: usize) -> Result<()> {
    let plan: Plan<Ticket> = std::fs::read_to_string(plan)?.parse()?;
    let earlier = journal(kept)?;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(kept)?;
    let mut entries = client.apply(plan).resume(&earlier).run();
    let mut count = 0;
    while let Some(entry) = entries.next().await {
        writeln!(file, "{entry}")?;
        count += 1;
        if count == kill_after {
            break;
        }
    }
    Ok(())
}

fn journal(kept: &Path) -> Result<Vec<JournalEntry<Ticket>>> {
    if !kept.exists() {
        return Ok(Vec::new());
    }
    let lines = std::fs::read_to_string(kept)?;
    lines.lines().map(|line| Ok(line.parse()?)).collect()
}

async fn highest(client: &Client) -> Result<u64> {
    let query = Ticket::query().filter(ticket::PRIORITY.eq(Priority::Highest));
    Ok(client.api().list_tickets(query).count().await?.0)
}
