//! Personal access tokens: A1 to A21.

mod calls;
mod errors;
mod exchange;
mod pages;
mod repeats;

use zeyos::platforms::access_tokens::{AccessTokens, AccessTokensBuilder, IssueRequest, IssuedToken};
use zeyos_emulator::platforms::{Platform, PlatformServer};

use crate::platforms::support::{Wire, server};

pub(crate) const EXCHANGE: &str = "POST /auth/token";

/// An identifier that fits, ending in this letter.
fn id(letter: char) -> String {
    format!("0123456789abcdefghij{letter}")
}

fn api_key(server: &PlatformServer) -> String {
    server.credential("api_key").unwrap().to_owned()
}

fn builder(server: &PlatformServer, wire: &Wire) -> AccessTokensBuilder {
    AccessTokens::builder(server.url(), api_key(server)).transport(wire.clone())
}

/// A server, what was sent to it, and a client of its administrator.
struct Site {
    server: PlatformServer,
    wire: Wire,
    tokens: AccessTokens,
}

impl Site {
    async fn start() -> Self {
        Site::switched(&[]).await
    }

    async fn switched(switches: &[(&str, &str)]) -> Self {
        Site::over(Wire::new(), switches).await
    }

    async fn over(wire: Wire, switches: &[(&str, &str)]) -> Self {
        let server = server(Platform::AccessTokens, switches).await;
        // Nothing here waits for a repeat; `repeats` tests them on a clock of its own.
        let tokens = builder(&server, &wire).retry(zeyos::RetryPolicy::None).build().unwrap();
        Site { server, wire, tokens }
    }

    async fn issued(&self, owner: &str) -> IssuedToken {
        self.tokens.issue(IssueRequest::new(owner)).await.unwrap()
    }

    fn exchanges(&self) -> usize {
        self.wire.lines().iter().filter(|line| *line == EXCHANGE).count()
    }
}
