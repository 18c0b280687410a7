//! Cozy: registers an application with an instance, signs in, reads data, and removes the application.
//!
//! `cargo run --example cozy --features cozy` runs on a test server of the emulator, whose user agrees to every login.

use zeyos::bytes::Bytes;
use zeyos::http::{Method, Request, header};
use zeyos::platforms::cozy::{Cozy, NewClient, RegisteredClient, Scope, Verb};
use zeyos::{HttpTransport, Identity, MemoryTokenStore, Transport, TransportRequest};
use zeyos_emulator::platforms::{Platform, PlatformServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = PlatformServer::start(Platform::Cozy).await?;
    let cozy = Cozy::builder(server.url()).build()?;

    let new =
        NewClient::new("http://127.0.0.1:8484/callback", "github.com/example/notes", "Notes").client_kind("desktop");
    let registered = cozy.register(new).await?;
    println!("registered {} as {}", registered.client_name, registered.client_id);

    // A program that ends here finds the client again; in earnest the store is a `FileTokenStore` or a keyring.
    let store = MemoryTokenStore::new(None);
    registered.keep_in(&store).await?;
    let registered = RegisteredClient::kept_in(&store).await?.ok_or("the client was kept")?;
    let client = cozy.registered_with(registered, Identity::stored_in(MemoryTokenStore::new(None)))?;

    let login = client.login([Scope::of("io.cozy.files").verbs([Verb::Get]), Scope::raw("files/images:read")])?;
    println!("a person would open {}", login.url());
    let page = visited(login.url().as_str()).await?;
    let tokens = client.access_token(login, &page).await?;
    println!("granted: {}", tokens.scope.unwrap_or_default());

    let permissions = client.request(Method::GET, "/permissions/self").call().await?.into_inner();
    println!("the instance says: {}", permissions.to_string().chars().take(80).collect::<String>());

    let renewed = client.update_and_reset_secret(client.registered().to_new().software_version("1.1.0")).await?;
    println!("the secret has changed: {}", renewed.client_secret != client.registered().client_secret);
    cozy.registered(renewed)?.unregister().await?;
    let error = client.get().await.err().ok_or("the client is gone")?;
    println!("revoked: {}", error.is_client_revoked());
    Ok(())
}

/// Stands for the browser: the address that a login leads to.
async fn visited(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let request = Request::get(url).body(Bytes::new())?;
    let request = TransportRequest::new(request, 1 << 20);
    let answer = HttpTransport::new()?.send(request).await?;
    Ok(answer.headers().get(header::LOCATION).ok_or("the login leads nowhere")?.to_str()?.to_owned())
}
