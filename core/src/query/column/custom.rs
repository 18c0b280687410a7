//! Custom fields with a type: columns that emitted modules declare.

use std::marker::PhantomData;

use super::{Column, Path};
use crate::model::{Custom, CustomValue, ExtData, Json, Wire};
use crate::query::HasExtData;
use crate::secret::Secret;

/// Marks a custom field. No join leads to one: whether a server follows a key to a custom field is not documented.
#[derive(Debug)]
pub enum Extension {}

impl<E: HasExtData, T> Column<E, Option<T>, Extension> {
    /// The custom field of this name.
    #[doc(hidden)]
    pub const fn custom(name: &'static str) -> Self {
        Column { path: Path::extdata(name), types: PhantomData }
    }

    /// The name of the field among the custom fields of a record.
    pub const fn name(&self) -> &'static str {
        self.path.names[1]
    }
}

impl<E: HasExtData, T: CustomValue> Column<E, Option<Custom<T>>, Extension> {
    /// The value among the custom fields of a record; `None` where it has none, and where it is a list or an object.
    pub fn read(&self, fields: &ExtData) -> Option<Custom<T>> {
        Custom::read(fields.get(self.name())?).ok().flatten()
    }

    /// The value as it is sent: `NewAccount::new(..).extdata(TIER.name(), TIER.json(Tier::Gold))`.
    pub fn json(&self, value: impl Into<Custom<T>>) -> Json {
        value.into().to_json()
    }
}

impl<E: HasExtData> Column<E, Option<Secret>, Extension> {
    /// The value among the custom fields of a record, also one that a server writes as a number; `None` where it has none.
    pub fn read(&self, fields: &ExtData) -> Option<Secret> {
        let text = Custom::<String>::read(fields.get(self.name())?).ok().flatten()?;
        Some(Secret::new(text.as_str()))
    }
}
