//! What the storage of a browser can do: texts under names, each written in one step. A page has it, and tests have one of their own.

use zeroize::Zeroizing;

use crate::store::StoreError;

/// Texts under names.
pub(super) trait Area {
    /// The text under this name.
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError>;

    /// Writes a text whole, or leaves what is there.
    ///
    /// # Errors
    /// [`NotWritable`](crate::StoreErrorKind::NotWritable) where the storage is full.
    fn set(&self, name: &str, text: &str) -> Result<(), StoreError>;

    fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// All names, those of others too.
    fn names(&self) -> Result<Vec<String>, StoreError>;
}
