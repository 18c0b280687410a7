//! Unions of any kinds of values, each distinguished by a sign.

use crate::model::{Json, Wire};

/// What tells an alternative of a union apart.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A member has one of these values.
    Is(&'static str, &'static [Tag]),
    /// A member is there.
    Has(&'static str),
    Text,
    Number,
    Boolean,
    List,
    Object,
}

/// A value that tells an alternative apart.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Text(&'static str),
    Integer(i64),
    Boolean(bool),
}

impl Tag {
    fn is(self, value: &Json) -> bool {
        match self {
            Tag::Text(text) => value.as_str() == Some(text),
            Tag::Integer(number) => value.as_i64() == Some(number),
            Tag::Boolean(truth) => value.as_bool() == Some(truth),
        }
    }

    fn json(self) -> Json {
        match self {
            Tag::Text(text) => text.into(),
            Tag::Integer(number) => number.into(),
            Tag::Boolean(truth) => truth.into(),
        }
    }
}

impl Sign {
    /// Whether a value has the sign.
    pub fn fits(self, value: &Json) -> bool {
        match self {
            Sign::Is(member, tags) => value.get(member).is_some_and(|value| tags.iter().any(|tag| tag.is(value))),
            Sign::Has(member) => value.get(member).is_some(),
            Sign::Text => value.is_string(),
            Sign::Number => value.is_number(),
            Sign::Boolean => value.is_boolean(),
            Sign::List => value.is_array(),
            Sign::Object => value.is_object(),
        }
    }

    /// A value with the sign, so that whoever reads it knows what it is: the first of the values, unless it has another one.
    pub fn mark(self, mut value: Json) -> Json {
        if let (Sign::Is(member, [first, ..]), false) = (self, self.fits(&value))
            && let Some(members) = value.as_object_mut()
        {
            members.insert(member.to_owned(), first.json());
        }
        value
    }
}

/// Reads a value that has already been read as JSON.
#[doc(hidden)]
pub fn from_json<T: Wire, E: serde::de::Error>(value: Json) -> Result<T, E> {
    T::read_member(value).map_err(E::custom)?.ok_or_else(|| E::custom("null where a value is expected"))
}

/// Writes decoding and encoding of a union: each alternative with its type and its sign, in the order in which they are tried.
#[doc(hidden)]
#[macro_export]
macro_rules! union {
    ($name:ident { $($variant:ident($type:ty) = $sign:expr),* $(,)? }) => {
        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let Some(value) = <$crate::model::Json as $crate::model::Wire>::read(deserializer)? else {
                    return Ok(None);
                };
                $(if $sign.fits(&value) {
                    return Ok(Some(Self::$variant($crate::decode::from_json::<$type, D::Error>(value)?)));
                })*
                Ok(Some(Self::Unknown(value)))
            }

            fn empty() -> Self {
                Self::Unknown($crate::model::Json::Null)
            }

            fn to_json(&self) -> $crate::model::Json {
                match self {
                    $(Self::$variant(value) => {
                        $sign.mark($crate::model::Wire::to_member(value).unwrap_or($crate::model::Json::Null))
                    })*
                    Self::Unknown(value) => value.clone(),
                }
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let value = match self {
                    $(Self::$variant(value) => $sign.mark($crate::encode::to_json::<_, S::Error>(value)?),)*
                    Self::Unknown(value) => value.clone(),
                };
                $crate::serde::Serialize::serialize(&value, serializer)
            }
        }

        $crate::serialize!($name);

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::required(deserializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{Sign, Tag};
    use crate::model::{Json, Wire};
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    struct Pen {
        ink: String,
    }

    crate::object!(Pen { 0: ink = "ink" });

    #[derive(Debug, PartialEq)]
    enum Thing {
        Pen(Box<Pen>),
        Cap(Pen),
        On(bool),
        Names(Vec<String>),
        Unknown(Json),
    }

    crate::union!(Thing {
        Pen(Box<Pen>) = Sign::Is("kind", &[Tag::Text("pen"), Tag::Integer(1)]),
        Cap(Pen) = Sign::Has("ink"),
        On(bool) = Sign::Boolean,
        Names(Vec<String>) = Sign::List,
    });

    #[test]
    fn a_sign_tells_apart_and_anything_else_is_kept() {
        let pen = || Pen { ink: "blue".to_owned() };
        let rows = [
            (json!({"kind": "pen", "ink": "blue"}), Thing::Pen(Box::new(pen()))),
            (json!({"ink": "blue"}), Thing::Cap(pen())),
            (json!(true), Thing::On(true)),
            (json!(["a"]), Thing::Names(vec!["a".to_owned()])),
            (json!({"kind": "chalk"}), Thing::Unknown(json!({"kind": "chalk"}))),
            (json!(3), Thing::Unknown(json!(3))),
        ];
        for (wire, value) in rows {
            assert_eq!(Thing::read(wire.clone()).unwrap(), Some(value));
            assert_eq!(Thing::read(wire.clone()).unwrap().unwrap().to_json(), wire);
        }
        assert_eq!(Thing::read(Json::Null).unwrap(), None);
    }

    #[test]
    fn a_value_without_its_sign_gets_the_first_one() {
        let pen = Thing::Pen(Box::new(Pen { ink: "red".to_owned() }));
        assert_eq!(pen.to_json(), json!({"kind": "pen", "ink": "red"}));
    }

    #[test]
    fn a_value_with_a_sign_that_is_no_such_value_is_an_error() {
        assert!(Thing::read(json!({"kind": "pen"})).is_err());
    }

    #[derive(Debug, PartialEq)]
    struct States {
        there: Option<String>,
        any: Option<Option<bool>>,
    }

    crate::object!(States { 0: there = "there" null, 1: any = "any" three_states });

    #[derive(Debug, PartialEq)]
    struct Prices {
        currency: String,
        additional: std::collections::BTreeMap<String, Vec<i64>>,
    }

    crate::object!(Prices { 0: currency = "currency" } additional);

    #[test]
    fn members_of_one_type_that_are_not_listed_are_read_and_written_back() {
        let wire = json!({"currency": "EUR", "a": [1, 2], "b": []});
        let prices = Prices::read(wire.clone()).unwrap().unwrap();
        assert_eq!((&prices.additional["a"], prices.additional.len()), (&vec![1, 2], 2));
        assert_eq!(prices.to_json(), wire);
        assert!(Prices::empty().additional.is_empty());
        let error = crate::decode::wire::<Prices>(br#"{"currency": "EUR", "a": [1, "x"]}"#).unwrap_err();
        assert_eq!(error.path(), "$.a[1]");
    }

    #[test]
    fn null_absence_and_values_are_told_apart() {
        for wire in [json!({"there": null}), json!({"there": "a", "any": null}), json!({"there": null, "any": true})] {
            assert_eq!(States::read(wire.clone()).unwrap().unwrap().to_json(), wire);
        }
        let error = States::read(json!({"any": true})).unwrap_err().to_string();
        assert!(error.contains("`there` of States is absent"), "{error}");
    }
}
