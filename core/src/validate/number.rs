//! Numbers of rules, and how values compare with them.

use std::cmp::Ordering;
use std::fmt;

/// A number of a schema, whole or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
}

impl Number {
    /// How this number stands to a value; nothing where no order is known.
    pub(super) fn order(self, value: &serde_json::Number) -> Option<Ordering> {
        match (self, whole(value)) {
            (Number::Integer(own), Some(value)) => Some(i128::from(own).cmp(&value)),
            _ => self.float().partial_cmp(&value.as_f64()?),
        }
    }

    /// Whether a value is a multiple of this number. It is decided on the decimals that both are written in: in binary fractions
    /// 0.3 is not a multiple of 0.1.
    pub(super) fn divides(self, value: &serde_json::Number) -> bool {
        let own = match self {
            Number::Integer(own) => own.to_string(),
            Number::Float(own) => own.to_string(),
        };
        match (Decimal::read(&own), Decimal::read(&value.to_string())) {
            (Some(own), Some(value)) => own.divides(value),
            // Too many digits to be exact.
            _ => value.as_f64().is_none_or(|value| (value % self.float()).abs() <= f64::EPSILON * value.abs()),
        }
    }

    fn float(self) -> f64 {
        match self {
            Number::Integer(own) => own as f64,
            Number::Float(own) => own,
        }
    }

    /// The text that equal numbers have in common.
    pub(super) fn canonical(number: &serde_json::Number) -> String {
        let is_whole = |value: &f64| value.fract() == 0.0 && value.abs() < 9e15;
        match (whole(number), number.as_f64().filter(is_whole)) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(whole)) => (whole as i128).to_string(),
            (None, None) => number.to_string(),
        }
    }
}

fn whole(number: &serde_json::Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Integer(own) => own.fmt(f),
            Number::Float(own) => own.fmt(f),
        }
    }
}

/// Digits, and how many of them stand behind the point.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    scale: i32,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let (text, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}").parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent.parse().ok()?)?;
        Some(Decimal { digits, scale })
    }

    fn at(self, scale: i32) -> Option<i128> {
        let factor = 10_i128.checked_pow(u32::try_from(scale.checked_sub(self.scale)?).ok()?)?;
        self.digits.checked_mul(factor)
    }

    fn divides(self, value: Decimal) -> bool {
        let scale = self.scale.max(value.scale);
        match (self.at(scale), value.at(scale)) {
            // Nothing is a multiple of zero, and a schema that says so means nothing.
            (Some(0), _) => true,
            (Some(own), Some(value)) => value % own == 0,
            // One of them is larger or smaller than the other by more than any digits can say.
            _ => value.digits == 0 || value.scale <= self.scale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> serde_json::Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn multiples_are_decided_in_decimals() {
        for (of, yes, no) in [
            (Number::Float(0.1), "0.3", "0.35"),
            (Number::Float(0.01), "19.99", "19.999"),
            (Number::Integer(3), "9", "10"),
            (Number::Integer(5), "-15.0", "-15.5"),
            (Number::Float(2.5), "1e3", "1e-3"),
        ] {
            assert!(of.divides(&number(yes)) && !of.divides(&number(no)), "{of}");
        }
        assert!(Number::Integer(0).divides(&number("7")));
        assert!(Number::Integer(7).divides(&number("0")));
    }

    #[test]
    fn whole_numbers_are_compared_to_the_last_digit() {
        let most = Number::Integer(i64::MAX - 1);
        assert_eq!(most.order(&number("9223372036854775806")), Some(Ordering::Equal));
        assert_eq!(most.order(&number("9223372036854775807")), Some(Ordering::Less));
        assert_eq!(most.order(&number("18446744073709551615")), Some(Ordering::Less));
        assert_eq!(Number::Float(0.5).order(&number("1")), Some(Ordering::Less));
    }
}
