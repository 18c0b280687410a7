//! Labels of enum values. Published sentences hold them; here they stand beside our names and texts, in the `x-enum` of a
//! property or, where several properties share an enum, in the `x-enums` of the document.

use anyhow::{Context as _, ensure};
use indexmap::IndexMap;

use super::report::Report;
use crate::yaml::{Map, Node};

/// Code and label, in the order of the sentence.
pub(super) type Labels = Vec<(String, String)>;

/// The labels of shared enums, as the properties that use them give them.
#[derive(Default)]
pub(super) struct Shared(IndexMap<String, IndexMap<String, Label>>);

struct Label {
    text: String,
    /// The property that gave it first.
    at: String,
}

impl Shared {
    /// Every property that uses an enum must give it the same labels.
    pub(super) fn add(&mut self, name: &str, labels: Labels, at: &str) -> anyhow::Result<()> {
        let known = self.0.entry(name.to_owned()).or_default();
        for (code, text) in labels {
            let first = known.entry(code.clone()).or_insert_with(|| Label { text: text.clone(), at: at.to_owned() });
            ensure!(
                first.text == text,
                "{at}: {code} of {name} is {text} here, but {} in {}; give one of them an enum of its own",
                first.text,
                first.at
            );
        }
        Ok(())
    }

    /// Writes the labels into the document.
    pub(super) fn write(self, document: &mut Node, report: &mut Report) -> anyhow::Result<()> {
        for (name, labels) in self.0 {
            let place = format!("/x-enums/{name}");
            let at = labels.values().next().map(|label| label.at.clone()).unwrap_or_default();
            let labels = labels.into_iter().map(|(code, label)| (code, label.text)).collect();
            let values = values(document, &name).with_context(|| format!("{at}: there is no {place} with values"))?;
            write(values, &labels, &place, report);
        }
        Ok(())
    }
}

fn values<'a>(document: &'a mut Node, name: &str) -> Option<&'a mut Map> {
    let mut node = document;
    for key in ["x-enums", name, "values"] {
        node = node.as_map_mut()?.get_mut(key)?;
    }
    node.as_map_mut()
}

/// Renews the labels of the values, in front of our names; a value whose label is no longer published goes.
pub(super) fn write(values: &mut Map, labels: &Labels, at: &str, report: &mut Report) {
    values.retain(|code, value| {
        let stays = value.get("label").is_none() || labels.iter().any(|(labelled, _)| labelled == code);
        if !stays {
            report.gone.push(format!("{at}/{code}"));
        }
        stays
    });
    for (code, label) in labels {
        let value = values.entry(code.clone()).or_insert_with(|| Node::Map(Map::new()));
        if let Some(value) = value.as_map_mut() {
            value.shift_remove("label");
            value.insert_before(0, "label".to_owned(), label.as_str().into());
        }
    }
}
