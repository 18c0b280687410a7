//! Stores that fail, are damaged, or are written by someone else: what they and the client say about it.

use std::future::ready;

use zeyos::rest::Ticket;
use zeyos::store::{FileTokenStore, Pending, StoreFuture, TokenStore};
use zeyos::{Client, StoreError, StoreErrorKind, Timestamp, TokenSet};

use super::canaries as c;
use super::echo::{self, MOODS};
use super::flows::told;
use super::{armed, crier, form, tokens};
use crate::auth::support::{SimpleStore, Wire, in_seconds, issued, json, text};
use crate::support::changed;
use crate::support::folder::Folder;
use crate::support::shared_memory_store::{Fails, SharedMemoryStore};
use crate::support::transcript::Transcript;

pub(super) async fn all(transcript: &Transcript) {
    plain(transcript).await;
    shared(transcript).await;
    conflict(transcript).await;
    panics(transcript).await;
    files(transcript).await;
    storms(transcript).await;
    #[cfg(feature = "redis")]
    super::remote::redis::all(transcript).await;
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
pub(super) async fn used(client: &Client, transcript: &Transcript) {
    transcript.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    told(client, transcript);
    transcript.failed(client.oauth2().refresh().await);
    told(client, transcript);
    transcript.failed(client.oauth2().exchange_authorization_code(c::CODE, None, None).await);
    transcript.failed(client.auth().token_set().await);
    transcript.failed(client.auth().set_token_set(tokens()).await);
    transcript.failed(client.auth().close().await);
    told(client, transcript);
    transcript.failed(client.oauth2().logout().await);
    transcript.failed(client.auth().clear_token_set().await);
}

async fn plain(transcript: &Transcript) {
    for (reads, writes) in [(true, false), (false, true), (true, true)] {
        for late in [false, true] {
            let store = SimpleStore::holding(ending());
            let (wire, later) = (renewing(), store.clone());
            let wire = if late { failing_later(move || later.fail_to_write(true)) } else { wire };
            if !late {
                store.fail_to_read(reads);
                store.fail_to_write(writes);
            }
            let client = armed(wire.client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
            used(&client, transcript).await;
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

async fn shared(transcript: &Transcript) {
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
            let store = SharedMemoryStore::holding(ending());
            let later = store.clone();
            let wire = if late { failing_later(move || later.fail(change)) } else { renewing() };
            if !late {
                store.fail(change);
            }
            let client = armed(wire.client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
            used(&client, transcript).await;
            kept(&store, transcript);
        }
    }
}

fn kept(store: &SharedMemoryStore, transcript: &Transcript) {
    let kept = store.kept();
    transcript.print(&kept);
    transcript.print(&(
        kept.record.clone(),
        kept.pending.clone(),
        zeyos::store::Commit::Conflict(Box::new(kept.record)),
    ));
}

/// Someone else writes while the token request is under way; then the store holds what it must not.
async fn conflict(transcript: &Transcript) {
    let store = SharedMemoryStore::holding(ending());
    let other = store.clone();
    let write = move || other.put(7, Some(TokenSet::bearer(c::TYPED).with_refresh_token(c::LEGACY)));
    let client =
        armed(failing_later(write).client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
    used(&client, transcript).await;
    kept(&store, transcript);
    let foreign = SharedMemoryStore::holding(TokenSet::bearer(format!("{}\r\n", c::TYPED)).with_refresh_token("x y"));
    let client = armed(renewing().client()).token_store(foreign.clone()).on_event(crier(transcript)).build().unwrap();
    used(&client, transcript).await;
    kept(&foreign, transcript);
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

async fn panics(transcript: &Transcript) {
    let client = armed(renewing().client()).token_store(Broken).on_event(crier(transcript)).build().unwrap();
    transcript.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    transcript.failed(client.oauth2().refresh().await);
    transcript.failed(client.oauth2().exchange_authorization_code(c::CODE, None, None).await);
    told(&client, transcript);
    for tokens in [tokens(), ending()] {
        // Here the panic gets to the caller: it is on his own task.
        let auth = client.auth();
        transcript.outcome(&tokio::spawn(async move { auth.set_token_set(tokens).await }).await);
    }
    transcript.error(&StoreError::new(std::io::Error::other("full")).of_kind(StoreErrorKind::Corrupt));
}

async fn files(transcript: &Transcript) {
    for damage in [b"{\"format\": 1".as_slice(), b"", b"\xff\xfe", &[b'['; 4096]] {
        for place in ["", ".pending", ".journal", ".previous"] {
            let folder = Folder::new("leaks");
            let store = FileTokenStore::open(folder.tokens()).unwrap();
            filled(&store, transcript).await;
            let path = folder.path().join(format!("tokens.json{place}"));
            let mut bytes = std::fs::read(&path).unwrap_or_default();
            let end = bytes.len().saturating_sub(30);
            bytes.truncate(end);
            std::fs::write(&path, [&bytes, damage].concat()).unwrap();
            transcript.outcome(&FileTokenStore::open(folder.tokens()));
            transcript.outcome(&store.get().await);
            held(&store, transcript).await;
            let client =
                armed(renewing().client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
            used(&client, transcript).await;
            named(&folder, transcript);
        }
    }
}

/// A store in the middle of an exchange: record, mark and journal are there.
pub(super) async fn filled(store: &dyn TokenStore, transcript: &Transcript) {
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
    transcript.outcome(&lock.read().await);
    let stale = changed(held.record, |record| record.tokens = Some(TokenSet::bearer(c::TYPED)));
    transcript.outcome(&lock.commit(stale.generation + 5, &stale).await);
    lock.release().await.unwrap();
}

pub(super) async fn held(store: &(impl TokenStore + std::fmt::Debug), transcript: &Transcript) {
    transcript.print(store);
    match store.shared().unwrap().lock(std::time::Duration::from_secs(30)).await {
        Ok(mut lock) => {
            transcript.outcome(&lock.read().await);
            transcript.outcome(&lock.release().await);
        }
        Err(error) => transcript.error(&error),
    }
}

/// The names in the folder.
fn named(folder: &Folder, transcript: &Transcript) {
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.len() >= 2, "{names:?}");
    transcript.print(&names);
}

/// A renewal in the background of a call, against a server of every mood.
async fn storms(transcript: &Transcript) {
    for (number, mood) in MOODS.into_iter().enumerate() {
        let store = SharedMemoryStore::holding(ending());
        let wire = echo::wire(mood, form(number));
        let client = armed(wire.client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
        used(&client, transcript).await;
        kept(&store, transcript);
    }
    let refused = Wire::answering(|sent| match sent.url.ends_with("/token") {
        true => json(200, &issued(c::RENEWED_ACCESS, c::RENEWED_REFRESH)),
        false => text(401, c::RENEWED_ACCESS),
    });
    let client =
        armed(refused.client()).token_set(tokens()).auth_mode(zeyos::AuthMode::OAuth).on_event(crier(transcript));
    let client = client.build().unwrap();
    for _ in 0..3 {
        used(&client, transcript).await;
        transcript.failed(client.api().list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    }
}
