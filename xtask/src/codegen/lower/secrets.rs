//! Secrets below the top of a request: which members and bodies hold them, and where none may stand.

use std::collections::BTreeSet;

use super::refusal::Refused;
use super::request_types;
use crate::codegen::model::{BodyArgument, CallShape, Field, NamedType, Operation, Shape, Type};

/// The types that hold a secret somewhere.
pub(super) fn holders(types: &[NamedType]) -> BTreeSet<String> {
    let holds = |ty: &&NamedType| fields(&ty.shape).any(|field| is_secret(&field.ty)) || inside(&ty.shape);
    let mut holders: BTreeSet<String> = types.iter().filter(holds).map(|ty| ty.name.clone()).collect();
    loop {
        let before = holders.len();
        for ty in types {
            let mut named = Vec::new();
            request_types::used(&ty.shape, &mut named);
            if named.iter().any(|name| holders.contains(name)) {
                holders.insert(ty.name.clone());
            }
        }
        if holders.len() == before {
            return holders;
        }
    }
}

/// Why a call of this operation would lose a secret: an address is not a place for one, and a header has no form for several.
pub(super) fn refused(operation: &Operation, types: &[NamedType], holders: &BTreeSet<String>) -> Option<Refused> {
    let CallShape::Plain { parameters, query, .. } = &operation.call else { return None };
    if let Some(parameter) = parameters.iter().find(|parameter| is_lost(&parameter.ty, holders)) {
        return Some(Refused::new("a secret in a path", &parameter.location));
    }
    let requests = types.iter().filter(|ty| query.as_ref() == Some(&ty.name));
    let mut all = requests.flat_map(|ty| fields(&ty.shape));
    let lost = all.find(|field| field.ty != Type::Secret && is_lost(&field.ty, holders))?;
    Some(Refused::new("a secret inside a parameter", &lost.location))
}

/// Marks members and bodies with secrets inside of them: they are written when the request is sent.
pub(super) fn mark(types: &mut [NamedType], operations: &mut [Operation], holders: &BTreeSet<String>) {
    for ty in types {
        let Shape::Request { required, optional, .. } = &mut ty.shape else { continue };
        for field in required.iter_mut().chain(optional) {
            field.holds_secrets = field.ty != Type::Secret && is_lost(&field.ty, holders);
        }
    }
    for operation in operations {
        if let CallShape::Plain { body: Some(taken), .. } = &mut operation.call
            && let BodyArgument::Value(ty) = taken
            && is_lost(ty, holders)
        {
            *taken = BodyArgument::Confidential(ty.clone());
        }
    }
}

fn is_lost(ty: &Type, holders: &BTreeSet<String>) -> bool {
    let mut named = Vec::new();
    request_types::names(ty, &mut named);
    is_secret(ty) || named.iter().any(|name| holders.contains(name))
}

fn is_secret(ty: &Type) -> bool {
    match ty {
        Type::Secret => true,
        Type::List(inner) | Type::Table(inner) | Type::Nullable(inner) | Type::Boxed(inner) => is_secret(inner),
        _ => false,
    }
}

/// Whether values that are not a field are secrets.
fn inside(shape: &Shape) -> bool {
    match shape {
        Shape::Union(variants) => variants.iter().any(|variant| is_secret(&variant.ty)),
        Shape::Wrapper(ty, _) => is_secret(ty),
        Shape::Object { others: Some(others), .. } | Shape::Request { others: Some(others), .. } => {
            is_secret(&others.ty)
        }
        _ => false,
    }
}

fn fields(shape: &Shape) -> impl Iterator<Item = &Field> {
    let (all, more): (&[Field], &[Field]) = match shape {
        Shape::Object { fields, .. } => (fields, &[]),
        Shape::Request { required, optional, .. } => (required, optional),
        _ => (&[], &[]),
    };
    all.iter().chain(more)
}
