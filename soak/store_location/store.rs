//! The store of a run, opened as any process opens it.

use zeyos::store::{SharedTokenStore, StoreFuture, TokenStore};
use zeyos::{FileTokenStore, TokenSet};

use crate::Outcome;

/// A lease outlives its holder: the usual one, after every kill, is most of a run.
#[cfg(feature = "redis")]
fn options() -> zeyos::RedisOptions {
    zeyos::RedisOptions::new().lease(std::time::Duration::from_secs(5))
}

/// A store of either kind.
pub(crate) enum Store {
    File(FileTokenStore),
    #[cfg(feature = "redis")]
    Redis(zeyos::RedisTokenStore),
}

impl Store {
    /// The store at an address of [`Place::address`].
    pub(crate) async fn open(address: &str) -> Outcome<Self> {
        if !address.starts_with("unix://") {
            return Ok(Store::File(FileTokenStore::open(address)?));
        }
        #[cfg(feature = "redis")]
        return Ok(Store::Redis(zeyos::RedisTokenStore::connect_with(address, "soak", options()).await?));
        #[cfg(not(feature = "redis"))]
        Err("build with --features redis".into())
    }

    fn inner(&self) -> &dyn TokenStore {
        match self {
            Store::File(store) => store,
            #[cfg(feature = "redis")]
            Store::Redis(store) => store,
        }
    }
}

impl TokenStore for Store {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.inner().get()
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        self.inner().set(tokens)
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        self.inner().shared()
    }
}
