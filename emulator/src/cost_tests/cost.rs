//! What a piece of work costs its thread.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, StatementStatus};

/// What a piece of work has cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// Steps of SQLite's machine (`SQLITE_STMTSTATUS_VM_STEP`).
    pub steps: u64,
    /// How often memory was allocated.
    pub allocations: u64,
    /// How many bytes were allocated.
    pub bytes: u64,
}

/// What the statements of this thread have stepped since the last count.
#[derive(Debug, Default)]
struct Steps {
    total: u64,
    /// A statement that is kept goes on counting, so what it had counted before is taken off.
    before: HashMap<String, u64>,
}

thread_local! {
    static STEPS: RefCell<Steps> = RefCell::default();
}

/// Counts the steps of all statements of a connection from now on.
pub(crate) fn watch(connection: &mut Connection) -> rusqlite::Result<()> {
    let count = |event: TraceEvent<'_>| {
        let TraceEvent::Profile(statement, _) = event else { return };
        let counted = u64::try_from(statement.get_status(StatementStatus::VmStep)).unwrap();
        STEPS.with_borrow_mut(|steps| {
            let before = steps.before.insert(statement.sql().into_owned(), counted).unwrap_or(0);
            // Less than before: it was prepared anew.
            steps.total += counted.checked_sub(before).unwrap_or(counted);
        });
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(count))
}

/// Does a piece of work on this thread; answers its result and what it has cost.
pub(super) fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let before = STEPS.with_borrow(|steps| steps.total);
    let mut done = None;
    let memory = allocation_counter::measure(|| done = Some(work()));
    let steps = STEPS.with_borrow(|steps| steps.total) - before;
    (done.unwrap(), Cost { steps, allocations: memory.count_total, bytes: memory.bytes_total })
}
