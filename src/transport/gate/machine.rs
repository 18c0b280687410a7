//! When requests to one origin may go: events in, decisions out. No clock, no lock, no chance in here.

use std::time::Duration;

/// What a server is not believed to mean: longer waits are taken for this long.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The first wait where a server names none; each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);

/// The longest wait where a server names none.
const LAST: Duration = Duration::from_secs(60);

/// So many requests at a time, and nobody counts any more.
const WIDE: u32 = 1024;

/// How much later than it may a gate opens, at most: a tenth of the wait, at least this, at most `JITTER_MOST`.
const JITTER_LEAST: Duration = Duration::from_millis(100);
const JITTER_MOST: Duration = Duration::from_secs(10);

/// Time since a moment of the clock's own choice.
type Moment = Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Nothing goes before this moment; then one request.
    Closed {
        until: Moment,
    },
    /// One request is on its way, and all others wait for what becomes of it.
    Probing,
    /// So many requests may be on their way at a time.
    Ramping {
        wide: u32,
        out: u32,
    },
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Now; it belongs to this epoch.
    Go(u32),
    /// Not before this moment.
    At(Moment),
    /// When another one has come back.
    WhenOthersAreBack,
}

/// What a request that went has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer that does not ask to wait.
    Fine,
    /// An answer that asks to wait: for so long, or for a time of our own choice.
    Busy(Option<Duration>),
    /// No answer, so nobody knows.
    Nothing,
}

/// The gate of one origin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    state: State,
    /// Counts the times at which the gate was closed, so that answers to older requests are known.
    epoch: u32,
    /// How often in a row it was closed.
    closings: u32,
}

impl Default for Machine {
    fn default() -> Self {
        Machine { state: State::Open, epoch: 0, closings: 0 }
    }
}

impl Machine {
    /// Whether one more request may go now.
    pub(super) fn ask(&mut self, now: Moment) -> Decision {
        match &mut self.state {
            State::Open => Decision::Go(self.epoch),
            State::Closed { until } if now < *until => Decision::At(*until),
            State::Closed { .. } => {
                self.state = State::Probing;
                Decision::Go(self.epoch)
            }
            State::Probing => Decision::WhenOthersAreBack,
            State::Ramping { wide, out } if *out < *wide => {
                *out += 1;
                Decision::Go(self.epoch)
            }
            State::Ramping { .. } => Decision::WhenOthersAreBack,
        }
    }

    /// Takes in what became of a request. `chance` is between 0 and 1.
    pub(super) fn tell(&mut self, epoch: u32, outcome: Outcome, now: Moment, chance: f64) {
        if let Outcome::Busy(wait) = outcome {
            return self.close(epoch, wait, now, chance);
        }
        if epoch != self.epoch {
            return;
        }
        match (&mut self.state, outcome) {
            (State::Probing, Outcome::Fine) => self.state = State::Ramping { wide: 2, out: 0 },
            // The server may be away altogether: the next one tries, but not at once.
            (State::Probing, _) => self.state = State::Closed { until: now + FIRST + jitter(FIRST, chance) },
            (State::Ramping { wide, out }, outcome) => {
                *out = out.saturating_sub(1);
                *wide += u32::from(outcome == Outcome::Fine);
                if *wide > WIDE {
                    (self.state, self.closings) = (State::Open, 0);
                }
            }
            (State::Open | State::Closed { .. }, _) => {}
        }
    }

    fn close(&mut self, epoch: u32, wait: Option<Duration>, now: Moment, chance: f64) {
        let is_late = epoch != self.epoch;
        if !is_late {
            self.epoch = self.epoch.wrapping_add(1);
            self.closings = self.closings.saturating_add(1);
        }
        let own = FIRST.saturating_mul(1 << self.closings.saturating_sub(1).min(10)).min(LAST);
        let wait = wait.unwrap_or(own).min(LONGEST);
        let until = now + wait + jitter(wait, chance);
        match &mut self.state {
            // An answer to a request that went before the gate was closed moves its end, if it is a later one.
            State::Closed { until: known } => *known = until.max(*known),
            State::Probing | State::Ramping { .. } if is_late => {}
            state => *state = State::Closed { until },
        }
    }
}

/// Clients that were all sent away at once shall not all come back at once.
fn jitter(wait: Duration, chance: f64) -> Duration {
    (wait / 10).clamp(JITTER_LEAST, JITTER_MOST).mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Moment {
        Duration::from_secs(seconds)
    }

    fn closed(wait: Option<Duration>) -> Machine {
        let mut machine = Machine::default();
        assert_eq!(machine.ask(at(0)), Decision::Go(0));
        machine.tell(0, Outcome::Busy(wait), at(0), 0.0);
        machine
    }

    #[test]
    fn one_request_goes_first_and_the_others_follow_step_by_step() {
        let mut machine = closed(Some(at(10)));
        assert_eq!(machine.ask(at(9)), Decision::At(at(10)));
        assert_eq!(machine.ask(at(10)), Decision::Go(1));
        assert_eq!(machine.ask(at(10)), Decision::WhenOthersAreBack);
        machine.tell(1, Outcome::Fine, at(11), 0.0);
        assert_eq!([machine.ask(at(11)), machine.ask(at(11))], [Decision::Go(1); 2]);
        assert_eq!(machine.ask(at(11)), Decision::WhenOthersAreBack);
        machine.tell(1, Outcome::Fine, at(12), 0.0);
        assert_eq!([machine.ask(at(12)), machine.ask(at(12))], [Decision::Go(1); 2]);
        assert_eq!(machine.ask(at(12)), Decision::WhenOthersAreBack);
        for _ in 0..WIDE {
            machine.tell(1, Outcome::Fine, at(13), 0.0);
        }
        assert_eq!(machine.state, State::Open);
    }

    #[test]
    fn a_probe_that_is_sent_away_closes_the_gate_again_for_longer() {
        let mut machine = closed(None);
        for (epoch, wait) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32), (6, 60), (7, 60)] {
            let Decision::At(until) = machine.ask(at(0)) else { panic!("the gate is open") };
            assert_eq!(machine.ask(until), Decision::Go(epoch));
            machine.tell(epoch, Outcome::Busy(None), until, 0.0);
            assert_eq!(machine.ask(until), Decision::At(until + at(wait)));
        }
    }

    #[test]
    fn a_probe_without_an_answer_lets_another_one_try_soon() {
        let mut machine = closed(Some(at(10)));
        assert_eq!(machine.ask(at(10)), Decision::Go(1));
        machine.tell(1, Outcome::Nothing, at(20), 0.0);
        assert_eq!(machine.ask(at(20)), Decision::At(at(21)));
        assert_eq!(machine.ask(at(21)), Decision::Go(1));
    }

    #[test]
    fn late_answers_move_the_end_and_open_nothing() {
        let mut machine = closed(Some(at(10)));
        machine.tell(0, Outcome::Busy(Some(at(30))), at(1), 0.0);
        machine.tell(0, Outcome::Busy(Some(at(5))), at(2), 0.0);
        machine.tell(0, Outcome::Fine, at(3), 0.0);
        assert_eq!(machine.ask(at(4)), Decision::At(at(31)));
        assert_eq!(machine.ask(at(31)), Decision::Go(1));
        machine.tell(0, Outcome::Fine, at(32), 0.0);
        machine.tell(0, Outcome::Busy(None), at(32), 0.0);
        assert_eq!(machine.ask(at(32)), Decision::WhenOthersAreBack);
    }

    #[test]
    fn chance_only_makes_it_later_and_no_wait_is_longer_than_a_day() {
        for (wait, most) in [(1, 1_100), (100, 110_000), (1_000_000_000, 86_410_000)] {
            for chance in [0.0, 0.5, 1.0, 7.0] {
                let mut machine = Machine::default();
                machine.tell(0, Outcome::Busy(Some(at(wait))), at(0), chance);
                let Decision::At(until) = machine.ask(at(0)) else { panic!("the gate is open") };
                assert!(until >= at(wait.min(86_400)) && until <= Duration::from_millis(most), "{until:?}");
            }
        }
    }
}
