//! Names: each is one of Rust, none is taken twice, and none hides something that emitted files use.

use std::collections::BTreeMap;

use anyhow::ensure;

use crate::codegen::emit;
use crate::codegen::location::Location;
use crate::codegen::lower::is_identifier;
use crate::codegen::model::{BodyArgument, CallShape, Document, Field, NamedType, Operation, Resource, Set, Shape};
use crate::codegen::reserved::{CONSTANTS, MODULES, OF_OPEN_WRITE, OF_SERVICE, OF_VIEW, OF_WRITE, TYPES};

/// Names of one kind that must differ.
struct Names {
    what: String,
    /// What is there already.
    own: &'static [&'static str],
    /// What gives it another name.
    repair: &'static str,
    seen: BTreeMap<String, Location>,
}

impl Names {
    fn new(what: impl Into<String>, repair: &'static str) -> Self {
        Names { what: what.into(), own: &[], repair, seen: BTreeMap::new() }
    }

    fn beside(self, own: &'static [&'static str]) -> Self {
        Names { own, ..self }
    }

    fn take(&mut self, name: &str, location: &Location) -> anyhow::Result<()> {
        let Names { what, own, repair, seen } = self;
        ensure!(is_identifier(name), "{location}: {name:?} cannot be the name of a {what}; give it {repair}");
        ensure!(
            !own.contains(&name),
            "{location}: the {what} {name:?} would hide one that is always there; give it {repair}"
        );
        if let Some(earlier) = seen.insert(name.to_owned(), location.clone()) {
            let earlier = earlier.pointer();
            anyhow::bail!("{location}: the {what} {name:?} is already taken at {earlier}; give one of them {repair}");
        }
        Ok(())
    }
}

/// Checks all names of a document.
pub(super) fn document(model: &Document) -> anyhow::Result<()> {
    let location = Location::root(&model.file).child("x-service");
    for word in &model.module {
        Names::new("module", "another one").take(word, &location.child("module"))?;
    }
    types(model, &location.child("type"))?;
    let mut methods = Names::new("method", "an x-rust-name").beside(&OF_SERVICE);
    for operation in model.all_operations() {
        methods.take(&operation.rust, &operation.location)?;
        if let Some(events) = &operation.events {
            methods.take(&events.rust, &operation.location)?;
        }
        arguments(operation)?;
    }
    constants(&model.operations, &mut Names::new("constant", "an x-rust-name").beside(&CONSTANTS))?;
    let mut modules = Names::new("module", "an x-rust-type").beside(&MODULES);
    for resource in &model.resources {
        modules.take(&resource.module, &resource.location)?;
        of_resource(resource)?;
    }
    model.all_types().try_for_each(members)
}

fn types(model: &Document, service: &Location) -> anyhow::Result<()> {
    let mut types = Names::new("type", "an x-rust-type").beside(TYPES);
    types.take(&model.service, service)?;
    for Resource { name, write, location, .. } in &model.resources {
        types.take(name, location)?;
        if write.is_some() {
            for derived in [format!("New{name}"), format!("{name}Patch"), format!("{name}Write")] {
                types.take(&derived, location)?;
            }
        }
    }
    for (name, location) in model.resources.iter().flat_map(emit::view_names) {
        types.take(&name, location)?;
    }
    for text in &model.texts {
        types.take(&text.name, &text.location)?;
    }
    for targets in &model.targets {
        types.take(&targets.name, &targets.location)?;
    }
    for ty in model.all_types() {
        emit::type_names(ty).iter().try_for_each(|name| types.take(name, &ty.location))?;
    }
    Ok(())
}

/// Arguments of the method of an operation.
fn arguments(operation: &Operation) -> anyhow::Result<()> {
    let CallShape::Plain { parameters, query, body, .. } = &operation.call else { return Ok(()) };
    let mut arguments = Names::new("argument", "an x-rust-name");
    for name in query.iter().map(|_| "query").chain(body.iter().map(BodyArgument::argument)) {
        arguments.take(name, &operation.location)?;
    }
    parameters.iter().try_for_each(|parameter| arguments.take(&parameter.rust, &parameter.location))
}

fn constants(operations: &[Operation], names: &mut Names) -> anyhow::Result<()> {
    operations.iter().try_for_each(|operation| names.take(&operation.constant, &operation.location))
}

fn of_resource(resource: &Resource) -> anyhow::Result<()> {
    let columns = resource.columns.iter().map(|column| &column.field);
    fields(columns.chain(&resource.extras), &mut Names::new("field", "an x-rust-name"))?;
    let mut names = Names::new("constant", "an x-rust-name").beside(&CONSTANTS);
    constants(&resource.operations, &mut names)?;
    for column in &resource.columns {
        names.take(&column.constant, &column.field.location)?;
    }
    for view in resource.views.iter().flat_map(|views| &views.views) {
        let mut presets = Names::new("preset", "another name").beside(&OF_VIEW);
        view.presets.iter().try_for_each(|preset| presets.take(&preset.name, &preset.location))?;
    }
    let mut functions = Names::new("function", "another name").beside(&["query"]);
    resource.pairs.iter().try_for_each(|pair| functions.take(&pair.name, &pair.location))?;
    let Some(write) = &resource.write else { return Ok(()) };
    let settable = resource.columns.iter().filter(|column| column.set != Set::Never).map(|column| &column.field);
    let all = settable.chain(write.extras.iter().map(|extra| &extra.field));
    let mut setters = Names::new("setter", "an x-rust-name").beside(&OF_WRITE);
    fields(all, &mut setters)?;
    for pair in &resource.pairs {
        setters.take(&pair.name, &pair.location)?;
        pair.clearing().map_or(Ok(()), |name| setters.take(&name, &pair.location))?;
    }
    Ok(())
}

fn fields<'f>(mut fields: impl Iterator<Item = &'f Field>, names: &mut Names) -> anyhow::Result<()> {
    fields.try_for_each(|field| names.take(&field.rust, &field.location))
}

/// Fields and variants of a type.
fn members(ty: &NamedType) -> anyhow::Result<()> {
    let mut variants = Names::new("variant", "another name").beside(&["Unknown"]);
    match &ty.shape {
        Shape::Object { fields: all, others, .. } => {
            let own: &[&str] = match others {
                Some(others) if others.is_any() => &["unknown"],
                Some(_) => &["additional"],
                None => &[],
            };
            fields(all.iter(), &mut Names::new("field", "an x-rust-name").beside(own))
        }
        Shape::Request { required, optional, others, .. } => {
            let own: &[&str] = if others.is_some() { &OF_OPEN_WRITE } else { &OF_WRITE };
            fields(required.iter().chain(optional), &mut Names::new("setter", "an x-rust-name").beside(own))
        }
        Shape::IntegerEnum { variants: all, .. } => {
            all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location))
        }
        Shape::TextEnum(all) => all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location)),
        Shape::Tagged { variants: all, .. } => {
            all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location))
        }
        Shape::Answers(all) => all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location)),
        Shape::Bodies(all) => all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location)),
        Shape::Alias(_) | Shape::Wrapper(..) => Ok(()),
        Shape::Union(all) => all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location)),
        Shape::ByProperty(all) => all.iter().try_for_each(|variant| variants.take(&variant.name, &variant.location)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::golden::model;
    use crate::file;

    /// Every name at the end of an import.
    fn imported(tree: &syn::UseTree, names: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => imported(&path.tree, names),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| imported(tree, names)),
            syn::UseTree::Name(name) => names.push(name.ident.to_string()),
            _ => panic!("an import that is not understood"),
        }
    }

    #[test]
    fn every_name_that_emitted_files_import_is_reserved() {
        let prelude = file::read(&file::root().join("core/src/emitted.rs")).unwrap();
        let mut names = Vec::new();
        for item in syn::parse_file(&prelude).unwrap().items {
            let syn::Item::Use(item) = item else { continue };
            imported(&item.tree, &mut names);
        }
        assert!(names.len() > 30);
        for name in names {
            let is_macro = name.starts_with(char::is_lowercase) && name != "kind";
            let reserved = TYPES.contains(&name.as_str()) || MODULES.contains(&name.as_str());
            assert!(is_macro || reserved, "a document could make a type {name}");
        }
    }

    #[test]
    fn names_derived_from_a_record_are_taken() {
        for name in ["NewPen", "PenPatch", "PenWrite"] {
            let (_, mut model) = model("tags-added-and-removed");
            model.service = name.to_owned();
            let said = document(&model).unwrap_err().to_string();
            let location = "tags-added-and-removed.yaml#/components/schemas/pens (operation updatePen)";
            let taken = format!("the type {name:?} is already taken at #/x-service/type");
            assert_eq!(said, format!("{location}: {taken}; give one of them an x-rust-type"));
        }
    }

    #[test]
    fn the_module_of_a_service_is_a_name() {
        let (_, mut model) = model("redirect");
        model.module = vec!["sign post".to_owned()];
        let said = document(&model).unwrap_err().to_string();
        assert!(said.starts_with("redirect.yaml#/x-service/module: \"sign post\" cannot be"), "{said}");
    }
}
