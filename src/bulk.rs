//! Many records at a time: created, changed and deleted with a result for each, as many at once as the server bears, and nothing twice.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
//! use zeyos::bulk::Outcome;
//! use zeyos::rest::{NewTicket, Ticket, TicketPatch, TicketStatus, ticket};
//! use zeyos::{Client, TokenSet};
//!
//! let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
//! let rows = (0..20).map(|row| NewTicket::new("Moved in").ticketnum(format!("EXT-{row}")));
//! let mut created = client.create_many::<Ticket, _>(rows).dedupe_by(ticket::TICKETNUM).run();
//! while let Some(row) = created.next().await {
//!     assert!(matches!(row.outcome, Outcome::Done(_)), "{row:?}");
//! }
//!
//! let moved = Ticket::query().filter(ticket::NAME.eq("Moved in"));
//! let plan = client.update_where(moved, |_: &Ticket| TicketPatch::new().status(TicketStatus::Active)).plan().await?;
//! assert_eq!(plan.len(), 20);
//! let mut journal = Vec::new();
//! let mut applied = client.apply(plan).run();
//! while let Some(entry) = applied.next().await {
//!     journal.push(entry);
//! }
//! let mut reverted = client.revert(journal).run();
//! while let Some(entry) = reverted.next().await {
//!     assert!(entry.is_applied());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Rows that create or change a view, such as invoices among business documents, become those of the resource by
//! `rows.map(Into::into)`.
//!
//! # What is promised
//!
//! Every row has an [`Outcome`], in the order of the rows. Nothing is carried out twice: a write whose answer is lost is not sent
//! again unless it has an `If-Match`, since the server refuses that one once it was done, or unless the settings of the client or
//! of the call say that such writes are repeated. The record is looked for instead, for as long as the settle time says, and what
//! cannot be found out is [`Unknown`](Outcome::Unknown). Only as many rows are held in memory as are under way, so that a million
//! of them take no more than a hundred; what the server asks for by 429 and `Retry-After` is heeded by all of them together.

mod apply;
mod create;
mod each;
mod filtered;
mod guard;
mod ordered;
mod outcome;
mod plan;
mod resolve;

use std::time::Duration;

pub use apply::{Apply, Journal, JournalEntry, JournalState};
pub use create::CreateMany;
pub use each::{DeleteMany, UpdateMany};
pub use filtered::{DeleteWhere, UpdateWhere};
pub use ordered::Rows;
pub use outcome::{Outcome, Outcomes, RowOutcome, Tally};
pub use plan::{ParsePlanError, Plan, PlannedRow};

/// How many rows are under way at once, unless set.
pub const CONCURRENCY: usize = 8;

/// For how long a record is looked for whose write had no answer, unless set: as long as a server may be at work on a request that
/// no one waits for any more.
pub const SETTLE_TIME: Duration = Duration::from_secs(60);
