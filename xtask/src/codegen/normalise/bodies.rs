//! Bodies: the media type that is sent where several are offered, and how its members are written.

use super::report::{Report, refused};
use super::walk;
use crate::codegen::location::Location;
use crate::codegen::media;
use crate::codegen::styles;
use crate::yaml::{Map, Node, map};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const PARTS: &str = "multipart/form-data";

/// Chooses JSON, else a form, else parts, and says which of the first two the service sends.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) -> &'static str {
    let version = document.get("openapi").map(Node::to_string).unwrap_or_default();
    let has_styles = version.contains("3.1");
    let (mut json, mut form) = (0, 0);
    walk::each(walk::Kind::Document, document, location, &mut |kind, node, location| {
        if kind != walk::Kind::RequestBody || node.get("$ref").is_some() {
            return;
        }
        let Some(body) = node.as_map_mut() else { return };
        body.retain(|key, _| ["description", "required", "content"].contains(&key.as_str()));
        let Some(content) = body.get_mut("content").and_then(Node::as_map_mut) else { return };
        choose(content, has_styles, location, report);
        json += usize::from(content.contains_key(JSON));
        form += usize::from(content.contains_key(FORM));
    });
    if form > json { "form" } else { "json" }
}

fn choose(content: &mut Map, has_styles: bool, location: &Location, report: &mut Report) {
    for wanted in [JSON, FORM, PARTS] {
        let found = content.iter().find(|(name, _)| media::bare(name) == wanted).map(|(_, media)| media.clone());
        if let Some(mut media) = found {
            if let Some(members) = media.as_map_mut() {
                let kept: &[&str] = if wanted == JSON { &["schema"] } else { &["schema", "encoding"] };
                members.retain(|key, _| kept.contains(&key.as_str()));
                encoding(members, wanted == FORM || has_styles, location, report);
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

/// Leaves of `encoding` what can be said in our dialect; a body that needs more is not understood.
fn encoding(media: &mut Map, has_styles: bool, location: &Location, report: &mut Report) {
    let Some(all) = media.get_mut("encoding").and_then(Node::as_map_mut) else {
        media.shift_remove("encoding");
        return;
    };
    let mut construct = None;
    for member in all.values_mut() {
        let Some(keys) = member.as_map_mut() else {
            construct = Some("an encoding that is not an object".to_owned());
            continue;
        };
        if keys.contains_key("headers") {
            report.note(
                location,
                "headers of a part are set with `FilePart::header`, where it is a file; others have none",
            );
        }
        if !has_styles && ["style", "explode"].iter().any(|key| keys.contains_key(*key)) {
            report.note(location, "a style has no meaning in a multipart body of OpenAPI 3.0");
            keys.shift_remove("style");
            keys.shift_remove("explode");
        }
        if keys.contains_key("style") {
            keys.shift_remove("contentType");
        }
        // A member is written as a parameter of a query is.
        let fits = |style: &str| styles::of("query").is_some_and(|known| known.contains(&style));
        if let Some(style) = keys.get("style").and_then(Node::as_text).filter(|style| !fits(style)) {
            construct = Some(format!("the style {style:?} of a member"));
        }
        keys.retain(|key, _| ["contentType", "style", "explode"].contains(&key.as_str()));
    }
    if let Some(construct) = construct {
        media.shift_remove("encoding");
        media.insert("schema".to_owned(), refused(construct));
    }
}
