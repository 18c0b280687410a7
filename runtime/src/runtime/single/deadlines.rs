//! Deadlines by the timers of the clock, one for each caller that waits.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use zeyos_core::{BoxFuture, Timestamp};

use crate::clock::Clock;

/// The longest time that the clock is asked to wait at once: the timers of a browser count milliseconds in 32 bits.
const LONGEST: Duration = Duration::from_secs(3600);

/// The deadlines of one client.
#[derive(Clone)]
pub(crate) struct Deadlines(Arc<dyn Clock>);

/// A moment that is waited for.
pub(crate) struct Deadline {
    clock: Arc<dyn Clock>,
    /// `None`: later than the clock can tell.
    end: Option<Duration>,
    /// The timer that runs.
    pause: Option<BoxFuture<()>>,
}

impl Deadlines {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Deadlines(clock)
    }

    /// The outcome of the work, or `None` if it takes longer than this. The work is dropped then; it goes on only if
    /// someone else carries it out.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut deadline = self.after(limit);
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => Pin::new(&mut deadline).poll(context).map(|()| None),
        })
        .await
    }

    /// Waits this long.
    pub(crate) fn after(&self, time: Duration) -> Deadline {
        Deadline { clock: Arc::clone(&self.0), end: self.0.monotonic().checked_add(time), pause: None }
    }

    /// There is no one to tell that less is waited for.
    #[cfg(target_family = "wasm")]
    pub(in crate::runtime) fn tidy(&self) {}
}

impl Clock for Deadlines {
    fn wall(&self) -> Timestamp {
        self.0.wall()
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(self.after(duration))
    }
}

impl Future for Deadline {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end else { return Poll::Pending };
        loop {
            let left = end.saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                return Poll::Ready(());
            }
            let clock = Arc::clone(&self.clock);
            let pause = self.pause.get_or_insert_with(|| clock.sleep(left.min(LONGEST)));
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
    }
}
