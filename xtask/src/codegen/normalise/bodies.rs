//! Bodies: the media type that is sent where several are offered.

use super::walk;
use crate::codegen::place::Place;
use crate::node::{Map, Node, map};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Chooses JSON, else a form, and says which of them the service sends.
pub fn apply(document: &mut Node, place: &Place) -> &'static str {
    let (mut json, mut form) = (0, 0);
    walk::each(walk::Kind::Document, document, place, &mut |kind, node, _| {
        if kind != walk::Kind::RequestBody || node.get("$ref").is_some() {
            return;
        }
        let Some(body) = node.as_map_mut() else { return };
        body.retain(|key, _| ["description", "required", "content"].contains(&key.as_str()));
        let Some(content) = body.get_mut("content").and_then(Node::as_map_mut) else { return };
        choose(content);
        json += usize::from(content.contains_key(JSON));
        form += usize::from(content.contains_key(FORM));
    });
    if form > json { "form" } else { "json" }
}

fn choose(content: &mut Map) {
    let base = |name: &str| name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    for wanted in [JSON, FORM] {
        let found = content.iter().find(|(name, _)| base(name) == wanted).map(|(_, media)| media.clone());
        if let Some(mut media) = found {
            if let Some(members) = media.as_map_mut() {
                members.retain(|key, _| key == "schema");
                members
                    .entry("schema".to_owned())
                    .or_insert_with(|| map([(super::unions::ANY, "the document does not say what it is".into())]));
            }
            content.clear();
            content.insert(wanted.to_owned(), media);
            return;
        }
    }
    for media in content.values_mut().filter_map(Node::as_map_mut) {
        media.retain(|key, _| key == "schema");
    }
}
