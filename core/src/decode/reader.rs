//! Reads the members of one JSON object into the fields of one type. The emitted code names only its fields and columns.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeStruct;

use super::missing::Missing;
use super::{drift, trace};
use crate::encode::{Rest, Writer};
use crate::model::{Json, JsonMap, Wire};

/// A type that is read member by member.
#[doc(hidden)]
pub trait Keys: Sized {
    /// Name of the type, for errors.
    const NAME: &'static str;
    /// Names of the members on the wire, in the order of the fields.
    const KEYS: &'static [&'static str];
    /// Whether members that are not listed are kept.
    const KEEPS_UNKNOWN: bool = false;

    /// The object before its members are read: each field in turn asks for its value.
    fn blank(fields: &mut Blanks) -> Self;

    /// Reads the value of the member at this place of the list of keys.
    ///
    /// # Errors
    /// When it has the wrong type.
    fn read_member<'de, A: MapAccess<'de>>(&mut self, index: usize, reader: &mut Reader<A>) -> Result<(), A::Error>;

    /// Takes over the members that are not listed, if they are kept.
    ///
    /// # Errors
    /// When one of them has the wrong type.
    fn read_rest<'de, A: MapAccess<'de>>(&mut self, _reader: &mut Reader<A>) -> Result<(), A::Error> {
        Ok(())
    }

    /// Writes all members that are listed.
    fn write_members<S: SerializeStruct>(&self, writer: &mut Writer<S>);

    /// The members that are not listed, if they are kept, as they are written.
    fn unknown(&self) -> Option<Rest<'_>> {
        None
    }
}

/// The fields of an object before it is read, one after the other.
#[doc(hidden)]
#[derive(Default)]
pub struct Blanks {
    next: usize,
    missing: Missing,
}

impl Blanks {
    /// The next field as it is where nothing was sent. One that must have a value takes the empty one for now; the reader decides
    /// whether that will do.
    pub fn field<T: Wire>(&mut self) -> T {
        self.next += 1;
        T::absent().unwrap_or_else(|| {
            self.missing.insert(self.next - 1);
            T::empty()
        })
    }

    /// The next field, which may be null and must be there all the same.
    pub fn nullable<T: Wire>(&mut self) -> Option<T> {
        self.missing.insert(self.next);
        self.next += 1;
        None
    }
}

/// The object being read.
#[doc(hidden)]
pub struct Reader<A> {
    access: A,
    name: &'static str,
    keys: &'static [&'static str],
    keeps_unknown: bool,
    current: usize,
    missing: Missing,
    unknown: JsonMap,
}

impl<'de, A: MapAccess<'de>> Reader<A> {
    /// Goes to the next known member and returns its place in the list of keys.
    ///
    /// # Errors
    /// When the JSON is broken.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not hand out values of different types")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<usize>, A::Error> {
        loop {
            let expected = self.current.wrapping_add(1);
            match self.access.next_key_seed(Key { keys: self.keys, expected })? {
                None => return Ok(None),
                Some(Found::Known(index)) => {
                    self.current = index;
                    return Ok(Some(index));
                }
                Some(Found::Unknown(name)) => self.unlisted(name)?,
            }
        }
    }

    /// Keeps a member that is not listed, or passes over it.
    #[inline(never)]
    fn unlisted(&mut self, name: Cow<'de, str>) -> Result<(), A::Error> {
        if self.keeps_unknown {
            let value: Json = self.access.next_value().inspect_err(|_| trace::member(&name))?;
            self.unknown.insert(name.into_owned(), value);
        } else {
            drift::unknown_member(self.name, &name);
            self.access.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    /// Reads the value of the current column into its place; null where the type has no null counts as missing.
    ///
    /// # Errors
    /// When the value has another type.
    pub fn column<T: Wire>(&mut self, place: &mut T) -> Result<(), A::Error> {
        let Column(value) = self.access.next_value().inspect_err(|_| self.failed(self.current))?;
        self.put(place, value);
        Ok(())
    }

    /// Reads the value of the current member of an object into its place.
    ///
    /// # Errors
    /// When the value has another type.
    pub fn member<T: Wire>(&mut self, place: &mut T) -> Result<(), A::Error> {
        let Member(value) = self.access.next_value().inspect_err(|_| self.failed(self.current))?;
        self.put(place, value);
        Ok(())
    }

    /// Of a member that is there twice the last value counts, so what was there before may be missing after all.
    fn put<T: Wire>(&mut self, place: &mut T, value: Option<T>) {
        if let Some(value) = value {
            self.missing.remove(self.current);
            *place = value;
        } else {
            *place = T::absent().unwrap_or_else(|| {
                self.missing.insert(self.current);
                T::empty()
            });
        }
    }

    /// # Errors
    /// Names the first field that must have a value and has none.
    fn finish(self) -> Result<(), A::Error> {
        if self.missing.is_empty() { Ok(()) } else { self.judge_missing() }
    }

    #[cold]
    fn judge_missing(self) -> Result<(), A::Error> {
        let mut failed = None;
        for index in self.missing.iter() {
            drift::absent(self.name, self.keys[index]);
            if !trace::replaces(self.name, self.keys[index]) {
                failed = failed.or(Some(index));
            }
        }
        let Some(index) = failed else { return Ok(()) };
        self.failed(index);
        trace::is_missing();
        Err(A::Error::custom(format_args!("`{}` of {} is absent or null", self.keys[index], self.name)))
    }

    #[cold]
    fn failed(&self, index: usize) {
        let key = self.keys[index];
        trace::member(key);
        trace::record_column(self.name, key);
    }

    /// The members that are not listed.
    pub fn unknown(&mut self) -> JsonMap {
        std::mem::take(&mut self.unknown)
    }

    /// The members that are not listed, of one type.
    ///
    /// # Errors
    /// When a value has another type.
    pub fn additional<T: Wire>(&mut self) -> Result<BTreeMap<String, T>, A::Error> {
        super::from_json(Json::Object(self.unknown()))
    }
}

struct Column<T>(Option<T>);

impl<'de, T: Wire> Deserialize<'de> for Column<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Column)
    }
}

struct Member<T>(Option<T>);

impl<'de, T: Wire> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_member(deserializer).map(Member)
    }
}

/// A key as its place in the list. Servers send columns in their order, so the one after the last is tried first.
struct Key {
    keys: &'static [&'static str],
    expected: usize,
}

enum Found<'de> {
    Known(usize),
    Unknown(Cow<'de, str>),
}

impl Key {
    #[inline]
    fn find(&self, name: &str) -> Option<usize> {
        if self.keys.get(self.expected) == Some(&name) { Some(self.expected) } else { self.search(name) }
    }

    #[inline(never)]
    fn search(&self, name: &str) -> Option<usize> {
        self.keys.iter().position(|key| *key == name)
    }
}

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Found<'de>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    #[inline]
    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(self.find(name).map_or(Found::Unknown(name.into()), Found::Known))
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.find(name).map_or_else(|| Found::Unknown(name.to_owned().into()), Found::Known))
    }
}

/// Reads a whole object.
#[doc(hidden)]
pub fn object<'de, T: Keys, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(PhantomData))
}

/// Reads a whole object, or null.
#[doc(hidden)]
pub fn nullable<'de, T: Keys, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    struct Nullable<T>(PhantomData<T>);
    impl<'de, T: Keys> Visitor<'de> for Nullable<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Object::<T>(PhantomData).expecting(f)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            object(deserializer).map(Some)
        }

        fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
            Object(PhantomData).visit_map(access).map(Some)
        }
    }
    deserializer.deserialize_option(Nullable(PhantomData))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Keys> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<T, A::Error> {
        let mut blanks = Blanks::default();
        let mut object = T::blank(&mut blanks);
        let mut reader = Reader {
            access,
            name: T::NAME,
            keys: T::KEYS,
            keeps_unknown: T::KEEPS_UNKNOWN,
            current: usize::MAX,
            missing: blanks.missing,
            unknown: JsonMap::new(),
        };
        while let Some(index) = reader.next()? {
            object.read_member(index, &mut reader)?;
        }
        object.read_rest(&mut reader)?;
        reader.finish()?;
        Ok(object)
    }
}

/// Writes decoding and serialisation of a record: a row of a table. The macro gets the name and the pairs of field and column
/// with their places from 0 on, so that compiling it finds out nothing; one marked with `extra` is there if it was asked for.
#[doc(hidden)]
#[macro_export]
macro_rules! record {
    ($name:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* $(,)? }) => {
        $crate::read_members!($name column { $($index: $field = $key $($presence)?),* } {});
    };
}

/// Writes decoding and encoding of an object that is not a record. A member marked with `null` is always there and may be null;
/// one with `three_states` is absent, null or a value; one with `read_only`, or with `read_only_or_null` where it has three states, is
/// never written. With `unknown`, members that are not listed are kept in a field of that name and written back; with
/// `additional`, they are values of the type that this field has.
#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($name:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* $(,)? }) => {
        $crate::read_members!($name member { $($index: $field = $key $($presence)?),* } {});
        $crate::object!(@write $name { $($index: $field = $key $($presence)?),* } {} |_object, map| map);
    };
    ($name:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* $(,)? } unknown) => {
        $crate::read_members!($name member { $($index: $field = $key $($presence)?),* } { unknown });
        $crate::object!(@write $name { $($index: $field = $key $($presence)?),* } { unknown } |object, map| {
            map.extend(object.unknown.clone());
            map
        });
    };
    ($name:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* $(,)? } additional) => {
        $crate::read_members!($name member { $($index: $field = $key $($presence)?),* } { additional });
        $crate::object!(@write $name { $($index: $field = $key $($presence)?),* } { additional } |object, map| {
            if let $crate::model::Json::Object(additional) = $crate::model::Wire::to_json(&object.additional) {
                map.extend(additional);
            }
            map
        });
    };
    (@write $name:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* } { $($unknown:ident)? }
        |$object:ident, $map:ident| $rest:expr) => {
        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                $crate::decode::nullable(deserializer)
            }

            fn empty() -> Self {
                Self {
                    $($field: $crate::model::Wire::empty(),)*
                    $($unknown: ::std::default::Default::default(),)?
                }
            }

            fn to_json(&self) -> $crate::model::Json {
                #[allow(unused_mut)]
                let mut $map = $crate::model::JsonMap::new();
                $($map.extend($crate::written_member!(self.$field, $($presence)?).map(|value| ($key.to_owned(), value)));)*
                let $object = self;
                $crate::model::Json::Object($rest)
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::encode::object(self, serializer)
            }
        }
    };
}

/// A member as it is written, if it is.
#[doc(hidden)]
#[macro_export]
macro_rules! written_member {
    ($field:expr,) => {
        $crate::model::Wire::to_member(&$field)
    };
    ($field:expr, null) => {
        Some($crate::model::Wire::to_member(&$field).unwrap_or($crate::model::Json::Null))
    };
    ($field:expr, three_states) => {
        $field.as_ref().map(|value| $crate::model::Wire::to_member(value).unwrap_or($crate::model::Json::Null))
    };
    ($field:expr, read_only) => {
        None::<$crate::model::Json>
    };
    ($field:expr, read_only_or_null) => {
        None::<$crate::model::Json>
    };
}

/// A field before the members are read.
#[doc(hidden)]
#[macro_export]
macro_rules! blank_member {
    ($fields:ident, null) => {
        $fields.nullable()
    };
    ($fields:ident, $($presence:ident)?) => {
        $fields.field()
    };
}

/// The members that are not listed, after all were read.
#[doc(hidden)]
#[macro_export]
macro_rules! taken_rest {
    ($reader:ident, unknown) => {
        $reader.unknown()
    };
    ($reader:ident, additional) => {
        $reader.additional()?
    };
}

/// The members that are not listed, from where their field keeps them.
#[doc(hidden)]
#[macro_export]
macro_rules! kept_rest {
    ($object:ident, unknown) => {
        Ok(::std::borrow::Cow::Borrowed(&$object.unknown))
    };
    ($object:ident, additional) => {
        $crate::encode::to_members(&$object.additional).map(::std::borrow::Cow::Owned)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! read_members {
    ($name:ident $read:ident { $($index:literal: $field:ident = $key:literal $($presence:ident)?),* } { $($unknown:ident)? }) => {
        const _: () = {
            impl $crate::decode::Keys for $name {
                const NAME: &'static str = stringify!($name);
                const KEYS: &'static [&'static str] = &[$($key),*];
                $(const KEEPS_UNKNOWN: bool = { let _ = stringify!($unknown); true };)?

                fn blank(fields: &mut $crate::decode::Blanks) -> Self {
                    let _ = &fields;
                    Self {
                        $($field: $crate::blank_member!(fields, $($presence)?),)*
                        $($unknown: ::std::default::Default::default(),)?
                    }
                }

                fn read_member<'de, A: $crate::serde::de::MapAccess<'de>>(
                    &mut self,
                    index: usize,
                    reader: &mut $crate::decode::Reader<A>,
                ) -> Result<(), A::Error> {
                    match index {
                        $($index => reader.$read(&mut self.$field),)*
                        _ => Ok(()),
                    }
                }

                $(fn read_rest<'de, A: $crate::serde::de::MapAccess<'de>>(
                    &mut self,
                    reader: &mut $crate::decode::Reader<A>,
                ) -> Result<(), A::Error> {
                    self.$unknown = $crate::taken_rest!(reader, $unknown);
                    Ok(())
                })?

                fn write_members<S: $crate::serde::ser::SerializeStruct>(&self, writer: &mut $crate::encode::Writer<S>) {
                    $($crate::write_member!(writer $read $key, &self.$field, $($presence)?);)*
                }

                $(fn unknown(&self) -> Option<$crate::encode::Rest<'_>> {
                    Some($crate::kept_rest!(self, $unknown))
                })?
            }

            /// In the form of the wire; secrets are left out.
            impl $crate::serde::Serialize for $name {
                fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    $crate::encode::object(self, serializer)
                }
            }

            impl<'de> $crate::serde::Deserialize<'de> for $name {
                fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $crate::decode::object(deserializer)
                }
            }
        };
    };
}
