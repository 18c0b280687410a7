//! The same calls from a program without an async runtime (feature `blocking`).
//!
//! [`Wait::wait`] stands where `.await` would, and [`iter`] makes an iterator of a stream. Nothing else differs: the client, its calls,
//! its limits, its errors. The calling thread drives the call itself; connections and timers are looked after by the one thread that
//! the library keeps for token refreshes anyway, so that a connection is kept from one call to the next.
//!
//! Within a runtime of tokio waiting would stop everything else on its thread, perhaps for ever: there `wait` sends nothing and answers
//! an error that says so, and so it does in the destructor of a thread local, when a thread has ended as far as tokio is concerned.
//! Other runtimes are not recognised. Threads of `tokio::task::spawn_blocking` belong to their runtime too; a thread of `std::thread` does
//! not.

use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;

use futures_core::Stream;
use tokio::runtime::Handle;
use zeyos_core::Error;

use crate::oauth2::LoginError;
use crate::runtime::wait_here;
use crate::store::StoreError;

/// Waits for something asynchronous of this library on the calling thread: a call, a refresh, a login, `close`.
///
/// It is implemented for everything that could be awaited and whose error can say that waiting is not possible here: [`Error`],
/// [`LoginError`] and [`StoreError`].
pub trait Wait: Sized {
    /// What comes out, as `.await` would give it.
    type Output;

    /// Waits on this thread.
    ///
    /// # Errors
    /// Those of `.await`; and, before anything is sent, that this thread is one of a runtime of tokio or is ending, or that the system
    /// has no thread to give ([`Error::is_request`](zeyos_core::Error::is_request)).
    fn wait(self) -> Self::Output;
}

impl<T, E: CannotWait, F: IntoFuture<Output = Result<T, E>>> Wait for F {
    type Output = Result<T, E>;

    fn wait(self) -> Result<T, E> {
        waited(self.into_future()).unwrap_or_else(|reason| Err(E::because(reason)))
    }
}

/// The items of a stream, each waited for on the calling thread. The iterator ends where the stream ends, and
/// after an error that says that nothing can be waited for here, as inside a runtime of tokio.
pub fn iter<T, E: CannotWait, S: Stream<Item = Result<T, E>> + Unpin>(stream: S) -> Iter<S> {
    Iter { stream: Some(stream) }
}

/// See [`iter`].
#[derive(Debug)]
#[must_use = "an iterator does nothing until it is asked for items"]
pub struct Iter<S> {
    /// None once it has ended.
    stream: Option<S>,
}

impl<T, E: CannotWait, S: Stream<Item = Result<T, E>> + Unpin> Iterator for Iter<S> {
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = self.stream.as_mut()?;
        let next = poll_fn(|context| Pin::new(&mut *stream).poll_next(context));
        let (item, is_end) = match waited(next) {
            Ok(item) => (item, false),
            Err(reason) => (Some(Err(E::because(reason))), true),
        };
        if is_end || item.is_none() {
            self.stream = None;
        }
        item
    }
}

fn waited<T>(work: impl Future<Output = T>) -> Result<T, Reason> {
    match Handle::try_current() {
        Ok(_) => Err(Reason::InsideRuntime),
        // A destructor of a thread local, after tokio's own.
        Err(error) if error.is_thread_local_destroyed() => Err(Reason::ThreadEnds),
        Err(_) => wait_here(work).map_err(|error| Reason::NoThread(error.to_string())),
    }
}

/// An error that can say why nothing is waited for. It cannot be implemented elsewhere.
pub trait CannotWait: sealed::CannotWait {}

impl CannotWait for Error {}
impl CannotWait for LoginError {}
impl CannotWait for StoreError {}

use sealed::Reason;

mod sealed {
    use zeyos_core::Error;

    use crate::oauth2::LoginError;
    use crate::store::StoreError;

    /// Why nothing is waited for.
    pub enum Reason {
        InsideRuntime,
        ThreadEnds,
        NoThread(String),
    }

    pub trait CannotWait {
        fn because(reason: Reason) -> Self;
    }

    impl CannotWait for Error {
        fn because(reason: Reason) -> Self {
            Error::request(reason.to_string())
        }
    }

    impl CannotWait for LoginError {
        fn because(reason: Reason) -> Self {
            LoginError::Exchange(Error::because(reason))
        }
    }

    impl CannotWait for StoreError {
        fn because(reason: Reason) -> Self {
            StoreError::message(reason.to_string())
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::InsideRuntime => f.write_str(
                "this thread belongs to a runtime of tokio, which `wait` would stop; use `.await`, or call it on a thread of its \
                 own (`std::thread::spawn`)",
            ),
            Reason::ThreadEnds => f.write_str("this thread is ending, and can wait for nothing more; call `wait` before that"),
            Reason::NoThread(error) => write!(f, "the system has no thread to give: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::ready;
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Context, Poll};

    use super::*;

    /// A stream of one item without end.
    struct Endless;

    impl Stream for Endless {
        type Item = Result<u8, Error>;

        fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(Some(Ok(1)))
        }
    }

    /// Waits while its thread ends, and sends what came of it.
    struct AtTheEnd(Sender<[Result<u8, Error>; 2]>);

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            let mut items = iter(Endless);
            let item = items.next().unwrap();
            assert_eq!(items.next().is_none(), item.is_err(), "it ends with the error");
            self.0.send([ready(Ok::<_, Error>(1)).wait(), item]).unwrap();
        }
    }

    #[test]
    fn blocking_in_a_destructor_of_a_thread_local_is_an_error_and_no_panic() {
        thread_local! {
            static BEFORE: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
            static AFTER: RefCell<Option<AtTheEnd>> = const { RefCell::new(None) };
        }
        let (sender, receiver) = channel();
        // Systems differ in the order of destructors: one of both runs after that of tokio.
        let ending = std::thread::spawn(move || {
            BEFORE.set(Some(AtTheEnd(sender.clone())));
            ready(Ok::<_, Error>(1)).wait().unwrap();
            AFTER.set(Some(AtTheEnd(sender)));
        });
        ending.join().unwrap();
        let errors: Vec<_> = receiver.iter().flatten().filter_map(Result::err).collect();
        assert!(errors.len() >= 2, "{errors:?}");
        for error in errors {
            assert!(error.is_request() && error.to_string().contains("thread is ending"), "{error}");
        }
    }
}
