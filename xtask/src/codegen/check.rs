//! Refuses a model that would lose an operation or give two things one name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, ensure};
use openapiv3::OpenAPI;

use super::emit;
use super::model::{Document, NamedType, Shape, Type};

/// Names that every emitted file imports from the core: a type of the document cannot have them.
const RESERVED: [&str; 33] = [
    "Arc",
    "BTreeMap",
    "Call",
    "Column",
    "Composite",
    "Dispatch",
    "ExtData",
    "Fields",
    "ForeignKey",
    "HasExtData",
    "HasState",
    "HasTags",
    "Id",
    "Json",
    "JsonMap",
    "Method",
    "New",
    "Operation",
    "Patch",
    "PhantomData",
    "Query",
    "RawCall",
    "Redirect",
    "Row",
    "Safety",
    "Scheme",
    "Secret",
    "Security",
    "Timestamp",
    "Wire",
    "Option",
    "String",
    "Vec",
];

/// Checks one document against what was read.
pub fn document(model: &Document, source: &OpenAPI) -> anyhow::Result<()> {
    let (read, emitted) = (source.operations().count(), model.all_operations().count());
    ensure!(read == emitted, "{}.yaml: {read} operations were read, {emitted} would be emitted", model.stem);
    unique(model, "operation id", model.all_operations().map(|operation| operation.id.as_str()))?;
    let own = ["new", "call"].into_iter();
    unique(model, "method", own.chain(model.all_operations().map(|operation| operation.rust.as_str())))?;
    unique(model, "module", model.resources.iter().map(|resource| resource.module.as_str()))?;
    names(model)?;
    for resource in &model.resources {
        let fields = resource.columns.iter().map(|column| &column.field).chain(&resource.extras);
        unique(model, &format!("field of {}", resource.name), fields.map(|field| field.rust.as_str()))?;
    }
    for ty in model.all_types() {
        type_members(model, ty)?;
    }
    Ok(())
}

fn names(model: &Document) -> anyhow::Result<()> {
    let mut all: Vec<String> = vec![model.service.clone()];
    for resource in &model.resources {
        all.push(resource.name.clone());
        if resource.write.is_some() {
            all.extend([
                format!("New{}", resource.name),
                format!("{}Patch", resource.name),
                format!("{}Write", resource.name),
            ]);
        }
    }
    all.extend(model.all_types().flat_map(emit::type_names));
    unique(model, "type", all.iter().map(String::as_str))?;
    if let Some(name) = all.iter().find(|name| RESERVED.contains(&name.as_str())) {
        bail!("{}.yaml: the type {name} has a name of the core; give it an x-rust-type", model.stem);
    }
    let known: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    for name in used(model) {
        ensure!(known.contains(name.as_str()), "{}.yaml: the type {name} is used but not made", model.stem);
    }
    Ok(())
}

fn used(model: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for resource in &model.resources {
        resource.columns.iter().for_each(|column| collect(&column.field.ty, &mut found));
    }
    for ty in model.all_types() {
        if let Shape::Object { fields, .. } = &ty.shape {
            fields.iter().for_each(|field| collect(&field.ty, &mut found));
        }
    }
    found
}

fn collect(ty: &Type, found: &mut Vec<String>) {
    match ty {
        Type::Id(name) | Type::Named(name) => found.push(name.clone()),
        Type::List(inner) | Type::Table(inner) => collect(inner, found),
        Type::Composite { plain, expanded, .. } => {
            collect(plain, found);
            collect(expanded, found);
        }
        _ => {}
    }
}

fn type_members(model: &Document, ty: &NamedType) -> anyhow::Result<()> {
    let what = format!("member of {}", ty.name);
    match &ty.shape {
        Shape::IntegerEnum(variants) => unique(model, &what, variants.iter().map(|variant| variant.name.as_str())),
        Shape::TextEnum(variants) => unique(model, &what, variants.iter().map(|variant| variant.name.as_str())),
        Shape::Object { fields, .. } => unique(model, &what, fields.iter().map(|field| field.rust.as_str())),
        Shape::Request { required, optional } => {
            unique(model, &what, required.iter().chain(optional).map(|field| field.rust.as_str()))
        }
        Shape::Tagged { variants, .. } => unique(model, &what, variants.iter().map(|variant| variant.name.as_str())),
        Shape::ByProperty(variants) => unique(model, &what, variants.iter().map(|variant| variant.name.as_str())),
    }
}

fn unique<'a>(model: &Document, what: &str, names: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *seen.entry(name).or_default() += 1;
    }
    match seen.into_iter().find(|(_, count)| *count > 1) {
        Some((name, count)) => bail!("{}.yaml: the {what} {name:?} stands {count} times", model.stem),
        None => Ok(()),
    }
}
