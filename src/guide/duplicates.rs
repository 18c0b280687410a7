//! Contacts that are there twice.
//!
//! # What the server has
//!
//! - No rule keeps two contacts from having one address, and none of the text columns is unique.
//! - There is no grouping: [`distinct`](crate::Query::distinct) drops equal rows, which hides duplicates instead of showing them.
//!   So the columns that are compared are read, and grouped here.
//! - Text is compared with its capitals by `=`, and blanks at its ends are refused by the tables, so that lower case is all that is
//!   left to do.
//! - Most columns are not null but empty. A comparison with the empty text leaves those out.
//!
//! ```
#![doc = include_str!("../../examples/guide/duplicates.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for (email, ids) in duplicates(&client).await? {
//!     println!("{email}: {ids:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Equal addresses, whatever their case; no one else is called a duplicate. The ids come in their order, so that the first is the
//! one that was made first. A merge is no request of the server: move what refers to the others (addresses, opportunities,
//! participants), then set their `visibility` to [`Deleted`](crate::rest::Visibility::Deleted). A
//! [`delete_contact`](crate::rest::Api::delete_contact) is for good, and takes their addresses along.
