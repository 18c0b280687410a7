//! What an exchange without a known end needs: its journal, a question to the server, a name for the loss.

use zeyos_core::{SessionLoss, TokenError};

use super::super::reply::{Reply, fingerprint};
use super::{Effect, Next, Patience, Probe, Purpose, Question, Rotation, State};
use crate::store::{Held, Pending, Record};

/// How often the store is looked at again after the server has called the refresh token invalid.
const REREADS: u32 = 3;

impl Rotation {
    /// The mark of an exchange of the very tokens that are stored; or of newer ones that the store has forgotten since, if the
    /// answer is there.
    pub(super) fn pending(&self) -> Option<&Pending> {
        let stored = self.stored;
        let is_newer = |pending: &&Pending| pending.generation > stored && self.held.reply.is_some();
        let is_ours = |pending: &&Pending| pending.generation == stored || is_newer(pending);
        self.held.pending.as_ref().filter(|_| self.held.record.generation == stored).filter(is_ours)
    }

    /// Somebody died between the mark and the commit.
    pub(super) fn recover(&mut self) -> Effect {
        let hash = self.pending().and_then(|pending| pending.refresh_token_hash.clone());
        self.recovering = true;
        if self.held.reply.is_some() {
            return self.go(State::Parsing, Effect::Parse);
        }
        if hash.is_some() && hash == self.refresh_token().map(fingerprint) {
            return self.ask_if_allowed();
        }
        // A sign-in that did not end has changed nothing here, and the mark of other tokens says nothing of these.
        self.forget(Next::Begin)
    }

    fn ask_if_allowed(&mut self) -> Effect {
        if self.task.may_probe { self.ask(Question::WasItSpent) } else { self.unknown() }
    }

    pub(super) fn forget(&mut self, next: Next) -> Effect {
        (self.held.pending, self.held.reply, self.recovering) = (None, None, false);
        self.clear(next)
    }

    pub(super) fn unknown(&self) -> Effect {
        let since = self.held.pending.as_ref().map_or(self.task.now, |pending| pending.since);
        Self::fail(TokenError::Unknown { since })
    }

    /// What the answer means for the tokens at hand.
    pub(super) fn parsed(&mut self, reply: Reply, patience: Patience) -> Effect {
        self.patience = patience;
        match reply {
            Reply::Tokens(tokens) if self.recovering => self.keep(tokens, Purpose::Recovered),
            Reply::Tokens(tokens) => self.keep(tokens, Purpose::Renewed),
            Reply::Salvage(tokens, problem) if tokens.refresh_token.as_ref() != self.refresh_token() => {
                self.salvage = Some((tokens, problem));
                self.ask(Question::IsItNew)
            }
            Reply::Unclear(problem) | Reply::Salvage(_, problem) => self.unclear(problem),
            // What a sign-in met says nothing of the tokens before it.
            _ if self.recovering && !self.is_of_a_refresh() => self.forget(Next::Begin),
            // The journal has no status, and the answer may have been one of a server in trouble.
            Reply::Refused(problem) if self.recovering => self.unclear(problem),
            Reply::InvalidGrant(problem) if self.refresh_token().is_none() => self.forget(Next::Fail(problem)),
            Reply::InvalidGrant(_) => self.refused_grant(),
            Reply::ClientAuth(problem) | Reply::Refused(problem) => self.forget(Next::Fail(problem)),
        }
    }

    /// Whether the exchange under way is a refresh, not a sign-in.
    pub(super) fn is_of_a_refresh(&self) -> bool {
        self.held.pending.as_ref().is_none_or(|pending| pending.refresh_token_hash.is_some())
    }

    fn unclear(&mut self, problem: TokenError) -> Effect {
        if self.recovering && !self.is_of_a_refresh() {
            return self.forget(Next::Begin);
        }
        self.problem = Some(problem);
        if self.recovering { self.ask_if_allowed() } else { self.ask(Question::WasItSpent) }
    }

    pub(super) fn probed(&mut self, question: Question, probe: Probe) -> Effect {
        match (question, probe) {
            (Question::IsItNew, Probe::Active) => self.keep_salvage(),
            (Question::IsItNew, Probe::Inactive) => match self.salvage.take() {
                Some((_, problem)) => self.unclear(problem),
                None => self.unknown(),
            },
            (_, Probe::Unknown) => self.unknown(),
            (Question::IsItStale, Probe::Active) => self.begin(),
            (Question::IsItStale, Probe::Inactive) => {
                // One above the newest: whoever has the newest tells from it that theirs are not meant.
                self.held.record.generation = self.stored;
                self.lose(SessionLoss::StaleStore)
            }
            (Question::WasItSpent, Probe::Inactive) => self.lose(SessionLoss::RotationOutcomeUnknown),
            (Question::WasItSpent, Probe::Active) => self.send_again(),
        }
    }

    /// The refresh token is alive, so it may be sent once more. Not if that has been done already, for a late first request
    /// could still win, and not if the server has asked for patience.
    fn send_again(&mut self) -> Effect {
        match (self.resent, self.patience, self.problem.take()) {
            (true, _, _) => self.unknown(),
            (false, Patience::Asked, Some(problem)) => self.forget(Next::Fail(problem)),
            _ => {
                self.resent = true;
                self.forget(Next::Begin)
            }
        }
    }

    /// Another process may be about to store what it got for the same refresh token.
    fn refused_grant(&mut self) -> Effect {
        if self.rereads == REREADS {
            return self.lose(self.loss());
        }
        let wait = self.task.reread * 2_u32.pow(self.rereads);
        self.rereads += 1;
        self.go(State::AwaitingOthers, Effect::Wait(wait))
    }

    /// Looks whether another process has stored something newer.
    pub(super) fn looked_again(&mut self, held: Held) -> Effect {
        if self.is_foreign(&held.record) {
            return Self::fail(TokenError::NeedsLogin { reason: self.foreign(&held.record) });
        }
        let is_newer = held.record.generation > self.stored;
        if is_newer && held.record.lost.is_none() {
            return Self::done(super::Outcome::Adopted(held.record));
        }
        if is_newer {
            return Self::lost(held.record);
        }
        // Our lease has ended, and another process has sent the token: it got the answer, or its successor will find out.
        let name = |pending: &Option<Pending>| pending.as_ref().map(|pending| pending.request_id.clone());
        if self.rereads == REREADS && name(&held.pending) != name(&self.held.pending) {
            return self.unknown();
        }
        self.refused_grant()
    }

    /// The grant is refused, and this is all that can be known of why.
    fn loss(&self) -> SessionLoss {
        let end = self.tokens().and_then(|tokens| tokens.refresh_token_expires_at);
        match end {
            _ if self.resent => SessionLoss::RotationOutcomeUnknown,
            Some(end) if end <= self.task.now => SessionLoss::Expired,
            _ => SessionLoss::Revoked,
        }
    }

    fn lose(&mut self, loss: SessionLoss) -> Effect {
        let record = Record { lost: Some(loss), ..self.successor(self.held.record.tokens.clone()) };
        self.commit(Purpose::Lost(loss), record)
    }
}
