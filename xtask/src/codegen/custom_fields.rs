//! `cargo xtask codegen --custom-fields FILE --out FILE.rs`: the custom fields of an instance as a module of a program. Which columns of
//! a row say what, and which types hold what, is data of the document (`x-custom-fields`).

mod emit;
mod extension;
mod rows;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::load::{self, Loaded};
use super::lower;
use super::model::Document;
use crate::file;
use crate::yaml::{Foreign, Node};
use extension::CustomFieldsExtension;

/// Whether the arguments after `codegen` ask for this command.
pub(crate) fn is_meant(arguments: &[&str]) -> bool {
    arguments.contains(&"--custom-fields")
}

/// Writes the module. Fails with every row that no column can be made of.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let (source, out) = options(arguments)?;
    let name = source.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let module = module(root, &name, &file::read(&source)?)?;
    for line in &module.notes {
        file::print(format_args!("note: {line}"));
    }
    let changed = file::write_if_changed(&out, &module.text)?;
    file::print(format_args!("{} custom fields, {} files changed", module.fields, usize::from(changed)));
    Ok(())
}

fn options(arguments: &[&str]) -> anyhow::Result<(PathBuf, PathBuf)> {
    let (mut source, mut out) = (None, None);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().map(PathBuf::from).with_context(|| format!("{argument} needs a value"));
        match *argument {
            "--custom-fields" => source = Some(value()?),
            "--out" => out = Some(value()?),
            other => bail!("{other:?} is not an option of `codegen --custom-fields`"),
        }
    }
    let source = source.context("--custom-fields FILE names the rows of `customfields` as JSON")?;
    Ok((source, out.context("--out FILE.rs names the module that is written")?))
}

/// A module as text, and what there is to say of it.
pub(super) struct Module {
    pub text: String,
    pub notes: Vec<String>,
    pub fields: usize,
}

/// The module of the rows in this text.
pub(super) fn module(root: &Path, name: &str, text: &str) -> anyhow::Result<Module> {
    let (document, extension) = described(root)?;
    let unreadable = || format!("{name} is not readable as JSON");
    let Foreign(node) = serde_json::from_str(text.trim_start_matches('\u{feff}')).with_context(unreadable)?;
    let list =
        node.as_list().with_context(|| format!("{name} is not a list of rows, as a list request answers them"))?;
    let read = rows::read(list, &extension, &document);
    ensure!(read.errors.is_empty(), "{name}: {}", told(&read.errors));
    let text = emit::module(name, &document, &read)?;
    Ok(Module { text, fields: read.fields.len(), notes: read.notes })
}

fn told(errors: &[String]) -> String {
    format!("no module can be made of these rows:\n  {}", errors.join("\n  "))
}

/// The document whose table defines custom fields, and how.
fn described(root: &Path) -> anyhow::Result<(Document, CustomFieldsExtension)> {
    for loaded in load::folder(&root.join("spec"))? {
        if let Some(extension) = table(&loaded) {
            let extension = CustomFieldsExtension::read(extension, &loaded.file)?;
            return Ok((lower::lower(&loaded)?, extension));
        }
    }
    bail!("no document of spec/ says where custom fields are defined (x-custom-fields)")
}

fn table(loaded: &Loaded) -> Option<&Node> {
    let schemas = loaded.node.at(&["components", "schemas"])?.as_map()?;
    schemas.values().find_map(|schema| schema.get("x-custom-fields"))
}
