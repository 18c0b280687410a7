//! What the tables of the demo data are made with: moments, and running numbers.

use crate::seed::kind::BASE;

/// A moment some days from the base date.
pub(super) fn day(days: i64) -> i64 {
    BASE + days * 86_400
}

/// The entry of a table for a running number: after the last comes the first.
pub(super) fn pick<T: Copy>(table: &[T], number: i64) -> T {
    let length = i64::try_from(table.len()).unwrap_or(1);
    table[usize::try_from(number.rem_euclid(length)).unwrap_or_default()]
}
