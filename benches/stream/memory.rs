//! The memory of a stream, by everything that is allocated while it is read.

use std::time::Duration;

use super::server::{BEFORE, client, lines};
use super::{Outcome, Size, judged};

/// How much more the long stream may hold at its worst moment than the short one.
const MOST: f64 = 1.05;

/// Whether the memory of a stream is flat.
pub(crate) fn measure(size: Size) -> Outcome<bool> {
    // The first stream pays for what is made once.
    held(size.few)?;
    let (few, many) = (held(size.few)?, held(size.many)?);
    println!("{:52} {:8} KiB", format!("at most held by a stream of {} rows", size.few), few / 1024);
    println!("{:52} {:8} KiB", format!("at most held by a stream of {} rows", size.many), many / 1024);
    let ratio = many as f64 / few as f64;
    Ok(judged("memory of the long stream to that of the short one", ratio, ratio <= MOST, "<= 1.05"))
}

/// The most that is held at once while so many rows are read.
fn held(rows: i64) -> Outcome<u64> {
    // On one thread, since allocations are counted for each.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client(rows, Duration::ZERO)?;
    let mut read = Ok(());
    let counted = allocation_counter::measure(|| read = runtime.block_on(all(&client, rows)));
    read?;
    Ok(counted.bytes_max)
}

async fn all(client: &zeyos::Client, rows: i64) -> Outcome {
    let mut stream = client.api().list_tickets(lines()).stream();
    let (mut last, mut letters) = (BEFORE, 0);
    while let Some(row) = stream.next().await {
        let row = row?;
        (last, letters) = (row.id.get(), letters + row.name.len());
    }
    let last = last - BEFORE;
    if last == rows && letters > 0 { Ok(()) } else { Err(format!("the stream ended at {last} of {rows} rows").into()) }
}
