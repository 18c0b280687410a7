//! Values that belong to one process: a forked child starts with one of its own.

use std::fmt;
use std::mem;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// A value that a forked child must not share with its parent, such as a lock whose holder runs in the parent alone.
pub(crate) struct OfProcess<T> {
    /// The process that made this, and its value: each call looks here several times, so it stands without a detour.
    process: u32,
    value: Arc<T>,
    /// What a child has instead, which may have a child itself.
    of_child: ArcSwapOption<(u32, Arc<T>)>,
}

impl<T: Default> Default for OfProcess<T> {
    fn default() -> Self {
        OfProcess { process: id(), value: Arc::default(), of_child: ArcSwapOption::empty() }
    }
}

impl<T: Default> OfProcess<T> {
    /// The value of this process.
    pub(crate) fn get(&self) -> Arc<T> {
        if self.process == id() { Arc::clone(&self.value) } else { self.of_child() }
    }

    /// The same in a child. The first thread that comes here decides; the others take what it has put there.
    #[cold]
    #[inline(never)]
    fn of_child(&self) -> Arc<T> {
        let is_own = |owned: &(u32, Arc<T>)| owned.0 == id();
        let former = self.of_child.rcu(|found| match found {
            Some(found) if is_own(found) => Some(Arc::clone(found)),
            _ => Some(Arc::new((id(), Arc::default()))),
        });
        match former {
            Some(former) if !is_own(&former) => mem::forget(former),
            Some(_) => {}
            // What the parent has begun is not this process's to clean up.
            None => mem::forget(Arc::clone(&self.value)),
        }
        self.of_child.load().as_ref().map_or_else(Arc::default, |owned| Arc::clone(&owned.1))
    }
}

impl<T: fmt::Debug> fmt::Debug for OfProcess<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.of_child.load() {
            Some(owned) => owned.1.fmt(f),
            None => self.value.fmt(f),
        }
    }
}

/// The process that runs this. A target without processes has one.
pub(crate) fn id() -> u32 {
    if cfg!(target_family = "wasm") { 0 } else { std::process::id() }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// As a child finds it: made by another process.
    fn inherited(parent: u32) -> OfProcess<AtomicU32> {
        OfProcess { process: parent, value: Arc::new(AtomicU32::new(7)), of_child: ArcSwapOption::empty() }
    }

    #[test]
    fn a_child_has_a_value_of_its_own_and_leaves_that_of_its_parent_alone() {
        let own = OfProcess::<AtomicU32>::default();
        own.get().store(1, Ordering::Relaxed);
        assert_eq!(own.get().load(Ordering::Relaxed), 1);
        let child = inherited(id() + 1);
        let of_parent = Arc::clone(&child.value);
        child.get().fetch_add(3, Ordering::Relaxed);
        assert_eq!((child.get().load(Ordering::Relaxed), of_parent.load(Ordering::Relaxed)), (3, 7));
        drop(child);
        // It is never dropped: one count is left beside ours.
        assert_eq!(Arc::strong_count(&of_parent), 2);
    }

    #[test]
    fn a_child_of_a_child_has_one_too() {
        let grandchild = inherited(id() + 1);
        let of_child = Arc::new(AtomicU32::new(8));
        grandchild.of_child.store(Some(Arc::new((id() + 2, Arc::clone(&of_child)))));
        grandchild.get().fetch_add(3, Ordering::Relaxed);
        assert_eq!((grandchild.get().load(Ordering::Relaxed), of_child.load(Ordering::Relaxed)), (3, 8));
        drop(grandchild);
        assert_eq!(Arc::strong_count(&of_child), 2);
    }
}
