//! What a client is set to.

use std::process::Command;
use std::time::Duration;

use zeyos::platforms::auth_agent::AuthAgent;
use zeyos_emulator::Fault;

use super::{Site, builder};
use crate::platforms::support::Wire;
use crate::support::clock::TestClock;

#[tokio::test]
async fn p_g1_the_server_is_that_of_the_vendor_and_the_time_limit_ten_seconds() {
    let wire = Wire::answering(|_| crate::platforms::support::answer(200, "application/json", "{}"));
    let agent = AuthAgent::builder("agent").transport(wire.clone()).clock(TestClock::new()).build().unwrap();
    let url = agent.authorization_url("https://app.example.com/cb", None, None).unwrap().url;
    assert!(url.starts_with("https://api.auth-agent.com/oauth2/authorize?client_id=agent&"), "{url}");
    let _ = agent.discover().await;
    assert_eq!(wire.timeouts(), [Some(Duration::from_secs(10))]);
}

#[tokio::test]
async fn p_g1_a_time_limit_ends_a_call() {
    let wire = Wire::new();
    let site = Site::of(wire, &[], |builder| builder.timeout(Duration::from_millis(50))).await;
    site.server.inject(Fault::delay(Duration::from_secs(30)).on("GET", "/.well-known/openid-configuration").times(9));
    let error = site.agent.discover().await.unwrap_err();
    assert!(error.error().unwrap().is_timeout() && error.code() == "timeout", "{error}");
}

#[tokio::test]
async fn p_g1_a_public_agent_sends_no_secret() {
    let server = crate::platforms::support::server(zeyos_emulator::platforms::Platform::AuthAgent, &[]).await;
    let wire = Wire::answering(|sent| match sent.path.as_str() {
        "/oauth2/token" => crate::platforms::support::answer(
            200,
            "application/json",
            r#"{"access_token":"a","token_type":"Bearer","expires_in":60,"scope":"openid"}"#,
        ),
        _ => None,
    });
    let agent = AuthAgent::builder("public-agent").server_url(server.url()).transport(wire.clone()).build().unwrap();
    let begun = agent.authorization_url(super::REDIRECT, None, None).unwrap();
    agent.exchange_code("code", begun.state, super::REDIRECT).await.unwrap();
    let form = wire.sent()[0].form();
    assert!(form.contains(&("client_id".to_owned(), "public-agent".to_owned())), "{form:?}");
    assert!(form.iter().all(|(name, _)| name != "client_secret"), "{form:?}");
}

#[test]
fn p_g1_the_environment_is_read_by_from_env_alone_and_never_mixed() {
    // The environment is that of a process of its own: this one is shared by all tests.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "platforms::auth_agent::config::child_with_an_environment", "--ignored"])
        .env("AUTH_SERVER_URL", "https://agents.example.com")
        .env("AUTH_AGENT_ID", "of-the-environment")
        .env("AUTH_AGENT_SECRET", "s3cret")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
    assert!(AuthAgent::from_env().is_err(), "there is no such variable here");
}

#[test]
#[ignore = "run by the test before it, in a process with variables"]
fn child_with_an_environment() {
    let url = |agent: &AuthAgent| agent.authorization_url("https://app.example.com/cb", None, None).unwrap().url;
    let agent = AuthAgent::from_env().unwrap().build().unwrap();
    assert!(url(&agent).starts_with("https://agents.example.com/oauth2/authorize?client_id=of-the-environment&"));
    let other = AuthAgent::builder("of-code").agent_secret("mine").build().unwrap();
    assert!(url(&other).starts_with("https://api.auth-agent.com/"));
    assert!(AuthAgent::from_env().unwrap().agent_secret("mine").build().is_err());
    AuthAgent::from_env().unwrap().agent_secret("mine").server_url("https://mine.example.com").build().unwrap();
}

#[tokio::test]
async fn discovery_counts_only_for_the_server_that_was_asked() {
    let found = Site::start().await.agent.discover().await.unwrap();
    assert!(!found.document().issuer.is_empty());
    for (switch, code) in [("foreign_issuer", "invalid_issuer"), ("foreign_endpoints", "foreign_endpoint")] {
        let site = Site::switched(&[("discovery", switch)]).await;
        assert_eq!(site.agent.discover().await.unwrap_err().code(), code);
    }
    let site = Site::switched(&[("discovery", "moved")]).await;
    let found = site.agent.discover().await.unwrap();
    let agent = builder(&site.server, &site.wire).discovered(&found).build().unwrap();
    let tokens = super::sign_in(&agent).await;
    let token = tokens.access_token.unwrap();
    assert!(agent.introspect_token(token.clone()).await.unwrap().active);
    agent.revoke_token(token.clone()).await.unwrap();
    assert!(!agent.introspect_token(token).await.unwrap().active);
    assert!(!site.wire.lines().contains(&"POST /oauth2/revoke".to_owned()), "{:?}", site.wire.lines());
}
