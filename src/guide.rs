//! Tasks of real integrations, a page each: what the server has and where it surprises, the program, and what of its answer is exact.
//!
//! | To | Page |
//! |---|---|
//! | list the open tickets of a customer with the hours that they took | [`open_tickets`] |
//! | add up the revenue of a month, after credits and by currency | [`revenue`] |
//! | find overdue invoices and draft the next reminder | [`overdue`] |
//! | find customers who cannot be sent an invoice | [`billing_addresses`] |
//! | know what lies in each storage | [`stock`] |
//! | know what an item costs a customer | [`price`] |
//! | make timesheets over tickets and tasks | [`timesheets`] |
//! | find mail that no one has answered | [`unanswered_mail`] |
//! | find contacts that are there twice | [`duplicates`] |
//! | keep a copy up to date | [`mod@sync`] |
//! | correct many records, and take it back | [`bulk`] |
//! | come from the JavaScript client of the vendor | [`from_javascript`] |
//!
//! Each program is one file below `examples/guide` of this package, and takes a [`Client`](crate::Client). All of them run against
//! the emulator (package `zeyos-emulator`) when this package is tested, and their answers are compared with what its data say.
//!
//! Surprises that all pages share: lists show archived and deleted rows, end silently at 1000 rows, and have no totals; amounts are
//! floating-point numbers in a currency of their row; times are Unix seconds; most texts are empty and not null.
//!
//! The examples of the repository are whole programs: `cargo run --example report`, `export`, `billing`, `sync`, `bulk`, `login`, `web`.

pub mod billing_addresses;
pub mod bulk;
pub mod duplicates;
pub mod from_javascript;
pub mod open_tickets;
pub mod overdue;
pub mod price;
pub mod revenue;
pub mod stock;
pub mod sync;
pub mod timesheets;
pub mod unanswered_mail;
