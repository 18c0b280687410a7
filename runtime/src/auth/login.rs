//! Which credentials of documents make up a login, and which services it is for.

use zeyos_core::{Credential, Issuer, KeyPlace, Operation, SchemeKind, SecurityScheme, ServiceDescription};

/// The credentials that a client gets, keeps and renews by itself, and the services that they are for. Emitted crates have one as
/// data.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// Tokens, sent as bearer tokens.
    pub tokens: &'static Credential,
    /// The cookie of a session.
    pub session: Option<&'static Credential>,
    /// Identifier and secret of the client application.
    pub client: Option<&'static Credential>,
    /// Name and password of a user.
    pub user: Option<&'static Credential>,
    /// Where the tokens come from.
    pub issuers: Vec<&'static Issuer>,
    /// The services whose origins all of this may go to.
    pub services: Vec<&'static ServiceDescription>,
    /// The names of the cookie in these services.
    pub cookies: Vec<&'static str>,
    /// What the path of a base URL names, where no server answers below the origin alone.
    pub tenant: Option<&'static str>,
    /// The credentials that their operations ask for, each with the service that does.
    pub(crate) asked: Vec<(&'static Credential, &'static ServiceDescription)>,
}

/// Stands for the tokens of a login that has none: no scheme sends it.
static NO_TOKENS: Credential = Credential::new("no tokens");

impl Login {
    /// A login by tokens alone.
    pub fn new(tokens: &'static Credential) -> Self {
        Login {
            tokens,
            session: None,
            client: None,
            user: None,
            issuers: Vec::new(),
            services: Vec::new(),
            cookies: Vec::new(),
            tenant: None,
            asked: Vec::new(),
        }
    }

    /// A login without tokens, for services that know none.
    pub fn without_tokens() -> Self {
        Login::new(&NO_TOKENS)
    }

    /// With the cookie of a session.
    #[must_use]
    pub fn session(mut self, session: &'static Credential) -> Self {
        self.session = Some(session);
        self
    }

    /// With the pair of a client application.
    #[must_use]
    pub fn client(mut self, client: &'static Credential) -> Self {
        self.client = Some(client);
        self
    }

    /// With the pair of a user.
    #[must_use]
    pub fn user(mut self, user: &'static Credential) -> Self {
        self.user = Some(user);
        self
    }

    /// For servers of several tenants, each below a path of its own: what that path names, such as `instance`. A client whose base
    /// URL ends with its origin is not built.
    #[must_use]
    pub fn tenant(mut self, name: &'static str) -> Self {
        self.tenant = Some(name);
        self
    }

    /// Also for this service, with those of its issuers whose tokens these are. Name the cookie before, if there is one. Each
    /// credential goes to the origins of the services whose operations ask for it.
    #[must_use]
    pub fn service(
        mut self,
        service: &'static ServiceDescription,
        operations: impl IntoIterator<Item = &'static Operation>,
        issuers: &[&'static Issuer],
    ) -> Self {
        self.services.push(service);
        self.issuers.extend(issuers.iter().filter(|issuer| issuer.credential == self.tokens));
        for (service, scheme) in operations.into_iter().chain(of_issuers(issuers)).flat_map(schemes) {
            if !self.asked.contains(&(scheme.credential, service)) {
                self.asked.push((scheme.credential, service));
            }
            match scheme.kind {
                SchemeKind::ApiKey { place: KeyPlace::Cookie, name }
                    if Some(scheme.credential) == self.session && !self.cookies.contains(&name) =>
                {
                    self.cookies.push(name);
                }
                _ => {}
            }
        }
        self
    }
}

/// The operations that issuers bring with them.
fn of_issuers(issuers: &[&'static Issuer]) -> impl Iterator<Item = &'static Operation> {
    issuers.iter().flat_map(|issuer| {
        let revocation = issuer.revocation.map(|revocation| revocation.operation);
        [Some(issuer.token), issuer.refresh, issuer.introspection, revocation].into_iter().flatten()
    })
}

/// What an operation asks for, each with its service, which may be another one than that of the document.
fn schemes(
    operation: &'static Operation,
) -> impl Iterator<Item = (&'static ServiceDescription, &'static SecurityScheme)> {
    operation.schemes().map(|scheme| (operation.service, scheme))
}
