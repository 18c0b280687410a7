//! Tests of paths that the caller chooses for operations whose path no one has confirmed.

use http::Method;
use zeyos_core::call::{RawCall, Request};
use zeyos_core::{Credential, Dispatcher as _, Issuer, IssuerGrant, Operation, ServiceDescription};

use crate::{BuildError, Client, ClientBuilder, Login};

static TOKENS: Credential = Credential::new("vault/tokens");
static SERVICE: ServiceDescription = ServiceDescription::new("vault", "/api");
static EVENT: Operation = Operation::new(&SERVICE, "event", Method::GET, "/events/{id}/of/{kind}").unconfirmed();
static LIST: Operation = Operation::new(&SERVICE, "list", Method::GET, "/events");
static LOGIN: Operation = Operation::new(&SERVICE, "login", Method::GET, "/login").unconfirmed();
static TOKEN: Operation = Operation::new(&SERVICE, "token", Method::POST, "/token").unconfirmed();
static ISSUER: Issuer = Issuer::new("vault", &TOKENS, IssuerGrant::OAuth2, &TOKEN).authorization(&LOGIN);

fn builder() -> ClientBuilder<Client> {
    let login = Login::new(&TOKENS).service(&SERVICE, [&EVENT, &LIST], &[&ISSUER]);
    ClientBuilder::new("https://vault.example/base", login).client_credentials("app", "s3cret")
}

fn url(client: &Client, event: (&str, &str)) -> String {
    let call = RawCall::new(&client.dispatch(), &EVENT).segment("id", event.0).segment("kind", event.1);
    call.typed::<(), zeyos_core::call::kind::Json>().dry_run().unwrap().url
}

#[test]
fn a_path_is_another_one_with_the_same_parameters() {
    let at = |path: &str| url(&builder().operation_path(&EVENT, path).build().unwrap(), ("7/8", "kind}"));
    assert_eq!(url(&builder().build().unwrap(), ("7", "a")), "https://vault.example/base/api/events/7/of/a");
    assert_eq!(at("/v2/{kind}/{id}"), "https://vault.example/base/api/v2/kind%7D/7%2F8");
    assert_eq!(at("/{id}.{kind}"), "https://vault.example/base/api/7%2F8.kind%7D");
    // What was named last counts.
    let twice = builder().operation_path(&EVENT, "/a/{id}/{kind}").operation_path(&EVENT, "/b/{id}/{kind}");
    assert_eq!(url(&twice.build().unwrap(), ("1", "2")), "https://vault.example/base/api/b/1/2");
}

#[test]
fn a_request_that_goes_elsewhere_by_itself_stays_there() {
    let client = builder().operation_path(&EVENT, "/moved/{id}/{kind}").build().unwrap();
    let mut request = Request::new(&EVENT);
    request.path = "/events/next-page".to_owned();
    let shown = client.dispatch().dry_run(request).unwrap();
    assert_eq!(shown.url, "https://vault.example/base/api/events/next-page");
}

#[test]
fn a_login_begins_at_the_path_that_was_chosen() {
    let client = builder().operation_path(&LOGIN, "/oauth/begin").build().unwrap();
    let login = client.oauth2(&ISSUER).authorization_request("https://app.example/cb").begin().unwrap();
    assert!(login.url().as_str().starts_with("https://vault.example/base/api/oauth/begin?"), "{}", login.url());
}

#[test]
fn what_cannot_be_the_path_of_the_operation_is_refused() {
    let refused = |operation: &'static Operation, path: &str| {
        let built: Result<Client, BuildError> = builder().operation_path(operation, path).build();
        built.unwrap_err().to_string()
    };
    let confirmed = refused(&LIST, "/all");
    assert!(confirmed.contains("the path of the operation list is confirmed by its document"), "{confirmed}");
    for path in ["/{id}", "/{id}/{kind}/{id}", "/{id}/{other}", "/x"] {
        let said = refused(&EVENT, path);
        assert!(said.contains("must have the parameters of /events/{id}/of/{kind}, each once"), "{path}: {said}");
    }
    for path in ["/{id}/{kind", "/{id}/kind}", "/{id}/{kind}}"] {
        assert!(refused(&EVENT, path).contains("has a brace that is not a parameter"), "{path}");
    }
    for path in
        ["{id}/{kind}", "/../{id}/{kind}", "/{id}/{kind}?a=1", "https://e.example/{id}/{kind}", "/{id}/%2e%2e/{kind}"]
    {
        assert!(refused(&EVENT, path).contains("is none: it begins with a slash"), "{path}");
    }
}
