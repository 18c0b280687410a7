//! The default transport. Everything that reqwest would do on its own is switched off.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::redirect;
use rustls::crypto::CryptoProvider;
use zeyos_core::BoxFuture;

use super::{Transport, TransportError, TransportRequest};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// Requests over reqwest and rustls.
#[derive(Debug, Clone)]
pub(crate) struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// With our own settings.
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        HttpTransport::from_builder(reqwest::Client::builder().connect_timeout(CONNECT))
    }

    /// With the caller's settings, but without redirects and repeats: both would happen behind the back of the auth
    /// middleware. A cookie jar is not compiled in.
    pub(crate) fn from_builder(builder: reqwest::ClientBuilder) -> Result<Self, reqwest::Error> {
        provide_crypto();
        let builder = builder.redirect(redirect::Policy::none()).retry(reqwest::retry::never());
        Ok(HttpTransport { client: builder.build()? })
    }
}

/// rustls takes its cryptography from a provider that the process chooses. Where it has chosen none, ring is.
fn provide_crypto() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let client = self.client.clone();
        Box::pin(async move {
            let TransportRequest { request, timeout, max_body, fresh_connection: _ } = request;
            let mut request = reqwest::Request::try_from(request).map_err(failed)?;
            *request.timeout_mut() = timeout;
            read(client.execute(request).await.map_err(failed)?, max_body).await
        })
    }
}

/// Reads the body piece by piece, so that it cannot grow beyond its bound.
async fn read(mut response: reqwest::Response, max_body: usize) -> Result<http::Response<Bytes>, TransportError> {
    let too_large = || TransportError::other(format!("the answer is larger than {max_body} bytes"));
    if response.content_length().is_some_and(|length| length > max_body as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Err(failed(error).with_partial(body.freeze())),
        };
        if body.len() + chunk.len() > max_body {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = http::Response::new(body.freeze());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// The URL is left out of the error: the caller knows it, and a redirect address of a login may hold a code.
fn failed(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    match () {
        // A connection that was not made in time was not made.
        () if error.is_connect() => TransportError::connect(error),
        () if error.is_timeout() => TransportError::timeout(error),
        () => TransportError::other(error),
    }
}
