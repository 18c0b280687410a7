//! Decimal numbers that are added and compared exactly, from the text of the wire. None of them is ever a floating-point number.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number: `mantissa` divided by ten to the power of `scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    mantissa: i128,
    scale: u32,
}

/// Digits behind the point, and zeros before it, that are taken at most: an `i128` has no more.
const DIGITS: u32 = 38;

impl Exact {
    pub(crate) const ZERO: Exact = Exact { mantissa: 0, scale: 0 };

    /// A number as JSON writes it. `None` where it is none, or has more digits than can be added.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (sign, digits) = number.strip_prefix('-').map_or((1, number), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number =
            !whole.is_empty() && [whole, fraction].iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let mantissa = if is_number { format!("{whole}{fraction}").parse::<i128>().ok()? } else { return None };
        let places = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let exact = match u32::try_from(places) {
            Ok(scale) if scale <= DIGITS => Exact { mantissa, scale },
            _ if mantissa == 0 => Exact::ZERO,
            Ok(_) => return None,
            Err(_) => Exact { mantissa: mantissa.checked_mul(power(places.unsigned_abs())?)?, scale: 0 },
        };
        Some(Exact { mantissa: exact.mantissa * sign, ..exact })
    }

    /// The sum; `None` where it has more digits than can be added.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let mantissa = self.at(scale)?.checked_add(other.at(scale)?)?;
        Some(Exact { mantissa, scale })
    }

    /// The same on the other side of zero; `None` for the one number that has no other side.
    pub(crate) fn negated(self) -> Option<Self> {
        Some(Exact { mantissa: self.mantissa.checked_neg()?, scale: self.scale })
    }

    /// Which is greater; `None` where they have more digits than can be compared.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        let scale = self.scale.max(other.scale);
        Some(self.at(scale)?.cmp(&other.at(scale)?))
    }

    fn at(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(power(scale.checked_sub(self.scale)?)?)
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.mantissa.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn a_million_times_ten_cents_are_a_hundred_thousand() {
        let mut sum = Exact::ZERO;
        for _ in 0..1_000_000 {
            sum = sum.plus(exact("0.10")).unwrap();
        }
        assert_eq!(sum.to_string(), "100000.00");
    }

    #[test]
    fn numbers_are_read_as_json_writes_them() {
        let cases = [
            ("0", "0"),
            ("-0.5", "-0.5"),
            ("12.340", "12.340"),
            ("1e3", "1000"),
            ("1.5E-3", "0.0015"),
            ("-2.50e1", "-25.0"),
            ("0e99", "0"),
            ("0.1", "0.1"),
        ];
        for (text, wanted) in cases {
            assert_eq!(exact(text).to_string(), wanted, "{text}");
        }
        for odd in ["", "-", ".5", "1.2.3", "1e", "NaN", "null", "+1", "1e300", "1e-300", "0x10", "1 "] {
            assert_eq!(Exact::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_does_not_fit_is_no_sum() {
        let most = exact("99999999999999999999999999999999999999");
        assert_eq!((most.plus(most), most.plus(exact("0.1")), most.compare(exact("0.1"))), (None, None, None));
        assert_eq!(exact("-0.10").plus(exact("0.1")).unwrap().to_string(), "0.00");
        assert_eq!(exact("2.5").compare(exact("2.50")), Some(Ordering::Equal));
        assert_eq!(exact("-3").compare(exact("2.50")), Some(Ordering::Less));
    }
}
