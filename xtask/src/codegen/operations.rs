//! `cargo xtask operations`: every operation as a row, for people and for programs.

use serde_json::{Value, json};

use super::model::{Document, Operation, Requirement};

/// All operations as a JSON array, one object a line.
pub(super) fn as_json(documents: &[Document]) -> String {
    let rows: Vec<String> =
        rows(documents).map(|(document, operation)| object(document, operation).to_string()).collect();
    format!("[\n{}\n]", rows.join(",\n"))
}

/// All operations as a table with a header.
pub(super) fn as_table(documents: &[Document]) -> String {
    let header = ["document", "method", "path", "rust", "security", "safety"].map(str::to_owned);
    let cells = rows(documents).map(|(document, operation)| {
        [
            document.stem.clone(),
            operation.method.clone(),
            operation.path.clone(),
            path(document, operation),
            security(operation),
            operation.safety.word().to_owned(),
        ]
    });
    let cells: Vec<[String; 6]> = std::iter::once(header).chain(cells).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |row: &[String; 6]| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn rows(documents: &[Document]) -> impl Iterator<Item = (&Document, &Operation)> {
    documents.iter().flat_map(|document| document.all_operations().map(move |operation| (document, operation)))
}

fn path(document: &Document, operation: &Operation) -> String {
    format!("{}.{}", document.accessor, operation.rust)
}

fn object(document: &Document, operation: &Operation) -> Value {
    let listed = |told: fn(&Requirement) -> Value| -> Vec<Vec<Value>> {
        operation.security.iter().map(|alternative| alternative.iter().map(told).collect()).collect()
    };
    let mut row = json!({
        "document": document.stem,
        "id": operation.id,
        "rust": path(document, operation),
        "method": operation.method,
        "path": operation.path,
        "security": listed(|needed| needed.scheme.word().into()),
        "safety": operation.safety.word(),
        "schemes": listed(|needed| json!({"name": needed.scheme.name, "scopes": needed.scopes})),
    });
    if operation.unconfirmed {
        row["unconfirmed"] = true.into();
    }
    if document.three_states {
        row["safetyFrom"] = operation.safety_from.as_str().into();
        row["server"] = operation.server.as_deref().into();
    }
    row
}

fn security(operation: &Operation) -> String {
    let one = |needed: &[Requirement]| match needed {
        [] => "none".to_owned(),
        needed => needed.iter().map(|needed| needed.scheme.word()).collect::<Vec<_>>().join("+"),
    };
    match operation.security.as_slice() {
        [] => one(&[]),
        alternatives => alternatives.iter().map(|needed| one(needed)).collect::<Vec<_>>().join("|"),
    }
}
