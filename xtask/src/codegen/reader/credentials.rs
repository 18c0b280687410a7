//! What goes along as credentials: all of one alternative, and nothing else.

use base64::Engine as _;

use super::{Operation, Reader, Sent, last};
use crate::codegen::emit::wire::word;
use crate::yaml::{Map, Node};

/// Where a credential stands, under which name, and its value.
type Written = (String, String, String);

impl<'d> Reader<'d> {
    /// Checks the credentials, and answers where keys may stand.
    pub(super) fn credentials(
        &self,
        operation: &Operation<'d>,
        sent: &Sent<'_>,
        faults: &mut Vec<String>,
    ) -> Vec<(String, String)> {
        let declared = self.document.at(&["components", "securitySchemes"]).and_then(Node::as_map);
        let all = declared.into_iter().flatten();
        let all: Vec<(&str, Written)> =
            all.filter_map(|(name, scheme)| Some((name.as_str(), self.written(name, scheme)?))).collect();
        let there: Vec<&Written> =
            all.iter().map(|(_, written)| written).filter(|written| is_there(written, sent)).collect();
        let security = operation.node.get("security").or_else(|| self.document.get("security"));
        let alternatives = security.and_then(Node::as_list).unwrap_or_default();
        let of = |alternative: &Node| -> Option<Vec<Written>> {
            let by_name =
                |name: &String| all.iter().find(|(known, _)| known == name).map(|(_, written)| written.clone());
            alternative.as_map()?.keys().map(by_name).collect()
        };
        let usable: Vec<Vec<Written>> = alternatives.iter().filter_map(of).collect();
        let is_one = |needed: &Vec<Written>| {
            needed.iter().all(|one| there.contains(&one)) && there.iter().all(|one| needed.contains(one))
        };
        let fits = if alternatives.is_empty() { there.is_empty() } else { usable.iter().any(is_one) };
        if !fits {
            faults.push(format!("the credentials {there:?} are not an alternative of {usable:?}"));
        }
        let asked = usable.into_iter().flatten().map(|(place, name, _)| (place, name));
        asked.chain(there.iter().map(|(place, name, _)| (place.clone(), name.clone()))).collect()
    }

    /// Whether an operation takes name and password by HTTP Basic.
    pub(super) fn has_pair(&self, operation: &Operation<'d>) -> bool {
        let security = operation.node.get("security").or_else(|| self.document.get("security"));
        let mut names =
            security.and_then(Node::as_list).into_iter().flatten().filter_map(Node::as_map).flat_map(Map::keys);
        names.any(|name| {
            let scheme = self.document.at(&["components", "securitySchemes", name]);
            let scheme = scheme.and_then(|scheme| self.resolved(scheme)?.get("scheme")?.as_text());
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
        })
    }

    /// What a scheme writes; nothing where it is none that is understood.
    pub(super) fn written(&self, name: &str, scheme: &'d Node) -> Option<Written> {
        let scheme = self.resolved(scheme)?;
        let text = |key: &str| scheme.get(key).and_then(Node::as_text).unwrap_or_default();
        let word = word(&last(name));
        let header = |value: String| Some(("header".to_owned(), "authorization".to_owned(), value));
        match (text("type"), text("scheme").to_ascii_lowercase().as_str()) {
            ("oauth2" | "openIdConnect", _) | ("http", "bearer") => header(format!("Bearer {word}")),
            ("http", "basic") => {
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{word}:{word}"));
                header(format!("Basic {pair}"))
            }
            ("apiKey", _) => Some((text("in").to_owned(), text("name").to_owned(), word)),
            _ => None,
        }
    }
}

fn is_there((place, name, value): &Written, sent: &Sent<'_>) -> bool {
    let pair = (name.clone(), value.clone());
    match place.as_str() {
        "header" => sent.header(name) == Some(value),
        "query" => sent.query.contains(&pair),
        _ => sent.cookies.contains(&pair),
    }
}
