//! The published table reference (`tables.json`): columns, foreign keys, check rules, unique rules.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use indexmap::IndexMap;
use serde::Deserialize;

use super::{rules, sql};
use crate::yaml::{Map, Node, map};

/// All tables by name.
pub(super) type Tables = IndexMap<String, Table>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub fields: Vec<Column>,
    pub checks: Vec<Check>,
    pub unique_indexes: Vec<Index>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub storage: String,
    pub notnull: bool,
    #[serde(default)]
    pub default: Option<String>,
    #[serde(default)]
    pub identity: bool,
    #[serde(default)]
    pub indexed: bool,
    #[serde(default)]
    pub references: Vec<Reference>,
    pub in_api: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    pub table: String,
    pub field: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub name: String,
    #[serde(rename = "type")]
    pub class: String,
    pub def: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub name: String,
    pub method: String,
}

/// What the server puts into a column when nothing is sent.
#[derive(Debug, PartialEq)]
pub(super) enum Default {
    Missing,
    Now,
    Value(Node),
}

impl Column {
    pub(super) fn default(&self) -> anyhow::Result<Default> {
        let Some(text) = self.default.as_deref() else { return Ok(Default::Missing) };
        if text.contains("epoch") && text.contains("now()") {
            return Ok(Default::Now);
        }
        if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            return Ok(Default::Value(inner.into()));
        }
        let number =
            text.parse::<i64>().with_context(|| format!("{}: the default {text:?} is not understood", self.name))?;
        Ok(Default::Value(number.into()))
    }

    /// A create must carry this column: the server has nothing to put there itself.
    pub(super) fn is_mandatory(&self) -> bool {
        self.notnull && self.default.is_none() && !self.identity
    }

    /// Columns that are kept in a form that the API type does not show.
    pub(super) fn storage(&self) -> anyhow::Result<Option<&str>> {
        let shown = ["integer", "bigint", "smallint", "double precision", "text", "t_entity"];
        if shown.contains(&self.storage.as_str()) || self.max_length()?.is_some() {
            return Ok(None);
        }
        let kept = ["json", "text[]", "bigint[]", "bytea"];
        ensure!(kept.contains(&self.storage.as_str()), "{}: the type {:?} is not understood", self.name, self.storage);
        Ok(Some(&self.storage))
    }

    /// The row that this column refers to, always by its primary key.
    pub(super) fn reference(&self) -> anyhow::Result<Option<&Reference>> {
        match self.references.as_slice() {
            [] => Ok(None),
            [one] => {
                ensure!(one.field == "ID", "{} refers to {}.{}", self.name, one.table, one.field);
                Ok(Some(one))
            }
            _ => bail!("{} refers to several tables", self.name),
        }
    }

    pub(super) fn max_length(&self) -> anyhow::Result<Option<i64>> {
        let inner = self.storage.strip_prefix("character varying(").and_then(|rest| rest.strip_suffix(')'));
        let length = inner.map(str::parse).transpose();
        length.with_context(|| format!("{}: the type {:?} is not understood", self.name, self.storage))
    }
}

/// The check rules of one table, sorted by what they bind.
#[derive(Debug, Default)]
pub(super) struct Rules {
    pub columns: BTreeMap<String, Node>,
    pub table: Vec<Node>,
    pub unique: Vec<Node>,
    /// Column and name of each rule whose name carries another table.
    pub odd: Vec<(String, String)>,
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.fields.iter().find(|column| column.name == name)
    }

    pub(super) fn rules(&self, table: &str) -> anyhow::Result<Rules> {
        let mut rules = Rules::default();
        for check in &self.checks {
            let rule = || format!("the rule {}: {}", check.name, check.def);
            self.rule(table, check, &mut rules).with_context(rule)?;
        }
        for index in &self.unique_indexes {
            ensure!(index.method == "btree", "{}: the index method {:?} is not understood", index.name, index.method);
            if !rules.unique.iter().any(|rule| rule.get("name").and_then(Node::as_text) == Some(&index.name)) {
                rules.unique.push(map([("name", index.name.as_str().into())]));
            }
        }
        Ok(rules)
    }

    fn rule(&self, table: &str, check: &Check, rules: &mut Rules) -> anyhow::Result<()> {
        if check.class == "unique" {
            rules.unique.push(unique(check)?);
            return Ok(());
        }
        ensure!(check.class == "check", "the class {:?} is not understood", check.class);
        let expr = sql::check(&check.def)?;
        if check.name.starts_with("dc_") {
            return self.column_rule(table, check, &expr, rules);
        }
        let Node::Map(rule) = rules::of_table(&expr)? else { bail!("is not a rule") };
        let mut named = Map::from_iter([("name".to_owned(), Node::from(check.name.as_str()))]);
        named.extend(rule);
        rules.table.push(Node::Map(named));
        Ok(())
    }

    /// A rule about one column, which its name says: `dc_<table>_<column>`.
    fn column_rule(&self, table: &str, check: &Check, expr: &sql::Expr, rules: &mut Rules) -> anyhow::Result<()> {
        let rest = check.name.trim_start_matches("dc_");
        let own = rest.strip_prefix(table).and_then(|rest| rest.strip_prefix('_'));
        let column = match own.filter(|column| self.column(column).is_some()) {
            Some(column) => column,
            None => {
                let (_, column) = rest.split_once('_').context("names no column")?;
                rules.odd.push((column.to_owned(), check.name.clone()));
                column
            }
        };
        ensure!(self.column(column).is_some(), "names no column");
        let rule = rules::of_column(expr)?;
        let earlier = rules.columns.insert(column.to_owned(), rule.clone());
        ensure!(earlier.is_none_or(|earlier| earlier == rule), "is a second rule for {column}");
        Ok(())
    }
}

/// `UNIQUE [NULLS NOT DISTINCT] (columns) [INCLUDE (columns)]`; included columns take no part in the rule.
fn unique(check: &Check) -> anyhow::Result<Node> {
    let not_understood = || "a unique rule is not understood".to_owned();
    let rest = check.def.strip_prefix("UNIQUE ").with_context(not_understood)?;
    let (nulls_equal, rest) = match rest.strip_prefix("NULLS NOT DISTINCT ") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (columns, rest) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).with_context(not_understood)?;
    ensure!(rest.is_empty() || rest.starts_with(" INCLUDE ("), not_understood());
    let columns: Vec<_> = columns.split(", ").map(|column| column.trim_matches('"')).collect();
    let mut rule =
        Map::from_iter([("name".to_owned(), check.name.as_str().into()), ("columns".to_owned(), columns.into())]);
    if nulls_equal {
        rule.insert("nulls-equal".to_owned(), true.into());
    }
    Ok(Node::Map(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(def: &str) -> String {
        unique(&Check { name: "u".into(), class: "unique".into(), def: def.into() }).unwrap().to_string()
    }

    #[test]
    fn unique_rules_keep_their_columns_and_their_view_of_null() {
        assert_eq!(rule("UNIQUE (\"group\", \"user\")"), r#"{"name": "u", "columns": ["group", "user"]}"#);
        assert_eq!(rule("UNIQUE (a, b) INCLUDE (c)"), r#"{"name": "u", "columns": ["a", "b"]}"#);
        assert_eq!(
            rule("UNIQUE NULLS NOT DISTINCT (a, b)"),
            r#"{"name": "u", "columns": ["a", "b"], "nulls-equal": true}"#
        );
    }

    #[test]
    fn an_unknown_default_is_an_error() {
        let column = |default: &str| Column {
            name: "x".into(),
            storage: "text".into(),
            notnull: true,
            default: Some(default.into()),
            identity: false,
            indexed: false,
            references: Vec::new(),
            in_api: true,
        };
        assert_eq!(column("''").default().unwrap(), Default::Value("".into()));
        assert_eq!(column("date_part('epoch', now())").default().unwrap(), Default::Now);
        assert_eq!(column("2").default().unwrap(), Default::Value(2.into()));
        assert!(column("random()").default().is_err());
    }
}
