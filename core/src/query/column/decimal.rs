//! Columns of numbers with a fraction, seen as decimals of the crate `rust_decimal`.

use std::marker::PhantomData;

use rust_decimal::Decimal;

use super::Column;
use crate::query::Value;

/// Types of columns that can be seen as decimals. It is sealed.
pub trait Fractional: sealed::Fractional {
    /// The same as a decimal.
    type Decimal: Value;
}

mod sealed {
    pub trait Fractional {}

    impl Fractional for f64 {}

    impl Fractional for Option<f64> {}
}

impl Fractional for f64 {
    type Decimal = Decimal;
}

impl Fractional for Option<f64> {
    type Decimal = Option<Decimal>;
}

impl<E, T: Fractional, K> Column<E, T, K> {
    /// The same column with decimals: in filters, in [`projection!`](crate::projection), in sums. What a server writes comes as the
    /// decimal that it wrote, so that 0.1 and 0.2 are 0.3. A number with more than 28 places, as the noise of a float
    /// (`-5.551115123125783e-17`) has, is rounded to 28; one that is too large for a decimal cannot be decoded.
    ///
    /// ```
    /// # use zeyos_core::query::{Column, Model};
    /// # pub struct Payment;
    /// # impl Model for Payment { const RESOURCE: &'static str = "payments"; }
    /// # mod payment {
    /// #     use super::*;
    /// #     pub const AMOUNT: Column<Payment, f64> = Column::new("amount");
    /// # }
    /// use rust_decimal::Decimal;
    ///
    /// zeyos_core::projection! {
    ///     struct Row from Payment {
    ///         amount: Decimal = payment::AMOUNT.decimal(),
    ///     }
    /// }
    /// # fn main() {
    /// let large = payment::AMOUNT.decimal().ge(Decimal::new(1050, 2));
    /// assert_eq!(large.to_json().to_string(), r#"{"amount":{">=":10.5}}"#);
    /// let row: Row = serde_json::from_str(r#"{"amount": 0.1}"#).unwrap();
    /// assert_eq!(row.amount, Decimal::new(1, 1));
    /// # }
    /// ```
    pub const fn decimal(self) -> Column<E, T::Decimal, K> {
        Column { path: self.path, types: PhantomData }
    }
}
