//! Open tickets of a customer, each with the time that was spent on it.
//!
//! # What the server has
//!
//! - A ticket belongs to an account or to a project, never to both (a rule of the table), and a project belongs to an account. So
//!   the tickets of a customer are those of his account and those of his projects: one condition over one join.
//! - "Open" is no column. [`TicketStatus`](crate::rest::TicketStatus) has twelve states; which of them are ended is your decision.
//!   Naming those, and asking for all others, shows a state that is added later instead of hiding it.
//! - Lists show archived and deleted rows too: [`live`](crate::Query::live) leaves them out.
//! - Time is in `actionsteps.effort`, in whole minutes. A step belongs to a ticket or to a task, and the task may be one of the
//!   ticket: whoever adds up `ticket` alone misses the rest. Drafts are plans, and cancelled steps were not done.
//! - The server adds nothing up, and a list ends silently at 1000 rows: [`stream`](crate::RowStream) brings all.
//!
//! ```
#![doc = include_str!("../../examples/guide/open_tickets.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for (ticket, minutes) in open_tickets(&client, Id::new(1)).await? {
//!     println!("{} {}: {}:{:02}", ticket.id, ticket.name, minutes / 60, minutes % 60);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Minutes are whole numbers, and every step counts once, since the rule of the table allows it one of ticket, task and account.
//! Steps are read after the tickets: what is written between the two requests may be in one and not in the other. The 500 ids of a
//! request are a choice of this page; no limit is known.
