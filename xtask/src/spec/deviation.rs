//! A published fact that we changed: `x-deviation: {keyword, published, reason}` beside the key. It holds for as long as
//! the published value is the recorded one.

use anyhow::{Context as _, ensure};

use crate::openapi_grammar::{Kind, Rule};
use crate::yaml::{Map, Node};

/// A change of one fact of one object.
pub(super) struct Deviation<'a> {
    keyword: &'a str,
    /// As published when the change was recorded; `None` where the key was not published.
    published: Option<&'a Node>,
    ours: Option<&'a Node>,
}

impl<'a> Deviation<'a> {
    /// The deviation recorded in one of our objects; one that says too little is an error.
    pub(super) fn of(kind: Kind, ours: &'a Node, at: &str) -> anyhow::Result<Option<Self>> {
        let Some(recorded) = ours.get("x-deviation") else { return Ok(None) };
        let at = format!("{at}/x-deviation");
        let text = |key: &str| recorded.get(key).and_then(Node::as_text);
        let keyword = text("keyword").with_context(|| format!("{at}: no keyword"))?;
        ensure!(kind.rule(keyword) == Some(Rule::Fact), "{at}: {keyword:?} is not a fact of {kind:?}");
        ensure!(text("reason").is_some_and(|reason| !reason.is_empty()), "{at}: no reason");
        Ok(Some(Deviation { keyword, published: recorded.get("published"), ours: ours.get(keyword) }))
    }

    /// Puts our value in the place of the published one.
    pub(super) fn apply(&self, facts: &Map, merged: &mut Map, at: &str) -> anyhow::Result<()> {
        let published = facts.get(self.keyword);
        let at = format!("{at}/x-deviation");
        ensure!(
            published == self.published,
            "{at}: the deviation no longer applies: published is {}, recorded is {}",
            shown(published),
            shown(self.published),
        );
        ensure!(published != self.ours, "{at}: the deviation changes nothing: {} is published", shown(published));
        match self.ours {
            Some(value) => merged.insert(self.keyword.to_owned(), value.clone()),
            None => merged.shift_remove(self.keyword),
        };
        Ok(())
    }
}

fn shown(value: Option<&Node>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Node::to_string)
}
