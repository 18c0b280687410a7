//! Whole clients in processes of their own: killed with SIGKILL at named points and at random, or many on one store. The
//! authorization server is in the process of the test; the others are this binary, started again.

mod child;
mod ends;
mod expiries;
mod kills;
mod points;
mod server;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Does the runs by their numbers, some side by side.
fn each_of(runs: usize, run: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(number) = Some(next.fetch_add(1, Ordering::SeqCst)).filter(|number| *number < runs) {
                    run(number);
                }
            });
        }
    });
}
