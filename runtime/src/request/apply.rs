//! The only file that writes credentials into a request: into headers, the query and the body.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use zeyos_core::call::{Body, Cookie};
use zeyos_core::{Fields, KeyPlace, Secret};

use super::credential::{ClientCredentials, UserCredentials, is_b64token};
use crate::shared::ClientAuthMethod;

/// A credential with its value, ready to be written.
pub(crate) enum Credential {
    Bearer(Secret),
    Client(Arc<ClientCredentials>),
    User(UserCredentials),
    /// A key or cookie under its name.
    Key {
        place: KeyPlace,
        name: &'static str,
        value: Secret,
    },
    /// A member of the body.
    Member {
        member: &'static str,
        value: Secret,
    },
    /// The session of the page: a browser adds its cookie, and the program never sees it.
    Browser,
}

/// What credentials are written into.
pub(crate) struct Target<'a, 'b> {
    pub headers: &'a mut HeaderMap,
    pub url: &'a mut String,
    pub body: &'a mut Cow<'b, Body>,
}

/// Why a credential cannot be written. Its value is not repeated.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// It has characters that no header may have.
    Characters(&'static str),
    /// The caller has put a member of this name into the body.
    Taken(&'static str),
    /// The caller has set a header, query parameter or member of this name, which the document reserves.
    Reserved(&'static str),
    /// The body has no members into which this one could go.
    NoMembers(&'static str),
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unwritable::Characters(what) => write!(f, "{what} has characters that no header may have"),
            Unwritable::Taken(member) => write!(f, "the member {member} of the body is written by the client alone"),
            Unwritable::Reserved(name) => write!(f, "{name} holds a credential and is written by the client alone"),
            Unwritable::NoMembers(member) => write!(f, "the credential {member} needs a body of members"),
        }
    }
}

/// The pair of the client application in a body.
const CLIENT_ID: &str = "client_id";
const CLIENT_SECRET: &str = "client_secret";

impl Credential {
    /// What no one else may see of it.
    pub(crate) fn secret(&self) -> Option<&Secret> {
        match self {
            Credential::Bearer(token) => Some(token),
            Credential::Key { value, .. } | Credential::Member { value, .. } => Some(value),
            Credential::Client(client) => Some(&client.secret),
            Credential::User(user) => Some(&user.password),
            Credential::Browser => None,
        }
    }

    /// The same, without a copy where that can be.
    pub(crate) fn into_secret(self) -> Option<Secret> {
        match self {
            Credential::Bearer(secret)
            | Credential::Key { value: secret, .. }
            | Credential::Member { value: secret, .. }
            | Credential::User(UserCredentials { password: secret, .. }) => Some(secret),
            Credential::Client(client) => Some(client.secret.clone()),
            Credential::Browser => None,
        }
    }

    /// Whether a browser adds it.
    pub(crate) fn is_of_browser(&self) -> bool {
        matches!(self, Credential::Browser)
    }

    /// Whether it is written into the URL.
    pub(crate) fn is_in_url(&self) -> bool {
        matches!(self, Credential::Key { place: KeyPlace::Query, .. })
    }

    /// Writes the credential into the request.
    pub(crate) fn apply(&self, target: Target<'_, '_>) -> Result<(), Unwritable> {
        let Target { headers, url, body } = target;
        match self {
            Credential::Bearer(token) if !is_b64token(token.expose()) => {
                Err(Unwritable::Characters("the access token"))
            }
            Credential::Bearer(token) => {
                write(headers, header::AUTHORIZATION, format!("Bearer {}", token.expose()), "the access token")
            }
            Credential::Key { place: KeyPlace::Cookie, name, value } => add_cookie(headers, name, value),
            Credential::Key { place: KeyPlace::Query, name, value } => add_to_query(url, name, value),
            Credential::Key { name, value, .. } => {
                let header = HeaderName::try_from(*name).map_err(|_| Unwritable::Characters(name))?;
                if headers.contains_key(&header) {
                    return Err(Unwritable::Reserved(name));
                }
                write(headers, header, value.expose().to_owned(), "the key")
            }
            Credential::Member { member, value } => add_member(body.to_mut(), member, value),
            Credential::User(user) => {
                let pair = format!("{}:{}", user.name, user.password.expose());
                write(headers, header::AUTHORIZATION, basic(&pair), "the pair of the user")
            }
            Credential::Client(client) => apply_client(client, headers, fields(body.to_mut())),
            Credential::Browser => Ok(()),
        }
    }
}

/// Writes secrets into the query that its document wants there. Nothing shows the URL from here on.
pub(super) fn write_secret_query(url: &mut String, secrets: &[(&'static str, Secret)]) -> Result<(), Unwritable> {
    secrets.iter().try_for_each(|(name, secret)| add_to_query(url, name, secret))
}

/// Writes the cookies that the caller sends, before those of credentials.
pub(super) fn write_cookies(headers: &mut HeaderMap, cookies: &[Cookie]) -> Result<(), Unwritable> {
    cookies.iter().try_for_each(|cookie| add_cookie(headers, cookie.name, &cookie.value))
}

fn fields(body: &mut Body) -> Option<&mut Fields> {
    match body {
        Body::Fields(fields) => Some(fields),
        _ => None,
    }
}

/// All cookies of a request stand in one header (RFC 6265, section 5.4).
fn add_cookie(headers: &mut HeaderMap, name: &'static str, value: &Secret) -> Result<(), Unwritable> {
    let others = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok());
    let is_it = |cookie: &str| cookie.split_once('=').is_some_and(|(known, _)| known == name);
    if others.is_some_and(|others| others.split("; ").any(is_it)) {
        return Err(Unwritable::Reserved(name));
    }
    let others = others.map(|others| format!("{others}; ")).unwrap_or_default();
    write(headers, header::COOKIE, format!("{others}{name}={}", value.expose()), "the session cookie")
}

fn add_to_query(url: &mut String, name: &'static str, value: &Secret) -> Result<(), Unwritable> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    if form_urlencoded::parse(query.as_bytes()).any(|(known, _)| known == name) {
        return Err(Unwritable::Reserved(name));
    }
    let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value.expose()).finish();
    url.push(if query.is_empty() && !url.ends_with('?') { '?' } else { '&' });
    url.push_str(&pair);
    Ok(())
}

fn add_member(body: &mut Body, member: &'static str, value: &Secret) -> Result<(), Unwritable> {
    if matches!(body, Body::Empty) {
        *body = Body::Fields(Fields::new());
    }
    let fields = fields(body).ok_or(Unwritable::NoMembers(member))?;
    if fields.names().any(|name| name == member) {
        return Err(Unwritable::Reserved(member));
    }
    fields.set_secret(member, value.clone());
    Ok(())
}

/// By header or in the body, never both (RFC 6749, section 2.3).
fn apply_client(
    client: &ClientCredentials,
    headers: &mut HeaderMap,
    body: Option<&mut Fields>,
) -> Result<(), Unwritable> {
    if let Some(taken) = body.as_ref().and_then(|fields| taken(fields)) {
        return Err(Unwritable::Taken(taken));
    }
    match (client.method, body) {
        (ClientAuthMethod::Body, Some(fields)) => {
            fields.set(CLIENT_ID, client.id.as_str().into());
            // A public client has none, and leaves the parameter out (RFC 6749, section 2.3.1).
            if !client.secret.expose().is_empty() {
                fields.set_secret(CLIENT_SECRET, client.secret.clone());
            }
            Ok(())
        }
        // Its name would stand in the header with an empty secret.
        (ClientAuthMethod::Body, None) if client.secret.expose().is_empty() => Err(Unwritable::NoMembers(CLIENT_ID)),
        _ => write(headers, header::AUTHORIZATION, client_basic(client), "the pair of the client application"),
    }
}

fn taken(fields: &Fields) -> Option<&'static str> {
    [CLIENT_ID, CLIENT_SECRET].into_iter().find(|member| fields.names().any(|name| name == *member))
}

/// Identifier and secret are form-encoded before they are joined (RFC 6749, section 2.3.1), so that a colon in one of them does
/// not move the border.
fn client_basic(client: &ClientCredentials) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    basic(&format!("{}:{}", encoded(&client.id), encoded(client.secret.expose())))
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

/// Marked as sensitive, so that no layer below prints it or keeps it in a compression table.
fn write(headers: &mut HeaderMap, name: HeaderName, value: String, what: &'static str) -> Result<(), Unwritable> {
    // Not copied: each copy would stay in memory.
    let mut value = HeaderValue::from_maybe_shared(Bytes::from(value)).map_err(|_| Unwritable::Characters(what))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str, method: ClientAuthMethod) -> Credential {
        Credential::Client(Arc::new(ClientCredentials { id: id.to_owned(), secret: secret.into(), method }))
    }

    fn applied(credentials: &[&Credential], url: &str, body: Body) -> Result<(HeaderMap, String, Body), Unwritable> {
        let (mut headers, mut url, mut body) = (HeaderMap::new(), url.to_owned(), Cow::Owned(body));
        headers.insert("x-trace", HeaderValue::from_static("7"));
        for credential in credentials {
            credential.apply(Target { headers: &mut headers, url: &mut url, body: &mut body })?;
        }
        headers.remove("x-trace");
        Ok((headers, url, body.into_owned()))
    }

    fn key(place: KeyPlace, name: &'static str, value: &str) -> Credential {
        Credential::Key { place, name, value: value.into() }
    }

    #[test]
    fn all_cookies_stand_in_one_header() {
        let (one, two) = (key(KeyPlace::Cookie, "SID", "a"), key(KeyPlace::Cookie, "theme_key", "b=="));
        let (headers, url, _) = applied(&[&one, &two], "https://a.example/x", Body::Empty).unwrap();
        let cookies: Vec<_> = headers.get_all(header::COOKIE).iter().collect();
        assert_eq!(cookies, ["SID=a; theme_key=b=="]);
        assert!(cookies[0].is_sensitive() && url == "https://a.example/x");
    }

    #[test]
    fn b3_a_key_in_the_query_is_written_last_and_encoded() {
        let secret = key(KeyPlace::Query, "api_key", "h&n t=7");
        for (url, whole) in
            [("https://a.example/x", "https://a.example/x?"), ("https://a.example/x?a=1", "https://a.example/x?a=1&")]
        {
            let (headers, written, _) = applied(&[&secret], url, Body::Empty).unwrap();
            assert_eq!(written, format!("{whole}api_key=h%26n+t%3D7"));
            assert!(headers.is_empty());
        }
        let taken = applied(&[&secret], "https://a.example/x?b=2&api%5Fkey=1", Body::Empty).unwrap_err();
        assert_eq!(taken, Unwritable::Reserved("api_key"));
    }

    #[test]
    fn a_key_goes_into_its_header_and_its_member_and_over_nothing() {
        let header_key = key(KeyPlace::Header, "X-Api-Key", "s3");
        let (headers, _, _) = applied(&[&header_key], "https://a.example/x", Body::Empty).unwrap();
        assert!(headers["x-api-key"].is_sensitive() && headers["x-api-key"] == "s3");
        let over = key(KeyPlace::Header, "X-Trace", "s3");
        assert_eq!(applied(&[&over], "https://a.example/", Body::Empty).unwrap_err(), Unwritable::Reserved("X-Trace"));
        let member = Credential::Member { member: "api_token", value: "s3".into() };
        let (_, _, body) = applied(&[&member], "https://a.example/", Body::Empty).unwrap();
        assert_eq!(fields(&mut body.clone()).unwrap().secret("api_token").map(Secret::expose), Some("s3"));
        assert_eq!(applied(&[&member], "https://a.example/", body).unwrap_err(), Unwritable::Reserved("api_token"));
        let bytes = Body::Content(HeaderValue::from_static("text/plain"), "x".into());
        assert_eq!(applied(&[&member], "https://a.example/", bytes).unwrap_err(), Unwritable::NoMembers("api_token"));
    }

    fn written(credential: &Credential) -> (HeaderMap, Fields) {
        let (headers, _, body) = applied(&[credential], "https://a.example/x", Body::Fields(Fields::new())).unwrap();
        let Body::Fields(fields) = body else { panic!("no members") };
        (headers, fields)
    }

    #[test]
    fn the_pair_of_the_client_is_form_encoded_before_basic() {
        for (id, secret, joined) in [
            ("my_app", "519d6241f455abbe", "my_app:519d6241f455abbe"),
            ("a:b", "c%d", "a%3Ab:c%25d"),
            ("a+b", "ü ", "a%2Bb:%C3%BC+"),
        ] {
            let (headers, fields) = written(&client(id, secret, ClientAuthMethod::Basic));
            let value = headers[header::AUTHORIZATION].to_str().unwrap();
            assert_eq!(value, format!("Basic {}", STANDARD.encode(joined)));
            assert!(fields.is_empty());
        }
    }

    #[test]
    fn in_the_body_there_is_no_header() {
        let (headers, fields) = written(&client("my_app", "s3", ClientAuthMethod::Body));
        assert!(headers.is_empty());
        assert_eq!(fields.get("client_id").and_then(|id| id.as_str()), Some("my_app"));
        assert_eq!(fields.secret("client_secret").map(Secret::expose), Some("s3"));
    }

    #[test]
    fn every_credential_header_is_marked_as_sensitive() {
        let user = UserCredentials { name: "mara".into(), password: "pw".into() };
        let session = key(KeyPlace::Cookie, "SID", "v");
        for credential in [Credential::Bearer("t".into()), session, Credential::User(user)] {
            let (headers, _) = written(&credential);
            assert!(headers.values().all(HeaderValue::is_sensitive) && headers.len() == 1);
        }
    }

    #[test]
    fn what_no_header_may_hold_is_refused() {
        let refused = applied(&[&Credential::Bearer("a\r\nb".into())], "https://a.example/x", Body::Empty);
        assert_eq!(refused.unwrap_err(), Unwritable::Characters("the access token"));
    }

    #[test]
    fn a_pair_that_the_caller_put_into_the_body_is_refused_not_doubled() {
        for (method, member) in [(ClientAuthMethod::Basic, CLIENT_ID), (ClientAuthMethod::Body, CLIENT_SECRET)] {
            let mut fields = Fields::new();
            fields.set(member, "other".into());
            let refused = applied(&[&client("my_app", "s3", method)], "https://a.example/x", Body::Fields(fields));
            assert_eq!(refused.unwrap_err(), Unwritable::Taken(member));
        }
    }
}
