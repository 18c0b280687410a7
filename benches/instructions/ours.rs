//! The calls by zeyos.

use bytes::Bytes;
use zeyos::rest::Ticket;
use zeyos::{Client, Decoding, Id, Query, TokenSet};
use zeyos_core::call::kind::{Kind, List};

use super::task::Task;
use super::{Outcome, server};

pub(crate) async fn run(task: Task, calls: usize, url: &str) -> Outcome {
    match task {
        Task::Client => {
            (0..calls).try_for_each(|_| client(url).map(drop))?;
        }
        Task::Decode => decode(calls)?,
        Task::Get | Task::List | Task::Page => {
            let client = client(url)?;
            for _ in 0..calls {
                assert_eq!(call(&client, task).await?, task.records());
            }
        }
    }
    Ok(())
}

pub(crate) fn client(url: &str) -> Outcome<Client> {
    Ok(Client::builder(format!("{url}/demo")).token_set(TokenSet::bearer("access")).build()?)
}

/// One call; answers how many records came.
pub(crate) async fn call(client: &Client, task: Task) -> Outcome<usize> {
    Ok(match task.rows() {
        None => usize::from(client.api().get_ticket(Id::new(7)).await?.name.starts_with("Ticket")),
        Some(limit) => rows(client, limit).await?.len(),
    })
}

/// So many records.
pub(crate) async fn rows(client: &Client, limit: u32) -> Outcome<Vec<Ticket>> {
    Ok(client.api().list_tickets(Query::<Ticket>::new().limit(limit)).await?.into_inner())
}

/// Reads the same body so many times, as a call does.
fn decode(times: usize) -> Outcome {
    let answer = http::Response::new(Bytes::from(server::body(Task::Decode)));
    for _ in 0..times {
        let (rows, _) = <List as Kind<Vec<Ticket>>>::read(&answer, Decoding::Strict)?;
        assert_eq!(Some(rows.len() as u32), Task::Decode.rows());
    }
    Ok(())
}
