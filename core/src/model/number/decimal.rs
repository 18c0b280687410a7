//! Numbers with a fraction as decimals of the crate `rust_decimal`.

use std::fmt;
use std::str::FromStr as _;

use rust_decimal::Decimal;
use serde::Serializer;
use serde::de::{Deserializer, Visitor};

use super::IntoNumber;
use crate::model::{self, Json, Wire};

/// A number that a `Decimal` of the crate `rust_decimal` cannot hold: it has at most 28 or 29 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoDecimal;

impl fmt::Display for NoDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number has more digits than a decimal can hold, or is none")
    }
}

impl std::error::Error for NoDecimal {}

/// The decimal that a column of a record holds: the shortest one that is read as this number, which is what a server writes.
///
/// ```
/// use rust_decimal::Decimal;
///
/// assert_eq!(zeyos_core::to_decimal(0.1)? + zeyos_core::to_decimal(0.2)?, Decimal::new(3, 1));
/// assert!(zeyos_core::to_decimal(1e300).is_err());
/// # Ok::<(), zeyos_core::NoDecimal>(())
/// ```
///
/// # Errors
/// When a decimal cannot hold it: it is too large, or has more than 28 places, as noise of a float can have (`5.55e-17`).
pub fn to_decimal(number: f64) -> Result<Decimal, NoDecimal> {
    if !number.is_finite() {
        return Err(NoDecimal);
    }
    exactly(&number.to_string())
}

/// The number of a column that is nearest to a decimal. One of at most 15 digits comes back from
/// [`to_decimal`] as it was, but for zeros at its end; a server keeps no more of it.
///
/// ```
/// use rust_decimal::Decimal;
///
/// let price = Decimal::new(123_456_789_012_345, 2);
/// assert_eq!(zeyos_core::to_decimal(zeyos_core::from_decimal(price)), Ok(price));
/// ```
pub fn from_decimal(decimal: Decimal) -> f64 {
    // It is the text of a number of JSON, whose nearest number is always finite.
    decimal.to_string().parse().unwrap_or_default()
}

/// The decimal nearest to a number: what is too small for the 28 places of a decimal is rounded. Numbers from 1 on have no more than 16
/// places, so that they are exact or too large.
fn nearest(number: f64) -> Result<Decimal, NoDecimal> {
    if number.abs() >= 1.0 {
        return to_decimal(number);
    }
    to_decimal(number).or_else(|_| exactly(&format!("{number:.28}"))).map(|decimal| decimal.normalize())
}

/// The decimal of a text, without rounding it.
fn exactly(text: &str) -> Result<Decimal, NoDecimal> {
    let text = text.strip_prefix('+').unwrap_or(text);
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    if exponent.is_empty() {
        return Decimal::from_str_exact(digits).map_err(|_| NoDecimal);
    }
    let plain = model::Exact::parse(text).ok_or(NoDecimal)?.to_string();
    Decimal::from_str_exact(&plain).map_err(|_| NoDecimal)
}

impl IntoNumber<f64> for Decimal {
    fn into_number(self) -> f64 {
        from_decimal(self)
    }
}

impl IntoNumber<Option<f64>> for Decimal {
    fn into_number(self) -> Option<f64> {
        Some(from_decimal(self))
    }
}

/// Of sums, and of documents whose decimals are texts.
impl TryFrom<&model::Decimal> for Decimal {
    type Error = NoDecimal;

    fn try_from(decimal: &model::Decimal) -> Result<Self, NoDecimal> {
        exactly(decimal.as_str())
    }
}

/// Of sums, and of documents whose decimals are texts.
impl TryFrom<model::Decimal> for Decimal {
    type Error = NoDecimal;

    fn try_from(decimal: model::Decimal) -> Result<Self, NoDecimal> {
        Decimal::try_from(&decimal)
    }
}

impl From<Decimal> for model::Decimal {
    fn from(decimal: Decimal) -> Self {
        model::Decimal::from_str(&decimal.to_string()).unwrap_or(model::Decimal::from(0))
    }
}

/// A column of numbers with a fraction, seen as decimals.
impl Wire for Decimal {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Number)
    }

    fn empty() -> Self {
        Decimal::ZERO
    }

    fn to_json(&self) -> Json {
        from_decimal(*self).into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(from_decimal(*self))
    }
}

struct Number;

impl<'de> Visitor<'de> for Number {
    type Value = Option<Decimal>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(Number)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        nearest(number).map(Some).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn decimals_come_back_as_they_were_over_the_wire() {
        for text in ["0", "0.1", "-12.3", "1234567890123.45", "0.000001", "99999999999999", "0.3", "100000000000000"] {
            let decimal = Decimal::from_str_exact(text).unwrap();
            let wire = serde_json::to_string(&decimal.to_json()).unwrap();
            let back = Decimal::read(&mut serde_json::Deserializer::from_str(&wire)).unwrap().unwrap();
            assert_eq!(back, decimal, "{text} as {wire}");
        }
    }

    #[test]
    fn what_a_server_writes_is_the_decimal_to_the_last_digit() {
        for text in ["0.1", "2.675", "1e-7", "1.7976931348623157", "2251799813685249.5", "-3", "12.340"] {
            let back = Decimal::read(&mut serde_json::Deserializer::from_str(text)).unwrap().unwrap();
            assert_eq!(back, Decimal::from_scientific(text).or_else(|_| text.parse()).unwrap(), "{text}");
        }
        assert!(Decimal::read(json!(1e40)).is_err() && Decimal::read(json!("1.5")).is_err());
        assert_eq!(Decimal::read(json!(null)).unwrap(), None);
    }

    #[test]
    fn noise_of_a_float_is_rounded_and_what_is_too_large_is_an_error() {
        let read = |text: &str| Decimal::read(&mut serde_json::Deserializer::from_str(text)).map(Option::unwrap);
        for (text, wanted) in [
            ("-5.551115123125783e-17", "-0.0000000000000000555111512313"),
            ("1.2345678901234567e-13", "0.0000000000001234567890123457"),
            ("6e-29", "0.0000000000000000000000000001"),
            ("4e-29", "0"),
            ("-1e-300", "0"),
            ("5e-324", "0"),
            ("-0.0", "0"),
            ("0.1234567890123456", "0.1234567890123456"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), wanted, "{text}");
        }
        for text in ["1e29", "-1e29", "1e300"] {
            assert!(read(text).unwrap_err().to_string().contains("more digits"), "{text}");
        }
        assert_eq!(to_decimal(-5.551115123125783e-17), Err(NoDecimal));
    }

    #[test]
    fn texts_of_sums_are_not_rounded() {
        let text = |text: &str| Decimal::try_from(text.parse::<model::Decimal>().unwrap());
        assert_eq!(text("100000.00").unwrap().to_string(), "100000.00");
        assert_eq!(text("79228162514264337593543950335").unwrap(), Decimal::MAX);
        assert_eq!(text("0.00000000000000000000000000001"), Err(NoDecimal));
        assert_eq!(text("79228162514264337593543950336"), Err(NoDecimal));
        assert_eq!(text("+1.5e2").unwrap(), Decimal::from(150));
        let sum = model::Decimal::from(Decimal::new(1050, 2));
        assert_eq!(sum.as_str(), "10.50");
    }
}
