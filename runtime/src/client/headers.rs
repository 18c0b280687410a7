//! Headers that a caller sets for all requests, checked: none that holds a credential, frames a message, or belongs to one request.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use zeyos_core::call::refusal;

use super::{Client, ClientBuilder};
use crate::BuildError;

/// Headers for all requests, as they were given.
#[derive(Default)]
pub(super) struct Headers {
    own: Vec<(HeaderName, HeaderValue)>,
    /// The one that holds the name of a call.
    pub request_id: Option<HeaderName>,
}

impl<C: From<Client>> ClientBuilder<C> {
    /// A header that goes along with every request, exchanges of tokens included, to the URL of the client and to those that were
    /// [named](Self::service_url): not to servers that a document alone names. A value that is marked as sensitive stays out of dry runs,
    /// and out of errors that repeat it. A call may have [another value](zeyos_core::Call::header) for the name.
    ///
    /// [`build`](Self::build) refuses what the client or the connection writes alone: credentials, and what frames a message
    /// ([the list](zeyos_core::Call::header)); media types, `User-Agent`, and headers in which a configured credential goes.
    ///
    /// ```
    /// use zeyos::{Client, http::{HeaderName, HeaderValue}};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = HeaderName::from_static("x-gateway");
    /// let client = Client::builder("https://cloud.zeyos.com/demo")
    ///     .default_header(gateway, HeaderValue::from_static("reports"))
    ///     .build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn default_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.own.push((name, value));
        self
    }

    /// A header that tells the server the [name of the call](zeyos_core::RequestId), such as `x-request-id`; none unless set. All requests
    /// of a call have the same one. With it cassettes and the log of the emulator have the name too.
    ///
    /// It is not sent by itself, since a browser asks the server before a request whether it takes the header (CORS), and no document
    /// says that ZeyOS does.
    pub fn request_id_header(mut self, name: HeaderName) -> Self {
        self.headers.request_id = Some(name);
        self
    }
}

impl Headers {
    /// Those with values, where credentials go into the headers of these names. The one for the name of a call is checked too.
    pub(super) fn checked(&self, keys: &[&str]) -> Result<HeaderMap, BuildError> {
        let mut checked = HeaderMap::new();
        for (name, value) in &self.own {
            check(name, value, keys)?;
            checked.append(name.clone(), value.clone());
        }
        self.request_id.iter().try_for_each(|name| check(name, &HeaderValue::from_static(""), keys))?;
        Ok(checked)
    }
}

/// What each request writes by what it sends, and what would change what it means.
const OF_A_REQUEST: [HeaderName; 8] = [
    header::ACCEPT,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::RANGE,
    header::SET_COOKIE,
    header::USER_AGENT,
];

fn check(name: &HeaderName, value: &HeaderValue, keys: &[&str]) -> Result<(), BuildError> {
    if let Some(reason) = refusal(name, value) {
        return Err(BuildError::message(&reason));
    }
    let is_key = keys.iter().any(|key| key.eq_ignore_ascii_case(name.as_str()));
    if is_key || OF_A_REQUEST.contains(name) {
        return Err(BuildError::message(&format!("the header {name} is written by the client alone")));
    }
    Ok(())
}
