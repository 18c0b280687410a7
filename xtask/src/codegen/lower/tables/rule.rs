//! Rules: maps of words that must all hold, as spec/README.md defines them.

use anyhow::{Context as _, bail, ensure};

use crate::codegen::lower::extension::Extension;
use crate::codegen::model::{Case, ColumnTest, JSON_KINDS, Rule, TEXT_CLASSES, Test};

/// What a rule can speak of.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Whether the place says of which column: then no column is named.
    pub is_column: bool,
    /// The columns of the table.
    pub columns: &'a [String],
}

/// Lowers a rule.
pub(super) fn rule(words: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<Rule> {
    let mut rule = Rule::default();
    for (name, word) in words.members()? {
        match name {
            "column" if !subject.is_column => rule.column = Some(column(&word, subject)?),
            _ => rule.tests.push(test(name, &word, subject)?),
        }
    }
    let of_column = rule.tests.iter().any(|test| matches!(test, Test::Column(_)));
    let named = subject.is_column || rule.column.is_some();
    ensure!(named || !of_column, "{}: it does not say which column is meant (column)", words.location);
    ensure!(rule.column.is_none() || of_column, "{}: nothing is said of the column", words.location);
    ensure!(!rule.tests.is_empty(), "{}: a rule without a word", words.location);
    Ok(rule)
}

fn test(name: &str, word: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<Test> {
    let rules = || word.list()?.iter().map(|part| rule(part, subject)).collect::<anyhow::Result<Vec<Rule>>>();
    let columns = || columns(word, subject);
    let pair = || {
        let pair = <[String; 2]>::try_from(columns()?).ok();
        pair.with_context(|| format!("{}: two columns are expected", word.location))
    };
    match name {
        _ if subject.is_column => Ok(Test::Column(column_test(name, word)?)),
        "all" => Ok(Test::All(rules()?)),
        "any" => Ok(Test::Any(rules()?)),
        "at-most-one" => Ok(Test::AtMostOne(columns()?)),
        "exactly-one" => Ok(Test::ExactlyOne(columns()?)),
        "in-order" => Ok(Test::InOrder(pair()?)),
        "distinct" => Ok(Test::Distinct(pair()?)),
        "cases" => word.list()?.iter().map(|part| case(part, subject)).collect::<anyhow::Result<_>>().map(Test::Cases),
        "otherwise" => Ok(Test::Otherwise(rule(word, subject)?)),
        _ => Ok(Test::Column(column_test(name, word)?)),
    }
}

fn column_test(name: &str, word: &Extension<'_>) -> anyhow::Result<ColumnTest> {
    let literals = || word.list()?.iter().map(Extension::literal).collect::<anyhow::Result<Vec<_>>>();
    match name {
        "min" => Ok(ColumnTest::Min(word.literal()?)),
        "max" => Ok(ColumnTest::Max(word.literal()?)),
        "above" => Ok(ColumnTest::Above(word.literal()?)),
        "equals" => Ok(ColumnTest::Equals(word.literal()?)),
        "not" => Ok(ColumnTest::Not(word.literal()?)),
        "one-of" => Ok(ColumnTest::OneOf(literals()?)),
        "none-of" => Ok(ColumnTest::NoneOf(literals()?)),
        "null" => Ok(ColumnTest::Null(word.flag()?)),
        "text" => Ok(ColumnTest::Text(known(word, &TEXT_CLASSES)?)),
        "matches" => Ok(ColumnTest::Matches(word.text()?)),
        "matches-not" => Ok(ColumnTest::MatchesNot(word.text()?)),
        "bits" => Ok(ColumnTest::Bits(word.whole()?)),
        "json" => {
            word.list()?.iter().map(|kind| known(kind, &JSON_KINDS)).collect::<Result<_, _>>().map(ColumnTest::Json)
        }
        "not-empty" => word.mark().map(|()| ColumnTest::NotEmpty),
        _ => word.unknown("a rule"),
    }
}

fn case(part: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<Case> {
    if let Some((_, other)) = part.members()?.iter().find(|(name, _)| !matches!(*name, "when" | "then")) {
        return other.unknown("a case");
    }
    Ok(Case { when: rule(&part.member("when")?, subject)?, then: rule(&part.member("then")?, subject)? })
}

fn known(word: &Extension<'_>, words: &[&str]) -> anyhow::Result<String> {
    let text = word.text()?;
    ensure!(words.contains(&text.as_str()), "{}: the word {text:?} is not understood", word.location);
    Ok(text)
}

/// The columns that a list names.
pub(super) fn columns(list: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<Vec<String>> {
    list.list()?.iter().map(|name| column(name, subject)).collect()
}

/// A column of the table.
pub(super) fn column(name: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<String> {
    let text = name.text()?;
    if !subject.columns.contains(&text) {
        bail!("{}: the table has no column {text:?}", name.location);
    }
    Ok(text)
}
