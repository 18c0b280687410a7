//! The later generation, whose bodies are JSON alone.

use zeyos::http::header;
use zeyos::oauth2::Callback;
use zeyos::platforms::auth_agent::back_channel::BackChannel;
use zeyos::platforms::auth_agent::back_channel::raw::{AuthenticateRequest, CheckStatusQuery};
use zeyos_emulator::platforms::Platform;

use crate::platforms::support::{Wire, server, visited};

#[tokio::test]
async fn an_agent_signs_in_on_the_back_channel_and_refresh_tokens_rotate() {
    let server = server(Platform::AuthAgent, &[("generation", "second")]).await;
    let of = |name| server.credential(name).unwrap().to_owned();
    let wire = Wire::new();
    let built = BackChannel::builder(server.url(), of("client_id"), of("client_secret")).transport(wire.clone());
    let application = built.build().unwrap();
    let login =
        application.oauth2().authorization_request(of("redirect_uri")).scopes(["openid", "profile"]).begin().unwrap();
    let page = visited(login.url().as_str()).await;
    let page = String::from_utf8(page.body().to_vec()).unwrap();
    let start = page.find("req_").unwrap();
    let request_id = &page[start..start + 36];
    let agent = application.for_agent(of("agent_id"), of("agent_secret")).unwrap();
    agent.raw().authenticate_agent(AuthenticateRequest::new(request_id, "model")).await.unwrap();
    let status = application.raw().check_status(CheckStatusQuery::new(request_id)).await.unwrap().into_inner();
    let answer = format!("?code={}&state={}", status.code.unwrap().expose(), status.state.unwrap());
    let tokens = login.finish(Callback::parse(&answer).unwrap()).await.unwrap();
    let post = wire.sent().into_iter().find(|sent| sent.path == "/token").unwrap();
    assert_eq!(post.header(header::CONTENT_TYPE), Some("application/json"));
    assert_eq!(post.json()["client_secret"], of("client_secret"));
    assert!(!application.user_info().await.unwrap().sub.is_empty());
    assert!(application.introspect(tokens.access_token.clone().unwrap()).await.unwrap().active);
    let newer = application.oauth2().refresh().await.unwrap();
    assert_ne!(newer.refresh_token, tokens.refresh_token);
    application.oauth2().logout().await.unwrap();
    assert!(!application.introspect(newer.access_token.unwrap()).await.unwrap().active);
}
