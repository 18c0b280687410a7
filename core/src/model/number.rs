//! Numbers with a fraction: what a column of them can be set to, and their decimals.

#[cfg(feature = "rust_decimal")]
pub(crate) mod decimal;

/// What a column of numbers with a fraction can be set to: an `f64`, and with the feature `rust_decimal` a `Decimal` of that crate. A
/// column that may be null takes `Option<f64>` too. It is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that this column can be set to",
    note = "it takes an `f64`, an `Option<f64>` where it may be null, and a `rust_decimal::Decimal` with the feature `rust_decimal`"
)]
pub trait IntoNumber<T>: sealed::IntoNumber {
    /// As it is sent.
    fn into_number(self) -> T;
}

mod sealed {
    pub trait IntoNumber {}

    impl IntoNumber for f64 {}

    impl IntoNumber for Option<f64> {}

    #[cfg(feature = "rust_decimal")]
    impl IntoNumber for rust_decimal::Decimal {}
}

impl IntoNumber<f64> for f64 {
    fn into_number(self) -> f64 {
        self
    }
}

impl IntoNumber<Option<f64>> for f64 {
    fn into_number(self) -> Option<f64> {
        Some(self)
    }
}

impl IntoNumber<Option<f64>> for Option<f64> {
    fn into_number(self) -> Option<f64> {
        self
    }
}
