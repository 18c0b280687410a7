//! The name that a client gives to one call, by which both sides find it in their logs.

use std::fmt;

/// The name of one call: 16 random hexadecimal digits of the client, a dash, and the number of the call. All attempts of a call have the
/// same.
///
/// It stands in the span of the call (`api.request_id`) and in its [`Error`](crate::Error::request_id), and goes to the server where the
/// client was given a header for it.
///
/// ```
/// # let id = zeyos_core::RequestId::new(0x0123_4567_89ab_cdef, 26);
/// assert_eq!(id.to_string(), "0123456789abcdef-1a");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId {
    client: u64,
    call: u64,
}

impl RequestId {
    /// The call with this number of this client.
    #[doc(hidden)]
    pub const fn new(client: u64, call: u64) -> Self {
        RequestId { client, call }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{:x}", self.client, self.call)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}
