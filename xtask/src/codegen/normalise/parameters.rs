//! Parameters: where each stands and how it is written, with the defaults of the specification, as `x-style`.

use super::report::{Report, refuse, refused};
use super::unions::ANY;
use super::walk::{self, Kind};
use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::codegen::styles;
use crate::yaml::{Map, Node, map};

/// Rewrites every parameter of the document.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) {
    walk::each(Kind::Document, document, location, &mut |kind, node, location| {
        if kind == Kind::Parameter
            && node.get("$ref").is_none()
            && let Some(parameter) = node.as_map_mut()
            && let Err(construct) = written(parameter, location, report)
        {
            refuse(parameter, construct);
        }
    });
}

fn written(parameter: &mut Map, location: &Location, report: &mut Report) -> Result<(), String> {
    let text = |key: &str| parameter.get(key).and_then(Node::as_text).map(str::to_owned);
    let at = text("in").unwrap_or_default();
    let name = text("name").ok_or("a parameter without a name")?;
    let content = parameter.shift_remove("content");
    let style = parameter.shift_remove("style").and_then(|style| style.as_text().map(str::to_owned));
    let explode = parameter.shift_remove("explode").map(|explode| explode.is_true());
    let of_content = schema(parameter, content.as_ref())?;
    let fits = styles::of(&at).ok_or_else(|| format!("a parameter in {at:?}"))?;
    let is_content = of_content.is_some();
    let style = of_content.or(style).unwrap_or_else(|| fits[0].to_owned());
    if !is_content && !fits.contains(&style.as_str()) {
        return Err(format!("the style {style:?} of a parameter in the {at}"));
    }
    if at == "header" && !lower::goes_as_header(&name) {
        return Err(format!("the header parameter {name:?}"));
    }
    if at == "cookie" && !lower::goes_as_key("cookie", &name) {
        return Err(format!("the cookie {name:?}"));
    }
    if at == "path" {
        parameter.insert("required".to_owned(), true.into());
    }
    if parameter.get("required").is_some_and(|required| !matches!(required, Node::Bool(_))) {
        report.note(location, "required is neither true nor false");
        parameter.shift_remove("required");
    }
    let explode = explode.unwrap_or_else(|| styles::is_exploded(&style));
    let ty = parameter.get("schema").and_then(|schema| schema.get("type")).and_then(Node::as_text);
    if at == "cookie" && explode && style == "form" && matches!(ty, Some("array" | "object")) {
        return Err(format!("a cookie that holds an exploded {}", ty.unwrap_or_default()));
    }
    const KEPT: [&str; 8] =
        ["name", "in", "required", "description", "schema", "deprecated", "x-rust-name", super::report::REFUSED];
    parameter.retain(|key, _| KEPT.contains(&key.as_str()));
    parameter.shift_remove("deprecated");
    if parameter.get("schema").is_some_and(|schema| schema.as_map().is_none()) {
        parameter.insert("schema".to_owned(), refused("a schema that is not an object"));
    }
    parameter.insert("x-style".to_owned(), map([("style", style.into()), ("explode", explode.into())]));
    Ok(())
}

/// Gives the parameter a schema where it has none; that of a `content` in JSON brings the style along.
fn schema(parameter: &mut Map, content: Option<&Node>) -> Result<Option<String>, String> {
    match (content, parameter.contains_key("schema")) {
        (Some(_), true) => Err("a parameter with a schema and a content".to_owned()),
        (Some(Node::Map(types)), false) => {
            let [(media, inner)] = types.iter().collect::<Vec<_>>()[..] else {
                return Err("a parameter in several media types".to_owned());
            };
            if !super::operations::is_json(media) {
                return Err(format!("a parameter of the type {media:?}"));
            }
            let any = || map([(ANY, "the document does not say what it is".into())]);
            parameter.insert("schema".to_owned(), inner.get("schema").cloned().unwrap_or_else(any));
            Ok(Some(styles::JSON.to_owned()))
        }
        (_, true) => Ok(None),
        _ => {
            parameter.insert("schema".to_owned(), map([("type", "string".into())]));
            Ok(None)
        }
    }
}
