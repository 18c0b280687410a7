//! The members of a request body: exactly those that the caller set, in the order of setting.

use std::borrow::Cow;
use std::fmt;

use crate::model::{Json, JsonMap};
use crate::operation::BodyFormat;
use crate::redact::{self, OutlinedMember};
use crate::secret::Secret;

/// Members of a request body. A member that is set again keeps its place and takes the new value.
#[derive(Clone, Default, PartialEq)]
pub struct Fields(Vec<(Cow<'static, str>, Field)>);

/// A secret stands in place of the plain value.
#[derive(Clone, Default, PartialEq)]
struct Field {
    plain: Json,
    secret: Option<Secret>,
    /// Whether the plain value holds secrets at places that nobody knows.
    is_hidden: bool,
}

impl Fields {
    /// No members.
    pub const fn new() -> Self {
        Fields(Vec::new())
    }

    /// Sets a member.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Json) {
        *self.field(name.into()) = Field { plain: value, ..Field::default() };
    }

    /// Sets a member that is sent as it is, but may hold secrets at any depth: it is kept out of `Debug` and dry runs.
    pub fn set_hidden(&mut self, name: impl Into<Cow<'static, str>>, value: Json) {
        *self.field(name.into()) = Field { plain: value, secret: None, is_hidden: true };
    }

    /// Sets a member that is kept out of `Debug` and dry runs.
    pub fn set_secret(&mut self, name: impl Into<Cow<'static, str>>, value: Secret) {
        *self.field(name.into()) = Field { secret: Some(value), ..Field::default() };
    }

    /// The plain member `name` for changing; null if it was not set.
    pub fn entry(&mut self, name: &'static str) -> &mut Json {
        let field = self.field(Cow::Borrowed(name));
        field.secret = None;
        field.is_hidden = false;
        &mut field.plain
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
        self.find(name).filter(|field| field.secret.is_none()).map(|field| &field.plain)
    }

    /// The value of a secret member.
    pub fn secret(&self, name: &str) -> Option<&Secret> {
        self.find(name)?.secret.as_ref()
    }

    /// The values that are secret: of secret members, of all that is hidden, and of members whose name says so, at any depth.
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets = Vec::new();
        for (name, field) in &self.0 {
            match &field.secret {
                Some(secret) => secrets.push(secret.clone()),
                None if field.is_hidden => redact::collect_all(&field.plain, &mut secrets),
                None => redact::collect(name, &field.plain, &mut secrets),
            }
        }
        secrets
    }

    fn find(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, field)| field)
    }

    /// The members in their order; `None` in place of a secret.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Option<&Json>)> {
        let is_plain = |field: &Field| field.secret.is_none() && !field.is_hidden;
        self.0.iter().map(move |(name, field)| (name.as_ref(), is_plain(field).then_some(&field.plain)))
    }

    /// Renames a member; does nothing if there is none of that name.
    pub fn rename(&mut self, from: &str, to: &'static str) {
        if let Some((name, _)) = self.0.iter_mut().find(|(known, _)| known == from) {
            *name = Cow::Borrowed(to);
        }
    }

    /// Whether no member is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the members, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The body as sent, secrets included.
    pub fn encode(&self, format: BodyFormat) -> Vec<u8> {
        match format {
            BodyFormat::Json => Json::Object(self.object()).to_string().into_bytes(),
            BodyFormat::Form => self.form().into_bytes(),
        }
    }

    /// The members for people: secrets are replaced, and so is whatever stands below a name that says that it is one.
    pub fn redacted(&self) -> JsonMap {
        let shown = |name: &str, field: &Field| match field.secret {
            None if !field.is_hidden => redact::member(name, &field.plain),
            _ => redact::REDACTED.into(),
        };
        self.0.iter().map(|(name, field)| (name.clone().into_owned(), shown(name, field))).collect()
    }

    fn object(&self) -> JsonMap {
        let value =
            |field: &Field| field.secret.as_ref().map_or_else(|| field.plain.clone(), |secret| secret.expose().into());
        self.0.iter().map(|(name, field)| (name.clone().into_owned(), value(field))).collect()
    }

    /// Lists repeat their name, objects stand as JSON, null as empty text: the form that the official client writes.
    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, field) in &self.0 {
            match (&field.secret, &field.plain) {
                (Some(secret), _) => {
                    form.append_pair(name, secret.expose());
                }
                (None, Json::Array(list)) => {
                    form.extend_pairs(list.iter().map(|member| (name, plain_text(member))));
                }
                (None, value) => {
                    form.append_pair(name, &plain_text(value));
                }
            }
        }
        form.finish()
    }
}

fn plain_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl From<JsonMap> for Fields {
    fn from(map: JsonMap) -> Self {
        let field = |plain| Field { plain, ..Field::default() };
        Fields(map.into_iter().map(|(name, value)| (Cow::Owned(name), field(value))).collect())
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
        match field.secret {
            None if !field.is_hidden => OutlinedMember { name, value: &field.plain }.fmt(f),
            _ => f.write_str(redact::REDACTED),
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
        let body = fields().encode(BodyFormat::Json);
        let body: Json = serde_json::from_slice(&body).unwrap();
        assert_eq!(body, json!({"name": "a b", "password": "p&w", "end": null, "tags": ["x", "y"]}));
    }

    #[test]
    fn a_form_repeats_lists_and_encodes_marks() {
        let body = fields().encode(BodyFormat::Form);
        assert_eq!(String::from_utf8(body).unwrap(), "name=a+b&password=p%26w&end=&tags=x&tags=y");
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
        let sent: Json = serde_json::from_slice(&fields.encode(BodyFormat::Json)).unwrap();
        assert_eq!(sent["nested"], json!({"a": ["hunter2", 492_817]}));
        assert!(fields.members().any(|(name, value)| name == "nested" && value.is_none()));
    }

    #[test]
    fn a_member_set_again_keeps_its_place() {
        let mut fields = fields();
        fields.set("name", json!("z"));
        assert_eq!(fields.names().collect::<Vec<_>>(), ["name", "password", "end", "tags"]);
        assert_eq!(fields.get("name"), Some(&json!("z")));
    }
}
