//! Auth-Agent: G1 to G22.

mod back_channel;
mod calls;
mod config;
mod helpers;
mod login;
mod tokens;

use zeyos::TokenSet;
use zeyos::http::header;
use zeyos::oauth2::Callback;
use zeyos::platforms::auth_agent::{AuthAgent, AuthAgentBuilder};
use zeyos_emulator::platforms::{Platform, PlatformServer};

use crate::platforms::support::{Wire, server, visited};

const REDIRECT: &str = "http://127.0.0.1:8484/callback";

fn builder(server: &PlatformServer, wire: &Wire) -> AuthAgentBuilder {
    let of = |name| server.credential(name).unwrap().to_owned();
    AuthAgent::builder(of("agent_id")).agent_secret(of("agent_secret")).server_url(server.url()).transport(wire.clone())
}

/// Opens an address as a browser would, and answers where it leads.
async fn location(url: &str) -> String {
    visited(url).await.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// A server, what was sent to it, and a client of its agent.
struct Site {
    server: PlatformServer,
    wire: Wire,
    agent: AuthAgent,
}

impl Site {
    async fn start() -> Self {
        Site::switched(&[]).await
    }

    async fn switched(switches: &[(&str, &str)]) -> Self {
        Site::of(Wire::new(), switches, |builder| builder).await
    }

    async fn of(wire: Wire, switches: &[(&str, &str)], set: impl FnOnce(AuthAgentBuilder) -> AuthAgentBuilder) -> Self {
        let server = server(Platform::AuthAgent, switches).await;
        let agent = set(builder(&server, &wire)).build().unwrap();
        Site { server, wire, agent }
    }

    /// Signs the agent in.
    async fn signed_in(&self) -> TokenSet {
        sign_in(&self.agent).await
    }
}

async fn sign_in(agent: &AuthAgent) -> TokenSet {
    let login = agent.login(REDIRECT).begin().unwrap();
    let answer = location(login.url().as_str()).await;
    agent.finish(login, Callback::parse(&answer).unwrap()).await.unwrap()
}
