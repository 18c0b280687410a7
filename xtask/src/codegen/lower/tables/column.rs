//! Columns as they are stored: what a schema says of its values, and what extensions say of their place in a table.

use anyhow::{Context as _, ensure};
use openapiv3::{
    IntegerFormat, ReferenceOr, Schema, SchemaKind, Type as SchemaType, VariantOrUnknownOrEmpty as Format,
};
use serde_json::Value;

use super::rule::{Subject, rule};
use crate::codegen::location::Location;
use crate::codegen::lower::extension::Extension;
use crate::codegen::lower::scope::{Extensions, Scope};
use crate::codegen::model::{
    ColumnFlag, ColumnTest, Filled, Literal, OnDelete, Reference, Rule, Storage, TableColumn, Test,
};

/// Extensions of a column that say nothing of how it is stored.
const ELSEWHERE: [&str; 17] = [
    "x-also-text",
    "x-dependency",
    "x-deviation",
    "x-entity",
    "x-enum",
    "x-flag",
    "x-one-of",
    "x-open",
    "x-points-to",
    "x-primary-key",
    "x-properties",
    "x-rust-name",
    "x-rust-type",
    "x-setter",
    "x-source",
    "x-text",
    "x-values",
];

/// The extensions that mark a column, with what they mean.
const FLAGS: [(&str, ColumnFlag); 8] = [
    ("x-counter", ColumnFlag::Counter),
    ("x-currency", ColumnFlag::Currency),
    ("x-fixed-after-creation", ColumnFlag::FixedAfterCreation),
    ("x-indexed", ColumnFlag::Indexed),
    ("x-read-only", ColumnFlag::ReadOnly),
    ("x-required-on-create", ColumnFlag::RequiredOnCreate),
    ("x-searched", ColumnFlag::Searched),
    ("x-undocumented-column", ColumnFlag::Undocumented),
];

/// A property of a table's schema.
pub(super) struct Property<'a> {
    pub name: &'a str,
    pub schema: &'a ReferenceOr<Schema>,
    /// Its extensions, which stand elsewhere for a bare reference, and where.
    pub extensions: Extensions,
    pub location: Location,
}

/// Lowers a column that is on the wire.
pub(super) fn shown(scope: &Scope<'_>, property: &Property<'_>) -> anyhow::Result<TableColumn> {
    let (shape, _) = resolved(scope, property.schema, &property.location)?;
    let (plain, at) = match &shape.schema_kind {
        SchemaKind::OneOf { one_of } => {
            let first = one_of.first().with_context(|| format!("{}: oneOf is empty", property.location))?;
            resolved(scope, first, &property.location)?
        }
        _ => (shape, property.location.clone()),
    };
    let own = property.schema.as_item();
    let bounds = bounds(plain);
    let mut column = TableColumn {
        name: property.name.to_owned(),
        storage: bounds.storage.unwrap_or(Storage::Json),
        hidden: false,
        not_null: !plain.schema_data.nullable,
        default: None,
        listed: own.and_then(|schema| listed(&schema.schema_kind)),
        check: None,
        references: None,
        filled: None,
        max_length: None,
        flags: Vec::new(),
    };
    let of_type = bounds.storage.is_some() || property.extensions.contains_key("x-storage");
    ensure!(of_type, "{at}: nothing says how such a value is kept (x-storage)");
    if shape.schema_data.extensions.contains_key("x-file") {
        column.flags.push(ColumnFlag::File);
    }
    if bounds.narrow {
        column.flags.push(ColumnFlag::Narrow);
    }
    for (name, value) in &property.extensions {
        extension(scope, &mut column, name, &Extension::new(value, property.location.child(name)))?;
    }
    if let Some(default) = own.and_then(|schema| schema.schema_data.default.as_ref()) {
        column.default = Some(Extension::new(default, property.location.child("default")).literal()?);
    }
    column.max_length = bounds.longest.or(column.max_length);
    bounds.add_to(&mut column.check);
    Ok(column)
}

fn extension(scope: &Scope<'_>, column: &mut TableColumn, name: &str, value: &Extension<'_>) -> anyhow::Result<()> {
    if let Some((_, mark)) = FLAGS.iter().find(|(known, _)| *known == name) {
        value.mark()?;
        column.flags.push(*mark);
        return Ok(());
    }
    match name {
        "x-storage" => column.storage = value.word(&Storage::ALL)?,
        "x-integer" => {
            value.mark()?;
            column.storage = Storage::Integer;
        }
        "x-not-null" => {
            value.mark()?;
            column.not_null = true;
        }
        "x-nullable" => {
            value.mark()?;
            column.not_null = false;
        }
        "x-default" => column.default = Some(value.literal()?),
        "x-filled" => column.filled = Some(value.word(&Filled::ALL)?),
        "x-max-length" => column.max_length = Some(value.whole()?),
        "x-check" => column.check = Some(rule(value, Subject { is_column: true, columns: &[] })?),
        "x-references" => column.references = Some(reference(scope, value)?),
        "x-timestamp" => {
            value.word(&[("seconds", ())])?;
            column.flags.push(ColumnFlag::Timestamp);
        }
        _ if ELSEWHERE.contains(&name) || !name.starts_with("x-") => {}
        _ => return value.unknown("a column of a table"),
    }
    Ok(())
}

/// Lowers a column that is not on the wire.
pub(super) fn hidden(scope: &Scope<'_>, name: &str, words: &Extension<'_>) -> anyhow::Result<TableColumn> {
    let mut column = TableColumn {
        name: name.to_owned(),
        storage: words.member("type")?.word(&Storage::ALL)?,
        hidden: true,
        not_null: false,
        default: None,
        listed: None,
        check: None,
        references: None,
        filled: None,
        max_length: None,
        flags: Vec::new(),
    };
    for (name, word) in words.members()? {
        match name {
            "type" => {}
            "not-null" => column.not_null = word.flag()?,
            "default" => column.default = Some(word.literal()?),
            "check" => column.check = Some(rule(&word, Subject { is_column: true, columns: &[] })?),
            "references" => column.references = Some(reference(scope, &word)?),
            _ => word.unknown("a hidden column")?,
        }
    }
    Ok(column)
}

fn reference(scope: &Scope<'_>, words: &Extension<'_>) -> anyhow::Result<Reference> {
    if let Some((_, other)) = words.members()?.iter().find(|(name, _)| !matches!(*name, "table" | "on-delete")) {
        return other.unknown("a foreign key");
    }
    let table = words.member("table")?;
    let name = table.text()?;
    ensure!(scope.records.contains_key(&name), "{}: there is no resource {name:?}", table.location);
    Ok(Reference { table: name, on_delete: words.member("on-delete")?.word(&OnDelete::ALL)? })
}

fn resolved<'a>(
    scope: &Scope<'a>,
    schema: &'a ReferenceOr<Schema>,
    location: &Location,
) -> anyhow::Result<(&'a Schema, Location)> {
    match schema {
        ReferenceOr::Item(schema) => Ok((schema, location.clone())),
        ReferenceOr::Reference { reference } => scope.schema(reference, location),
    }
}

/// What the schema of plain values says of them.
#[derive(Default)]
struct Bounds {
    /// How such values are kept; none where the schema alone does not tell.
    storage: Option<Storage>,
    narrow: bool,
    longest: Option<i64>,
    least: Option<Literal>,
    /// Whether the least is not a value itself.
    above: bool,
    most: Option<Literal>,
}

fn bounds(schema: &Schema) -> Bounds {
    let SchemaKind::Type(ty) = &schema.schema_kind else { return Bounds::default() };
    match ty {
        SchemaType::Integer(ty) => Bounds {
            storage: Some(Storage::Integer),
            narrow: ty.format == Format::Item(IntegerFormat::Int32),
            least: ty.minimum.map(Literal::Integer),
            above: ty.exclusive_minimum,
            most: ty.maximum.map(Literal::Integer),
            longest: None,
        },
        SchemaType::Number(ty) => Bounds {
            storage: Some(Storage::Number),
            narrow: ty.format == Format::Unknown("int32".to_owned()),
            least: ty.minimum.map(number),
            above: ty.exclusive_minimum,
            most: ty.maximum.map(number),
            longest: None,
        },
        SchemaType::String(ty) => Bounds {
            storage: Some(Storage::Text),
            longest: ty.max_length.and_then(|longest| i64::try_from(longest).ok()),
            ..Bounds::default()
        },
        SchemaType::Object(_) | SchemaType::Array(_) | SchemaType::Boolean(_) => Bounds::default(),
    }
}

/// A bound as it was written: the reader of OpenAPI makes a double of every one.
fn number(bound: f64) -> Literal {
    let whole = Value::from(bound).to_string();
    whole.strip_suffix(".0").and_then(|whole| whole.parse().ok()).map_or(Literal::Number(bound), Literal::Integer)
}

impl Bounds {
    /// Adds what the rule of the column does not say itself: no answer may lie beyond the bounds of the document.
    fn add_to(self, check: &mut Option<Rule>) {
        let mut tests = check.take().map(|rule| rule.tests).unwrap_or_default();
        let says = |tests: &[Test], is: fn(&ColumnTest) -> bool| {
            tests.iter().any(|test| matches!(test, Test::Column(test) if is(test)))
        };
        if !says(&tests, |test| matches!(test, ColumnTest::Min(_) | ColumnTest::Above(_))) {
            let test = if self.above { ColumnTest::Above } else { ColumnTest::Min };
            tests.extend(self.least.map(|least| Test::Column(test(least))));
        }
        if !says(&tests, |test| matches!(test, ColumnTest::Max(_))) {
            tests.extend(self.most.map(|most| Test::Column(ColumnTest::Max(most))));
        }
        *check = (!tests.is_empty()).then_some(Rule { column: None, tests });
    }
}

fn listed(kind: &SchemaKind) -> Option<Vec<Literal>> {
    let listed: Vec<Literal> = match kind {
        SchemaKind::Type(SchemaType::Integer(ty)) => {
            ty.enumeration.iter().map(|value| value.map_or(Literal::Null, Literal::Integer)).collect()
        }
        SchemaKind::Type(SchemaType::String(ty)) => {
            ty.enumeration.iter().map(|value| value.clone().map_or(Literal::Null, Literal::Text)).collect()
        }
        _ => Vec::new(),
    };
    (!listed.is_empty()).then_some(listed)
}
