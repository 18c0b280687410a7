//! Secrets that a request cannot write: those below the top of a body, and those in a path. Members of nested objects become JSON
//! before the call is filled, and a secret has no JSON.

use std::collections::BTreeSet;

use super::refusal::Refused;
use super::sent;
use crate::codegen::model::{CallShape, Field, NamedType, Operation, Shape, Taken, Type};

/// The types that hold a secret somewhere.
pub fn holders(types: &[NamedType]) -> BTreeSet<String> {
    let holds = |ty: &&NamedType| fields(&ty.shape).any(|field| is_secret(&field.ty)) || of_union(&ty.shape);
    let mut holders: BTreeSet<String> = types.iter().filter(holds).map(|ty| ty.name.clone()).collect();
    loop {
        let before = holders.len();
        for ty in types {
            let mut named = Vec::new();
            sent::used(&ty.shape, &mut named);
            if named.iter().any(|name| holders.contains(name)) {
                holders.insert(ty.name.clone());
            }
        }
        if holders.len() == before {
            return holders;
        }
    }
}

/// Why a call of this operation would lose a secret.
pub fn refused(operation: &Operation, types: &[NamedType], holders: &BTreeSet<String>) -> Option<Refused> {
    let CallShape::Plain { parameters, query, body, .. } = &operation.call else { return None };
    if let Some(parameter) = parameters.iter().find(|parameter| is_lost(&parameter.ty, holders)) {
        return Some(Refused::new("a secret in a path", &parameter.place));
    }
    if let Some(Taken::Value(ty)) = body
        && is_lost(ty, holders)
    {
        return Some(Refused::new("a secret inside a body that is one value", &operation.place));
    }
    let members = match body {
        Some(Taken::Members(name)) => Some(name),
        _ => None,
    };
    let requests = types.iter().filter(|ty| query.as_ref() == Some(&ty.name) || members == Some(&ty.name));
    let mut all = requests.flat_map(|ty| fields(&ty.shape));
    let lost = all.find(|field| field.ty != Type::Secret && is_lost(&field.ty, holders))?;
    Some(Refused::new("a secret inside a member of a request", &lost.place))
}

fn is_lost(ty: &Type, holders: &BTreeSet<String>) -> bool {
    let mut named = Vec::new();
    sent::names(ty, &mut named);
    is_secret(ty) || named.iter().any(|name| holders.contains(name))
}

fn is_secret(ty: &Type) -> bool {
    match ty {
        Type::Secret => true,
        Type::List(inner) | Type::Table(inner) | Type::Nullable(inner) | Type::Boxed(inner) => is_secret(inner),
        _ => false,
    }
}

fn of_union(shape: &Shape) -> bool {
    matches!(shape, Shape::Union(variants) if variants.iter().any(|variant| is_secret(&variant.ty)))
}

fn fields(shape: &Shape) -> impl Iterator<Item = &Field> {
    let (all, more): (&[Field], &[Field]) = match shape {
        Shape::Object { fields, .. } => (fields, &[]),
        Shape::Request { required, optional } => (required, optional),
        _ => (&[], &[]),
    };
    all.iter().chain(more)
}
