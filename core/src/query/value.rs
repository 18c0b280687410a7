//! Types that columns can have, and what null does to them.

use super::Model;
use crate::model::{Composite, Custom, CustomValue, Decimal, Id, Json, JsonMap, Timestamp, Wire};
use crate::secret::Secret;

/// A type of a column. `Plain` is the same type without null: what it is compared with.
pub trait Value {
    /// The type without null.
    type Plain: Value<Plain = Self::Plain>;

    /// What a comparison with a value of the type means.
    #[doc(hidden)]
    const COMPARISON: Comparison = Comparison::Structured;
}

/// What a comparison with a value of a type means, here and on the server.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Whole numbers have one order.
    Whole,
    /// Texts are equal or not; their order is that of a language.
    Text,
    /// What is equal depends on how a number was rounded.
    Float,
    /// JSON, files and secrets.
    Structured,
    /// A comparison that was written by hand: nothing is known of its column.
    Raw,
}

/// Types on which text operators work. It is sealed.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not a text",
    note = "patterns are for columns of texts; others are compared by `eq`, `lt`, `one_of` ..."
)]
pub trait Text: Value + sealed::Text {}

/// Types of columns that can be added up. It is sealed.
pub trait Number: Value + sealed::Number {}

impl<T: Number> Number for Option<T> {}

/// Types of columns whose content is answered on request. It is sealed.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot be expanded",
    label = "it has no content of its own",
    note = "columns of a `Composite` can be expanded: alone, in a list, or as texts by name"
)]
pub trait Contains: sealed::Contains {}

impl<P, T> Contains for Composite<P, T> {}

impl<P, T> Contains for Option<Composite<P, T>> {}

mod sealed {
    use super::Model;
    use crate::model::{Composite, Custom, Decimal, Id};

    pub trait Contains {}

    impl<P, T> Contains for Composite<P, T> {}

    impl<P, T> Contains for Option<Composite<P, T>> {}

    pub trait Number {
        /// Whether no server holds the values against their type: what is not a number is none.
        const IS_CUSTOM: bool = false;
    }

    impl Number for i64 {}

    impl Number for f64 {}

    impl Number for Custom<Decimal> {
        const IS_CUSTOM: bool = true;
    }

    #[cfg(feature = "rust_decimal")]
    impl Number for rust_decimal::Decimal {}

    impl<T: Number> Number for Option<T> {
        const IS_CUSTOM: bool = T::IS_CUSTOM;
    }

    pub trait Text {}

    impl Text for String {}

    impl Text for Custom<String> {}

    impl<T: Text> Text for Option<T> {}

    pub trait Reference {}

    impl<E: Model> Reference for Id<E> {}

    impl<E: Model> Reference for Option<Id<E>> {}
}

macro_rules! plain_values {
    ($($type:ty: $comparison:ident),*) => {
        $(impl Value for $type {
            type Plain = $type;
            const COMPARISON: Comparison = Comparison::$comparison;
        })*
    };
}

plain_values!(i64: Whole, bool: Whole, Timestamp: Whole, String: Text, f64: Float);
plain_values!(Secret: Structured, Json: Structured, JsonMap: Structured);

impl Text for String {}

impl Text for Custom<String> {}

impl Number for i64 {}

impl Number for f64 {}

impl Number for Custom<Decimal> {}

#[cfg(feature = "rust_decimal")]
impl Number for rust_decimal::Decimal {}

#[cfg(feature = "rust_decimal")]
plain_values!(rust_decimal::Decimal: Float);

impl<T: CustomValue> Value for Custom<T> {
    type Plain = Custom<T>;
    const COMPARISON: Comparison = Comparison::Text;
}

impl<T> Value for Id<T> {
    type Plain = Id<T>;
    const COMPARISON: Comparison = Comparison::Whole;
}

impl<P, T> Value for Composite<P, T> {
    type Plain = Composite<P, T>;
}

impl<T: Wire> Value for Vec<T> {
    type Plain = Vec<T>;
}

impl<V: Wire> Value for std::collections::BTreeMap<String, V> {
    type Plain = std::collections::BTreeMap<String, V>;
}

impl<T: Value> Value for Option<T> {
    type Plain = T::Plain;
    const COMPARISON: Comparison = T::COMPARISON;
}

impl<T: Text> Text for Option<T> {}

/// Types of foreign keys: behind a key that can be null, every column can be null. It is sealed.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` leads to no other record",
    note = "a path begins with a foreign key, such as `ticket::ACCOUNT.then(account::LASTNAME)`"
)]
pub trait Reference: sealed::Reference {
    /// The record that the key points to.
    type Target: Model;
    /// A column of the target, seen through this key.
    type Through<U: Value>: Value;
}

impl<E: Model> Reference for Id<E> {
    type Target = E;
    type Through<U: Value> = U;
}

impl<E: Model> Reference for Option<Id<E>> {
    type Target = E;
    type Through<U: Value>
        = Option<U::Plain>
    where
        U::Plain: Value;
}
