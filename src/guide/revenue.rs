//! Revenue of a month after credits, by currency.
//!
//! # What the server has
//!
//! - Invoices and credit notes are both rows of `transactions`, told apart by `type`; [`Invoice`](crate::rest::Invoice) and
//!   [`Credit`](crate::rest::Credit) bind it. Purchases lie in the same table, so a sum without a type adds what was paid to what
//!   was earned.
//! - Amounts are floating-point numbers, and every row has a currency of its own. Sums here are taken from the text of the wire and are
//!   decimals: [`sum`](crate::Call::sum), and never over two currencies.
//! - `netamount` is without tax. Drafts are no revenue, and cancelled documents are none either; one that was partly paid and then
//!   cancelled (`PartlyPaidCancelled`) is: leave it out if your books do.
//! - `date` is the business date in Unix seconds and has an index. Where a month begins is a matter of the time zone of the
//!   company: give the two moments, not two dates.
//!
//! ```
#![doc = include_str!("../../examples/guide/revenue.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! // December 2025 by UTC.
//! let december = Timestamp::from_unix(1_764_547_200)..Timestamp::from_unix(1_767_225_600);
//! for row in revenue(&client, december).await? {
//!     println!("{}: {} less {}", row.currency, row.invoiced, row.credited);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! The sums are, to the last digit of what the server sent, and so is the difference. Whether credit notes have positive amounts is
//! not documented: they have in the emulator, and this page takes them off. Look at one of yours before you trust a total; where
//! they are negative, [`checked_add`](crate::Decimal::checked_add) is right. `exchangerate` is not used: which of the two
//! currencies it multiplies is not documented either.
