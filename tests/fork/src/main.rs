//! Forks without `exec` while a refresh is under way: what the parent then finds, and what the child can do.
//!
//! A child that lives on holds copies of every open file of its parent. It must not hold the lock of the store with them, and
//! a refresh of its own must not wait for a thread that only its parent has.

mod server;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tokio::runtime::{Builder, Runtime};
use zeyos::{Client, FileTokenStore, RefreshLimits, TokenSet, TokenStore as _};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How often each kind of child is forked.
const ROUNDS: u64 = 40;

/// How long a child lives that does nothing: longer than anyone may wait for the lock.
const LIFE: Duration = Duration::from_secs(60);

/// How long anyone waits for the lock, and for a child that refreshes.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("zeyos-fork-{}", std::process::id()));
    let outcome = fs::create_dir_all(&folder).map_err(Into::into).and_then(|()| run(&folder));
    let _ = fs::remove_dir_all(&folder);
    match outcome {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Outcome<String> {
    let (address, counts) = server::start()?;
    let (runtime, path) = (runtime()?, folder.join("tokens.json"));
    let store = FileTokenStore::open(&path)?;
    runtime.block_on(store.set(Some(&TokenSet::bearer("a0").with_refresh_token("r0"))))?;
    let client = client(&format!("http://{address}/demo"), store)?;
    let (idle, longest) = with_idle_children(&runtime, &client)?;
    let (forked, refreshed) = with_children_that_refresh(&runtime, &client, &path)?;
    let posts = counts.posts.load(Ordering::SeqCst);
    let replays = counts.replays.load(Ordering::SeqCst);
    ensure(replays == 0, || format!("{replays} refresh tokens were sent twice"))?;
    let longest = longest.as_millis();
    Ok(format!(
        "{idle} idle children: every refresh of the parent got its lock, the slowest in {longest} ms; {refreshed} of {forked} \
         children refreshed; {posts} token requests, 0 replays"
    ))
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn client(url: &str, store: FileTokenStore) -> Outcome<Client> {
    let limits = RefreshLimits::default().floor(Duration::ZERO).lock_patience(PATIENCE);
    Ok(Client::builder(url).client_credentials("app", "s3cret").token_store(store).refresh_limits(limits).build()?)
}

fn ensure(is_so: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if is_so { Ok(()) } else { Err(otherwise().into()) }
}

/// A moment within a refresh, another one each round.
fn moment(round: u64) -> Duration {
    Duration::from_millis(round * 7 % 26)
}

/// Begins a refresh, forks in the middle of it, and waits for its end.
fn refreshed_while_forking(
    runtime: &Runtime,
    client: &Client,
    round: u64,
    child: impl FnOnce() -> i32,
) -> Outcome<Child> {
    let oauth2 = client.oauth2();
    let refresh = runtime.spawn(async move { oauth2.refresh().await });
    // It runs on the thread of exchanges from here on.
    runtime.block_on(tokio::task::yield_now());
    thread::sleep(moment(round));
    let child = Child::fork(child)?;
    runtime.block_on(refresh)??;
    Ok(child)
}

/// Children that do nothing but live.
fn with_idle_children(runtime: &Runtime, client: &Client) -> Outcome<(usize, Duration)> {
    let (mut children, mut longest) = (Vec::new(), Duration::ZERO);
    for round in 0..ROUNDS {
        children.push(refreshed_while_forking(runtime, client, round, || {
            thread::sleep(LIFE);
            0
        })?);
        let start = Instant::now();
        runtime.block_on(client.oauth2().refresh())?;
        longest = longest.max(start.elapsed());
    }
    ensure(longest < PATIENCE, || format!("a refresh took {longest:?}: a child kept the lock"))?;
    Ok((children.len(), longest))
}

/// Children that go on with the client of their parent, or make one of their own.
fn with_children_that_refresh(runtime: &Runtime, client: &Client, path: &PathBuf) -> Outcome<(u64, u64)> {
    let refreshed = AtomicU64::new(0);
    for round in 0..ROUNDS {
        let own = round % 2 == 1;
        let mut child =
            refreshed_while_forking(runtime, client, round, || match refresh_in_child(client, path, own) {
                Ok(()) => 0,
                Err(error) => {
                    eprintln!("round {round}: the refresh of the child failed: {error}");
                    1
                }
            })?;
        ensure(child.ends_well(), || format!("the child of round {round} did not end well"))?;
        refreshed.fetch_add(1, Ordering::SeqCst);
        // What the child has renewed is in the store.
        runtime.block_on(client.oauth2().refresh())?;
    }
    Ok((ROUNDS, refreshed.into_inner()))
}

fn refresh_in_child(parents: &Client, path: &PathBuf, own: bool) -> Outcome {
    let runtime = runtime()?;
    if !own {
        // The first one may find what the parent has renewed; the second one is its own.
        runtime.block_on(parents.oauth2().refresh())?;
        runtime.block_on(parents.oauth2().refresh())?;
        runtime.block_on(parents.auth().close())?;
        return Ok(());
    }
    let url = format!("{parents:?}");
    let url = url.split('"').find(|part| part.starts_with("http://")).ok_or("no URL")?.to_owned();
    let client = client(&url, FileTokenStore::open(path)?)?;
    runtime.block_on(client.oauth2().refresh())?;
    Ok(())
}

/// A child process. It is killed when it is dropped.
struct Child(libc::pid_t);

impl Child {
    /// Forks. The child does the work and ends with its number, without a word to what its parent has begun.
    fn fork(work: impl FnOnce() -> i32) -> Outcome<Self> {
        // SAFETY: the child has this thread alone. It takes locks of the allocator, which the C library keeps in order, and of
        // this library, which is what is tried here: a child that hangs is found out by its parent.
        match unsafe { libc::fork() } {
            -1 => Err(std::io::Error::last_os_error().into()),
            0 => {
                let code = work();
                // SAFETY: nothing of the parent's is to be cleaned up here.
                unsafe { libc::_exit(code) }
            }
            child => Ok(Child(child)),
        }
    }

    /// Whether it ends in time, by itself, and with zero.
    fn ends_well(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < 3 * PATIENCE {
            let mut status = 0;
            // SAFETY: the process is a child of this one that no one has waited for.
            if unsafe { libc::waitpid(self.0, &raw mut status, libc::WNOHANG) } == self.0 {
                self.0 = 0;
                return libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0;
            }
            thread::sleep(Duration::from_millis(2));
        }
        false
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.0 > 0 {
            // SAFETY: the process is a child of this one that no one has waited for.
            unsafe {
                libc::kill(self.0, libc::SIGKILL);
                libc::waitpid(self.0, std::ptr::null_mut(), 0);
            }
        }
    }
}
