//! Whether anyone records: the facade hands out one that does nothing where none is installed, and does not say which it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use metrics::{Recorder, with_recorder};

/// Where the one stands that does nothing, once it was looked for.
static NONE: AtomicUsize = AtomicUsize::new(UNKNOWN);

const UNKNOWN: usize = 0;

/// It is never met: there is one for the process.
const NOWHERE: usize = usize::MAX;

/// Whether labels would be read. In doubt they are made.
pub(super) fn is_recorded() -> bool {
    match with_recorder(place) {
        None => true,
        Some(place) => place != known(),
    }
}

/// Where a recorder without any field is, as the one that does nothing is, which is a `static`. What is installed for the process and has
/// none stands in a box, which has no place of its own for it.
fn place(recorder: &dyn Recorder) -> Option<usize> {
    let place = std::ptr::from_ref(recorder).cast::<()>().addr();
    (size_of_val(recorder) == 0 && place > align_of_val(recorder)).then_some(place)
}

fn known() -> usize {
    match NONE.load(Ordering::Relaxed) {
        UNKNOWN => {
            let found = found().unwrap_or(NOWHERE);
            NONE.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

/// A thread that has just begun has no recorder of its own, so it has that of the process, if that is not the one that does nothing.
#[cold]
fn found() -> Option<usize> {
    let thread = thread::Builder::new().name("zeyos-metrics".to_owned()).spawn(|| with_recorder(place));
    thread.ok()?.join().ok()?
}

#[cfg(test)]
mod tests {
    use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString, Unit, with_local_recorder};

    use super::*;

    /// A recorder without any field: what it gets is elsewhere.
    struct Plain;

    /// One with a field.
    struct Other(#[expect(dead_code, reason = "it is there")] u8);

    macro_rules! recorder {
        ($name:ty) => {
            impl Recorder for $name {
                fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
                fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
                fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
                fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
                    Counter::noop()
                }
                fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
                    Gauge::noop()
                }
                fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
                    Histogram::noop()
                }
            }
        };
    }

    recorder!(Plain);
    recorder!(Other);

    /// One test, since the last recorder is that of the whole process: it needs cargo-nextest, where each test is a process.
    #[test]
    fn every_recorder_but_the_one_that_does_nothing_is_seen() {
        assert!(!is_recorded());
        let plain = Plain;
        assert!(with_local_recorder(&plain, is_recorded));
        assert!(with_local_recorder(&Other(0), is_recorded));
        assert!(with_local_recorder(&Box::new(Plain), is_recorded));
        assert!(!is_recorded());
        assert!(!thread::spawn(is_recorded).join().unwrap());
        metrics::set_global_recorder(Plain).unwrap();
        assert!(is_recorded());
        assert!(thread::spawn(is_recorded).join().unwrap());
    }

    #[test]
    fn a_recorder_that_is_met_before_anything_else_is_seen_too() {
        assert!(with_local_recorder(&Plain, is_recorded));
        assert!(!is_recorded());
        metrics::set_global_recorder(Other(0)).unwrap();
        assert!(is_recorded());
    }
}
