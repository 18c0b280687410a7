//! Types that columns can have, and what null does to them.

use super::Record;
use crate::model::{Composite, Id, Json, JsonMap, Timestamp, Wire};
use crate::secret::Secret;

/// A type of a column. `Plain` is the same type without null: what it is compared with.
pub trait Value {
    /// The type without null.
    type Plain: Value<Plain = Self::Plain>;
}

/// Types on which text operators work. It is sealed.
pub trait Text: Value + sealed::Text {}

mod sealed {
    use super::Record;
    use crate::model::Id;

    pub trait Text {}

    impl Text for String {}

    impl<T: Text> Text for Option<T> {}

    pub trait Reference {}

    impl<E: Record> Reference for Id<E> {}

    impl<E: Record> Reference for Option<Id<E>> {}
}

macro_rules! plain_values {
    ($($type:ty),*) => {
        $(impl Value for $type {
            type Plain = $type;
        })*
    };
}

plain_values!(i64, f64, bool, String, Timestamp, Secret, Json, JsonMap);

impl Text for String {}

impl<T> Value for Id<T> {
    type Plain = Id<T>;
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
}

impl<T: Text> Text for Option<T> {}

/// Types of foreign keys: behind a key that can be null, every column can be null. It is sealed.
pub trait Reference: sealed::Reference {
    /// The record that the key points to.
    type Target: Record;
    /// A column of the target, seen through this key.
    type Through<U: Value>: Value;
}

impl<E: Record> Reference for Id<E> {
    type Target = E;
    type Through<U: Value> = U;
}

impl<E: Record> Reference for Option<Id<E>> {
    type Target = E;
    type Through<U: Value>
        = Option<U::Plain>
    where
        U::Plain: Value;
}
