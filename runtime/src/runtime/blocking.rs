//! Work that blocks, such as that of a file store: on a thread that may block.

use std::cell::Cell;
use std::future::Future;
#[cfg(feature = "blocking")]
use std::io;
use std::time::Duration;

use tokio::runtime::Handle;

use super::deadlines::Deadlines;
use super::thread::Lease;

thread_local! {
    static MAY_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// Drives the work on this thread, which belongs to a pool for work that blocks.
pub(super) fn drive<T>(runtime: &Handle, work: impl Future<Output = T>) -> T {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            MAY_BLOCK.set(self.0);
        }
    }
    let _reset = Reset(MAY_BLOCK.replace(true));
    runtime.block_on(work)
}

/// Drives the work on this thread, which no runtime drives. Its connections and timers are looked after by the thread of exchanges.
///
/// # Errors
/// When the system has no thread to give; nothing was begun then.
#[cfg(feature = "blocking")]
pub(crate) fn wait_here<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let lease = Lease::take()?;
    Ok(drive(lease.handle(), work))
}

/// Whether work that blocks may run right here: no one else waits for this thread.
pub(crate) fn is_allowed() -> bool {
    MAY_BLOCK.get()
}

/// Why work that blocks brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// It was given up after its time. No one can stop it, so it may still be at work.
    TooLate,
    /// It panicked.
    Panicked,
}

/// Does work that blocks on the pool of the thread of exchanges, where it delays no runtime, neither while it works nor when that
/// runtime ends.
pub(crate) async fn elsewhere<T: Send + 'static>(
    deadlines: &Deadlines,
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Unfinished> {
    let Ok(lease) = Lease::take() else { return Ok(work()) };
    let runtime = lease.handle().clone();
    let working = runtime.spawn_blocking(move || {
        let outcome = work();
        drop(lease);
        outcome
    });
    match deadlines.within(limit, working).await {
        Some(outcome) => outcome.map_err(|_| Unfinished::Panicked),
        None => Err(Unfinished::TooLate),
    }
}
