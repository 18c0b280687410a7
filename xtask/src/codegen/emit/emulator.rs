//! Writes what the emulator needs of `spec/` into its own folder, as data: tables, columns, rules, verbs. The emulator is a
//! crate of its own and must be publishable without this workspace.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::codegen::model::{
    Case, ColumnFlag, ColumnTest, DependsOn, Filled, Literal, OnDelete, Permission, Reference, Rule, Storage, Table,
    TableColumn, TableVerb, Test, Unique, Verb,
};

/// The data file for a document that describes tables: one line a table, by name.
pub(crate) fn tables(tables: &[Table]) -> anyhow::Result<String> {
    let by_name: BTreeMap<&str, &Table> = tables.iter().map(|table| (table.wire.as_str(), table)).collect();
    let mut lines: Vec<String> = Vec::new();
    for (name, table) in by_name {
        lines.push(format!("{}:{}", serde_json::to_string(name)?, serde_json::to_string(&of_table(table))?));
    }
    Ok(format!("{{\"tables\":{{\n{}\n}}}}\n", lines.join(",\n")))
}

/// The word that stands for a value in its table of words.
fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, known)| known == value).map_or("", |(word, _)| word)
}

/// An object without what is null, false or an empty list, so that the file stays small.
fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let is_said = |value: &Value| !(value.is_null() || *value == json!(false) || *value == json!([]));
    members.into_iter().filter(|(_, value)| is_said(value)).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of_table(table: &Table) -> Value {
    let verbs = table.verbs.iter().map(|(verb, what)| (word(&Verb::ALL, verb).to_owned(), of_verb(what)));
    object([
        ("columns", table.columns.iter().map(of_column).collect()),
        ("verbs", Value::Object(verbs.collect())),
        ("state", json!(table.state)),
        ("checks", table.checks.iter().map(of_row_rule).collect()),
        ("unique", table.unique.iter().map(of_unique).collect()),
        (
            "one_default",
            table.one_default.as_ref().map_or(Value::Null, |one| json!({ "column": one.column, "per": one.per })),
        ),
        ("unordered", json!(table.unordered)),
    ])
}

fn of_verb(verb: &TableVerb) -> Value {
    let mut entry = json!({ "options": verb.options, "accepts": verb.accepts });
    if let Some(permission) = &verb.permission {
        entry["permission"] = of_permission(permission);
    }
    entry
}

fn of_permission(permission: &Permission) -> Value {
    let mut entry = object([
        ("writable", permission.writable.into()),
        ("creator", permission.creator.into()),
        (
            "depends-on",
            match &permission.depends_on {
                None => Value::Null,
                Some(DependsOn::Any(parents)) => json!({ "any": parents }),
                Some(DependsOn::All(parents)) => json!({ "all": parents }),
            },
        ),
    ]);
    entry["any"] = json!(permission.any);
    entry
}

fn of_column(column: &TableColumn) -> Value {
    let is = |mark: ColumnFlag| Value::from(column.flags.contains(&mark));
    object([
        ("name", json!(column.name)),
        ("type", word(&Storage::ALL, &column.storage).into()),
        ("hidden", column.hidden.into()),
        ("not_null", column.not_null.into()),
        ("default", column.default.as_ref().map_or(Value::Null, of_literal)),
        ("enum", column.listed.as_ref().map_or(Value::Null, |listed| of_literals(listed))),
        ("check", column.check.as_ref().map_or(Value::Null, of_rule)),
        ("references", column.references.as_ref().map_or(Value::Null, of_reference)),
        ("filled", column.filled.as_ref().map_or(Value::Null, |filled| word(&Filled::ALL, filled).into())),
        ("max_length", json!(column.max_length)),
        ("counter", is(ColumnFlag::Counter)),
        ("file", is(ColumnFlag::File)),
        ("fixed", is(ColumnFlag::FixedAfterCreation)),
        ("indexed", is(ColumnFlag::Indexed)),
        ("narrow", is(ColumnFlag::Narrow)),
        ("read_only", is(ColumnFlag::ReadOnly)),
        ("required", is(ColumnFlag::RequiredOnCreate)),
        ("searched", is(ColumnFlag::Searched)),
        ("timestamp", is(ColumnFlag::Timestamp)),
        ("undocumented", is(ColumnFlag::Undocumented)),
    ])
}

fn of_reference(reference: &Reference) -> Value {
    json!({ "table": reference.table, "on_delete": word(&OnDelete::ALL, &reference.on_delete) })
}

fn of_unique(unique: &Unique) -> Value {
    object([
        ("name", json!(unique.name)),
        ("columns", json!(unique.columns)),
        ("nulls-equal", unique.nulls_equal.into()),
        ("ignore-case", unique.ignore_case.into()),
        ("where", unique.only.as_ref().map_or(Value::Null, of_rule)),
    ])
}

fn of_row_rule((name, rule): &(String, Rule)) -> Value {
    let mut words = of_rule(rule);
    words["name"] = json!(name);
    words
}

fn of_rule(rule: &Rule) -> Value {
    let column = rule.column.iter().map(|column| ("column".to_owned(), json!(column)));
    Value::Object(column.chain(rule.tests.iter().map(of_test)).collect::<Map<_, _>>())
}

fn of_test(test: &Test) -> (String, Value) {
    let rules = |rules: &[Rule]| rules.iter().map(of_rule).collect::<Value>();
    let (word, value) = match test {
        Test::Column(test) => of_column_test(test),
        Test::All(parts) => ("all", rules(parts)),
        Test::Any(parts) => ("any", rules(parts)),
        Test::AtMostOne(columns) => ("at-most-one", json!(columns)),
        Test::ExactlyOne(columns) => ("exactly-one", json!(columns)),
        Test::InOrder(columns) => ("in-order", json!(columns)),
        Test::Distinct(columns) => ("distinct", json!(columns)),
        Test::Cases(cases) => ("cases", cases.iter().map(of_case).collect()),
        Test::Otherwise(rule) => ("otherwise", of_rule(rule)),
    };
    (word.to_owned(), value)
}

fn of_case(case: &Case) -> Value {
    json!({ "when": of_rule(&case.when), "then": of_rule(&case.then) })
}

fn of_column_test(test: &ColumnTest) -> (&'static str, Value) {
    match test {
        ColumnTest::Min(bound) => ("min", of_literal(bound)),
        ColumnTest::Max(bound) => ("max", of_literal(bound)),
        ColumnTest::Above(bound) => ("above", of_literal(bound)),
        ColumnTest::Equals(value) => ("equals", of_literal(value)),
        ColumnTest::Not(value) => ("not", of_literal(value)),
        ColumnTest::OneOf(values) => ("one-of", of_literals(values)),
        ColumnTest::NoneOf(values) => ("none-of", of_literals(values)),
        ColumnTest::Null(is) => ("null", json!(is)),
        ColumnTest::Text(class) => ("text", json!(class)),
        ColumnTest::Matches(pattern) => ("matches", json!(pattern)),
        ColumnTest::MatchesNot(pattern) => ("matches-not", json!(pattern)),
        ColumnTest::Bits(length) => ("bits", json!(length)),
        ColumnTest::Json(kinds) => ("json", json!(kinds)),
        ColumnTest::NotEmpty => ("not-empty", json!(true)),
    }
}

fn of_literals(literals: &[Literal]) -> Value {
    literals.iter().map(of_literal).collect()
}

fn of_literal(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Integer(number) => json!(number),
        Literal::Number(number) => json!(number),
        Literal::Text(text) => json!(text),
    }
}
