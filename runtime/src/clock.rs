//! The time of day and the time that passes, from one place that tests can replace.

#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod browser;

use std::time::Duration;

use zeyos_core::{BoxFuture, MaybeSend, MaybeSync, Timestamp};

/// Tells the time to everything in a client that reckons with it.
///
/// The two clocks fail in different ways: the time of day can be set, and the other one stands still on some systems while the
/// machine sleeps. A token has ended as soon as one of them says so.
pub trait Clock: MaybeSend + MaybeSync + 'static {
    /// The time of day.
    fn wall(&self) -> Timestamp;

    /// Time that has passed since a moment of the clock's own choice. It never runs back.
    fn monotonic(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;
}

/// The clock of the system, or of the browser in a page.
#[cfg(any(
    not(target_family = "wasm"),
    all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))
))]
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[cfg(not(target_family = "wasm"))]
#[expect(clippy::disallowed_methods, reason = "this is the clock that everything else has to ask")]
impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    fn monotonic(&self) -> Duration {
        use std::sync::LazyLock;
        use std::time::Instant;

        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
