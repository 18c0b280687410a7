//! What tests of several folders share.

pub(crate) mod disk;
pub(crate) mod folder;
pub(crate) mod hooked;
pub(crate) mod random;
