//! Stores that fail, are damaged, or are written by somebody else: what they and the client say about it.

use std::future::ready;

use zeyos::rest::Ticket;
use zeyos::store::{FileTokenStore, Pending, StoreFuture, TokenStore};
use zeyos::{Client, StoreError, StoreErrorKind, Timestamp, TokenSet};

use super::canaries as c;
use super::echo::{self, MOODS};
use super::flows::told;
use super::{armed, crier, form, tokens};
use crate::auth::support::{Shelf, Wire, in_seconds, issued, json, text};
use crate::support::changed;
use crate::support::folder::Folder;
use crate::support::paper::Paper;
use crate::support::vault::{Fails, Vault};

pub(super) async fn all(paper: &Paper) {
    plain(paper).await;
    shared(paper).await;
    conflict(paper).await;
    panics(paper).await;
    files(paper).await;
    storms(paper).await;
    #[cfg(feature = "redis")]
    super::remote::redis::all(paper).await;
}

/// Tokens that end soon, so that the next call renews them.
fn ending() -> TokenSet {
    let mut ending = tokens();
    ending.expires_at = in_seconds(5);
    ending
}

pub(super) fn renewing() -> Wire {
    Wire::answering(|sent| match sent.url.rsplit('/').next() {
        Some("token") => json(200, &issued(c::RENEWED_ACCESS, c::RENEWED_REFRESH)),
        Some("introspect") => json(200, &serde_json::json!({"active": false})),
        _ => json(200, &serde_json::json!([])),
    })
}

/// The calls that touch a store.
pub(super) async fn used(client: &Client, paper: &Paper) {
    paper.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    told(client, paper);
    paper.failed(client.oauth2().refresh().await);
    told(client, paper);
    paper.failed(client.oauth2().exchange_authorization_code(c::CODE, None, None).await);
    paper.failed(client.auth().token_set().await);
    paper.failed(client.auth().set_token_set(tokens()).await);
    paper.failed(client.auth().close().await);
    told(client, paper);
    paper.failed(client.oauth2().logout().await);
    paper.failed(client.auth().clear_token_set().await);
}

async fn plain(paper: &Paper) {
    for (reads, writes) in [(true, false), (false, true), (true, true)] {
        for late in [false, true] {
            let shelf = Shelf::holding(ending());
            let (wire, later) = (renewing(), shelf.clone());
            let wire = if late { failing_later(move || later.fail_to_write(true)) } else { wire };
            if !late {
                shelf.fail_to_read(reads);
                shelf.fail_to_write(writes);
            }
            let client = armed(wire.client()).token_store(shelf.clone()).on_event(crier(paper)).build().unwrap();
            used(&client, paper).await;
        }
    }
}

/// The store breaks while the token request is under way.
fn failing_later(break_it: impl Fn() + Send + Sync + 'static) -> Wire {
    Wire::answering(move |sent| {
        if sent.url.ends_with("/token") {
            break_it();
            return json(200, &issued(c::RENEWED_ACCESS, c::RENEWED_REFRESH));
        }
        json(200, &serde_json::json!([]))
    })
}

async fn shared(paper: &Paper) {
    type Change = fn(&mut Fails);
    let changes: [Change; 7] = [
        |fails| fails.read = true,
        |fails| fails.prepare = true,
        |fails| fails.journal = true,
        |fails| fails.commit = true,
        |fails| fails.lock = Some(StoreErrorKind::LockTimeout),
        |fails| fails.lock = Some(StoreErrorKind::LockUnsupported),
        |fails| fails.panics = true,
    ];
    for change in changes {
        for late in [false, true] {
            let vault = Vault::holding(ending());
            let later = vault.clone();
            let wire = if late { failing_later(move || later.fail(change)) } else { renewing() };
            if !late {
                vault.fail(change);
            }
            let client = armed(wire.client()).token_store(vault.clone()).on_event(crier(paper)).build().unwrap();
            used(&client, paper).await;
            kept(&vault, paper);
        }
    }
}

fn kept(vault: &Vault, paper: &Paper) {
    let kept = vault.kept();
    paper.print(&kept);
    paper.print(&(kept.record.clone(), kept.pending.clone(), zeyos::store::Commit::Conflict(Box::new(kept.record))));
}

/// Somebody else writes while the token request is under way; then the store holds what it must not.
async fn conflict(paper: &Paper) {
    let vault = Vault::holding(ending());
    let other = vault.clone();
    let write = move || other.put(7, Some(TokenSet::bearer(c::TYPED).with_refresh_token(c::LEGACY)));
    let client =
        armed(failing_later(write).client()).token_store(vault.clone()).on_event(crier(paper)).build().unwrap();
    used(&client, paper).await;
    kept(&vault, paper);
    let foreign = Vault::holding(TokenSet::bearer(format!("{}\r\n", c::TYPED)).with_refresh_token("x y"));
    let client = armed(renewing().client()).token_store(foreign.clone()).on_event(crier(paper)).build().unwrap();
    used(&client, paper).await;
    kept(&foreign, paper);
}

/// A store that panics.
struct Broken;

impl TokenStore for Broken {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        Box::pin(ready(Ok(Some(ending()))))
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        panic!("cannot take {tokens:?}")
    }
}

async fn panics(paper: &Paper) {
    let client = armed(renewing().client()).token_store(Broken).on_event(crier(paper)).build().unwrap();
    paper.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    paper.failed(client.oauth2().refresh().await);
    paper.failed(client.oauth2().exchange_authorization_code(c::CODE, None, None).await);
    told(&client, paper);
    for tokens in [tokens(), ending()] {
        // Here the panic gets to the caller: it is on his own task.
        let auth = client.auth();
        paper.outcome(&tokio::spawn(async move { auth.set_token_set(tokens).await }).await);
    }
    paper.error(&StoreError::new(std::io::Error::other("full")).of_kind(StoreErrorKind::Corrupt));
}

async fn files(paper: &Paper) {
    for damage in [b"{\"format\": 1".as_slice(), b"", b"\xff\xfe", &[b'['; 4096]] {
        for place in ["", ".pending", ".journal", ".previous"] {
            let folder = Folder::new("leaks");
            let store = FileTokenStore::open(folder.tokens()).unwrap();
            filled(&store, paper).await;
            let path = folder.path().join(format!("tokens.json{place}"));
            let mut bytes = std::fs::read(&path).unwrap_or_default();
            let end = bytes.len().saturating_sub(30);
            bytes.truncate(end);
            std::fs::write(&path, [&bytes, damage].concat()).unwrap();
            paper.outcome(&FileTokenStore::open(folder.tokens()));
            paper.outcome(&store.get().await);
            held(&store, paper).await;
            let client = armed(renewing().client()).token_store(store.clone()).on_event(crier(paper)).build().unwrap();
            used(&client, paper).await;
            named(&folder, paper);
        }
    }
}

/// A store in the middle of an exchange: record, mark and journal are there.
pub(super) async fn filled(store: &dyn TokenStore, paper: &Paper) {
    store.set(Some(&tokens())).await.unwrap();
    store.set(Some(&ending())).await.unwrap();
    let mut lock = store.shared().unwrap().lock(std::time::Duration::from_secs(30)).await.unwrap();
    let held = lock.read().await.unwrap();
    let pending = changed(
        Pending::new(held.record.generation, Timestamp::from_unix(1_800_000_000), "0123456789abcdef".to_owned()),
        |pending| pending.refresh_token_hash = Some("5e".repeat(32)),
    );
    lock.prepare(&pending).await.unwrap();
    lock.journal(issued(c::RENEWED_ACCESS, c::RENEWED_REFRESH).to_string().into()).await.unwrap();
    paper.outcome(&lock.read().await);
    let stale = changed(held.record, |record| record.tokens = Some(TokenSet::bearer(c::TYPED)));
    paper.outcome(&lock.commit(stale.generation + 5, &stale).await);
    lock.release().await.unwrap();
}

pub(super) async fn held(store: &(impl TokenStore + std::fmt::Debug), paper: &Paper) {
    paper.print(store);
    match store.shared().unwrap().lock(std::time::Duration::from_secs(30)).await {
        Ok(mut lock) => {
            paper.outcome(&lock.read().await);
            paper.outcome(&lock.release().await);
        }
        Err(error) => paper.error(&error),
    }
}

/// The names in the folder.
fn named(folder: &Folder, paper: &Paper) {
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.len() >= 2, "{names:?}");
    paper.print(&names);
}

/// A renewal in the background of a call, against a server of every mood.
async fn storms(paper: &Paper) {
    for (number, mood) in MOODS.into_iter().enumerate() {
        let vault = Vault::holding(ending());
        let wire = echo::wire(mood, form(number));
        let client = armed(wire.client()).token_store(vault.clone()).on_event(crier(paper)).build().unwrap();
        used(&client, paper).await;
        kept(&vault, paper);
    }
    let refused = Wire::answering(|sent| match sent.url.ends_with("/token") {
        true => json(200, &issued(c::RENEWED_ACCESS, c::RENEWED_REFRESH)),
        false => text(401, c::RENEWED_ACCESS),
    });
    let client = armed(refused.client()).token_set(tokens()).auth_mode(zeyos::AuthMode::OAuth).on_event(crier(paper));
    let client = client.build().unwrap();
    for _ in 0..3 {
        used(&client, paper).await;
        paper.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    }
}
