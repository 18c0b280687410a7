//! What an item costs a customer.
//!
//! # What the server has
//!
//! - Price lists have a currency, a time in which they are valid, and a [side](crate::rest::PriceListType): sales, purchases or
//!   production. They serve everyone (`applytoall`) or the accounts that `pricelists2accounts` names.
//! - A row of `prices` is one item in one list, from a quantity on. Its null `price` means that of the item, and 0 means free; its
//!   null `discount` means that of the list, and 0 means none. The rebate goes off first, then the discount, which may be negative.
//! - Nothing on the server reckons a price for the outside. What it does in its own screens where two lists fit is not documented.
//! - The price of an item (`sellingprice`) has no currency: it is in that of the instance.
//! - What has no end has null in `dateto`. Whether a list can be asked for null is not certain, so dates are compared here.
//!
//! ```
#![doc = include_str!("../../examples/guide/price.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! let asked = (5.0, "EUR", Timestamp::from_unix(1_767_225_600));
//! println!("{:.2}", effective_price(&client, Id::new(3), Id::new(2), asked).await?);
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! Which tier of a list counts, and how rebate and discount follow each other, is as the documentation of the columns has it. That
//! the least of several lists wins is a choice of this page, after their name (`BillingMin`); lists of the kind `BillingMax` are
//! not looked at. Prices are floating-point numbers that are not rounded: round once, at the total of the line, as your books do.
