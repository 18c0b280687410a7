//! The moment at which a simulated machine fails.

use std::sync::{Arc, Mutex};

use crate::support::disk::{Disk, Process};
use crate::support::hooked::{Call, Step, Verdict};
use crate::support::random::Random;

/// Counts the moments before and after calls, and fails at the one that was chosen.
#[derive(Default)]
pub(super) struct FailurePoint {
    /// How many moments are left.
    left: Option<u64>,
    is_power_cut: bool,
    /// Of a write that is hit, this many bytes get to the file.
    cut: Option<usize>,
    seed: u64,
    is_due: bool,
    /// Set when it has happened: whether it was a power cut.
    pub struck: Option<bool>,
}

impl FailurePoint {
    pub(super) fn arm(&mut self, seed: u64) {
        let mut random = Random(seed);
        let left = Some(random.next() % 150);
        let cut = random.one_in(2).then(|| random.below(700));
        *self = FailurePoint { left, is_power_cut: random.one_in(2), cut, seed, ..FailurePoint::default() };
    }

    pub(super) fn disarm(&mut self) {
        *self = FailurePoint::default();
    }

    pub(super) fn is_armed(&self) -> bool {
        self.left.is_some()
    }

    /// The hook of the file system of one process.
    pub(super) fn hook(
        failure_point: &Arc<Mutex<FailurePoint>>,
        disk: &Disk,
        process: &Process,
    ) -> impl Fn(&Call<'_>) -> Verdict + Send + Sync + 'static {
        let (failure_point, disk, process) = (Arc::clone(failure_point), disk.clone(), process.clone());
        move |call| failure_point.lock().unwrap().meet(call, &disk, &process)
    }

    fn meet(&mut self, call: &Call<'_>, disk: &Disk, process: &Process) -> Verdict {
        let is_hit = match &mut self.left {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if is_hit {
            self.left = None;
            if let (Some(length), "write", Step::Before) = (self.cut, call.name, call.step) {
                self.is_due = true;
                return Verdict::Cut(length);
            }
        }
        if is_hit || self.is_due && call.step == Step::After {
            self.is_due = false;
            self.struck = Some(self.is_power_cut);
            if self.is_power_cut { disk.cut_power(&mut Random(self.seed)) } else { process.kill() }
        }
        Verdict::Go
    }
}
