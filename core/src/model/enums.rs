//! Enums that stay open: a value that is not known here is kept and sent back as it came.

/// Writes what an emitted enum of integers needs. The macro gets the name and the pairs of variant and code; the enum itself is
/// an ordinary item beside it.
#[doc(hidden)]
#[macro_export]
macro_rules! integer_enum {
    ($name:ident { $($variant:ident = $code:literal),* $(,)? }) => {
        impl $name {
            /// The number that stands on the wire.
            pub const fn code(self) -> i64 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }

            /// The value with this number.
            pub const fn from_code(code: i64) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    code => Self::Unknown(code),
                }
            }
        }

        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(<i64 as $crate::model::Wire>::read(deserializer)?.map(Self::from_code))
            }

            fn empty() -> Self {
                Self::from_code(0)
            }

            fn to_json(&self) -> $crate::model::Json {
                self.code().into()
            }
        }

        $crate::wire_value!($name);
    };
}

/// Writes what an emitted enum of texts needs.
#[doc(hidden)]
#[macro_export]
macro_rules! text_enum {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            /// The text that stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }

            /// The value with this text.
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)*
                    text => Self::Unknown(text.into()),
                }
            }
        }

        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(<String as $crate::model::Wire>::read(deserializer)?.map(|text| Self::from_text(&text)))
            }

            fn empty() -> Self {
                Self::from_text("")
            }

            fn to_json(&self) -> $crate::model::Json {
                self.as_str().into()
            }
        }

        $crate::wire_value!($name);
    };
}

/// Makes a type usable in columns and, through serde, in rows of the user's own.
#[doc(hidden)]
#[macro_export]
macro_rules! wire_value {
    ($name:ident) => {
        impl $crate::query::Value for $name {
            type Plain = $name;
        }

        impl From<&$name> for $name {
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

#[cfg(test)]
#[allow(unreachable_pub, reason = "what the macros write is public, as emitted code is")]
mod tests {
    use crate::model::{Json, Wire};

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Tip {
        Fine,
        Broad,
        Unknown(i64),
    }
    crate::integer_enum!(Tip { Fine = 0, Broad = 3 });

    #[derive(Debug, Clone, PartialEq)]
    enum Ink {
        Blue,
        Unknown(Box<str>),
    }
    crate::text_enum!(Ink { Blue = "blue" });

    #[test]
    fn unknown_numbers_survive_a_round_trip() {
        for (json, tip) in [("0", Tip::Fine), ("3", Tip::Broad), ("7", Tip::Unknown(7))] {
            let read: Tip = serde_json::from_str(json).unwrap();
            assert_eq!((read, read.to_json().to_string().as_str()), (tip, json));
        }
    }

    #[test]
    fn unknown_texts_survive_a_round_trip() {
        let read: Vec<Ink> = serde_json::from_str(r#"["blue","red"]"#).unwrap();
        assert_eq!(read, [Ink::Blue, Ink::Unknown("red".into())]);
        assert_eq!(read[1].to_json(), Json::from("red"));
    }

    #[test]
    fn null_is_not_a_value_of_an_enum() {
        assert!(serde_json::from_str::<Tip>("null").is_err());
        assert_eq!(serde_json::from_str::<Option<Tip>>("null").unwrap(), None);
    }
}
