//! Exchanges on a target with threads.

use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;

use super::OfProcess;
use super::blocking;
use super::thread::Lease;

/// Where the exchanges of one client run.
///
/// Tasks that only wait run on the thread of the process. What they have to carry out may block, because stores, transports and
/// listeners are the user's: it gets a thread of a pool, driven by the same runtime, so that it delays no one else. The user
/// may name another runtime for it.
#[derive(Default)]
pub(crate) struct Place {
    named: Option<Handle>,
    /// Keeps the thread from the first exchange until the client is closed.
    lease: OfProcess<Mutex<Option<Lease>>>,
}

impl Place {
    /// On the runtime that the user names.
    pub(crate) fn on(runtime: Handle) -> Self {
        Place { named: Some(runtime), lease: OfProcess::default() }
    }

    /// The same for another user of the client.
    pub(super) fn of_another(&self) -> Self {
        Place { named: self.named.clone(), lease: OfProcess::default() }
    }

    pub(super) fn is_used(&self) -> bool {
        self.lease.get().lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Begins a task that only waits, on the thread of exchanges.
    pub(super) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let lease = self.lease()?;
        let runtime = lease.handle().clone();
        runtime.spawn(async move {
            task.await;
            drop(lease);
        });
        Ok(())
    }

    /// Begins what may block. The future answers `None` where the work or its runtime has ended early.
    pub(super) fn carry_out<T: Send + 'static, W: Future<Output = T> + Send + 'static>(
        &self,
        work: W,
    ) -> io::Result<impl Future<Output = Option<T>> + use<T, W>> {
        let working = match &self.named {
            Some(named) => named.spawn(work),
            None => {
                let lease = self.lease()?;
                let runtime = lease.handle().clone();
                runtime.clone().spawn_blocking(move || {
                    let outcome = blocking::drive(&runtime, work);
                    drop(lease);
                    outcome
                })
            }
        };
        Ok(async move { working.await.ok() })
    }

    fn lease(&self) -> io::Result<Lease> {
        let kept = self.lease.get();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = kept.as_ref().and_then(Lease::again) {
            return Ok(lease);
        }
        let lease = Lease::take()?;
        *kept = lease.again();
        Ok(lease)
    }

    pub(super) fn close(&self) {
        let kept = self.lease.get().lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lease) = kept {
            lease.end_with_the_last();
        }
    }
}
