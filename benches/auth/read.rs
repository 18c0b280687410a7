//! What a request pays for the token when there is nothing to renew.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use zeyos::{Auth, Error};

use super::server::Server;
use super::table::{Table, percentile};
use super::{Outcome, Size};

/// Reads between two looks at the timer, which costs about as much as half a read: the timer then is a few nanoseconds of each,
/// and few enough reads share a sample for a slow one to show.
const BATCH: u32 = 16;

/// All tasks wait for each other before the first read, and give way after each batch.
pub(crate) async fn measure(size: Size, table: &mut Table) -> Outcome {
    let server = Server::default();
    let client = server.client().build()?;
    client.auth().token_set().await?;
    let start = Arc::new(Barrier::new(size.readers));
    let mut readers = JoinSet::new();
    for _ in 0..size.readers {
        readers.spawn(reader(client.auth(), Arc::clone(&start), size.batches));
    }
    let mut samples = Vec::new();
    while let Some(read) = readers.join_next().await {
        samples.extend(read??);
    }
    let name = |part| format!("token read, {} tasks, {part} of {} means of {BATCH}", size.readers, samples.len());
    let (half, most) = (name("p50"), name("p99"));
    table.time(half, percentile(&mut samples, 0.50), None);
    table.time(most, percentile(&mut samples, 0.99), Some(200.0));
    table.time(format!("of which the timer, a {BATCH}th of one look"), timer() / f64::from(BATCH), None);
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn reader(auth: Auth, start: Arc<Barrier>, batches: usize) -> Result<Vec<f64>, Error> {
    let mut samples = Vec::with_capacity(batches);
    start.wait().await;
    for _ in 0..batches {
        let begun = Instant::now();
        for _ in 0..BATCH {
            black_box(auth.shared_token_set().await?);
        }
        samples.push(begun.elapsed().as_secs_f64() * 1e9 / f64::from(BATCH));
        tokio::task::yield_now().await;
    }
    Ok(samples)
}

/// What one measurement of nothing takes, in nanoseconds.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn timer() -> f64 {
    const LOOKS: u32 = 100_000;
    let begun = Instant::now();
    for _ in 0..LOOKS {
        black_box(Instant::now().elapsed());
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(LOOKS)
}
