//! Objects of which the document offers several shapes.

use super::reader::Keys;
use crate::model::{Json, JsonMap, Wire};

/// Reads a value that has already been read as JSON.
#[doc(hidden)]
pub fn from_map<T: Wire, E: serde::de::Error>(map: JsonMap) -> Result<T, E> {
    T::read(Json::Object(map)).map_err(E::custom)?.ok_or_else(|| E::custom("null where an object is expected"))
}

/// Takes the members of `T` out of a map.
#[doc(hidden)]
pub fn take_members<T: Keys>(map: &mut JsonMap) -> JsonMap {
    T::KEYS.iter().filter_map(|key| map.remove_entry(*key)).collect()
}

/// The members of a value that is written as an object.
#[doc(hidden)]
pub fn members(value: &impl Wire) -> JsonMap {
    match value.to_json() {
        Json::Object(map) => map,
        _ => JsonMap::new(),
    }
}

/// Takes the number that tells the shapes apart out of a map.
///
/// # Errors
/// When it is not a number, or is missing without a default.
#[doc(hidden)]
pub fn take_tag<E: serde::de::Error>(map: &mut JsonMap, tag: &str, default: Option<i64>) -> Result<i64, E> {
    let found = match map.remove(tag) {
        None | Some(Json::Null) => default,
        Some(json) => json.as_i64(),
    };
    found.ok_or_else(|| E::custom(format_args!("`{tag}` is not a number")))
}

/// Writes decoding and encoding of an object whose content is told apart by a number.
#[doc(hidden)]
#[macro_export]
macro_rules! tagged {
    ($name:ident { common: $common:ident, content: $content:ident } by $tag:literal or $default:expr => {
        $($variant:ident($type:ident) = $code:literal),* $(,)?
    }) => {
        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                use $crate::decode::{from_map, take_members, take_tag};
                let Some(mut map) = <$crate::model::JsonMap as $crate::model::Wire>::read(deserializer)? else {
                    return Ok(None);
                };
                let common = from_map::<$common, D::Error>(take_members::<$common>(&mut map))?;
                let content = match take_tag::<D::Error>(&mut map, $tag, $default)? {
                    $($code => $content::$variant(from_map::<$type, D::Error>(map)?),)*
                    code => $content::Unknown(code, map),
                };
                Ok(Some(Self { common, content }))
            }

            fn empty() -> Self {
                Self { common: $crate::model::Wire::empty(), content: $content::Unknown(0, $crate::model::JsonMap::new()) }
            }

            fn to_json(&self) -> $crate::model::Json {
                let mut map = $crate::decode::members(&self.common);
                let (code, content): (i64, _) = match &self.content {
                    $($content::$variant(content) => ($code, $crate::decode::members(content)),)*
                    $content::Unknown(code, content) => (*code, content.clone()),
                };
                map.insert($tag.to_owned(), code.into());
                map.extend(content);
                $crate::model::Json::Object(map)
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::encode::to_members;
                let mut map = to_members::<_, S::Error>(&self.common)?;
                let (code, content): (i64, _) = match &self.content {
                    $($content::$variant(content) => ($code, to_members::<_, S::Error>(content)?),)*
                    $content::Unknown(code, content) => (*code, content.clone()),
                };
                map.insert($tag.to_owned(), code.into());
                map.extend(content);
                $crate::serde::Serialize::serialize(&map, serializer)
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

/// Writes decoding and encoding of objects that are told apart by a member that only one of them has.
#[doc(hidden)]
#[macro_export]
macro_rules! by_property {
    ($name:ident { $($variant:ident($type:ident) = $property:literal),* $(,)? }) => {
        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                let Some(map) = <$crate::model::JsonMap as $crate::model::Wire>::read(deserializer)? else {
                    return Ok(None);
                };
                $(if map.contains_key($property) {
                    return Ok(Some(Self::$variant($crate::decode::from_map::<$type, D::Error>(map)?)));
                })*
                Ok(Some(Self::Unknown(map)))
            }

            fn empty() -> Self {
                Self::Unknown($crate::model::JsonMap::new())
            }

            fn to_json(&self) -> $crate::model::Json {
                match self {
                    $(Self::$variant(object) => $crate::model::Wire::to_json(object),)*
                    Self::Unknown(map) => $crate::model::Json::Object(map.clone()),
                }
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(object) => $crate::model::Wire::write(object, serializer),)*
                    Self::Unknown(map) => $crate::serde::Serialize::serialize(map, serializer),
                }
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
    use crate::model::{Json, JsonMap, Wire};
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    struct Common {
        place: Option<i64>,
    }
    crate::object!(Common { 0: place = "place" });

    #[derive(Debug, PartialEq)]
    struct Pen {
        ink: Option<String>,
        unknown: JsonMap,
    }
    crate::object!(Pen { 0: ink = "ink" } unknown);

    #[derive(Debug, PartialEq)]
    struct Line {
        common: Common,
        content: Content,
    }
    #[derive(Debug, PartialEq)]
    enum Content {
        Pen(Pen),
        Unknown(i64, JsonMap),
    }
    crate::tagged!(Line { common: Common, content: Content } by "type" or Some(0) => { Pen(Pen) = 0 });

    fn read(json: Json) -> Line {
        Line::read(json).unwrap().unwrap()
    }

    #[test]
    fn a_tag_decides_and_unknown_members_survive() {
        let json = json!({"type": 0, "place": 3, "ink": "blue", "cap": true});
        let line = read(json.clone());
        assert!(matches!(&line.content, Content::Pen(pen) if pen.ink.as_deref() == Some("blue")));
        assert_eq!(line.to_json(), json);
    }

    #[test]
    fn an_unknown_tag_keeps_its_members() {
        let json = json!({"type": 9, "place": 1, "shape": "round"});
        let line = read(json.clone());
        assert!(matches!(&line.content, Content::Unknown(9, map) if map["shape"] == "round"));
        assert_eq!(line.to_json(), json);
    }

    #[test]
    fn a_missing_tag_takes_the_default() {
        assert!(matches!(read(json!({"ink": "red"})).content, Content::Pen(_)));
        assert!(matches!(read(json!({"type": null, "ink": "red"})).content, Content::Pen(_)));
        assert!(Line::read(json!({"type": "x"})).is_err());
    }

    #[derive(Debug, PartialEq)]
    enum Either {
        Pen(Pen),
        Unknown(JsonMap),
    }
    crate::by_property!(Either { Pen(Pen) = "ink" });

    #[test]
    fn a_property_decides() {
        for json in [json!({"ink": "blue"}), json!({"chalk": 1})] {
            let either = Either::read(json.clone()).unwrap().unwrap();
            assert_eq!(matches!(either, Either::Pen(_)), json.get("ink").is_some());
            assert_eq!(either.to_json(), json);
        }
    }
}
