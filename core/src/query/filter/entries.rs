//! The wire form of a condition.

use super::{Leaf, Node};
use crate::model::{Json, JsonMap};

/// The entries of one filter object. All of them must hold; groups stand under numbers that carry no meaning.
#[derive(Default)]
pub(super) struct Entries {
    map: JsonMap,
    groups: usize,
}

impl Entries {
    pub(super) fn of(node: &Node) -> Json {
        let mut entries = Entries::default();
        entries.add(node);
        Json::Object(entries.map)
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Leaf(Leaf { path, operator, value, .. }) => self.leaf(path, operator, value),
            Node::All(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Any(parts) => self.group("OR", parts.iter().map(Entries::of)),
            Node::Not(inner) => self.group("NOT", std::iter::once(Entries::of(inner))),
        }
    }

    /// Several operators on one column share an object. What would collide goes into a group of its own.
    fn leaf(&mut self, path: &str, operator: &str, value: &Json) {
        let taken = match self.map.get_mut(path) {
            None => {
                self.map.insert(path.to_owned(), plain(operator, value));
                return;
            }
            Some(Json::Object(operators)) => operators,
            Some(equal) => {
                let value = equal.take();
                *equal = operators("=", value);
                let Json::Object(operators) = equal else { return };
                operators
            }
        };
        if taken.contains_key(operator) {
            let again = JsonMap::from_iter([(path.to_owned(), operators(operator, value.clone()))]);
            self.group("AND", std::iter::once(Json::Object(again)));
        } else {
            taken.insert(operator.to_owned(), value.clone());
        }
    }

    fn group(&mut self, word: &str, operands: impl Iterator<Item = Json>) {
        let members = std::iter::once(Json::from(word)).chain(operands).collect();
        self.map.insert(self.groups.to_string(), members);
        self.groups += 1;
    }
}

/// Equality with a scalar is written as the bare value.
fn plain(operator: &str, value: &Json) -> Json {
    match operator {
        "=" if !value.is_object() && !value.is_array() => value.clone(),
        _ => operators(operator, value.clone()),
    }
}

fn operators(operator: &str, value: Json) -> Json {
    Json::Object(JsonMap::from_iter([(operator.to_owned(), value)]))
}
