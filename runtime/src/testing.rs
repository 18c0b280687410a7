//! A service with OAuth 2.0, as data, for unit tests.

use http::Method;
use zeyos_core::{
    Credential, Holder, Issuer, IssuerGrant, Operation, RequestBody, Requirement, Safety, SchemeKind, SecurityScheme,
    ServiceDescription,
};

use crate::{Client, ClientBuilder, Login};

static SERVICE: ServiceDescription = ServiceDescription::new("oauth2", "/oauth2/v1");
static TOKENS: Credential = Credential::new("oauth2/token");
static APPLICATION: Credential = Credential::new("oauth2/application");
static BASIC: SecurityScheme = SecurityScheme::new("application", SchemeKind::Basic(Holder::Client), &APPLICATION);

static AUTHORIZE: Operation = Operation::new(&SERVICE, "authorize", Method::GET, "/authorize");
static TOKEN: Operation = Operation::new(&SERVICE, "token", Method::POST, "/token")
    .security(&[&[Requirement::of(&BASIC)]])
    .safety(Safety::TokenExchange)
    .body(RequestBody::FORM);
static INTROSPECT: Operation = Operation::new(&SERVICE, "introspect", Method::POST, "/introspect")
    .security(&[&[Requirement::of(&BASIC)]])
    .safety(Safety::Read)
    .body(RequestBody::FORM);

/// Its issuer.
pub(crate) static ISSUER: Issuer =
    Issuer::new("oauth", &TOKENS, IssuerGrant::OAuth2, &TOKEN).authorization(&AUTHORIZE).introspection(&INTROSPECT);

/// A client of it.
pub(crate) fn client(url: &str) -> ClientBuilder<Client> {
    let operations = [&AUTHORIZE, &TOKEN, &INTROSPECT];
    ClientBuilder::new(url, Login::new(&TOKENS).client(&APPLICATION).service(&SERVICE, operations, &[&ISSUER]))
}
