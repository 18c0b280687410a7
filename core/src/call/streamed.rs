//! Answers that are handed over piece by piece.

use std::sync::Arc;

use progenitor_client::ResponseValue;

use super::{ByteStream, Call, RawCall};
use crate::error::Error;
use crate::maybe_send::BoxFuture;

impl<T, K> Call<T, K> {
    /// Sends the call and answers as soon as the head of the answer is there; its bytes come piece by piece, whatever they are. Nothing
    /// of them is kept, so that an answer may be larger than the memory.
    ///
    /// The limit of a client or call for the whole attempt (`timeout`) holds for the last piece too, where it was set. The idle limit holds
    /// for every piece, but not while no one asks for one. [`max_body`](Call::max_body) holds where it was set. Dropping the stream ends
    /// the transfer. An answer with another status than a result of the operation is an error here, as it is for other calls; what
    /// breaks off later is an error of the stream.
    ///
    /// # Errors
    /// Those of the call.
    pub fn send_streamed(self) -> BoxFuture<Result<ResponseValue<ByteStream>, Error>> {
        let answer = self.raw.streamed();
        Box::pin(async move {
            let (parts, pieces) = answer.await?.into_parts();
            Ok(ResponseValue::new(pieces, parts.status, parts.headers))
        })
    }
}

impl RawCall {
    /// The answer with its pieces, and what its request carried.
    pub(super) fn streamed(mut self) -> BoxFuture<Result<http::Response<ByteStream>, Error>> {
        if self.request.verification.is_some() {
            self.request.refuse("verified(): bytes are not checked against the conditions".to_owned());
        }
        let checked = self.validate();
        let RawCall { dispatch, request } = self;
        let (operation, repeatable) = (request.operation.id, request.repeatable());
        let named = move |error: Error| error.at(operation).with_repeatable(repeatable);
        Box::pin(async move {
            checked.map_err(named)?;
            let response = Arc::clone(&dispatch).send_streamed(request).await.map_err(named)?;
            Ok(response.map(|pieces| pieces.map_err(named)))
        })
    }
}
