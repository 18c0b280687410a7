//! Timesheets over tickets, tasks and accounts.
//!
//! # What the server has
//!
//! - `actionsteps` are what someone did: `effort` in minutes, `date` with an index, `assigneduser` who did it. A step belongs to at
//!   most one of task, ticket and account, or to nothing.
//! - A task belongs to a ticket, to a project or to nothing, so that a sheet by tickets needs a join. One hop is documented
//!   (`task.ticket`); two (`task.ticket.account`) are not, and do not compile. For sheets by customer, read the tickets by their
//!   ids after that.
//! - `creator` is who typed it in, which need not be who did it, and is no foreign key: `creator.name` is answered with 400.
//! - A step with a `transaction` has been billed by it.
//!
//! ```
#![doc = include_str!("../../examples/guide/timesheets.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! // December 2025 by UTC.
//! let december = Timestamp::from_unix(1_764_547_200)..Timestamp::from_unix(1_767_225_600);
//! for ((who, work), minutes) in timesheets(&client, december).await? {
//!     println!("{}: {work:?} {minutes}", who.unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Minutes are whole numbers, and each step is in one line. The period is half open, so that two that follow each other share no
//! step. A user who was deleted leaves null in `assigneduser`: those minutes are in a line without a name, and not lost.
