//! A place where a login is kept, with a way to look at everything in it and to damage it: files, a Redis, a Secret Service.

use std::collections::BTreeMap;
use std::sync::Arc;

use zeyos::store::{SharedTokenStore, StoreFuture, TokenStore};
use zeyos::{FileTokenStore, TokenSet};

use super::folder::Folder;
#[cfg(feature = "keyring")]
use crate::shared_stores::keyring;
#[cfg(feature = "redis")]
use crate::shared_stores::redis_server::RedisServer;

/// Everything that is kept, by the name of the file, key or entry.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

pub(crate) enum Backend {
    Files(Folder),
    #[cfg(feature = "redis")]
    Redis(RedisServer),
    #[cfg(feature = "keyring")]
    Keyring {
        _daemon: keyring::Daemon,
    },
}

/// A store of any kind.
#[derive(Clone)]
pub(crate) struct AnyStore(Arc<dyn TokenStore>);

impl TokenStore for AnyStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        self.0.get()
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        self.0.set(tokens)
    }

    fn forget(&self) -> StoreFuture<'_, ()> {
        self.0.forget()
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        self.0.shared()
    }
}

impl Backend {
    pub(crate) fn files() -> Self {
        Backend::Files(Folder::new("place"))
    }

    /// Whether a write takes long.
    pub(crate) fn is_slow(&self) -> bool {
        match self {
            #[cfg(feature = "keyring")]
            Backend::Keyring { .. } => true,
            _ => false,
        }
    }

    /// One more opening of the store, as another process has it.
    pub(crate) async fn store(&self) -> AnyStore {
        AnyStore(match self {
            Backend::Files(folder) => Arc::new(FileTokenStore::open(folder.tokens()).unwrap()),
            #[cfg(feature = "redis")]
            Backend::Redis(server) => Arc::new(server.store("k").await),
            #[cfg(feature = "keyring")]
            Backend::Keyring { .. } => Arc::new(keyring::open("demo").await),
        })
    }

    /// What is kept now.
    pub(crate) async fn image(&self) -> Image {
        match self {
            Backend::Files(folder) => std::fs::read_dir(folder.path())
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
                .collect(),
            #[cfg(feature = "redis")]
            Backend::Redis(server) => {
                let mut image = Image::new();
                for key in server.command::<Vec<String>>(&[b"KEYS", b"{k}*"]).await {
                    if !key.ends_with(":lock") {
                        image.insert(key.clone(), server.command(&[b"GET", key.as_bytes()]).await);
                    }
                }
                image
            }
            #[cfg(feature = "keyring")]
            Backend::Keyring { .. } => keyring::image("demo"),
        }
    }

    /// Replaces one piece, or removes it.
    pub(crate) async fn put(&self, piece: &str, bytes: Option<&[u8]>) {
        match (self, bytes) {
            (Backend::Files(folder), Some(bytes)) => write(&folder.path().join(piece), bytes),
            (Backend::Files(folder), None) => drop(std::fs::remove_file(folder.path().join(piece))),
            #[cfg(feature = "redis")]
            (Backend::Redis(server), Some(bytes)) => server.command(&[b"SET", piece.as_bytes(), bytes]).await,
            #[cfg(feature = "redis")]
            (Backend::Redis(server), None) => drop(server.command::<i64>(&[b"DEL", piece.as_bytes()]).await),
            #[cfg(feature = "keyring")]
            (Backend::Keyring { .. }, bytes) => keyring::put(piece, bytes),
        }
    }

    /// Everything as it was then: what has come since is gone.
    pub(crate) async fn restore(&self, image: &Image) {
        for piece in self.image().await.into_keys().filter(|piece| !image.contains_key(piece)) {
            self.put(&piece, None).await;
        }
        for (piece, bytes) in image {
            self.put(piece, Some(bytes)).await;
        }
    }

    /// Whether a word is found anywhere in it.
    pub(crate) async fn holds(&self, word: &str) -> Option<String> {
        let has = |bytes: &[u8]| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        self.image().await.into_iter().find(|(_, bytes)| has(bytes)).map(|(piece, _)| piece)
    }
}

/// The same for a Redis and for a Secret Service, as tests of their own.
macro_rules! on_other_backends {
    ($body:path, $redis:ident, $keyring:ident) => {
        #[cfg(feature = "redis")]
        #[tokio::test]
        async fn $redis() {
            let server = crate::shared_stores::redis_server::RedisServer::start();
            $body(crate::support::backend::Backend::Redis(server)).await;
        }

        #[cfg(feature = "keyring")]
        #[tokio::test]
        async fn $keyring() {
            let test = concat!(module_path!(), "::", stringify!($keyring));
            if crate::shared_stores::keyring::on_a_bus_of_its_own(test.split_once("::").unwrap().1) {
                let _daemon = crate::shared_stores::keyring::Daemon::start(Some("a password"));
                drop(crate::shared_stores::keyring::open("demo").await);
                $body(crate::support::backend::Backend::Keyring { _daemon }).await;
            }
        }
    };
}
pub(crate) use on_other_backends;

/// Over the content, so that a file that a program has open and locked is still the same one.
fn write(path: &std::path::Path, bytes: &[u8]) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path).unwrap(), bytes).unwrap();
}

/// Six ways in which a piece may be damaged; nothing stands for its removal.
pub(crate) fn damages(whole: &[u8]) -> [(&'static str, Option<Vec<u8>>); 6] {
    let mut flipped = whole.to_vec();
    if let Some(byte) = flipped.get_mut(whole.len() / 2) {
        *byte ^= 0x11;
    }
    [
        ("removed", None),
        ("blanked", Some(Vec::new())),
        ("cut", Some(whole[..whole.len() / 2].to_vec())),
        ("one byte", Some(flipped)),
        ("garbage", Some(b"\x00\xffgarbage {\"access_token\": 7}".to_vec())),
        ("zeros", Some(vec![0; whole.len()])),
    ]
}
