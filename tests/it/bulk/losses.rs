//! Many creates and updates while everything fails that can, in the network and at the server: what is reported as done is what the
//! server has, nothing is there twice, and what no one knows is named.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{Method, StatusCode};
use zeyos::bulk::Outcome;
use zeyos::rest::{Ticket, TicketPatch, ticket};
use zeyos::testing::faults::{Fault, Faults};
use zeyos::{Client, HttpTransport, Id, RetryRules};
use zeyos_emulator::Emulator;

use super::{all, faults, made, numbered, sent};
use crate::auth::support::{emulator, signed_in};
use crate::support::random::Random;
use crate::support::size::size;

/// How many are made and changed, unless `ZEYOS_BULK_ROWS` says otherwise.
fn rows() -> usize {
    size("ZEYOS_BULK_ROWS", 300)
}

/// How many requests the emulator keeps in its log (`KEPT` in `emulator/src/request_log.rs`), the last ones.
const JOURNAL: usize = 10_000;

/// A lost write is looked for so long.
const SETTLE: Duration = Duration::from_millis(15);

/// Each of these for one of twenty writes of this method.
const OF_THE_NETWORK: [Fault; 5] =
    [Fault::NotSent, Fault::LostAnswer, Fault::Timeout, Fault::Cut(11), Fault::Status(StatusCode::BAD_GATEWAY)];

/// A client whose writes of a method fail in the network too.
fn failing(zeyos: &Emulator, method: Method) -> Client {
    let plan = move |number: u64, request: &http::Request<_>| {
        let mut dice = Random(number);
        let hit = OF_THE_NETWORK.into_iter().find(|_| dice.one_in(20));
        hit.filter(|_| request.method() == method)
    };
    let soon = RetryRules::standard().first_wait(Duration::from_millis(1));
    signed_in(zeyos).retry(soon).transport(Faults::new(HttpTransport::new().unwrap(), plan)).build().unwrap()
}

/// What became of rows.
#[derive(Default)]
struct Tally {
    failed: usize,
    unknown: Vec<u64>,
}

impl Tally {
    fn take(&mut self, index: u64, outcome: Outcome<Ticket>) -> Option<Ticket> {
        match outcome {
            Outcome::Done(ticket) => return Some(ticket),
            Outcome::Failed(error) => {
                assert!(!error.may_have_been_sent() || error.is_forbidden(), "{error}");
                self.failed += 1;
            }
            Outcome::Unknown(_) => self.unknown.push(index),
            other => panic!("{other:?}"),
        }
        None
    }

    /// Enough went wrong for the run to mean something, and enough went well.
    fn means_something(&self, done: usize) {
        let rows = rows();
        assert_eq!(done + self.failed + self.unknown.len(), rows);
        assert!(self.failed > rows / 100 && !self.unknown.is_empty() && done > rows / 4, "{done} of {rows} are done");
        println!("{done} of {rows} done, {} failed, {} unknown", self.failed, self.unknown.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn creates_under_every_fault_are_there_as_reported_and_none_twice() {
    let zeyos = emulator().await;
    let client = failing(&zeyos, Method::PUT);
    faults(&zeyos, "PUT", "/api/v1/tickets");
    zeyos.clear_requests();
    let create = client.create_many::<Ticket, _>(numbered(rows())).dedupe_by(ticket::TICKETNUM);
    let mut created = create.settle_time(SETTLE).run();
    let (mut done, mut tally) = (BTreeMap::new(), Tally::default());
    while let Some(row) = created.next().await {
        let made = tally.take(row.index, row.outcome);
        done.extend(made.map(|ticket| (ticket.ticketnum, ticket.id)));
    }
    zeyos.clear_faults();
    let told = zeyos.requests().len();
    assert!(told < JOURNAL, "the emulator has forgotten requests of so many rows: ask for fewer");
    assert!(sent(&zeyos, "PUT") <= rows(), "none is sent twice");
    let stored = all(&client).await;
    let by_number: BTreeMap<_, _> = stored.iter().map(|row| (row.ticketnum.clone(), row.id)).collect();
    assert_eq!((by_number.len(), &by_number), (stored.len(), &done), "what is there is what was reported as done");
    tally.means_something(done.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_under_every_fault_are_there_as_reported_and_unknown_ones_are_named() {
    let zeyos = emulator().await;
    let client = failing(&zeyos, Method::PATCH);
    let ids = made(&client, rows()).await;
    faults(&zeyos, "PATCH", "/api/v1/tickets/*");
    let name = |id: Id<Ticket>| format!("Changed {id}");
    let patches = ids.clone().into_iter().map(move |id| (id, TicketPatch::new().name(name(id))));
    let mut updated = client.update_many::<Ticket, _>(patches).settle_time(SETTLE).run();
    let (mut done, mut tally) = (Vec::new(), Tally::default());
    while let Some(row) = updated.next().await {
        assert_eq!(row.id, Some(ids[usize::try_from(row.index).unwrap()]));
        done.extend(tally.take(row.index, row.outcome).map(|ticket| ticket.id));
    }
    zeyos.clear_faults();
    let stored = all(&client).await;
    let changed: Vec<_> = stored.iter().filter(|row| row.name == name(row.id)).map(|row| row.id).collect();
    assert_eq!((stored.len(), &changed), (rows(), &done), "what is changed is what was reported as done");
    tally.means_something(done.len());
}
