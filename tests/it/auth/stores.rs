//! Stores that fail, that others write to, that outlive a client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, ClientEvent, Error, FileTokenStore, MemoryTokenStore, TokenError, TokenSet, TokenStore};

use crate::support::executor::block_on;

use super::support::{
    RecordedEvents, SimpleStore, Wire, emulator, in_seconds, issued, json, seen, text, tokens, with_application,
};

async fn list(client: &Client) -> Result<(), Error> {
    client.api().list_tickets(Ticket::query()).await.map(|_| ())
}

fn old() -> TokenSet {
    TokenSet::bearer("a0").with_refresh_token("r0")
}

/// A server of single-use tokens: `a0` is dead, `r0` works once and brings `a1`.
fn strict() -> Wire {
    let used = Arc::new(std::sync::atomic::AtomicBool::new(false));
    Wire::answering(move |sent| match (sent.url.rsplit('/').next(), sent.header("authorization")) {
        (Some("token"), _) if used.swap(true, std::sync::atomic::Ordering::SeqCst) => {
            json(403, &serde_json::json!({"error": "invalid_grant"}))
        }
        (Some("token"), _) => json(200, &issued("a1", "r1")),
        (Some("login"), _) => json(200, &issued("a1", "")),
        (_, Some("Bearer a1")) => json(200, &serde_json::json!([])),
        _ => text(401, "Unauthorized"),
    })
}

#[tokio::test]
async fn nothing_is_spent_while_the_store_cannot_be_written() {
    let (wire, store, recorded) = (strict(), SimpleStore::holding(old()), RecordedEvents::default());
    let client = wire.client().client_credentials("app", "s").token_store(store.clone()).on_event(recorded.listener());
    let client = client.build().unwrap();
    store.fail_to_write(true);
    for _ in 0..2 {
        let error = list(&client).await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::StoreNotWritable { .. })), "{error}");
        assert!(error.is_store() && !error.is_auth() && error.to_string().ends_with("the store cannot be written"));
    }
    let login = client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap_err();
    assert!(login.is_store(), "{login}");
    assert_eq!(wire.log(), ["POST /api/v1/tickets bearer", "POST /api/v1/tickets bearer"]);
    store.fail_to_write(false);
    list(&client).await.unwrap();
    assert_eq!(store.tokens().unwrap().access_token, Some("a1".into()));
    assert_eq!(recorded.events().last(), Some(&ClientEvent::Refreshed { generation: 2 }));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_is_a_typed_error_before_any_request() {
    let (wire, store) = (strict(), SimpleStore::holding(old()));
    store.fail_to_read(true);
    let client = wire.client().session_cookie("c00kie").token_store(store.clone()).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!(error.to_string(), "listTickets: the token store failed: the store cannot be read");
    assert!(error.is_store() && wire.sent().is_empty());
    assert!(client.auth().token_set().await.unwrap_err().is_store());
    let _ = client.api().list_tickets(Ticket::query()).auth_mode(AuthMode::Session).await;
    assert_eq!(wire.log(), ["POST /api/v1/tickets cookie"], "the session needs no store");
    store.fail_to_read(false);
    assert_eq!(client.auth().token_set().await.unwrap(), Some(old()), "nothing was lost");
}

#[tokio::test]
async fn a_store_that_fails_during_a_refresh_is_not_passed_over_for_the_session() {
    let (wire, store) = (strict(), SimpleStore::holding(old()));
    let client = wire.client_with_everything().token_store(store.clone()).build().unwrap();
    client.auth().token_set().await.unwrap();
    store.fail_to_read(true);
    assert!(list(&client).await.unwrap_err().is_store());
    assert_eq!(wire.log(), ["POST /api/v1/tickets bearer"], "the refresh token was not used up");
}

#[tokio::test]
async fn a_token_that_still_works_is_used_although_the_store_fails() {
    let (wire, store) = (Wire::agreeable(), SimpleStore::default());
    let mut tokens = old();
    tokens.expires_at = in_seconds(30);
    store.put(tokens);
    let client = wire.client_with_everything().token_store(store.clone()).build().unwrap();
    client.auth().token_set().await.unwrap();
    store.fail_to_read(true);
    list(&client).await.unwrap();
    assert_eq!(wire.only().header("authorization"), Some("Bearer a0"));
}

#[tokio::test]
async fn tokens_that_another_process_stored_are_adopted_without_a_refresh() {
    let zeyos = emulator().await;
    let (store, recorded) = (SimpleStore::holding(tokens(&zeyos)), RecordedEvents::default());
    let one = with_application(&zeyos).token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    let other = with_application(&zeyos).token_store(store.clone()).build().unwrap();
    list(&one).await.unwrap();
    other.oauth2().refresh().await.unwrap();
    zeyos.clear_requests();
    list(&one).await.unwrap();
    // A store with get and set alone does not tell which tokens are the later ones, and those of the builder say not when they were
    // obtained: the server is asked (row 58), and nothing is sent to be renewed.
    let asked =
        ["POST /api/v1/tickets bearer 401", "POST /oauth2/v1/introspect basic 200", "POST /api/v1/tickets bearer 200"];
    assert_eq!(seen(&zeyos), asked);
    assert_eq!(recorded.events(), [ClientEvent::Adopted { generation: 2 }]);
    assert_eq!(one.auth().token_set().await.unwrap(), store.tokens());
}

#[tokio::test]
async fn what_is_set_is_stored_and_used_and_what_is_cleared_is_gone() {
    let zeyos = emulator().await;
    let store = SimpleStore::default();
    let client = with_application(&zeyos).token_store(store.clone()).build().unwrap();
    let auth = client.auth();
    assert_eq!(auth.token_set().await.unwrap(), None);
    auth.set_token_set(tokens(&zeyos)).await.unwrap();
    assert_eq!(store.tokens(), Some(tokens(&zeyos)));
    assert_eq!(auth.token_set().await.unwrap(), Some(tokens(&zeyos)));
    list(&client).await.unwrap();
    auth.clear_token_set().await.unwrap();
    assert_eq!((store.tokens(), auth.token_set().await.unwrap()), (None, None));
    assert!(list(&client).await.unwrap_err().refusal().is_some());
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 200"]);
}

#[tokio::test]
async fn where_the_store_fails_the_tokens_in_use_stay_the_same() {
    let store = SimpleStore::holding(old());
    let client = Wire::agreeable().client().token_store(store.clone()).build().unwrap();
    client.auth().token_set().await.unwrap();
    store.fail_to_write(true);
    assert!(client.auth().set_token_set(TokenSet::bearer("x")).await.unwrap_err().is_store());
    assert!(client.auth().clear_token_set().await.unwrap_err().is_store());
    assert_eq!(client.auth().token_set().await.unwrap(), Some(old()));
}

#[tokio::test]
async fn a_full_store_keeps_its_own_and_an_empty_one_gets_the_configured_tokens() {
    let wire = Wire::agreeable();
    let full = wire.client().token_set(TokenSet::bearer("new")).token_store(MemoryTokenStore::new(old()));
    assert_eq!(full.build().unwrap().auth().token_set().await.unwrap(), Some(old()));
    let store = SimpleStore::default();
    let empty = wire.client().token_set(old()).token_store(store.clone()).build().unwrap();
    list(&empty).await.unwrap();
    assert_eq!(store.tokens(), Some(old()));
    assert_eq!(wire.only().header("authorization"), Some("Bearer a0"));
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("zeyos-it-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn store(&self) -> FileTokenStore {
        FileTokenStore::open(self.0.join("tokens.json")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_file_carries_the_tokens_from_one_client_to_the_next() {
    let (zeyos, folder) = (emulator().await, Folder::new("carry"));
    let first = with_application(&zeyos).token_set(tokens(&zeyos)).token_store(folder.store()).build().unwrap();
    zeyos.advance_clock(Duration::from_secs(3601));
    list(&first).await.unwrap();
    let refreshed = first.auth().token_set().await.unwrap();
    drop(first);
    zeyos.clear_requests();
    let second = with_application(&zeyos).token_store(folder.store()).build().unwrap();
    assert_eq!(second.auth().token_set().await.unwrap(), refreshed);
    list(&second).await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets bearer 200"]);
    second.auth().clear_token_set().await.unwrap();
    let third = with_application(&zeyos).token_store(folder.store()).build().unwrap();
    assert!(list(&third).await.unwrap_err().refusal().is_some());
}

#[tokio::test]
async fn two_clients_on_one_file_take_turns() {
    let (zeyos, folder) = (emulator().await, Folder::new("turns"));
    folder.store().set(Some(&tokens(&zeyos))).await.unwrap();
    let clients = [(); 2].map(|()| with_application(&zeyos).token_store(folder.store()).build().unwrap());
    for _ in 0..3 {
        zeyos.advance_clock(Duration::from_secs(3601));
        for client in &clients {
            list(client).await.unwrap();
        }
    }
    let posts = zeyos.requests().iter().filter(|seen| seen.grant_type.is_some()).count();
    assert_eq!(posts, 3, "one an expiry, the other client adopts");
}

#[test]
fn over_a_transport_of_its_own_a_client_needs_no_tokio_runtime() {
    let (wire, folder) = (strict(), Folder::new("plain"));
    let client = wire.client().client_credentials("app", "s").token_set(old()).token_store(folder.store());
    let client = client.build().unwrap();
    block_on(list(&client)).unwrap();
    block_on(client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test"))).unwrap();
    assert_eq!(wire.log().len(), 5, "{:?}", wire.log());
    let stored = block_on(folder.store().get()).unwrap().unwrap();
    assert_eq!((stored.access_token, stored.refresh_token), (Some("a1".into()), None));
}
