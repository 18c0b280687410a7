//! Work that goes on when its caller gives up: an exchange of tokens that is broken off would lose what the server has issued.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use zeyos_core::{Error, TokenError};

use super::clock::Clock;

/// Runs the work to its end, whatever becomes of the caller: as a task of the runtime, or on a thread of its own where the
/// caller is run by something other than tokio.
pub(super) async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    match Handle::try_current() {
        Ok(runtime) => runtime.spawn(work).await.unwrap_or_else(|_| Err(interrupted())),
        Err(_) => on_a_thread(work).await,
    }
}

/// Starts work that nobody waits for: as a task of the runtime, or on a thread of its own.
pub(super) fn detach(work: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(work);
        return Ok(());
    }
    let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::request)?;
    let thread = thread::Builder::new().name(THREAD.to_owned());
    thread.spawn(move || runtime.block_on(work)).map(|_| ()).map_err(Error::request)
}

const THREAD: &str = "zeyos-exchange";

/// The outcome of the work, or `None` if it takes longer than this. The work itself goes on if somebody else carries it.
pub(super) async fn within<T>(clock: &dyn Clock, limit: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    // Without a runtime there is nothing that could wake a sleeper.
    let Some(limit) = limit.filter(|_| Handle::try_current().is_ok()) else { return Some(work.await) };
    let (mut work, mut end) = (pin!(work), clock.sleep(limit));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

async fn on_a_thread<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    let (answer, answered) = oneshot::channel();
    detach(async move {
        // A caller that has given up hears nothing; the work is done all the same.
        let _ = answer.send(work.await);
    })?;
    answered.await.unwrap_or_else(|_| Err(interrupted()))
}

/// The work where it is, on the caller's task. A panic in it, such as one of a store, is a typed error here too.
pub(super) async fn caught<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut work = pin!(work);
    // Nothing of the work is used after a panic but what its drop lets go.
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(interrupted())))
    })
    .await
}

/// The work panicked, or its runtime was shut down.
fn interrupted() -> Error {
    Error::token(TokenError::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_typed_error() {
        let detached = detached::<()>(async { panic!("as told") }).await.unwrap_err();
        let caught = caught::<()>(async { panic!("as told") }).await.unwrap_err();
        assert_eq!(
            [detached, caught].map(|error| error.token_error().cloned()),
            [const { Some(TokenError::Interrupted) }; 2]
        );
    }

    #[tokio::test]
    async fn work_goes_on_when_its_caller_is_dropped() {
        let (done, when_done) = oneshot::channel();
        let (start, started) = oneshot::channel::<()>();
        let work = detached(async move {
            let _ = started.await;
            let _ = done.send(7);
            Ok(())
        });
        let caller = tokio::spawn(work);
        tokio::task::yield_now().await;
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        start.send(()).unwrap();
        assert_eq!(when_done.await, Ok(7));
    }

    #[test]
    fn without_a_runtime_the_work_gets_a_thread() {
        use std::sync::Arc;
        use std::task::{Context, Poll, Wake};

        struct Unpark(thread::Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut work = Box::pin(detached(async {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            Ok(thread::current().name().map(str::to_owned))
        }));
        let name = loop {
            match work.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(name) => break name.unwrap(),
                Poll::Pending => thread::park(),
            }
        };
        assert_eq!(name.as_deref(), Some("zeyos-exchange"));
    }
}
