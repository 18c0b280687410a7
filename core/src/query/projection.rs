//! Rows of the caller's own shape: the fields are checked against the columns that fill them.

use std::fmt;

use serde::de::DeserializeOwned;

use super::stored::Selected;
use super::{Column, Model};
use crate::maybe_send::MaybeSend;
use crate::model::{Json, JsonMap};
use crate::redact;

/// What a list of the records `E` can be read into: the record itself, or a projection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of `{E}`",
    label = "this lists other records",
    note = "a list of `{E}` takes a query of `{E}`; its rows are the records themselves, a `projection!` of them, or a `JsonRow`"
)]
pub trait Row<E>: DeserializeOwned + MaybeSend + 'static {
    /// The columns that it has.
    #[doc(hidden)]
    fn selected() -> Selected {
        Selected::All
    }
}

impl<E: Model + DeserializeOwned + MaybeSend> Row<E> for E {}

/// A row with chosen columns, made by [`projection!`](crate::projection).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection of `{E}`",
    label = "not made by `projection!` from `{E}`",
    note = "the macro `projection!` makes one; without `select` the rows are whole records"
)]
pub trait Projection<E>: DeserializeOwned + MaybeSend + 'static {
    /// The member `fields` of a list request in the order of declaration: name of the field, path of the column.
    fn fields() -> Vec<(String, Json)>;
}

/// A row without a type: the members as the server names them, by index too.
///
/// ```
/// use zeyos_core::query::JsonRow;
///
/// let row: JsonRow = serde_json::from_str(r#"{"name": "Seal", "account.lastname": "Pumps Ltd"}"#)?;
/// assert_eq!((&row["account.lastname"], row["stock"].is_null(), row.get("stock")), (&"Pumps Ltd".into(), true, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct JsonRow(pub JsonMap);

/// Without values that are secrets by name, at any depth.
impl fmt::Debug for JsonRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JsonRow").field(&redact::members(&self.0)).finish()
    }
}

impl<'de> serde::Deserialize<'de> for JsonRow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        JsonMap::deserialize(deserializer).map(JsonRow)
    }
}

impl<E: Model> Row<E> for JsonRow {
    fn selected() -> Selected {
        Selected::Any
    }
}

impl JsonRow {
    /// The member of this name; `None` where the server sent none.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }
}

/// The member of this name; null where the server sent none, as with any JSON. [`get`](JsonRow::get) tells the two apart.
impl std::ops::Index<&str> for JsonRow {
    type Output = Json;

    fn index(&self, name: &str) -> &Json {
        const NULL: &Json = &Json::Null;
        self.0.get(name).unwrap_or(NULL)
    }
}

/// The path of a column whose values fit into `F`.
#[doc(hidden)]
pub fn fits<E, F, K>(column: Column<E, F, K>) -> Json {
    column.path().into()
}

/// Declares a struct for the rows of a list, with the column that fills each field.
///
/// ```
/// # #![allow(unused)]
/// # use zeyos_core as zeyos;
/// # use zeyos_core::query::{Column, ForeignKey, HasState, Model};
/// # use zeyos_core::{Composite, Id, Query, Timestamp};
/// # #[derive(Debug)]
/// # pub struct Ticket;
/// # impl Model for Ticket {
/// #     const RESOURCE: &'static str = "tickets";
/// # }
/// # impl HasState for Ticket {
/// #     const STATE: &'static str = "visibility";
/// # }
/// # impl Ticket {
/// #     fn query() -> Query<Ticket> {
/// #         Query::new()
/// #     }
/// # }
/// # #[derive(Debug)]
/// # pub struct Account;
/// # impl Model for Account {
/// #     const RESOURCE: &'static str = "accounts";
/// # }
/// # mod ticket {
/// #     use super::*;
/// #     pub const ID: Column<Ticket, Id<Ticket>> = Column::new("ID");
/// #     pub const NAME: Column<Ticket, String> = Column::new("name");
/// #     pub const DUEDATE: Column<Ticket, Option<Timestamp>> = Column::new("duedate");
/// #     pub const ACCOUNT: Column<Ticket, Option<Id<Account>>, ForeignKey> = Column::new("account");
/// #     pub const BILLINGITEMS: Column<Ticket, Option<Composite<String, Vec<i64>>>> = Column::new("billingitems");
/// # }
/// # mod account {
/// #     use super::*;
/// #     pub const LASTNAME: Column<Account, String> = Column::new("lastname");
/// # }
/// zeyos::projection! {
///     /// A ticket and its customer.
///     #[derive(Debug)]
///     pub struct Line from Ticket {
///         pub id: Id<Ticket> = ticket::ID,
///         pub name: String = ticket::NAME,
///         pub customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
///     }
/// }
///
/// # fn main() {
/// let query = Ticket::query().select::<Line>();
/// # let _ = query;
/// # }
/// // let rows: Vec<Line> = client.api().list_tickets(query).await?.into_inner();
/// ```
///
/// The type of a field must be the type of its column; a column behind a key that can be null is an `Option`. The struct is
/// `Deserialize` and, in the form of the wire and without secrets, `Serialize`.
#[macro_export]
macro_rules! projection {
    (
        $(#[$meta:meta])*
        $visibility:vis struct $name:ident from $record:ty {
            $($(#[$field_meta:meta])* $field_visibility:vis $field:ident: $type:ty = $column:expr),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $($(#[$field_meta])* $field_visibility $field: $type,)*
        }

        $crate::projection!(@read $name { $($field),* });

        impl $crate::query::Projection<$record> for $name {
            fn fields() -> ::std::vec::Vec<(::std::string::String, $crate::model::Json)> {
                vec![$((stringify!($field).to_owned(), $crate::query::fits::<$record, $type, _>($column))),*]
            }
        }

        impl $crate::query::Row<$record> for $name {
            fn selected() -> $crate::query::Selected {
                $crate::query::Selected::These(<Self as $crate::query::Projection<$record>>::fields())
            }
        }
    };
    (@read $name:ident { $($field:ident),* }) => {
        const _: () = {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum At { $($field),* }

            impl $crate::decode::Keys for $name {
                const NAME: &'static str = stringify!($name);
                const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

                fn blank(fields: &mut $crate::decode::Blanks) -> Self {
                    let _ = &fields;
                    Self { $($field: fields.field(),)* }
                }

                fn read_member<'de, A: $crate::serde::de::MapAccess<'de>>(
                    &mut self,
                    index: usize,
                    reader: &mut $crate::decode::Reader<A>,
                ) -> ::std::result::Result<(), A::Error> {
                    let _ = (index, &reader);
                    $(if index == At::$field as usize {
                        return reader.column(&mut self.$field);
                    })*
                    Ok(())
                }

                fn write_members<S: $crate::serde::ser::SerializeStruct>(&self, writer: &mut $crate::encode::Writer<S>) {
                    $(writer.column(stringify!($field), &self.$field);)*
                }
            }

            impl $crate::serde::Serialize for $name {
                fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                    $crate::encode::object(self, serializer)
                }
            }

            impl<'de> $crate::serde::Deserialize<'de> for $name {
                fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    $crate::decode::object(deserializer)
                }
            }
        };
    };
}
