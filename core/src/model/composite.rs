//! Columns whose content the server shows only on request.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer, forward_to_deserialize_any};

use super::{Id, Json, Wire};
use crate::decode;
use crate::error::DecodeError;

/// A composite column: a plain form `P` (JSON text, or the id of a file), or its content `T` if the column was named in `expand`.
///
/// ```
/// # use zeyos_core as zeyos;
/// use zeyos::Composite;
///
/// let plain: Composite<String, Vec<String>> = Composite::Plain(r#"["a", "b"]"#.to_owned());
/// let expanded = Composite::from(vec!["a".to_owned(), "b".to_owned()]);
/// assert_eq!((plain.expanded(), expanded.expanded().map(Vec::len)), (None, Some(2)));
/// // The content in either form.
/// assert_eq!(plain.content()?, expanded.content()?);
/// # Ok::<(), zeyos::DecodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Composite<P, T> {
    /// The column was not expanded.
    Plain(P),
    /// The column was expanded.
    Expanded(T),
}

impl<P, T> Composite<P, T> {
    /// The content, if the column was expanded.
    pub fn expanded(&self) -> Option<&T> {
        match self {
            Composite::Plain(_) => None,
            Composite::Expanded(content) => Some(content),
        }
    }

    /// The plain form, if the column was not expanded.
    pub fn plain(&self) -> Option<&P> {
        match self {
            Composite::Plain(plain) => Some(plain),
            Composite::Expanded(_) => None,
        }
    }
}

impl<T: Wire + Clone> Composite<String, T> {
    /// The content in either form: JSON text is parsed.
    ///
    /// Arrays that the server keeps as database arrays stand in the notation of PostgreSQL (`{a,b}`), which is not JSON.
    ///
    /// # Errors
    /// When the text is not the JSON of a `T`.
    pub fn content(&self) -> Result<T, DecodeError> {
        match self {
            Composite::Plain(text) => decode::wire(text.as_bytes()),
            Composite::Expanded(content) => Ok(content.clone()),
        }
    }
}

impl<P, T> From<T> for Composite<P, T> {
    fn from(content: T) -> Self {
        Composite::Expanded(content)
    }
}

/// What a composite column that may be null can be set to: its content, either form of the column, or `None`.
///
/// ```
/// use zeyos_core::model::{Composite, IntoComposite};
///
/// fn items(items: impl IntoComposite<String, Vec<i64>>) -> Option<Composite<String, Vec<i64>>> {
///     items.into_composite()
/// }
/// assert_eq!(items(vec![1]), items(Composite::Expanded(vec![1])));
/// assert_eq!((items(None), items(Some(vec![1].into()))), (None, items(vec![1])));
/// ```
#[diagnostic::on_unimplemented(
    message = "the column cannot be set to `{Self}`",
    label = "neither `{T}` nor a `Composite` of it",
    note = "it takes its content (`{T}`), a `Composite`, or `None`"
)]
pub trait IntoComposite<P, T> {
    /// As a column that may be null.
    fn into_composite(self) -> Option<Composite<P, T>>;
}

impl<P, T> IntoComposite<P, T> for T {
    fn into_composite(self) -> Option<Composite<P, T>> {
        Some(Composite::Expanded(self))
    }
}

impl<P, T> IntoComposite<P, T> for Composite<P, T> {
    fn into_composite(self) -> Option<Composite<P, T>> {
        Some(self)
    }
}

impl<P, T> IntoComposite<P, T> for Option<Composite<P, T>> {
    fn into_composite(self) -> Option<Composite<P, T>> {
        self
    }
}

impl<P: Plain, T: Wire> Wire for Composite<P, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }

    fn empty() -> Self {
        Composite::Expanded(T::empty())
    }

    fn to_json(&self) -> Json {
        match self {
            Composite::Plain(plain) => plain.to_json(),
            Composite::Expanded(content) => content.to_json(),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Composite::Plain(plain) => plain.write(serializer),
            Composite::Expanded(content) => content.write(serializer),
        }
    }
}

/// The plain form of a composite column: a scalar that no content looks like. It is sealed.
pub trait Plain: Wire + sealed::Plain {
    /// From a JSON text.
    fn from_text(_: &str) -> Option<Self> {
        None
    }

    /// From a JSON number.
    fn from_number(_: i64) -> Option<Self> {
        None
    }
}

mod sealed {
    pub trait Plain {}

    impl Plain for String {}

    impl<T> Plain for super::Id<T> {}
}

impl Plain for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl<T> Plain for Id<T> {
    fn from_number(number: i64) -> Option<Self> {
        Some(Id::new(number))
    }
}

struct Either<P, T>(PhantomData<(P, T)>);

impl<P, T> Either<P, T> {
    fn plain<E: serde::de::Error>(found: Option<P>, what: &str) -> Result<Option<Composite<P, T>>, E> {
        let plain = found.ok_or_else(|| E::custom(format_args!("{what} is not a form of this composite column")))?;
        Ok(Some(Composite::Plain(plain)))
    }
}

impl<'de, P: Plain, T: Wire> Visitor<'de> for Either<P, T> {
    type Value = Option<Composite<P, T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a composite column, plain or expanded")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Self::plain(P::from_text(text), "a text")
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::plain(P::from_number(number), "a number")
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::plain(i64::try_from(number).ok().and_then(P::from_number), "a number")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        Ok(T::read(Begun(SeqAccessDeserializer::new(access)))?.map(Composite::Expanded))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        Ok(T::read(Begun(MapAccessDeserializer::new(access)))?.map(Composite::Expanded))
    }
}

/// A list or object that has been begun. What serde has for it takes no option, and most values are read as one.
struct Begun<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Begun<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, P: Plain, T: Wire> Deserialize<'de> for Composite<P, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(deserializer)?.ok_or_else(|| serde::de::Error::custom("null where a composite column is expected"))
    }
}

/// In the form of the wire; secrets are left out.
impl<P: Plain, T: Wire> Serialize for Composite<P, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::model::JsonMap;

    fn read<P: Plain, T: Wire>(json: &Json) -> Option<Composite<P, T>> {
        Composite::read(json.clone()).unwrap()
    }

    #[test]
    fn content_of_every_kind_is_read_and_written_back() {
        let object = json!({"a": "b"});
        for json in [&object, &json!([1, {"deep": null}])] {
            let any: Composite<String, Json> = read(json).unwrap();
            assert_eq!((any.expanded(), any.to_json()), (Some(json), json.clone()));
        }
        let map: Composite<String, JsonMap> = read(&object).unwrap();
        assert_eq!(map.expanded().map(|map| map["a"].clone()), Some(json!("b")));
        let table: Composite<String, BTreeMap<String, String>> = read(&object).unwrap();
        assert_eq!(table.to_json(), object);
        let list: Composite<String, Vec<i64>> = read(&json!([1, 2])).unwrap();
        assert_eq!(list.expanded(), Some(&vec![1, 2]));
    }

    #[test]
    fn a_plain_form_is_kept_and_its_json_can_be_read() {
        let text: Composite<String, Vec<i64>> = read(&json!("[1,2]")).unwrap();
        assert_eq!(text.plain().map(String::as_str), Some("[1,2]"));
        assert_eq!(text.content().unwrap(), [1, 2]);
        let id: Composite<Id<()>, JsonMap> = read(&json!(901)).unwrap();
        assert_eq!(id.plain(), Some(&Id::new(901)));
        assert_eq!(read::<String, JsonMap>(&Json::Null), None);
    }

    #[test]
    fn the_plain_form_of_another_column_is_an_error() {
        assert!(Composite::<String, JsonMap>::read(json!(901)).is_err());
        assert!(Composite::<Id<()>, JsonMap>::read(json!("[1]")).is_err());
        assert!(Composite::<String, Vec<i64>>::read(json!({"a": 1})).is_err());
    }
}
