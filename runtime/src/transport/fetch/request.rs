//! The request in the form that `fetch` takes.

use bytes::Bytes;
use http::header;
use js_sys::Uint8Array;
use web_sys::{
    AbortSignal, Headers, ReferrerPolicy, Request, RequestCache, RequestCredentials, RequestInit, RequestRedirect,
};

use super::failure;
use crate::page::words;
use crate::transport::{CredentialsMode, TransportError};

/// What a browser refuses to send was not sent.
fn refused(exception: &wasm_bindgen::JsValue) -> TransportError {
    TransportError::unsendable(format!("the browser does not take the request ({})", words(exception)))
}

/// Redirects are not followed: they come back as an answer that says nothing but that, which is an error. No cache, no cookie unless the
/// attempt goes by the session of the page, and of the page's address the origin alone.
pub(super) fn prepared(
    request: &http::Request<Bytes>,
    credentials: CredentialsMode,
    signal: &AbortSignal,
) -> Result<Request, TransportError> {
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_headers(&headers(request)?.into());
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(match credentials {
        CredentialsMode::Omit => RequestCredentials::Omit,
        CredentialsMode::Include => RequestCredentials::Include,
    });
    // The address of the page may hold the code of a sign-in.
    init.set_referrer_policy(ReferrerPolicy::StrictOrigin);
    init.set_signal(Some(signal));
    if !request.body().is_empty() {
        init.set_body(&Uint8Array::from(&request.body()[..]));
    }
    let prepared = Request::new_with_str_and_init(&request.uri().to_string(), &init);
    let prepared = prepared.map_err(|exception| refused(&exception))?;
    let known = prepared.headers();
    let names = sent(request).map(|(name, _)| name.as_str());
    match failure::dropped(names, |name| known.has(name).unwrap_or(false)) {
        Some(name) => Err(TransportError::unsendable(format!("a browser lets no page set the header {name}"))),
        None => Ok(prepared),
    }
}

/// All headers but the name of the client: some browsers ask servers of other origins whether they allow that, and others drop it.
fn sent(request: &http::Request<Bytes>) -> impl Iterator<Item = (&header::HeaderName, &header::HeaderValue)> {
    request.headers().iter().filter(|(name, _)| *name != header::USER_AGENT)
}

fn headers(request: &http::Request<Bytes>) -> Result<Headers, TransportError> {
    let headers = Headers::new().map_err(|exception| refused(&exception))?;
    for (name, value) in sent(request) {
        let unreadable = || TransportError::unsendable(format!("the header {name} is not ASCII"));
        let value = value.to_str().map_err(|_| unreadable())?;
        headers.append(name.as_str(), value).map_err(|exception| refused(&exception))?;
    }
    Ok(headers)
}
