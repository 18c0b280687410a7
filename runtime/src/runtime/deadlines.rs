//! Deadlines of everything that is waited for. The clock is the injected one, and its timer runs on the thread of exchanges:
//! whoever waits may be run by any executor, or by one whose time stands still.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::Notify;
use zeyos_core::{BoxFuture, Timestamp};

use super::OfProcess;
use super::thread::Lease;
use crate::clock::Clock;

/// The longest time that the clock is asked to wait at once: a clock need not know what to do with centuries.
const LONGEST: Duration = Duration::from_secs(3600);

/// How much later than its end a wait may end, beside what the clock itself adds.
const SLACK: Duration = Duration::from_millis(1);

/// The deadlines of one client.
#[derive(Clone)]
pub(crate) struct Deadlines(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    /// Who waits in this process: a child has none of those of its parent to wake.
    waiting: OfProcess<Waiting>,
}

#[derive(Default)]
struct Waiting {
    queue: Mutex<Queue>,
    changed: Notify,
}

/// When someone is to be woken. The number tells apart those of one moment.
type Place = (Duration, u64);

#[derive(Default)]
struct Queue {
    places: BTreeMap<Place, Waker>,
    last: u64,
    /// What the watching task waits for.
    watched_until: Option<Duration>,
}

impl Deadlines {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Deadlines(Arc::new(Inner { clock, waiting: OfProcess::default() }))
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
        let end = self.0.clock.monotonic().checked_add(time);
        Deadline { deadlines: self.clone(), end, queued: None }
    }

    /// Looks again for what is waited for, so that the thread is not kept for deadlines that no one has any more.
    pub(super) fn tidy(&self) {
        self.0.waiting.get().changed.notify_one();
    }
}

/// Waits on the thread of exchanges, whoever asks.
impl Clock for Deadlines {
    fn wall(&self) -> Timestamp {
        self.0.clock.wall()
    }

    fn monotonic(&self) -> Duration {
        self.0.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(self.after(duration))
    }
}

/// A moment that is waited for.
pub(crate) struct Deadline {
    deadlines: Deadlines,
    /// `None`: later than the clock can tell.
    end: Option<Duration>,
    /// Where it is in the queue, and who is woken.
    queued: Option<(Place, Waker)>,
}

impl Future for Deadline {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end else { return Poll::Pending };
        let Deadline { deadlines: Deadlines(inner), queued, .. } = &mut *self;
        if inner.clock.monotonic() >= end {
            return Poll::Ready(());
        }
        match queued {
            // Most are polled again for what they wait for, and not because it is time.
            Some((_, waker)) if waker.will_wake(context.waker()) => {}
            Some((place, waker)) => {
                waker.clone_from(context.waker());
                let former = inner.waiting.get().queue().places.insert(*place, waker.clone());
                drop(former);
            }
            None => {
                let waker = context.waker().clone();
                let waiting = inner.waiting.get();
                let mut queue = waiting.queue();
                let place = queue.next(end);
                queue.places.insert(place, waker.clone());
                inner.watch(&waiting, queue, end);
                *queued = Some((place, waker));
            }
        }
        Poll::Pending
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        if let Some((place, _)) = &self.queued {
            let removed = self.deadlines.0.waiting.get().queue().places.remove(place);
            drop(removed);
        }
    }
}

impl Queue {
    fn next(&mut self, end: Duration) -> Place {
        self.last += 1;
        (end, self.last)
    }

    /// Takes out those that are to be woken by now.
    fn expired(&mut self, now: Duration) -> BTreeMap<Place, Waker> {
        let later = self.places.split_off(&(now, u64::MAX));
        mem::replace(&mut self.places, later)
    }
}

impl Waiting {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Makes sure that someone watches for this moment.
    fn watch(self: &Arc<Self>, waiting: &Waiting, mut queue: MutexGuard<'_, Queue>, end: Duration) {
        match queue.watched_until {
            Some(until) if until <= end => {}
            Some(_) => {
                queue.watched_until = Some(end);
                drop(queue);
                waiting.changed.notify_one();
            }
            None => {
                // A system without threads to give has no timer either. The next one who waits tries again.
                let Ok(lease) = Lease::take() else { return };
                queue.watched_until = Some(end);
                drop(queue);
                let this = Arc::clone(self);
                let runtime = lease.handle().clone();
                runtime.spawn(async move {
                    this.watched().await;
                    drop(lease);
                });
            }
        }
    }

    /// Wakes everyone in time, until no one waits any more.
    async fn watched(&self) {
        let waiting = self.waiting.get();
        loop {
            let now = self.clock.monotonic();
            let (expired, next) = {
                let mut queue = waiting.queue();
                let expired = queue.expired(now);
                let next = queue.places.keys().next().map(|(end, _)| *end);
                queue.watched_until = next;
                (expired, next)
            };
            expired.into_values().for_each(Waker::wake);
            let Some(next) = next else { return };
            let mut pause = self.clock.sleep(next.saturating_sub(now).min(LONGEST));
            // A clock that was moved before this wait began would let it end too late.
            if self.clock.monotonic().saturating_sub(now) > SLACK {
                continue;
            }
            let mut changed = pin!(waiting.changed.notified());
            poll_fn(|context| match changed.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => pause.as_mut().poll(context),
            })
            .await;
        }
    }
}

#[cfg(test)]
mod tests;
