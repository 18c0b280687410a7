//! What became of the answers to refreshes: those that came in whole have to be told of by whoever got them, and a login may end
//! only with one that nobody can have kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use zeyos_emulator::{Exchange, FaultServer};

use super::crew;

/// By then a process has told of the answer: it may ask the server about the new token first, which may take a while.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long after an answer a process may be killed and can be excused, as the answer may not be in its journal yet.
const JOURNALLED: Duration = Duration::from_secs(1);

/// As long, where the process asks about the new token before it tells: the next one finds the journal.
const TOLD: Duration = Duration::from_secs(7);

/// A refresh token that the server has taken, and who was to get the new ones.
pub struct Rotation {
    member: Option<u64>,
    answered_at: Duration,
    /// When the whole answer went out, unless it never did.
    whole_at: Option<Duration>,
}

impl Rotation {
    fn of(seen: &Exchange) -> Option<Self> {
        let is_rotation = seen.path.ends_with("/oauth2/v1/token") && seen.answered == Some(200);
        let answered_at = seen.answered_at.filter(|_| is_rotation)?;
        let whole_at = seen.told_at.filter(|_| seen.delivered && !seen.altered);
        Some(Rotation { member: seen.user_agent.as_deref().and_then(crew::number_of), answered_at, whole_at })
    }

    /// The rotations so far.
    pub fn all(server: &FaultServer) -> Vec<Rotation> {
        server.exchanges().iter().filter_map(Rotation::of).collect()
    }

    /// Whether nobody can have kept the answer: it did not come in whole, or its process died with it.
    fn is_lost(&self, deaths: &BTreeMap<u64, Duration>) -> bool {
        self.whole_at.is_none_or(|whole| self.died_within(JOURNALLED, whole, deaths))
    }

    fn died_within(&self, time: Duration, after: Duration, deaths: &BTreeMap<u64, Duration>) -> bool {
        let death = self.member.and_then(|member| deaths.get(&member));
        death.is_some_and(|death| *death < after + time)
    }
}

/// Whether the last rotation since then explains that a login has ended.
pub fn explain_a_loss(server: &FaultServer, since: Duration, deaths: &BTreeMap<u64, Duration>) -> bool {
    let rotations = Rotation::all(server).into_iter().filter(|rotation| rotation.answered_at >= since);
    rotations.max_by_key(|rotation| rotation.answered_at).is_some_and(|last| last.is_lost(deaths))
}

/// Which process has told of an answer, and when.
#[derive(Default)]
pub struct Told {
    entries: VecDeque<(u64, Duration)>,
    /// Answers from before this time were looked at.
    until: Duration,
}

impl Told {
    /// A process has told of an answer.
    pub fn tell(&mut self, member: u64, at: Duration) {
        self.entries.push_back((member, at));
    }

    /// The answers that came in whole long enough ago and that nobody told of, by the number of their process.
    pub fn missing(&mut self, server: &FaultServer, deaths: &BTreeMap<u64, Duration>, now: Duration) -> Vec<u64> {
        let until = now.saturating_sub(PATIENCE);
        let mut due: Vec<_> = Rotation::all(server).into_iter().filter_map(|it| Some((it.whole_at?, it))).collect();
        due.retain(|(whole, _)| *whole >= self.until && *whole < until);
        due.sort_by_key(|(whole, _)| *whole);
        let due = due.into_iter().filter(|(whole, rotation)| !rotation.died_within(TOLD, *whole, deaths));
        let members: Vec<_> = due.filter_map(|(whole, rotation)| Some((whole, rotation.member?))).collect();
        self.until = until;
        let missing = members.into_iter().filter(|(whole, member)| !self.was_told(*member, *whole));
        let missing = missing.map(|(_, member)| member).collect();
        self.entries.retain(|(_, at)| *at >= until);
        missing
    }

    /// Takes the first word of this process after the answer for the one about it.
    fn was_told(&mut self, member: u64, whole: Duration) -> bool {
        let fits = |(by, at): &(u64, Duration)| *by == member && *at >= whole;
        let place = self.entries.iter().position(fits);
        place.is_some_and(|place| self.entries.remove(place).is_some())
    }
}
