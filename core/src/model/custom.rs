//! Values of custom fields. Servers keep them as texts, some return numbers, and none is known to check a value against the type of its
//! field: so a value is kept as it came, and read as its type when it is asked for.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{Decimal, Exact, Id, Json, Timestamp, Wire};

/// The value of a custom field whose type says that it is a `T`.
///
/// It is kept as the server wrote it, since no server is known to hold values against the type of their field;
/// [`value`](Custom::value) reads it. Two are equal if their texts are.
///
/// ```
/// use zeyos_core::{Custom, Decimal};
///
/// let minutes = Custom::<Decimal>::from(15);
/// assert_eq!((minutes.as_str(), minutes.value()), ("15", Some(Decimal::from(15))));
/// let odd: Custom<Decimal> = serde_json::from_str(r#""about an hour""#)?;
/// assert_eq!((odd.as_str(), odd.value()), ("about an hour", None));
/// # Ok::<(), serde_json::Error>(())
/// ```
pub struct Custom<T> {
    text: Box<str>,
    of: PhantomData<fn() -> T>,
}

/// What the type of a custom field can make of its values. It is implemented for texts, [`Decimal`], `bool`, [`Timestamp`], [`Id`] and the
/// emitted choices of lists.
pub trait CustomValue: Sized {
    /// The value that this text is; `None` where it is none.
    fn from_text(text: &str) -> Option<Self>;

    /// The text that a server keeps.
    fn to_text(&self) -> String;

    /// The text as it is sent: numbers as numbers, so that a server compares them as such, but for those that would lose digits.
    #[doc(hidden)]
    fn sent(text: &str) -> Json {
        text.into()
    }
}

impl CustomValue for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn to_text(&self) -> String {
        self.clone()
    }
}

impl CustomValue for Decimal {
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn to_text(&self) -> String {
        self.as_str().to_owned()
    }

    fn sent(text: &str) -> Json {
        number(text)
    }
}

/// A check mark: 1 or 0.
impl CustomValue for bool {
    fn from_text(text: &str) -> Option<Self> {
        match text.trim() {
            "1" | "true" => Some(true),
            "" | "0" | "false" => Some(false),
            _ => None,
        }
    }

    fn to_text(&self) -> String {
        i64::from(*self).to_string()
    }

    fn sent(text: &str) -> Json {
        number(text)
    }
}

/// Seconds, as in columns.
impl CustomValue for Timestamp {
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Timestamp::from_unix)
    }

    fn to_text(&self) -> String {
        self.as_unix().to_string()
    }

    fn sent(text: &str) -> Json {
        number(text)
    }
}

impl<E> CustomValue for Id<E> {
    fn from_text(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Id::new)
    }

    fn to_text(&self) -> String {
        self.get().to_string()
    }

    fn sent(text: &str) -> Json {
        number(text)
    }
}

/// The number that a text is; a text that is none stays one, and so does one with more digits than a number of 64 bits keeps.
fn number(text: &str) -> Json {
    let digits = text.trim().trim_start_matches('+');
    let number = serde_json::from_str::<serde_json::Number>(digits).ok();
    number.filter(|number| is_same(number, digits)).map_or_else(|| text.into(), Json::Number)
}

/// Whether a number that was read of this text is all of it.
fn is_same(number: &serde_json::Number, text: &str) -> bool {
    let exactly = || Exact::parse(&number.to_string())?.compare(Exact::parse(text)?);
    // What is too long to be compared may still be an `f64` as it is written in full.
    exactly().map_or_else(|| number.as_f64().is_some_and(|float| float.to_string() == text), Ordering::is_eq)
}

impl<T: CustomValue> Custom<T> {
    /// The value; `None` where the text is none of this type. [`as_str`](Custom::as_str) has the text.
    pub fn value(&self) -> Option<T> {
        T::from_text(&self.text)
    }
}

impl<T> Custom<T> {
    /// The value as the server wrote it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn new(text: impl Into<Box<str>>) -> Self {
        Custom { text: text.into(), of: PhantomData }
    }
}

impl<T: CustomValue> From<T> for Custom<T> {
    fn from(value: T) -> Self {
        Custom::new(value.to_text())
    }
}

impl From<&str> for Custom<String> {
    fn from(text: &str) -> Self {
        Custom::new(text)
    }
}

impl From<i32> for Custom<Decimal> {
    fn from(number: i32) -> Self {
        Custom::new(number.to_string())
    }
}

impl From<i64> for Custom<Decimal> {
    fn from(number: i64) -> Self {
        Custom::new(number.to_string())
    }
}

/// The shortest decimal that is this number. What is not a number of JSON (infinite, or none) stays a text that no field equals.
impl From<f64> for Custom<Decimal> {
    fn from(number: f64) -> Self {
        Custom::new(number.to_string())
    }
}

impl<T> Clone for Custom<T> {
    fn clone(&self) -> Self {
        Custom::new(self.text.clone())
    }
}

impl<T> PartialEq for Custom<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Custom<T> {}

impl<T> Hash for Custom<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> fmt::Debug for Custom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<T> fmt::Display for Custom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<T: CustomValue> Wire for Custom<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(deserializer.deserialize_any(Plain)?.map(Custom::new))
    }

    fn empty() -> Self {
        Custom::new("")
    }

    fn to_json(&self) -> Json {
        T::sent(&self.text)
    }
}

/// As it is sent: numbers as numbers.
impl<T: CustomValue> Serialize for Custom<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer)
    }
}

impl<'de, T: CustomValue> Deserialize<'de> for Custom<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::decode::required(deserializer)
    }
}

/// A text, or what a server that keeps JSON answers: a number, yes or no.
struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a custom field: a text, a number, yes or no")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(Plain)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(i64::from(flag).to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }
}

/// Writes what an emitted list of choices needs.
#[doc(hidden)]
#[macro_export]
macro_rules! custom_choice {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $crate::text_enum!($name { $($variant = $text),* });

        impl $crate::CustomValue for $name {
            fn from_text(text: &str) -> Option<Self> {
                Some(Self::from_text(text))
            }

            fn to_text(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: CustomValue>(json: Json) -> Custom<T> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn texts_and_numbers_are_one_value_whichever_a_server_writes() {
        for (json, text) in [(json!("15"), "15"), (json!(15), "15"), (json!(-3), "-3"), (json!(1.5), "1.5")] {
            let number = read::<Decimal>(json);
            assert_eq!((number.as_str(), number.value()), (text, Some(text.parse().unwrap())));
        }
        for (json, flag) in
            [(json!("1"), Some(true)), (json!(false), Some(false)), (json!(""), Some(false)), (json!("x"), None)]
        {
            assert_eq!(read::<bool>(json).value(), flag);
        }
        assert_eq!(read::<Timestamp>(json!("60")).value(), Some(Timestamp::from_unix(60)));
        assert_eq!(read::<Timestamp>(json!("2026-01-01")).value(), None);
        assert_eq!(read::<Id<()>>(json!(7)).value(), Some(Id::new(7)));
        assert_eq!(read::<String>(json!(7)).value().as_deref(), Some("7"));
        assert!(serde_json::from_value::<Custom<String>>(json!([1])).is_err());
        assert!(serde_json::from_value::<Custom<String>>(json!(null)).is_err());
    }

    #[test]
    fn numbers_are_sent_as_numbers_and_texts_as_texts() {
        assert_eq!(Custom::<Decimal>::from(15).to_json(), json!(15));
        assert_eq!(Custom::<Decimal>::from(0.1).to_json(), json!(0.1));
        assert_eq!(Custom::<Decimal>::from("+2.50".parse::<Decimal>().unwrap()).to_json(), json!(2.5));
        assert_eq!(Custom::<Decimal>::from(f64::NAN).to_json(), json!("NaN"));
        assert_eq!(Custom::from(true).to_json(), json!(1));
        assert_eq!(Custom::from(Timestamp::from_unix(60)).to_json(), json!(60));
        assert_eq!(Custom::from(Id::<()>::new(7)).to_json(), json!(7));
        assert_eq!(Custom::<String>::from("15").to_json(), json!("15"));
        assert_eq!(serde_json::to_value(Custom::from(false)).unwrap(), json!(0));
    }

    #[test]
    fn no_digit_of_a_number_is_lost_when_it_is_sent() {
        let sent = |text: &str| Custom::<Decimal>::from(text.parse::<Decimal>().unwrap()).to_json();
        for text in [
            "12345678901234567.89",
            "-0.1234567890123456789",
            "18446744073709551616",
            "1e400",
            "0.10000000000000000000000000000000000000000000000001",
        ] {
            assert_eq!(sent(text), json!(text));
        }
        for (text, number) in [
            ("12345678901234567", json!(12_345_678_901_234_567_u64)),
            ("+1234567890123.45", json!(1_234_567_890_123.45)),
            ("0.10", json!(0.1)),
            ("1.5e3", json!(1500.0)),
        ] {
            assert_eq!(sent(text), number, "{text}");
        }
        for number in [1e300, 5e-324, f64::MAX, -0.1] {
            assert_eq!(Custom::<Decimal>::from(number).to_json(), json!(number));
        }
    }
}
