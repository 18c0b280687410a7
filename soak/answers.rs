//! What became of the answers to refreshes: those that came in whole have to be reported by whoever got them, and a login may end
//! only with one that no one can have kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use zeyos_emulator::{Exchange, FaultServer};

use super::processes;

/// By then an answer has come in, however late, and its process has reported it, which may ask about the new token first.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long after an answer a process may be killed and can be excused, as the answer may not be in its journal yet.
const JOURNALLED: Duration = Duration::from_secs(1);

/// As long, where the process asks about the new token before it tells: the next one finds the journal.
const TOLD: Duration = Duration::from_secs(7);

/// A refresh token that the server has taken, and who was to get the new ones.
pub(crate) struct Rotation {
    process: Option<u64>,
    answered_at: Duration,
    /// When the whole answer went out, unless it never did.
    whole_at: Option<Duration>,
}

impl Rotation {
    fn of(seen: &Exchange) -> Option<Self> {
        let is_rotation = seen.path.ends_with("/oauth2/v1/token") && seen.answered == Some(200);
        let answered_at = seen.answered_at.filter(|_| is_rotation)?;
        let whole_at = seen.told_at.filter(|_| seen.delivered && !seen.altered);
        Some(Rotation { process: seen.user_agent.as_deref().and_then(processes::number_of), answered_at, whole_at })
    }

    /// The rotations so far.
    pub(crate) fn all(server: &FaultServer) -> Vec<Rotation> {
        server.exchanges().iter().filter_map(Rotation::of).collect()
    }

    /// Whether no one can have kept the answer: it did not come in whole, or its process died with it.
    fn is_lost(&self, deaths: &BTreeMap<u64, Duration>) -> bool {
        self.whole_at.is_none_or(|whole| self.died_within(JOURNALLED, whole, deaths))
    }

    fn died_within(&self, time: Duration, after: Duration, deaths: &BTreeMap<u64, Duration>) -> bool {
        let death = self.process.and_then(|process| deaths.get(&process));
        death.is_some_and(|death| *death < after + time)
    }
}

/// Whether the last rotation since then explains that a login has ended.
pub(crate) fn explain_a_loss(server: &FaultServer, since: Duration, deaths: &BTreeMap<u64, Duration>) -> bool {
    let rotations = Rotation::all(server).into_iter().filter(|rotation| rotation.answered_at >= since);
    rotations.max_by_key(|rotation| rotation.answered_at).is_some_and(|last| last.is_lost(deaths))
}

/// What became of answers.
#[derive(Default)]
pub(crate) struct Judged {
    /// Whole ones of which their process has told.
    pub told: u64,
    /// Those that no one can have kept.
    pub lost: u64,
    /// The processes that got a whole one, live, and have not reported it.
    pub missing: Vec<u64>,
}

/// Which process has reported an answer, and when.
#[derive(Default)]
pub(crate) struct Told {
    entries: VecDeque<(u64, Duration)>,
    /// Answers from before this time were judged.
    until: Duration,
}

impl Told {
    /// A process has reported an answer.
    pub(crate) fn tell(&mut self, process: u64, at: Duration) {
        self.entries.push_back((process, at));
    }

    /// Judges the answers that are old enough.
    pub(crate) fn judge(&mut self, server: &FaultServer, deaths: &BTreeMap<u64, Duration>, now: Duration) -> Judged {
        let until = now.saturating_sub(PATIENCE);
        let mut due = Rotation::all(server);
        due.retain(|rotation| rotation.answered_at >= self.until && rotation.answered_at < until);
        due.sort_by_key(|rotation| rotation.answered_at);
        let mut judged = Judged::default();
        for rotation in due {
            match (rotation.whole_at, rotation.process) {
                (Some(whole), Some(process)) if self.was_told(process, whole) => judged.told += 1,
                _ if rotation.is_lost(deaths) => judged.lost += 1,
                (Some(whole), Some(process)) if !rotation.died_within(TOLD, whole, deaths) => {
                    judged.missing.push(process)
                }
                _ => {}
            }
        }
        self.until = until;
        self.entries.retain(|(_, at)| *at >= until);
        judged
    }

    /// Takes the first word of this process after the answer for the one about it.
    fn was_told(&mut self, process: u64, whole: Duration) -> bool {
        let fits = |(by, at): &(u64, Duration)| *by == process && *at >= whole;
        let place = self.entries.iter().position(fits);
        place.is_some_and(|place| self.entries.remove(place).is_some())
    }
}
