//! Storing what came in, whoever else has written in the meantime.

use zeyos_core::TokenError;

use super::super::reply::with_old_refresh_token;
use super::{Effect, Outcome, Purpose, Rotation, State};
use crate::TokenSet;
use crate::store::{Commit, Record};

impl Rotation {
    /// A record with the next generation. It is above every one that the store has ever held, so that nobody takes an old copy
    /// for a new one.
    pub(super) fn successor(&self, tokens: Option<TokenSet>) -> Record {
        let newest = self.held.record.generation.max(self.held.newest).max(self.stored);
        Record { generation: newest + 1, tokens, lost: None, owner: Some(self.task.owner.clone()) }
    }

    pub(super) fn commit(&mut self, purpose: Purpose, record: Record) -> Effect {
        let effect = Effect::Commit { expected: self.stored, record: record.clone() };
        self.go(State::Committing(purpose, record), effect)
    }

    pub(super) fn keep(&mut self, tokens: TokenSet, purpose: Purpose) -> Effect {
        // The answer to a sign-in has nothing to do with the tokens before it.
        let tokens = match self.tokens().filter(|_| self.is_of_a_refresh()) {
            Some(old) => with_old_refresh_token(tokens, old),
            None => tokens,
        };
        let record = self.successor(Some(tokens));
        self.commit(purpose, record)
    }

    pub(super) fn keep_salvage(&mut self) -> Effect {
        match self.salvage.take() {
            Some((tokens, problem)) => self.keep(tokens, Purpose::Salvaged(problem)),
            None => Self::fail(TokenError::Interrupted),
        }
    }

    pub(super) fn committed(&mut self, purpose: Purpose, record: Record, commit: Commit) -> Effect {
        match commit {
            Commit::Stored => self.stored(purpose, record),
            Commit::Conflict(theirs) => self.outrun(purpose, record, *theirs),
        }
    }

    fn stored(&mut self, purpose: Purpose, record: Record) -> Effect {
        match purpose {
            Purpose::Known => {
                (self.held.pending, self.held.reply) = (None, None);
                (self.stored, self.held.record) = (record.generation, record);
                self.begin()
            }
            Purpose::Renewed => Self::done(Outcome::Renewed(record)),
            Purpose::Recovered => Self::done(Outcome::Recovered(record)),
            Purpose::Lost(loss) => Self::done(Outcome::Lost(record, loss)),
            Purpose::Salvaged(problem @ TokenError::UnsupportedTokenType) => Self::done(Outcome::Kept(record, problem)),
            Purpose::Salvaged(problem) => self.go_on_from(record, problem),
        }
    }

    /// A new refresh token without an access token: the new one is sent, once.
    fn go_on_from(&mut self, record: Record, problem: TokenError) -> Effect {
        if self.resent {
            return Self::done(Outcome::Kept(record, problem));
        }
        (self.resent, self.recovering, self.tries) = (true, false, 0);
        (self.stored, self.held.record) = (record.generation, record);
        (self.held.pending, self.held.reply) = (None, None);
        self.begin()
    }

    /// Somebody has written although the lock was ours: a lease had ended. What they stored counts, unless all they knew is
    /// that the old refresh token is spent: it was spent by us, and its successor is here.
    fn outrun(&mut self, purpose: Purpose, mut record: Record, theirs: Record) -> Effect {
        if self.is_foreign(&theirs) {
            return self.uncommitted(purpose, record, self.foreign(&theirs));
        }
        let is_loss = matches!(purpose, Purpose::Lost(_));
        // Nothing was replaced: an answer has come in that nobody has read, and the next renewal will.
        if is_loss && theirs.generation == self.stored && theirs.lost.is_none() {
            return self.unknown();
        }
        let was_set_back = theirs.generation < self.stored;
        if was_set_back || (theirs.lost.is_some() && !is_loss) {
            self.stored = theirs.generation;
            record.generation = record.generation.max(theirs.generation + 1);
            return self.commit(purpose, record);
        }
        if theirs.lost.is_some() { Self::lost(theirs) } else { Self::done(Outcome::Adopted(theirs)) }
    }

    /// The store does not take it: tokens stay in use from memory, a loss is a loss all the same. It keeps the generation of
    /// the store, so that whatever anybody stores from here on is newer.
    pub(super) fn uncommitted(&self, purpose: Purpose, record: Record, reason: String) -> Effect {
        Self::done(match purpose {
            Purpose::Known => Outcome::Failed(TokenError::StoreNotWritable { reason }),
            Purpose::Lost(loss) => Outcome::Lost(Record { generation: self.stored, ..record }, loss),
            _ => Outcome::Unpersisted { record, reason },
        })
    }
}
