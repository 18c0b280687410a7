use std::fs;

use zeyos_core::{BoxFuture, Timestamp};

use super::*;
use crate::{TokenSet, TokenStore as _};

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("zeyos-file-store-{name}-{}", std::process::id()));
    // A run that failed may have left one of this name: numbers of processes come again.
    let _ = fs::remove_dir_all(&path);
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
    let record = SharedTokenStore::read(&store).await.unwrap();
    assert_eq!(record.generation, 2, "a generation is never given out twice");
    let copy = fs::read_to_string(folder.join("tokens.json.copy")).unwrap();
    assert!(!copy.contains("\"r\""), "what was removed does not live on in a copy: {copy}");
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_at_the_same_time_take_turns_and_leave_one_whole_set() {
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
    assert_eq!(SharedTokenStore::read(&store).await.unwrap().generation, 50, "each had its own turn");
    let names = ["", ".lock", ".pending", ".copy"].map(|end| folder.join(format!("tokens.json{end}")));
    assert!(names.iter().all(|name| name.exists()));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), names.len());
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_bare_token_set_of_an_earlier_version_is_taken_over() {
    let folder = folder("bare");
    let path = folder.join("tokens.json");
    let tokens = TokenSet::bearer("a").with_refresh_token("r");
    let mut file = SystemFiles.open(&path, Access::Create).unwrap();
    file.write(tokens.to_json_exposing_secrets().to_string().as_bytes()).unwrap();
    // Some systems replace no file that is open.
    drop(file);
    let store = FileTokenStore::open(&path).unwrap();
    assert_eq!(store.get().await.unwrap(), Some(tokens));
    store.set(Some(&TokenSet::bearer("b"))).await.unwrap();
    assert_eq!(SharedTokenStore::read(&store).await.unwrap().generation, 2);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_wait_for_the_lock_that_is_given_up_ends_its_thread() {
    let folder = folder("wait");
    let store = FileTokenStore::open(folder.join("tokens.json")).unwrap();
    let held = store.lock(Duration::ZERO).await.unwrap();
    let other = store.clone();
    let waiting = tokio::spawn(async move { other.lock(Duration::from_secs(600)).await.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(20)).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    // The thread had a handle of the files; it is dropped within the longest pause.
    while Arc::strong_count(&store.io) > 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    held.release().await.unwrap();
    store.lock(Duration::ZERO).await.unwrap();
    fs::remove_dir_all(folder).unwrap();
}

/// A clock on which a minute passes with every look at it.
#[derive(Clone, Default)]
struct Hasty(Arc<Mutex<Duration>>);

impl Clock for Hasty {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn monotonic(&self) -> Duration {
        let mut now = self.0.lock().unwrap();
        *now += Duration::from_secs(60);
        *now
    }

    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn how_long_a_lock_is_waited_for_is_what_the_clock_says() {
    let folder = folder("clock");
    let open = || FileTokenStore::open(folder.join("tokens.json")).unwrap();
    let held = open().lock(Duration::ZERO).await.unwrap();
    let hasty = open().with_clock(Hasty::default());
    // No test has an hour.
    let lock = hasty.io.acquire(Duration::from_secs(3600), &AtomicBool::new(false), &hasty.deadlines);
    assert_eq!(lock.err().map(|error| error.kind()), Some(StoreErrorKind::LockTimeout));
    held.release().await.unwrap();
    fs::remove_dir_all(folder).unwrap();
}
