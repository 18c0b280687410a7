//! The test servers of further platforms, over plain sockets: every rule of its service that a client could break.

mod access_tokens;
mod access_tokens_bodies;
mod auth_agent;
mod auth_agent_second;
mod cozy;
mod cozy_login;
mod cozy_tokens;
mod documents;
mod shared;

use serde_json::Value;
use zeyos_emulator::platforms::{Platform, PlatformServer};

use crate::client::{Answer, RequestBuilder, block_on};

/// A running server.
struct Site {
    server: PlatformServer,
}

impl Site {
    fn start(platform: Platform) -> Self {
        Self::switched(platform, &[])
    }

    fn switched(platform: Platform, switches: &[(&str, &str)]) -> Self {
        let builder = switches
            .iter()
            .fold(PlatformServer::builder(platform), |builder, (name, value)| builder.switch(name, value).unwrap());
        Self { server: block_on(builder.start()).unwrap() }
    }

    fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        RequestBuilder::new(&format!("{}/", self.server.url()), method, &format!("/{path}"))
    }

    /// A credential that it handed out.
    fn credential(&self, name: &str) -> &str {
        self.server.credential(name).unwrap()
    }
}

/// A server of one platform, so that its tests have names of their own for what they do.
macro_rules! site_of {
    ($name:ident) => {
        struct $name(Site);

        impl std::ops::Deref for $name {
            type Target = Site;

            fn deref(&self) -> &Site {
                &self.0
            }
        }
    };
}

site_of!(Cozy);
site_of!(Tokens);
site_of!(Agent);
site_of!(Second);

/// Status and JSON of an answer, whatever parameters its media type has.
fn seen(answer: &Answer) -> (u16, Value) {
    let media_type = answer.header("content-type").unwrap_or_default();
    assert!(media_type.starts_with("application/json"), "{media_type}: {}", answer.text());
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// A text in JSON.
fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}")).to_owned()
}

/// Fields as a form.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The value of a parameter in the query of a URL, decoded.
fn parameter(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The claims of a JWT.
fn claims(jwt: &str) -> Value {
    use base64::Engine as _;
    let part = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The verifier of RFC 7636, appendix B, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
