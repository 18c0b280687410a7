//! Overlay 1.1: corrections of a document, each with a JSONPath (RFC 9535) that says where.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::yaml::{Map, Node};

/// Applies the actions of an overlay in their order; `name` stands in the errors. An action that finds nothing is a mistake.
pub(super) fn apply(document: &mut Node, overlay: &Node, name: &str) -> anyhow::Result<()> {
    let version =
        overlay.get("overlay").map(|version| version.as_text().map_or_else(|| version.to_string(), str::to_owned));
    let version = version.with_context(|| format!("{name}#: this is not an overlay"))?;
    let is_known = ["1.0", "1.1"].iter().any(|known| version == *known || version.starts_with(&format!("{known}.")));
    ensure!(is_known, "{name}#/overlay: the version {version:?} is not understood; 1.0 and 1.1 are");
    let actions = overlay.get("actions").and_then(Node::as_list).with_context(|| format!("{name}#: no actions"))?;
    for (index, action) in actions.iter().enumerate() {
        apply_one(document, action).with_context(|| format!("{name}#/actions/{index}"))?;
    }
    Ok(())
}

fn apply_one(document: &mut Node, action: &Node) -> anyhow::Result<()> {
    let target = action.get("target").and_then(Node::as_text).context("no target")?;
    let places = located(document, target)?;
    ensure!(!places.is_empty(), "the target {target:?} is nowhere in the document");
    if action.get("remove").is_some_and(Node::is_true) {
        // The last first, so that the numbers of list members before stay what they are.
        places.iter().rev().for_each(|place| remove(document, place));
        return Ok(());
    }
    let copied = match action.get("copy").and_then(Node::as_text) {
        None => None,
        Some(source) => match located(document, source)?.as_slice() {
            [one] => document.at_steps(one).cloned(),
            found => bail!("the source {source:?} of a copy stands at {} places", found.len()),
        },
    };
    for place in &places {
        let Some(node) = document.at_steps_mut(place) else { continue };
        copied.iter().chain(action.get("update")).for_each(|update| merge(node, update));
    }
    Ok(())
}

/// Where a path leads: steps from the root, in the order of the document.
fn located(document: &Node, path: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let parsed = JsonPath::parse(path).with_context(|| format!("{path:?} is not a JSONPath"))?;
    let value = Value::from(document);
    let found = parsed.query_located(&value);
    Ok(found.iter().map(|node| steps(&node.location().to_json_pointer())).collect())
}

fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(crate::pointer::unescaped).collect()
}

fn remove(document: &mut Node, place: &[String]) {
    let Some((last, before)) = place.split_last() else { return };
    match document.at_steps_mut(before) {
        Some(Node::Map(map)) => {
            map.shift_remove(last);
        }
        Some(Node::List(list)) => {
            if let Some(index) = last.parse().ok().filter(|index| *index < list.len()) {
                list.remove(index);
            }
        }
        _ => {}
    }
}

/// Objects are merged member by member; a list gets one more member, or those of a list; anything else is replaced.
fn merge(node: &mut Node, update: &Node) {
    match (node, update) {
        (Node::Map(map), Node::Map(update)) => {
            for (key, value) in update {
                match map.get_mut(key) {
                    Some(known @ (Node::Map(_) | Node::List(_))) => merge(known, value),
                    _ => {
                        map.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Node::List(list), Node::List(more)) => list.extend(more.iter().cloned()),
        (Node::List(list), one) => list.push(one.clone()),
        (node, update) => *node = update.clone(),
    }
}

impl Node {
    fn at_steps(&self, steps: &[String]) -> Option<&Node> {
        steps.iter().try_fold(self, |node, step| match node {
            Node::List(list) => list.get(step.parse::<usize>().ok()?),
            node => node.get(step),
        })
    }

    fn at_steps_mut(&mut self, steps: &[String]) -> Option<&mut Node> {
        steps.iter().try_fold(self, |node, step| match node {
            Node::List(list) => list.get_mut(step.parse::<usize>().ok()?),
            node => node.as_map_mut().and_then(|map: &mut Map| map.get_mut(step)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        crate::yaml::read("test", text).unwrap()
    }

    fn applied(document: &str, action: &str) -> anyhow::Result<Node> {
        let mut document = node(document);
        let overlay = node(&format!("overlay: 1.1.0\nactions: [{action}]"));
        apply(&mut document, &overlay, "fix.yaml").map(|()| document)
    }

    #[test]
    fn actions_merge_add_replace_remove_and_copy() {
        let rows = [
            ("{a: {b: 1, c: {d: 2}}}", "{target: $.a, update: {b: 3, c: {e: 4}}}", "{a: {b: 3, c: {d: 2, e: 4}}}"),
            ("{a: [1]}", "{target: $.a, update: 2}", "{a: [1, 2]}"),
            ("{a: [1, 2, 1]}", "{target: '$.a[?@ == 1]', remove: true}", "{a: [2]}"),
            (
                "{a: {x: {t: 1}, y: {t: 2}}}",
                "{target: '$.a[?@.t == 2]', update: {z: true}}",
                "{a: {x: {t: 1}, y: {t: 2, z: true}}}",
            ),
            ("{a: {b: 1}, c: {}}", "{target: $.c, copy: $.a}", "{a: {b: 1}, c: {b: 1}}"),
        ];
        for (before, action, after) in rows {
            assert_eq!(applied(before, action).unwrap(), node(after), "{action}");
        }
    }

    #[test]
    fn a_target_that_is_nowhere_and_a_path_that_is_none_are_named() {
        let said = format!("{:#}", applied("{a: 1}", "{target: $.b, remove: true}").unwrap_err());
        assert_eq!(said, "fix.yaml#/actions/0: the target \"$.b\" is nowhere in the document");
        let said = format!("{:#}", applied("{a: 1}", "{target: 'b[', remove: true}").unwrap_err());
        assert!(said.starts_with("fix.yaml#/actions/0: \"b[\" is not a JSONPath"), "{said}");
    }
}
