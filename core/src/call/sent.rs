//! What a call sent that no one else may see, on its way back with the answer.

use crate::RequestId;
use crate::secret::Secret;

/// The secrets that one request carried.
///
/// Two calls of one client may carry different ones, and a token may have been replaced by the time its answer comes. So what a
/// request carried travels with its answer, in the [extensions](http::Extensions), and with an [`Error`](crate::Error) made of
/// it until the error is [cleaned](crate::Error::cleaned).
#[derive(Clone, Debug, Default)]
pub struct Sent {
    secrets: Vec<Secret>,
    call: Option<RequestId>,
}

impl Sent {
    /// These secrets.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Sent { secrets: secrets.into_iter().collect(), call: None }
    }

    /// Sent by this call.
    #[doc(hidden)]
    #[must_use]
    pub fn by(self, call: RequestId) -> Self {
        Sent { call: Some(call), ..self }
    }

    /// The call that sent them.
    pub(crate) fn call(&self) -> Option<RequestId> {
        self.call
    }

    /// The secrets that the request of an answer carried.
    pub(crate) fn with<B>(response: &http::Response<B>) -> &[Secret] {
        response.extensions().get::<Sent>().map_or(&[], Sent::secrets)
    }

    /// The secrets.
    pub fn secrets(&self) -> &[Secret] {
        &self.secrets
    }
}
