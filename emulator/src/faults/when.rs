//! Which requests meet a fault: by route, by count, by chance, for how long. All kinds of faults share it, and none of
//! them looks at a request by itself.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Which requests meet a fault, and how many have.
#[derive(Debug, Clone)]
pub(crate) struct When {
    pub method: Option<String>,
    pub path: String,
    pub skip: u64,
    /// How many requests meet it; without a number one, or all where another rule picks them.
    pub times: Option<u64>,
    pub every: u64,
    pub probability: Option<f64>,
    pub seed: u64,
    pub during: Option<Duration>,
    state: State,
}

/// What a fault has seen.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// The requests that fitted.
    seen: u64,
    /// The requests that met it.
    met: u64,
    /// The moment of the emulator's clock at which it is over.
    ends: Option<i64>,
}

impl Default for When {
    fn default() -> Self {
        Self {
            method: None,
            path: String::new(),
            skip: 0,
            times: None,
            every: 1,
            probability: None,
            seed: 0,
            during: None,
            state: State::default(),
        }
    }
}

impl When {
    /// How many requests meet it at most.
    pub(crate) fn limit(&self) -> u64 {
        let picks = self.every > 1 || self.probability.is_some() || self.during.is_some();
        self.times.unwrap_or(if picks { u64::MAX } else { 1 })
    }

    /// How many requests have met it.
    pub(crate) fn met(&self) -> u64 {
        self.state.met
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|own| own == method) && matches(&self.path, path)
    }

    fn is_over(&self, now: i64) -> bool {
        self.state.met >= self.limit() || self.state.ends.is_some_and(|ends| now >= ends)
    }

    /// Whether the next request that fits meets it.
    fn meets(&mut self, now: i64) -> bool {
        self.state.seen += 1;
        if self.state.seen <= self.skip || !(self.state.seen - self.skip).is_multiple_of(self.every.max(1)) {
            return false;
        }
        // Drawn for every candidate, so that the sequence depends on the seed and on the number of requests alone.
        if self.probability.is_some_and(|probability| draw(self.seed, self.state.seen) >= probability) {
            return false;
        }
        self.state.met += 1;
        if let (None, Some(during)) = (self.state.ends, self.during) {
            self.state.ends = Some(now.saturating_add(i64::try_from(during.as_secs()).unwrap_or(i64::MAX)));
        }
        true
    }
}

/// Whether a path begins like the pattern. `*` stands for any text without a slash, `$` for the end of the path.
fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => match pattern.strip_suffix('$') {
            Some(whole) => path == whole,
            None => path.starts_with(pattern),
        },
        Some((before, rest)) => path.strip_prefix(before).is_some_and(|path| {
            let end = path.find('/').unwrap_or(path.len());
            (0..=end).filter(|at| path.is_char_boundary(*at)).any(|at| matches(rest, &path[at..]))
        }),
    }
}

/// A number from 0 to 1, always the same for the same seed and place (SplitMix64).
fn draw(seed: u64, place: u64) -> f64 {
    let mut z = seed.wrapping_add(place.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A fault of some kind.
pub(crate) trait Timed: Clone {
    fn when(&self) -> &When;
    fn when_mut(&mut self) -> &mut When;
}

/// The faults that wait for their requests, each with a number of its own.
#[derive(Debug)]
pub(crate) struct Plan<F>(Mutex<(u64, Vec<(u64, F)>)>);

impl<F> Default for Plan<F> {
    fn default() -> Self {
        Self(Mutex::new((0, Vec::new())))
    }
}

impl<F: Timed> Plan<F> {
    fn with<T>(&self, act: impl FnOnce(&mut u64, &mut Vec<(u64, F)>) -> T) -> T {
        let (last, faults) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(last, faults)
    }

    /// Adds one behind the others; answers its number.
    pub(crate) fn add(&self, fault: F) -> u64 {
        self.with(|last, faults| {
            *last += 1;
            faults.push((*last, fault));
            *last
        })
    }

    /// Drops one; tells whether it was there.
    pub(crate) fn remove(&self, number: u64) -> bool {
        self.with(|_, faults| {
            let before = faults.len();
            faults.retain(|(own, _)| *own != number);
            faults.len() < before
        })
    }

    /// Drops all of them.
    pub(crate) fn clear(&self) {
        self.with(|_, faults| faults.clear());
    }

    /// Those that are not over at this moment, with their numbers.
    pub(crate) fn all(&self, now: i64) -> Vec<(u64, F)> {
        self.with(|_, faults| {
            faults.retain(|(_, fault)| !fault.when().is_over(now));
            faults.clone()
        })
    }

    /// The first that this request meets, among those for which `fits` holds too.
    pub(crate) fn take(&self, method: &str, path: &str, now: i64, fits: impl Fn(&F) -> bool) -> Option<F> {
        self.with(|_, faults| {
            faults.retain(|(_, fault)| !fault.when().is_over(now));
            let mut fitting = faults.iter_mut().filter(|(_, fault)| fault.when().fits(method, path) && fits(fault));
            fitting.find_map(|(_, fault)| fault.when_mut().meets(now).then(|| fault.clone()))
        })
    }
}

/// The methods with which a builder chooses the requests that meet its fault.
macro_rules! when_methods {
    () => {
        /// Limits the fault to requests with this method whose path, after the instance, begins like this
        /// (`/api/v1/tickets`). In the path `*` stands for any text without a slash, and `$` at the end for the end of
        /// the path; the method `*` is any. Without it every request fits.
        #[must_use]
        pub fn on(mut self, method: &str, path: &str) -> Self {
            self.when.method = (method != "*").then(|| method.to_ascii_uppercase());
            path.clone_into(&mut self.when.path);
            self
        }

        /// Lets so many requests that fit go by first.
        #[must_use]
        pub fn after(mut self, requests: u32) -> Self {
            self.when.skip = requests.into();
            self
        }

        /// How many requests meet it; one unless set, and all of those that `every`, `probability` or
        /// `during` pick.
        #[must_use]
        pub fn times(mut self, times: u32) -> Self {
            self.when.times = Some(times.into());
            self
        }

        /// Every request that fits meets it.
        #[must_use]
        pub fn always(mut self) -> Self {
            self.when.times = Some(u64::MAX);
            self
        }

        /// Only every so many of the requests that fit meet it: with 3 the third, the sixth, and so on.
        #[must_use]
        pub fn every(mut self, requests: u32) -> Self {
            self.when.every = requests.max(1).into();
            self
        }

        /// Only some of the requests that fit meet it, with a probability from 0 to 1. Equal seeds pick equally.
        #[must_use]
        pub fn probability(mut self, probability: f64, seed: u64) -> Self {
            (self.when.probability, self.when.seed) = (Some(probability), seed);
            self
        }

        /// It is over when the clock of the emulator has gone on so many whole seconds since the first request met it.
        #[must_use]
        pub fn during(mut self, time: Duration) -> Self {
            self.when.during = Some(time);
            self
        }
    };
}

pub(crate) use when_methods;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Plain(When);

    impl Timed for Plain {
        fn when(&self) -> &When {
            &self.0
        }

        fn when_mut(&mut self) -> &mut When {
            &mut self.0
        }
    }

    /// Which of some requests meet a fault.
    fn met(when: When, requests: usize) -> Vec<usize> {
        let plan = Plan::default();
        plan.add(Plain(when));
        (1..=requests).filter(|_| plan.take("GET", "/", 0, |_| true).is_some()).collect()
    }

    #[test]
    fn requests_are_counted() {
        assert_eq!(met(When::default(), 5), [1]);
        assert_eq!(met(When { skip: 1, times: Some(2), ..When::default() }, 5), [2, 3]);
        assert_eq!(met(When { every: 3, ..When::default() }, 10), [3, 6, 9]);
        assert_eq!(met(When { every: 2, skip: 1, times: Some(2), ..When::default() }, 10), [3, 5]);
        assert_eq!(met(When { times: Some(0), ..When::default() }, 3), [0; 0]);
    }

    #[test]
    fn equal_seeds_pick_equally_and_about_as_often_as_said() {
        let by = |seed| met(When { probability: Some(0.3), seed, ..When::default() }, 1000);
        assert_eq!(by(7), by(7));
        assert_ne!(by(7), by(8));
        assert!((250..350).contains(&by(7).len()), "{}", by(7).len());
        assert_eq!(met(When { probability: Some(0.0), ..When::default() }, 100), [0; 0]);
        assert_eq!(met(When { probability: Some(1.0), ..When::default() }, 3), [1, 2, 3]);
    }

    #[test]
    fn a_storm_lasts_from_the_first_request_that_meets_it() {
        let plan = Plan::default();
        plan.add(Plain(When { during: Some(Duration::from_secs(30)), ..When::default() }));
        let meets = |now| plan.take("GET", "/", now, |_| true).is_some();
        assert_eq!([meets(100), meets(129), meets(130), meets(101)], [true, true, false, false]);
    }

    #[test]
    fn a_fault_that_is_passed_by_leaves_the_request_to_the_next() {
        let plan = Plan::default();
        let first = plan.add(Plain(When { skip: 1, ..When::default() }));
        plan.add(Plain(When { method: Some("GET".to_owned()), ..When::default() }));
        let met = |method| plan.take(method, "/", 0, |_| true).map(|fault| fault.0.method.is_some());
        assert_eq!([met("GET"), met("GET"), met("GET")], [Some(true), Some(false), None]);
        assert!(!plan.remove(first) && plan.all(0).is_empty());
    }

    #[test]
    fn only_fitting_requests_meet_it() {
        for (pattern, path, fits) in [
            ("", "/api/v1/tickets", true),
            ("/api/v1/tickets", "/api/v1/tickets/1", true),
            ("/api/v1/tickets$", "/api/v1/tickets/1", false),
            ("/api/v1/tickets$", "/api/v1/tickets", true),
            ("/api/v1/*/7$", "/api/v1/accounts/7", true),
            ("/api/v1/*/7$", "/api/v1/accounts/77", false),
            ("/api/*/7", "/api/v1/accounts/7", false),
            ("*", "/über", true),
            ("/t*s$", "/tickets", true),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
        let get = When { method: Some("GET".to_owned()), ..When::default() };
        assert!(get.fits("GET", "/") && !get.fits("POST", "/"));
    }
}
