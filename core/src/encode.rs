//! From values to serde, in the form of the wire: the counterpart of [`decode`](crate::decode). One writer for all records and
//! objects, and the one place that leaves secrets out.

use std::borrow::Cow;

use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

use crate::decode::Keys;
use crate::model::{Json, JsonMap, Wire};

/// Members that are not listed, on their way to a serializer.
#[doc(hidden)]
pub type Rest<'a> = serde_json::Result<Cow<'a, JsonMap>>;

/// What of a value there is to be written.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Value,
    /// None, of what may be there or not.
    Absent,
    /// A secret: its member is left out, so that reading the text back reports what is missing.
    Secret,
}

/// The object being written. It keeps the first error until the end, so that emitted code has no branch for each member: that is
/// most of what compiling it would cost.
#[doc(hidden)]
pub struct Writer<S: SerializeStruct> {
    sink: S,
    outcome: Result<(), S::Error>,
}

impl<S: SerializeStruct> Writer<S> {
    /// A column of a record. Null where it has no value, as servers send it.
    pub fn column<T: Wire>(&mut self, key: &'static str, value: &T) {
        if value.presence() != Presence::Secret {
            self.field(key, &Column(value));
        }
    }

    /// A column that is there if it was asked for.
    pub fn extra<T: Wire>(&mut self, key: &'static str, value: &T) {
        if value.presence() == Presence::Value {
            self.field(key, &Column(value));
        }
    }

    /// A member that may be absent.
    pub fn member<T: Wire>(&mut self, key: &'static str, value: &T) {
        if value.presence() == Presence::Value {
            self.field(key, &Member(value));
        }
    }

    /// A member that is always there and may be null.
    pub fn nullable<T: Wire>(&mut self, key: &'static str, value: &T) {
        if value.presence() != Presence::Secret {
            self.field(key, &Member(value));
        }
    }

    /// A member that may be absent, null or a value.
    pub fn three_states<T: Wire>(&mut self, key: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.nullable(key, value);
        }
    }

    fn field(&mut self, key: &'static str, value: &impl Serialize) {
        if self.outcome.is_ok() {
            self.outcome = self.sink.serialize_field(key, value);
        }
    }
}

/// A value as a column.
struct Column<'a, T>(&'a T);

impl<T: Wire> Serialize for Column<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// A value as a member of an object or a list.
pub(crate) struct Member<'a, T>(pub &'a T);

impl<T: Wire> Serialize for Member<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write_member(serializer)
    }
}

/// Writes a whole object. Its members are those of a struct, so that formats with columns can write it too, unless it keeps members
/// that are not listed.
///
/// # Errors
/// Those of the serializer.
#[doc(hidden)]
pub fn object<T: Keys, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    if let Some(unknown) = object.unknown() {
        let mut map = members_of(object).map_err(S::Error::custom)?;
        map.extend(unknown.map_err(S::Error::custom)?.into_owned());
        return map.serialize(serializer);
    }
    written(object, serializer)
}

fn written<T: Keys, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let sink = serializer.serialize_struct(T::NAME, count(object))?;
    let mut writer = Writer { sink, outcome: Ok(()) };
    object.write_members(&mut writer);
    writer.outcome?;
    writer.sink.end()
}

/// How many members are written: some formats say so before them.
fn count<T: Keys>(object: &T) -> usize {
    let mut writer = Writer { sink: Counter(0), outcome: Ok(()) };
    object.write_members(&mut writer);
    writer.sink.0
}

struct Counter(usize);

impl SerializeStruct for Counter {
    type Ok = ();
    type Error = std::fmt::Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, _: &T) -> Result<(), Self::Error> {
        self.0 += 1;
        Ok(())
    }

    fn end(self) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn members_of<T: Keys>(object: &T) -> serde_json::Result<JsonMap> {
    Ok(map(written(object, serde_json::value::Serializer)?))
}

fn map(value: Json) -> JsonMap {
    if let Json::Object(map) = value { map } else { JsonMap::new() }
}

/// A value as JSON, as it is read and not as it is sent: with what can only be read, and without secrets.
///
/// # Errors
/// When a map has keys that are not texts, which none of ours has.
#[doc(hidden)]
pub fn to_json<T: Wire, E: serde::ser::Error>(value: &T) -> Result<Json, E> {
    value.write_member(serde_json::value::Serializer).map_err(E::custom)
}

/// The members of a value that is written as an object, as [`to_json`] gives them.
///
/// # Errors
/// Those of [`to_json`].
#[doc(hidden)]
pub fn to_members<T: Wire, E: serde::ser::Error>(value: &T) -> Result<JsonMap, E> {
    to_json(value).map(map)
}

/// Writes one member by its presence, as a column of a record or as a member of an object.
#[doc(hidden)]
#[macro_export]
macro_rules! write_member {
    ($writer:ident column $key:expr, $value:expr,) => {
        $writer.column($key, $value)
    };
    ($writer:ident column $key:expr, $value:expr, extra) => {
        $writer.extra($key, $value)
    };
    ($writer:ident member $key:expr, $value:expr,) => {
        $writer.member($key, $value)
    };
    ($writer:ident member $key:expr, $value:expr, read_only) => {
        $writer.member($key, $value)
    };
    ($writer:ident member $key:expr, $value:expr, null) => {
        $writer.nullable($key, $value)
    };
    ($writer:ident member $key:expr, $value:expr, three_states) => {
        $writer.three_states($key, $value)
    };
    ($writer:ident member $key:expr, $value:expr, read_only_or_null) => {
        $writer.three_states($key, $value)
    };
}

/// Makes values of a type `Serialize` in the form of the wire.
#[doc(hidden)]
#[macro_export]
macro_rules! serialize {
    ($name:ident) => {
        /// In the form of the wire; secrets are left out.
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::model::Wire::write(self, serializer)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::decode::{self, Decoding, Sign, Tag};
    use crate::model::{Composite, Id, Json, JsonMap, Timestamp, Wire};
    use crate::secret::Secret;

    #[derive(Debug, Clone, PartialEq)]
    struct Pen {
        id: Id<Pen>,
        made: Timestamp,
        works: bool,
        price: f64,
        owner: Option<Id<()>>,
        parts: Option<Composite<String, Vec<Part>>>,
        key: Secret,
        pin: Option<Secret>,
        extdata: Option<JsonMap>,
    }
    crate::record!(Pen {
        0: id = "ID",
        1: made = "made",
        2: works = "works",
        3: price = "price",
        4: owner = "owner",
        5: parts = "parts",
        6: key = "key",
        7: pin = "pin",
        8: extdata = "extdata" extra,
    });

    #[derive(Debug, Clone, PartialEq)]
    struct Part {
        name: String,
        is_new: bool,
        seen: Option<i64>,
        maker: Option<Option<String>>,
        note: Option<String>,
        codes: Option<Option<Secret>>,
        unknown: JsonMap,
    }
    crate::object!(Part {
        0: name = "name",
        1: is_new = "new",
        2: seen = "seen" read_only,
        3: maker = "maker" three_states,
        4: note = "note" null,
        5: codes = "codes" three_states,
    } unknown);

    fn row() -> Json {
        json!({
            "ID": 7, "made": 86_400, "works": 1, "price": 2.5, "owner": null,
            "parts": [{"name": "cap", "new": true, "seen": 3, "maker": null, "note": null, "deep": [1]}],
            "key": "hunter2", "pin": "hunter3", "extdata": {"tier": "gold"},
        })
    }

    fn pen(row: &Json) -> Pen {
        serde_json::from_value(row.clone()).unwrap()
    }

    #[test]
    fn a_record_is_written_as_it_came_but_for_its_secrets() {
        let mut expected = row();
        for secret in ["key", "pin"] {
            expected.as_object_mut().unwrap().remove(secret);
        }
        assert_eq!(serde_json::to_value(pen(&row())).unwrap(), expected);
        expected["extdata"].take();
        let mut without = row();
        without["extdata"].take();
        let written = serde_json::to_value(pen(&without)).unwrap();
        assert!(written.get("extdata").is_none() && written["owner"].is_null(), "{written}");
    }

    #[test]
    fn reading_what_was_written_says_which_secret_is_missing() {
        let text = serde_json::to_string(&pen(&row())).unwrap();
        assert!(!text.contains("hunter"), "{text}");
        let error = decode::json::<Pen>(text.as_bytes(), Decoding::Strict).unwrap_err();
        assert!(error.to_string() == "$.key is absent or null (Pen)", "{error}");
    }

    #[test]
    fn secrets_are_left_out_at_every_depth() {
        let mut row = row();
        row["parts"][0]["codes"] = json!("hunter4");
        let written = serde_json::to_value(pen(&row)).unwrap();
        assert!(written["parts"][0].get("codes").is_none() && !written.to_string().contains("hunter"), "{written}");
        row["parts"][0]["codes"] = Json::Null;
        assert_eq!(serde_json::to_value(pen(&row)).unwrap()["parts"][0]["codes"], Json::Null);
        let list = vec![Secret::new("hunter5")].write(serde_json::value::Serializer).unwrap();
        assert_eq!(list, json!([null]));
        let boxed = BTreeMap::from([("a".to_owned(), Some(Box::new(Secret::new("hunter6"))))]);
        assert_eq!(boxed.write(serde_json::value::Serializer).unwrap(), json!({"a": null}));
    }

    #[test]
    fn formats_that_say_how_many_members_come_say_what_is_so() {
        let mut bare = row();
        for member in ["extdata", "parts", "pin"] {
            bare.as_object_mut().unwrap().remove(member);
        }
        for row in [row(), bare] {
            let (pen, mut bytes) = (pen(&row), Vec::new());
            ciborium::into_writer(&[&pen, &pen], &mut bytes).unwrap();
            let read: [Json; 2] = ciborium::from_reader(&bytes[..]).unwrap();
            assert_eq!(read, [(); 2].map(|()| serde_json::to_value(&pen).unwrap()));
        }
    }

    #[derive(Debug, Clone, PartialEq)]
    struct Labels {
        name: Option<String>,
        additional: BTreeMap<String, i64>,
    }
    crate::object!(Labels { 0: name = "name" } additional);

    #[test]
    fn members_of_one_type_that_are_not_listed_are_written_beside_the_others() {
        let wire = json!({"name": "cap", "blue": 1, "red": -7});
        let labels: Labels = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(labels.additional.len(), 2);
        assert_eq!(serde_json::to_value(&labels).unwrap(), wire);
    }

    #[derive(Debug, Clone, PartialEq)]
    enum Thing {
        Part(Box<Part>),
        On(bool),
        Unknown(Json),
    }
    crate::union!(Thing { Part(Box<Part>) = Sign::Is("kind", &[Tag::Text("part")]), On(bool) = Sign::Boolean });

    #[derive(Debug, Clone, PartialEq)]
    struct Things(Vec<Thing>);
    crate::wrapper!(Things(Vec<Thing>));

    #[test]
    fn alternatives_are_written_with_what_can_only_be_read() {
        let wire = json!([{"name": "cap", "new": false, "seen": 3, "note": "x", "kind": "part"}, true, {"kind": 9}]);
        let things: Things = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(serde_json::to_value(&things).unwrap(), wire);
        assert!(things.to_json()[0].get("seen").is_none());
    }

    #[derive(Debug, Clone, PartialEq)]
    struct Common {
        place: Option<i64>,
        seen: Option<i64>,
    }
    crate::object!(Common { 0: place = "place", 1: seen = "seen" read_only });

    #[derive(Debug, Clone, PartialEq)]
    struct Line {
        common: Common,
        content: Content,
    }
    #[derive(Debug, Clone, PartialEq)]
    enum Content {
        Part(Part),
        Unknown(i64, JsonMap),
    }
    crate::tagged!(Line { common: Common, content: Content } by "type" or Some(0) => { Part(Part) = 0 });

    #[derive(Debug, Clone, PartialEq)]
    enum Found {
        Common(Common),
        Unknown(JsonMap),
    }
    crate::by_property!(Found { Common(Common) = "place" });

    #[test]
    fn objects_of_several_shapes_are_written_as_they_came() {
        for wire in [
            json!({"type": 0, "place": 1, "seen": 2, "name": "cap", "new": true, "note": null, "colour": "red"}),
            json!({"type": 9, "place": 1, "shape": "round"}),
        ] {
            let line: Line = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(&line).unwrap(), wire);
        }
        for wire in [json!({"place": 4, "seen": 1}), json!({"shape": "round"})] {
            let found: Found = serde_json::from_value(wire.clone()).unwrap();
            assert_eq!(serde_json::to_value(&found).unwrap(), wire);
        }
    }
}
