//! The members of a request body: exactly those that the caller set, in the order of setting.

use std::borrow::Cow;
use std::fmt;

use crate::call::{Content, FilePart};
use crate::confidential::Confidential;
use crate::model::{Json, JsonMap, Wire};
use crate::redact::{self, OutlinedMember};
use crate::secret::Secret;

/// Members of a request body. A member that is set again keeps its place and takes the new value.
#[derive(Clone, Default, PartialEq)]
pub struct Fields(Vec<(Cow<'static, str>, Field)>);

#[derive(Clone, Default, PartialEq)]
struct Field {
    /// Null where the kind has a value of its own.
    plain: Json,
    kind: Kind,
}

#[derive(Clone, Default, PartialEq)]
enum Kind {
    #[default]
    Plain,
    /// A plain object whose members are sent in this order; those that it does not name come last.
    Ordered(Vec<String>),
    /// The plain value holds secrets at places that nobody knows.
    Hidden,
    Secret(Secret),
    /// Holds secrets at places that its type knows.
    Confidential(Confidential),
    Files(Vec<FilePart>),
    /// An object with one member, whose text is a stream.
    Encoded(&'static str, Content),
}

/// The value of a member, as whoever writes a body needs it.
pub(crate) enum Value<'a> {
    Plain(&'a Json),
    Secret(&'a Secret),
    Confidential(&'a Confidential),
    Files(&'a [FilePart]),
    /// Read while it is sent.
    Encoded,
}

impl Field {
    fn plain(plain: Json) -> Self {
        Field { plain, kind: Kind::Plain }
    }

    fn value(&self) -> Value<'_> {
        match &self.kind {
            Kind::Plain | Kind::Ordered(_) | Kind::Hidden => Value::Plain(&self.plain),
            Kind::Secret(secret) => Value::Secret(secret),
            Kind::Confidential(value) => Value::Confidential(value),
            Kind::Files(files) => Value::Files(files),
            Kind::Encoded(..) => Value::Encoded,
        }
    }
}

impl Field {
    /// As it is sent, unless it is no JSON.
    fn json(&self) -> Option<Json> {
        match self.value() {
            Value::Plain(value) => Some(value.clone()),
            Value::Secret(secret) => Some(secret.expose().into()),
            Value::Confidential(value) => Some(value.sent()),
            Value::Files(_) | Value::Encoded => None,
        }
    }
}

impl Fields {
    /// No members.
    pub const fn new() -> Self {
        Fields(Vec::new())
    }

    /// Sets a member.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Json) {
        *self.field(name.into()) = Field::plain(value);
    }

    /// Sets a member that is an object whose members are sent in this order. One that is given twice keeps its place and takes the new
    /// value.
    pub(crate) fn set_ordered(&mut self, name: &'static str, members: Vec<(String, Json)>) {
        let mut order: Vec<String> = Vec::new();
        for (member, _) in &members {
            if !order.contains(member) {
                order.push(member.clone());
            }
        }
        let plain = Json::Object(members.into_iter().collect());
        *self.field(Cow::Borrowed(name)) = Field { plain, kind: Kind::Ordered(order) };
    }

    /// The order of the members of this member, if it has one.
    pub(crate) fn order(&self, name: &str) -> Option<&[String]> {
        if let Kind::Ordered(order) = &self.find(name)?.kind { Some(order) } else { None }
    }

    /// Sets a member that is sent as it is, but may hold secrets at any depth: it is kept out of `Debug` and dry runs.
    pub fn set_hidden(&mut self, name: impl Into<Cow<'static, str>>, value: Json) {
        *self.field(name.into()) = Field { plain: value, kind: Kind::Hidden };
    }

    /// Sets a member that is kept out of `Debug` and dry runs.
    pub fn set_secret(&mut self, name: impl Into<Cow<'static, str>>, value: Secret) {
        *self.field(name.into()) = Field { plain: Json::Null, kind: Kind::Secret(value) };
    }

    /// Sets a member with secrets inside. They are sent, and kept out of `Debug` and dry runs.
    pub fn set_confidential(&mut self, name: impl Into<Cow<'static, str>>, value: impl Wire + Send + Sync + 'static) {
        *self.field(name.into()) = Field { plain: Json::Null, kind: Kind::Confidential(Confidential::new(value)) };
    }

    /// Sets a member that is a file, or several of one name. Only a multipart body can hold it.
    pub fn set_files(&mut self, name: impl Into<Cow<'static, str>>, files: impl IntoIterator<Item = FilePart>) {
        *self.field(name.into()) = Field { plain: Json::Null, kind: Kind::Files(files.into_iter().collect()) };
    }

    /// Sets a member that is an object with one member: a text that is read while it is sent. Only JSON can hold it.
    pub(crate) fn set_encoded(&mut self, name: &'static str, member: &'static str, content: Content) {
        *self.field(name.into()) = Field { plain: Json::Null, kind: Kind::Encoded(member, content) };
    }

    /// The plain member `name` for changing; null if it was not set.
    pub fn entry(&mut self, name: &'static str) -> &mut Json {
        let field = self.field(Cow::Borrowed(name));
        if !matches!(field.kind, Kind::Ordered(_)) {
            field.kind = Kind::Plain;
        }
        &mut field.plain
    }

    /// Sets one member of a member that is an object, and leaves its others as they are.
    pub fn set_in(&mut self, name: &'static str, member: impl Into<String>, value: impl Into<Json>) {
        let members = self.entry(name);
        if !members.is_object() {
            *members = Json::Object(JsonMap::new());
        }
        members[member.into()] = value.into();
    }

    /// Sets a member that is a list of texts.
    pub fn set_texts<T: Into<String>>(&mut self, name: &'static str, texts: impl IntoIterator<Item = T>) {
        self.set(name, texts.into_iter().map(|text| Json::from(text.into())).collect());
    }

    fn field(&mut self, name: Cow<'static, str>) -> &mut Field {
        let place = self.0.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.0.push((name, Field::default()));
            self.0.len() - 1
        });
        &mut self.0[place].1
    }

    /// The value of a plain member.
    pub fn get(&self, name: &str) -> Option<&Json> {
        if let Value::Plain(value) = self.find(name)?.value() { Some(value) } else { None }
    }

    /// The value of a secret member.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        if let Value::Secret(secret) = self.find(name)?.value() { Some(secret) } else { None }
    }

    /// The values that are secret: of secret members and inside of others, of all that is hidden, and of members whose name says so.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = Vec::new();
        for (name, field) in &self.0 {
            match &field.kind {
                Kind::Secret(secret) => secrets.push(secret.clone()),
                Kind::Confidential(value) => secrets.extend(value.secrets(name)),
                Kind::Hidden => redact::collect_all(&field.plain, &mut secrets),
                Kind::Plain | Kind::Ordered(_) => redact::collect(name, &field.plain, &mut secrets),
                Kind::Files(_) | Kind::Encoded(..) => {}
            }
        }
        secrets
    }

    fn find(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, field)| field)
    }

    /// The members in their order; `None` in place of a secret, of what is hidden, and of files.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Option<&Json>)> {
        let plain = |field| matches!(field, &Field { kind: Kind::Plain | Kind::Ordered(_), .. });
        self.0.iter().map(move |(name, field)| (name.as_ref(), plain(field).then_some(&field.plain)))
    }

    /// The values as they are sent, secrets and files included.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.0.iter().map(|(name, field)| (name.as_ref(), field.value()))
    }

    /// The files of all members.
    pub(crate) fn files(&self) -> impl Iterator<Item = &FilePart> {
        self.0.iter().flat_map(|(_, field)| match field.value() {
            Value::Files(files) => files,
            _ => &[],
        })
    }

    /// Renames a member; does nothing if there is none of that name.
    pub fn rename(&mut self, from: &str, to: &'static str) {
        if let Some((name, _)) = self.0.iter_mut().find(|(known, _)| known == from) {
            *name = Cow::Borrowed(to);
        }
    }

    /// Without this member.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Without the members that a record has already, as it stands on the wire.
    #[doc(hidden)]
    pub fn retain_changes(&mut self, record: &JsonMap) {
        self.0.retain(|(name, field)| match field.value() {
            Value::Plain(value) => record.get(name.as_ref()) != Some(value),
            _ => true,
        });
    }

    /// Whether a record has all of these members, as far as that can be told: not of secrets, nor of what is no column.
    #[doc(hidden)]
    pub fn are_in(&self, record: &JsonMap) -> bool {
        let mut values = self.values();
        values.all(|(name, value)| matches!(value, Value::Plain(value) if record.get(name) == Some(value)))
    }

    /// The members as one JSON object; `None` where one of them may be secret.
    #[doc(hidden)]
    pub fn plain(&self) -> Option<JsonMap> {
        let mut values = self.values();
        let is_plain = values.all(|(name, value)| matches!(value, Value::Plain(_)) && !redact::is_secret(name));
        is_plain.then(|| self.object())
    }

    /// Whether no member is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the members, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The members for people: secrets are replaced, and so is whatever stands below a name that says that it is one.
    pub fn redacted(&self) -> JsonMap {
        let shown = |name: &str, field: &Field| match &field.kind {
            Kind::Plain | Kind::Ordered(_) => redact::member(name, &field.plain),
            Kind::Confidential(value) => value.shown(name),
            Kind::Hidden | Kind::Secret(_) => redact::REDACTED.into(),
            Kind::Files(files) => files.iter().map(|file| format!("{:?}", file.content)).collect(),
            Kind::Encoded(member, content) => {
                JsonMap::from_iter([((*member).to_owned(), format!("{content:?}").into())]).into()
            }
        };
        self.0.iter().map(|(name, field)| (name.clone().into_owned(), shown(name, field))).collect()
    }

    /// The members as one JSON object; files are left out.
    pub(crate) fn object(&self) -> JsonMap {
        self.0.iter().filter_map(|(name, field)| Some((name.clone().into_owned(), field.json()?))).collect()
    }

    /// The members as the text of one JSON object, a stream where one of them is.
    pub(crate) fn json(&self) -> Content {
        if !self.has_encoded() {
            return self.text().into();
        }
        let (mut parts, mut text) = (Vec::new(), String::new());
        for (name, field) in &self.0 {
            let begins = format!("{}{}:", if text.is_empty() { '{' } else { ',' }, Json::from(name.as_ref()));
            match (&field.kind, field.json()) {
                (Kind::Encoded(member, content), _) => {
                    text.push_str(&format!("{begins}{{{}:\"", Json::from(*member)));
                    parts.extend([std::mem::take(&mut text).into(), content.clone()]);
                    text.push_str("\"}");
                }
                (_, Some(value)) => text.push_str(&format!("{begins}{value}")),
                (_, None) => {}
            }
        }
        parts.push((text + "}").into());
        Content::chain(parts)
    }

    /// The members as the text of one JSON object, in the order that some of them have.
    pub(crate) fn text(&self) -> String {
        let orders: Vec<(&str, &[String])> =
            self.0.iter().filter_map(|(name, _)| Some((name.as_ref(), self.order(name)?))).collect();
        let object = self.object();
        if orders.is_empty() { Json::Object(object).to_string() } else { in_order(&object, &orders) }
    }

    /// Whether a member is read while it is sent.
    pub(crate) fn has_encoded(&self) -> bool {
        self.0.iter().any(|(_, field)| matches!(field.kind, Kind::Encoded(..)))
    }
}

/// The text of an object in which some members are objects whose members have an order.
fn in_order(object: &JsonMap, orders: &[(&str, &[String])]) -> String {
    joined(object.iter().map(|(name, value)| {
        let order = orders.iter().find(|(known, _)| known == name).map(|(_, order)| *order);
        let text = match (order, value) {
            (Some(order), Json::Object(members)) => ordered(members, order),
            _ => value.to_string(),
        };
        (name, text)
    }))
}

fn ordered(members: &JsonMap, order: &[String]) -> String {
    let named = order.iter().filter_map(|name| members.get_key_value(name));
    let others = members.iter().filter(|(name, _)| !order.contains(name));
    joined(named.chain(others).map(|(name, value)| (name, value.to_string())))
}

fn joined<'a>(members: impl Iterator<Item = (&'a String, String)>) -> String {
    let members: Vec<String> = members.map(|(name, text)| format!("{}:{text}", Json::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(","))
}

impl From<JsonMap> for Fields {
    fn from(map: JsonMap) -> Self {
        Fields(map.into_iter().map(|(name, value)| (Cow::Owned(name), Field::plain(value))).collect())
    }
}

/// Names and kinds of the members, without any text: it may be secret under whatever name.
/// [`redacted`](Fields::redacted) and dry runs show texts.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, field)| (name, Shown { name, field }))).finish()
    }
}

struct Shown<'a> {
    name: &'a str,
    field: &'a Field,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown { name, field } = *self;
        match &field.kind {
            Kind::Plain | Kind::Ordered(_) => OutlinedMember { name, value: &field.plain }.fmt(f),
            Kind::Files(files) => files.fmt(f),
            Kind::Encoded(_, content) => content.fmt(f),
            Kind::Confidential(value) => value.fmt(f),
            Kind::Hidden | Kind::Secret(_) => f.write_str(redact::REDACTED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields() -> Fields {
        let mut fields = Fields::new();
        fields.set("name", json!("a b"));
        fields.set_secret("password", Secret::new("p&w"));
        fields.set("end", json!(null));
        fields.set("tags", json!(["x", "y"]));
        fields
    }

    #[test]
    fn only_what_was_set_is_sent_and_null_can_be_sent() {
        let body = Json::Object(fields().object());
        assert_eq!(body, json!({"name": "a b", "password": "p&w", "end": null, "tags": ["x", "y"]}));
    }

    #[test]
    fn secrets_are_neither_in_debug_nor_in_the_redacted_form() {
        let fields = fields();
        assert!(!format!("{fields:?}").contains("p&w"));
        assert!(!Json::Object(fields.redacted()).to_string().contains("p&w"));
    }

    #[test]
    fn fault_80_no_text_of_a_member_is_in_debug_and_hidden_ones_are_in_no_dry_run() {
        let mut fields = fields();
        fields.set_hidden("nested", json!({"a": ["hunter2", 492_817]}));
        fields.set("login", json!({"user": "mara", "passwords": ["hunter2"]}));
        let shown = format!("{fields:?} {fields:#?}");
        assert!(!shown.contains("hunter2") && !shown.contains("492817") && !shown.contains("mara"), "{shown}");
        assert!(shown.contains("\"name\": (3 characters)") && shown.contains("\"nested\": [redacted]"), "{shown}");
        let redacted = Json::Object(fields.redacted());
        assert_eq!((&redacted["nested"], &redacted["login"]["user"]), (&json!("[redacted]"), &json!("mara")));
        assert!(!redacted.to_string().contains("hunter2"));
        let secrets = fields.secrets();
        let secrets: Vec<_> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["p&w", "hunter2", "492817", "hunter2"]);
        let sent = fields.object();
        assert_eq!(sent["nested"], json!({"a": ["hunter2", 492_817]}));
        assert!(fields.members().any(|(name, value)| name == "nested" && value.is_none()));
    }

    #[test]
    fn a_member_that_is_read_while_it_is_sent_stands_in_json_in_its_place() {
        use crate::call::Opened;
        for first in [true, false] {
            let mut fields = Fields::new();
            if !first {
                fields.set("na\"me", json!("a b"));
            }
            fields.set_encoded("binfile", "content", Content::from("QUJD"));
            fields.set_secret("password", Secret::new("p&w"));
            assert!(!format!("{fields:?}").contains("QUJD"));
            assert_eq!(fields.redacted()["binfile"], json!({"content": "(4 bytes)"}));
            let Opened::Streamed(mut pieces, length) = fields.json().open().unwrap() else { panic!("one piece") };
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let mut text = Vec::new();
            while let std::task::Poll::Ready(Some(piece)) =
                futures_core::Stream::poll_next(std::pin::Pin::new(&mut pieces), &mut context)
            {
                text.extend(piece.unwrap());
            }
            assert_eq!(length, Some(text.len() as u64));
            let mut expected = json!({"binfile": {"content": "QUJD"}, "password": "p&w"});
            if !first {
                expected["na\"me"] = json!("a b");
            }
            assert_eq!(serde_json::from_slice::<Json>(&text).unwrap(), expected);
        }
    }

    #[test]
    fn an_ordered_object_keeps_its_order_and_what_is_added_comes_last() {
        let mut fields = Fields::new();
        fields.set("z", json!(1));
        fields.set_ordered("fields", vec![("b\"".to_owned(), json!("x")), ("a".to_owned(), json!({"d": 1, "c": 2}))]);
        assert_eq!(fields.text(), r#"{"fields":{"b\"":"x","a":{"c":2,"d":1}},"z":1}"#);
        if let Some(members) = fields.entry("fields").as_object_mut() {
            members.insert("ID".to_owned(), json!("ID"));
            members.remove("a");
        }
        assert_eq!(fields.text(), r#"{"fields":{"b\"":"x","ID":"ID"},"z":1}"#);
        assert_eq!(fields.members().count(), 2);
        *fields.entry("fields") = json!(["ID"]);
        assert_eq!(fields.text(), r#"{"fields":["ID"],"z":1}"#, "what is no object any more has no order");
        assert_eq!(serde_json::from_str::<Json>(&fields.text()).unwrap(), Json::Object(fields.object()));
    }

    #[test]
    fn a_member_set_again_keeps_its_place() {
        let mut fields = fields();
        fields.set("name", json!("z"));
        assert_eq!(fields.names().collect::<Vec<_>>(), ["name", "password", "end", "tags"]);
        assert_eq!(fields.get("name"), Some(&json!("z")));
    }
}
