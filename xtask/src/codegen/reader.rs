//! An independent reader: from a document alone, what one call of each operation must put on the wire. It shares no rule with the
//! generator but those of [`emit::wire`](super::emit::wire), by which values are chosen; it reads the document as it was written.
//!
//! What it is not certain of (which alternative of a union is sent, objects of objects as parameters) it leaves open; everything else
//! must be exactly so.

mod body;
mod credentials;
mod json;
mod operations;
mod parameters;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use operations::faults as operation_faults;

use super::emit::wire::ORIGIN;
use crate::pointer::{percent_decoded, unescaped};
use crate::yaml::{Map, Node};

/// What was checked against the document, and what differed.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) checked: usize,
    /// Requests of operations that stand in other files, which are not read here.
    pub(crate) unread: usize,
    pub(crate) faults: Vec<String>,
}

/// A document as it was written.
pub(crate) struct Reader<'d> {
    document: &'d Node,
}

/// An operation, with what its path says for it.
struct Operation<'d> {
    path: &'d str,
    item: &'d Map,
    node: &'d Map,
}

/// A parameter by place and name.
type Parameters<'d> = BTreeMap<(String, String), &'d Node>;

/// What went out for one operation.
struct Sent<'s> {
    line: &'s Value,
    query: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
}

impl Sent<'_> {
    fn text(&self, key: &str) -> &str {
        self.line.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn headers(&self) -> impl Iterator<Item = &str> {
        self.line.get("headers").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.line.get("headers")?.get(name.to_ascii_lowercase())?.as_str()
    }
}

/// Holds the lines of the program against the document.
pub(crate) fn judge(document: &Node, lines: &[Value]) -> Verdict {
    let reader = Reader { document };
    let mut verdict = Verdict::default();
    for line in lines {
        let key = line.get("operation").and_then(Value::as_str).unwrap_or_default();
        let path = key.split_once(' ').and_then(|(_, path)| document.get("paths")?.get(path));
        let faults = match (reader.operation(key), path) {
            _ if line.get("error").is_some() => vec![format!("not sent: {}", line["error"])],
            (Some(operation), _) if reader.parameters(&operation).is_some() => reader.faults(&operation, line),
            // It stands in another file, which is not read here.
            (_, Some(_)) => {
                verdict.unread += 1;
                continue;
            }
            _ => vec!["the document has no such operation".to_owned()],
        };
        verdict.checked += 1;
        verdict.faults.extend(faults.into_iter().map(|fault| format!("{key}: {fault}")));
    }
    verdict
}

impl<'d> Reader<'d> {
    /// What a node stands for; nothing where a reference leads out of the document.
    fn resolved(&self, mut node: &'d Node) -> Option<&'d Node> {
        for _ in 0..32 {
            let Some(link) = node.get("$ref").and_then(Node::as_text) else { return Some(node) };
            node = self.document.pointer(link).filter(|_| link.starts_with('#'))?;
        }
        None
    }

    fn operation(&self, key: &str) -> Option<Operation<'d>> {
        let (method, path) = key.split_once(' ')?;
        let (path, item) = self.document.get("paths")?.as_map()?.get_key_value(path)?;
        let item = self.resolved(item)?.as_map()?;
        Some(Operation { path, item, node: item.get(&method.to_ascii_lowercase())?.as_map()? })
    }

    fn faults(&self, operation: &Operation<'d>, line: &Value) -> Vec<String> {
        let url = line.get("url").and_then(Value::as_str).unwrap_or_default();
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        let cookies = line.get("headers").and_then(|headers| headers.get("cookie")).and_then(Value::as_str);
        let sent = Sent { line, query: pairs(query, '&'), cookies: pairs(cookies.unwrap_or_default(), ';') };
        let mut faults = Vec::new();
        let Some(parameters) = self.parameters(operation) else {
            return vec!["a parameter is not in the document".into()];
        };
        let method = line.get("operation").and_then(Value::as_str).unwrap_or_default();
        if sent.text("method") != method.split(' ').next().unwrap_or_default() {
            faults.push(format!("the method is {}", sent.text("method")));
        }
        let bases = self.bases(operation);
        let is_at = |path: &String| bases.iter().any(|base| address == format!("{base}{path}"));
        if let Some(paths) = self.paths(operation, &parameters).filter(|paths| !paths.iter().any(is_at)) {
            faults.push(format!("the address is {address}, not {bases:?} with {paths:?}"));
        }
        let keys = self.credentials(operation, &sent, &mut faults);
        self.pairs_fit(("query", &sent.query), &parameters, &keys, &mut faults);
        self.pairs_fit(("cookie", &sent.cookies), &parameters, &keys, &mut faults);
        self.headers_fit(&sent, &parameters, &keys, &mut faults);
        self.body(operation, &sent, &mut faults);
        self.accept(operation, &sent, &mut faults);
        faults
    }

    /// The parameters of an operation: its own go before those of its path.
    fn parameters(&self, operation: &Operation<'d>) -> Option<Parameters<'d>> {
        let mut all = Parameters::new();
        for list in [operation.item.get("parameters"), operation.node.get("parameters")].into_iter().flatten() {
            for parameter in list.as_list().unwrap_or_default() {
                let parameter = self.resolved(parameter)?;
                let text = |key: &str| parameter.get(key).and_then(Node::as_text).map(str::to_owned);
                all.insert((text("in")?, text("name")?), parameter);
            }
        }
        Some(all)
    }

    /// Where the operation may be.
    fn bases(&self, operation: &Operation<'d>) -> Vec<String> {
        let own = operation.node.get("servers").or_else(|| operation.item.get("servers"));
        let server = |servers: Option<&Node>| {
            let first = servers.and_then(Node::as_list).and_then(<[Node]>::first);
            first.map_or_else(|| "/".to_owned(), address)
        };
        let of_document = || server(self.document.get("servers"));
        let url = own.map_or_else(of_document, |own| server(Some(own)));
        let path = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
        let below = format!("{ORIGIN}/{}", path.trim_matches('/'));
        let mut bases = vec![below.trim_end_matches('/').to_owned()];
        bases.extend(own.map(|_| url.trim_end_matches('/').to_owned()));
        bases
    }
}

/// The URL of a server with the defaults of its variables.
fn address(server: &Node) -> String {
    let mut url = server.get("url").and_then(Node::as_text).unwrap_or("/").to_owned();
    for (name, variable) in server.get("variables").and_then(Node::as_map).into_iter().flatten() {
        let default = variable.get("default").map(values::written).unwrap_or_default();
        url = url.replace(&format!("{{{name}}}"), &default);
    }
    url
}

/// Names and values, decoded.
fn pairs(text: &str, separator: char) -> Vec<(String, String)> {
    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
    let decoded = |text: &str| percent_decoded(&text.replace('+', " "));
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// The last step of a pointer.
fn last(pointer: &str) -> String {
    unescaped(pointer.rsplit('/').next().unwrap_or_default())
}
