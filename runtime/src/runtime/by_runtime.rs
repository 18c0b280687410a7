//! One value for each runtime that asks: a connection is driven by the runtime on which it was made, and by no other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id};

use super::OfProcess;

/// For so many runtimes values are kept; then those go that were not asked for the longest.
const MOST: usize = 8;

type Values<T> = Vec<(Option<Id>, T)>;

/// Values of runtimes, those that were asked for last at the end.
pub(crate) struct ByRuntime<T>(OfProcess<Mutex<Values<T>>>);

impl<T> Default for ByRuntime<T> {
    fn default() -> Self {
        ByRuntime(OfProcess::default())
    }
}

impl<T: Clone> ByRuntime<T> {
    /// With a value for the first runtime that asks.
    pub(crate) fn with_first(value: T) -> Self {
        let this = ByRuntime::default();
        locked(&this.0.get()).push((None, value));
        this
    }

    /// The value of the runtime that runs the caller.
    pub(crate) fn get(&self) -> Option<T> {
        let own = current()?;
        let values = self.0.get();
        let mut values = locked(&values);
        let found = values.iter().position(|(id, _)| id.is_none_or(|id| id == own))?;
        let (_, value) = values.remove(found);
        values.push((Some(own), value.clone()));
        Some(value)
    }

    /// Keeps a value for the runtime that runs the caller. Answers the one that was kept for it before, which stays.
    pub(crate) fn keep(&self, value: T) -> T {
        let Some(own) = current() else { return value };
        if let Some(earlier) = self.get() {
            return earlier;
        }
        let surplus = {
            let values = self.0.get();
            let mut values = locked(&values);
            values.push((Some(own), value.clone()));
            (values.len() > MOST).then(|| values.remove(0))
        };
        drop(surplus);
        value
    }

    /// Forgets the value of the runtime that runs the caller.
    #[cfg(any(test, feature = "redis"))]
    pub(crate) fn forget(&self) {
        let own = current();
        let values = self.0.get();
        let mut values = locked(&values);
        let found = values.iter().position(|(id, _)| *id == own && id.is_some());
        let forgotten = found.map(|found| values.remove(found));
        drop(values);
        drop(forgotten);
    }
}

fn locked<T>(values: &Mutex<Values<T>>) -> MutexGuard<'_, Values<T>> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

fn current() -> Option<Id> {
    Handle::try_current().ok().map(|runtime| runtime.id())
}
