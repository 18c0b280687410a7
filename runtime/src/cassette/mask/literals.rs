//! Text with JSON in it, which need not be whole: every byte that is not a secret stays as it came.

use std::borrow::Cow;

use serde_json::Value;

use super::Mask;
use super::known::{HIDDEN, Stand};

/// How often JSON is looked for in a string of JSON.
const DEPTH: usize = 8;

struct Walk<'m> {
    mask: &'m mut Mask,
    stands: Stand,
    depth: usize,
    is_clean: bool,
    masked: String,
}

/// What looks like the beginning of JSON that has members.
fn is_nested(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

impl Mask {
    /// A text without secrets, in which there may be JSON.
    pub(super) fn walked(&mut self, text: &str, stands: Stand, depth: usize) -> String {
        let is_clean = serde_json::from_str::<Value>(text).is_ok();
        // In other texts a secret may have quotes in it.
        let text = if is_clean || is_nested(text) { Cow::Borrowed(text) } else { self.known.everywhere(text, stands) };
        let mut walk = Walk { mask: self, stands, depth, is_clean, masked: String::with_capacity(text.len()) };
        walk.text(&text);
        walk.masked
    }

    /// The text of a value without secrets: JSON may be in it.
    pub(super) fn inner(&mut self, text: &str, stands: Stand, depth: usize) -> String {
        if depth < DEPTH && is_nested(text) {
            self.walked(text, stands, depth + 1)
        } else {
            self.known.everywhere(text, stands).into_owned()
        }
    }
}

impl Walk<'_> {
    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some((before, literal, after)) = next_literal(rest) {
            self.between(before);
            rest = after;
            let Some((colon, value)) = member_value(after) else {
                self.value(literal);
                // In a text that is not JSON a quote may end one string or begin another: it is read once more.
                if !self.is_clean && self.masked.ends_with('"') {
                    self.masked.pop();
                    rest = &text[text.len() - after.len() - 1..];
                }
                continue;
            };
            self.masked.push_str(literal);
            let name = read(literal).unwrap_or_else(|| bare(literal).to_owned());
            if self.mask.is_secret(&name) {
                self.masked.push_str(colon);
                rest = self.secret_value(&name, value);
            }
        }
        self.end(rest);
    }

    /// What is not a string: in JSON there are no secrets in it.
    fn between(&mut self, text: &str) {
        if self.is_clean {
            self.masked.push_str(text);
        } else {
            self.masked.push_str(&self.mask.known.everywhere(text, self.stands));
        }
    }

    /// What follows the last string, perhaps with the beginning of another one.
    fn end(&mut self, text: &str) {
        if self.is_clean {
            return self.masked.push_str(text);
        }
        let (before, open) = text.split_at(text.find('"').unwrap_or(text.len()));
        let whole = read(&format!("{open}\"")).filter(|inner| is_nested(inner));
        if let Some(inner) = whole {
            self.between(before);
            let masked = Value::String(self.mask.inner(&inner, self.stands, self.depth)).to_string();
            return self.masked.push_str(&masked[..masked.len() - 1]);
        }
        let text = self.mask.known.everywhere(text, self.stands);
        self.masked.push_str(&self.mask.known.without_beginning(&text, self.stands));
    }

    /// A string that is not a secret by name.
    fn value(&mut self, literal: &str) {
        let Some(text) = read(literal) else {
            return self.masked.push_str(&self.mask.known.everywhere(literal, self.stands));
        };
        let masked = self.mask.inner(&text, self.stands, self.depth);
        if masked == text {
            self.masked.push_str(literal);
        } else {
            self.masked.push_str(&Value::String(masked).to_string());
        }
    }

    /// Writes what stands for the value with which this text begins, and answers what follows it.
    fn secret_value<'a>(&mut self, name: &str, text: &'a str) -> &'a str {
        let (mut rest, mut depth, mut inner) = (text, 0_usize, None);
        loop {
            let (before, mark) = rest.split_at(rest.find(['"', '[', ']', '{', '}', ',']).unwrap_or(rest.len()));
            self.scalar(name, inner.as_deref(), before);
            let Some(first) = mark.bytes().next() else { return mark };
            match first {
                b'"' => {
                    let Some((_, literal, after)) = next_literal(mark) else {
                        self.unfinished(name, mark);
                        return "";
                    };
                    rest = after;
                    if depth > 0 && member_value(after).is_some() {
                        self.masked.push_str(literal);
                        inner = read(literal);
                    } else {
                        self.secret_literal(name, literal);
                    }
                    if depth == 0 {
                        return rest;
                    }
                    continue;
                }
                b'[' | b'{' => depth += 1,
                // The value has ended before this, if it is neither a list nor an object.
                _ if depth == 0 => return mark,
                b']' | b'}' => depth -= 1,
                _ => inner = None,
            }
            self.masked.push(char::from(first));
            rest = &mark[1..];
            if depth == 0 {
                return rest;
            }
        }
    }

    /// A number, `true`, or what stands where one should.
    fn scalar(&mut self, name: &str, inner: Option<&str>, text: &str) {
        let value = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ':');
        let (before, value) = text.split_at(text.len() - value.len());
        let value = value.trim_end();
        let after = &text[before.len() + value.len()..];
        self.masked.push_str(before);
        let is_word = ["true", "false", "null"].iter().any(|word| word.starts_with(value));
        let is_number = value.starts_with(|first: char| first.is_ascii_digit() || first == '-')
            && value.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if is_word
            || (is_number && !self.mask.is_number(name) && !inner.is_some_and(|inner| self.mask.is_number(inner)))
        {
            self.masked.push_str(value);
        } else if is_number {
            self.mask.learn(name, value);
            self.masked.push('0');
        } else {
            let stand_in = self.stand_in(name, value);
            self.masked.push_str(&stand_in);
        }
        self.masked.push_str(after);
    }

    fn secret_literal(&mut self, name: &str, literal: &str) {
        let secret = read(literal).unwrap_or_else(|| bare(literal).to_owned());
        let stand_in = self.stand_in(name, &secret);
        self.masked.push_str(&Value::String(stand_in).to_string());
    }

    /// A secret that breaks off.
    fn unfinished(&mut self, name: &str, text: &str) {
        let secret = read(&format!("{text}\"")).unwrap_or_else(|| text[1..].to_owned());
        let stand_in = self.stand_in(name, &secret);
        self.masked.push('"');
        self.masked.push_str(&stand_in);
    }

    fn stand_in(&mut self, name: &str, secret: &str) -> String {
        if secret.is_empty() || secret == HIDDEN {
            return secret.to_owned();
        }
        let stand_in = self.mask.learn(name, secret);
        self.stands.of(&stand_in).to_owned()
    }
}

fn read(literal: &str) -> Option<String> {
    serde_json::from_str(literal).ok()
}

/// A string without its quotes.
fn bare(literal: &str) -> &str {
    literal.get(1..literal.len() - 1).unwrap_or_default()
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
