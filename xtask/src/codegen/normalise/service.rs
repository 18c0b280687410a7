//! What belongs to the document as a whole: its service, its server, its security schemes.

use std::collections::HashSet;

use super::report::{Report, refuse};
use super::walk::{self, Kind};
use super::{flows, servers};
use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::codegen::reserved::{ISSUERS, OF_FLOW, OF_SCHEME};
use crate::yaml::{Map, Node, map};

/// Keys of the document that mean something.
const KEPT: [&str; 11] = [
    "openapi",
    "info",
    "servers",
    "security",
    "tags",
    "paths",
    "components",
    "x-service",
    "x-enums",
    "x-issuers",
    servers::LISTED,
];

/// The service of the crate: its type is named after the crate.
pub(super) fn service(document: &mut Node, crate_name: &str, body: &str) {
    let Some(root) = document.as_map_mut() else { return };
    root.retain(|key, _| KEPT.contains(&key.as_str()));
    root.insert("openapi".to_owned(), "3.0.3".into());
    if let Some(info) = root.get_mut("info").and_then(Node::as_map_mut) {
        info.retain(|key, value| {
            ["title", "version", "description"].contains(&key.as_str()) && value.as_map().is_none()
        });
        for key in ["title", "version"] {
            let text = info
                .get(key)
                .map_or_else(String::new, |value| value.as_text().map_or_else(|| value.to_string(), str::to_owned));
            info.insert(key.to_owned(), text.into());
        }
    }
    root.shift_remove("tags");
    let name = lower::camel(&crate_name.replace('-', "_"));
    root.insert(
        "x-service".to_owned(),
        map([
            ("accessor", "service".into()),
            ("type", format!("{name}Api").into()),
            ("module", "api".into()),
            ("body", body.into()),
        ]),
    );
}

/// Schemes as this generator knows them; a scheme that it does not know refuses the alternatives that need it.
pub(super) fn security(document: &mut Node, location: &Location, report: &mut Report) {
    let mut unknown: Vec<(String, String)> = Vec::new();
    walk::each(Kind::Document, document, location, &mut |kind, node, location| {
        if kind != Kind::Scheme {
            return;
        }
        let name = crate::pointer::unescaped(location.pointer().rsplit('/').next().unwrap_or_default());
        if let Err(construct) = scheme(node) {
            unknown.push((name, construct));
        }
    });
    if let Some(schemes) = schemes(document) {
        schemes.retain(|name, _| !unknown.iter().any(|(gone, _)| gone == name));
        for (name, scheme) in schemes.iter_mut() {
            if let Some(scheme) = scheme.as_map_mut() {
                flows::apply(scheme, &location.component("securitySchemes", name), report);
            }
        }
    }
    name_schemes(document);
    let declared = schemes(document).cloned().unwrap_or_default();
    let whole = document.get("security").and_then(Node::as_list).map(<[Node]>::to_vec);
    if let Some(root) = document.as_map_mut() {
        root.shift_remove("security");
    }
    walk::operations(document, location, &mut |_, _, operation, location| {
        let listed = operation.get("security").and_then(Node::as_list).map(<[Node]>::to_vec).or_else(|| whole.clone());
        let Some(listed) = listed else { return };
        let mut left = Vec::new();
        let mut reason = None;
        for alternative in &listed {
            match usable(alternative, &unknown, &declared) {
                Ok(alternative) => left.push(alternative),
                Err(construct) => {
                    report.note(location, format!("one way to sign in is left out: {construct}"));
                    reason = Some(construct);
                }
            }
        }
        if let (true, Some(construct)) = (left.is_empty(), reason) {
            refuse(operation, construct);
        }
        operation.insert("security".to_owned(), Node::List(left));
    });
}

/// Names for the schemes: none of the constants that one makes is one of another.
fn name_schemes(document: &mut Node) {
    let issuers = document.get("x-issuers").and_then(Node::as_map).into_iter().flatten();
    let mut taken: HashSet<String> = issuers.map(|(name, _)| lower::shouty(&lower::snake(name))).collect();
    taken.insert(ISSUERS.to_owned());
    for (name, scheme) in schemes(document).into_iter().flatten() {
        let Some(scheme) = scheme.as_map_mut() else { continue };
        let given = scheme.get("x-rust-name").and_then(Node::as_text).map(str::to_owned);
        let preferred = lower::snake(&lower::spelled(given.as_deref().unwrap_or(name)));
        let ends: &[&str] = if scheme.contains_key(flows::ADDRESSES) { &OF_FLOW } else { &[] };
        let made = |name: &str| -> Vec<String> {
            let constant = lower::shouty(name);
            let derived = OF_SCHEME.iter().chain(ends).map(|end| format!("{constant}_{end}"));
            derived.chain([constant.clone()]).collect()
        };
        let rust = lower::free(&preferred, |name| made(name).iter().any(|constant| taken.contains(constant)));
        taken.extend(made(&rust));
        if given.is_some() || rust != lower::snake(name) {
            scheme.insert("x-rust-name".to_owned(), rust.as_str().into());
        }
    }
}

/// The keys of the document: the scheme, where it stands, and its name there.
pub(super) fn keys(document: &Node) -> Vec<[String; 3]> {
    let schemes = document.at(&["components", "securitySchemes"]).and_then(Node::as_map).into_iter().flatten();
    let keys = schemes.filter(|(_, scheme)| scheme.get("type").and_then(Node::as_text) == Some("apiKey"));
    let text = |scheme: &Node, key: &str| scheme.get(key).and_then(Node::as_text).map(str::to_owned);
    keys.filter_map(|(name, scheme)| Some([name.clone(), text(scheme, "in")?, text(scheme, "name")?])).collect()
}

fn schemes(document: &mut Node) -> Option<&mut Map> {
    document.as_map_mut()?.get_mut("components")?.as_map_mut()?.get_mut("securitySchemes")?.as_map_mut()
}

/// The scheme with the keys that count.
fn scheme(node: &mut Node) -> Result<(), String> {
    let Some(scheme) = node.as_map_mut() else { return Err("a security scheme that is not an object".to_owned()) };
    if let Some(construct) = scheme.get(super::report::REFUSED).and_then(Node::as_text) {
        return Err(construct.to_owned());
    }
    let text = |key: &str| scheme.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
    let (ty, http, name, location) = (text("type"), text("scheme").to_ascii_lowercase(), text("name"), text("in"));
    match (ty.as_str(), http.as_str()) {
        ("http", "bearer") | ("openIdConnect", _) => {}
        ("http", "basic") => {
            scheme.entry("x-holder".to_owned()).or_insert_with(|| "user".into());
        }
        ("oauth2", _) => {}
        ("apiKey", _) if ["header", "query", "cookie"].contains(&location.as_str()) => {
            if !lower::goes_as_key(&location, &name) {
                return Err(format!("an API key in the {location} {name:?}"));
            }
        }
        ("http", other) => return Err(format!("the HTTP authentication scheme {other:?}")),
        (other, _) => return Err(format!("the security scheme {other:?}")),
    }
    const KEPT: [&str; 16] = [
        "type",
        "scheme",
        "name",
        "in",
        "description",
        "flows",
        "openIdConnectUrl",
        "x-holder",
        "x-credential",
        "x-in",
        "x-rust-name",
        flows::REFRESH,
        flows::INTROSPECTION,
        flows::REVOCATION,
        flows::ERRORS,
        flows::LIFETIME,
    ];
    scheme.retain(|key, _| KEPT.contains(&key.as_str()));
    Ok(())
}

/// An alternative whose schemes are all known and write different things.
fn usable(alternative: &Node, unknown: &[(String, String)], declared: &Map) -> Result<Node, String> {
    let mut left = Map::new();
    let mut written: Vec<String> = Vec::new();
    for (name, scopes) in alternative.as_map().into_iter().flatten() {
        if let Some((_, construct)) = unknown.iter().find(|(gone, _)| gone == name) {
            return Err(construct.clone());
        }
        let Some(scheme) = declared.get(name) else {
            return Err(format!("the security scheme {name:?} is not declared"));
        };
        let text = |key: &str| scheme.get(key).and_then(Node::as_text).unwrap_or_default().to_ascii_lowercase();
        let writes = match text("type").as_str() {
            "apikey" => format!("{} {}", text("in"), text("name")),
            _ => "header authorization".to_owned(),
        };
        if written.contains(&writes) {
            return Err(format!("two security schemes of one alternative that both write the {writes}"));
        }
        written.push(writes);
        let listed = scheme.at(&["flows", "authorizationCode", "scopes"]).and_then(Node::as_map);
        let scopes =
            scopes.as_list().unwrap_or_default().iter().filter(|scope| match (text("type").as_str(), listed) {
                ("openidconnect", _) => true,
                (_, Some(listed)) => scope.as_text().is_some_and(|scope| listed.contains_key(scope)),
                _ => false,
            });
        left.insert(name.clone(), Node::List(scopes.cloned().collect()));
    }
    Ok(Node::Map(left))
}
