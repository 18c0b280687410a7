//! Checks of what a caller sends against the rules of its schema, where the caller asks for them.
//!
//! The rules are data beside the emitted types. They are looked at in the JSON that would be sent, and all violations are told at once.

mod number;
mod pattern;
mod violation;

use std::collections::HashSet;

pub use crate::value_class::ValueClass;
pub use number::Number;
pub use violation::{Rule, ValidationError, Violation};

use crate::confidential;
use crate::decode::Sign;
use crate::decode::trace::{self, Step};
use crate::fields::{Fields, Value};
use crate::model::{Json, JsonMap, Wire};

/// The rules for the values of one place, and what holds for the values within.
#[doc(hidden)]
#[derive(Debug)]
pub struct Bounds(pub &'static [Rule], pub Within);

/// The values within a value.
#[doc(hidden)]
#[derive(Debug)]
pub enum Within {
    /// None that has rules.
    Nothing,
    /// The value is a secret.
    Secret,
    /// The elements of a list.
    Items(&'static Bounds),
    /// The values of a map.
    Values(&'static Bounds),
    /// The members of an object that are listed, and all others.
    Members(&'static [Member], Option<&'static Bounds>),
    /// What the first sign says that the value has.
    Alternatives(&'static [(Sign, Bounds)]),
    /// What holds for this type.
    Type(fn() -> &'static Bounds),
}

/// A member: the name under which it is set, its name on the wire, and what holds for it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Member(pub &'static str, pub &'static str, pub Bounds);

/// An emitted type with rules.
#[doc(hidden)]
pub trait Bounded {
    /// The rules for its values.
    fn bounds() -> &'static Bounds;
}

/// Checks the members of a request.
///
/// # Errors
/// When rules are violated.
#[doc(hidden)]
pub fn fields(fields: &Fields, bounds: &'static Bounds) -> Result<(), ValidationError> {
    let mut walk = Walk::default();
    walk.rules(bounds, &|rule| rule.fits_members(fields.names().count()), ValueClass::Object);
    if let Within::Members(members, others) = bounds.1 {
        for (key, value) in fields.values() {
            let listed = members.iter().find(|member| member.0 == key);
            let name = listed.map_or(key, |member| member.1);
            let Some(bounds) = listed.map(|member| &member.2).or(others) else { continue };
            walk.within(Step::Member(name.to_owned()), |walk| match value {
                Value::Plain(value) => walk.value(value, bounds),
                Value::Secret(secret) => walk.value(&secret.expose().into(), bounds),
                Value::Confidential(value) => walk.value(&value.sent(), bounds),
                Value::Files(_) | Value::Encoded => {}
            });
        }
    }
    walk.finish()
}

/// Checks a value as it would be sent.
///
/// # Errors
/// When rules are violated.
#[doc(hidden)]
pub fn value(value: &impl Wire, bounds: &'static Bounds) -> Result<(), ValidationError> {
    let mut walk = Walk::default();
    walk.value(&confidential::sent(value), bounds);
    walk.finish()
}

/// The way through one value.
#[derive(Default)]
struct Walk {
    path: Vec<Step>,
    found: Vec<Violation>,
}

impl Walk {
    fn value(&mut self, value: &Json, bounds: &'static Bounds) {
        match (value, &bounds.1) {
            // Whether a value may be null is a question of its type.
            (Json::Null, _) => return,
            (_, Within::Type(of)) => self.value(value, of()),
            (_, Within::Alternatives(all)) => {
                if let Some((_, bounds)) = all.iter().find(|(sign, _)| sign.fits(value)) {
                    self.value(value, bounds);
                }
            }
            (Json::Array(list), Within::Items(items)) => {
                for (index, item) in list.iter().enumerate() {
                    self.within(Step::Index(index), |walk| walk.value(item, items));
                }
            }
            (Json::Object(map), Within::Values(values)) => self.members(map, &[], Some(values)),
            (Json::Object(map), Within::Members(listed, others)) => self.members(map, listed, *others),
            _ => {}
        }
        let class = if matches!(bounds.1, Within::Secret) { ValueClass::Secret } else { ValueClass::of(value) };
        self.rules(bounds, &|rule| rule.fits(value), class);
    }

    fn members(&mut self, map: &JsonMap, listed: &'static [Member], others: Option<&'static Bounds>) {
        for (name, value) in map {
            let bounds = listed.iter().find(|member| member.1 == name).map(|member| &member.2).or(others);
            if let Some(bounds) = bounds {
                self.within(Step::Member(name.clone()), |walk| walk.value(value, bounds));
            }
        }
    }

    fn within(&mut self, step: Step, check: impl FnOnce(&mut Self)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn rules(&mut self, bounds: &'static Bounds, fits: &dyn Fn(&Rule) -> bool, class: ValueClass) {
        let violated = bounds.0.iter().filter(|rule| !fits(rule));
        let found = violated.map(|rule| Violation::new(self.path(), *rule, class));
        self.found.extend(found.collect::<Vec<_>>());
    }

    /// As errors of decoding write it: `$.lines[3].amount`.
    fn path(&self) -> String {
        trace::written(self.path.iter())
    }

    fn finish(self) -> Result<(), ValidationError> {
        if self.found.is_empty() { Ok(()) } else { Err(ValidationError::new(self.found)) }
    }
}

impl Rule {
    /// Whether a value keeps to it. A rule for values of another type says nothing.
    fn fits(&self, value: &Json) -> bool {
        match value {
            Json::String(text) => self.fits_text(text),
            Json::Number(number) => self.fits_number(number),
            Json::Array(list) => self.fits_list(list),
            Json::Object(map) => self.fits_members(map.len()),
            Json::Null | Json::Bool(_) => true,
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        match self {
            Rule::MinLength(least) => text.chars().count() as u64 >= *least,
            Rule::MaxLength(most) => text.chars().count() as u64 <= *most,
            Rule::Pattern(pattern) => pattern::fits(pattern, text),
            _ => true,
        }
    }

    fn fits_number(&self, number: &serde_json::Number) -> bool {
        match self {
            Rule::Minimum(least) => least.order(number).is_none_or(|order| order.is_le()),
            Rule::ExclusiveMinimum(least) => least.order(number).is_none_or(|order| order.is_lt()),
            Rule::Maximum(most) => most.order(number).is_none_or(|order| order.is_ge()),
            Rule::ExclusiveMaximum(most) => most.order(number).is_none_or(|order| order.is_gt()),
            Rule::MultipleOf(of) => of.divides(number),
            _ => true,
        }
    }

    fn fits_list(&self, list: &[Json]) -> bool {
        match self {
            Rule::MinItems(least) => list.len() as u64 >= *least,
            Rule::MaxItems(most) => list.len() as u64 <= *most,
            Rule::UniqueItems => {
                let mut seen = HashSet::new();
                list.iter().all(|item| seen.insert(canonical(item)))
            }
            _ => true,
        }
    }

    fn fits_members(&self, count: usize) -> bool {
        match self {
            Rule::MinProperties(least) => count as u64 >= *least,
            Rule::MaxProperties(most) => count as u64 <= *most,
            _ => true,
        }
    }
}

/// A text that equal values have in common: members in the order of their names, whole numbers without a fraction.
fn canonical(value: &Json) -> String {
    match value {
        Json::Number(number) => Number::canonical(number),
        Json::Array(list) => format!("[{}]", list.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Json::Object(map) => {
            let mut members: Vec<(&String, &Json)> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.iter().map(|(name, value)| format!("{name:?}:{}", canonical(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// Writes the rules of an emitted type and the method that checks them: of the members of a request, of a value, or of several bodies.
#[doc(hidden)]
#[macro_export]
macro_rules! bounds {
    (fields $name:ident, $bounds:expr) => {
        $crate::bounds!(@of $name, $bounds);

        impl $name {
            /// Holds the members that are set against the bounds and patterns of the document, as far as they are documented.
            ///
            /// # Errors
            /// When members violate them: all violations at once.
            pub fn validate(&self) -> Result<(), $crate::validate::ValidationError> {
                $crate::validate::fields(&self.fields, <Self as $crate::validate::Bounded>::bounds())
            }
        }
    };
    (value $name:ident, $bounds:expr) => {
        $crate::bounds!(@of $name, $bounds);

        impl $name {
            /// Holds the value, as it would be sent, against the bounds and patterns of the document.
            ///
            /// # Errors
            /// When it violates them: all violations at once.
            pub fn validate(&self) -> Result<(), $crate::validate::ValidationError> {
                $crate::validate::value(self, <Self as $crate::validate::Bounded>::bounds())
            }
        }
    };
    (bodies $name:ident { $($variant:ident = $bounds:expr;)* }) => {
        impl $name {
            /// Holds the body that was chosen against the bounds and patterns of the document. Text and bytes have none.
            ///
            /// # Errors
            /// When it violates them: all violations at once.
            pub fn validate(&self) -> Result<(), $crate::validate::ValidationError> {
                #[allow(unused_imports)]
                use $crate::validate;
                match self {
                    $(Self::$variant(body) => {
                        static BOUNDS: validate::Bounds = $bounds;
                        validate::value(body, &BOUNDS)
                    })*
                    #[allow(unreachable_patterns)]
                    _ => Ok(()),
                }
            }
        }
    };
    (@of $name:ident, $bounds:expr) => {
        impl $crate::validate::Bounded for $name {
            fn bounds() -> &'static $crate::validate::Bounds {
                use $crate::validate;
                static BOUNDS: validate::Bounds = $bounds;
                &BOUNDS
            }
        }
    };
}

#[cfg(test)]
mod tests;
