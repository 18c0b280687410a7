//! The answer of `fetch`: its head, and its body piece by piece.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response, ResponseType};

use super::sender::Transfer;
use crate::page::words;
use crate::transport::TransportError;

/// A browser does not say where to.
const REDIRECT: &str = "the server answers with a redirect, which is not followed; check the URL of the client, and whether someone is \
                        signed in";

/// Status and headers, as far as the browser shows them to the page.
pub(super) fn head(response: &Response) -> Result<http::Response<()>, TransportError> {
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(TransportError::other(REDIRECT));
    }
    let status = StatusCode::from_u16(response.status());
    let mut answer = http::Response::new(());
    *answer.status_mut() = status.map_err(|_| TransportError::other("the browser hides the answer"))?;
    *answer.headers_mut() = headers(response);
    Ok(answer)
}

fn headers(response: &Response) -> HeaderMap {
    let rows = js_sys::try_iter(&response.headers()).ok().flatten();
    rows.into_iter().flatten().filter_map(Result::ok).filter_map(|row| header(&row)).collect()
}

/// Each character of a value is one byte of it.
fn header(row: &JsValue) -> Option<(HeaderName, HeaderValue)> {
    let row = row.dyn_ref::<Array>()?;
    let name = HeaderName::try_from(row.get(0).as_string()?).ok()?;
    let value: Option<Vec<u8>> = row.get(1).as_string()?.chars().map(|one| u8::try_from(one).ok()).collect();
    Some((name, HeaderValue::from_bytes(&value?).ok()?))
}

/// The body. Dropping it ends the transfer.
pub(super) struct Pieces {
    reader: Option<ReadableStreamDefaultReader>,
    /// The piece that is waited for.
    next: Option<JsFuture>,
    /// Ends with this value.
    _transfer: Transfer,
}

impl Pieces {
    pub(super) fn of(response: &Response, transfer: Transfer) -> Self {
        let reader = response.body().map(|body| body.get_reader().unchecked_into());
        Pieces { reader, next: None, _transfer: transfer }
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(reader) = &this.reader else { return Poll::Ready(None) };
            let next = this.next.get_or_insert_with(|| JsFuture::from(reader.read()));
            let read = ready!(Pin::new(next).poll(context));
            this.next = None;
            match read.map_err(|exception| broken(&exception)).and_then(|read| piece(&read)) {
                Ok(Some(piece)) if piece.is_empty() => {}
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                end => {
                    this.reader = None;
                    return Poll::Ready(end.transpose());
                }
            }
        }
    }
}

/// What a reader has read; nothing at the end.
fn piece(read: &JsValue) -> Result<Option<Bytes>, TransportError> {
    let member = |name: &str| Reflect::get(read, &JsValue::from_str(name)).map_err(|exception| broken(&exception));
    if member("done")?.is_truthy() {
        return Ok(None);
    }
    let bytes = member("value")?;
    let bytes = bytes.dyn_ref::<Uint8Array>().ok_or_else(|| TransportError::other("the browser gave no bytes"))?;
    Ok(Some(bytes.to_vec().into()))
}

fn broken(exception: &JsValue) -> TransportError {
    TransportError::other(format!("the answer broke off ({})", words(exception)))
}
