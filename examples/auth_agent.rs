//! Auth-Agent: signs an agent in, asks who it is, reports what it did, answers a challenge.
//!
//! `cargo run --example auth_agent --features auth-agent` runs on a test server of the emulator, which approves every login.

use std::time::Duration;

use zeyos::bytes::Bytes;
use zeyos::http::{Request, header};
use zeyos::oauth2::Callback;
use zeyos::platforms::auth_agent::{AgentProfileUpdate, AuthAgent, Click, EventData, parse_jwt};
use zeyos::{HttpTransport, Transport, TransportRequest};
use zeyos_emulator::platforms::{Platform, PlatformServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = PlatformServer::start(Platform::AuthAgent).await?;
    let of = |name| server.credential(name).unwrap_or_default().to_owned();
    let agent = AuthAgent::builder(of("agent_id"))
        .agent_secret(of("agent_secret"))
        .server_url(server.url())
        .on_tokens_received(|tokens| async move { println!("signed in for {}", tokens.scope.unwrap_or_default()) })
        .on_tokens_refreshed(|_| async { println!("the tokens were renewed") })
        .build()?;

    let login = agent.login("http://127.0.0.1:8484/callback").begin()?;
    println!("a person would open {}", login.url());
    let answer = visited(login.url().as_str()).await?;
    let tokens = agent.finish(login, Callback::parse(&answer)?).await?;

    let user = agent.user_info().await?;
    println!("{} runs on {}", user.agent_id, user.model_name);
    let claims = tokens.id_token.as_ref().and_then(|token| parse_jwt(token.expose()));
    println!("its id_token claims to be of {}", claims.and_then(|it| it.get("iss").cloned()).unwrap_or_default());

    println!("profile of {}", agent.update_profile(AgentProfileUpdate::new().owner_name("Mara")).await?.owner_name);
    agent.send_verified_click(Click::new("#buy", "shop.example.com")).await?;
    agent.send_event(EventData::new("bought").site("shop.example.com").member("price", 7)).await?;
    let is_verified = agent.poll_and_authenticate(None, Duration::from_secs(30), Duration::from_millis(50)).await?;
    println!("verified: {is_verified}");

    agent.refresh().await?;
    agent.oauth2().logout().await?;
    println!("logged out: {}", agent.user_info().await.err().map_or_else(String::new, |error| error.to_string()));
    Ok(())
}

/// Stands for the browser: the address that a login leads to.
async fn visited(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let request = Request::get(url).body(Bytes::new())?;
    let request = TransportRequest::new(request, 1 << 20);
    let answer = HttpTransport::new()?.send(request).await?;
    Ok(answer.headers().get(header::LOCATION).ok_or("the login leads nowhere")?.to_str()?.to_owned())
}
