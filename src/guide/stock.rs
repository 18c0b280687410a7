//! Stock of an item, by storage.
//!
//! # What the server has
//!
//! - There is no column with a stock. It is the sum of `stocktransactions.amount`: what goes out is negative, and what comes in is
//!   positive.
//! - `flag` decides whether a row counts: booked movements do, reserved goods have not moved, cancelled rows are there for the
//!   history alone. A sum without it is wrong as soon as anything was reserved.
//! - Goods that move from one storage to another are two rows, which both count in their storage.
//! - `storage` may be null, also since a storage was deleted: those movements are a group of their own, and no storage.
//! - `stocktransactions` has neither `visibility` nor `activity`; asking for one is answered with 400. It does not compile here.
//!
//! ```
#![doc = include_str!("../../examples/guide/stock.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for place in stock(&client, Id::new(1)).await? {
//!     println!("{}: {}, {} reserved", place.storage.unwrap_or_default(), place.booked, place.reserved);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! The sums: amounts are added as decimals from the text of the wire. With which sign reservations are written is not documented,
//! so they are not taken off; look at one of yours. Deleting an item deletes its movements, and deleting a movement rewrites the
//! stock of the past.
