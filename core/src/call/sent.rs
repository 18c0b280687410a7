//! What a call sent that nobody else may see, on its way back with the answer.

use std::sync::Arc;

use crate::secret::Secret;

/// The secrets that one request carried.
///
/// Two calls of one client may carry different ones, and a token may have been replaced by the time its answer comes. So what a
/// request carried travels with its answer, in the [extensions](http::Extensions), and with an [`Error`](crate::Error) made of
/// it until the error is [cleaned](crate::Error::cleaned).
#[derive(Clone, Debug, Default)]
pub struct Sent(Arc<[Secret]>);

impl Sent {
    /// These secrets.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Sent(secrets.into_iter().collect())
    }

    /// The secrets.
    pub fn secrets(&self) -> &[Secret] {
        &self.0
    }
}
