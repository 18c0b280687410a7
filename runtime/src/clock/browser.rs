//! The clock of a browser: its date, its timers, and the time since the page began.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use zeyos_core::{BoxFuture, Timestamp};

use super::{Clock, SystemClock};
use crate::page::page;

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix((js_sys::Date::now() / 1000.0).floor() as i64)
    }

    /// A browser may make it coarser, to a tenth of a second at worst.
    fn monotonic(&self) -> Duration {
        let milliseconds = page().performance().map_or(0.0, |performance| performance.now());
        Duration::from_secs_f64(milliseconds.max(0.0) / 1000.0)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(Timer::over(duration))
    }
}

/// A timer of the page. It is stopped when it is dropped.
struct Timer {
    /// What the page calls, and the number of the timer.
    set: Option<(Closure<dyn FnMut()>, i32)>,
    state: Rc<State>,
}

#[derive(Default)]
struct State {
    has_ended: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

impl Timer {
    /// Runs at once. The timers of browsers count milliseconds in 32 bits, and a longer one would end immediately.
    fn over(duration: Duration) -> Self {
        let state = Rc::<State>::default();
        let told = Rc::clone(&state);
        let end = Closure::<dyn FnMut()>::new(move || {
            told.has_ended.set(true);
            if let Some(waker) = told.waiting.take() {
                waker.wake();
            }
        });
        // One that ended early would be asked for again and again.
        let rounded = duration.saturating_add(Duration::from_micros(999)).as_millis();
        let milliseconds = i32::try_from(rounded).unwrap_or(i32::MAX);
        let function = end.as_ref().unchecked_ref();
        let number = page().set_timeout_with_callback_and_timeout_and_arguments_0(function, milliseconds).ok();
        Timer { set: number.map(|number| (end, number)), state }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Where a timer cannot be set, no one waits for it in vain.
        if self.set.is_none() || self.state.has_ended.get() {
            return Poll::Ready(());
        }
        self.state.waiting.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some((_, number)) = self.set.as_ref().filter(|_| !self.state.has_ended.get()) {
            page().clear_timeout_with_handle(*number);
        }
    }
}
