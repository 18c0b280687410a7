//! An executor that is not a tokio runtime, and waiting for what other threads do.

use std::sync::Arc;
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use super::clock::Stopwatch;

/// Waits for what another task or thread is about to do. A minute means that it never will.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let watch = Stopwatch::start();
    while !is_so() {
        assert!(watch.elapsed() < Duration::from_secs(60), "it never came true");
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
}

/// Polls a future on this thread without any runtime.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut future = Box::pin(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
