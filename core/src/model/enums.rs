//! Enums that stay open: a value that is not known here is kept and sent back as it came.

use std::fmt;

/// A number for which an enum has no name. Only reading one makes it, so that equal numbers are always equal values.
///
/// ```compile_fail,E0423
/// let unknown = zeyos_core::UnknownCode(4);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnknownCode(i64);

impl UnknownCode {
    /// For emitted code, after it has looked for a name.
    #[doc(hidden)]
    pub const fn unnamed(code: i64) -> Self {
        UnknownCode(code)
    }

    /// The number that stands on the wire.
    pub const fn code(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text for which an enum has no name. Only reading one makes it, so that equal texts are always equal values.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnknownText(Box<str>);

impl UnknownText {
    /// For emitted code, after it has looked for a name.
    #[doc(hidden)]
    pub fn unnamed(text: &str) -> Self {
        UnknownText(text.into())
    }

    /// The text that stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text or number that no value of an enum has. It names the values that there are, and does not repeat what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseEnumError {
    name: &'static str,
    values: &'static [&'static str],
}

impl ParseEnumError {
    /// For emitted code: the name of the enum and the names of its values.
    #[doc(hidden)]
    pub const fn new(name: &'static str, values: &'static [&'static str]) -> Self {
        ParseEnumError { name, values }
    }
}

impl fmt::Display for ParseEnumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no value of {} has this name or number; there are: {}", self.name, self.values.join(", "))
    }
}

impl std::error::Error for ParseEnumError {}

/// Writes what an emitted enum of integers needs. The macro gets the name and the pairs of variant and code; the enum itself is
/// an ordinary item beside it. With `ordered` a larger number is more of it.
#[doc(hidden)]
#[macro_export]
macro_rules! integer_enum {
    ($name:ident { $($variant:ident = $code:literal),* $(,)? } ordered) => {
        $crate::integer_enum!($name { $($variant = $code),* });

        /// By number.
        impl std::cmp::Ord for $name {
            #[inline]
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                std::cmp::Ord::cmp(&self.code(), &other.code())
            }
        }

        impl std::cmp::PartialOrd for $name {
            #[inline]
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(std::cmp::Ord::cmp(self, other))
            }
        }
    };
    ($name:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        impl $name {
            /// The number that stands on the wire.
            #[inline]
            pub const fn code(self) -> i64 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(unknown) => unknown.code(),
                }
            }

            /// The value with this number. One without a name is kept, and never equal to one that has a name.
            #[inline]
            pub const fn from_code(code: i64) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    code => Self::Unknown($crate::model::UnknownCode::unnamed(code)),
                }
            }

            /// The name of the value; `None` for a number that the document does not name.
            #[inline]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some(stringify!($variant)),)*
                    Self::Unknown(_) => None,
                }
            }

            #[inline]
            fn names_and_codes() -> (&'static [&'static str], &'static [i64]) {
                (&[$(stringify!($variant)),*], &[$($code),*])
            }
        }

        /// The name, or the number where there is none.
        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::model::show_code(self.name(), self.code(), f)
            }
        }

        /// From the name of a value or its number.
        impl std::str::FromStr for $name {
            type Err = $crate::model::ParseEnumError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, $crate::model::ParseEnumError> {
                let (names, codes) = Self::names_and_codes();
                let code = $crate::model::parse_code(text, names, codes);
                code.map(Self::from_code).ok_or($crate::model::ParseEnumError::new(stringify!($name), names))
            }
        }

        /// Only numbers that have a name; `from_code` keeps the others too.
        impl std::convert::TryFrom<i64> for $name {
            type Error = $crate::model::ParseEnumError;

            #[inline]
            fn try_from(code: i64) -> Result<Self, $crate::model::ParseEnumError> {
                match Self::from_code(code) {
                    Self::Unknown(_) => {
                        Err($crate::model::ParseEnumError::new(stringify!($name), Self::names_and_codes().0))
                    }
                    value => Ok(value),
                }
            }
        }

        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let read = <i64 as $crate::model::Wire>::read(deserializer)?.map(Self::from_code);
                if let Some(Self::Unknown(unknown)) = read {
                    $crate::decode::unknown_code(stringify!($name), unknown.code());
                }
                Ok(read)
            }

            #[inline]
            fn empty() -> Self {
                Self::from_code(0)
            }

            #[inline]
            fn to_json(&self) -> $crate::model::Json {
                self.code().into()
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.code())
            }
        }

        $crate::wire_value!($name, Whole);
    };
}

/// Writes what an emitted enum of texts needs.
#[doc(hidden)]
#[macro_export]
macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            /// The text that stands on the wire.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(unknown) => unknown.as_str(),
                }
            }

            /// The value with this text. One without a name is kept, and never equal to one that has a name.
            #[inline]
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    text => Self::Unknown($crate::model::UnknownText::unnamed(text)),
                }
            }
        }

        /// The text that stands on the wire.
        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Only texts that have a name; `from_text` keeps the others too.
        impl std::str::FromStr for $name {
            type Err = $crate::model::ParseEnumError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, $crate::model::ParseEnumError> {
                match Self::from_text(text) {
                    Self::Unknown(_) => Err($crate::model::ParseEnumError::new(stringify!($name), &[$($text),*])),
                    value => Ok(value),
                }
            }
        }

        /// Only texts that have a name; `from_text` keeps the others too.
        impl std::convert::TryFrom<&str> for $name {
            type Error = $crate::model::ParseEnumError;

            #[inline]
            fn try_from(text: &str) -> Result<Self, $crate::model::ParseEnumError> {
                text.parse()
            }
        }

        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let read = <String as $crate::model::Wire>::read(deserializer)?.map(|text| Self::from_text(&text));
                if let Some(Self::Unknown(_)) = read {
                    $crate::decode::unknown_text(stringify!($name));
                }
                Ok(read)
            }

            #[inline]
            fn empty() -> Self {
                Self::from_text("")
            }

            #[inline]
            fn to_json(&self) -> $crate::model::Json {
                self.as_str().into()
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        $crate::wire_value!($name, Text);
    };
}

/// Makes a type usable in columns and, through serde, in rows of the user's own.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_value {
    ($name:ident, $comparison:ident) => {
        impl $crate::query::Value for $name {
            type Plain = $name;
            const COMPARISON: $crate::query::Comparison = $crate::query::Comparison::$comparison;
        }

        $crate::serialize!($name);

        impl From<&$name> for $name {
            #[inline]
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::required(deserializer)
            }
        }
    };
}

/// Prints a value of an enum of integers.
///
/// # Errors
/// Those of the formatter.
#[doc(hidden)]
pub fn show_code(name: Option<&'static str>, code: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match name {
        Some(name) => f.pad(name),
        None => fmt::Display::fmt(&code, f),
    }
}

/// The code of a value that is given by name, or by its number as text.
#[doc(hidden)]
pub fn parse_code(text: &str, names: &[&str], codes: &[i64]) -> Option<i64> {
    let named = names.iter().zip(codes).find(|(name, _)| **name == text).map(|(_, code)| *code);
    named.or_else(|| text.parse().ok().filter(|code| codes.contains(code)))
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "what the macros write is public, as emitted code is")]
mod tests {
    use super::{UnknownCode, UnknownText};
    use crate::model::{Json, Wire};

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Tip {
        Fine,
        Broad,
        Unknown(UnknownCode),
    }
    crate::integer_enum!(Tip { Fine = 0, Broad = 3 } ordered);

    #[derive(Debug, Clone, PartialEq)]
    enum Ink {
        Blue,
        Unknown(UnknownText),
    }
    crate::text_enum!(Ink { Blue = "blue" });

    #[test]
    fn unknown_numbers_survive_a_round_trip() {
        for (json, tip) in [("0", Tip::Fine), ("3", Tip::Broad), ("7", Tip::from_code(7))] {
            let read: Tip = serde_json::from_str(json).unwrap();
            assert_eq!((read, read.to_json().to_string().as_str()), (tip, json));
        }
    }

    #[test]
    fn unknown_texts_survive_a_round_trip() {
        let read: Vec<Ink> = serde_json::from_str(r#"["blue","red"]"#).unwrap();
        assert_eq!(read, [Ink::Blue, Ink::from_text("red")]);
        assert_eq!(read[1].to_json(), Json::from("red"));
    }

    #[test]
    fn null_is_not_a_value_of_an_enum() {
        assert!(serde_json::from_str::<Tip>("null").is_err());
        assert_eq!(serde_json::from_str::<Option<Tip>>("null").unwrap(), None);
    }

    #[test]
    fn a_number_is_shown_by_its_name_and_read_by_either() {
        for (tip, shown) in [(Tip::Fine, "Fine"), (Tip::Broad, "Broad"), (Tip::from_code(-7), "-7")] {
            assert_eq!((format!("{tip}"), format!("{tip:>6}")), (shown.to_owned(), format!("{shown:>6}")));
        }
        assert_eq!(("Broad".parse(), "3".parse(), 3.try_into()), (Ok(Tip::Broad), Ok(Tip::Broad), Ok(Tip::Broad)));
        for unknown in ["broad", "7", "", "3.0"] {
            assert!(unknown.parse::<Tip>().is_err(), "{unknown}");
        }
        let message = "no value of Tip has this name or number; there are: Fine, Broad";
        assert_eq!(Tip::try_from(7).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_text_is_shown_as_it_is_sent_and_read_if_it_has_a_name() {
        assert_eq!((Ink::Blue.to_string(), Ink::from_text("red").to_string()), ("blue".to_owned(), "red".to_owned()));
        assert_eq!(("blue".parse(), "blue".try_into()), (Ok(Ink::Blue), Ok(Ink::Blue)));
        let error = "hunter2".parse::<Ink>().unwrap_err();
        assert_eq!(error.to_string(), "no value of Ink has this name or number; there are: blue");
        assert_eq!(Ink::try_from("red"), Err(error));
    }

    #[test]
    fn a_value_without_a_name_prints_as_it_stands_on_the_wire() {
        assert_eq!(format!("{:?} {:?}", Tip::from_code(7), Ink::from_text("red")), r#"Unknown(7) Unknown("red")"#);
        assert!(matches!(Tip::from_code(7), Tip::Unknown(unknown) if unknown.code() == 7));
        assert_eq!((Tip::Fine.name(), Tip::from_code(7).name()), (Some("Fine"), None));
    }

    #[test]
    fn where_the_order_means_something_it_is_that_of_the_numbers() {
        let mut tips = [Tip::from_code(7), Tip::Broad, Tip::from_code(1), Tip::Fine];
        tips.sort();
        assert_eq!(tips.map(Tip::code), [0, 1, 3, 7]);
    }
}
