//! A correction of many records.
//!
//! # What the server has
//!
//! - There is no request for many rows: each is one `PATCH`. Between the list and the last of them others write too; `If-Match` is
//!   what keeps their changes, and a change of someone else is answered with 412.
//! - A filter that the server does not know, or does not heed, means all rows. So [`update_where`](crate::Client::update_where)
//!   holds each row against the conditions that have one meaning, and refuses a query of which that cannot be said until you say
//!   [`unverified`](crate::bulk::UpdateWhere::unverified).
//! - A request whose answer was lost may have been carried out. Nothing is sent twice unless that is safe: see
//!   [`zeyos::bulk`](crate::bulk).
//! - A plan is text: look at it, let someone else look at it, keep it. So is each entry of the journal, which has the former values.
//!
//! ```
#![doc = include_str!("../../examples/guide/bulk.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! let plan = planned(&client).await?;
//! println!("{} rows would change", plan.len());
//! let mut journal = Vec::new();
//! carried_out(&client, plan, &[], &mut journal).await?;
//! let journal = String::from_utf8(journal)?;
//! let entries: Vec<JournalEntry<Contact>> = journal.lines().map(str::parse).collect::<Result<_, _>>()?;
//! assert!(taken_back(&client, entries).await.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Each row of the plan is in the journal with what became of it: applied, changed by someone else since, refused, or unknown. A
//! run that ends early is taken up by its journal. What cannot be undone is what a change set off on the server: mails that were
//! sent, numbers that were drawn.
