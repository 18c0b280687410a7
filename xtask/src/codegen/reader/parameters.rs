//! Parameters in path, query, headers and cookies, by the tables of styles in the specification.

use serde_json::Value;

use super::values::{Flat, plain};
use super::{Operation, Parameters, Reader, Sent};
use crate::yaml::Node;

/// Names and values in a query or among cookies.
type Pairs = Vec<(String, String)>;

/// Keys that credentials may have, with their places.
type Keys = [(String, String)];

impl<'d> Reader<'d> {
    /// The path with its parameters filled in, in each order that the members of objects may have; nothing where one of the
    /// parameters is not certain.
    pub(super) fn paths(&self, operation: &Operation<'d>, parameters: &Parameters<'d>) -> Option<Vec<String>> {
        [false, true].iter().map(|is_sorted| self.path(operation, parameters, *is_sorted)).collect()
    }

    fn path(&self, operation: &Operation<'d>, parameters: &Parameters<'d>, is_sorted: bool) -> Option<String> {
        let mut path = operation.path.to_owned();
        for ((_, name), parameter) in parameters.iter().filter(|((place, _), _)| place == "path") {
            let style = style(parameter).unwrap_or("simple");
            let explode = parameter.get("explode").is_some_and(Node::is_true);
            let schema = parameter.get("schema")?;
            let mut flat = self.flat(schema)?;
            if let (Flat::One(value), "simple") = (&mut flat, style) {
                let is_chosen = self.resolved(schema)?.get("enum").is_some();
                match value {
                    Value::Number(_) if *value == 3 && !is_chosen => *value = 7.into(),
                    Value::String(_) if !is_chosen => *value = "text".into(),
                    _ => {}
                }
            }
            if let (Flat::Object(members), true) = (&mut flat, is_sorted) {
                members.sort_by(|one, other| one.0.cmp(&other.0));
            }
            path = path.replace(&format!("{{{name}}}"), &in_path(name, style, explode, &flat));
        }
        Some(path)
    }

    /// What a parameter of a query is; nothing where that is not certain.
    pub(super) fn query_pairs(&self, name: &str, parameter: &Node, flat: &Flat) -> Option<Pairs> {
        let style = style(parameter).unwrap_or("form");
        let explode = parameter.get("explode").map_or(style == "form", Node::is_true);
        let members = match flat {
            Flat::One(_) | Flat::List(_) if style == "deepObject" => return None,
            Flat::One(value) | Flat::List(value) => return Some(vec![(name.to_owned(), plain(value))]),
            Flat::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))),
        };
        match (style, explode) {
            ("form", true) => Some(members.collect()),
            ("deepObject", _) => Some(members.map(|(member, value)| (format!("{name}[{member}]"), value)).collect()),
            _ => None,
        }
    }

    /// An object whose members are joined into one value.
    fn is_joined(&self, parameter: &Node, flat: &Flat, sent: Option<&String>) -> Option<bool> {
        let Flat::Object(members) = flat else { return None };
        let separator = match style(parameter).unwrap_or("form") {
            "form" => ',',
            "spaceDelimited" => ' ',
            "pipeDelimited" => '|',
            _ => return None,
        };
        let words: Vec<&str> = sent?.split(separator).collect();
        let pairs: Vec<(&str, &str)> = words.chunks(2).filter_map(|two| Some((*two.first()?, *two.get(1)?))).collect();
        let has = |(name, value): &(String, Value)| pairs.contains(&(name.as_str(), plain(value).as_str()));
        Some(words.len() == members.len() * 2 && members.iter().all(has))
    }

    /// Every certain parameter of this place is there as the document says, and nothing that it does not name.
    pub(super) fn pairs_fit(
        &self,
        (place, pairs): (&str, &Pairs),
        parameters: &Parameters<'d>,
        keys: &Keys,
        faults: &mut Vec<String>,
    ) {
        let mut known: Vec<&str> = keys.iter().filter(|(at, _)| at == place).map(|(_, key)| key.as_str()).collect();
        let mut members = Vec::new();
        let mut is_open = false;
        for ((_, name), parameter) in parameters.iter().filter(|((at, _), _)| at == place) {
            if known.contains(&name.as_str()) {
                continue;
            }
            known.push(name);
            let sent = pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value);
            if let Some(schema) = json_of(parameter) {
                match sent.map(|text| serde_json::from_str::<Value>(text)) {
                    Some(Ok(value)) => faults.extend(self.json_faults(schema, &value, name, 1)),
                    Some(Err(_)) => faults.push(format!("{name:?} in the {place} is not JSON")),
                    None if parameter.get("required").is_some_and(Node::is_true) => {
                        faults.push(format!("the {place} has no {name:?}"));
                    }
                    None => {}
                }
                continue;
            }
            let Some(flat) = parameter.get("schema").and_then(|schema| self.flat(schema)) else {
                is_open = true;
                continue;
            };
            match (self.query_pairs(name, parameter, &flat), self.is_joined(parameter, &flat, sent)) {
                (Some(expected), _) => {
                    for pair in expected {
                        if !pairs.contains(&pair) {
                            faults.push(format!("the {place} has no {pair:?}: {pairs:?}"));
                        }
                        members.push(pair.0);
                    }
                }
                (None, Some(false)) => faults.push(format!("the {place} has {name:?} as {sent:?}, not {flat:?}")),
                (None, Some(true)) => {}
                (None, None) => is_open = true,
            }
        }
        let is_known = |name: &String| known.contains(&name.as_str()) || members.contains(name);
        let unknown: Vec<&String> = pairs.iter().map(|(name, _)| name).filter(|name| !is_known(name)).collect();
        if !is_open && !unknown.is_empty() {
            faults.push(format!("the document has no {unknown:?} in the {place}"));
        }
    }

    pub(super) fn headers_fit(
        &self,
        sent: &Sent<'_>,
        parameters: &Parameters<'d>,
        keys: &Keys,
        faults: &mut Vec<String>,
    ) {
        const IGNORED: [&str; 3] = ["accept", "content-type", "authorization"];
        const OF_RUNTIME: [&str; 2] = ["idempotency-key", "x-idempotency-key"];
        for ((_, name), parameter) in parameters.iter().filter(|((at, _), _)| at == "header") {
            let lower = name.to_ascii_lowercase();
            let is_key = keys.iter().any(|(at, key)| at == "header" && key.eq_ignore_ascii_case(name));
            let value = sent.header(name);
            let explode = parameter.get("explode").is_some_and(Node::is_true);
            let Some(flat) = parameter.get("schema").and_then(|schema| self.flat(schema)) else { continue };
            let allowed = in_header(explode, &flat);
            let is_set = value.is_some_and(|value| allowed.iter().any(|allowed| allowed == value));
            let is_other = IGNORED.contains(&lower.as_str())
                || is_key
                || (OF_RUNTIME.contains(&lower.as_str()) && value.is_some());
            if !is_set && !is_other {
                faults.push(format!("the header {name} is {value:?}, not {allowed:?}"));
            }
        }
        let of_document = |name: &str| {
            parameters.keys().any(|(at, known)| at == "header" && known.eq_ignore_ascii_case(name))
                || keys.iter().any(|(at, key)| at == "header" && key.eq_ignore_ascii_case(name))
        };
        const OF_HTTP: [&str; 5] = ["accept", "content-type", "content-length", "cookie", "user-agent"];
        let unknown: Vec<&str> = sent
            .headers()
            .filter(|name| !OF_HTTP.contains(name) && !OF_RUNTIME.contains(name) && !of_document(name))
            .collect();
        if !unknown.is_empty() {
            faults.push(format!("the document has no headers {unknown:?}"));
        }
    }
}

fn style(parameter: &Node) -> Option<&str> {
    parameter.get("style").and_then(Node::as_text)
}

/// The schema of a parameter that is JSON.
fn json_of(parameter: &Node) -> Option<&Node> {
    let (name, media) = parameter.get("content")?.as_map()?.iter().next()?;
    name.contains("json").then(|| media.get("schema"))?
}

fn in_path(name: &str, style: &str, explode: bool, flat: &Flat) -> String {
    let list = |separator: &str, between: &str, members: &[(String, Value)]| {
        let one = |(name, value): &(String, Value)| format!("{}{between}{}", encoded(name), encoded(&plain(value)));
        members.iter().map(one).collect::<Vec<_>>().join(separator)
    };
    let name = encoded(name);
    match (style, flat) {
        ("label", Flat::One(value) | Flat::List(value)) => format!(".{}", encoded(&plain(value))),
        ("label", Flat::Object(members)) if explode => format!(".{}", list(".", "=", members)),
        ("label", Flat::Object(members)) => format!(".{}", list(",", ",", members)),
        ("matrix", Flat::One(value) | Flat::List(value)) => format!(";{name}={}", encoded(&plain(value))),
        ("matrix", Flat::Object(members)) if explode => format!(";{}", list(";", "=", members)),
        ("matrix", Flat::Object(members)) => format!(";{name}={}", list(",", ",", members)),
        (_, Flat::One(value) | Flat::List(value)) => encoded(&plain(value)),
        (_, Flat::Object(members)) => list(",", if explode { "=" } else { "," }, members),
    }
}

/// The values that a header may have: the order of members is open.
fn in_header(explode: bool, flat: &Flat) -> Vec<String> {
    let Flat::Object(members) = flat else { return flat.text().into_iter().collect() };
    let between = if explode { "=" } else { "," };
    let mut sorted = members.clone();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    let line = |members: &[(String, Value)]| {
        let one = |(name, value): &(String, Value)| format!("{name}{between}{}", plain(value));
        members.iter().map(one).collect::<Vec<_>>().join(",")
    };
    vec![line(members), line(&sorted)]
}

/// Everything but unreserved characters is encoded (RFC 3986, section 2.3).
fn encoded(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
