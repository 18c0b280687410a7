//! Refuses a model that would lose an operation, name something that is not there, or give two things one name.

mod credentials;
mod names;

use std::collections::BTreeSet;

use anyhow::{bail, ensure};
use openapiv3::OpenAPI;

use super::emit;
use super::location::Location;
use super::model::{Answer, BodyArgument, CallShape, Document, Operation, Resource, Shape, Type};

/// Marks of the core that a record can have.
const MARKS: [&str; 2] = ["HasExtData", "HasTags"];

/// Checks one document against what was read.
pub(super) fn document(model: &Document, source: &OpenAPI) -> anyhow::Result<()> {
    let read = source.operations().count();
    let emitted = model.all_operations().count() + model.refused.len();
    ensure!(
        read == emitted,
        "{}: {read} operations were read, {emitted} would be emitted",
        Location::root(&model.file)
    );
    calls_stand_where_they_are_emitted(model)?;
    names::document(model)?;
    model.resources.iter().try_for_each(resource)?;
    everything_used_is_made(model)
}

/// Methods of a resource are verbs, those of the service are not: emission has no other place for them.
fn calls_stand_where_they_are_emitted(model: &Document) -> anyhow::Result<()> {
    let is_verb = |operation: &&Operation| matches!(operation.call, CallShape::Verb(_));
    let mut of_resources = model.resources.iter().flat_map(|resource| &resource.operations);
    let misplaced = model.operations.iter().find(is_verb).or_else(|| of_resources.find(|found| !is_verb(found)));
    match misplaced {
        Some(Operation { location, id, .. }) => bail!("{location}: {id:?} would not be emitted"),
        None => Ok(()),
    }
}

/// Checks documents against each other.
pub(super) fn all(documents: &[&Document]) -> anyhow::Result<()> {
    for (index, document) in documents.iter().enumerate() {
        let location = Location::root(&document.file).child("x-service");
        for earlier in &documents[..index] {
            let other = &earlier.file;
            ensure!(earlier.module != document.module, "{}: {other} has the same", location.child("module"));
            ensure!(earlier.accessor != document.accessor, "{}: {other} has the same", location.child("accessor"));
        }
    }
    credentials::all(documents)
}

fn resource(resource: &Resource) -> anyhow::Result<()> {
    if let Some(state) = &resource.state {
        let is_column = resource.columns.iter().any(|column| column.field.wire == *state);
        ensure!(is_column, "{}: there is no column {state:?} (x-state)", resource.location);
    }
    let mut seen = BTreeSet::new();
    for (mark, location) in &resource.markers {
        ensure!(MARKS.contains(&mark.as_str()), "{location}: the core has no mark {mark:?} (x-mark)");
        ensure!(seen.insert(mark), "{location}: the mark {mark} stands twice");
    }
    Ok(())
}

/// Every type that something refers to is emitted, too.
fn everything_used_is_made(model: &Document) -> anyhow::Result<()> {
    let records = model.resources.iter().map(|resource| resource.name.clone());
    let made: BTreeSet<String> = records.chain(model.all_types().flat_map(emit::type_names)).collect();
    for (name, location) in used(model) {
        if !made.contains(name) {
            bail!("{location}: the type {name} is used but not made");
        }
    }
    Ok(())
}

fn used(model: &Document) -> Vec<(&String, &Location)> {
    let mut found = Vec::new();
    for resource in &model.resources {
        let extras = resource.write.iter().flat_map(|write| &write.extras).map(|extra| &extra.field);
        let columns = resource.columns.iter().map(|column| &column.field);
        let fields = columns.chain(&resource.extras).chain(extras);
        fields.for_each(|field| collect(&field.ty, &field.location, &mut found));
    }
    for ty in model.all_types() {
        match &ty.shape {
            Shape::Object { fields, others, .. } => {
                fields.iter().for_each(|field| collect(&field.ty, &field.location, &mut found));
                others.iter().for_each(|others| collect(&others.ty, &ty.location, &mut found));
            }
            Shape::Request { required, optional, others, .. } => {
                required.iter().chain(optional).for_each(|field| collect(&field.ty, &field.location, &mut found));
                others.iter().for_each(|others| collect(&others.ty, &ty.location, &mut found));
            }
            Shape::Tagged { tagged, variants } => {
                found.push((&tagged.common, &ty.location));
                found.extend(variants.iter().map(|variant| (&variant.ty, &variant.location)));
            }
            Shape::Union(variants) => {
                variants.iter().for_each(|variant| collect(&variant.ty, &variant.location, &mut found));
            }
            Shape::ByProperty(variants) => {
                found.extend(variants.iter().map(|variant| (&variant.ty, &variant.location)))
            }
            Shape::Answers(variants) => {
                for variant in variants {
                    answer_types(&variant.content)
                        .into_iter()
                        .for_each(|ty| collect(ty, &variant.location, &mut found));
                }
            }
            Shape::Bodies(variants) => {
                for variant in variants {
                    variant.ty.iter().for_each(|ty| collect(ty, &variant.location, &mut found));
                }
            }
            Shape::Alias(name) => found.push((name, &ty.location)),
            Shape::Wrapper(inner, _) => collect(inner, &ty.location, &mut found),
            Shape::IntegerEnum { .. } | Shape::TextEnum(_) => {}
        }
    }
    for operation in model.all_operations() {
        if let CallShape::Plain { parameters, query, body, answer } = &operation.call {
            let location = &operation.location;
            parameters.iter().for_each(|parameter| collect(&parameter.ty, &parameter.location, &mut found));
            found.extend(query.iter().map(|name| (name, location)));
            match body {
                Some(BodyArgument::Members(name)) => found.push((name, location)),
                Some(BodyArgument::Value(ty) | BodyArgument::Confidential(ty)) => collect(ty, location, &mut found),
                Some(BodyArgument::OneOf(name)) => found.push((name, location)),
                Some(BodyArgument::Map(ty)) => collect(ty, location, &mut found),
                Some(BodyArgument::Content | BodyArgument::ContentOf) | None => {}
            }
            answer_types(answer).into_iter().for_each(|ty| collect(ty, location, &mut found));
            let pages = operation.pages.iter().map(|pages| &pages.item);
            let further = operation.events.iter().map(|events| &events.ty).chain(&operation.errors).chain(pages);
            further.for_each(|ty| collect(ty, location, &mut found));
        }
    }
    found
}

/// The types of an answer; an enum of several is looked at by itself.
fn answer_types(answer: &Answer) -> Option<&Type> {
    match answer {
        Answer::Json(ty, _) | Answer::Events(_, ty) => Some(ty),
        Answer::Optional(inner) => answer_types(inner),
        _ => None,
    }
}

fn collect<'a>(ty: &'a Type, location: &'a Location, found: &mut Vec<(&'a String, &'a Location)>) {
    match ty {
        Type::Id(name) | Type::Named(name) => found.push((name, location)),
        Type::List(inner) | Type::Table(inner) | Type::Nullable(inner) | Type::Boxed(inner) => {
            collect(inner, location, found)
        }
        Type::Composite { plain, expanded, .. } => {
            collect(plain, location, found);
            collect(expanded, location, found);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::golden::model;

    fn said(checked: anyhow::Result<()>) -> String {
        checked.unwrap_err().to_string()
    }

    #[test]
    fn an_operation_that_would_be_lost_stops_the_run() {
        let (loaded, mut lost) = model("empty-answers");
        lost.operations.clear();
        let expected = "empty-answers.yaml#: 3 operations were read, 2 would be emitted";
        assert_eq!(said(document(&lost, &loaded.document)), expected);
    }

    #[test]
    fn a_verb_stands_at_its_resource_and_a_plain_call_does_not() {
        let misplaced = |change: fn(&mut Document)| {
            let (_, mut model) = model("empty-answers");
            change(&mut model);
            said(calls_stand_where_they_are_emitted(&model))
        };
        let verb = misplaced(|model| model.operations.extend(model.resources[0].operations.pop()));
        assert!(verb.ends_with("(operation deleteRack): \"deleteRack\" would not be emitted"), "{verb}");
        let plain = misplaced(|model| model.resources[0].operations.extend(model.operations.pop()));
        assert!(plain.ends_with("(operation reset): \"reset\" would not be emitted"), "{plain}");
    }

    #[test]
    fn a_type_that_is_used_must_be_made() {
        let lost = |name: &str, said: &str| {
            assert!(said.starts_with(&format!("{name}.yaml#/")) && said.ends_with("is used but not made"), "{said}");
        };
        for name in ["json-body", "union-by-tag", "union-by-property", "query-parameters", "expandable"] {
            for index in 0..model(name).1.types.len() {
                let (loaded, mut model) = model(name);
                model.types.remove(index);
                lost(name, &said(document(&model, &loaded.document)));
            }
        }
        let (_, mut model) = model("references");
        model.resources.remove(0);
        lost("references", &said(everything_used_is_made(&model)));
    }

    #[test]
    fn two_documents_share_neither_module_nor_accessor() {
        let documents = |change: fn(&mut Document)| {
            let (_, mut other) = model("redirect");
            change(&mut other);
            all(&[&model("irregular-id").1, &other])
        };
        documents(|_| {}).unwrap();
        let expected = "redirect.yaml#/x-service/module: irregular-id.yaml has the same";
        assert_eq!(said(documents(|other| other.module = vec!["irregular_id".to_owned()])), expected);
        let expected = "redirect.yaml#/x-service/accessor: irregular-id.yaml has the same";
        assert_eq!(said(documents(|other| other.accessor = "brushes".to_owned())), expected);
    }
}
