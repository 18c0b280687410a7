//! Members that a schema requires though no value could ever have them: objects that must contain each other never end. They may be
//! absent, so that what a server does send can be read, and nothing recurses without an end.

use std::collections::BTreeSet;

use crate::codegen::model::{NamedType, Shape, Type};

/// Lets members be absent that no finite value has.
pub(super) fn apply(types: &mut [NamedType]) {
    let endless = endless(types);
    for ty in types {
        if let Shape::Object { fields, .. } = &mut ty.shape {
            for field in fields.iter_mut().filter(|field| !field.is_option() && !is_finite(&field.ty, &endless)) {
                field.may_be_absent = true;
                field.description.push_str(" Required by the document, which no finite value can meet.");
            }
        }
    }
}

/// The names of types of which no value is finite.
fn endless(types: &[NamedType]) -> BTreeSet<String> {
    let mut open: BTreeSet<String> = types.iter().map(|ty| ty.name.clone()).collect();
    loop {
        let is_shown = |ty: &&NamedType| open.contains(&ty.name) && has_finite_value(&ty.shape, &open);
        let shown: Vec<&String> = types.iter().filter(is_shown).map(|ty| &ty.name).collect();
        if shown.is_empty() {
            return open;
        }
        for name in shown {
            open.remove(name);
        }
    }
}

/// Whether a type has a value that ends, if those of `open` have none.
fn has_finite_value(shape: &Shape, open: &BTreeSet<String>) -> bool {
    match shape {
        Shape::Object { fields, .. } => fields.iter().all(|field| field.is_option() || is_finite(&field.ty, open)),
        Shape::Wrapper(ty, _) => is_finite(ty, open),
        Shape::Alias(name) => !open.contains(name),
        Shape::Tagged { tagged, .. } => !open.contains(&tagged.common),
        // The others are texts and numbers, or may be something that the document does not know.
        _ => true,
    }
}

fn is_finite(ty: &Type, open: &BTreeSet<String>) -> bool {
    match ty {
        Type::Named(name) => !open.contains(name),
        Type::Boxed(inner) => is_finite(inner, open),
        _ => true,
    }
}
