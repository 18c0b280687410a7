//! JSON values that keep the order of members, and the text forms the server answers with. It knows nothing of tables.

use std::cell::Cell;
use std::fmt::{self, Write};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The largest whole number that a double holds exactly; below it a whole double is written without a fraction.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON value. Members stay in the order in which they came: stored JSON is answered as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole document; trailing text is an error.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).ok()
    }

    /// The same, with the reason why it cannot be read.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut text = serde_json::Deserializer::from_slice(bytes);
        // The reader counts by itself, and knows afterwards that it was this.
        text.disable_recursion_limit();
        let too_deep = Cell::new(false);
        let read = Reader { depth: 0, too_deep: &too_deep }.deserialize(&mut text).and_then(|value| {
            text.end()?;
            Ok(value)
        });
        read.map_err(|_| if too_deep.get() { ParseError::TooDeep } else { ParseError::Broken })
    }

    /// The member of this name; the last one, if a name is repeated.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.as_object()?.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members in their order.
    pub(crate) fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The entries of a list.
    pub(crate) fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(entries) => Some(entries),
            _ => None,
        }
    }

    /// The text of a text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, also one written as text: a form has nothing but text.
    pub(crate) fn to_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            // Some languages write every number with a fraction.
            Self::Float(number) => whole(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A switch: true and false, 1 and 0, and their text forms.
    pub(crate) fn to_flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Int(0) => Some(false),
            Self::Int(1) => Some(true),
            Self::Text(text) => match text.as_str() {
                "1" | "true" => Some(true),
                "" | "0" | "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The compact text of the value.
    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// An object of these members.
    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl<T: Into<Self>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(entries) => serializer.collect_seq(entries),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// The whole number that a double holds exactly, if it holds one.
#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked first")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// Writes a double as JSON: a whole one without a fraction, as a database that prints numbers does.
pub(crate) fn write_double(out: &mut String, number: f64) {
    match whole(number) {
        Some(whole) => write_int(out, whole),
        None => out.push_str(&serde_json::to_string(&number).unwrap_or_else(|_| "null".to_owned())),
    }
}

/// Writes a whole number.
pub(crate) fn write_int(out: &mut String, number: i64) {
    out.push_str(itoa::Buffer::new().format(number));
}

/// Writes a text as JSON, with its quotes. Rows are mostly text, so nothing is allocated on the way.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        out.push_str(&rest[..at]);
        write_escape(out, rest.as_bytes()[at]);
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}

/// The place of the first byte that cannot stand in a text as it is. Whole chunks are looked at first: of a loop without a way out in
/// the middle compilers make vector instructions.
fn first_escaped(bytes: &[u8]) -> Option<usize> {
    const CHUNK: usize = 16;
    let is_escaped = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
    let is_clean = |chunk: &&[u8]| !chunk.iter().fold(false, |found, byte| found | is_escaped(byte));
    let clean = CHUNK * bytes.chunks_exact(CHUNK).take_while(is_clean).count();
    bytes[clean..].iter().position(is_escaped).map(|at| clean + at)
}

fn write_escape(out: &mut String, byte: u8) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'\x08' => out.push_str("\\b"),
        b'\x0c' => out.push_str("\\f"),
        b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
        control => {
            let _ = write!(out, "\\u{control:04x}");
        }
    }
}

/// Why a text is not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParseError {
    /// It is not JSON.
    Broken,
    /// Lists and objects stand in each other deeper than [`DEEPEST`].
    TooDeep,
}

/// How deep lists and objects may stand in each other: twice a hundred for the groups of a filter, and some more around and
/// in them. Whatever walks over a value calls itself so often at most.
pub(crate) const DEEPEST: usize = 256;

/// Reads a value at some depth.
#[derive(Clone, Copy)]
struct Reader<'a> {
    depth: usize,
    too_deep: &'a Cell<bool>,
}

impl Reader<'_> {
    /// The reader of what is inside a list or an object at this one's place.
    fn inner<E: de::Error>(self) -> Result<Self, E> {
        if self.depth == DEEPEST {
            self.too_deep.set(true);
            return Err(E::custom("too deep"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Int(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "beyond i64 a double is all that is left")]
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Float(number as f64), Json::Int))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Float(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut entries = Vec::new();
        while let Some(entry) = seq.next_element_seed(inner)? {
            entries.push(entry);
        }
        Ok(Json::List(entries))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let inner = self.inner()?;
        let mut members = Vec::new();
        while let Some(name) = map.next_key()? {
            members.push((name, map.next_value_seed(inner)?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let text = r#"{"type":1,"a":[null,true,2.5],"ID":-3}"#;
        assert_eq!(Json::parse(text.as_bytes()).unwrap().to_text(), text);
    }

    #[test]
    fn a_member_that_stands_twice_counts_with_its_last_value() {
        let value = Json::parse(br#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(value.get("a"), Some(&Json::Int(2)));
    }

    #[test]
    fn whole_doubles_have_no_fraction() {
        let mut out = String::new();
        write_double(&mut out, 30.0);
        out.push(' ');
        write_double(&mut out, 0.1);
        assert_eq!(out, "30 0.1");
        assert_eq!(Json::Float(12.0).to_text(), "12");
    }

    #[test]
    fn texts_are_escaped_as_serde_json_does() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain("a\"b\\c😀".chars()).collect();
        for text in ["", "plain", "\"", "\n", "a\n", "ende ü", all.as_str()] {
            let mut out = String::new();
            write_text(&mut out, text);
            assert_eq!(out, serde_json::to_string(text).unwrap());
        }
    }

    #[test]
    fn numbers_beyond_the_integers_become_doubles() {
        assert_eq!(Json::parse(b"18446744073709551615"), Some(Json::Float(18_446_744_073_709_551_615.0)));
    }

    #[test]
    fn whole_numbers_may_come_as_text_or_with_an_empty_fraction() {
        assert_eq!(Json::Float(5.0).to_int(), Some(5));
        assert_eq!(Json::Float(5.5).to_int(), None);
        assert_eq!(Json::from("5").to_int(), Some(5));
    }

    #[test]
    fn broken_or_trailing_text_is_no_value() {
        assert_eq!(Json::parse(b"{\"a\":"), None);
        assert_eq!(Json::parse(b"1 2"), None);
    }

    #[test]
    fn lists_and_objects_stand_in_each_other_up_to_a_depth() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::read(nested(DEEPEST).as_bytes()).is_ok());
        for text in [nested(DEEPEST + 1), nested(100_000), "[".repeat(100_000), "{\"a\":".repeat(100_000)] {
            assert_eq!(Json::read(text.as_bytes()), Err(ParseError::TooDeep));
        }
        assert_eq!(Json::read(b"[1,]"), Err(ParseError::Broken));
    }
}
