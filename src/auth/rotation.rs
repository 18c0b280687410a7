//! The decisions of one renewal under the lock of the store: a pure state machine. An input comes in, an effect goes out; the
//! shell around it (`manager::shell`) carries effects out and knows nothing of why.
//!
//! Refresh tokens are single-use, so the machine never sends one again before the server has said that it is still alive.

mod recover;
mod settle;

use std::time::Duration;

use zeyos_core::{Secret, SessionLoss, Timestamp, TokenError};

use super::owner::differ;
use super::reply::{Reply, fingerprint};
use crate::TokenSet;
use crate::store::{Commit, Held, Pending, Record};

/// How often a request is tried for which no connection can be made.
const TRIES: u32 = 3;

/// What the shell is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Read everything kept. The journal, if there is one, is what `Parse` reads next.
    Read,
    /// Prove that the store can be written, and leave the mark.
    Prepare(Pending),
    /// Send the token request once.
    Post(Renewal),
    /// Keep the answer as it came in.
    Journal,
    /// Read the answer, or the journal.
    Parse,
    /// Ask the server whether this token is alive.
    Introspect(Secret),
    /// Replace the record if it is still the expected one.
    Commit { expected: u64, record: Record },
    /// Drop mark and journal.
    Clear,
    /// Let time pass.
    Wait(Duration),
    /// It is over.
    Done(Outcome),
}

/// What new tokens are got for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// A refresh token, which is spent by it.
    Refresh(Secret),
    /// What the client is configured with, which is not spent.
    Issue,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// What the store holds.
    Held(Box<Held>),
    /// It is done, and there is nothing to say.
    Done,
    /// The store could not do it.
    StoreFailed(String),
    /// The request was certainly not sent.
    NotSent,
    /// An answer came in, whole or in part, or the connection broke.
    Answered,
    /// What the answer means, and whether the server asked for patience.
    Parsed(Reply, Patience),
    /// Whether the token is alive.
    Probed(Probe),
    /// What became of the compare-and-swap.
    Committed(Commit),
}

/// Whether the server has asked to be left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Asked,
    NotAsked,
}

/// What the server says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Active,
    Inactive,
    /// No answer, or none that says it.
    Unknown,
}

/// How a renewal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Somebody else has changed the record.
    Adopted(Record),
    /// New tokens are stored.
    Renewed(Record),
    /// The tokens of an exchange that somebody else had not lived to finish are stored.
    Recovered(Record),
    /// New tokens came in, and the store does not take them.
    Unpersisted { record: Record, reason: String },
    /// A new refresh token is stored, but there is no access token to use.
    Kept(Record, TokenError),
    /// Only a new sign-in helps.
    Lost(Record, SessionLoss),
    /// Nothing has changed.
    Failed(TokenError),
}

/// What a renewal begins with.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// The caller has seen this generation fail.
    pub newer_than: u64,
    /// What this process knows, which can be newer than the store: it was not taken, or an old copy was restored.
    pub known: Option<Record>,
    /// Whether `known` was never stored.
    pub unpersisted: bool,
    /// Whose login it is.
    pub owner: String,
    /// The random name of this exchange.
    pub request_id: String,
    pub now: Timestamp,
    /// Whether the server may be asked about an exchange of which the outcome is unknown.
    pub may_probe: bool,
    /// Whether tokens can be issued anew without a refresh token.
    pub can_issue: bool,
    pub backoff: Duration,
    pub reread: Duration,
}

/// One renewal.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    task: Task,
    state: State,
    held: Held,
    /// The generation that the store has, which a commit expects.
    stored: u64,
    tries: u32,
    rereads: u32,
    /// The token request was sent a second time, or on behalf of a predecessor.
    resent: bool,
    /// The answer is that of a predecessor.
    recovering: bool,
    /// The store was set back, and what became of the tokens that this process knows was set back with it: the server has to
    /// confirm them.
    is_doubtful: bool,
    patience: Patience,
    salvage: Option<(TokenSet, TokenError)>,
    problem: Option<TokenError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Reading,
    Preparing,
    Posting,
    BackingOff,
    Journaling,
    Parsing,
    Probing(Question),
    Committing(Purpose, Record),
    Clearing(Next),
    AwaitingOthers,
    Rereading,
    Over,
}

/// Why the server is asked about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// An exchange was sent, and nobody knows what became of it.
    WasItSpent,
    /// The store holds an old copy.
    IsItStale,
    /// A refresh token was saved from an answer that is otherwise of no use.
    IsItNew,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// What this process knows and the store does not.
    Known,
    Renewed,
    Recovered,
    Salvaged(TokenError),
    Lost(SessionLoss),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Begin,
    Fail(TokenError),
}

impl Rotation {
    /// A renewal, and the first thing to do.
    pub fn start(task: Task) -> (Self, Effect) {
        let rotation = Rotation {
            task,
            state: State::Reading,
            held: Held::default(),
            stored: 0,
            tries: 0,
            rereads: 0,
            resent: false,
            recovering: false,
            is_doubtful: false,
            patience: Patience::NotAsked,
            salvage: None,
            problem: None,
        };
        (rotation, Effect::Read)
    }

    /// What to do next.
    pub fn step(&mut self, input: Input) -> Effect {
        let state = std::mem::replace(&mut self.state, State::Over);
        match (state, input) {
            (State::Reading, Input::Held(held)) => self.found(*held),
            (State::Rereading, Input::Held(held)) => self.looked_again(*held),
            (State::Preparing, Input::Done) => self.post(),
            (State::Preparing, Input::StoreFailed(reason)) => Self::fail(TokenError::StoreNotWritable { reason }),
            (State::Posting, Input::NotSent) => self.not_sent(),
            (State::Posting, Input::Answered) => self.go(State::Journaling, Effect::Journal),
            (State::BackingOff, _) => self.post(),
            // A journal that cannot be written is no reason to throw the answer away.
            (State::Journaling, _) => self.go(State::Parsing, Effect::Parse),
            (State::Parsing, Input::Parsed(reply, patience)) => self.parsed(reply, patience),
            (State::Probing(question), Input::Probed(probe)) => self.probed(question, probe),
            (State::Committing(purpose, record), Input::Committed(commit)) => self.committed(purpose, record, commit),
            (State::Committing(purpose, record), Input::StoreFailed(reason)) => {
                self.uncommitted(purpose, record, reason)
            }
            // A mark that cannot be dropped costs the next one a question to the server, nothing more.
            (State::Clearing(Next::Begin), _) => self.begin(),
            (State::Clearing(Next::Fail(error)), _) => Self::fail(error),
            (State::AwaitingOthers, _) => self.go(State::Rereading, Effect::Read),
            _ => Self::fail(TokenError::Interrupted),
        }
    }

    fn go(&mut self, state: State, effect: Effect) -> Effect {
        self.state = state;
        effect
    }

    fn done(outcome: Outcome) -> Effect {
        Effect::Done(outcome)
    }

    fn fail(error: TokenError) -> Effect {
        Self::done(Outcome::Failed(error))
    }

    fn clear(&mut self, next: Next) -> Effect {
        self.go(State::Clearing(next), Effect::Clear)
    }

    /// The first look at the store decides who has to do what.
    fn found(&mut self, held: Held) -> Effect {
        self.stored = held.record.generation;
        self.held = held;
        self.prefer_what_is_known();
        let record = &self.held.record;
        match () {
            () if self.is_foreign(record) => Self::fail(TokenError::NeedsLogin { reason: self.foreign(record) }),
            () if record.lost.is_some() => Self::lost(record.clone()),
            () if record.generation != self.stored && self.is_doubtful => self.ask(Question::IsItStale),
            () if record.generation != self.stored => self.begin(),
            () if record.generation > self.task.newer_than => Self::done(Outcome::Adopted(record.clone())),
            () if self.pending().is_some() => self.recover(),
            () if self.is_stale() => self.ask(Question::IsItStale),
            () => self.begin(),
        }
    }

    /// Another process may know more than the store: what this one holds was never stored, or the store was set back.
    fn prefer_what_is_known(&mut self) {
        let Some(known) = self.task.known.clone().filter(|known| known.tokens.is_some()) else { return };
        let record = &self.held.record;
        let refresh_token = |record: &Record| record.tokens.as_ref().and_then(|tokens| tokens.refresh_token.clone());
        let is_other = record.lost.is_some() && known.lost.is_none() && refresh_token(record) != refresh_token(&known);
        // Somebody took an old copy for all there was, and these are the tokens that it had forgotten.
        let is_forgotten = is_other && known.generation + 1 == record.generation;
        let is_newer = known.generation > record.generation;
        let is_outrun = is_newer && known.generation < self.held.newest;
        // The loss is that of the predecessor. A later one is that of tokens that somebody found in the journal.
        let is_unheard_of = is_other && self.task.unpersisted && known.generation == record.generation;
        if is_newer || is_forgotten || is_unheard_of {
            // What the store has held after all may have been sent by others.
            let was_held = is_newer && known.generation <= self.held.newest;
            self.is_doubtful = was_held || !self.task.unpersisted;
            let is_taken = !is_newer || is_outrun;
            let generation = if is_taken { self.held.newest.max(record.generation) + 1 } else { known.generation };
            self.held.record = Record { generation, ..known };
        }
    }

    fn is_foreign(&self, record: &Record) -> bool {
        record.owner.as_ref().is_some_and(|owner| differ(owner, &self.task.owner))
    }

    fn foreign(&self, record: &Record) -> String {
        let owner = record.owner.as_deref().unwrap_or_default();
        format!(
            "the store holds the login of {owner}, and this client is {}; give each login a store of its own",
            self.task.owner
        )
    }

    fn is_stale(&self) -> bool {
        self.held.record.generation < self.held.newest && self.refresh_token().is_some()
    }

    fn lost(record: Record) -> Effect {
        let loss = record.lost.unwrap_or(SessionLoss::Revoked);
        Self::done(Outcome::Lost(record, loss))
    }

    fn tokens(&self) -> Option<&TokenSet> {
        self.held.record.tokens.as_ref()
    }

    fn refresh_token(&self) -> Option<&Secret> {
        self.tokens()?.refresh_token.as_ref()
    }

    /// Sees to it that the store can be written before anything is spent.
    fn begin(&mut self) -> Effect {
        // A mark over a record that is gone would let its successor send a spent token.
        if self.held.record.generation != self.stored {
            return self.commit(Purpose::Known, self.held.record.clone());
        }
        // What an exchange has left that was finished must not pass for the answer to this one.
        if self.held.reply.is_some() {
            return self.forget(Next::Begin);
        }
        let refresh_token_hash = self.refresh_token().map(fingerprint);
        if self.tokens().is_none() {
            let nothing = || "the store holds no tokens".to_owned();
            return Self::fail(TokenError::NeedsLogin { reason: self.held.damage.clone().unwrap_or_else(nothing) });
        }
        if refresh_token_hash.is_none() && !self.task.can_issue {
            return Self::fail(TokenError::NoRefreshToken);
        }
        let pending = Pending {
            generation: self.held.record.generation,
            refresh_token_hash,
            since: self.task.now,
            request_id: self.task.request_id.clone(),
        };
        self.held.pending = Some(pending.clone());
        self.go(State::Preparing, Effect::Prepare(pending))
    }

    fn post(&mut self) -> Effect {
        let renewal = self.refresh_token().cloned().map_or(Renewal::Issue, Renewal::Refresh);
        self.go(State::Posting, Effect::Post(renewal))
    }

    fn not_sent(&mut self) -> Effect {
        self.tries += 1;
        if self.tries < TRIES {
            let wait = self.task.backoff * 2_u32.pow(self.tries - 1);
            return self.go(State::BackingOff, Effect::Wait(wait));
        }
        self.clear(Next::Fail(TokenError::NotSent))
    }

    fn ask(&mut self, question: Question) -> Effect {
        let token = match (question, &self.salvage) {
            (Question::IsItNew, Some((tokens, _))) => tokens.refresh_token.clone(),
            _ => self.refresh_token().cloned(),
        };
        match token {
            Some(token) => self.go(State::Probing(question), Effect::Introspect(token)),
            None => self.clear(Next::Fail(self.problem.clone().unwrap_or(TokenError::Interrupted))),
        }
    }
}

#[cfg(test)]
mod explore;
#[cfg(test)]
mod tests;
