//! How a value stands on the wire, as a column of a record and as a member of an object.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{Id, Json, JsonMap, Timestamp};
use crate::confidential;
use crate::decode::trace;
use crate::encode::{self, Presence};
use crate::secret::Secret;

/// A value that can be read from and written to JSON.
///
/// Reading tells null from a value, because only the record knows whether null is allowed there.
pub trait Wire: Sized {
    /// Reads the value; `None` means that null was there and the type has no null of its own.
    ///
    /// # Errors
    /// When the JSON has another type.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;

    /// Reads the value as a member of an object, where yes and no are booleans.
    ///
    /// # Errors
    /// When the JSON has another type.
    fn read_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::read(deserializer)
    }

    /// The value where nothing was sent; `None` for types that must be there.
    fn absent() -> Option<Self> {
        None
    }

    /// The value that a tolerant reader takes in place of a missing one.
    fn empty() -> Self;

    /// The value as a column.
    fn to_json(&self) -> Json;

    /// The value as a member of an object; `None` leaves it out.
    fn to_member(&self) -> Option<Json> {
        Some(self.to_json())
    }

    /// Writes the value as a column to any format, as it is read: with what can only be read, and never a secret.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }

    /// The same as a member of an object or a list.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write_member<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer)
    }

    /// What of the value [`write`](Self::write) would write.
    #[doc(hidden)]
    fn presence(&self) -> Presence {
        Presence::Value
    }
}

/// A whole number, also where it is written as a fraction: some columns are declared as numbers and hold whole ones only.
impl Wire for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Whole)
    }

    fn empty() -> Self {
        0
    }

    fn to_json(&self) -> Json {
        (*self).into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*self)
    }
}

struct Whole;

impl<'de> Visitor<'de> for Whole {
    type Value = Option<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(Whole)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        i64::try_from(number).map(Some).map_err(E::custom)
    }

    #[expect(clippy::cast_possible_truncation, reason = "only whole numbers that f64 holds exactly get there")]
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if number.fract() == 0.0 && number.abs() <= EXACT {
            return Ok(Some(number as i64));
        }
        Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
    }
}

impl Wire for f64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn empty() -> Self {
        0.0
    }

    fn to_json(&self) -> Json {
        (*self).into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(*self)
    }
}

impl Wire for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn empty() -> Self {
        String::new()
    }

    fn to_json(&self) -> Json {
        self.as_str().into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Wire for Secret {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn empty() -> Self {
        Secret::new("")
    }

    /// Null, unless a request with it is about to be sent: see [`Confidential`](crate::Confidential).
    fn to_json(&self) -> Json {
        confidential::of_secret(self)
    }

    /// Null in a list or a map; a member of an object is left out.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }

    fn presence(&self) -> Presence {
        Presence::Secret
    }
}

/// As a column a yes or no is 1 or 0, as a member of an object it is a boolean.
impl Wire for bool {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Flag;
        impl<'de> Visitor<'de> for Flag {
            type Value = Option<bool>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0 or 1")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Some(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Some(value != 0))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Some(value != 0))
            }
        }
        deserializer.deserialize_any(Flag)
    }

    fn read_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn empty() -> Self {
        false
    }

    fn to_json(&self) -> Json {
        i64::from(*self).into()
    }

    fn to_member(&self) -> Option<Json> {
        Some((*self).into())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(i64::from(*self))
    }

    fn write_member<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

impl<T> Wire for Id<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(i64::read(deserializer)?.map(Id::new))
    }

    fn empty() -> Self {
        Id::new(0)
    }

    fn to_json(&self) -> Json {
        self.get().into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.get())
    }
}

impl Wire for Timestamp {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(i64::read(deserializer)?.map(Timestamp::from_unix))
    }

    fn empty() -> Self {
        Timestamp::default()
    }

    fn to_json(&self) -> Json {
        self.as_unix().into()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.as_unix())
    }
}

/// As a column null says that there is nothing; as a member of an object or a list it is one of the values of JSON.
impl Wire for Json {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn read_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Json::deserialize(deserializer).map(Some)
    }

    fn empty() -> Self {
        Json::Null
    }

    fn to_json(&self) -> Json {
        self.clone()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl Wire for JsonMap {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }

    fn empty() -> Self {
        JsonMap::new()
    }

    fn to_json(&self) -> Json {
        Json::Object(self.clone())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// A value behind a pointer stands on the wire as the value does.
impl<T: Wire> Wire for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(T::read(deserializer)?.map(Box::new))
    }

    fn read_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(T::read_member(deserializer)?.map(Box::new))
    }

    fn absent() -> Option<Self> {
        T::absent().map(Box::new)
    }

    fn empty() -> Self {
        Box::new(T::empty())
    }

    fn to_json(&self) -> Json {
        (**self).to_json()
    }

    fn to_member(&self) -> Option<Json> {
        (**self).to_member()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).write(serializer)
    }

    fn write_member<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).write_member(serializer)
    }

    fn presence(&self) -> Presence {
        (**self).presence()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        T::read(deserializer).map(Some)
    }

    fn read_member<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        T::read_member(deserializer).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn empty() -> Self {
        None
    }

    fn to_json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::to_json)
    }

    fn to_member(&self) -> Option<Json> {
        self.as_ref().and_then(T::to_member)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn write_member<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write_member(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn presence(&self) -> Presence {
        self.as_ref().map_or(Presence::Absent, T::presence)
    }
}

/// Reads one member of a list or map with [`Wire::read_member`]; null takes the empty value of the type.
pub(crate) struct Member<T>(pub T);

impl<'de, T: Wire> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match T::read_member(deserializer)? {
            Some(value) => Ok(Member(value)),
            None => Err(serde::de::Error::custom("null where a value is expected")),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_option(Elements(PhantomData))
    }

    fn empty() -> Self {
        Vec::new()
    }

    fn to_json(&self) -> Json {
        self.iter().map(|member| member.to_member().unwrap_or(Json::Null)).collect()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(encode::Member))
    }
}

struct Elements<T>(PhantomData<T>);

impl<'de, T: Wire> Visitor<'de> for Elements<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::with_capacity(access.size_hint().unwrap_or(0).min(1024));
        loop {
            let index = list.len();
            match access.next_element::<Member<T>>().inspect_err(|_| trace::index(index))? {
                Some(Member(value)) => list.push(value),
                None => return Ok(Some(list)),
            }
        }
    }
}

impl<T: Wire> Wire for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_option(Entries(PhantomData))
    }

    fn empty() -> Self {
        BTreeMap::new()
    }

    fn to_json(&self) -> Json {
        let entries = self.iter().map(|(key, value)| (key.clone(), value.to_member().unwrap_or(Json::Null)));
        Json::Object(entries.collect())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(key, value)| (key, encode::Member(value))))
    }
}

struct Entries<T>(PhantomData<T>);

impl<'de, T: Wire> Visitor<'de> for Entries<T> {
    type Value = Option<BTreeMap<String, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        while let Some(key) = access.next_key::<String>()? {
            let Member(value) = access.next_value().inspect_err(|_| trace::member(&key))?;
            map.insert(key, value);
        }
        Ok(Some(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_may_be_written_as_fractions_but_not_be_any() {
        assert_eq!(i64::read(json!(30)).unwrap(), Some(30));
        assert_eq!(i64::read(json!(30.0)).unwrap(), Some(30));
        assert_eq!(i64::read(json!(null)).unwrap(), None);
        for odd in [json!(30.5), json!(1e300), json!("30"), json!(true)] {
            assert!(i64::read(odd).is_err());
        }
    }
}
