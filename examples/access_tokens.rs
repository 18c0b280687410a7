//! Personal access tokens: issues, lists and revokes some.
//!
//! `cargo run --example access_tokens --features access-tokens` starts a test server of the emulator. With `ACCESS_TOKENS_URL` and
//! `ACCESS_TOKENS_API_KEY` set it goes to a service instead.

use zeyos::Timestamp;
use zeyos::platforms::access_tokens::{
    AccessTokens, IssueRequest, ListTokens, RolesChange, RolesChangeAdd, UpdateRequest,
};
use zeyos_emulator::platforms::{Platform, PlatformServer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (_server, url, api_key) = service().await?;
    let tokens = AccessTokens::builder(url, api_key).build()?;

    let issued = tokens.issue(IssueRequest::new("mara").roles(vec!["reports".to_owned()])).await?;
    let id = issued.record.token_id;
    println!(
        "issued {id} to {}; its text is shown once: {} characters",
        issued.record.owner,
        issued.token.expose().len()
    );

    let roles = RolesChange::Add(RolesChangeAdd::new(vec!["audit".to_owned()]));
    tokens.update(&id, UpdateRequest::new().roles(roles).expires_at(Timestamp::from_unix(4_000_000_000))).await?;

    let mut all = tokens.all(ListTokens::new().limit(10));
    while let Some(record) = all.next().await {
        let record = record?;
        println!("{} belongs to {}, roles {:?}", record.token_id, record.owner, record.roles.unwrap_or_default());
    }

    tokens.revoke(&id).await?;
    println!("revoked; {} can still be exchanged", tokens.list(ListTokens::new()).await?.len());
    let error = tokens.register("my-token", zeyos::platforms::access_tokens::RegisterRequest::new("mara", "hash"));
    println!(
        "a bad identifier is refused before it is sent: {}",
        error.await.err().map_or_else(String::new, |it| it.to_string())
    );
    Ok(())
}

/// The service of the environment, else a test server, which lives as long as the first of the three.
async fn service() -> Result<(Option<PlatformServer>, String, String), Box<dyn std::error::Error>> {
    if let (Ok(url), Ok(key)) = (std::env::var("ACCESS_TOKENS_URL"), std::env::var("ACCESS_TOKENS_API_KEY")) {
        return Ok((None, url, key));
    }
    let server = PlatformServer::start(Platform::AccessTokens).await?;
    let (url, key) = (server.url().to_owned(), server.credential("api_key").unwrap_or_default().to_owned());
    Ok((Some(server), url, key))
}
