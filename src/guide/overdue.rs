//! Overdue invoices, what is left of them, and the next reminder.
//!
//! # What the server has
//!
//! - [`Invoice::overdue`](crate::rest::Invoice::overdue) binds the type, the states in which something is to be paid, and
//!   `duedate`. That column has no index: the server may answer 503 where a table is large, which is reported as
//!   [`ClientEvent::UnindexedFilter`](crate::ClientEvent::UnindexedFilter) beforehand. Asking for [`Invoice::open`](crate::rest::Invoice::open)
//!   and comparing dates here is the other way.
//! - What was paid stands in `payments`, of which several may belong to an invoice. Drafts and cancelled payments moved no money.
//! - What a customer was sent stands in `dunning`, which is joined to invoices by rows of `dunning2transactions`. A notice names
//!   its account and may cover many invoices. Drafts and cancelled ones were not sent.
//! - A notice and its row of `dunning2transactions` are two requests and no transaction. So the notice is made as a draft: if the
//!   second request fails, what is left asks no one for money.
//! - `dunningnum` is unique within a type as long as the notice is not cancelled, so a create that is repeated with the same number
//!   is refused.
//!
//! ```
#![doc = include_str!("../../examples/guide/overdue.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! let today = Timestamp::from_unix(1_767_225_600);
//! let all = overdue(&client, today).await?;
//! for late in &all {
//!     println!("{}: {:.2} {}, asked: {:?}", late.invoice.number, late.open, late.invoice.currency, late.level);
//! }
//! if let Some(late) = all.first() {
//!     remind(&client, late, "MA-1001", today + std::time::Duration::from_secs(14 * 86_400)).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Which invoices, and what came in: payments are added as decimals. What is left is a difference of floating-point numbers, so it
//! is compared with half a cent and printed with two digits. Payments have no currency; this page takes them to be in that of their
//! invoice, as the server does by all that is known. Whether a credit note lowers what is due of an invoice is not documented, and
//! not done here.
