//! The calls by zeyos.

use zeyos::rest::Ticket;
use zeyos::{Client, Id, Query, TokenSet};

use super::Outcome;
use super::task::Task;

pub(crate) async fn run(task: Task, calls: usize, url: &str) -> Outcome {
    if task == Task::Client {
        for _ in 0..calls {
            drop(Client::builder(format!("{url}/demo")).token_set(TokenSet::bearer("access")).build()?);
        }
        return Ok(());
    }
    let client = Client::builder(format!("{url}/demo")).token_set(TokenSet::bearer("access")).build()?;
    for _ in 0..calls {
        let rows = match task.rows() {
            None => usize::from(client.api().get_ticket(Id::new(7)).await?.name.starts_with("Ticket")),
            Some(limit) => client.api().list_tickets(Query::<Ticket>::new().limit(limit)).await?.len(),
        };
        assert_eq!(rows, task.rows().unwrap_or(1) as usize);
    }
    Ok(())
}
