//! Processor time and memory as Linux counts them. Elsewhere it is not told, or nought.

use std::time::Duration;

/// The ticks in which Linux counts the time of processes.
const TICK: Duration = Duration::from_millis(10);

/// What all threads of this program have used so far.
pub fn of_process() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks; user and system time are the 12th and 13th value behind it.
    let values = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    values.skip(11).take(2).filter_map(|ticks| ticks.parse::<u32>().ok()).map(|ticks| TICK * ticks).sum()
}

/// What this thread has used so far.
pub fn of_thread() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The memory of a program in kilobytes.
pub fn memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
