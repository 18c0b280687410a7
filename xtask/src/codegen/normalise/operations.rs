//! What each operation has: what its path says for all of them, an id, a name in Rust, a safety, results.

use std::collections::{HashMap, HashSet};

use super::report::{Report, refuse};
use super::walk;
use crate::codegen::location::Location;
use crate::codegen::reserved::{CONSTANTS, OF_SERVICE};
use crate::codegen::{lower, media};
use crate::yaml::{Map, Node, map};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Keys of an operation that mean something on the wire or to people.
const KEPT: [&str; 18] = [
    "operationId",
    "tags",
    "deprecated",
    "summary",
    "description",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "servers",
    "x-safety",
    "x-pages",
    "x-rust-name",
    "x-unconfirmed",
    "x-discovery",
    "x-refused",
    super::idempotency::KEY,
    SAFETY_FROM,
];

/// Where the safety of an operation comes from, in a word.
pub(crate) const SAFETY_FROM: &str = "x-safety-from";

/// What stands on a path holds for each of its operations; an operation's own parameter goes before one of the same name.
pub(super) fn path_level(document: &mut Node, location: &Location, report: &mut Report) {
    let components = document.at(&["components", "parameters"]).and_then(Node::as_map).cloned().unwrap_or_default();
    let keys = super::service::keys(document);
    let whole = document.get("security").cloned();
    let Some(paths) = document.as_map_mut().and_then(|root| root.get_mut("paths")).and_then(Node::as_map_mut) else {
        return;
    };
    paths.retain(|path, _| !path.starts_with("x-"));
    for (path, item) in paths {
        let at = location.at(&["paths", path]);
        let Some(item) = item.as_map_mut() else { continue };
        let shared = item.shift_remove("parameters");
        let servers = item.shift_remove("servers");
        let words: Map = ["summary", "description"].iter().filter_map(|key| item.shift_remove_entry(*key)).collect();
        item.retain(|key, operation| METHODS.contains(&key.as_str()) && operation.as_map().is_some());
        for (method, operation) in item {
            let at = at.child(method);
            let Some(operation) = operation.as_map_mut() else { continue };
            let security = operation.get("security").or(whole.as_ref()).cloned();
            let asks = |[scheme, ..]: &&[String; 3]| {
                let alternatives = security.as_ref().and_then(Node::as_list).unwrap_or_default();
                alternatives.iter().any(|alternative| alternative.get(scheme).is_some())
            };
            let keys: Vec<&[String; 3]> = keys.iter().filter(asks).collect();
            parameters(operation, shared.as_ref(), (&components, &keys), &at, report);
            if let (Some(servers), false) = (&servers, operation.contains_key("servers")) {
                operation.insert("servers".to_owned(), servers.clone());
            }
            for (key, text) in &words {
                operation.entry(key.clone()).or_insert_with(|| text.clone());
            }
            operation.retain(|key, _| KEPT.contains(&key.as_str()));
        }
    }
}

fn parameters(
    operation: &mut Map,
    shared: Option<&Node>,
    (components, keys): (&Map, &[&[String; 3]]),
    location: &Location,
    report: &mut Report,
) {
    let key = |parameter: &Node| {
        let link = parameter.get("$ref").and_then(Node::as_text);
        let name = link.and_then(|link| link.strip_prefix("#/components/parameters/"));
        let found = name.and_then(|name| components.get(&crate::pointer::unescaped(name))).unwrap_or(parameter);
        let text = |key: &str| found.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
        (text("in"), text("name"))
    };
    let own = operation.get("parameters").and_then(Node::as_list).map(<[Node]>::to_vec).unwrap_or_default();
    let names: Vec<_> = own.iter().map(key).collect();
    let inherited = shared.and_then(Node::as_list).unwrap_or_default();
    let mut all: Vec<Node> = inherited.iter().filter(|one| !names.contains(&key(one))).cloned().collect();
    all.extend(own);
    // What HTTP itself says with these headers is none of a caller's parameters, as the specification of OpenAPI has it.
    all.retain(|one| {
        let (location, name) = key(one);
        !(location == "header"
            && ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str()))
    });
    // What a security scheme writes is not a parameter either.
    all.retain(|one| {
        let (place_of, name) = key(one);
        let is_same = |[_, at, key]: &[String; 3]| {
            *at == place_of && if at == "header" { key.eq_ignore_ascii_case(&name) } else { *key == name }
        };
        let is_key = keys.iter().any(|known| is_same(known));
        if is_key {
            report.note(location, format!("a security scheme writes {name:?}, which is not a parameter then"));
        }
        !is_key
    });
    let mut seen = Vec::new();
    for one in &all {
        let key = key(one);
        if seen.contains(&key) {
            refuse(operation, format!("the parameter {:?} that stands twice", key.1));
        }
        seen.push(key);
    }
    let path = location.pointer().rsplit_once('/').map(|(path, _)| path).and_then(|path| path.rsplit('/').next());
    let path = crate::pointer::unescaped(path.unwrap_or_default());
    all.retain(|one| {
        let (place_of, name) = key(one);
        let is_lost = place_of == "path" && !path.contains(&format!("{{{name}}}"));
        if is_lost {
            report.note(location, format!("the path has no parameter {name:?}"));
        }
        !is_lost
    });
    operation.shift_remove("parameters");
    if !all.is_empty() {
        operation.insert("parameters".to_owned(), Node::List(all));
    }
}

/// A path key is a path: what a query or a fragment in it would mean is not known.
pub(super) fn path_keys(document: &mut Node, location: &Location) {
    walk::operations(document, location, &mut |path, _, operation, _| {
        if path.contains('?') || path.contains('#') {
            refuse(operation, "a path key with a query or a fragment");
        }
        if !path.starts_with('/') {
            refuse(operation, "a path key that does not start with a slash");
        }
    });
}

/// An id for operations that have none, and a name in Rust for each that is not another one's.
pub(super) fn ids(document: &mut Node, location: &Location) {
    let mut count: HashMap<String, usize> = HashMap::new();
    walk::operations(document, location, &mut |_, _, operation, _| {
        if let Some(id) = operation.get("operationId").and_then(Node::as_text) {
            *count.entry(id.to_owned()).or_default() += 1;
        }
    });
    let mut taken: HashSet<String> = OF_SERVICE.iter().map(|name| (*name).to_owned()).collect();
    let mut constants: HashSet<String> = CONSTANTS.iter().map(|name| (*name).to_owned()).collect();
    let mut ids: HashSet<String> = HashSet::new();
    walk::operations(document, location, &mut |path, method, operation, _| {
        let own = operation.get("operationId").and_then(Node::as_text).filter(|id| !id.trim().is_empty());
        let id = own.map_or_else(|| id_of(method, path), str::to_owned);
        if count.get(&id).is_some_and(|times| *times > 1) {
            refuse(operation, format!("the operation id {id:?} that stands twice"));
        }
        let id = lower::free(&id, |id| ids.contains(id));
        ids.insert(id.clone());
        let given = operation.get("x-rust-name").and_then(Node::as_text);
        let preferred = lower::snake(&lower::spelled(given.unwrap_or(&id)));
        let name = lower::free(&preferred, |name| taken.contains(name) || constants.contains(&lower::shouty(name)));
        if name != lower::snake(&id) {
            operation.insert("x-rust-name".to_owned(), name.as_str().into());
        }
        constants.insert(lower::shouty(&name));
        taken.insert(name);
        operation.insert("operationId".to_owned(), id.into());
    });
}

/// `get /pens/{id}/caps` is `get_pens_id_caps`.
fn id_of(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// What a repeat would do, by the method, unless the document says so itself: this is the only place that looks at the method.
pub(super) fn safety(document: &mut Node, location: &Location) {
    let exchanges = exchanges(document);
    walk::operations(document, location, &mut |path, method, operation, _| {
        if operation.contains_key("x-safety") {
            operation.entry(SAFETY_FROM.to_owned()).or_insert_with(|| "document".into());
            return;
        }
        let (safety, from) = match method {
            _ if exchanges.iter().any(|exchange| exchange == path) => ("TokenExchange", "token URL"),
            "get" | "head" | "options" | "trace" => ("Read", "method"),
            "put" | "delete" => ("Idempotent", "method"),
            "patch" => ("Update", "method"),
            _ => ("Create", "method"),
        };
        operation.insert("x-safety".to_owned(), safety.into());
        operation.insert(SAFETY_FROM.to_owned(), from.into());
    });
}

/// The paths at which tokens are exchanged: those whose address is a `tokenUrl` or `refreshUrl`.
fn exchanges(document: &Node) -> Vec<String> {
    let schemes = document.at(&["components", "securitySchemes"]).and_then(Node::as_map).into_iter().flatten();
    let flows = schemes.filter_map(|(_, scheme)| scheme.get("flows")?.as_map()).flat_map(Map::values);
    let urls: Vec<&str> = flows
        .flat_map(|flow| ["tokenUrl", "refreshUrl"].map(|key| flow.get(key).and_then(Node::as_text)))
        .flatten()
        .collect();
    let servers = document.get("servers").and_then(Node::as_list).unwrap_or_default();
    let bases: Vec<&str> = servers.iter().filter_map(|server| server.get("url")?.as_text()).collect();
    let paths = document.get("paths").and_then(Node::as_map).into_iter().flatten().map(|(path, _)| path);
    let is_at = |path: &str| {
        // A URL may leave out the host, which is that of the server then.
        let below_host = |base: &str| {
            let path = base.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
            path.map_or_else(String::new, |(_, path)| format!("/{path}"))
        };
        let bases = bases.iter().flat_map(|base| [(*base).to_owned(), below_host(base)]);
        let addresses = bases.map(|base| format!("{}{path}", base.trim_end_matches('/')));
        let own =
            |url: &&str| url.strip_suffix(path).is_some_and(|host| host.is_empty() || host.matches('/').count() == 2);
        addresses.into_iter().any(|address| urls.contains(&address.as_str())) || urls.iter().any(own)
    };
    paths.filter(|path| is_at(path)).cloned().collect()
}

/// Results: ranges are the statuses in them, `default` is the result where no other status is one, and statuses that are not
/// results are errors.
pub(super) fn answers(document: &mut Node, location: &Location, report: &mut Report) {
    walk::operations(document, location, &mut |_, _, operation, location| {
        let responses = operation.get("responses").and_then(Node::as_map).cloned().unwrap_or_default();
        let mut results = Map::new();
        for (status, response) in &responses {
            if status.len() == 3 && status.starts_with('2') && status.bytes().all(|byte| byte.is_ascii_digit()) {
                results.insert(status.clone(), response.clone());
            }
        }
        if let Some(range) = responses.get("2XX").or_else(|| responses.get("2xx")) {
            for status in ["200", "201", "202", "203", "206"] {
                results.entry(status.to_owned()).or_insert_with(|| range.clone());
            }
        }
        if results.is_empty() {
            for (status, response) in &responses {
                if ["301", "302", "303", "307", "308"].contains(&status.as_str()) {
                    results.insert(status.clone(), redirect(response));
                }
            }
        } else if responses.keys().any(|status| status.starts_with('3') && status != "304") {
            report.note(&location.child("responses"), "a redirect beside results is an error");
        }
        let mut errors = errors(&responses);
        match responses.get("default") {
            Some(response) if results.is_empty() => {
                results.insert("200".to_owned(), response.clone());
                errors.shift_remove("default");
            }
            None if results.is_empty() => {
                report.note(location, "no status is a result; 200 without content is taken for one");
                results.insert("200".to_owned(), map([("description", "".into())]));
            }
            _ => {}
        }
        results.append(&mut errors);
        operation.insert("responses".to_owned(), Node::Map(results));
    });
    walk::each(walk::Kind::Document, document, location, &mut |kind, node, _| {
        if kind == walk::Kind::Response && node.get("$ref").is_none() {
            content(node);
        }
    });
}

/// What the document says of errors, `default` last.
fn errors(responses: &Map) -> Map {
    let mut errors = Map::new();
    for (status, response) in responses {
        let preferred = status.to_ascii_uppercase();
        let bytes = preferred.as_bytes();
        let is_status = bytes.len() == 3 && matches!(bytes[0], b'4' | b'5');
        let is_exact = is_status && bytes[1..].iter().all(u8::is_ascii_digit);
        if is_exact || (is_status && preferred.ends_with("XX")) {
            errors.insert(preferred, response.clone());
        }
    }
    errors.extend(responses.get_key_value("default").map(|(key, response)| (key.clone(), response.clone())));
    errors
}

/// A redirect leads somewhere, whether its header is described or not.
fn redirect(response: &Node) -> Node {
    let location = map([("schema", map([("type", "string".into())]))]);
    let description = response.get("description").cloned().unwrap_or_else(|| "".into());
    map([("description", description), ("headers", map([("Location", location)]))])
}

/// JSON is taken where it is offered.
fn content(response: &mut Node) {
    let Some(members) = response.as_map_mut() else { return };
    members.retain(|key, _| ["description", "headers", "content"].contains(&key.as_str()));
    members.entry("description".to_owned()).or_insert_with(|| "".into());
    if let Some(headers) = members.get_mut("headers").and_then(Node::as_map_mut) {
        headers.retain(|_, header| header.get("schema").is_some());
        for header in headers.values_mut().filter_map(Node::as_map_mut) {
            header.retain(|key, _| ["description", "schema"].contains(&key.as_str()));
        }
    }
    let Some(content) = members.get_mut("content").and_then(Node::as_map_mut) else { return };
    let json = content.iter().find(|(name, _)| is_json(name)).map(|(name, media)| (media::bare(name), media.clone()));
    if let Some((name, json)) = json {
        // What is asked for is what the document names, as far as it says more than that it is JSON.
        let name = if name.ends_with("+json") { name } else { "application/json".to_owned() };
        // Events are offered beside it, and text beside JSON tells errors apart.
        let mut kept: Map = content
            .iter()
            .filter(|(name, _)| is_beside(name))
            .map(|(name, media)| (media::bare(name), media.clone()))
            .collect();
        content.clear();
        content.insert(name, json);
        content.append(&mut kept);
    }
    for media in content.values_mut().filter_map(Node::as_map_mut) {
        media.retain(|key, _| key == "schema");
        media
            .entry("schema".to_owned())
            .or_insert_with(|| map([(super::unions::ANY, "the document does not say what it is".into())]));
    }
    if content.is_empty() {
        members.shift_remove("content");
    }
}

/// Whether a media type is kept beside JSON.
fn is_beside(name: &str) -> bool {
    ["text/event-stream", "text/plain"].contains(&media::bare(name).as_str())
}

/// References of an operation that lead nowhere refuse it: what stands in their place is not a parameter, body or answer.
pub(super) fn unresolved(document: &mut Node, location: &Location) {
    walk::operations(document, location, &mut |_, _, operation, _| {
        let mut constructs: Vec<String> = Vec::new();
        let mut take = |node: &Node| {
            let construct = node.get(super::report::REFUSED).and_then(Node::as_text).map(str::to_owned);
            let is_refused = construct.is_some();
            constructs.extend(construct);
            is_refused
        };
        if let Some(Node::List(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| !take(parameter));
        }
        if operation.get("requestBody").is_some_and(&mut take) {
            operation.shift_remove("requestBody");
        }
        if let Some(Node::Map(responses)) = operation.get_mut("responses") {
            responses.retain(|_, response| !take(response));
        }
        constructs.into_iter().for_each(|construct| refuse(operation, construct));
    });
}

/// Whether a media type is JSON, or any at all.
pub(super) fn is_json(name: &str) -> bool {
    media::is_json(name) || media::bare(name) == "*/*"
}
