//! Pages that are worked on while the next one is on its way, beside pages that are asked for one after the other.

use std::time::{Duration, Instant};

use zeyos::rest::{Ticket, ticket};
use zeyos::{Client, Id};

use super::server::{Line, client, lines};
use super::{Outcome, Size, judged};

/// How long the server takes for a page, and the program to work on it.
const LATENCY: Duration = Duration::from_millis(20);

/// By how much the stream must be faster. With work as long as the latency it could be twice as fast, and never more.
const LEAST: f64 = 1.8;

const PAGE: u32 = 1000;

/// Whether the stream is as much faster as it has to be.
pub(crate) fn measure(size: Size) -> Outcome<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client(size.pages * i64::from(PAGE), LATENCY)?;
    let (one, ahead) = runtime.block_on(async {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((
            timed(one_after_the_other(&client), size).await?,
            timed(streamed(&client), size).await?,
        ))
    })?;
    println!("{:52} {:8} ms", format!("{} pages, one after the other", size.pages), one.as_millis());
    println!("{:52} {:8} ms", format!("{} pages, as a stream", size.pages), ahead.as_millis());
    let ratio = one.as_secs_f64() / ahead.as_secs_f64();
    // Of few pages the first one, which nothing can be ahead of, is a large part.
    let is_short = size.pages < 20;
    Ok(judged("times that the stream is faster", ratio, is_short || ratio >= LEAST, ">= 1.8"))
}

#[expect(clippy::disallowed_methods, reason = "this is what is measured")]
async fn timed(reading: impl Future<Output = Outcome<i64>>, size: Size) -> Outcome<Duration> {
    let start = Instant::now();
    let read = reading.await?;
    let took = start.elapsed();
    if read == size.pages * i64::from(PAGE) { Ok(took) } else { Err(format!("{read} rows were read").into()) }
}

/// What a program does with a page, such as storing it.
async fn work() {
    tokio::time::sleep(LATENCY).await;
}

async fn one_after_the_other(client: &Client) -> Outcome<i64> {
    let (mut last, mut rows) = (Id::<Ticket>::new(0), 0);
    loop {
        let next = lines().filter(ticket::ID.gt(last)).sort(ticket::ID.asc()).limit(PAGE);
        let page: Vec<Line> = client.api().list_tickets(next).await?.into_inner();
        let Some(end) = page.last() else { return Ok(rows) };
        (last, rows) = (end.id, rows + page.len() as i64);
        work().await;
    }
}

async fn streamed(client: &Client) -> Outcome<i64> {
    let (mut stream, mut rows) = (client.api().list_tickets(lines()).stream().page_size(PAGE), 0);
    while let Some(row) = stream.next().await {
        row?;
        rows += 1;
        if rows % i64::from(PAGE) == 0 {
            work().await;
        }
    }
    Ok(rows)
}
