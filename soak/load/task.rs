//! One task: it makes tickets, reads, changes and deletes them, and writes down what it was told.

use std::time::Duration;

use zeyos::rest::{NewTicket, Ticket, TicketPatch};
use zeyos::{Client, Error, Id};

use super::Outcome;
use super::ledger::{Ledger, Told, Write};
use super::outcomes::Outcomes;

/// How many tickets a task has at a time.
const MOST: usize = 4;

/// A ticket of which everything is known.
struct Own {
    name: String,
    id: Id<Ticket>,
    /// The number of the last update, whether it was sent or not.
    version: u64,
    /// That of the last one that the server has acknowledged; 0 before.
    acknowledged: u64,
}

pub(super) struct Task<'a> {
    number: usize,
    client: Client,
    ledger: &'a Ledger,
    outcomes: &'a Outcomes,
    own: Vec<Own>,
    made: u64,
}

impl<'a> Task<'a> {
    pub(super) fn new(number: usize, client: Client, ledger: &'a Ledger, outcomes: &'a Outcomes) -> Self {
        Task { number, client, ledger, outcomes, own: Vec::new(), made: 0 }
    }

    /// Pauses between two calls.
    pub(super) async fn rest(&self, longest: Duration) -> Outcome {
        let share = u32::try_from(below(1_000)?)?;
        tokio::time::sleep(longest * share / 1_000).await;
        Ok(())
    }

    /// One call.
    pub(super) async fn step(&mut self) -> Outcome {
        let chosen = usize::try_from(below(self.own.len().max(1) as u64)?)?;
        match below(10)? {
            0..=2 if self.own.len() < MOST => self.create().await,
            0..=4 if !self.own.is_empty() => self.update(chosen).await,
            5 if !self.own.is_empty() => self.delete(chosen).await,
            6..=7 if !self.own.is_empty() => self.get(chosen).await,
            _ => self.list().await,
        }
    }

    async fn create(&mut self) -> Outcome {
        self.made += 1;
        let name = format!("load {}-{}", self.number, self.made);
        let made = self.client.api().create_ticket(NewTicket::new(&name).description("0")).await;
        self.outcomes.count("createTicket", made.as_ref().err())?;
        self.ledger.say(&name, Write::Create, told(made.as_ref().err()), 0)?;
        if let Ok(made) = made {
            self.own.push(Own { name, id: made.id, version: 0, acknowledged: 0 });
        }
        Ok(())
    }

    /// A ticket that may have been changed or not is left alone from then on: a late request must not meet a later one.
    async fn update(&mut self, chosen: usize) -> Outcome {
        let mut own = self.own.swap_remove(chosen);
        own.version += 1;
        let patch = TicketPatch::new().description(own.version.to_string());
        let changed = self.client.api().update_ticket(own.id, patch).await;
        self.outcomes.count("updateTicket", changed.as_ref().err())?;
        let told = told(changed.as_ref().err());
        self.ledger.say(&own.name, Write::Update, told, own.version)?;
        if told != Told::Open {
            if told == Told::Done {
                own.acknowledged = own.version;
            }
            self.own.push(own);
        }
        Ok(())
    }

    async fn delete(&mut self, chosen: usize) -> Outcome {
        let own = self.own.swap_remove(chosen);
        let deleted = self.client.api().delete_ticket(own.id).await;
        self.outcomes.count("deleteTicket", deleted.as_ref().err())?;
        self.ledger.say(&own.name, Write::Delete, told(deleted.as_ref().err()), own.version)
    }

    /// What is read is what was acknowledged last.
    async fn get(&self, chosen: usize) -> Outcome {
        let own = &self.own[chosen];
        let read = self.client.api().get_ticket(own.id).await;
        self.outcomes.count("getTicket", read.as_ref().err())?;
        match read {
            Ok(read) if read.name != own.name => Err(format!("{} was read as {}", own.name, read.name).into()),
            // It is created as version 0.
            Ok(read) if read.description != own.acknowledged.to_string() => {
                let (version, read) = (own.acknowledged, &read.description);
                Err(format!("{} is at version {version} and was read at {read}", own.name).into())
            }
            _ => Ok(()),
        }
    }

    async fn list(&self) -> Outcome {
        let read = self.client.api().list_tickets(Ticket::query().limit(25)).await;
        self.outcomes.count("listTickets", read.as_ref().err())
    }
}

/// What an error promises of a write.
fn told(error: Option<&Error>) -> Told {
    match error {
        None => Told::Done,
        Some(error) if error.may_have_been_sent() => Told::Open,
        Some(_) => Told::Unsent,
    }
}

fn below(bound: u64) -> Outcome<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| "the system has no random bytes to give")?;
    Ok(u64::from_le_bytes(bytes) % bound)
}
