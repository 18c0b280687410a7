//! Processor time and memory as Linux counts them. Elsewhere it is not told, or zero.

use std::path::Path;
use std::time::Duration;

/// The ticks in which Linux counts the time of processes.
const TICK: Duration = Duration::from_millis(10);

/// What all threads of this program have used so far.
pub(crate) fn of_process() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks; user and system time are the 12th and 13th value behind it.
    let values = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    values.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).map(|ticks| TICK * ticks).sum()
}

/// What this thread has used so far.
pub(crate) fn of_thread() -> Duration {
    used(Path::new("/proc/thread-self")).unwrap_or_default()
}

/// What the threads of a program that are still there have used so far.
pub(crate) fn of(process: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    threads.map(|thread| used(&thread.ok()?.path())).sum()
}

fn used(thread: &Path) -> Option<Duration> {
    let stat = std::fs::read_to_string(thread.join("schedstat")).ok()?;
    stat.split_whitespace().next()?.parse().map(Duration::from_nanos).ok()
}

/// The memory of a program in kilobytes.
pub(crate) fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
