//! The only file that writes `Authorization` and `Cookie`, and the pair of the client application into a body.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use zeyos_core::{Fields, Secret};

use super::ClientAuthMethod;
use super::credentials::{ClientCredentials, UserCredentials, is_b64token};

/// A credential with its value, ready to be written.
pub(super) enum Credential {
    Bearer(Secret),
    Session { cookie: &'static str, value: Secret },
    Client(ClientCredentials),
    User(UserCredentials),
}

/// Why a credential cannot be written. Its value is not repeated.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unwritable {
    /// It has characters that no header may have.
    Characters(&'static str),
    /// The caller has put a member of this name into the body.
    Taken(&'static str),
}

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unwritable::Characters(what) => write!(f, "{what} has characters that no header may have"),
            Unwritable::Taken(member) => write!(f, "the member {member} of the body is written by the client alone"),
        }
    }
}

/// The pair of the client application in a body.
const CLIENT_ID: &str = "client_id";
const CLIENT_SECRET: &str = "client_secret";

impl Credential {
    /// What nobody else may see of it.
    pub(super) fn secret(&self) -> &Secret {
        match self {
            Credential::Bearer(token) => token,
            Credential::Session { value, .. } => value,
            Credential::Client(client) => &client.secret,
            Credential::User(user) => &user.password,
        }
    }

    /// Writes the credential into the request.
    pub(super) fn apply(&self, headers: &mut HeaderMap, body: Option<&mut Fields>) -> Result<(), Unwritable> {
        match self {
            Credential::Bearer(token) if !is_b64token(token.expose()) => {
                Err(Unwritable::Characters("the access token"))
            }
            Credential::Bearer(token) => {
                write(headers, header::AUTHORIZATION, &format!("Bearer {}", token.expose()), "the access token")
            }
            Credential::Session { cookie, value } => {
                write(headers, header::COOKIE, &format!("{cookie}={}", value.expose()), "the session cookie")
            }
            Credential::User(user) => {
                let pair = format!("{}:{}", user.name, user.password.expose());
                write(headers, header::AUTHORIZATION, &basic(&pair), "the pair of the user")
            }
            Credential::Client(client) => apply_client(client, headers, body),
        }
    }
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
            fields.set_secret(CLIENT_SECRET, client.secret.clone());
            Ok(())
        }
        _ => write(headers, header::AUTHORIZATION, &client_basic(client), "the pair of the client application"),
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
fn write(headers: &mut HeaderMap, name: HeaderName, value: &str, what: &'static str) -> Result<(), Unwritable> {
    let mut value = HeaderValue::from_str(value).map_err(|_| Unwritable::Characters(what))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, secret: &str, method: ClientAuthMethod) -> Credential {
        Credential::Client(ClientCredentials { id: id.to_owned(), secret: secret.into(), method })
    }

    fn written(credential: &Credential) -> (HeaderMap, Fields) {
        let (mut headers, mut fields) = (HeaderMap::new(), Fields::new());
        credential.apply(&mut headers, Some(&mut fields)).unwrap();
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
        let session = Credential::Session { cookie: "SID", value: "v".into() };
        for credential in [Credential::Bearer("t".into()), session, Credential::User(user)] {
            let (headers, _) = written(&credential);
            assert!(headers.values().all(HeaderValue::is_sensitive) && headers.len() == 1);
        }
    }

    #[test]
    fn what_no_header_may_hold_is_refused() {
        let mut headers = HeaderMap::new();
        let refused = Credential::Bearer("a\r\nb".into()).apply(&mut headers, None);
        assert_eq!(refused, Err(Unwritable::Characters("the access token")));
        assert!(headers.is_empty());
    }

    #[test]
    fn a_pair_that_the_caller_put_into_the_body_is_refused_not_doubled() {
        for (method, member) in [(ClientAuthMethod::Basic, CLIENT_ID), (ClientAuthMethod::Body, CLIENT_SECRET)] {
            let (mut headers, mut fields) = (HeaderMap::new(), Fields::new());
            fields.set(member, "other".into());
            let refused = client("my_app", "s3", method).apply(&mut headers, Some(&mut fields));
            assert_eq!(refused, Err(Unwritable::Taken(member)));
            assert!(headers.is_empty());
        }
    }
}
