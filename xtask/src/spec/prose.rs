//! Facts that the published documents state only inside their sentences: labels of enum values, units of times, who fills
//! a column, which permission an operation needs. The sentences themselves are never taken over.

use anyhow::{Context as _, bail};

use crate::yaml::{Map, Node, map};

/// The labels of an integer enum: `` `4`=ACTIVE `` gives `("4", "ACTIVE")`, in the order of the text.
pub(super) fn labels(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut parts = text.split('`');
    parts.next();
    while let (Some(code), Some(after)) = (parts.next(), parts.next()) {
        let Some(rest) = after.strip_prefix('=') else { continue };
        let end =
            rest.find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
        if end > 0 && !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) {
            found.push((code.to_owned(), rest[..end].to_owned()));
        }
    }
    found
}

/// What the sentences say about a property, as extensions.
pub(super) fn property(facts: &Map) -> Vec<(&'static str, Node)> {
    let text = facts.get("description").and_then(Node::as_text).unwrap_or_default();
    let integer = facts.get("type").and_then(Node::as_text) == Some("integer");
    let mut found: Vec<(&str, Node)> = Vec::new();
    if integer && text.contains("[Unix timestamp]") {
        found.push(("x-timestamp", "seconds".into()));
    }
    let fills =
        [("(defaults to authenticated user", "user"), ("(defaults to current date", "now"), ("(auto-reset", "change")];
    found.extend(fills.iter().filter(|(sign, _)| text.contains(sign)).map(|(_, by)| ("x-filled", Node::from(*by))));
    if text.contains("(**dependency**)") {
        found.push(("x-dependency", true.into()));
    }
    if is_flag(facts) {
        found.push(("x-flag", true.into()));
    }
    if facts.get("type").and_then(Node::as_text) == Some("number")
        && facts.get("format").and_then(Node::as_text) == Some("int32")
    {
        found.push(("x-integer", true.into()));
    }
    found
}

/// A bare 0/1 enum without labels is a yes or no.
fn is_flag(facts: &Map) -> bool {
    let text = facts.get("description").and_then(Node::as_text).unwrap_or_default();
    facts.get("enum") == Some(&vec![0i64, 1].into()) && labels(text).is_empty()
}

/// The permission that the description of an operation names; `None` where it says nothing at all.
pub(super) fn permission(description: &str) -> anyhow::Result<Option<Node>> {
    let mut found = Map::new();
    for sentence in description.trim_end_matches('.').split(". ").skip(1) {
        read(sentence, &mut found).with_context(|| format!("the sentence {sentence:?} is not understood"))?;
    }
    Ok((!found.is_empty()).then_some(Node::Map(found)))
}

fn read(sentence: &str, found: &mut Map) -> anyhow::Result<()> {
    if let Some(rest) = sentence.strip_prefix("Has dependency on ") {
        found.insert("depends-on".to_owned(), map([("any", names(rest, " or ")?)]));
        return Ok(());
    }
    if let Some(rest) = sentence.strip_prefix("Has dependencies on ") {
        found.insert("depends-on".to_owned(), map([("all", names(rest, " and ")?)]));
        return Ok(());
    }
    let rest = sentence.strip_prefix("Requires ").context("no known opening")?;
    let (permissions, creator) = match rest.split_once("the authenticated user") {
        Some((permissions, role)) if role.ends_with(" `creator`") => (permissions.trim_end_matches(" and "), true),
        Some((_, role)) => bail!("{role:?} is not a known role"),
        None => (rest, false),
    };
    let mut any = Node::List(Vec::new());
    if permissions != "no specific permission" && !permissions.is_empty() {
        let list = permissions.strip_suffix(" permission").context("no known end")?;
        let (writable, list) = match list.strip_prefix("writable ") {
            Some(list) => (true, list),
            None => (false, list),
        };
        any = names(list, " or ")?;
        if writable {
            found.insert("writable".to_owned(), true.into());
        }
    }
    found.insert_before(0, "any".to_owned(), any);
    if creator {
        found.insert("creator".to_owned(), true.into());
    }
    Ok(())
}

/// `` `a`, `b` or `c` `` as a list.
fn names(text: &str, last: &str) -> anyhow::Result<Node> {
    let list = text.split(last).flat_map(|part| part.split(", ")).map(|name| {
        match name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            Some(name) => Ok(name),
            None => bail!("{name:?} is not a name"),
        }
    });
    Ok(list.collect::<anyhow::Result<Vec<_>>>()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        permission(text).unwrap().unwrap().to_string()
    }

    #[test]
    fn labels_are_read_in_their_order() {
        let found = labels("Kind (`0`=PEN, `2`=INK_2); only if `type`=`pen`");
        assert_eq!(found, [("0".into(), "PEN".into()), ("2".into(), "INK_2".into())]);
        assert!(labels("must be `100` for ACCEPTED (`0`=100%)").iter().all(|(_, label)| label == "100"));
    }

    #[test]
    fn permissions_are_read_from_the_closing_sentences() {
        assert_eq!(said("Lists pens. Requires `pens` permission."), r#"{"any": ["pens"]}"#);
        assert_eq!(
            said("Stores a pen. Requires writable `a`, `b` or `c` permission. Has dependencies on `x` and `y`."),
            r#"{"any": ["a", "b", "c"], "writable": true, "depends-on": {"all": ["x", "y"]}}"#
        );
        assert_eq!(
            said("X. Requires the authenticated user as `creator`. Has dependency on `r`."),
            r#"{"any": [], "creator": true, "depends-on": {"any": ["r"]}}"#
        );
        assert_eq!(said("X. Requires no specific permission."), r#"{"any": []}"#);
        assert_eq!(permission("Returns the settings.").unwrap(), None);
        assert!(permission("X. Needs `pens`.").is_err());
        assert!(permission("X. Requires the authenticated user as `owner`.").is_err());
    }

    #[test]
    fn bare_zero_and_one_are_a_flag() {
        let facts = |text: &str| {
            Map::from_iter([
                ("type".to_owned(), "integer".into()),
                ("enum".to_owned(), vec![0i64, 1].into()),
                ("description".to_owned(), text.into()),
            ])
        };
        assert_eq!(property(&facts("Locked")), [("x-flag", true.into())]);
        assert_eq!(property(&facts("Kind (`0`=PEN, `1`=INK)")), []);
    }
}
