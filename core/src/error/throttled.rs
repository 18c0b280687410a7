//! A throttled call: it was not sent, because the server has asked to wait.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::Timestamp;

/// Until when the server has asked to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Throttled {
    /// How long that is from the moment of the call.
    pub wait: Duration,
    /// When it ends, by the clock of this machine.
    pub until: Timestamp,
}

impl Throttled {
    /// A wait of this length that ends then.
    pub fn new(wait: Duration, until: Timestamp) -> Self {
        Throttled { wait, until }
    }
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.wait.as_secs().saturating_add(u64::from(self.wait.subsec_nanos() > 0));
        write!(
            f,
            "nothing was sent, because requests are held back for {seconds} s, until {}; try again then",
            self.until
        )
    }
}

impl StdError for Throttled {}
