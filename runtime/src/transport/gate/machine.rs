//! When requests to one origin may go: events in, decisions out. No clock, no lock, no chance in here.

use std::time::Duration;

/// The first wait where a server names none; each further one in a row is twice as long.
const FIRST: Duration = Duration::from_millis(25);

/// The longest wait where a server names none.
const LAST: Duration = Duration::from_secs(60);

/// How long nothing goes after a probe that brought no answer.
const SILENT: Duration = Duration::from_secs(1);

/// For how long others are waited for that have not come back. Whoever sent them may never look again.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// How long those who wait for a place are content with none coming back, where places were taken away without a closing; twice as long
/// after each one that went all the same. What is on its way may be slow, as a large file is, and says nothing of what the server takes.
const PATIENCE: Duration = Duration::from_millis(100);

/// So many requests at a time, and no one counts any more.
const WIDE: u32 = 1024;

/// So many requests at a time follow a probe of which nothing more is known.
const NARROW: u32 = 2;

/// So many successes let one more request go at a time, where the server has refused more before. It is a tenth more with each round trip
/// then; so where one in so many is refused at random, as many are lost as are gained.
const GAIN: u32 = 10;

/// No refusal has said yet how many at a time are too many.
const UNKNOWN: u32 = u32::MAX;

/// How much later than it may a gate opens at most, so that clients that were all sent away at once do not all come back at once: this
/// share of the wait, and four times as much with each closing in a row up to a tenth.
const SPREAD: u32 = 640;
const SPREAD_STEPS: u32 = 3;
const SPREAD_LONGEST: Duration = Duration::from_secs(10);

/// Time since a moment of the clock's own choice.
type Moment = Duration;

/// How long the gate may stay closed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ceilings {
    /// Where the server says for how long: longer waits are taken for this one.
    pub asked: Duration,
    /// Where the wait is of our own choice.
    pub chosen: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// One request goes when the wait is over.
    Closed,
    /// That one is on its way, and all others wait for what becomes of it.
    Probing,
    /// So many requests may be on their way at a time.
    Ramping {
        wide: u32,
    },
}

/// Whether a request may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Now; it belongs to this epoch.
    Go(u32),
    /// Not before this moment.
    At(Moment),
    /// When another one has come back, or at this moment if none has.
    WhenOthersAreBack(Moment),
}

/// What a request that went has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer that does not ask to wait.
    Fine,
    /// An answer that asks to wait: for so long, or for a time of our own choice.
    Busy(Option<Duration>),
    /// No answer, so no one knows.
    Nothing,
}

/// The gate of one origin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    ceilings: Ceilings,
    state: State,
    /// Nothing goes before this moment, whatever the state.
    until: Moment,
    /// Counts the times at which the gate was closed, so that answers to older requests are known.
    epoch: u32,
    /// How many requests of this epoch are on their way.
    out: u32,
    /// When one of them last went or came back.
    heard: Moment,
    /// How often in a row it was closed, without a success in between.
    closings: u32,
    /// How many at a time the server took before the gate was closed, less an eighth for each one that it did not take.
    proven: u32,
    /// Up to so many at a time each success lets one more go; from there on one in [`GAIN`] does.
    steep: u32,
    /// Successes from there on that have not let one more go yet.
    gained: u32,
    /// The most that were on their way when the server took one, since the gate was last closed after a success.
    taken: u32,
    /// Whether places were taken away since the gate was last closed.
    narrowed: bool,
    /// How many went without a place since the last success.
    impatient: u32,
}

impl Machine {
    pub(super) fn new(ceilings: Ceilings) -> Self {
        let (until, heard) = (Moment::ZERO, Moment::ZERO);
        let (state, steep) = (State::Open, UNKNOWN);
        let (epoch, out, closings, proven, gained, taken) = (0, 0, 0, 0, 0, 0);
        let (narrowed, impatient) = (false, 0);
        Machine {
            ceilings,
            state,
            until,
            epoch,
            out,
            heard,
            closings,
            proven,
            steep,
            gained,
            taken,
            narrowed,
            impatient,
        }
    }

    /// Whether one more request may go now.
    pub(super) fn ask(&mut self, now: Moment) -> Decision {
        // A clock that ran back must not make a wait longer than any is.
        let longest = self.ceilings.asked.max(self.ceilings.chosen);
        self.until = self.until.min(now.saturating_add(longest));
        if now < self.until {
            return Decision::At(self.until);
        }
        (self.until, self.heard) = (Moment::ZERO, self.heard.min(now));
        let forgotten = self.heard.saturating_add(FORGOTTEN.min(self.ceilings.asked));
        if self.out == 0 && now >= forgotten {
            // How many were too many then says nothing of now.
            self.steep = UNKNOWN;
        }
        match self.state {
            State::Open => {}
            State::Ramping { wide } if self.out < wide => {}
            State::Closed => self.state = State::Probing,
            State::Probing | State::Ramping { .. } if now >= forgotten => self.begin(State::Probing),
            State::Ramping { .. } if self.narrowed && now >= self.content_until() => {
                self.impatient = self.impatient.saturating_add(1);
            }
            State::Ramping { .. } if self.narrowed => {
                return Decision::WhenOthersAreBack(self.content_until().min(forgotten));
            }
            State::Probing | State::Ramping { .. } => return Decision::WhenOthersAreBack(forgotten),
        }
        (self.out, self.heard) = (self.out.saturating_add(1), now);
        Decision::Go(self.epoch)
    }

    /// Takes in what became of a request. `chance` is between 0 and 1.
    pub(super) fn tell(&mut self, epoch: u32, outcome: Outcome, now: Moment, chance: f64) {
        let is_late = epoch != self.epoch;
        if !is_late {
            (self.out, self.heard) = (self.out.saturating_sub(1), now);
        }
        match outcome {
            Outcome::Busy(wait) => self.refused(wait, is_late, now, chance),
            Outcome::Fine if !is_late => self.served(),
            // The server may be away altogether: the next one tries, but not at once.
            Outcome::Nothing if !is_late && self.state == State::Probing => {
                self.state = State::Closed;
                self.wait(SILENT, self.ceilings.chosen, now, chance);
            }
            Outcome::Fine | Outcome::Nothing => {}
        }
    }

    /// Until when those who wait for a place are content.
    fn content_until(&self) -> Moment {
        let patience = PATIENCE.saturating_mul(1 << self.impatient.min(12)).min(self.ceilings.chosen);
        self.heard.saturating_add(patience)
    }

    fn served(&mut self) {
        (self.closings, self.impatient) = (0, 0);
        self.taken = self.taken.max(self.out.saturating_add(1));
        // More than were too many before are not a reason to stop counting.
        let enough = WIDE.max(self.steep.checked_mul(2).unwrap_or(WIDE));
        self.state = match self.state {
            State::Probing => State::Ramping { wide: self.proven.max(NARROW) },
            State::Ramping { wide } if wide < enough => {
                // One that went without a place has shown that there is one.
                let wide = wide.max(self.out.saturating_add(1));
                State::Ramping { wide: wide + self.gain(wide) }
            }
            State::Ramping { .. } => State::Open,
            other => other,
        };
    }

    /// How many more may go at a time after a success.
    fn gain(&mut self, wide: u32) -> u32 {
        if wide < self.steep {
            return 1;
        }
        self.gained = (self.gained + 1) % GAIN;
        u32::from(self.gained == 0)
    }

    fn refused(&mut self, wait: Option<Duration>, is_late: bool, now: Moment, chance: f64) {
        let closes = !is_late || self.state == State::Open;
        if closes && wait.is_none() && self.out > 0 {
            return self.narrow();
        }
        if closes {
            self.closings = self.closings.saturating_add(1);
            // A probe proves nothing of how many at a time the server takes.
            self.proven = if self.state == State::Probing { 0 } else { self.out.saturating_add(1).min(WIDE) };
            if self.closings == 1 {
                self.steep = if wait.is_some() { UNKNOWN } else { (self.taken / 2).max(NARROW) };
                self.taken = 0;
            }
            self.begin(State::Closed);
        }
        self.proven = self.proven * 7 / 8;
        match wait {
            Some(wait) => self.wait(wait, self.ceilings.asked, now, chance),
            None if closes => {
                let doubled = FIRST.saturating_mul(1 << self.closings.saturating_sub(1).min(12));
                self.wait(doubled.min(LAST), self.ceilings.chosen, now, chance);
            }
            // One that went before the gate was closed says nothing new.
            None => {}
        }
    }

    /// One that names no time is refused, and others are on their way: none takes its place. What becomes of those says whether all are
    /// refused, and then the last one closes the gate, or only some of so many.
    fn narrow(&mut self) {
        (self.state, self.steep, self.gained) = (State::Ramping { wide: self.out }, self.out.max(NARROW), 0);
        self.narrowed = true;
    }

    /// What is on its way belongs to the past from here on.
    fn begin(&mut self, state: State) {
        (self.state, self.out, self.epoch) = (state, 0, self.epoch.wrapping_add(1));
        (self.narrowed, self.impatient) = (false, 0);
    }

    /// Nothing goes for this long, at most up to the ceiling, and for some time more. An earlier wait that is longer stays.
    fn wait(&mut self, wait: Duration, ceiling: Duration, now: Moment, chance: f64) {
        let share = SPREAD >> (2 * self.closings.saturating_sub(1).min(SPREAD_STEPS));
        let spread = (wait / share).min(SPREAD_LONGEST);
        let whole = wait.saturating_add(spread.mul_f64(chance.clamp(0.0, 1.0))).min(ceiling);
        self.until = self.until.max(now.saturating_add(whole));
    }
}

#[cfg(test)]
mod tests;
