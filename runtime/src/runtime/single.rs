//! Exchanges on a target without threads, such as a browser: everything runs on the one there is, begun by what the user names. It is
//! built for the tests of all targets.

mod deadlines;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::oneshot;
use zeyos_core::{BoxFuture, MaybeSend, MaybeSync};

#[cfg_attr(not(target_family = "wasm"), expect(unused_imports, reason = "used on targets without threads alone"))]
pub(crate) use deadlines::{Deadline, Deadlines};

/// Begins a task that goes on by itself. A trait object may have one trait beside those of the compiler.
trait Spawn: Fn(BoxFuture<()>) + MaybeSend + MaybeSync {}

impl<F: Fn(BoxFuture<()>) + MaybeSend + MaybeSync> Spawn for F {}

/// Where the exchanges of one client run: beside everything else, each as a task of its own, so that no caller can stop it.
pub(crate) struct Place {
    spawn: Arc<dyn Spawn>,
    is_used: AtomicBool,
}

impl Place {
    /// Tasks are begun by this function.
    pub(crate) fn on(spawn: impl Fn(BoxFuture<()>) + MaybeSend + MaybeSync + 'static) -> Self {
        Place { spawn: Arc::new(spawn), is_used: AtomicBool::new(false) }
    }

    /// The same for another user of the client.
    pub(super) fn of_another(&self) -> Self {
        Place { spawn: Arc::clone(&self.spawn), is_used: AtomicBool::new(false) }
    }

    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    /// Begins a task.
    #[expect(clippy::unnecessary_wraps, reason = "where there are threads, the system may have none to give")]
    pub(super) fn begin(&self, task: impl Future<Output = ()> + MaybeSend + 'static) -> io::Result<()> {
        self.is_used.store(true, Ordering::Relaxed);
        (self.spawn)(Box::pin(task));
        Ok(())
    }

    /// Begins work. The future answers `None` where it was dropped before its end.
    pub(super) fn carry_out<T: MaybeSend + 'static, W: Future<Output = T> + MaybeSend + 'static>(
        &self,
        work: W,
    ) -> io::Result<impl Future<Output = Option<T>> + use<T, W>> {
        let (sender, receiver) = oneshot::channel();
        self.begin(async move {
            // A caller that has given up hears nothing; the work is done all the same.
            let _ = sender.send(work.await);
        })?;
        Ok(async move { receiver.await.ok() })
    }

    pub(super) fn close(&self) {
        self.is_used.store(false, Ordering::Relaxed);
    }
}
