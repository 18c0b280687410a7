//! The bounds of a schema as rules that can be checked.

use openapiv3::{Schema, SchemaKind, Type as SchemaType};

use crate::codegen::model::{Bound, Bounds, Number};

/// The rules for the values of a schema itself.
pub(super) fn of(schema: &Schema) -> Vec<Bound> {
    let SchemaKind::Type(ty) = &schema.schema_kind else { return Vec::new() };
    match ty {
        SchemaType::String(text) => {
            let mut rules = counts(("MinLength", text.min_length), ("MaxLength", text.max_length));
            rules.extend(text.pattern.clone().map(Bound::Pattern));
            rules
        }
        SchemaType::Integer(number) => limits(
            (number.minimum, number.exclusive_minimum),
            (number.maximum, number.exclusive_maximum),
            number.multiple_of,
        ),
        SchemaType::Number(number) => limits(
            (number.minimum, number.exclusive_minimum),
            (number.maximum, number.exclusive_maximum),
            number.multiple_of,
        ),
        SchemaType::Array(list) => {
            let mut rules = counts(("MinItems", list.min_items), ("MaxItems", list.max_items));
            rules.extend(list.unique_items.then_some(Bound::UniqueItems));
            rules
        }
        SchemaType::Object(object) => {
            counts(("MinProperties", object.min_properties), ("MaxProperties", object.max_properties))
        }
        SchemaType::Boolean(_) => Vec::new(),
    }
}

/// The rules of a schema, and those for the values within.
pub(super) fn around(schema: &Schema, within: Bounds) -> Bounds {
    let within = Some(within).filter(|within| *within != Bounds::default()).map(Box::new);
    Bounds { rules: of(schema), within }
}

fn counts(least: (&'static str, Option<usize>), most: (&'static str, Option<usize>)) -> Vec<Bound> {
    let least = least.1.filter(|count| *count > 0).map(|count| Bound::Count(least.0, count));
    let most = most.1.map(|count| Bound::Count(most.0, count));
    least.into_iter().chain(most).collect()
}

fn limits<N: Into<Number>>(least: (Option<N>, bool), most: (Option<N>, bool), of: Option<N>) -> Vec<Bound> {
    let least_name = if least.1 { "ExclusiveMinimum" } else { "Minimum" };
    let most_name = if most.1 { "ExclusiveMaximum" } else { "Maximum" };
    let all = [(least_name, least.0), (most_name, most.0), ("MultipleOf", of)];
    all.into_iter().filter_map(|(name, number)| Some(Bound::Limit(name, number?.into()))).collect()
}
