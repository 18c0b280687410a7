//! What the token endpoint refuses, and what it cannot be reached for.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zeyos::{Client, FileTokenStore, SessionLoss, TokenError, TokenSet, TokenStore as _};

use crate::auth::support::{RecordedEvents, prompt};
use crate::promises::refresh::{list, loss};
use crate::support::folder::Folder;
use crate::support::issuer::{Distortion, Issuer};
use crate::support::shared_memory_store::SharedMemoryStore;

/// A place where no one listens, and one that answers but not with TLS.
async fn unreachable() -> [String; 2] {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let mut hello = [0; 512];
            let _ = stream.read(&mut hello).await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    [format!("http://{closed}/demo"), format!("https://{address}/demo")]
}

#[tokio::test]
async fn fault_01_without_a_connection_nothing_is_spent_and_three_tries_are_made() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.expire();
    issuer.distort(std::iter::repeat_n(Distortion::Unsent, 4));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    let before = store.kept();
    let error = list(&client).await.unwrap_err();
    assert!(error.is_connect() && error.token_error() == Some(&TokenError::NotSent), "{error}");
    assert_eq!((issuer.posts(), issuer.state().token_distortions.len()), (0, 1), "three tries");
    assert_eq!(store.kept(), before);
    list(&client).await.unwrap();

    for url in unreachable().await {
        let folder = Folder::new("unreachable");
        let store = FileTokenStore::open(folder.tokens()).unwrap();
        store.set(Some(&Issuer::tokens())).await.unwrap();
        let before = std::fs::read(folder.tokens()).unwrap();
        let client = Client::builder(&*url).client_credentials("app", "s3cret").refresh_limits(prompt());
        let error = client.token_store(store).build().unwrap().oauth2().refresh().await.unwrap_err();
        assert!(error.is_connect() && error.token_error() == Some(&TokenError::NotSent), "{url}: {error:?}");
        assert_eq!(std::fs::read(folder.tokens()).unwrap(), before, "{url}");
    }
}

#[tokio::test]
async fn fault_14_a_restored_backup_is_named_and_its_token_is_not_sent() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    issuer.state().revokes_family = true;
    let first = issuer.stranger().token_store(store.clone()).build().unwrap();
    for _ in 0..3 {
        issuer.expire();
        list(&first).await.unwrap();
    }
    drop(first);
    store.put(1, Some(Issuer::tokens()));
    let restarted = issuer.stranger().token_store(store.clone()).build().unwrap();
    let error = list(&restarted).await.unwrap_err();
    assert_eq!(loss(&error), Some(SessionLoss::StaleStore));
    // One check of the login at its first renewal, and one question.
    assert_eq!((issuer.posts(), issuer.seen().introspections, issuer.seen().replays), (3, 2, 0));
    assert_eq!(store.kept().record.tokens, Some(Issuer::tokens()), "kept");
}

#[tokio::test]
async fn a_process_that_knows_better_puts_a_restored_backup_right() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    for _ in 0..3 {
        issuer.expire();
        list(&client).await.unwrap();
    }
    store.put(1, Some(Issuer::tokens()));
    issuer.expire();
    list(&client).await.unwrap();
    assert_eq!((issuer.posts(), issuer.seen().replays), (4, 0));
    // Row 58: written back as newer, then renewed.
    assert_eq!((store.access_token(), store.kept().record.generation), (Some("a4".into()), 6));
}

#[tokio::test]
async fn fault_27_an_invalid_grant_is_adopted_or_marked_and_costs_one_request() {
    let (issuer, store, recorded) =
        (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()), RecordedEvents::default());
    let client = issuer.stranger().token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    issuer.state().is_revoked = true;
    for _ in 0..10_000 {
        let error = list(&client).await.unwrap_err();
        assert_eq!((loss(&error), error.is_auth()), (Some(SessionLoss::Revoked), true));
    }
    assert_eq!(issuer.posts(), 1);
    assert_eq!(recorded.names().iter().filter(|name| *name == "Lost").count(), 1);
    let mut ended = Issuer::tokens();
    ended.refresh_token_expires_at = Some(zeyos::Timestamp::from_unix(1));
    let client = issuer.stranger().token_set(ended).build().unwrap();
    assert_eq!(loss(&list(&client).await.unwrap_err()), Some(SessionLoss::Expired));
}

#[tokio::test]
async fn fault_28_an_invalid_client_touches_no_token() {
    let (issuer, store) = (Issuer::new(), SharedMemoryStore::holding(Issuer::tokens()));
    let client = issuer.stranger().token_store(store.clone()).build().unwrap();
    issuer.expire();
    issuer.distort(std::iter::repeat_n(Distortion::Answer(401, r#"{"error": "invalid_client"}"#.into()), 9));
    for _ in 0..9 {
        let error = list(&client).await.unwrap_err();
        assert!(error.token_error().is_some_and(TokenError::is_invalid_client), "{error}");
    }
    let tokens: Option<TokenSet> = store.kept().record.tokens.clone();
    assert_eq!((issuer.posts(), tokens), (1, Some(Issuer::tokens())));
}
