//! What tests of several folders share.

pub(crate) mod backend;
pub(crate) mod clock;
pub(crate) mod disk;
pub(crate) mod executor;
pub(crate) mod folder;
pub(crate) mod hooked;
pub(crate) mod issuer;
pub(crate) mod own_process;
pub(crate) mod profile;
pub(crate) mod random;
pub(crate) mod shared_memory_store;
pub(crate) mod size;
pub(crate) mod transcript;

/// The value after this change: types that may grow have no literals.
pub(crate) fn changed<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
