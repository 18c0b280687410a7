//! A table of tickets behind a transport in memory: pages by `ID`, each after a while.

use std::time::Duration;

use bytes::Bytes;
use serde_json::Value as Json;
use zeyos::rest::{Ticket, ticket};
use zeyos::{BoxFuture, Client, Id, Query, TokenSet, Transport, TransportError, TransportRequest, projection};

use super::Outcome;

projection! {
    /// What is read of a row.
    pub(crate) struct Line from Ticket {
        pub(crate) id: Id<Ticket> = ticket::ID,
        pub(crate) name: String = ticket::NAME,
    }
}

/// Before the first number. All of them have as many digits, so that every row has one length, whatever comes before it.
pub(crate) const BEFORE: i64 = 1_000_000;

/// Tickets with the numbers after [`BEFORE`].
struct Table {
    rows: i64,
    latency: Duration,
}

impl Transport for Table {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let (page, latency) = (self.page(request.request.body()), self.latency);
        Box::pin(async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let mut answer = http::Response::new(Bytes::from(page));
            let json = http::HeaderValue::from_static("application/json");
            answer.headers_mut().insert(http::header::CONTENT_TYPE, json);
            Ok(answer)
        })
    }
}

impl Table {
    fn page(&self, body: &[u8]) -> String {
        let asked: Json = serde_json::from_slice(body).unwrap_or_default();
        let last = asked["filters"]["ID"][">"].as_i64().unwrap_or(0).max(BEFORE);
        let end = (BEFORE + self.rows).min(last + asked["limit"].as_i64().unwrap_or(1000));
        let rows: Vec<String> =
            (last + 1..=end).map(|id| format!("{{\"id\":{id},\"ID\":{id},\"name\":\"Ticket {id}\"}}")).collect();
        format!("[{}]", rows.join(","))
    }
}

/// A client of such a table.
pub(crate) fn client(rows: i64, latency: Duration) -> Outcome<Client> {
    let builder = Client::builder("https://zeyos.example/demo").token_set(TokenSet::bearer("t0ken"));
    Ok(builder.transport(Table { rows, latency }).build()?)
}

/// All of them.
pub(crate) fn lines() -> Query<Ticket, Line> {
    Ticket::query().select()
}
