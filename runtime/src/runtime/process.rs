//! Values that belong to one process: a forked child starts with one of its own.

use std::fmt;
use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwap;

/// A value that a forked child must not share with its parent, such as a lock whose holder runs in the parent alone.
pub(crate) struct OfProcess<T>(ArcSwap<(u32, Arc<T>)>);

impl<T: Default> Default for OfProcess<T> {
    fn default() -> Self {
        OfProcess(ArcSwap::from_pointee(fresh()))
    }
}

impl<T: Default> OfProcess<T> {
    /// The value of this process.
    pub(crate) fn get(&self) -> Arc<T> {
        let owned = self.0.load();
        if owned.0 == id() { Arc::clone(&owned.1) } else { self.first() }
    }

    /// The same in a child that has not asked before. The first thread that comes here decides; the others take what it has put there.
    #[cold]
    #[inline(never)]
    fn first(&self) -> Arc<T> {
        let is_own = |owned: &(u32, Arc<T>)| owned.0 == id();
        let former = self.0.rcu(|found| if is_own(found) { Arc::clone(found) } else { Arc::new(fresh()) });
        if !is_own(&former) {
            // What the parent has begun is not this process's to clean up.
            mem::forget(former);
        }
        Arc::clone(&self.0.load().1)
    }
}

impl<T: fmt::Debug> fmt::Debug for OfProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.load().1.fmt(f)
    }
}

/// A target without processes has one.
fn id() -> u32 {
    if cfg!(target_family = "wasm") { 0 } else { std::process::id() }
}

fn fresh<T: Default>() -> (u32, Arc<T>) {
    (id(), Arc::default())
}
