//! Tokens in a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;

use super::{StoreError, StoreFuture, TokenStore};
use crate::TokenSet;

/// Keeps tokens in a JSON file, readable for its owner alone. A write goes to a second file first and replaces the first one
/// in one step, so that a crash leaves the old tokens or the new ones, never half of either.
#[derive(Debug, Clone)]
pub struct FileTokenStore {
    path: Arc<PathBuf>,
}

impl FileTokenStore {
    /// A store at this path. The folder must exist; the file need not.
    ///
    /// # Errors
    /// When what is there cannot be read, or is no token set. It is left as it is.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = FileTokenStore { path: Arc::new(path.into()) };
        read(&store.path)?;
        Ok(store)
    }
}

impl TokenStore for FileTokenStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        let path = Arc::clone(&self.path);
        Box::pin(off_thread(move || read(&path)))
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        let path = Arc::clone(&self.path);
        let text = tokens.map(|tokens| tokens.to_json_exposing_secrets().to_string());
        Box::pin(off_thread(move || match text {
            Some(text) => write(&path, &text),
            None => remove(&path),
        }))
    }
}

/// File work blocks, so it runs where it may; where the caller is run by something other than tokio, right here.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.unwrap_or_else(|error| Err(StoreError::new(error))),
        Err(_) => work(),
    }
}

fn read(path: &Path) -> Result<Option<TokenSet>, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("cannot be read", path, error)),
    };
    let no_set = || {
        let path = path.display();
        StoreError::message(format!("{path} holds no token set; move it away, or put the tokens back, and start again"))
    };
    let value = serde_json::from_str(&text).map_err(|_| no_set())?;
    TokenSet::from_json(&value).map(Some).ok_or_else(no_set)
}

fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let beside = beside(path);
    let replaced = private(&beside)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|error| failed("cannot be written", &beside, error))
        .and_then(|()| fs::rename(&beside, path).map_err(|error| failed("cannot be replaced", path, error)));
    if replaced.is_err() {
        // Tokens that are in no store must not lie about either. The first failure says more than this one.
        let _ = fs::remove_file(&beside);
    }
    replaced?;
    sync_folder(path)
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("cannot be removed", path, error)),
    }
}

/// The file that is written before it takes the place of `path`. No two writes share one, or the one could put half of what
/// the other writes into place.
fn beside(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

/// A new file that nobody but its owner can read, from its first byte on. One that a crashed process with the same number left
/// is replaced.
fn private(path: &Path) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A rename is only sure to survive a power cut once the folder is on disk too.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| failed("cannot be synced", folder, error))?;
    }
    Ok(())
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> StoreError {
    StoreError::at(format!("{} {what}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("zeyos-file-store-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[tokio::test]
    async fn tokens_survive_and_are_removed() {
        let folder = folder("keep");
        let store = FileTokenStore::open(folder.join("tokens.json")).unwrap();
        let tokens = TokenSet::bearer("a").with_refresh_token("r");
        store.set(Some(&tokens)).await.unwrap();
        assert_eq!(FileTokenStore::open(folder.join("tokens.json")).unwrap().get().await.unwrap(), Some(tokens));
        store.set(None).await.unwrap();
        assert_eq!(store.get().await.unwrap(), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn writers_at_the_same_time_leave_one_whole_set_and_nothing_else() {
        let folder = folder("crowd");
        let store = FileTokenStore::open(folder.join("tokens.json")).unwrap();
        let writes: Vec<_> = (0..50)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move { store.set(Some(&TokenSet::bearer("x".repeat(1 + number)))).await })
            })
            .collect();
        for write in writes {
            write.await.unwrap().unwrap();
            assert!(store.get().await.unwrap().is_some());
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_failed_write_leaves_nothing_behind() {
        let folder = folder("failed");
        let store = FileTokenStore { path: Arc::new(folder.clone()) };
        let error = store.set(Some(&TokenSet::bearer("a"))).await.unwrap_err();
        assert!(error.to_string().contains("cannot be replaced"), "{error}");
        let name = folder.file_name().unwrap().to_str().unwrap();
        let left = fs::read_dir(folder.parent().unwrap()).unwrap().flatten();
        assert!(left.into_iter().all(|file| !file.file_name().to_str().unwrap().starts_with(&format!("{name}."))));
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder("mode");
        let store = FileTokenStore::open(folder.join("tokens.json")).unwrap();
        store.set(Some(&TokenSet::bearer("a"))).await.unwrap();
        let mode = fs::metadata(folder.join("tokens.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_is_no_token_set_is_refused_and_kept() {
        let folder = folder("odd");
        let path = folder.join("tokens.json");
        for text in ["", "{}", "hunter2", "{\"access_token\":"] {
            fs::write(&path, text).unwrap();
            let error = FileTokenStore::open(&path).unwrap_err().to_string();
            assert!(error.contains("tokens.json") && !error.contains("hunter2"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
