//! Which credential a request must carry, from what the document asks for and what the client was given.

use super::{Document, Operation, entries, list, text};
use yaml_rust2::Yaml;

/// What the client of a test was given. The values are always the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Configured {
    pub token: bool,
    pub session: bool,
    pub client: bool,
    pub user: bool,
    /// The pair of the client application goes into the body.
    pub pair_in_body: bool,
    /// The mode that sends nothing.
    pub bare: bool,
}

pub(crate) const TOKEN: &str = "t0ken";
pub(crate) const COOKIE: &str = "c00kie";
pub(crate) const CLIENT: (&str, &str) = ("my_app", "s3cret");
pub(crate) const USER: (&str, &str) = ("mara", "pa:ss");

/// `printf my_app:s3cret | base64`
const CLIENT_BASIC: &str = "Basic bXlfYXBwOnMzY3JldA==";
/// `printf mara:pa:ss | base64`
const USER_BASIC: &str = "Basic bWFyYTpwYTpzcw==";

/// What a request carries, or that it must not be sent.
#[derive(Debug, PartialEq)]
pub(crate) enum Credential {
    Header(&'static str, String),
    /// Members of the body.
    Pair,
    Nothing,
    Refused,
}

impl Operation<'_> {
    /// Basic goes before bearer, bearer before the session; where nothing is asked for, nothing is sent.
    pub(crate) fn credential(&self, configured: Configured) -> Credential {
        let own = list(&self.node["security"]);
        let asked = if self.node["security"].is_badvalue() { list(&self.document.root["security"]) } else { own };
        if asked.is_empty() || configured.bare {
            return Credential::Nothing;
        }
        let offered = asked.iter().flat_map(|alternative| {
            // No alternative of these documents needs two credentials at once.
            assert_eq!(entries(alternative).count(), 1, "{}", self.id());
            entries(alternative).map(|(scheme, _)| credential(self.document, scheme, configured))
        });
        let mut usable: Vec<(u8, Credential)> = offered.flatten().collect();
        usable.sort_by_key(|(rank, _)| *rank);
        usable.into_iter().next().map_or(Credential::Refused, |(_, credential)| credential)
    }
}

fn credential(document: &Document, name: &str, configured: Configured) -> Option<(u8, Credential)> {
    let scheme: &Yaml = &document.root["components"]["securitySchemes"][name];
    let authorization = |value: &str| Credential::Header("authorization", value.to_owned());
    match (text(&scheme["type"]), scheme["scheme"].as_str(), scheme["x-holder"].as_str()) {
        ("http", Some("basic"), Some("client")) if configured.pair_in_body => {
            configured.client.then_some((0, Credential::Pair))
        }
        ("http", Some("basic"), Some("client")) => configured.client.then(|| (0, authorization(CLIENT_BASIC))),
        ("http", Some("basic"), Some("user")) => configured.user.then(|| (0, authorization(USER_BASIC))),
        ("oauth2", None, None) | ("http", Some("bearer"), None) => {
            configured.token.then(|| (1, authorization(&format!("Bearer {TOKEN}"))))
        }
        ("apiKey", None, None) => {
            assert_eq!(scheme["in"].as_str(), Some("cookie"));
            let cookie = format!("{}={COOKIE}", text(&scheme["name"]));
            configured.session.then_some((2, Credential::Header("cookie", cookie)))
        }
        other => panic!("the scheme {name} is new: {other:?}"),
    }
}
