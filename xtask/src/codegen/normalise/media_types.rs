//! Media types in one spelling: two that differ in their capitals alone are one.

use super::report::Report;
use super::walk::{self, Kind};
use crate::codegen::location::Location;
use crate::codegen::media;
use crate::yaml::{Map, Node};

/// Rewrites the media types of the whole document.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) {
    walk::each(Kind::Document, document, location, &mut |kind, node, location| {
        let Some(members) = node.as_map_mut() else { return };
        match kind {
            Kind::RequestBody | Kind::Response | Kind::Parameter | Kind::Header => {
                if let Some(content) = members.get_mut("content").and_then(Node::as_map_mut) {
                    spelled(content, location, report);
                }
            }
            Kind::Encoding => {
                if let Some(Node::Text(types)) = members.get_mut("contentType") {
                    *types = types.split(',').map(media::spelled).collect::<Vec<_>>().join(", ");
                }
            }
            _ => {}
        }
    });
}

fn spelled(content: &mut Map, location: &Location, report: &mut Report) {
    if content.keys().all(|name| media::spelled(name) == *name) {
        return;
    }
    for (name, media) in std::mem::take(content) {
        let spelled = media::spelled(&name);
        if content.contains_key(&spelled) {
            report.note(location, format!("the media type {name:?} is there already in other capitals"));
        } else {
            content.insert(spelled, media);
        }
    }
}
