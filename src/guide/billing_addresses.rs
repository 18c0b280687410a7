//! Customers who cannot be sent an invoice.
//!
//! # What the server has
//!
//! - An address is a row of `addresses` between an account and a contact, with a `type`: delivery, billing, dunning and more, for
//!   sales and for purchases. The street stands in the contact.
//! - "Has none" cannot be asked: there are no outer joins, and no condition over rows that refer to a row. So both lists are read,
//!   and compared here.
//! - Text columns are not null and empty by default, so that a row that is there may say nothing. Both cases are told apart.
//! - `accounts.contact` is another contact, that of the account itself. Whether documents fall back to it is not documented.
//!
//! ```
#![doc = include_str!("../../examples/guide/billing_addresses.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for (customer, gap) in without_billing_address(&client).await? {
//!     println!("{} {}: {gap:?}", customer.id, customer.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Every customer is in one of three groups, and each is looked at once. What is written while the two lists are read may show in
//! one of them alone. What is kept in memory is one entry for each account with a billing address.
