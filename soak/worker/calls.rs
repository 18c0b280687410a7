//! The calls of a process: ordinary ones, ones with little time, and ones on a runtime that is dropped.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use zeyos::rest::Ticket;
use zeyos::{Client, Error};

use super::say;
use crate::arguments::Kind;
use crate::message::{Calls, Message};
use crate::{Outcome, random};

/// How many calls are made between two reports.
const REPORT: u64 = 20;

/// Whether these kinds of calls, as the process is told them, have calls and clients with little time.
pub(super) fn has_limits(kinds: &str) -> bool {
    kinds.split(' ').any(|kind| kind == Kind::Limits.name())
}

pub(super) struct Caller {
    client: Client,
    has_limits: bool,
    has_drops: bool,
    good: u64,
    limited: u64,
    dropped: u64,
    /// A runtime of its own, until it is dropped.
    passing: Option<JoinHandle<()>>,
}

impl Caller {
    pub(super) fn new(client: Client, kinds: &str) -> Self {
        let has_drops = kinds.split(' ').any(|kind| kind == Kind::Runtime.name());
        let (good, limited, dropped) = (0, 0, 0);
        Caller { client, has_limits: has_limits(kinds), has_drops, good, limited, dropped, passing: None }
    }

    /// One call, beside one on a passing runtime now and then.
    pub(super) async fn call(&mut self) -> Outcome {
        if self.has_drops && self.passing.as_ref().is_none_or(JoinHandle::is_finished) && random::percent(20)? {
            self.passing = Some(on_a_passing_runtime(self.client.clone())?);
            self.dropped += 1;
        }
        let limit = if self.has_limits && random::percent(20)? { Some(random::millis(20, 2_000)?) } else { None };
        self.limited += u64::from(limit.is_some());
        match list(&self.client, limit).await {
            Ok(()) => self.good += 1,
            Err(error) => say(&Message::Failed(error.to_string())),
        }
        self.report();
        Ok(())
    }

    fn report(&mut self) {
        if self.good >= REPORT || self.dropped + self.limited >= REPORT {
            let done = [
                (Calls::Good, &mut self.good),
                (Calls::Limited, &mut self.limited),
                (Calls::Dropped, &mut self.dropped),
            ];
            for (calls, times) in done {
                say(&Message::Did(calls, std::mem::take(times)));
            }
        }
    }
}

async fn list(client: &Client, limit: Option<Duration>) -> Result<(), Error> {
    let call = client.api().list_tickets(Ticket::query().limit(1));
    match limit {
        Some(limit) => call.timeout(limit).await.map(drop),
        None => call.await.map(drop),
    }
}

/// Begins a call on a runtime that is dropped at a random moment.
fn on_a_passing_runtime(client: Client) -> Outcome<JoinHandle<()>> {
    let runtime = passing_runtime()?;
    // Most calls that need no refresh take a few milliseconds.
    let time = if random::percent(50)? { random::millis(0, 20)? } else { random::millis(0, 3_000)? };
    Ok(tokio::task::spawn_blocking(move || {
        runtime.spawn(async move { list(&client, None).await.is_ok() });
        runtime.block_on(tokio::time::sleep(time));
        drop(runtime);
    }))
}

fn passing_runtime() -> Outcome<Runtime> {
    Ok(match random::percent(50)? {
        true => Builder::new_current_thread().enable_all().build()?,
        false => Builder::new_multi_thread().worker_threads(1).enable_all().build()?,
    })
}
