//! The body: its media type, and what stands in it.

use serde_json::Value;

use super::json::pairs_of;
use super::values::{Flat, plain, types};
use super::{Operation, Reader, Sent, pairs};
use crate::yaml::{Map, Node};

/// A part of a multipart body.
struct Part<'t> {
    name: String,
    media_type: String,
    is_file: bool,
    text: &'t str,
}

impl<'d> Reader<'d> {
    pub(super) fn body(&self, operation: &Operation<'d>, sent: &Sent<'_>, faults: &mut Vec<String>) {
        let text = sent.text("body");
        let Some(body) = operation.node.get("requestBody") else {
            if !text.is_empty() {
                faults.push(format!("the document has no body: {text}"));
            }
            return;
        };
        let Some(content) = self.resolved(body).and_then(|body| body.get("content")?.as_map()) else { return };
        let whole = sent.header("content-type").unwrap_or_default();
        let named = base(whole);
        let Some((_, media)) = content.iter().find(|(listed, _)| covers(&base(listed), &named)) else {
            if named.is_empty() && text.is_empty() {
                faults.push("there is no body".to_owned());
            } else {
                faults.push(format!("the body is {named:?}, which is none of {:?}", content.keys()));
            }
            return;
        };
        let Some(schema) = media.get("schema") else { return };
        let encoding = media.get("encoding").and_then(Node::as_map);
        let parameter = |name: &str| {
            let mut parameters = whole.split(';').skip(1).filter_map(|one| one.trim().split_once('='));
            parameters.find(|(known, _)| *known == name).map(|(_, value)| value.trim_matches('"').to_owned())
        };
        if is_json(&named) {
            match serde_json::from_str::<Value>(text) {
                Ok(value) => faults.extend(self.json_faults(schema, &value, "body", 0)),
                Err(_) => faults.push(format!("the body is not JSON: {text}")),
            }
        } else if named == "application/x-www-form-urlencoded" {
            self.form(operation, text, (schema, encoding), faults);
        } else if named == "multipart/form-data" {
            match parameter("boundary").and_then(|boundary| parts(text, &boundary)) {
                Some(parts) => self.multipart(&parts, schema, encoding, faults),
                None => faults.push(format!("the body has no parts: {text}")),
            }
        } else if text != "text" {
            faults.push(format!("the body is {text:?}"));
        }
    }

    fn form(
        &self,
        operation: &Operation<'d>,
        text: &str,
        (schema, encoding): (&'d Node, Option<&'d Map>),
        faults: &mut Vec<String>,
    ) {
        let Some(listed) = self.listed(schema) else { return };
        let sent = pairs(text, '&');
        for (name, member) in &listed {
            let is_read_only = self.resolved(member).is_some_and(|it| it.get("readOnly").is_some_and(Node::is_true));
            let own = encoding.and_then(|encoding| encoding.get(*name));
            // Where the client identifies itself, it writes who it is.
            let is_of_client = ["client_id", "client_secret"].contains(&name.as_str()) && self.has_pair(operation);
            let Some(flat) = self.flat(member).filter(|_| !is_read_only && !is_of_client) else { continue };
            let expected = match (flat.text(), own) {
                (Some(text), None) => vec![((*name).clone(), text)],
                (_, Some(own)) if own.get("contentType").is_none() => {
                    self.query_pairs(name, own, &flat).unwrap_or_default()
                }
                _ => Vec::new(),
            };
            for pair in expected.iter().filter(|pair| !sent.contains(pair)) {
                faults.push(format!("the form has no {pair:?}: {text}"));
            }
        }
        let is_exploded = encoding.is_some();
        let known =
            |name: &str| listed.iter().any(|(known, _)| name == *known || name.starts_with(&format!("{known}[")));
        let unknown: Vec<&String> = sent.iter().map(|(name, _)| name).filter(|name| !known(name)).collect();
        if !unknown.is_empty() && !is_exploded {
            faults.push(format!("the document has no {unknown:?} in the form"));
        }
    }

    fn multipart(&self, parts: &[Part<'_>], schema: &'d Node, encoding: Option<&'d Map>, faults: &mut Vec<String>) {
        let Some(listed) = self.listed(schema) else { return };
        for (name, member) in &listed {
            let Some(member) = self.resolved(member) else { continue };
            let own = encoding.and_then(|encoding| encoding.get(*name));
            let found: Vec<&Part<'_>> = parts.iter().filter(|part| part.name == **name).collect();
            let flat = self.flat(member);
            if found.is_empty() && flat.is_some() && own.is_none() && !member.get("readOnly").is_some_and(Node::is_true)
            {
                faults.push(format!("there is no part {name:?}"));
            }
            for part in found {
                faults.extend(self.part(part, member, own).map(|fault| format!("the part {name:?} {fault}")));
            }
        }
        let known = |name: &str| listed.iter().any(|(known, _)| *known == name);
        let unknown: Vec<&String> = parts.iter().map(|part| &part.name).filter(|name| !known(name)).collect();
        if !unknown.is_empty() && encoding.is_none() {
            faults.push(format!("the document has no {unknown:?} in the parts"));
        }
    }

    fn part(&self, part: &Part<'_>, member: &'d Node, own: Option<&'d Node>) -> Option<String> {
        let one = member.get("items").and_then(|items| self.resolved(items)).filter(|_| types(member) == ["array"]);
        let schema = one.unwrap_or(member);
        let word = |key: &str| schema.get(key).and_then(Node::as_text);
        let is_file = word("format") == Some("binary")
            || (word("contentMediaType").is_some() && word("contentEncoding").is_none())
            || own.and_then(|own| own.get("headers")).is_some();
        if is_file != part.is_file {
            return Some(format!("{} a file", if is_file { "is not" } else { "is" }));
        }
        let listed = own.and_then(|own| own.get("contentType")).and_then(Node::as_text);
        let mut allowed = listed.into_iter().flat_map(|listed| listed.split(','));
        if listed.is_some() && !allowed.any(|one| covers(&base(one), &part.media_type)) {
            return Some(format!("is {:?}, not {listed:?}", part.media_type));
        }
        if part.is_file {
            return (part.text != "text").then(|| format!("holds {:?}", part.text));
        }
        if is_json(&part.media_type) {
            let Ok(value) = serde_json::from_str(part.text) else { return Some("is not JSON".to_owned()) };
            let schema = if matches!(value, Value::Array(_)) { member } else { schema };
            return self.json_faults(schema, &value, "it", 1).into_iter().next();
        }
        match self.flat(schema)? {
            Flat::One(value) if plain(&value) != part.text => Some(format!("is {:?}, not {value}", part.text)),
            _ => None,
        }
    }

    /// What is asked for: something that a result has.
    pub(super) fn accept(&self, operation: &Operation<'d>, sent: &Sent<'_>, faults: &mut Vec<String>) {
        let responses = operation.node.get("responses").and_then(Node::as_map);
        let is_result = |status: &str| status.starts_with('2') || status.starts_with('3') || status == "default";
        let results = pairs_of(responses).filter(|(status, _)| is_result(status));
        let contents = results.filter_map(|(_, response)| self.resolved(response)?.get("content")?.as_map());
        let offered: Vec<String> = contents.flatten().map(|(name, _)| base(name)).collect();
        let asked = sent.header("accept").unwrap_or_default();
        // What weighs less is for errors.
        let first = asked.split(',').filter(|one| !one.contains(";q="));
        for one in first.map(base).filter(|one| !one.is_empty() && one != "*/*") {
            let is_offered = offered.iter().any(|offered| covers(offered, &one) || covers(&one, offered));
            if !(is_offered || offered.is_empty() && one == "application/json") {
                faults.push(format!("{one:?} is asked for, and {offered:?} offered"));
            }
        }
    }
}

/// A media type without its parameters.
fn base(name: &str) -> String {
    name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type, or a range, is or holds another one.
fn covers(range: &str, one: &str) -> bool {
    let kind = range.strip_suffix("/*");
    range == one || range == "*/*" || kind.is_some_and(|kind| one.split('/').next() == Some(kind))
}

fn is_json(name: &str) -> bool {
    name == "application/json" || name == "text/json" || name.ends_with("+json")
}

/// The parts between a boundary.
fn parts<'t>(text: &'t str, boundary: &str) -> Option<Vec<Part<'t>>> {
    let line = format!("--{boundary}");
    let body = text.strip_suffix(&format!("{line}--\r\n")).or_else(|| text.strip_suffix(&format!("{line}--")))?;
    let start = format!("{line}\r\n");
    let found = body.split(&start).skip(1).map(|part| {
        let (head, content) = part.split_once("\r\n\r\n")?;
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.trim())
        };
        let disposition = header("content-disposition");
        let name = disposition.split_once(" name=\"").and_then(|(_, rest)| rest.split_once('"'))?.0.to_owned();
        let is_file = disposition.contains(" filename=");
        Some(Part { name, media_type: base(header("content-type")), is_file, text: content.strip_suffix("\r\n")? })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_by_their_boundary() {
        let text = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"f\"; \
                    filename=\"x\"\r\nContent-Type: image/png\r\n\r\n--x\r\n--b--\r\n";
        let found = parts(text, "b").unwrap();
        let rows: Vec<_> =
            found.iter().map(|part| (part.name.as_str(), part.media_type.as_str(), part.is_file, part.text)).collect();
        assert_eq!(rows, [("a", "", false, "1"), ("f", "image/png", true, "--x")]);
        assert!(parts(text, "c").is_none());
    }
}
