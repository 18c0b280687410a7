//! Tests of the endpoints that a server reports about itself.

use http::Method;
use serde_json::json;
use zeyos_core::{
    Credential, Dispatcher as _, Issuer, IssuerGrant, Operation, Safety, ServiceDescription, ServiceRoot,
};

use crate::{Client, ClientBuilder, DiscoveryError, Login};

static TOKENS: Credential = Credential::new("harbour/tokens");
static SERVICE: ServiceDescription = ServiceDescription::new("harbour", "");
static AT_ISSUER: ServiceDescription = ServiceDescription::new("harbour/token", "").root(ServiceRoot::Origin);
static AT_ANOTHER: ServiceDescription =
    ServiceDescription::new("harbour/introspection", "").root(ServiceRoot::At("https://login.example"));
static BELOW: ServiceDescription = ServiceDescription::new("harbour/revocation", "/v1");
static METADATA: Operation =
    Operation::new(&SERVICE, "metadata", Method::GET, "/.well-known/oauth-authorization-server")
        .safety(Safety::Read)
        .discovery(&[
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/me"),
            ("introspection_endpoint", "/introspect"),
            ("revocation_endpoint", "/revoke"),
        ]);
static ME: Operation = Operation::new(&SERVICE, "me", Method::GET, "/me").safety(Safety::Read);
static TOKEN: Operation = Operation::new(&AT_ISSUER, "token", Method::POST, "/token");
static TOKEN_OF_ANOTHER: Operation = Operation::new(&AT_ISSUER, "later", Method::POST, "/token/later");
static INTROSPECT: Operation = Operation::new(&AT_ANOTHER, "introspect", Method::POST, "/introspect");
static REVOKE: Operation = Operation::new(&BELOW, "revoke", Method::POST, "/revoke");
static ISSUER: Issuer =
    Issuer::new("harbour", &TOKENS, IssuerGrant::OAuth2, &TOKEN).introspection(&INTROSPECT).revocation(&REVOKE, None);

fn builder() -> ClientBuilder<Client> {
    let login = Login::new(&TOKENS).service(&SERVICE, [&METADATA, &ME], &[&ISSUER]);
    ClientBuilder::new("https://harbour.example/base", login).client_credentials("app", "s3cret")
}

fn url(client: &Client, operation: &'static Operation) -> String {
    client.handle().url_of(&zeyos_core::call::Request::new(operation))
}

#[test]
fn b6_endpoints_below_the_chosen_url_take_the_place_of_those_of_the_document() {
    let answer = json!({
        "issuer": "https://harbour.example/base/", "token_endpoint": "https://harbour.example/base/oauth/v2/token",
        "userinfo_endpoint": "https://harbour.example/base/whoami", "jwks_uri": "https://keys.example/jwks",
    });
    let found = builder().build().unwrap().discovered(&METADATA, &answer).unwrap();
    let client = builder().discovered(&found).build().unwrap();
    assert_eq!(url(&client, &ME), "https://harbour.example/base/whoami");
    assert_eq!(url(&client, &TOKEN), "https://harbour.example/base/oauth/v2/token");
    assert_eq!(url(&client, &METADATA), "https://harbour.example/base/.well-known/oauth-authorization-server");
    // What the server does not tell stays where the document has it.
    let some = json!({"issuer": "https://harbour.example/base", "userinfo_endpoint": null});
    let found = client.discovered(&METADATA, &some).unwrap();
    assert_eq!(url(&builder().discovered(&found).build().unwrap(), &ME), "https://harbour.example/base/me");
}

#[test]
fn b6_what_is_told_of_one_endpoint_moves_no_other_and_nothing_that_is_elsewhere() {
    let answer = json!({
        "issuer": "https://harbour.example/base", "token_endpoint": "https://harbour.example/base/t",
        "introspection_endpoint": "https://harbour.example/base/i", "revocation_endpoint": "https://harbour.example/base/r",
    });
    let found = builder().build().unwrap().discovered(&METADATA, &answer).unwrap();
    let client = builder().discovered(&found).build().unwrap();
    assert_eq!(url(&client, &TOKEN), "https://harbour.example/base/t", "the document has it below the origin");
    assert_eq!(url(&client, &REVOKE), "https://harbour.example/base/r", "the document has it below a path");
    assert_eq!(url(&client, &TOKEN_OF_ANOTHER), "https://harbour.example/token/later");
    assert_eq!(url(&client, &INTROSPECT), "https://login.example/introspect", "secrets of that server stay there");
    let named = builder().service_url(&AT_ISSUER, "https://harbour.example/mine").discovered(&found).build().unwrap();
    assert_eq!(url(&named, &TOKEN), "https://harbour.example/mine/token", "the caller knows better");
}

#[test]
fn b6_metadata_of_another_server_and_endpoints_elsewhere_do_not_count() {
    let client = builder().build().unwrap();
    let refused = |issuer: &str, token: &serde_json::Value| {
        client.discovered(&METADATA, &json!({"issuer": issuer, "token_endpoint": token})).unwrap_err()
    };
    let own = json!("https://harbour.example/base/token");
    for issuer in [
        "https://harbour.example",
        "http://harbour.example/base",
        "https://harbour.example/base/x",
        "https://evil.example/base",
        "",
    ] {
        assert_eq!(refused(issuer, &own), DiscoveryError::Issuer, "{issuer}");
    }
    for token in [
        json!("https://evil.example/base/token"),
        json!("http://harbour.example/base/token"),
        json!("https://harbour.example/based/token"),
        json!("https://harbour.example/base/../token"),
        json!("https://harbour.example/base/%2e%2e/token"),
        json!("https://harbour.example/base@evil.example/token"),
        json!("https://harbour.example:444/base/token"),
        json!("/token"),
        json!(7),
    ] {
        let error = refused("https://harbour.example/base", &token);
        assert_eq!(error, DiscoveryError::Endpoint("token_endpoint"), "{token}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
    assert_eq!(client.discovered(&METADATA, &json!(null)).unwrap_err(), DiscoveryError::Issuer);
}

#[test]
fn b6_nothing_is_discovered_that_its_document_does_not_mark() {
    let client = builder().build().unwrap();
    let answer =
        json!({"issuer": "https://harbour.example/base", "token_endpoint": "https://harbour.example/base/v2/token"});
    assert_eq!(client.discovered(&ME, &answer).unwrap_err(), DiscoveryError::NotMarked);
    assert!(client.dispatch().dry_run(zeyos_core::call::Request::new(&METADATA)).is_ok());
}
