//! The one thread of this process on which exchanges of tokens run: started when it is first needed, and again in a forked child.

use std::io;
use std::mem;
use std::process;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use arc_swap::ArcSwapOption;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

/// The name of the thread, and of those of its pool for work that blocks.
const NAME: &str = "zeyos-exchange";

/// Instead of a count: the thread ends, and takes no more work.
const CLOSED: usize = usize::MAX;

/// No lock guards it: a lock that another thread holds while this one forks would stay locked in the child.
static CURRENT: ArcSwapOption<Thread> = ArcSwapOption::const_empty();

struct Thread {
    /// The process that started it. A forked child has a copy of this value and no such thread.
    process: u32,
    handle: Handle,
    leases: AtomicUsize,
    /// Whether it ends with its last lease.
    ends: AtomicBool,
    end: Notify,
}

/// Keeps the thread running. Dropping one never waits.
pub(super) struct Lease(Arc<Thread>);

impl Lease {
    /// A lease of the thread of this process, which is started if there is none.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(super) fn take() -> io::Result<Self> {
        loop {
            let current = CURRENT.load_full();
            if let Some(lease) = current.as_ref().and_then(Thread::lease) {
                return Ok(lease);
            }
            let own = Thread::start()?;
            let found = CURRENT.compare_and_swap(&current, Some(Arc::clone(&own.0)));
            if same(found.as_ref(), current.as_ref()) {
                forget_the_parents(current);
                return Ok(own);
            }
            // Someone else was faster: theirs is taken, and this one ends.
            own.end_with_the_last();
        }
    }

    /// The runtime that the thread drives.
    pub(super) fn handle(&self) -> &Handle {
        &self.0.handle
    }

    /// Another lease of the same thread, unless that has ended or runs in the parent of this process.
    pub(super) fn again(&self) -> Option<Self> {
        Thread::lease(&self.0)
    }

    /// Gives the lease back, and ends the thread once all others are given back too.
    pub(super) fn end_with_the_last(self) {
        self.0.ends.store(true, Ordering::SeqCst);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let was_last = self.0.leases.fetch_sub(1, Ordering::SeqCst) == 1;
        if was_last && self.0.ends.load(Ordering::SeqCst) {
            self.0.close();
        }
    }
}

impl Thread {
    fn start() -> io::Result<Lease> {
        let runtime = Builder::new_current_thread().enable_all().thread_name(NAME).build()?;
        let (handle, runtime) = (runtime.handle().clone(), Unhurried(Some(runtime)));
        let (process, ends, end) = (process::id(), AtomicBool::new(false), Notify::new());
        let this = Arc::new(Thread { process, handle, leases: AtomicUsize::new(1), ends, end });
        let driven = Arc::clone(&this);
        thread::Builder::new().name(NAME.to_owned()).spawn(move || runtime.drive(&driven))?;
        Ok(Lease(this))
    }

    fn lease(this: &Arc<Self>) -> Option<Lease> {
        if this.process != process::id() {
            return None;
        }
        let more = |leases: usize| (leases != CLOSED).then(|| leases + 1);
        this.leases.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok()?;
        // There is work again.
        this.ends.store(false, Ordering::SeqCst);
        Some(Lease(Arc::clone(this)))
    }

    fn close(&self) {
        if self.leases.compare_exchange(0, CLOSED, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            self.end.notify_one();
        }
    }
}

/// A runtime that is dropped without waiting for work that blocks, on any thread.
struct Unhurried(Option<Runtime>);

impl Unhurried {
    fn drive(self, thread: &Thread) {
        if let Some(runtime) = &self.0 {
            runtime.block_on(thread.end.notified());
        }
    }
}

impl Drop for Unhurried {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn same(one: Option<&Arc<Thread>>, other: Option<&Arc<Thread>>) -> bool {
    one.map(Arc::as_ptr).is_some_and(|one| other.is_some_and(|other| ptr::eq(one, Arc::as_ptr(other))))
        || one.is_none() && other.is_none()
}

/// What the parent process has started is not this process's to clean up.
fn forget_the_parents(thread: Option<Arc<Thread>>) {
    if let Some(thread) = thread.filter(|thread| thread.process != process::id()) {
        mem::forget(thread);
    }
}
