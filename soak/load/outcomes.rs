//! How calls ended, counted.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use zeyos::Error;

use super::Outcome;

/// How failures are called that the faults of a run lead to. Any other is a finding.
const KNOWN: [&str; 11] =
    ["401", "429", "500", "502", "503", "504", "connect", "decode", "rate_limited", "timeout", "transport"];

/// Calls by operation and ending.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Outcomes {
    /// Counts a call, and whether its failure is one that a program can decide on.
    pub(super) fn count(&self, operation: &'static str, failure: Option<&Error>) -> Outcome {
        let ending = failure.map_or_else(|| "ok".to_owned(), |error| error.error_type().into_owned());
        if let Some(error) = failure {
            if !KNOWN.contains(&&*ending) {
                return Err(format!("{operation} failed in a way that no fault leads to: {error:?}").into());
            }
            if error.operation() != Some(operation) || error.request_id().is_none() {
                return Err(format!("a failure does not say which call it was: {error:?}").into());
            }
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((operation, ending)).or_default() += 1;
        Ok(())
    }

    /// How many calls ended so, of any operation.
    pub(crate) fn endings(&self) -> BTreeMap<String, u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut endings = BTreeMap::new();
        counts.iter().for_each(|((_, ending), count)| *endings.entry(ending.clone()).or_default() += count);
        endings
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .try_for_each(|((operation, ending), count)| writeln!(f, "{operation:<14} {ending:<13} {count:>9}"))
    }
}
