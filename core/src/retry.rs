//! When a call is sent again: what a client, or one call, is set to.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

/// As long as any wait can be: parts of a longer one cannot be reckoned with.
const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);

/// When a call is sent again after it failed.
///
/// Whether a repeat is safe is told by the [safety](crate::Safety) of the operation, never by its HTTP method. Reads, operations that are
/// documented as idempotent, and calls that carry an idempotency key are sent again after any passing failure. Updates and deletes
/// with `If-Match` are too, since the server refuses them once they are done. Everything else is sent again only where the request
/// certainly did not leave. An exchange of tokens is never sent again here, whatever the policy. A body that is a
/// [stream](crate::Content::stream) is sent again only if it can be made again.
///
/// Repeats draw on one budget for each origin, shared by all users of a client: while most calls fail, each is sent once.
///
/// ```
/// use std::time::Duration;
/// use zeyos_core::{RetryPolicy, RetryRules};
///
/// let nightly = RetryRules::standard().max_retries(6).longest_wait(Duration::from_secs(60));
/// let policy = RetryPolicy::from(nightly);
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum RetryPolicy {
    /// As [`RetryRules::standard`] says.
    #[default]
    Standard,
    /// Every call is sent once.
    None,
    /// As these rules say.
    Custom(RetryRules),
}

impl RetryPolicy {
    /// The rules, if there are any.
    #[doc(hidden)]
    pub fn rules(&self) -> Option<Cow<'_, RetryRules>> {
        match self {
            RetryPolicy::Standard => Some(Cow::Owned(RetryRules::standard())),
            RetryPolicy::None => None,
            RetryPolicy::Custom(rules) => Some(Cow::Borrowed(rules)),
        }
    }
}

impl From<RetryRules> for RetryPolicy {
    fn from(rules: RetryRules) -> Self {
        RetryPolicy::Custom(rules)
    }
}

/// How often, how soon and after which failures a call is sent again.
///
/// A failure that may pass is a connection that could not be made or was lost, an answer that did not come in time, and an answer with
/// one of the [statuses](RetryRules::statuses). Before the n-th repeat the client waits for a random time between zero and
/// `first_wait` · 2ⁿ⁻¹, at most `longest_wait` ("full jitter"); where the answer has a `Retry-After`, for as long as that says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "rules have an effect once a client or a call is set to them"]
pub struct RetryRules {
    max_retries: u32,
    first_wait: Duration,
    longest_wait: Duration,
    statuses: Cow<'static, [StatusCode]>,
    has_jitter: bool,
    repeats_creates: bool,
    repeats_busy_writes: bool,
}

const STANDARD: &[StatusCode] = &[
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

const PATIENT: &[StatusCode] = &[
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::INTERNAL_SERVER_ERROR,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

impl RetryRules {
    /// Two repeats, so three attempts in all, on 429, 502, 503 and 504; the first wait is at most half a second, the longest 10 seconds.
    pub const fn standard() -> Self {
        RetryRules {
            max_retries: 2,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(10),
            statuses: Cow::Borrowed(STANDARD),
            has_jitter: true,
            repeats_creates: false,
            repeats_busy_writes: false,
        }
    }

    /// Three repeats on 408, 429, 500, 502, 503 and 504; the first wait is at most a second, the longest 30 seconds.
    pub const fn patient() -> Self {
        RetryRules {
            max_retries: 3,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(30),
            statuses: Cow::Borrowed(PATIENT),
            has_jitter: true,
            repeats_creates: false,
            repeats_busy_writes: false,
        }
    }

    /// How often a call is sent again at most, beside the first time.
    pub fn max_retries(mut self, repeats: u32) -> Self {
        self.max_retries = repeats;
        self
    }

    /// The longest wait before the first repeat; it doubles with each further one.
    pub fn first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }

    /// No wait of the client's own choice is longer. A `Retry-After` may be: it is followed for as long as the call may
    /// [wait](https://docs.rs/zeyos/latest/zeyos/struct.ClientBuilder.html#method.max_wait), and where that is too short, the call fails
    /// at once with the answer.
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// The statuses after which a call is sent again, instead of those before.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = StatusCode>) -> Self {
        self.statuses = statuses.into_iter().collect();
        self
    }

    /// Waits exactly as long as the doubling says instead of a random part of it. Clients that failed together come back together then:
    /// for a server that has one client, and for tests.
    pub fn without_jitter(mut self) -> Self {
        self.has_jitter = false;
        self
    }

    /// Sends creates again as if they were reads. The server may make a record twice: choose it only where that does no harm, or where
    /// the server refuses the second one because of an identifier that the caller has made.
    pub fn retry_creates(mut self) -> Self {
        self.repeats_creates = true;
        self
    }

    /// Sends creates, updates and deletes again after 429 and 503 too, if these are among the statuses: choose it where the server is
    /// known to answer so only before it does anything.
    pub fn retry_busy_writes(mut self) -> Self {
        self.repeats_busy_writes = true;
        self
    }

    /// How often a call may be sent again.
    #[doc(hidden)]
    pub fn limit(&self) -> u32 {
        self.max_retries
    }

    /// The wait before this repeat, counted from one, where the server names none. `chance` is between 0 and 1.
    #[doc(hidden)]
    pub fn wait(&self, repeat: u32, chance: f64) -> Duration {
        let doublings = 1_u32.checked_shl(repeat.saturating_sub(1)).unwrap_or(u32::MAX);
        let whole = self.first_wait.saturating_mul(doublings).min(self.longest_wait).min(FOREVER);
        let part = if chance.is_nan() { 1.0 } else { chance.clamp(0.0, 1.0) };
        if self.has_jitter { whole.mul_f64(part) } else { whole }
    }

    /// Whether a call is sent again after this status.
    #[doc(hidden)]
    pub fn covers(&self, status: StatusCode) -> bool {
        self.statuses.contains(&status)
    }

    /// Whether creates are taken for reads.
    #[doc(hidden)]
    pub fn covers_creates(&self) -> bool {
        self.repeats_creates
    }

    /// Whether writes are sent again after an answer of a busy server.
    #[doc(hidden)]
    pub fn covers_busy_writes(&self) -> bool {
        self.repeats_busy_writes
    }
}

impl Default for RetryRules {
    fn default() -> Self {
        RetryRules::standard()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_chance_takes_a_part_of_them() {
        let rules = RetryRules::patient();
        let longest: Vec<u64> = (1..=7).map(|repeat| rules.wait(repeat, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(rules.wait(3, 0.25), Duration::from_secs(1));
        assert_eq!(rules.wait(3, 0.0), Duration::ZERO);
        let exact = rules.without_jitter();
        assert_eq!(exact.wait(3, 0.0), Duration::from_secs(4));
        assert_eq!(exact.wait(u32::MAX, 0.5), Duration::from_secs(30));
    }

    #[test]
    fn a_chance_that_is_none_breaks_no_wait() {
        let rules = RetryRules::standard();
        for chance in [-1.0, 2.0, f64::INFINITY, f64::NAN] {
            assert!(rules.wait(1, chance) <= Duration::from_millis(500));
        }
        let endless = rules.first_wait(Duration::MAX).longest_wait(Duration::from_secs(9));
        assert_eq!(endless.wait(64, 1.0), Duration::from_secs(9));
    }

    #[test]
    fn the_presets_cover_what_their_docs_say() {
        let covered = |rules: &RetryRules| -> Vec<u16> {
            (100..600).filter(|code| rules.covers(StatusCode::from_u16(*code).unwrap())).collect()
        };
        assert_eq!(covered(&RetryRules::standard()), [429, 502, 503, 504]);
        assert_eq!(covered(&RetryRules::patient()), [408, 429, 500, 502, 503, 504]);
        assert_eq!(covered(&RetryRules::standard().statuses([StatusCode::LOCKED])), [423]);
        assert_eq!((RetryRules::standard().limit(), RetryRules::patient().limit()), (2, 3));
        assert_eq!(RetryPolicy::default(), RetryPolicy::Standard);
        assert_eq!(RetryPolicy::None.rules(), None);
    }
}
