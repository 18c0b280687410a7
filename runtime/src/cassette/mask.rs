//! Takes secrets out of what is written down. A secret is found by the name of its member, and then wherever else it turns up.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zeyos_core::names_a_secret;

/// What stands for every secret of a request: two requests that differ in nothing else are the same.
const HIDDEN: &str = "[secret]";

/// Shorter values are taken out at their member alone: they may be parts of anything.
const TELLING: usize = 8;

/// Names that only sound like those of secrets, and whose values clients act on.
const NO_SECRETS: [&str; 2] = ["tokentype", "tokentypehint"];

/// Knows which names are those of secrets, and the secrets that were seen.
#[derive(Default)]
pub(super) struct Mask {
    names: Vec<String>,
    /// Each secret with what stands for it.
    seen: BTreeMap<String, String>,
}

impl Mask {
    /// Members of this name are secret too.
    pub(super) fn name(&mut self, name: &str) {
        self.names.push(plain(name));
    }

    /// Whether members of this name are secret.
    fn is_secret(&self, name: &str) -> bool {
        let bare = plain(name);
        (names_a_secret(name) && !NO_SECRETS.contains(&bare.as_str())) || self.names.contains(&bare)
    }

    /// Remembers a secret. What stands for it tells apart one from another, and is itself a token that a header may hold.
    pub(super) fn learn(&mut self, name: &str, secret: &str) -> String {
        let number = self.seen.len() + 1;
        let stand_in = || format!("recorded-{}-{number}", plain(name));
        self.seen.entry(secret.to_owned()).or_insert_with(stand_in).clone()
    }

    /// A query or a form without the values of its secrets. In both `code` is one: the authorization code.
    pub(super) fn pairs(&mut self, text: &str) -> String {
        let mut masked = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if self.is_secret(&name) || name == "code" {
                self.learn(&name, &value);
                masked.append_pair(&name, HIDDEN);
            } else {
                masked.append_pair(&name, &self.everywhere(&value, |_| HIDDEN));
            }
        }
        masked.finish()
    }

    /// The JSON of a request without secrets, in one form whatever the order of its members was.
    pub(super) fn request(&mut self, name: &str, json: &mut Value) {
        match json {
            Value::Object(members) => {
                for (member, value) in members.iter_mut() {
                    // Whatever stands below the name of a secret is one.
                    let name = if self.is_secret(name) { name } else { member };
                    self.request(name, value);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.request(name, item)),
            Value::String(secret) if self.is_secret(name) => {
                self.learn(name, secret);
                HIDDEN.clone_into(secret);
            }
            Value::Number(_) if self.is_secret(name) => *json = HIDDEN.into(),
            Value::String(text) => *text = self.everywhere(text, |_| HIDDEN).into_owned(),
            _ => {}
        }
    }

    /// The text of an answer with something else for each text that is a secret, and every other byte as it came: numbers keep their
    /// digits.
    pub(super) fn answer(&mut self, text: &str) -> String {
        let (mut masked, mut rest) = (String::with_capacity(text.len()), text);
        while let Some((before, literal, after)) = next_literal(rest) {
            masked.push_str(before);
            masked.push_str(literal);
            rest = after;
            let Some((colon, value)) = member_value(after) else { continue };
            let Some(name) = read(literal).filter(|name| self.is_secret(name)) else { continue };
            masked.push_str(colon);
            rest = self.secret_value(&name, value, &mut masked);
        }
        masked.push_str(rest);
        self.text(&masked)
    }

    /// Writes what stands for the value with which this text begins, and answers what follows it.
    fn secret_value<'a>(&mut self, name: &str, text: &'a str, masked: &mut String) -> &'a str {
        let (mut rest, mut depth) = (text, 0_usize);
        loop {
            let at = rest.find(['"', '[', ']', '{', '}', ',']).unwrap_or(rest.len());
            let (before, mark) = rest.split_at(at);
            let mut end = 1;
            match mark.as_bytes().first() {
                None => break,
                Some(b'[' | b'{') => depth += 1,
                // The value has ended before this, if it is no list and no object.
                Some(b',' | b']' | b'}') if depth == 0 => break,
                Some(b']' | b'}') => depth -= 1,
                Some(b'"') => {
                    let Some((_, literal, after)) = next_literal(mark) else { break };
                    masked.push_str(before);
                    masked.push_str(&self.secret_literal(name, literal, member_value(after).is_some()));
                    rest = after;
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                Some(_) => end = 1,
            }
            masked.push_str(&rest[..at + end]);
            rest = &rest[at + end..];
            if depth == 0 && matches!(mark.as_bytes().first(), Some(b']' | b'}')) {
                break;
            }
        }
        rest
    }

    fn secret_literal(&mut self, name: &str, literal: &str, is_name: bool) -> String {
        match read(literal) {
            Some(secret) if !is_name && !secret.is_empty() => Value::String(self.learn(name, &secret)).to_string(),
            _ => literal.to_owned(),
        }
    }

    /// A text with something else for each secret that was seen.
    pub(super) fn text(&self, text: &str) -> String {
        self.everywhere(text, |stand_in| stand_in).into_owned()
    }

    fn everywhere<'a>(&self, text: &'a str, stands: impl Fn(&str) -> &str) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        // The longest first: one may be a part of another.
        let mut seen: Vec<_> = self.seen.iter().filter(|(secret, _)| secret.len() >= TELLING).collect();
        seen.sort_by_key(|(secret, _)| std::cmp::Reverse(secret.len()));
        for (secret, stand_in) in seen {
            let escaped = Value::String(secret.clone()).to_string();
            let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
            for form in [secret.as_str(), &escaped[1..escaped.len() - 1], &encoded] {
                if text.contains(form) {
                    text = Cow::Owned(text.replace(form, stands(stand_in)));
                }
            }
        }
        text
    }
}

/// A name without what writers of names differ in.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn read(literal: &str) -> Option<String> {
    serde_json::from_str(literal).ok()
}

/// What stands before the next string of a JSON text, the string with its quotes, and what follows.
fn next_literal(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('"')?;
    let mut is_escaped = false;
    let end = text[start + 1..].find(|letter| {
        let is_end = letter == '"' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        is_end
    })?;
    let end = start + 1 + end + 1;
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// The colon after the name of a member, if it is one, and what begins with its value.
fn member_value(text: &str) -> Option<(&str, &str)> {
    let value = text.trim_start().strip_prefix(':')?.trim_start();
    Some(text.split_at(text.len() - value.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_secret_names_are_taken_out_and_everything_else_stays_as_it_came() {
        let mut mask = Mask::default();
        let text = "{ \"access_token\" : \"abc-def-0123\", \"amount\":0.10, \"name\":\"a\\\"b\",\n\"list\":[{\"refreshToken\":\"x\"}]}";
        let masked = mask.answer(text);
        let expected = "{ \"access_token\" : \"recorded-accesstoken-1\", \"amount\":0.10, \"name\":\"a\\\"b\",\n\"list\":[{\"refreshToken\":\"recorded-refreshtoken-2\"}]}";
        assert_eq!(masked, expected);
        // The same secret is the same again, another is another.
        assert_eq!(mask.answer(r#"{"token":"abc-def-0123"}"#), r#"{"token":"recorded-accesstoken-1"}"#);
        assert_eq!(mask.answer(r#"{"token":"other-one-4567"}"#), r#"{"token":"recorded-token-3"}"#);
    }

    #[test]
    fn a_secret_is_taken_out_wherever_else_it_turns_up() {
        let mut mask = Mask::default();
        mask.learn("authorization", "s3cr3t \"quoted\" value");
        let told = mask.answer(r#"{"message":"no s3cr3t \"quoted\" value here"}"#);
        assert_eq!(told, r#"{"message":"no recorded-authorization-1 here"}"#);
        assert_eq!(mask.pairs("q=s3cr3t+%22quoted%22+value&a=1"), "q=%5Bsecret%5D&a=1");
        let mut body = json!({"filters": {"name": "s3cr3t \"quoted\" value"}, "limit": 2});
        mask.request("", &mut body);
        assert_eq!(body, json!({"filters": {"name": "[secret]"}, "limit": 2}));
    }

    #[test]
    fn short_values_are_taken_out_at_their_member_alone() {
        let mut mask = Mask::default();
        assert_eq!(
            mask.answer(r#"{"password":"a","name":"a cat"}"#),
            r#"{"password":"recorded-password-1","name":"a cat"}"#
        );
        assert_eq!(mask.pairs("otp=123456&limit=123456"), "otp=%5Bsecret%5D&limit=123456");
    }

    #[test]
    fn whatever_stands_below_the_name_of_a_secret_is_one() {
        let mut mask = Mask::default();
        let text =
            r#"{"credentials":{"a":["x1",{"b":"y2"}],"n":7},"name":"z","tokens":[],"client_secret":["s3"],"m":"n"}"#;
        let masked = mask.answer(text);
        let values: Value = serde_json::from_str(&masked).unwrap();
        assert_eq!(values["credentials"]["a"][0], "recorded-credentials-1");
        assert_eq!(values["credentials"]["a"][1]["b"], "recorded-credentials-2");
        assert_eq!(values["client_secret"][0], "recorded-clientsecret-3");
        assert_eq!((&values["name"], &values["m"], &values["credentials"]["n"]), (&json!("z"), &json!("n"), &json!(7)));
        let mut request: Value = serde_json::from_str(text).unwrap();
        mask.request("", &mut request);
        assert_eq!(request["credentials"], json!({"a": ["[secret]", {"b": "[secret]"}], "n": "[secret]"}));
        assert_eq!((&request["name"], &request["client_secret"]), (&json!("z"), &json!(["[secret]"])));
    }

    #[test]
    fn names_that_only_look_alike_stay() {
        let mut mask = Mask::default();
        for text in [
            r#"{"token_type":"Bearer"}"#,
            r#"{"codename":"x"}"#,
            r#"{"spin":"x"}"#,
            r#"{"password":null}"#,
            r#"["token","x"]"#,
        ] {
            assert_eq!(mask.answer(text), text);
        }
        mask.name("IBAN");
        assert_eq!(mask.answer(r#"{"iban":"DE00"}"#), r#"{"iban":"recorded-iban-1"}"#);
    }

    #[test]
    fn text_that_is_no_json_is_left_whole() {
        let mut mask = Mask::default();
        for text in ["", "\"", "{\"token\":\"open", "<p class=\"token\">:\"x\"</p>", "\\\"\\"] {
            let masked = mask.answer(text);
            assert!(masked == text || text.contains("token"), "{text} {masked}");
        }
    }
}
