//! What tests of several folders share.

pub(crate) mod clock;
pub(crate) mod issuer;
pub(crate) mod vault;
