//! Chance.

use super::Outcome;

/// A number below a bound, which is small beside 2^64.
pub fn below(bound: u64) -> Outcome<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| "the system has no random bytes to give")?;
    Ok(u64::from_le_bytes(bytes) % bound.max(1))
}
