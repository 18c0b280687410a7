//! Views: the records of a resource in which one column has one value, such as invoices among business documents. Which there are the
//! documents say (`x-views`); here is what all of them share.

use std::fmt;
use std::marker::PhantomData;

use crate::fields::Fields;
use crate::model::Json;
use crate::query::{Comparison, Filter, Model, Query};
use crate::write::{New, Patch};

/// The records of a resource in which one column has one value. Emitted code implements it.
pub trait View: 'static {
    /// The records that this is a part of.
    type Record: Model;
    /// The states that these records can have; of resources whose states are the same for all, `()`.
    type State;
    /// The column that decides.
    const COLUMN: &'static str;
    /// The value that it has.
    #[doc(hidden)]
    const VALUE: Decides;
}

/// The value of a deciding column.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decides(Code);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Number(i64),
    Text(&'static str),
}

/// A number that decides.
#[doc(hidden)]
pub const fn number(number: i64) -> Decides {
    Decides(Code::Number(number))
}

/// A text that decides.
#[doc(hidden)]
pub const fn text(text: &'static str) -> Decides {
    Decides(Code::Text(text))
}

impl Decides {
    fn json(self) -> Json {
        match self.0 {
            Code::Number(number) => number.into(),
            Code::Text(text) => text.into(),
        }
    }
}

/// Numbers have one order; texts are equal or not.
fn comparison(value: &Json) -> Comparison {
    if value.is_string() { Comparison::Text } else { Comparison::Whole }
}

/// The condition that a column has one of these values.
#[doc(hidden)]
pub fn one_of<E, T: Copy + Into<Json>>(column: &str, values: &[T]) -> Filter<E> {
    let mut values: Vec<Json> = values.iter().map(|value| (*value).into()).collect();
    let comparison = values.first().map_or(Comparison::Whole, comparison);
    if values.len() == 1 {
        return Filter::leaf(column.to_owned(), "=", values.remove(0), comparison);
    }
    Filter::leaf(column.to_owned(), "IN", values.into(), comparison)
}

/// The condition that a record belongs to a view.
#[doc(hidden)]
pub fn condition<V: View>() -> Filter<V::Record> {
    let value = V::VALUE.json();
    let comparison = comparison(&value);
    Filter::leaf(V::COLUMN.to_owned(), "=", value, comparison)
}

/// The condition that a record belongs to a view and has one of these values in a column.
#[doc(hidden)]
pub fn preset<V: View, T: Copy + Into<Json>>(column: &str, values: &[T]) -> Filter<V::Record> {
    condition::<V>() & one_of(column, values)
}

/// A list request for the records of a view.
#[doc(hidden)]
pub fn query<V: View>() -> Query<V::Record> {
    Query::new().filter(condition::<V>())
}

/// The members of a record to be created that belongs to a view.
#[doc(hidden)]
pub fn fields<V: View>() -> Fields {
    let mut fields = Fields::new();
    fields.set(V::COLUMN, V::VALUE.json());
    fields
}

/// Marks the members of a record that does not exist yet and will belong to the view `V`.
pub struct NewOf<V>(#[doc(hidden)] pub PhantomData<fn() -> V>);

/// Marks the changes to a record that belongs to the view `V`.
pub struct PatchOf<V>(#[doc(hidden)] pub PhantomData<fn() -> V>);

// The marks are copied whatever the view is: derived, they would ask that of it.
impl<V> Clone for NewOf<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for NewOf<V> {}

impl<V> Clone for PatchOf<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for PatchOf<V> {}

impl<V> fmt::Debug for NewOf<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewOf")
    }
}

impl<V> fmt::Debug for PatchOf<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatchOf")
    }
}

/// What a write of records `E` may set as their state: those of a view have fewer than all.
pub trait States<E> {
    /// The states.
    type State;
}

impl<V: View> States<V::Record> for NewOf<V> {
    type State = V::State;
}

impl<V: View> States<V::Record> for PatchOf<V> {
    type State = V::State;
}

/// Writes that belong to no view, so that they may set the column that decides. It is sealed.
pub trait Whole: sealed::Whole {}

impl Whole for New {}

impl Whole for Patch {}

mod sealed {
    use crate::write::{New, Patch};

    pub trait Whole {}

    impl Whole for New {}

    impl Whole for Patch {}
}

/// Writes what makes the writes of views those of the resource.
#[doc(hidden)]
#[macro_export]
macro_rules! view_writes {
    ($write:ident of $record:ident) => {
        impl<V: $crate::View<Record = $record>> From<$write<$crate::NewOf<V>>> for $write<New> {
            fn from(new: $write<$crate::NewOf<V>>) -> Self {
                Self { fields: new.fields, purpose: PhantomData }
            }
        }

        impl<V: $crate::View<Record = $record>> From<$write<$crate::PatchOf<V>>> for $write<Patch> {
            fn from(patch: $write<$crate::PatchOf<V>>) -> Self {
                Self { fields: patch.fields, purpose: PhantomData }
            }
        }

        impl<V: $crate::View<Record = $record>> $write<$crate::PatchOf<V>> {
            /// No changes yet.
            pub fn new() -> Self {
                Self { fields: Fields::new(), purpose: PhantomData }
            }
        }

        impl<V: $crate::View<Record = $record>> $write<$crate::NewOf<V>> {
            fn bound() -> Self {
                Self { fields: $crate::view::fields::<V>(), purpose: PhantomData }
            }
        }

        impl<V: $crate::View<Record = $record>> Default for $write<$crate::PatchOf<V>> {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

/// Writes what the states of a view need: they are some of the states of all records.
#[doc(hidden)]
#[macro_export]
macro_rules! states {
    ($name:ident of $all:ident { $($state:ident),* $(,)? }) => {
        impl From<$name> for $all {
            #[inline]
            fn from(state: $name) -> Self {
                match state {
                    $($name::$state => $all::$state,)*
                }
            }
        }

        /// Only states that such a record can have.
        impl TryFrom<$all> for $name {
            type Error = $crate::model::ParseEnumError;

            #[inline]
            fn try_from(state: $all) -> Result<Self, $crate::model::ParseEnumError> {
                match state {
                    $($all::$state => Ok($name::$state),)*
                    _ => Err($crate::model::ParseEnumError::new(stringify!($name), &[$(stringify!($state)),*])),
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::query::{Column, FilterMember};

    struct Pen;
    impl Model for Pen {
        const RESOURCE: &'static str = "pens";
    }
    const INK: Column<Pen, String> = Column::new("ink");

    enum Quill {}
    impl View for Quill {
        type Record = Pen;
        type State = ();
        const COLUMN: &'static str = "kind";
        const VALUE: Decides = number(2);
    }

    enum Word {}
    impl View for Word {
        type Record = Pen;
        type State = ();
        const COLUMN: &'static str = "kind";
        const VALUE: Decides = text("reed");
    }

    fn sent(query: Query<Pen>) -> Json {
        query.into_fields(FilterMember::Filters).unwrap().object()["filters"].clone()
    }

    #[test]
    fn the_value_is_bound_on_reading_and_on_creating() {
        assert_eq!(sent(query::<Quill>()), json!({"kind": 2}));
        assert_eq!(sent(query::<Word>()), json!({"kind": "reed"}));
        assert_eq!(Json::Object(fields::<Quill>().object()), json!({"kind": 2}));
    }

    #[test]
    fn a_condition_of_the_view_is_not_said_twice() {
        let blue = condition::<Quill>() & INK.eq("blue");
        assert_eq!(sent(query::<Quill>().filter(blue.clone())), json!({"kind": 2, "ink": "blue"}));
        let both = query::<Quill>().filter(blue.clone()).filter(condition::<Quill>()).filter(INK.eq("blue"));
        assert_eq!(sent(both), json!({"kind": 2, "ink": "blue"}));
        let other = query::<Quill>().filter(condition::<Word>());
        assert_eq!(sent(other), json!({"0": ["AND", {"kind": 2}, {"kind": "reed"}]}), "what contradicts is kept");
    }

    #[test]
    fn a_preset_asks_for_one_value_or_several() {
        let one: Filter<Pen> = one_of("state", &[2]);
        let some: Filter<Pen> = one_of("state", &["dry", "full"]);
        assert_eq!((one.to_json(), some.to_json()), (json!({"state": 2}), json!({"state": {"IN": ["dry", "full"]}})));
    }

    #[test]
    fn the_marks_are_copied_though_no_view_can_be() {
        fn is_copied<T: Copy>(_: T) -> bool {
            true
        }
        assert!(is_copied(NewOf::<Quill>(PhantomData)) && is_copied(PatchOf::<Quill>(PhantomData)));
    }

    #[test]
    fn the_marks_show_no_more_than_their_names() {
        assert_eq!(format!("{:?} {:?}", NewOf::<Quill>(PhantomData), PatchOf::<Quill>(PhantomData)), "NewOf PatchOf");
    }
}
