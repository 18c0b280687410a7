//! Security schemes, and what operations ask of them.

/// A security scheme of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// As the document names it.
    pub name: String,
    /// Name of its static.
    pub constant: String,
    pub kind: SchemeKind,
    /// The credential that it shares with other documents, as `group/credential`; else it has one of its own.
    pub credential: Option<String>,
    pub description: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SchemeKind {
    Bearer,
    Basic(Holder),
    ApiKey { place: KeyPlace, name: String },
    InBody { member: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Client,
    User,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyPlace {
    Header,
    Query,
    Cookie,
}

/// A scheme that an alternative asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub scheme: Scheme,
    pub scopes: Vec<String>,
}

impl Scheme {
    /// The word of the command `operations`.
    pub(crate) fn word(&self) -> &'static str {
        match &self.kind {
            SchemeKind::Bearer => "bearer",
            SchemeKind::Basic(_) => "basic",
            SchemeKind::ApiKey { place: KeyPlace::Cookie, .. } => "session",
            SchemeKind::ApiKey { .. } => "key",
            SchemeKind::InBody { .. } => "body",
        }
    }

    /// Whether both send the same credential.
    pub(crate) fn shares_with(&self, other: &Scheme) -> bool {
        match (&self.credential, &other.credential) {
            (Some(own), Some(others)) => own == others,
            _ => self.name == other.name,
        }
    }

    /// What the caller configures for it.
    pub(crate) fn configured(&self) -> &'static str {
        match &self.kind {
            SchemeKind::Bearer => "a bearer token",
            SchemeKind::Basic(Holder::Client) => "the pair of the client application",
            SchemeKind::Basic(Holder::User) => "name and password of the user",
            SchemeKind::ApiKey { place: KeyPlace::Cookie, .. } => "a session cookie",
            SchemeKind::ApiKey { .. } | SchemeKind::InBody { .. } => "a key",
        }
    }

    /// What of a request it writes. No two of an alternative may write the same.
    pub(crate) fn writes(&self) -> String {
        match &self.kind {
            SchemeKind::Bearer | SchemeKind::Basic(_) => "the header authorization".to_owned(),
            SchemeKind::ApiKey { place: KeyPlace::Header, name } => format!("the header {}", name.to_ascii_lowercase()),
            SchemeKind::ApiKey { place: KeyPlace::Query, name } => format!("the query parameter {name}"),
            SchemeKind::ApiKey { place: KeyPlace::Cookie, name } => format!("the cookie {name}"),
            SchemeKind::InBody { member } => format!("the member {member} of the body"),
        }
    }

    /// What goes along, in a sentence.
    pub(crate) fn phrase(&self) -> String {
        match &self.kind {
            SchemeKind::Bearer => "a bearer token".to_owned(),
            SchemeKind::Basic(Holder::Client) => "the pair of the client application (Basic)".to_owned(),
            SchemeKind::Basic(Holder::User) => "name and password of the user (Basic)".to_owned(),
            SchemeKind::ApiKey { place: KeyPlace::Cookie, .. } => "the session cookie".to_owned(),
            SchemeKind::ApiKey { place: KeyPlace::Header, name } => format!("the key in the header `{name}`"),
            SchemeKind::ApiKey { place: KeyPlace::Query, name } => format!("the key in the query parameter `{name}`"),
            SchemeKind::InBody { member } => format!("the member `{member}` of the body"),
        }
    }
}

/// Who issues the tokens that a scheme sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuer {
    /// The name that tokens keep.
    pub name: String,
    /// Name of its static.
    pub constant: String,
    pub scheme: Scheme,
    pub grant: Grant,
    /// Names of the statics of operations, here and below.
    pub token: String,
    pub authorization: Option<String>,
    pub introspection: Option<String>,
    pub revocation: Option<Revocation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    OAuth2,
    Once,
    Again,
    Key,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub constant: String,
    /// The member that names the token.
    pub member: Option<String>,
}

/// Where the tokens of a scheme are got and renewed, by the flows of OAuth 2.0 that it declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flow {
    pub scheme: Scheme,
    pub token: Address,
    /// Where tokens are renewed, if that is elsewhere.
    pub refresh: Option<Address>,
    pub authorization: Option<Address>,
    pub introspection: Option<Address>,
    pub revocation: Option<Address>,
    /// What a renewal does to the refresh token.
    pub refreshing: Refreshing,
    /// What the server says in words of its own, and the codes that it means, by the words.
    pub errors: Vec<(String, String)>,
    /// Whether answers say how long a token lives.
    pub tells_lifetime: bool,
}

/// An address: an origin, or none where it is that of the server, and the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub origin: Option<String>,
    pub path: String,
}

/// What a server does with a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshing {
    Rotating,
    Static,
    Unknown,
}

/// A server that callers may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub constant: String,
    pub url: String,
    pub description: String,
    pub variables: Vec<ServerVariable>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerVariable {
    pub name: String,
    pub default: String,
    pub values: Vec<String>,
}

/// A server of some operations alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnServer {
    /// Name of its service, and of the setter of its URL.
    pub constant: String,
    pub setter: String,
    pub url: String,
    pub address: Address,
}
