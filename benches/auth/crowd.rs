//! Many tasks, one login: every expiry costs one refresh and no request.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use zeyos::Client;
use zeyos::rest::Ticket;

use super::server::{LIFETIME, Server};
use super::table::Table;
use super::{Outcome, Size};

/// How long a refresh takes where answers are late. A timer has steps of a millisecond.
const REFRESH: Duration = Duration::from_millis(2);

/// T1: all tasks find that the token has ended, at the same time.
pub(crate) async fn expire(size: Size, table: &mut Table) -> Outcome {
    let server = Server::default();
    let client = server.client().build()?;
    let expiry = || {
        server.end_access_token();
        server.advance(LIFETIME);
    };
    run("T1", &server, &client, (size.tasks, size.expiries), expiry, table).await
}

/// T2: the clock says that the token lives, the server refuses it, and says so up to ten times later than a refresh takes.
pub(crate) async fn expire_with_late_answers(size: Size, table: &mut Table) -> Outcome {
    let server = Server::slow(REFRESH, REFRESH * 10);
    let client = server.client().build()?;
    let expiry = || {
        server.end_access_token();
        // More than half of a life, so that a refresh is due again, and less than a whole one.
        server.advance(LIFETIME / 2 + 60);
    };
    run("T2, 401s late", &server, &client, (size.tasks, size.late_expiries), expiry, table).await
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
async fn run(
    name: &str,
    server: &Server,
    client: &Client,
    (tasks, expiries): (usize, u64),
    expiry: impl Fn(),
    table: &mut Table,
) -> Outcome {
    let begun = Instant::now();
    let mut failed = 0;
    for _ in 0..expiries {
        expiry();
        failed += all(client, tasks).await?;
    }
    let took = begun.elapsed();
    let name = format!("{name}: {tasks} tasks x {expiries} expiries");
    table.count(format!("{name}, refreshes"), server.refreshes(), expiries);
    table.count(format!("{name}, failed requests"), failed, 0);
    table.count(format!("{name}, invalid_grant"), server.invalid_grants(), 0);
    let (requests, refused) = server.requests();
    table.note(format!("{name}, requests sent"), requests.to_string());
    table.note(format!("{name}, of them refused with 401"), refused.to_string());
    table.time(format!("{name}, took"), took.as_secs_f64() * 1e9, None);
    Ok(())
}

/// One request of every task; how many failed.
async fn all(client: &Client, tasks: usize) -> Outcome<u64> {
    let mut crowd = JoinSet::new();
    for _ in 0..tasks {
        let client = client.clone();
        crowd.spawn(async move { client.api().list_tickets(Ticket::query()).await.is_err() });
    }
    let mut failed = 0;
    while let Some(is_failed) = crowd.join_next().await {
        failed += u64::from(is_failed?);
    }
    Ok(failed)
}
