//! The documents of `spec/` mean the same to every reader: to ours, to another one, and to readers of YAML 1.1.

use yaml_rust2::parser::{Event, EventReceiver, Parser};
use yaml_rust2::scanner::TScalarStyle;
use yaml_rust2::{Yaml, YamlLoader};

use super::documents;
use crate::yaml::{Map, Node};

#[test]
fn two_readers_agree_on_every_document() {
    for (name, text, ours) in documents::all() {
        let theirs = YamlLoader::load_from_str(&text).unwrap();
        assert_eq!(theirs.len(), 1, "{name}");
        assert!(ours == node(&theirs[0]), "{name} means something else to yaml-rust2");
    }
}

/// What yaml-rust2 read, as ours. Both keep the order of keys, which `==` on maps does not look at.
fn node(yaml: &Yaml) -> Node {
    match yaml {
        Yaml::Null => Node::Null,
        Yaml::Boolean(value) => Node::Bool(*value),
        Yaml::Integer(value) => Node::Int(*value),
        Yaml::Real(text) => Node::Float(text.parse().unwrap()),
        Yaml::String(text) => Node::Text(text.clone()),
        Yaml::Array(list) => Node::List(list.iter().map(node).collect()),
        Yaml::Hash(map) => {
            let pairs = map.iter().map(|(key, value)| (key.as_str().expect("keys are texts").to_owned(), node(value)));
            Node::Map(pairs.collect::<Map>())
        }
        other => panic!("{other:?} has no place in a document"),
    }
}

#[test]
fn texts_that_yaml_1_1_takes_for_something_else_are_quoted() {
    for (name, text, ours) in documents::all() {
        let mut scalars = Scalars::default();
        Parser::new_from_str(&text).load(&mut scalars, false).unwrap();
        let mut read = Vec::new();
        flatten(&ours, &mut read);
        assert_eq!(scalars.0.len(), read.len(), "{name}");
        for ((written, is_plain), read) in scalars.0.iter().zip(&read) {
            match read {
                Node::Text(text) => assert!(!is_plain || !has_other_meaning(text), "{name}: quote {text:?}"),
                value => assert_eq!(*written, value.to_string(), "{name}: one spelling a value"),
            }
        }
    }
}

/// Every scalar of a document in its order, keys included: what is written, and whether without quotes.
#[derive(Default)]
struct Scalars(Vec<(String, bool)>);

impl EventReceiver for Scalars {
    fn on_event(&mut self, event: Event) {
        match event {
            Event::Scalar(text, style, 0, None) => self.0.push((text, style == TScalarStyle::Plain)),
            Event::Scalar(..) | Event::Alias(_) => panic!("{event:?}: anchors and tags have no place in a document"),
            _ => {}
        }
    }
}

fn flatten(node: &Node, into: &mut Vec<Node>) {
    match node {
        Node::List(list) => list.iter().for_each(|member| flatten(member, into)),
        Node::Map(map) => {
            for (key, value) in map {
                into.push(key.as_str().into());
                flatten(value, into);
            }
        }
        scalar => into.push(scalar.clone()),
    }
}

/// Whether YAML 1.1 reads a plain scalar as a truth value, null, a number, a time or a merge key.
fn has_other_meaning(text: &str) -> bool {
    let words = ["", "~", "null", "y", "yes", "n", "no", "true", "false", "on", "off", "=", "<<"];
    words.contains(&text.to_ascii_lowercase().as_str()) || is_number(text) || is_time(text)
}

/// Whole numbers in any base, fractions, and either with the colons of base 60.
fn is_number(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text).to_ascii_lowercase();
    let of = |text: &str, wanted: &str| !text.is_empty() && text.chars().all(|c| c == '_' || wanted.contains(c));
    let in_base = |prefix: &str, wanted: &str| body.strip_prefix(prefix).is_some_and(|rest| of(rest, wanted));
    let mantissa = match body.split_once('e') {
        Some((mantissa, exponent)) if of(exponent.trim_start_matches(['-', '+']), "0123456789") => mantissa,
        _ => &body,
    };
    let has_digit = mantissa.contains(|c: char| c.is_ascii_digit()) && !mantissa.starts_with(['_', ':']);
    [".inf", ".nan"].contains(&body.as_str())
        || in_base("0x", "0123456789abcdef")
        || in_base("0b", "01")
        || in_base("0o", "01234567")
        || (has_digit && of(mantissa, "0123456789.:"))
}

/// Anything that starts like `2001-1`.
fn is_time(text: &str) -> bool {
    let start = text.get(..6).unwrap_or_default();
    start.chars().enumerate().all(|(index, c)| if index == 4 { c == '-' } else { c.is_ascii_digit() })
        && !start.is_empty()
}

#[test]
fn what_yaml_1_1_takes_for_something_else_is_known() {
    let meaning = "y No ON off TRUE ~ NULL 0 -7 1_000 0o17 017 0x1F 0b11 190:20:30 1.5 1. .5 6.8e+3 3.0.3 1e3 .inf -.INF .NaN \
        2001-12-14 2001-12-14t21:59:43Z = <<";
    let texts = "yes! nothing v1 7bit 500-simple a.b 127.0.0.x - _ 0xg e5 12-14 x:1 2001:x de-DE";
    assert_eq!(meaning.split(' ').filter(|word| !has_other_meaning(word)).collect::<String>(), "");
    assert_eq!(texts.split(' ').filter(|word| has_other_meaning(word)).collect::<String>(), "");
    assert!(has_other_meaning(""));
}
