//! The keyring store: one login in the keyring of the system. This is its public part.

mod lock;
mod login;
mod session;
mod state_file;
#[cfg(test)]
mod tests;
mod worker;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::CredentialStore;

use self::login::Login;
use self::worker::{Open, Worker};
use super::file::Sidecar;
use super::kit::{self, Newest, simple_side};
use super::{SharedTokenStore, StoreError, StoreFuture, StoreLock, TokenRecord};
use crate::clock::Clock;
use crate::runtime::Deadlines;

/// How long the keyring may take for one call.
const LIMIT: Duration = Duration::from_secs(10);

/// Keeps the tokens of one login in the keyring of the system: the Secret Service on Linux and BSD (GNOME Keyring, KWallet,
/// KeePassXC), the keychain on macOS, the Credential Manager on Windows. Behind the feature `keyring`.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos::{Client, KeyringTokenStore};
///
/// let state = "/home/me/.local/state/my-program/zeyos-login";
/// let store = KeyringTokenStore::open("my-program", "demo", state).await?;
/// let client = Client::builder("https://cloud.zeyos.com/demo").token_store(store).build()?;
/// # Ok(())
/// # }
/// ```
///
/// The record is one entry, and is there a second time as `user#copy`; the raw reply of an exchange is a third one, `user#reply`,
/// for as long as the exchange takes. Entries that cannot be read are kept as `user#corrupt-1` and `user#unread-1` and so on until
/// a logout. Removing entries is damage, not a logout: [`forget`](super::TokenStore::forget) removes all of them. A keyring has no
/// lock and no compare-and-swap, so two files do that: the state at the given path holds the newest generation and the pending
/// marker, and beside it a file that ends in `.lock` is locked and never removed. Neither holds a token. Programs that share a
/// login give the same service, user and path; the folder must exist and be on a local disk.
///
/// A keyring can hang: it may be waiting for someone to type a password. Every call runs on a thread of the store and is
/// given up after ten seconds with [`StoreErrorKind::Unavailable`](super::StoreErrorKind::Unavailable); until that call
/// comes back all others fail at once with the same kind, and the lock of the login stays taken, so that a late write cannot
/// undo a newer one. The store never falls back to a file: who wants that uses a
/// [`FileTokenStore`](super::FileTokenStore) instead.
///
/// A write survives what the keyring survives. The Credential Manager of Windows takes 2,560 bytes in an entry, which is enough
/// for a record of ZeyOS and its reply. The store needs a tokio runtime with time.
#[derive(Clone)]
pub struct KeyringTokenStore {
    inner: Arc<Inner>,
    deadlines: Deadlines,
}

struct Inner {
    worker: Worker,
    login: Login,
    newest: Newest,
}

impl KeyringTokenStore {
    /// The login of this service and user, with its state at this path.
    ///
    /// # Errors
    /// When others may write the folder of the state (unless it is sticky), the keyring does not answer, or what it holds cannot be
    /// read.
    pub async fn open(service: &str, user: &str, state: impl Into<PathBuf>) -> Result<Self, StoreError> {
        KeyringTokenStore::open_with_limit(LIMIT, service, user, state).await
    }

    /// As [`open`](KeyringTokenStore::open), with another time for one call: long enough for someone to type a password, and
    /// shorter than a request may wait; 5 to 30 seconds.
    ///
    /// # Errors
    /// As for [`open`](KeyringTokenStore::open).
    pub async fn open_with_limit(
        limit: Duration,
        service: &str,
        user: &str,
        state: impl Into<PathBuf>,
    ) -> Result<Self, StoreError> {
        let login = Login { service: service.to_owned(), user: user.to_owned(), path: state.into() };
        let store = KeyringTokenStore::on(Box::new(of_the_system), limit, login)?;
        // A record that cannot be read is quarantined by the holder of the lock.
        match store.read().await {
            Err(error) if error.kind() != super::StoreErrorKind::Corrupt => Err(error),
            _ => Ok(store),
        }
    }

    fn on(open: Open, limit: Duration, login: Login) -> Result<Self, StoreError> {
        Sidecar::at(&login.path)?.check_folder()?;
        let worker = Worker::start(open, limit)?;
        let inner = Inner { worker, login, newest: Newest::default() };
        Ok(KeyringTokenStore { inner: Arc::new(inner), deadlines: kit::system_deadlines() })
    }

    /// By another clock than that of the system, which says how long the keyring and the lock were waited for.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.deadlines = Deadlines::new(Arc::new(clock));
        self
    }
}

#[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd"))]
fn of_the_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(dbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn of_the_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn of_the_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd", target_os = "macos", windows)))]
fn of_the_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NoDefaultStore)
}

impl fmt::Debug for KeyringTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyringTokenStore").field("login", &self.inner.login).finish_non_exhaustive()
    }
}

simple_side!(KeyringTokenStore, |_: &_| kit::PATIENCE);

impl SharedTokenStore for KeyringTokenStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async move {
            let login = self.inner.login.clone();
            let record = self.inner.worker.run(&self.deadlines, move |session| login.read_unlocked(session)).await?;
            self.inner.newest.seen(record.generation);
            Ok(record)
        })
    }

    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(lock::acquire(Arc::clone(&self.inner), self.deadlines.clone(), patience))
    }
}
