//! Copies of records that are kept up to date: what has changed since a checkpoint, what is gone, and both at an interval.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
//! use std::collections::BTreeMap;
//! use zeyos::rest::Account;
//! use zeyos::sync::Checkpoint;
//! use zeyos::{Client, TokenSet};
//!
//! let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
//! let (mut copy, mut kept) = (BTreeMap::new(), Checkpoint::<Account>::new().to_string());
//! for _ in 0..2 {
//!     let mut changes = client.changes_since(kept.parse::<Checkpoint<Account>>()?);
//!     while let Some(page) = changes.next().await {
//!         // Where the copy is a database, both of these belong in one transaction.
//!         let page = page?;
//!         copy.extend(page.rows.into_iter().map(|account| (account.id, account)));
//!         kept = page.checkpoint.to_string();
//!     }
//! }
//! let mine: Vec<_> = copy.values().map(|account| (account.id, account.lastmodified)).collect();
//! let differences = client.reconcile(mine).collect().await?;
//! assert!(differences.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! Delivery is at least once: a consumer that stores the rows of a page and its checkpoint in one transaction has every row, and each
//! once, with two exceptions. A window that is narrowed after its first page was delivered is read from its beginning, and a clock that is
//! put back by more than the overlap makes old seconds new: rows of them that the checkpoint does not remember come again. A consumer that
//! stores the two apart stores a row twice at worst, which changes nothing where it is stored by its `ID`.
//!
//! A second counts as settled when the clock of the server was beyond it by the [overlap](OVERLAP) at the time at which the first row was
//! asked for: that is the `Date` of the first answer less the time that passed until it came. Everything written in seconds that are not
//! settled is read again by the next pass, and compared by its content with what was delivered; (`lastmodified`, `ID`) say nothing, since a
//! row may change twice in a second. Contents are remembered for another overlap, in case the clock of the server is put back.
//!
//! # What it cannot see
//!
//! - A row that becomes visible later after its `lastmodified` than the overlap: a transaction of the server that takes longer.
//! - Writes while the clock of the server was behind by more than the overlap. A clock that was put back is noticed by its `Date`, and the
//!   overlap is counted from there.
//! - Rows that are gone. A deleted row has no `lastmodified`.
//!
//! [`Client::reconcile`](crate::Client::reconcile) finds all of these but a change that has left `lastmodified` as it was, so let
//! it run now and then; [`Client::watch`](crate::Client::watch) does.
//!
//! Whether a change of tags, of custom fields or of the lines of a document moves `lastmodified` is known of lines alone: they are a column
//! of the record, whose every update moves it. Of tags and custom fields, which are kept beside the record, it is unknown.

mod changes;
mod checkpoint;
mod fingerprint;
mod reconcile;
mod watch;

use std::time::Duration;

pub use changes::{ChangePage, Changes, Way};
pub use checkpoint::{Checkpoint, ParseCheckpointError};
pub use reconcile::{Difference, Differences, Reconcile};
pub use watch::{Watch, Watched};

/// For how long a second is not settled, unless [`Changes::overlap`] says otherwise, counted back from when the first rows of a
/// pass were asked for. It is more than the longest time for which the client waits for one answer, and less than anyone minds to
/// read again.
pub const OVERLAP: Duration = Duration::from_secs(120);
