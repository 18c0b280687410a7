//! What all records have in common, so that code about any of them has one type parameter.

use std::fmt;

use serde::Serialize;

use crate::call::{Call, Dispatcher, RawCall, RowStream, kind};
use crate::fields::Fields;
use crate::maybe_send::{MaybeSend, MaybeSync};
use crate::model::{Id, Timestamp};
use crate::operation::Operation;
use crate::query::{Column, Model, Query, Row};
use crate::write::Rules;

/// Records that are listed and fetched by their `ID`. Emitted code implements it, so that a function over any resource has one type
/// parameter.
///
/// ```
/// use zeyos_core::{Dispatcher, Error, Query, Stored};
///
/// /// The highest number of a resource.
/// async fn last<T: Stored>(on: &impl Dispatcher) -> Result<Option<i64>, Error> {
///     let newest = T::list::<T>(on, Query::new().sort(T::ID.desc()).limit(1)).await?;
///     Ok(newest.first().map(|row| row.id().get()))
/// }
/// ```
pub trait Stored: Model + Row<Self> + Serialize + Clone + PartialEq + fmt::Debug + MaybeSync {
    /// The operation that lists.
    #[doc(hidden)]
    const LIST: &'static Operation;

    /// The operation that fetches one.
    #[doc(hidden)]
    const GET: &'static Operation;

    /// The column of the primary key.
    const ID: Column<Self, Id<Self>> = Column::new("ID");

    /// The primary key of this record.
    fn id(&self) -> Id<Self>;

    /// When the record was written last; `None` where its table does not keep that.
    fn lastmodified(&self) -> Option<Timestamp>;

    /// Lists records, as the list method of the resource does.
    fn list<P: Row<Self>>(on: &impl Dispatcher, query: Query<Self, P>) -> Call<Vec<P>, kind::List> {
        RawCall::new(&on.dispatch(), Self::LIST).list(query).typed()
    }

    /// Fetches one record, as the get method of the resource does.
    fn get(on: &impl Dispatcher, id: Id<Self>) -> Call<Self, kind::Get> {
        RawCall::new(&on.dispatch(), Self::GET).key(id.get()).typed()
    }

    /// The rows of a list, over as many requests as it takes.
    fn stream<P: Row<Self>>(on: &impl Dispatcher, query: Query<Self, P>) -> RowStream<P> {
        Self::list(on, query).stream()
    }
}

/// Records whose table keeps when each was written last, so that their changes can be followed. Emitted code implements it.
pub trait HasLastModified: Stored {
    /// The column with the second of the last write.
    const LASTMODIFIED: Column<Self, Timestamp> = Column::new("lastmodified");
}

/// Records that can be created, updated and deleted. Emitted code implements it.
pub trait Editable: Stored {
    /// A record to be created.
    type New: Into<Fields> + MaybeSend + 'static;

    /// Changes to a record.
    type Patch: Into<Fields> + MaybeSend + 'static;

    /// The operations that write.
    #[doc(hidden)]
    const WRITES: &'static Writes;

    /// Creates a record, as the create method of the resource does. What creates a view of it fits as well.
    fn create(on: &impl Dispatcher, new: impl Into<Self::New>) -> Call<Self, kind::Create> {
        let new: Self::New = new.into();
        create(on, new.into())
    }

    /// Changes a record, as the update method of the resource does. Changes to a view of it fit as well.
    fn update(on: &impl Dispatcher, id: Id<Self>, patch: impl Into<Self::Patch>) -> Call<Self, kind::Update> {
        let patch: Self::Patch = patch.into();
        update(on, id, patch.into())
    }

    /// Deletes a record, as the delete method of the resource does.
    fn delete(on: &impl Dispatcher, id: Id<Self>) -> Call<(), kind::Delete> {
        RawCall::new(&on.dispatch(), Self::WRITES.delete).key(id.get()).typed()
    }
}

/// The operations that write a resource, and what writes must meet.
#[doc(hidden)]
#[derive(Debug)]
pub struct Writes {
    pub create: &'static Operation,
    pub update: &'static Operation,
    pub delete: &'static Operation,
    pub rules: Option<&'static Rules>,
    /// Columns of which no two records have the same value, whatever else is in them.
    pub unique: &'static [&'static str],
}

/// A create with these members.
#[doc(hidden)]
pub fn create<T: Editable>(on: &impl Dispatcher, fields: Fields) -> Call<T, kind::Create> {
    RawCall::new(&on.dispatch(), T::WRITES.create).body(fields).checked_if(T::WRITES.rules).typed()
}

/// An update with these members.
#[doc(hidden)]
pub fn update<T: Editable>(on: &impl Dispatcher, id: Id<T>, fields: Fields) -> Call<T, kind::Update> {
    let call = RawCall::new(&on.dispatch(), T::WRITES.update).key(id.get());
    call.body(fields).checked_if(T::WRITES.rules).typed()
}

/// Says of a record that it is [`Stored`]: its key, the operations that read it, and the second of its last write if there is one.
#[doc(hidden)]
#[macro_export]
macro_rules! stored {
    ($record:ident, $id:ident, $list:ident, $get:ident $(, $lastmodified:ident)?) => {
        impl $crate::stored::Stored for $record {
            const LIST: &'static $crate::Operation = &$list;
            const GET: &'static $crate::Operation = &$get;

            #[inline]
            fn id(&self) -> $crate::Id<Self> {
                self.$id
            }

            #[inline]
            fn lastmodified(&self) -> Option<$crate::Timestamp> {
                $crate::stored!(@last self $($lastmodified)?)
            }
        }

        $crate::stored!(@mark $record $($lastmodified)?);
    };
    (@last $self:ident) => { None };
    (@last $self:ident $lastmodified:ident) => { Some($self.$lastmodified) };
    (@mark $record:ident) => {};
    (@mark $record:ident $lastmodified:ident) => {
        impl $crate::stored::HasLastModified for $record {}
    };
}

/// Says of a record that it is [`Editable`].
#[doc(hidden)]
#[macro_export]
macro_rules! editable {
    (
        $record:ident, $new:ident, $patch:ident, $create:ident, $update:ident, $delete:ident,
        [$($unique:literal),*] $(, $rules:ident)?
    ) => {
        impl $crate::stored::Editable for $record {
            type New = $new;
            type Patch = $patch;

            const WRITES: &'static $crate::stored::Writes = &$crate::stored::Writes {
                create: &$create,
                update: &$update,
                delete: &$delete,
                rules: $crate::editable!(@rules $new $($rules)?),
                unique: &[$($unique),*],
            };
        }
    };
    (@rules $new:ident) => { None };
    (@rules $new:ident $rules:ident) => { Some($new::$rules) };
}
