//! The head of an answer, for errors that its content turns out to be later.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{Dispatch, Sent};
use crate::error::{DecodeError, Error};
use crate::operation::Operation;
use crate::secret::Secret;

/// What an error has to know of an answer beside its content, the secrets of its request included: they are taken out of the error.
pub(super) struct Head {
    status: StatusCode,
    headers: HeaderMap,
    sent: Sent,
}

impl Head {
    pub(super) fn of<B>(response: &http::Response<B>) -> Self {
        let sent = response.extensions().get::<Sent>().cloned().unwrap_or_default();
        Head { status: response.status(), headers: response.headers().clone(), sent }
    }

    /// What the request carried.
    pub(super) fn secrets(&self) -> &[Secret] {
        self.sent.secrets()
    }

    /// The content is not what the document promises.
    pub(super) fn error(
        &self,
        error: DecodeError,
        content: Bytes,
        dispatch: &dyn Dispatch,
        operation: &'static Operation,
    ) -> Error {
        let mut response = http::Response::new(content);
        (*response.status_mut(), *response.headers_mut()) = (self.status, self.headers.clone());
        response.extensions_mut().insert(self.sent.clone());
        dispatch.cleaned(Error::decode(error, response), &[]).at(operation.id)
    }
}
