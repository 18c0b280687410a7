//! Cozy: C1 to C20.

mod errors;
mod login;
mod registration;
mod tokens;

use zeyos::http::header;
use zeyos::platforms::cozy::{Cozy, CozyClient, NewClient, Scope};
use zeyos::{Identity, TokenSet};
use zeyos_emulator::platforms::{Platform, PlatformServer};

use crate::platforms::support::{Wire, server, visited};

const REDIRECT: &str = "http://127.0.0.1:8484/callback";

pub(crate) fn notes() -> NewClient {
    NewClient::new(REDIRECT, "github.com/example/notes", "Notes")
}

/// Opens an address as a browser would, and answers where it leads.
async fn location(url: &str) -> String {
    visited(url).await.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// A server, what was sent to it, and an application that is registered there.
struct Site {
    server: PlatformServer,
    wire: Wire,
    cozy: Cozy,
}

impl Site {
    async fn start() -> Self {
        Site::switched(&[]).await
    }

    async fn switched(switches: &[(&str, &str)]) -> Self {
        let (server, wire) = (server(Platform::Cozy, switches).await, Wire::new());
        let cozy = Cozy::builder(server.url()).transport(wire.clone()).build().unwrap();
        Site { server, wire, cozy }
    }

    async fn registered(&self) -> CozyClient {
        self.registered_with(Identity::new()).await
    }

    async fn registered_with(&self, identity: Identity) -> CozyClient {
        self.cozy.registered_with(self.cozy.register(notes()).await.unwrap(), identity).unwrap()
    }

    async fn signed_in(&self) -> (CozyClient, TokenSet) {
        let client = self.registered().await;
        let tokens = sign_in(&client).await;
        (client, tokens)
    }
}

async fn sign_in(client: &CozyClient) -> TokenSet {
    let login = client.login([Scope::of("io.cozy.files")]).unwrap();
    let page = location(login.url().as_str()).await;
    client.access_token(login, &page).await.unwrap()
}
