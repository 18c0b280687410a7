//! Members as `application/x-www-form-urlencoded`.

use form_urlencoded::byte_serialize;

use crate::fields::{Fields, Value};
use crate::model::Json;
use crate::operation::{Encoding, RequestBody, Style};

/// Without another word of the document lists repeat their name, objects stand as JSON, null as empty text.
pub(super) fn encoded(fields: &Fields, body: &RequestBody) -> String {
    let mut form = Form(String::new());
    for (name, value) in fields.values() {
        match value {
            Value::Secret(secret) => form.pair(name, secret.expose()),
            Value::Plain(value) => form.member(name, value, body.encoding_of(name)),
            Value::Confidential(value) => form.member(name, &value.sent(), body.encoding_of(name)),
            // A request with a file in it is not sent as a form.
            Value::Files(_) | Value::Encoded => {}
        }
    }
    form.0
}

struct Form(String);

impl Form {
    fn member(&mut self, name: &str, value: &Json, encoding: Option<&Encoding>) {
        let explode = encoding.is_some_and(|encoding| encoding.explode);
        match (style(encoding), value) {
            (Some(Style::Json), value) => self.pair(name, &value.to_string()),
            (Some(Style::DeepObject), value) => self.deep(name, value),
            (Some(style), Json::Array(_) | Json::Object(_)) if !explode => self.joined(name, value, separator(style)),
            (_, Json::Array(list)) => list.iter().for_each(|member| self.pair(name, &plain_text(member))),
            (Some(_), Json::Object(members)) => {
                members.iter().for_each(|(name, value)| self.pair(name, &plain_text(value)));
            }
            (_, value) => self.pair(name, &plain_text(value)),
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.extend(byte_serialize(value.as_bytes()));
    }

    fn name(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(byte_serialize(name.as_bytes()));
        self.0.push('=');
    }

    /// What separates the values is told from the same sign inside of one, which is encoded where a comma separates.
    fn joined(&mut self, name: &str, value: &Json, separator: &str) {
        self.name(name);
        let texts: Vec<String> = match value {
            Json::Array(list) => list.iter().map(plain_text).collect(),
            Json::Object(members) => {
                members.iter().flat_map(|(name, value)| [name.clone(), plain_text(value)]).collect()
            }
            other => vec![plain_text(other)],
        };
        for (index, text) in texts.iter().enumerate() {
            if index > 0 {
                self.0.push_str(separator);
            }
            self.0.extend(byte_serialize(text.as_bytes()));
        }
    }

    fn deep(&mut self, name: &str, value: &Json) {
        match value {
            Json::Object(members) => {
                members.iter().for_each(|(member, value)| self.deep(&format!("{name}[{member}]"), value));
            }
            Json::Array(list) => {
                list.iter().enumerate().for_each(|(index, value)| self.deep(&format!("{name}[{index}]"), value));
            }
            other => self.pair(name, &plain_text(other)),
        }
    }
}

/// The style of a member, as far as it has a meaning in a form.
fn style(encoding: Option<&Encoding>) -> Option<Style> {
    let encoding = encoding?;
    match encoding.style {
        None if super::is_json(encoding.media_type) => Some(Style::Json),
        Some(Style::Simple | Style::Label | Style::Matrix) | None => None,
        style => style,
    }
}

/// What stands between values that are written as one, encoded.
fn separator(style: Style) -> &'static str {
    match style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    }
}

pub(super) fn plain_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn form(value: Json, encoding: &'static [Encoding]) -> String {
        let mut fields = Fields::new();
        fields.set("pen", value);
        encoded(&fields, &RequestBody::FORM.encoding(encoding))
    }

    #[test]
    fn a_form_repeats_lists_and_encodes_marks() {
        let mut fields = Fields::new();
        fields.set("name", json!("a b"));
        fields.set_secret("password", "p&w".into());
        fields.set("end", json!(null));
        fields.set("tags", json!(["x", "y"]));
        fields.set("size", json!({"w": 1}));
        let form = encoded(&fields, &RequestBody::FORM);
        assert_eq!(form, "name=a+b&password=p%26w&end=&tags=x&tags=y&size=%7B%22w%22%3A1%7D");
    }

    #[test]
    fn every_style_spells_lists_and_objects_its_own_way() {
        const DEEP: &[Encoding] = &[Encoding::new("pen").style(Style::DeepObject, true)];
        const EXPLODED: &[Encoding] = &[Encoding::new("pen").style(Style::Form, true)];
        const COMMA: &[Encoding] = &[Encoding::new("pen").style(Style::Form, false)];
        const SPACE: &[Encoding] = &[Encoding::new("pen").style(Style::SpaceDelimited, false)];
        const PIPE: &[Encoding] = &[Encoding::new("pen").style(Style::PipeDelimited, false)];
        const JSON: &[Encoding] = &[Encoding::new("pen").media_type("application/json; charset=utf-8")];
        let (list, object) = (json!(["a,b", "c d"]), json!({"ink": "red", "caps": 2}));
        for (encoding, of_list, of_object) in [
            (EXPLODED, "pen=a%2Cb&pen=c+d", "ink=red&caps=2"),
            (COMMA, "pen=a%2Cb,c+d", "pen=ink,red,caps,2"),
            (SPACE, "pen=a%2Cb%20c+d", "pen=ink%20red%20caps%202"),
            (PIPE, "pen=a%2Cb%7Cc+d", "pen=ink%7Cred%7Ccaps%7C2"),
            (DEEP, "pen%5B0%5D=a%2Cb&pen%5B1%5D=c+d", "pen%5Bink%5D=red&pen%5Bcaps%5D=2"),
            (JSON, "pen=%5B%22a%2Cb%22%2C%22c+d%22%5D", "pen=%7B%22ink%22%3A%22red%22%2C%22caps%22%3A2%7D"),
        ] {
            // Members of an object have no order that could be relied on.
            let sorted = |form: &str| form.split('&').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
            assert_eq!(form(list.clone(), encoding), of_list);
            if encoding == DEEP || encoding == EXPLODED {
                assert_eq!(sorted(&form(object.clone(), encoding)), sorted(of_object));
            } else {
                assert_eq!(form(object.clone(), encoding).len(), of_object.len());
            }
        }
    }

    #[test]
    fn what_is_nested_keeps_its_path() {
        const DEEP: &[Encoding] = &[Encoding::new("pen").style(Style::DeepObject, true)];
        let form = form(json!([{"ink": {"hue": "a&b"}}, {"ink": null}]), DEEP);
        assert_eq!(form, "pen%5B0%5D%5Bink%5D%5Bhue%5D=a%26b&pen%5B1%5D%5Bink%5D=");
    }
}
