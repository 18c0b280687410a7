//! One process of the model: what it remembers, and the renewal that it is in.

use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::time::Duration;

use zeyos_core::{Secret, Timestamp};

use super::answer::Answer;
use super::store::{Kept, OWNER, number};
use super::world::Rules;
use crate::auth::rotation::{Effect, Rotation, State, Task};
use crate::store::{Asked, TokenRecord};

/// A process, and what it does.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub id: u8,
    /// The tokens in its memory; none if it has found no record.
    pub known: Option<Kept>,
    /// They were not stored.
    pub unpersisted: bool,
    /// How often it may still try.
    pub attempts: u8,
    /// How many renewals it has begun.
    pub run: u8,
    /// It has asked the server in vain, and does not ask again at once.
    pub hushed: bool,
    /// It is the one that has noted the question in the store.
    pub has_noted: bool,
    pub stage: Stage,
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// Wants new tokens, and waits for the lock.
    Waiting,
    Running(Box<Run>),
    /// Has what it wants, or has given up.
    Ended,
}

/// A renewal under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub rotation: Rotation,
    pub effect: Effect,
    /// What was received or found in the journal, and whether it is the journal.
    pub received: Option<(Answer, bool)>,
    /// The answer on its way.
    pub coming: Option<Answer>,
    pub has_read: bool,
    /// The journal that this renewal has read or written last.
    pub journal: Option<Answer>,
    pub effects: u8,
}

impl Process {
    pub(super) fn new(id: u8, known: Option<Kept>, attempts: u8) -> Self {
        let (unpersisted, hushed, has_noted) = (false, false, false);
        Process { id, known, unpersisted, attempts, run: 0, hushed, has_noted, stage: Stage::Waiting }
    }

    /// Whether it holds this token as a living one.
    pub(super) fn holds(&self, token: u8) -> bool {
        self.known.is_some_and(|known| known.lost.is_none() && known.token == token)
    }

    /// Whether it has tokens that it could renew.
    pub(super) fn is_signed_in(&self) -> bool {
        self.known.is_some_and(|known| known.lost.is_none())
    }

    pub(super) fn begin(&mut self, asked: Option<Asked>, rules: Rules) {
        self.run += 1;
        let (rotation, effect) = Rotation::start(Task {
            newer_than: self.known.map_or(0, |known| known.generation),
            known: self.known.map(Kept::record),
            unpersisted: self.unpersisted,
            login_id: OWNER.to_owned(),
            request_id: format!("{}.{}", self.id, self.run),
            now: Timestamp::from_unix(2_000),
            may_probe: !self.hushed,
            probe_interval: Duration::from_secs(60),
            own_question: asked.filter(|_| self.has_noted),
            is_ordered: false,
            checks: rules.checks && rules.asks,
            can_issue: false,
            can_begin: false,
            refreshing: rules.refreshing,
            can_ask: rules.asks,
            is_refused: rules.is_refused,
            tries: 3,
            backoff: Duration::from_millis(200),
            reread: Duration::from_millis(50),
        });
        let run = Run { rotation, effect, received: None, coming: None, has_read: false, journal: None, effects: 0 };
        self.stage = Stage::Running(Box::new(run));
    }
}

impl Hash for Process {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.id, self.known, self.unpersisted, self.attempts, self.run, self.hushed, self.has_noted).hash(state);
        match &self.stage {
            Stage::Waiting => 0.hash(state),
            Stage::Ended => 1.hash(state),
            Stage::Running(run) => {
                (run.received, run.coming, run.has_read, run.journal, run.effects).hash(state);
                discriminant(&run.effect).hash(state);
                digest(&run.rotation, state);
            }
        }
    }
}

/// All of a renewal that its task does not say.
fn digest<H: Hasher>(rotation: &Rotation, state: &mut H) {
    discriminant(&rotation.state).hash(state);
    match &rotation.state {
        State::Probing(question) | State::NotingRepeat(question) => discriminant(question).hash(state),
        State::Committing(purpose, record) => (format!("{purpose:?}"), Kept::of(record)).hash(state),
        State::Checking(purpose, record) => (format!("{purpose:?}"), Kept::of(record)).hash(state),
        State::Quarantining(loss) => loss.hash(state),
        State::Clearing(next) => format!("{next:?}").hash(state),
        _ => {}
    }
    let Rotation { contents, stored, tries, rereads, conflicts, resent, recovering, is_unverified, .. } = rotation;
    let kept = |record: &TokenRecord| record.tokens.as_ref().map(|_| Kept::of(record));
    let marker = contents.pending.as_ref().map(|pending| (pending.generation, &pending.request_id));
    (kept(&contents.record), marker, contents.reply.is_some(), contents.newest, contents.asked.is_some()).hash(state);
    (rotation.prefers_known, rotation.is_unread, rotation.alternative.as_ref().map(kept)).hash(state);
    rotation.stored_loss.as_ref().map(kept).hash(state);
    rotation.first_loss.as_ref().map(|(record, loss)| (kept(record), loss)).hash(state);
    (stored, tries, rereads, conflicts, resent, recovering, is_unverified).hash(state);
    discriminant(&rotation.patience).hash(state);
    let partial = rotation.partial.as_ref();
    partial.map(|it| (it.tokens.refresh_token.as_ref().map(Secret::expose), format!("{it:?}"))).hash(state);
    rotation.problem.as_ref().map(|problem| format!("{problem:?}")).hash(state);
}

impl Run {
    /// The refresh token in the hands of this renewal.
    pub(super) fn token(&self) -> u8 {
        number(&self.rotation.contents.record)
    }
}
