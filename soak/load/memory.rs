//! How much memory this process has in use, once a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::crowd::Outcome;

/// What was measured, in KiB.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Vec<u64>>);

/// How much more than at first may be in use at the end: a share, and what tables of the allocator take.
const SHARE: f64 = 1.10;
const ALLOCATOR: u64 = 8 * 1024;

impl Memory {
    /// Measures until the runtime ends.
    pub(crate) fn watch() -> Arc<Self> {
        let memory = Arc::new(Memory::default());
        let measuring = Arc::clone(&memory);
        std::thread::spawn(move || {
            while Arc::strong_count(&measuring) > 1 {
                if let Some(resident) = resident() {
                    measuring.0.lock().unwrap_or_else(PoisonError::into_inner).push(resident);
                }
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        memory
    }

    /// The middle of the second and of the last fifth of the run, and the most; an error where it has grown.
    pub(crate) fn flat(&self) -> Outcome<[u64; 3]> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fifth = all.len() / 5;
        let most = *all.iter().max().ok_or("the memory in use is not known here")?;
        let middle = |mut part: Vec<u64>| {
            part.sort_unstable();
            part.get(part.len() / 2).copied().ok_or("the run is too short to say whether memory grows")
        };
        let first = middle(all[fifth..2 * fifth].to_vec())?;
        let last = middle(all[all.len() - fifth..].to_vec())?;
        if last as f64 > first as f64 * SHARE + ALLOCATOR as f64 {
            return Err(format!("memory grows: {first} KiB early, {last} KiB late").into());
        }
        Ok([first, last, most])
    }
}

fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}
