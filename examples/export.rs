//! All tickets into two files, in the memory of a page: CSV as the server writes it, and NDJSON from a stream of typed rows.
//!
//! `cargo run --example export -- --to FOLDER` runs it against an emulator of its own and leaves the files there; without a folder they are
//! counted and removed.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use zeyos::rest::{Priority, Ticket, TicketStatus, account, ticket};
use zeyos::{Client, Id, Query, Timestamp, TokenSet, projection};
use zeyos_emulator::Emulator;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

projection! {
    /// A line of the files. The columns of the CSV file come in this order.
    struct Exported from Ticket {
        id: Id<Ticket> = ticket::ID,
        name: String = ticket::NAME,
        customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
        status: TicketStatus = ticket::STATUS,
        priority: Priority = ticket::PRIORITY,
        date: Timestamp = ticket::DATE,
        description: String = ticket::DESCRIPTION,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (folder, is_kept) = folder()?;
    std::fs::create_dir_all(&folder)?;
    let zeyos = Emulator::start().await?;
    let token = zeyos.credentials().access_token.as_str();
    let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer(token)).build()?;

    let rows = client.api().list_tickets(query()).count().await?.0;
    let bytes = csv(&client, &folder.join("tickets.csv")).await?;
    println!("tickets.csv: {bytes} bytes");
    let written = ndjson(&client, &folder.join("tickets.ndjson"), rows).await?;
    println!("tickets.ndjson: {written} of {rows} rows");
    // The lines are whole, and read back into the same type.
    let lines = BufReader::new(File::open(folder.join("tickets.ndjson"))?).lines();
    let read: Vec<Exported> = lines.map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_>>()?;
    if !is_kept {
        std::fs::remove_dir_all(&folder)?;
    }
    if read.len() as u64 != rows {
        return Err(format!("{} of {rows} rows were written", read.len()).into());
    }
    Ok(())
}

/// Where the files go, and whether they stay.
fn folder() -> Result<(PathBuf, bool)> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok((std::env::temp_dir().join(format!("zeyos-export-{}", std::process::id())), false)),
        ["--to", folder] => Ok((folder.into(), true)),
        _ => Err("there is --to FOLDER".into()),
    }
}

fn query() -> Query<Ticket, Exported> {
    Ticket::query().live().select::<Exported>()
}

/// The server writes the file, for administrators alone; what comes of it is written piece by piece.
async fn csv(client: &Client, path: &Path) -> Result<u64> {
    let file = BufWriter::new(File::create(path)?);
    Ok(client.api().list_tickets(query()).csv().write_to(file).await?)
}

/// Every row as it comes, a page at a time.
async fn ndjson(client: &Client, path: &Path, rows: u64) -> Result<u64> {
    let (mut file, bar) = (BufWriter::new(File::create(path)?), ProgressBar::new(rows));
    let mut stream = client.api().list_tickets(query()).stream().page_size(50);
    while let Some(row) = stream.next().await {
        writeln!(file, "{}", serde_json::to_string(&row?)?)?;
        bar.inc(1);
    }
    file.flush()?;
    bar.finish();
    Ok(bar.position())
}
