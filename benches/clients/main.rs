//! What a further user of one client costs: `cargo bench --bench clients`. Ends with 1 where it is more than 10 us or 4 KiB.
//!
//! Each user has tokens in memory and has sent one call. Time is the least of many rounds, so that a busy machine does not decide.

use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use zeyos::{BoxFuture, Client, Id, Identity, MemoryTokenStore, TokenSet, Transport, TransportError, TransportRequest};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const USERS: usize = 10_000;
const ROUNDS: usize = 100;

/// The most that one may cost.
const TIME: Duration = Duration::from_micros(10);
const BYTES: u64 = 4 * 1024;

/// Answers every request at once.
struct Instant;

impl Transport for Instant {
    fn send(&self, _: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = http::StatusCode::NO_CONTENT;
        Box::pin(std::future::ready(Ok(answer)))
    }
}

fn tokens(number: usize) -> TokenSet {
    TokenSet::bearer(format!("access-token-of-user-{number:08}")).with_refresh_token(format!("refresh-{number:032}"))
}

fn user(client: &Client, number: usize) -> Outcome<Client> {
    Ok(client.for_user(Identity::stored_in(MemoryTokenStore::new(tokens(number))))?)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock of the machine")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The least time that a user takes, over all rounds.
fn time(client: &Client) -> Outcome<Duration> {
    let each = USERS / ROUNDS;
    let mut least = Duration::MAX;
    for round in 0..ROUNDS {
        let start = now();
        let users = (0..each).map(|number| user(client, round * each + number)).collect::<Outcome<Vec<Client>>>()?;
        least = least.min(start.elapsed() / u32::try_from(each)?);
        drop(users);
    }
    Ok(least)
}

/// The bytes that a user keeps after his first call.
fn bytes(client: &Client) -> Outcome<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let mut users = Vec::with_capacity(USERS);
    let mut fill = || -> Outcome {
        for number in 0..USERS {
            let user = user(client, number)?;
            runtime.block_on(async { user.api().delete_ticket(Id::new(7)).await })?;
            users.push(user);
        }
        Ok(())
    };
    let mut filled = Ok(());
    let counted = allocation_counter::measure(|| filled = fill());
    filled?;
    Ok(u64::try_from(counted.bytes_current)? / users.len() as u64)
}

fn main() -> Outcome<ExitCode> {
    let client = Client::builder("https://cloud.zeyos.com/demo").client_credentials("app", "s3cret");
    let client = client.transport(Instant).build()?;
    // What is made once in a process is not a user's.
    drop(user(&client, 0)?);
    let (time, bytes) = (time(&client)?, bytes(&client)?);
    println!("a further user of {USERS}: {:.2} us (at most {:.0})", time.as_secs_f64() * 1e6, TIME.as_secs_f64() * 1e6);
    println!("kept after the first call: {bytes} bytes (at most {BYTES})");
    Ok(if time <= TIME && bytes <= BYTES { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
