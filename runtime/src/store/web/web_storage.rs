//! The store in a page.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::NAMESPACE;
use super::lock;
use super::locks::Locks;
use super::login::{Login, LoginStorage};
use super::notes::Notes;
use super::page::{Kind, storage};
use super::tabs::Tabs;
use crate::clock::{Clock as _, SystemClock};
use crate::store::kit::{self, Newest, simple_side};
use crate::store::{SharedTokenStore, StoreError, StoreFuture, StoreLock, TokenRecord};

/// Keeps the tokens of one login in the storage of a browser, in a page or in one of an extension.
///
/// [`local`](WebStorageTokenStore::local) shares them with all tabs of the origin and outlives the browser;
/// [`session`](WebStorageTokenStore::session) keeps them for one tab until that is closed. Tabs take turns by the [Web Locks
/// API](https://developer.mozilla.org/docs/Web/API/Web_Locks_API), so that no two spend one refresh token, and a `BroadcastChannel`
/// notifies the others of new ones. The pending marker is written before a request goes out, and the answer is journalled before it
/// is parsed: a tab that is killed in between loses no answer that had reached it.
///
/// ```no_run
/// # #[cfg(target_family = "wasm")]
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos::{Client, WebStorageTokenStore};
///
/// let client = Client::builder("https://cloud.zeyos.com/demo")
///     .token_store(WebStorageTokenStore::local("my_application")?)
///     .public_client("my_application")
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
///
/// # Who can read them
/// Every script of the origin, one that was smuggled in (XSS) among them, and whoever has the profile of the browser. RFC 10017 (BCP 212)
/// advises against refresh tokens in a page at all: use the [session of the page](crate::ClientBuilder::browser_session), or a back end
/// that holds the tokens. Names in the storage begin with the key; other scripts of the origin must leave them alone.
///
/// # What can go wrong
/// A storage that is full is an error of kind [`NotWritable`](crate::StoreErrorKind::NotWritable) before anything is sent: an
/// exchange needs room for some 160,000 characters, which it gives back. A page without Web Locks, as one that came over plain
/// http, is one of kind [`LockUnsupported`](crate::StoreErrorKind::LockUnsupported); a worker has no such storage
/// ([`Unavailable`](crate::StoreErrorKind::Unavailable)).
///
/// A user who clears the data of the site does not sign out: a page that is open writes its tokens back, and one that is opened later has
/// none. [`forget`](crate::TokenStore::forget) and [`logout`](crate::Auth::logout) remove them everywhere. Browsers write their
/// storages to the disk some seconds later, so a machine that loses power right after a refresh may lose the login.
///
/// A tab that is duplicated copies its `sessionStorage`. So that the two do not spend one refresh token, a store of
/// [`session`](WebStorageTokenStore::session) notes the generation of a login in `localStorage`, under the fingerprint of its first
/// tokens: the copy that is behind asks the server before it sends anything, also after the other one forgot the login or signed in anew.
/// A note goes when it is older than a refresh token can be, at the next time that a store under the same key stores something.
#[derive(Clone)]
pub struct WebStorageTokenStore {
    inner: Rc<Inner>,
}

pub(super) struct Inner {
    /// The name of the lock.
    pub name: String,
    pub newest: Rc<Newest>,
    /// The others that share the storage, if any do.
    pub tabs: Option<Tabs>,
    login: Login,
    kind: Kind,
}

impl WebStorageTokenStore {
    /// The login under this key of `localStorage`, which all tabs of the origin share.
    ///
    /// # Errors
    /// When the key is empty or contains a colon, which ends it in the names of what belongs to it; or when there is no such storage or
    /// no lock here.
    pub fn local(key: &str) -> Result<Self, StoreError> {
        WebStorageTokenStore::open(Kind::Local, key)
    }

    /// The login under this key of `sessionStorage`, which ends with the tab.
    ///
    /// # Errors
    /// As for [`local`](WebStorageTokenStore::local).
    pub fn session(key: &str) -> Result<Self, StoreError> {
        WebStorageTokenStore::open(Kind::Session, key)
    }

    fn open(kind: Kind, key: &str) -> Result<Self, StoreError> {
        let login = Login::under(key, kind.name())?;
        storage(kind)?;
        Locks::of_origin()?;
        let (name, newest) = (format!("{NAMESPACE}:lock:{key}"), Rc::<Newest>::default());
        let tabs = (kind == Kind::Local).then(|| Tabs::sharing(key, Rc::clone(&newest)));
        Ok(WebStorageTokenStore { inner: Rc::new(Inner { name, newest, tabs, login, kind }) })
    }
}

impl Inner {
    /// Opens the storage anew each time: a user may have taken it away in between.
    pub(super) fn with_storage<T>(
        &self,
        work: impl FnOnce(&Login, LoginStorage<'_>, &Newest) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let area = storage(self.kind)?;
        let notes = if self.kind == Kind::Session { storage(Kind::Local).ok() } else { None };
        let notes = notes.as_ref().map(|area| Notes { area, now: SystemClock.wall() });
        work(&self.login, LoginStorage { area: &area, notes }, &self.newest)
    }

    /// The generation that is kept here.
    pub(super) fn generation(&self) -> u64 {
        self.with_storage(|login, storage, _| Ok(login.generation(storage))).unwrap_or(0)
    }
}

impl fmt::Debug for WebStorageTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebStorageTokenStore")
            .field("storage", &self.inner.kind.name())
            .field("key", &self.inner.login.key)
            .finish_non_exhaustive()
    }
}

simple_side!(WebStorageTokenStore, |_: &_| kit::PATIENCE);

impl SharedTokenStore for WebStorageTokenStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async move {
            if let Some(tabs) = &self.inner.tabs {
                tabs.settled(|| self.inner.generation()).await;
            }
            self.inner.with_storage(|login, storage, newest| login.read_unlocked(storage, newest))
        })
    }

    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(lock::acquire(Rc::clone(&self.inner), patience))
    }
}
