//! Processes on one file store that stop or die while they hold its lock. A test starts its own binary again as the holder.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use zeyos::store::{Commit, Lineage, Pending, SharedTokenStore, StoreErrorKind, TokenRecord};
use zeyos::{Clock as _, FileTokenStore, SystemClock, Timestamp, TokenSet, TokenStore};

use crate::support::changed;
use crate::support::folder::Folder;

/// Set for the process that is started as a holder: the path of the store.
const ROLE: &str = "ZEYOS_IT_LOCK_HOLDER";

fn record(generation: u64) -> TokenRecord {
    let tokens = TokenSet::bearer(format!("a{generation}"));
    changed(TokenRecord::default(), |record| {
        record.generation = generation;
        record.lineage = Some(Lineage::first(&tokens));
        record.tokens = Some(tokens);
    })
}

fn pending() -> Pending {
    let (since, request_id) = (Timestamp::from_unix(1_800_000_000), "of the holder".to_owned());
    Pending::new(1, since, request_id)
}

/// What the other process does: takes the lock, leaves its mark, waits for a word, stores what came next.
async fn hold(path: String) {
    let store = FileTokenStore::open(path).unwrap();
    let mut lock = store.lock(Duration::from_secs(10)).await.unwrap();
    lock.read().await.unwrap();
    lock.prepare(&pending()).await.unwrap();
    say("held");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    let outcome = lock.commit(1, &record(2)).await.unwrap();
    lock.release().await.unwrap();
    say(if outcome == Commit::Stored { "stored" } else { "refused" });
}

/// Past the test harness, which keeps what is printed.
fn say(word: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "\n{word}").unwrap();
    out.flush().unwrap();
}

struct Holder {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Holder {
    /// Starts this test once more, in a process that holds the lock when this returns.
    fn start(test: &str, path: &Path) -> Self {
        let module = module_path!().split_once("::").unwrap().1;
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::{test}"), "--nocapture", "--test-threads=1"])
            .env(ROLE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut holder = Holder { child, stdin, stdout };
        holder.expect("held");
        holder
    }

    fn expect(&mut self, word: &str) {
        let lines = self.stdout.by_ref().lines().map_while(Result::ok);
        assert!(lines.into_iter().any(|line| line == word), "the holder ended without saying {word}");
    }

    fn go_on(&mut self) {
        self.stdin.write_all(b"\n").unwrap();
        self.expect("stored");
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn store(folder: &Folder) -> FileTokenStore {
    let store = FileTokenStore::open(folder.tokens()).unwrap();
    store.set(record(1).tokens.as_ref()).await.unwrap();
    store
}

#[cfg(unix)]
#[tokio::test]
async fn fault_16_a_stopped_holder_is_waited_for_and_never_robbed() {
    if let Ok(path) = std::env::var(ROLE) {
        return hold(path).await;
    }
    let folder = Folder::new("stopped");
    let store = store(&folder).await;
    let mut holder = Holder::start("fault_16_a_stopped_holder_is_waited_for_and_never_robbed", &folder.tokens());
    holder.signal("STOP");
    let waiters = (0..8).map(|_| {
        let store = FileTokenStore::open(folder.tokens()).unwrap();
        tokio::spawn(async move { store.lock(Duration::from_millis(400)).await.map(|_| ()).unwrap_err() })
    });
    for waiter in waiters.collect::<Vec<_>>() {
        let error = waiter.await.unwrap();
        assert_eq!(error.kind(), StoreErrorKind::LockTimeout);
        assert!(error.to_string().contains("tokens.json.lock was locked by another process for 0.4 s"), "{error}");
    }
    assert_eq!(SharedTokenStore::read(&store).await.unwrap(), record(1), "readers need no lock");
    holder.signal("CONT");
    holder.go_on();
    let mut lock = store.lock(Duration::from_secs(10)).await.unwrap();
    let late = changed(record(2), |late| late.tokens = record(9).tokens);
    assert_eq!(lock.commit(1, &late).await.unwrap(), Commit::Conflict(Box::new(record(2))));
    let held = lock.read().await.unwrap();
    assert_eq!((held.record, held.pending, held.newest), (record(2), None, 2), "no older generation was written");
}

#[tokio::test]
async fn fault_17_the_lock_of_a_killed_holder_is_free_at_once_and_its_mark_is_found() {
    if let Ok(path) = std::env::var(ROLE) {
        return hold(path).await;
    }
    let folder = Folder::new("killed");
    let store = store(&folder).await;
    let test = "fault_17_the_lock_of_a_killed_holder_is_free_at_once_and_its_mark_is_found";
    let mut holder = Holder::start(test, &folder.tokens());
    let waiting = store.clone();
    let waiting = tokio::spawn(async move {
        let lock = waiting.lock(Duration::from_secs(30)).await.unwrap();
        (lock, SystemClock.monotonic())
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!waiting.is_finished(), "the holder still has it");
    holder.child.kill().unwrap();
    let killed = SystemClock.monotonic();
    let (mut lock, got) = waiting.await.unwrap();
    // The bound is 250 ms; a busy machine gets more.
    assert!(got - killed < Duration::from_secs(2), "{:?}", got - killed);
    let held = lock.read().await.unwrap();
    assert_eq!((held.record, held.pending, held.reply), (record(1), Some(pending()), None));
    assert_eq!(lock.commit(1, &record(2)).await.unwrap(), Commit::Stored);
}

/// A program that is just being started has a copy of every open file for a moment, and with it of every lock.
#[cfg(unix)]
#[test]
fn a_store_opens_while_the_program_starts_others() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    const STARTS: usize = 500;
    let started = AtomicUsize::new(0);
    let starter = || {
        while started.fetch_add(1, Ordering::SeqCst) < STARTS {
            Command::new("true").status().unwrap();
        }
    };
    let folder = Folder::new("opened");
    std::thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(starter)));
        while started.load(Ordering::SeqCst) < STARTS {
            FileTokenStore::open(folder.tokens()).unwrap();
        }
    });
}
