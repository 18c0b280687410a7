//! The same calls from a program without an async runtime (feature `blocking`).
//!
//! [`Wait::wait`] stands where `.await` would, and [`iter`] makes an iterator of a stream. Nothing else differs: the client, its calls,
//! its limits, its errors. The calling thread drives the call itself; connections and timers are looked after by the one thread that
//! the library keeps for token refreshes anyway, so that a connection is kept from one call to the next.
//!
//! Within an async runtime waiting would stop everything else on its thread, perhaps for ever: there `wait` sends nothing and answers an
//! error that says so. Threads of `tokio::task::spawn_blocking` belong to their runtime too; a thread of `std::thread` does not.

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
    /// Those of `.await`; and, before anything is sent, that this thread is one of an async runtime, or that the system has no thread
    /// to give ([`Error::is_request`](zeyos_core::Error::is_request)).
    fn wait(self) -> Self::Output;
}

impl<T, E: CannotWait, F: IntoFuture<Output = Result<T, E>>> Wait for F {
    type Output = Result<T, E>;

    fn wait(self) -> Result<T, E> {
        if let Err(reason) = may_wait() {
            return Err(E::because(reason));
        }
        wait_here(self.into_future()).unwrap_or_else(|error| Err(E::because(Reason::NoThread(error.to_string()))))
    }
}

/// The items of a stream, each waited for on the calling thread. The iterator ends where the stream ends; inside an async runtime its one
/// item is the error that says so.
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
        let item = match may_wait() {
            Ok(()) => {
                let next = poll_fn(|context| Pin::new(&mut *stream).poll_next(context));
                wait_here(next).unwrap_or_else(|error| Some(Err(E::because(Reason::NoThread(error.to_string())))))
            }
            Err(reason) => {
                self.stream = None;
                return Some(Err(E::because(reason)));
            }
        };
        if item.is_none() {
            self.stream = None;
        }
        item
    }
}

fn may_wait() -> Result<(), Reason> {
    if Handle::try_current().is_ok() { Err(Reason::InsideRuntime) } else { Ok(()) }
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
                "this thread belongs to an async runtime, which `wait` would stop; use `.await`, or call it on a thread of its \
                 own (`std::thread::spawn`)",
            ),
            Reason::NoThread(error) => write!(f, "the system has no thread to give: {error}"),
        }
    }
}
