//! The Redis store: one login for several hosts. This is its public part, and reading.

mod connection;
mod keys;
mod lock;
mod script;
mod snapshot;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use self::connection::Connection;
use self::script::READ;
use self::snapshot::Snapshot;
use super::codec::StoredValue;
use super::kit::{self, Newest, simple_side};
use super::{SharedTokenStore, StoreError, StoreFuture, StoreLock, TokenRecord};
use crate::clock::Clock;
use crate::runtime::Deadlines;

/// Keeps the tokens of one login in Redis, so that a fleet of programs on several hosts shares it. Behind the feature `redis`.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos::{Client, RedisTokenStore};
///
/// let store = RedisTokenStore::connect("rediss://fleet:password@redis.example.com", "zeyos:demo").await?;
/// let client = Client::builder("https://cloud.zeyos.com/demo").token_store(store).build()?;
/// # Ok(())
/// # }
/// ```
///
/// # How a fleet shares a login
/// Give every program the same URL and the same key; another login needs another key. One program at a time renews the
/// tokens, under a lease that it prolongs while it works. The lease saves work and is not what keeps the tokens safe: a
/// program that was stopped for longer than its lease can still write, but only if no one has renewed the tokens since. That
/// is decided by a script inside Redis which compares the generation. A program that dies while it holds the lease keeps the
/// others from renewing until the lease ends; the access token in use keeps working for them.
///
/// # What survives
/// A write is done when Redis says so, and it survives what Redis survives. With `appendonly yes` and `appendfsync always`
/// that is a power cut; with `appendfsync everysec` the last second may be lost, with snapshots alone the last minutes, and a
/// failover to a replica may lose what had not been copied. A lost rotation costs the login, because the server takes each
/// refresh token once. Set `maxmemory-policy noeviction`, so that Redis refuses a write rather than forget the tokens. A
/// restored copy is noticed by the programs that have seen a later generation.
///
/// # What is in Redis
/// The record at `{key}` and a second time at `{key}:copy`, and beside it `{key}:lock`, `{key}:pending`, `{key}:reply`,
/// `{key}:newest`, `{key}:asked` and `{key}:damage`, with the braces, so that a cluster keeps them on one node. This store follows
/// no redirects of a cluster: connect to the node that holds the key, or through a proxy. Values that cannot be read move to
/// `{key}:corrupt:1` and `{key}:unread:1` and so on, until a logout. Deleting keys is damage, not a logout: the copy takes the
/// place of the record, and a program that runs writes its tokens back. [`forget`](super::TokenStore::forget) removes them. The
/// tokens are readable for everyone who may read this Redis, by its replication, its files and its slow log too. A user of Redis
/// for this store needs `EVAL` and the keys that begin with `{key}`.
///
/// Clones share a connection, which is made anew when it breaks, and so do the stores of other [keys](Self::with_key). The store
/// needs a tokio runtime with time and I/O.
#[derive(Clone)]
pub struct RedisTokenStore {
    inner: Arc<Inner>,
}

/// What a [`RedisTokenStore`] does differently from its defaults.
#[derive(Clone)]
pub struct RedisOptions {
    lease: Duration,
    time_limit: Duration,
    unencrypted: bool,
    /// By the clock that was chosen.
    deadlines: Option<Deadlines>,
}

struct Inner {
    connection: Connection,
    lease: Duration,
    newest: Newest,
}

impl Default for RedisOptions {
    fn default() -> Self {
        RedisOptions {
            lease: Duration::from_secs(45),
            time_limit: Duration::from_secs(5),
            unencrypted: false,
            deadlines: None,
        }
    }
}

impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("lease", &self.lease)
            .field("time_limit", &self.time_limit)
            .field("unencrypted", &self.unencrypted)
            .finish_non_exhaustive()
    }
}

impl RedisOptions {
    /// The defaults.
    pub fn new() -> Self {
        RedisOptions::default()
    }

    /// How long the lock outlives a holder that has crashed: 45 s, at least 100 ms. It should be longer than a token request
    /// may take. A running holder renews the lease three times as often as needed.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(100));
        self
    }

    /// How long Redis may take for one command, with connecting and repeats: 5 s.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Accepts `redis://` to another host. Tokens and password then cross the network readable; without this, only `rediss://`,
    /// Unix sockets and this machine are accepted.
    #[must_use]
    pub fn unencrypted_network(mut self) -> Self {
        self.unencrypted = true;
        self
    }

    /// Another clock than that of the system, which says how long Redis and the lock were waited for, and when the lease is prolonged.
    /// How long the lease lasts is a matter of Redis.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.deadlines = Some(Deadlines::new(Arc::new(clock)));
        self
    }

    fn deadlines(&self) -> Deadlines {
        self.deadlines.clone().unwrap_or_else(kit::system_deadlines)
    }
}

impl RedisTokenStore {
    /// The login under this key: `rediss://[user[:password]@]host[:port][/database]`, `redis://localhost` or
    /// `unix:///path/to/socket`.
    ///
    /// # Errors
    /// When the URL or the key is not one that this store takes, or Redis does not answer.
    pub async fn connect(url: &str, key: &str) -> Result<Self, StoreError> {
        RedisTokenStore::connect_with(url, key, RedisOptions::default()).await
    }

    /// As [`connect`](RedisTokenStore::connect), with other settings.
    ///
    /// # Errors
    /// As for [`connect`](RedisTokenStore::connect).
    pub async fn connect_with(url: &str, key: &str, options: RedisOptions) -> Result<Self, StoreError> {
        let connection = Connection::open(url, key, &options)?;
        let store =
            RedisTokenStore { inner: Arc::new(Inner { connection, lease: options.lease, newest: Newest::default() }) };
        store.inner.snapshot().await?;
        Ok(store)
    }

    /// The login under another key of the same Redis, over the same connection and with the same settings: for programs that keep many
    /// logins. Nothing is sent.
    ///
    /// # Errors
    /// When the key is not one that this store takes.
    pub fn with_key(&self, key: &str) -> Result<Self, StoreError> {
        let Inner { connection, lease, .. } = &*self.inner;
        let inner = Inner { connection: connection.beside(key)?, lease: *lease, newest: Newest::default() };
        Ok(RedisTokenStore { inner: Arc::new(inner) })
    }
}

impl fmt::Debug for RedisTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTokenStore")
            .field("at", &self.inner.connection.place())
            .field("lease", &self.inner.lease)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Everything under the key.
    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let snapshot = Snapshot::of(self.connection.run(&READ, &[snapshot::LARGEST.as_bytes()]).await?);
        self.newest.seen(snapshot.newest);
        if let Ok(Some((StoredValue::Record(record), _))) = &snapshot.record {
            self.newest.seen(record.generation);
        }
        Ok(snapshot)
    }
}

simple_side!(RedisTokenStore, |_: &_| kit::PATIENCE);

impl SharedTokenStore for RedisTokenStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async move {
            let snapshot = self.inner.snapshot().await?;
            snapshot.readable(self.inner.connection.place())
        })
    }

    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(lock::acquire(Arc::clone(&self.inner), patience))
    }
}
