//! A clock that stands still until a test moves it.

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
    sleepers: Vec<Waker>,
}

impl TestClock {
    pub fn new() -> Self {
        let state = State { wall: START, monotonic: Duration::from_secs(1000), sleepers: Vec::new() };
        TestClock(Arc::new(Mutex::new(state)))
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, seconds: i64) {
        self.set_wall(seconds);
        self.run(Duration::from_secs(seconds.try_into().unwrap()));
    }

    /// Moves the time of day alone, forward or back.
    pub fn set_wall(&self, by: i64) {
        let mut state = self.0.lock().unwrap();
        state.wall = state.wall.saturating_add(by);
    }

    /// Lets time pass on the clock that never runs back alone.
    pub fn run(&self, by: Duration) {
        let mut state = self.0.lock().unwrap();
        state.monotonic += by;
        state.sleepers.drain(..).for_each(Waker::wake);
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
            state.sleepers.push(context.waker().clone());
            Poll::Pending
        }))
    }
}

/// Time that really passes.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Duration);

impl Stopwatch {
    pub fn start() -> Self {
        Stopwatch(SystemClock.monotonic())
    }

    pub fn elapsed(self) -> Duration {
        SystemClock.monotonic() - self.0
    }
}
