//! A clock that stands still until a test moves it.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use zeyos::{BoxFuture, Clock, SystemClock, Timestamp};

/// When it begins.
pub(crate) const START: i64 = 1_800_000_000;

#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<State>>);

struct State {
    wall: i64,
    monotonic: Duration,
    /// Until when someone sleeps.
    sleepers: Vec<(Duration, Waker)>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        let state = State { wall: START, monotonic: Duration::from_secs(1000), sleepers: Vec::new() };
        TestClock(Arc::new(Mutex::new(state)))
    }

    /// Lets time pass on both clocks.
    pub(crate) fn advance(&self, seconds: i64) {
        self.set_wall(seconds);
        self.run(Duration::from_secs(seconds.try_into().unwrap()));
    }

    /// Moves the time of day alone, forward or back.
    pub(crate) fn set_wall(&self, by: i64) {
        let mut state = self.0.lock().unwrap();
        state.wall = state.wall.saturating_add(by);
    }

    /// Lets time pass on the clock that never runs back alone.
    pub(crate) fn run(&self, by: Duration) {
        let mut state = self.0.lock().unwrap();
        state.monotonic += by;
        state.sleepers.drain(..).for_each(|(_, waker)| waker.wake());
    }

    /// Whether someone sleeps who wakes up within this time.
    pub(crate) fn is_slept_on(&self, within: Duration) -> bool {
        let state = self.0.lock().unwrap();
        state.sleepers.iter().any(|(end, _)| *end <= state.monotonic + within)
    }

    /// Lets time pass until the work is done, in steps that leave other threads time to act. Answers how long it took, which is
    /// more than was waited where the machine is busy. What has no end within a week of this time has none.
    pub(crate) async fn drive<T>(&self, step: Duration, work: impl Future<Output = T>) -> (T, Duration) {
        let (start, mut work) = (self.monotonic(), pin!(work));
        loop {
            // Other threads may be about to sleep on this clock, or about to wake the work.
            match tokio::time::timeout(Duration::from_millis(1), work.as_mut()).await {
                Ok(outcome) => return (outcome, self.monotonic() - start),
                Err(_) => self.run(step),
            }
            if self.monotonic() - start > 7 * 24 * Duration::from_secs(3600) {
                panic!("it has no end");
            }
        }
    }
}

impl Clock for TestClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(self.0.lock().unwrap().wall)
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().monotonic
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let this = self.clone();
        let end = self.monotonic() + duration;
        Box::pin(std::future::poll_fn(move |context| {
            let mut state = this.0.lock().unwrap();
            if state.monotonic >= end {
                return Poll::Ready(());
            }
            state.sleepers.push((end, context.waker().clone()));
            Poll::Pending
        }))
    }
}

/// Time that really passes.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch(SystemClock.monotonic())
    }

    pub(crate) fn elapsed(self) -> Duration {
        SystemClock.monotonic() - self.0
    }
}
