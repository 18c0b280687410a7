//! The rules of the types that a caller builds. A macro of the core makes a method of them, or nothing where no one asked for it.

use std::collections::{BTreeMap, BTreeSet};

use super::types;
use crate::codegen::format::Fragment;
use crate::codegen::lower::used_types;
use crate::codegen::model::{
    AdditionalMembers, BodyVariant, Bound, Bounds, CallShape, Document, Field, NamedType, Number, Operation, Shape,
    Type, UnionVariant,
};

/// What emitted types have rules, and what the parameters of requests are called on the wire.
pub(super) struct Rules<'d> {
    bounded: BTreeSet<&'d str>,
    queries: BTreeMap<&'d str, &'d Operation>,
}

impl<'d> Rules<'d> {
    pub(super) fn of(document: &'d Document) -> Self {
        let types: Vec<&NamedType> = document.all_types().filter(|ty| ty.is_sent).collect();
        let own = types.iter().filter(|ty| has_own(&ty.shape));
        let mut bounded: BTreeSet<&str> = own.map(|ty| ty.name.as_str()).collect();
        loop {
            let before = bounded.len();
            for ty in &types {
                let mut named = Vec::new();
                used_types(&ty.shape, &mut named);
                if named.iter().any(|name| bounded.contains(name.as_str())) {
                    bounded.insert(&ty.name);
                }
            }
            if bounded.len() == before {
                break;
            }
        }
        let queries = document.all_operations().filter_map(|operation| match &operation.call {
            CallShape::Plain { query: Some(query), .. } => Some((query.as_str(), operation)),
            _ => None,
        });
        Rules { bounded, queries: queries.collect() }
    }

    /// What stands behind a type that a caller builds.
    pub(super) fn fragment(&self, ty: &NamedType) -> Option<Fragment> {
        if !ty.is_sent {
            return None;
        }
        let name = &ty.name;
        let text = match &ty.shape {
            Shape::Object { fields, others, rules, .. } => {
                let rows = self.members(fields.iter(), others.as_ref(), |field| &field.wire);
                format!("bounds!(value {name}, {});", self.object(&rows, others.as_ref(), rules))
            }
            Shape::Request { required, optional, others, rules } => {
                let all = required.iter().chain(optional);
                let rows = self.members(all, others.as_ref(), |field| self.on_wire(name, field));
                format!("bounds!(fields {name}, {});", self.object(&rows, others.as_ref(), rules))
            }
            Shape::Union(variants) => format!("bounds!(value {name}, {});", self.alternatives(variants)),
            Shape::Wrapper(inner, bounds) => {
                let bounds = self.value(inner, bounds).unwrap_or_else(|| bounds_of(&[], "Nothing"));
                format!("bounds!(value {name}, {bounds});")
            }
            Shape::Bodies(variants) => self.bodies(name, variants),
            _ => return None,
        };
        Some(Fragment::Text(text))
    }

    /// The name of a member where it is sent: parameters are set under the names of their setters.
    fn on_wire<'f>(&self, request: &str, field: &'f Field) -> &'f str
    where
        'd: 'f,
    {
        let styles = self.queries.get(request).map(|operation| operation.styles.iter()).into_iter().flatten();
        let mut styled = styles.filter(|parameter| parameter.key == field.wire);
        styled.next().map_or(&field.wire, |parameter| &parameter.wire)
    }

    /// Those with rules; all of them where the members that are not listed have some, which are not theirs.
    fn members<'f>(
        &self,
        fields: impl Iterator<Item = &'f Field>,
        others: Option<&AdditionalMembers>,
        on_wire: impl Fn(&'f Field) -> &'f str,
    ) -> String {
        let are_all = others.is_some_and(|others| self.value(&others.ty, &others.bounds).is_some());
        let rows = fields.filter_map(|field| {
            let own = self.value(&field.ty, &field.bounds);
            let bounds = own.or_else(|| are_all.then(|| bounds_of(&[], "Nothing")))?;
            let (key, wire) = (&field.wire, on_wire(field));
            Some(format!("    validate::Member({key:?}, {wire:?}, {bounds}),\n"))
        });
        rows.collect()
    }

    /// Members that are listed, one a line, and those that are not.
    fn object(&self, rows: &str, others: Option<&AdditionalMembers>, rules: &[Bound]) -> String {
        match (rows, others.and_then(|others| self.value(&others.ty, &others.bounds))) {
            ("", None) => bounds_of(rules, "Nothing"),
            (rows, None) => bounds_of(rules, &format!("Members(&[\n{rows}], None)")),
            (rows, Some(others)) => bounds_of(rules, &format!("Members(&[\n{rows}], Some(&{others}))")),
        }
    }

    fn alternatives(&self, variants: &[UnionVariant]) -> String {
        // All of them, since a value goes by the first that it has the sign of.
        let rows = variants.iter().map(|variant| {
            let bounds = self.value(&variant.ty, &variant.bounds).unwrap_or_else(|| bounds_of(&[], "Nothing"));
            format!("    ({}, {bounds}),\n", types::sign(&variant.sign))
        });
        bounds_of(&[], &format!("Alternatives(&[\n{}])", rows.collect::<String>()))
    }

    fn bodies(&self, name: &str, variants: &[BodyVariant]) -> String {
        let rows = variants.iter().filter_map(|variant| {
            let bounds = self.value(variant.ty.as_ref()?, &variant.bounds)?;
            Some(format!("    {} = {bounds};\n", variant.name))
        });
        format!("bounds!(bodies {name} {{\n{}}});", rows.collect::<String>())
    }

    /// The rules for values of a type, if there are any.
    fn value(&self, ty: &Type, bounds: &Bounds) -> Option<String> {
        let within = self.within(ty, bounds);
        (within.is_some() || !bounds.rules.is_empty())
            .then(|| bounds_of(&bounds.rules, within.as_deref().unwrap_or("Nothing")))
    }

    fn within(&self, ty: &Type, bounds: &Bounds) -> Option<String> {
        let none = Bounds::default();
        let inner = bounds.within.as_deref().unwrap_or(&none);
        match ty {
            Type::Nullable(ty) | Type::Boxed(ty) => self.within(ty, bounds),
            Type::List(ty) => self.value(ty, inner).map(|items| format!("Items(&{items})")),
            Type::Table(ty) => self.value(ty, inner).map(|values| format!("Values(&{values})")),
            Type::Named(name) if self.bounded.contains(name.as_str()) => {
                Some(format!("Type(<{name} as validate::Bounded>::bounds)"))
            }
            Type::Secret if !bounds.rules.is_empty() => Some("Secret".to_owned()),
            _ => None,
        }
    }
}

/// Whether a type has rules without asking other types.
fn has_own(shape: &Shape) -> bool {
    let of = |bounds: &Bounds| *bounds != Bounds::default();
    match shape {
        Shape::Object { fields, others, rules, .. } => {
            let mut others = others.iter();
            !rules.is_empty() || fields.iter().any(|field| of(&field.bounds)) || others.any(|others| of(&others.bounds))
        }
        Shape::Request { required, optional, others, rules } => {
            let (mut all, mut others) = (required.iter().chain(optional), others.iter());
            !rules.is_empty() || all.any(|field| of(&field.bounds)) || others.any(|others| of(&others.bounds))
        }
        Shape::Union(variants) => variants.iter().any(|variant| of(&variant.bounds)),
        Shape::Wrapper(_, bounds) => of(bounds),
        _ => false,
    }
}

fn bounds_of(rules: &[Bound], within: &str) -> String {
    let rules: Vec<String> = rules.iter().map(rule).collect();
    format!("validate::Bounds(&[{}], validate::Within::{within})", rules.join(", "))
}

fn rule(rule: &Bound) -> String {
    let written = match rule {
        Bound::Count(name, count) => format!("{name}({count})"),
        Bound::Limit(name, Number::Integer(number)) => format!("{name}(validate::Number::Integer({number}))"),
        Bound::Limit(name, Number::Float(number)) => format!("{name}(validate::Number::Float({number:?}))"),
        Bound::Pattern(pattern) => format!("Pattern({pattern:?})"),
        Bound::UniqueItems => "UniqueItems".to_owned(),
    };
    format!("validate::Rule::{written}")
}
