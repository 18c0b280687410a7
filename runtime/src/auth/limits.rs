//! The limits of refreshes: how often and how early tokens are refreshed, and all timeouts.

use std::time::Duration;

/// How long a caller waits for an exchange of tokens, where neither the call nor the client has a limit.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How long a call whose access token still works waits for the next one. It is counted from the begin of the renewal.
pub(crate) const EARLY: Duration = Duration::from_secs(1);

/// How long the listener of events and the provider of the session cookie may take.
pub(crate) const CALLBACK: Duration = Duration::from_secs(30);

/// Limits of the refresh of tokens. The defaults suit a server whose access tokens live for an hour; change them for tests and
/// for servers that differ much.
///
/// ```
/// use std::time::Duration;
/// use zeyos::RefreshLimits;
///
/// let limits = RefreshLimits::default().lock_patience(Duration::from_secs(5));
/// # let _ = zeyos::Client::builder("https://cloud.zeyos.com/demo").refresh_limits(limits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshLimits {
    /// How long before its end a token is renewed at most; 60 s. It is a fifth of the lifetime where that is less.
    pub early: Duration,
    /// Whether a token is renewed exactly that long before its end, however short it lives and whoever else renews at the same time;
    /// no. Then [`floor`](Self::floor) alone keeps renewals apart.
    pub is_exact: bool,
    /// The least time between two refreshes; 5 s.
    pub floor: Duration,
    /// For how long no tokens are asked for after the server has refused some that it had just issued; 60 s.
    pub hold: Duration,
    /// The least time between two introspections of a refresh token while the answer is unknown; 60 s.
    pub probe_interval: Duration,
    /// How long another process may hold the lock of the store before a caller gives up; 45 s. It should exceed the time that a
    /// token request may take.
    pub lock_patience: Duration,
    /// How long the store may take for one call; 60 s. A store with a limit of its own, such as Redis or a keyring, should have
    /// the shorter one. A store that blocks its thread cannot be stopped; those who wait for it give up at their own limit.
    pub store_call: Duration,
    /// How long the first of three tries waits for the next one where no connection could be made; 200 ms, doubled each time.
    pub backoff: Duration,
    /// How long to wait before the store is looked at again after the server has called a refresh token invalid, in case that
    /// another process is just writing its successor; 50 ms, doubled each of three times.
    pub reread: Duration,
    /// How often it is tried to store tokens that the store did not take; every 250 ms.
    pub persist: Duration,
}

impl Default for RefreshLimits {
    fn default() -> Self {
        RefreshLimits {
            early: Duration::from_secs(60),
            is_exact: false,
            floor: Duration::from_secs(5),
            hold: Duration::from_secs(60),
            probe_interval: Duration::from_secs(60),
            lock_patience: Duration::from_secs(45),
            store_call: Duration::from_secs(60),
            backoff: Duration::from_millis(200),
            reread: Duration::from_millis(50),
            persist: Duration::from_millis(250),
        }
    }
}

/// Writes a setter for each limit, of the same name.
macro_rules! setters {
    ($($name:ident: $type:ty),*) => {
        impl RefreshLimits {
            $(
                #[doc = concat!("These limits with another [`", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[must_use]
                pub const fn $name(mut self, $name: $type) -> Self {
                    self.$name = $name;
                    self
                }
            )*
        }
    };
}

setters!(
    early: Duration,
    is_exact: bool,
    floor: Duration,
    hold: Duration,
    probe_interval: Duration,
    lock_patience: Duration,
    store_call: Duration,
    backoff: Duration,
    reread: Duration,
    persist: Duration
);
