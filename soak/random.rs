//! Chance.

use std::time::Duration;

use super::Outcome;

/// A number below a bound, which is small beside 2^64.
pub(crate) fn below(bound: u64) -> Outcome<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| "the system has no random bytes to give")?;
    Ok(u64::from_le_bytes(bytes) % bound.max(1))
}

/// Something so many times in a hundred.
pub(crate) fn percent(chance: u64) -> Outcome<bool> {
    Ok(below(100)? < chance)
}

/// So many milliseconds, from the first to below the second.
pub(crate) fn millis(from: u64, to: u64) -> Outcome<Duration> {
    Ok(Duration::from_millis(from + below(to.saturating_sub(from))?))
}

/// One of these.
pub(crate) fn one_of<T>(choices: &[T]) -> Outcome<Option<&T>> {
    Ok(choices.get(usize::try_from(below(choices.len() as u64)?)?))
}
