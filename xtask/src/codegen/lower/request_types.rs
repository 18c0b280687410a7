//! Which types a caller builds: those of requests, and the types inside of them.

use std::collections::BTreeSet;

use crate::codegen::model::{BodyArgument, CallShape, NamedType, Operation, Shape, Type};

/// Marks them.
pub(super) fn apply(types: &mut [NamedType], operations: &[Operation]) {
    let mut sent: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<String> = types.iter().filter(|ty| ty.is_sent).map(|ty| ty.name.clone()).collect();
    for operation in operations {
        if let CallShape::Plain { parameters, body, .. } = &operation.call {
            parameters.iter().for_each(|parameter| names(&parameter.ty, &mut next));
            body.iter().for_each(|body| taken(body, &mut next));
        }
    }
    while let Some(name) = next.pop() {
        if !sent.insert(name.clone()) {
            continue;
        }
        if let Some(ty) = types.iter().find(|ty| ty.name == name) {
            used(&ty.shape, &mut next);
        }
    }
    for ty in types {
        ty.is_sent = sent.contains(&ty.name);
    }
}

/// The types that a shape names.
pub(in crate::codegen) fn used(shape: &Shape, found: &mut Vec<String>) {
    match shape {
        Shape::Object { fields, others, .. } => {
            fields.iter().for_each(|field| names(&field.ty, found));
            others.iter().for_each(|others| names(&others.ty, found));
        }
        Shape::Request { required, optional, others, .. } => {
            required.iter().chain(optional).for_each(|field| names(&field.ty, found));
            others.iter().for_each(|others| names(&others.ty, found));
        }
        Shape::Union(variants) => variants.iter().for_each(|variant| names(&variant.ty, found)),
        Shape::Tagged { tagged, variants } => {
            found.push(tagged.common.clone());
            found.extend(variants.iter().map(|variant| variant.ty.clone()));
        }
        Shape::ByProperty(variants) => found.extend(variants.iter().map(|variant| variant.ty.clone())),
        Shape::Answers(variants) => {
            variants.iter().flat_map(|variant| variant.content.types()).for_each(|ty| names(&ty, found));
        }
        Shape::Bodies(variants) => variants.iter().filter_map(|one| one.ty.as_ref()).for_each(|ty| names(ty, found)),
        Shape::Alias(name) => found.push(name.clone()),
        Shape::Wrapper(ty, _) => names(ty, found),
        Shape::IntegerEnum { .. } | Shape::TextEnum(_) => {}
    }
}

/// The types that a body names.
pub(super) fn taken(body: &BodyArgument, found: &mut Vec<String>) {
    match body {
        BodyArgument::Members(name) => found.push(name.clone()),
        BodyArgument::Value(ty) | BodyArgument::Confidential(ty) => names(ty, found),
        BodyArgument::OneOf(name) => found.push(name.clone()),
        BodyArgument::Map(ty) => names(ty, found),
        BodyArgument::Content | BodyArgument::ContentOf => {}
    }
}

/// The types that a type names.
pub(super) fn names(ty: &Type, found: &mut Vec<String>) {
    match ty {
        Type::Named(name) => found.push(name.clone()),
        Type::List(inner) | Type::Table(inner) | Type::Nullable(inner) | Type::Boxed(inner) => names(inner, found),
        Type::Composite { plain, expanded, .. } => {
            names(plain, found);
            names(expanded, found);
        }
        _ => {}
    }
}
