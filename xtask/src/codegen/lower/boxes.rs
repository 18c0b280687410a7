//! Pointers where a value would contain itself, or would be large because it holds what is large twice, again and again.

use std::collections::{BTreeMap, HashMap};

use crate::codegen::model::{NamedType, Shape, Type};

/// Types whose values take more bytes than this on the stack are kept behind a pointer wherever they stand.
const LARGE: usize = 1024;
/// What a pointer, and with it a text, a list or a map, takes at most.
const SMALL: usize = 24;

/// Puts pointers where they are needed.
pub(super) fn apply(types: &mut [NamedType]) {
    let by_name: BTreeMap<String, NamedType> = types.iter().map(|ty| (ty.name.clone(), ty.clone())).collect();
    let mut sizes = Sizes { types: &by_name, known: HashMap::new(), open: Vec::new() };
    let boxed: Vec<&String> = by_name.keys().filter(|name| sizes.of_named(name) > LARGE).collect();
    for ty in types.iter_mut() {
        for inner in inner_types(&mut ty.shape) {
            put(inner, &boxed);
        }
    }
}

/// The types that stand directly in a value of this shape.
fn inner_types(shape: &mut Shape) -> Vec<&mut Type> {
    match shape {
        Shape::Object { fields, .. } => fields.iter_mut().map(|field| &mut field.ty).collect(),
        Shape::Union(variants) => variants.iter_mut().map(|variant| &mut variant.ty).collect(),
        Shape::Wrapper(ty, _) => vec![ty],
        _ => Vec::new(),
    }
}

fn put(ty: &mut Type, boxed: &[&String]) {
    match ty {
        Type::Named(name) if boxed.contains(&&*name) => *ty = Type::Boxed(Box::new(ty.clone())),
        Type::Nullable(inner) => put(inner, boxed),
        _ => {}
    }
}

struct Sizes<'a> {
    types: &'a BTreeMap<String, NamedType>,
    known: HashMap<String, usize>,
    open: Vec<String>,
}

impl Sizes<'_> {
    /// About how many bytes a value takes; one that contains itself is larger than any.
    fn of_named(&mut self, name: &str) -> usize {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(mut ty) = self.types.get(name).cloned() else { return SMALL };
        self.open.push(name.to_owned());
        let mut inner: Vec<usize> = Vec::new();
        for ty in inner_types(&mut ty.shape) {
            inner.push(self.of(ty));
        }
        self.open.pop();
        let size = match ty.shape {
            Shape::Union(_) => inner.into_iter().max().unwrap_or(0),
            _ => inner.into_iter().fold(0, usize::saturating_add),
        };
        // One type of each circle leads back to one that is still open: that one gets the pointer, and the others are finite.
        self.known.insert(name.to_owned(), size);
        size
    }

    fn of(&mut self, ty: &Type) -> usize {
        match ty {
            Type::Named(name) if self.open.contains(name) => usize::MAX,
            Type::Named(name) => match self.of_named(name) {
                size if size > LARGE => size_of::<usize>(),
                size => size,
            },
            Type::Nullable(inner) => self.of(inner),
            _ => SMALL,
        }
    }
}
