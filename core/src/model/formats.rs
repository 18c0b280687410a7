//! Texts of a format: dates, times, UUIDs, decimals, bytes in base64.
//!
//! Each keeps the text as it stands on the wire. What a caller makes is checked; what a server sends is taken as it is, since one odd date
//! is not a reason to lose a whole answer: the methods that look inside answer `None` for a text of another form.

mod base64;
mod time;
mod uuid;

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::de::Deserializer;

use super::{Exact, Json, Wire};

pub use base64::Base64;
pub use time::{Date, DateTime};
pub use uuid::Uuid;

/// A text that is not of a format. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatError {
    format: &'static str,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is not a {}", self.format)
    }
}

impl std::error::Error for FormatError {}

/// The text, if it is as a format has to be.
///
/// # Errors
/// Where it is not.
#[doc(hidden)]
pub fn matching(format: &'static str, pattern: &str, text: &str) -> Result<String, FormatError> {
    let is_match = regex_lite::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    if is_match { Ok(text.to_owned()) } else { Err(FormatError { format }) }
}

/// A text that is checked where it is made here, and read as it comes.
macro_rules! text_format {
    ($name:ident, $format:literal, $is:expr) => {
        impl $name {
            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text is of the format. One that a server sent need not be.
            pub fn is_valid(&self) -> bool {
                $is(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = super::FormatError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $is(text) { Ok(Self(text.into())) } else { Err(super::FormatError { format: $format }) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl super::Wire for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                super::read(deserializer).map(|text| text.map(Self))
            }

            fn empty() -> Self {
                Self(Box::default())
            }

            fn to_json(&self) -> super::Json {
                self.as_str().into()
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        crate::serialize!($name);

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::decode::required(deserializer)
            }
        }
    };
}

pub(super) use text_format;

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
    Option::deserialize(deserializer)
}

/// A number as text, so that no digit is lost: `1234.50`. Two are equal if their texts are.
///
/// ```
/// use zeyos_core::Decimal;
///
/// let price: Decimal = "1234.50".parse()?;
/// assert_eq!((price.as_str(), price.to_f64()), ("1234.50", Some(1234.5)));
/// assert!("1,5".parse::<Decimal>().is_err());
/// # Ok::<(), zeyos_core::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// The nearest number of 64 bits; `None` for a text that is not a decimal.
    pub fn to_f64(&self) -> Option<f64> {
        self.is_valid().then(|| f64::from_str(&self.0).ok()).flatten()
    }

    /// The sum, exactly. `None` where it has more than 38 digits, or where one of the two is not a decimal.
    ///
    /// ```
    /// use zeyos_core::Decimal;
    ///
    /// let (net, tax): (Decimal, Decimal) = ("0.10".parse()?, "0.2".parse()?);
    /// assert_eq!(net.checked_add(&tax), Some("0.30".parse()?));
    /// # Ok::<(), zeyos_core::FormatError>(())
    /// ```
    pub fn checked_add(&self, other: &Decimal) -> Option<Decimal> {
        self.exact()?.plus(other.exact()?).map(Decimal::of)
    }

    /// What is left when the other one is taken away, exactly. `None` as for [`checked_add`](Decimal::checked_add).
    pub fn checked_sub(&self, other: &Decimal) -> Option<Decimal> {
        self.exact()?.plus(other.exact()?.negated()?).map(Decimal::of)
    }

    /// `None` where it has more digits than can be added, or is not a decimal.
    pub(crate) fn exact(&self) -> Option<Exact> {
        Exact::parse(self.0.strip_prefix('+').unwrap_or(&self.0))
    }

    fn of(exact: Exact) -> Self {
        Decimal(exact.to_string().into())
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Decimal(number.to_string().into())
    }
}

/// An optional sign, digits with a point between or not, and an exponent or none.
fn is_decimal(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_number = match number.split_once('.') {
        Some((whole, part)) => is_digits(whole) && is_digits(part),
        None => is_digits(number),
    };
    is_number && exponent.is_none_or(is_digits)
}

mod decimal {
    use super::{Decimal, is_decimal};

    super::text_format!(Decimal, "decimal number", is_decimal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn decimals_are_added_and_subtracted_exactly() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let cases = [
            ("0.1", "0.2", Some("0.3"), Some("-0.1")),
            ("+1", "1.00", Some("2.00"), Some("0.00")),
            ("-2.5", "1e1", Some("7.5"), Some("-12.5")),
            ("1e300", "1", None, None),
            ("99999999999999999999999999999999999999", "0.1", None, None),
        ];
        for (one, other, sum, rest) in cases {
            let (one, other) = (decimal(one), decimal(other));
            assert_eq!(one.checked_add(&other), sum.map(decimal), "{one} + {other}");
            assert_eq!(one.checked_sub(&other), rest.map(decimal), "{one} - {other}");
        }
    }

    #[test]
    fn decimals_are_digits() {
        for good in ["0", "-12.50", "+1.0", "1e10", "1.5E-3"] {
            assert_eq!(good.parse::<Decimal>().unwrap().to_string(), good);
        }
        for bad in ["", "-", ".5", "1.", "1,5", "1e", "0x1", "NaN", "inf", " 1"] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad}");
        }
        assert_eq!(Decimal::from(-3).to_f64(), Some(-3.0));
    }

    #[test]
    fn what_a_server_sends_is_kept_whatever_it_is() {
        let odd = Date::read(json!("yesterday")).unwrap().unwrap();
        assert!(!odd.is_valid() && odd.parts().is_none());
        assert_eq!(odd.to_json(), json!("yesterday"));
        assert_eq!(Uuid::read(Json::Null).unwrap(), None);
        assert!(DateTime::read(json!(7)).is_err());
        let error = "hunter2".parse::<Uuid>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
