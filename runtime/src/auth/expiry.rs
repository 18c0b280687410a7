//! When a token has to be refreshed: a pure function of two clocks, either of which may be wrong.

use std::time::Duration;

use zeyos_core::Timestamp;

use super::limits::RefreshLimits;
use crate::TokenSet;
use crate::clock::Clock;

/// The time of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub wall: Timestamp,
    pub monotonic: Duration,
}

impl Moment {
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        Moment { wall: clock.wall(), monotonic: clock.monotonic() }
    }

    /// Time that has passed since an earlier moment, by the clock that says more: the one stands still while a machine sleeps,
    /// the other can be set back.
    pub(crate) fn since(self, earlier: Moment) -> Duration {
        let wall = self.wall.as_unix().saturating_sub(earlier.wall.as_unix());
        let wall = Duration::from_secs(u64::try_from(wall).unwrap_or(0));
        self.monotonic.saturating_sub(earlier.monotonic).max(wall)
    }
}

/// The lifetime of one access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// When it was taken into use here.
    start: Moment,
    /// How long it lives from then on.
    lives: Duration,
    /// How long before its end it is renewed.
    early: Duration,
    /// Whether the time between two renewals has nothing to do with how long it lives.
    is_exact: bool,
}

impl Expiry {
    /// `None` where the end is not known, or where there is nothing to renew it with, a refresh token or a key that gives new
    /// ones: such a token is used until the server refuses it. `jitter` is a fraction of 256: it makes processes that began together
    /// renew apart.
    pub(super) fn of(
        tokens: &TokenSet,
        start: Moment,
        limits: &RefreshLimits,
        jitter: u8,
        gives_for_key: bool,
    ) -> Option<Self> {
        tokens.refresh_token.as_ref().map(drop).or(gives_for_key.then_some(()))?;
        let end = tokens.expires_at?.as_unix();
        let remaining = seconds(end.saturating_sub(start.wall.as_unix()));
        let lifetime =
            tokens.expires_in.or_else(|| Some(end.saturating_sub(tokens.obtained_at?.as_unix()))).map(seconds);
        // A clock that was set back must not lengthen a life.
        let lives = lifetime.map_or(remaining, |lifetime| remaining.min(lifetime));
        let is_exact = limits.is_exact;
        let early = lifetime.filter(|_| !is_exact).map_or(limits.early, |lifetime| limits.early.min(lifetime / 5));
        let early = if is_exact { early } else { early - early / 4 * u32::from(jitter) / 256 };
        Some(Expiry { start, lives, early, is_exact })
    }

    /// Whether it is time to renew.
    pub(super) fn is_due(&self, now: Moment) -> bool {
        now.since(self.start).saturating_add(self.early) >= self.lives
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self, now: Moment) -> bool {
        now.since(self.start) >= self.lives
    }

    /// How long the next renewal has to wait after this token came: half its life, but not less than the floor.
    pub(super) fn interval(&self, limits: &RefreshLimits) -> Duration {
        if self.is_exact { limits.floor } else { limits.floor.max(self.lives / 2) }
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment { wall: Timestamp::from_unix(1_800_000_000), monotonic: Duration::from_secs(1000) };

    fn tokens(lifetime: i64) -> TokenSet {
        let mut tokens = TokenSet::bearer("a").with_refresh_token("r");
        tokens.expires_in = Some(lifetime);
        tokens.expires_at = Some(Timestamp::from_unix(START.wall.as_unix() + lifetime));
        tokens
    }

    fn after(wall: i64, monotonic: i64) -> Moment {
        Moment {
            wall: Timestamp::from_unix(START.wall.as_unix() + wall),
            monotonic: Duration::from_secs(u64::try_from(1000 + monotonic).unwrap()),
        }
    }

    fn expiry(lifetime: i64, jitter: u8) -> Expiry {
        Expiry::of(&tokens(lifetime), START, &RefreshLimits::default(), jitter, false).unwrap()
    }

    #[test]
    fn c11_a_token_is_renewed_a_fifth_of_its_life_before_its_end_but_at_most_a_minute() {
        for lifetime in 1..=86_400 {
            let early = (lifetime / 5).min(60);
            for (jitter, least) in [(0, early), (255, early - early / 4 - 1)] {
                let expiry = expiry(lifetime, jitter);
                let due = (0..=lifetime).rev().take(70).filter(|t| expiry.is_due(after(*t, *t))).count();
                let due = i64::try_from(due).unwrap() - 1;
                assert!((least..=early).contains(&due), "{lifetime} s, jitter {jitter}: due {due} s before the end");
                let half = seconds(lifetime) / 2;
                assert_eq!(expiry.interval(&RefreshLimits::default()), half.max(Duration::from_secs(5)));
            }
        }
        let mut alone = tokens(1);
        alone.refresh_token = None;
        assert_eq!(
            Expiry::of(&alone, START, &RefreshLimits::default(), 0, false),
            None,
            "used until the server answers 401"
        );
    }

    #[test]
    fn c12_the_earlier_of_the_two_clocks_decides_and_nothing_panics_when_time_runs_back() {
        let expiry = expiry(3600, 0);
        for (wall, monotonic, due) in [
            (0, 0, false),
            (3539, 3539, false),
            (3540, 3540, true),
            (28_800, 5, true),
            (-3600, 3540, true),
            (-3600, 10, false),
            (i64::MIN / 4, -1000, false),
            (i64::MAX / 4, 0, true),
        ] {
            assert_eq!(expiry.is_due(after(wall, monotonic)), due, "{wall} {monotonic}");
        }
    }

    #[test]
    fn a_restart_with_a_clock_that_was_set_back_does_not_lengthen_a_life() {
        let start = after(-7200, 0);
        let expiry = Expiry::of(&tokens(3600), start, &RefreshLimits::default(), 0, false).unwrap();
        assert_eq!(expiry.lives, Duration::from_secs(3600));
    }

    #[test]
    fn a_token_that_a_key_gives_is_renewed_and_to_the_second_where_that_is_asked_for() {
        let mut alone = tokens(35);
        alone.refresh_token = None;
        let limits = RefreshLimits { early: seconds(30), is_exact: true, ..RefreshLimits::default() };
        for jitter in [0, 255] {
            let expiry = Expiry::of(&alone, START, &limits, jitter, true).unwrap();
            assert!(!expiry.is_due(after(4, 4)) && expiry.is_due(after(5, 5)) && !expiry.has_ended(after(34, 34)));
            assert_eq!(expiry.interval(&limits), limits.floor);
        }
        let usual = Expiry::of(&alone, START, &RefreshLimits::default(), 0, true).unwrap();
        assert!(!usual.is_due(after(27, 27)) && usual.is_due(after(28, 28)));
    }
}
