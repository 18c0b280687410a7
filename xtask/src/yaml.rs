//! Reads and writes YAML in the one style of `spec/`: short lists and small maps on one line, long texts folded.
//! No meaning of any key is known here.

mod node;

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_yaml::{FlowMap, FlowSeq};

pub(crate) use node::{Foreign, Map, Node, map};

/// What fits on one line is written on one line.
const LINE: usize = 100;

/// Reads a document; `name` stands in the error.
pub(crate) fn read<T: DeserializeOwned>(name: &str, text: &str) -> anyhow::Result<T> {
    serde_yaml::from_str_with_options(text, options()).with_context(|| format!("{name} is not readable"))
}

/// Reads a third-party document, JSON or YAML; hostile ones end with a message, in bounded time and memory.
pub(crate) fn read_foreign(name: &str, text: &str) -> anyhow::Result<Node> {
    let unreadable = || format!("{name} is not readable");
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        // JSON has escapes that YAML reads otherwise; a mapping of YAML in one line may begin so, too.
        match serde_json::from_str::<Foreign>(text) {
            Ok(Foreign(node)) => return Ok(node),
            Err(error) if name.ends_with(".json") => return Err(error).with_context(unreadable),
            Err(_) => {}
        }
    }
    // Large third-party documents have some hundred thousand nodes.
    let mut budget = serde_yaml::Budget::default();
    (budget.max_nodes, budget.max_events, budget.max_depth) = (5_000_000, 20_000_000, 128);
    let limits = serde_yaml::options! { budget: Some(budget), strict_booleans: true };
    serde_yaml::from_str_with_options(text, limits).map(|Foreign(node)| node).with_context(unreadable)
}

fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        // The documents are ours and large; the limits guard services against foreign input.
        budget: None,
        strict_booleans: true,
    }
}

/// Writes a document; equal input gives equal bytes.
pub(crate) fn write(node: &Node) -> anyhow::Result<String> {
    serde_yaml::to_string(&Styled(node)).context("the document cannot be written as YAML")
}

/// A value in the style of `spec/`: on one line where it fits there.
struct Styled<'a>(&'a Node);

impl Serialize for Styled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::List(list) if fits(self.0) => {
                FlowSeq(list.iter().map(Plain).collect::<Vec<_>>()).serialize(serializer)
            }
            Node::Map(map) if fits_map(self.0) => {
                FlowMap(map.iter().map(|(k, v)| (k, Plain(v))).collect::<indexmap::IndexMap<_, _>>())
                    .serialize(serializer)
            }
            Node::List(list) => serializer.collect_seq(list.iter().map(Styled)),
            Node::Map(map) => serializer.collect_map(map.iter().map(|(k, v)| (k, Styled(v)))),
            scalar => Plain(scalar).serialize(serializer),
        }
    }
}

/// A value that stands on one line already, so that nothing in it needs a style.
struct Plain<'a>(&'a Node);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Node::Null => serializer.serialize_unit(),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::Int(value) => serializer.serialize_i64(*value),
            Node::Float(value) => serializer.serialize_f64(*value),
            Node::Text(text) => serializer.serialize_str(text),
            Node::List(list) => serializer.collect_seq(list.iter().map(Plain)),
            Node::Map(map) => serializer.collect_map(map.iter().map(|(k, v)| (k, Plain(v)))),
        }
    }
}

fn fits(node: &Node) -> bool {
    width(node) <= LINE
}

/// A map goes on one line only if it is small and holds no other map: `{$ref: ...}`, `{json: [object, array]}`.
fn fits_map(node: &Node) -> bool {
    let holds_maps = |map: &Map| map.values().any(|value| value.as_map().is_some());
    node.as_map().is_some_and(|map| map.len() <= 4 && !holds_maps(map)) && fits(node)
}

fn width(node: &Node) -> usize {
    match node {
        Node::Text(text) if text.contains('\n') => LINE,
        Node::Text(text) => text.len() + 2,
        Node::List(list) => list.iter().map(|v| width(v) + 2).sum(),
        Node::Map(map) => map.iter().map(|(k, v)| k.len() + width(v) + 4).sum(),
        scalar => scalar.to_string().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::map;

    #[test]
    fn what_is_written_is_read_back() {
        let texts = [
            "yes",
            "No",
            "~",
            "null",
            "0x1F",
            "1_000",
            "12:30",
            "2001-12-14",
            "- a",
            "a: b",
            "#",
            "",
            " a ",
            "a\nb",
            "'",
        ];
        let numbers = Node::List(vec![Node::Int(-1), Node::Float(0.5), Node::Null, true.into()]);
        let long = "a word and another one ".repeat(20);
        let node = map([("texts", texts.to_vec().into()), ("yes", numbers), ("long", long.trim().into())]);
        let text = write(&node).unwrap();
        assert_eq!(read::<Node>("written", &text).unwrap(), node, "{text}");
    }

    #[test]
    fn small_values_stand_on_one_line_and_nested_maps_do_not() {
        let reference = map([("$ref", "#/a".into())]);
        let small = map([("json", vec!["array", "object"].into()), ("min", Node::Int(0))]);
        let text = write(&map([("outer", map([("a", reference), ("b", small)]))])).unwrap();
        assert_eq!(text, "outer:\n  a: {$ref: \"#/a\"}\n  b: {json: [array, object], min: 0}\n");
    }

    #[test]
    fn only_true_and_false_are_truth_values() {
        let node: Node = read("test", "[yes, on, true]").unwrap();
        assert_eq!(node, Node::List(vec!["yes".into(), "on".into(), true.into()]));
    }

    #[test]
    fn an_error_names_the_document() {
        let error = read::<Node>("pens.yaml", "a: [").unwrap_err();
        assert!(format!("{error:#}").starts_with("pens.yaml is not readable: "), "{error:#}");
    }
}
