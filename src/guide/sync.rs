//! A copy that is kept up to date.
//!
//! # What the server has
//!
//! - There is no feed of changes. Each row has the second of its last write (`lastmodified`), which has no index, so that a window
//!   over it may be answered with 503. A row may change twice in a second, and a transaction may show later than its second.
//! - What is deleted is gone without a trace; what is "deleted" in the screens has `visibility` 2 and is in every list.
//! - [`changes_since`](crate::Client::changes_since) knows all that: see [`zeyos::sync`](crate::sync) for what it promises and what
//!   it cannot see. [`reconcile`](crate::Client::reconcile) finds the rest, and [`watch`](crate::Client::watch) does both at an
//!   interval.
//!
//! ```
#![doc = include_str!("../../examples/guide/sync.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! let mut accounts = Mirror::<zeyos::rest::Account>::new();
//! accounts.catch_up(&client).await?;
//! accounts.put_right(&client).await?;
//! println!("{} accounts", accounts.rows.len());
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Every row comes at least once, and a page again after a crash if its checkpoint was not stored with it; storing by `ID` makes
//! that nothing. `binfiles` alone has no `lastmodified`: for it `Mirror` does not compile. `cargo run --example sync` does the same
//! into SQLite, is killed again and again, and counts what is missing.
