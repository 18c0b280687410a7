//! Recovery of an exchange of unknown outcome: by its journal, by introspection, or as a loss with a name.

use zeyos_core::{SessionLoss, TokenError};

use super::{Effect, Next, Outcome, Partial, Patience, Probe, Purpose, Question, Rotation, State};
use crate::TokenSet;
use crate::auth::reply::Reply;
use crate::store::{IntrospectionCheck, Pending, Standing, StoreContents, TokenRecord};

/// How often the store is read again after the server has called the refresh token invalid.
const REREADS: u32 = 3;

impl Rotation {
    /// An exchange crashed between its pending marker and its commit.
    pub(super) fn recover(&mut self) -> Effect {
        self.recovering = true;
        if self.contents.reply.is_some() {
            return self.go(State::Parsing, Effect::Parse);
        }
        if self.pending().is_some_and(|pending| self.is_for_current_tokens(pending)) {
            return self.ask_if_allowed();
        }
        // A sign-in that did not end has changed nothing here, and the marker of other tokens says nothing of these.
        self.forget(Next::Begin)
    }

    fn ask_if_allowed(&mut self) -> Effect {
        if self.is_sent_on_order() {
            self.send_again()
        } else if self.task.may_probe || self.is_static() || self.has_one_try() {
            self.ask(Question::Consumed)
        } else {
            self.unknown()
        }
    }

    pub(super) fn forget(&mut self, next: Next) -> Effect {
        (self.contents.pending, self.contents.reply, self.recovering) = (None, None, false);
        self.clear(next)
    }

    pub(super) fn unknown(&self) -> Effect {
        let since = self.contents.pending.as_ref().map_or(self.task.now, |pending| pending.since);
        Self::fail(TokenError::Unknown { since })
    }

    /// Classifies what the answer means for the current tokens.
    pub(super) fn parsed(&mut self, reply: Reply, patience: Patience) -> Effect {
        self.patience = patience;
        match reply {
            Reply::Tokens(tokens) if self.recovering && !self.is_certain() => {
                self.confirm(tokens, Purpose::Recovered, Reply::Indeterminate(TokenError::Interrupted))
            }
            Reply::Tokens(tokens) if self.recovering => self.store_tokens(tokens, Purpose::Recovered),
            Reply::Tokens(tokens) => self.store_tokens(tokens, Purpose::Renewed),
            Reply::Partial(tokens, problem) if self.is_new(&tokens) => {
                self.confirm(tokens, Purpose::Partial(problem.clone()), Reply::Indeterminate(problem))
            }
            Reply::RefusedWithTokens(refusal, tokens) => match refusal.problem() {
                Some(problem) if self.is_new(&tokens) => {
                    let purpose = Purpose::WithRefusal(problem.clone());
                    self.confirm(tokens, purpose, *refusal)
                }
                _ => self.parsed(*refusal, patience),
            },
            Reply::Indeterminate(problem) | Reply::Partial(_, problem) => self.indeterminate(problem),
            // What a sign-in was answered, or a request with other tokens, says nothing of these.
            _ if self.recovering && !self.is_about_current_tokens() => self.forget(Next::Begin),
            // The journal has no status, and the answer may have been one of a server in trouble.
            Reply::Refused(problem) if self.recovering => self.indeterminate(problem),
            Reply::InvalidGrant(problem) if self.refresh_token().is_none() => self.forget(Next::Fail(problem)),
            Reply::InvalidGrant(_) => self.refused_grant(),
            Reply::ClientAuth(problem) | Reply::Refused(problem) => self.forget(Next::Fail(problem)),
        }
    }

    fn is_new(&self, tokens: &TokenSet) -> bool {
        tokens.refresh_token.is_some() && tokens.refresh_token.as_ref() != self.refresh_token()
    }

    /// Uses the tokens if the server confirms them, else takes the answer as the alternative.
    fn confirm(&mut self, tokens: TokenSet, purpose: Purpose, otherwise: Reply) -> Effect {
        if tokens.refresh_token.is_none() {
            return self.store_tokens(tokens, purpose);
        }
        self.partial = Some(Partial { tokens, purpose, otherwise });
        self.ask(Question::Unconfirmed)
    }

    /// Whether the journalled tokens certainly follow the current ones: those that this program prefers may be later.
    fn is_certain(&self) -> bool {
        !self.prefers_known
            || !self.is_of_a_refresh()
            || self.contents.pending.as_ref().is_some_and(|it| self.is_for_current_tokens(it))
    }

    /// Whether the exchange is a refresh and not a sign-in.
    pub(super) fn is_of_a_refresh(&self) -> bool {
        self.contents.pending.as_ref().is_none_or(|pending| pending.refresh_token_hash.is_some())
    }

    /// Whether a journalled refusal concerns the current refresh token.
    fn is_about_current_tokens(&self) -> bool {
        let is_forgotten = |pending: &Pending| !self.prefers_known && pending.generation > self.stored;
        let is_about = |pending: &Pending| self.is_for_current_tokens(pending) || is_forgotten(pending);
        self.is_of_a_refresh() && self.contents.pending.as_ref().is_none_or(is_about)
    }

    fn indeterminate(&mut self, problem: TokenError) -> Effect {
        if self.recovering && !self.is_about_current_tokens() {
            return self.forget(Next::Begin);
        }
        (self.problem, self.is_unread) = (Some(problem), true);
        if self.recovering { self.ask_if_allowed() } else { self.ask(Question::Consumed) }
    }

    pub(super) fn probed(&mut self, question: Question, probe: Probe) -> Effect {
        match (question, probe) {
            (_, Probe::Inactive) if self.is_contradicted() => self.unanswered(question),
            (_, Probe::Unknown) => self.unanswered(question),
            (Question::Unconfirmed, Probe::Active) => self.store_partial(),
            (Question::Unconfirmed, Probe::Inactive) => match self.partial.take() {
                Some(partial) => self.parsed(partial.otherwise, self.patience),
                None => self.unknown(),
            },
            (Question::StaleStore, Probe::Active) => self.verified(),
            (Question::StaleStore, Probe::Inactive) => self.lose(SessionLoss::StaleStore),
            (Question::Consumed, Probe::Inactive) => self.lose(SessionLoss::RotationOutcomeUnknown),
            (Question::Consumed, Probe::Active) => self.send_again(),
        }
    }

    /// Whether an "inactive" of this server cannot be relied on.
    fn is_contradicted(&self) -> bool {
        self.contents.record.introspection == Some(IntrospectionCheck::Contradicted)
    }

    /// Where the server calls living tokens inactive, nothing can be learnt, and only the caller can say that a token be sent
    /// that may be spent: once.
    pub(super) fn is_sent_on_order(&self) -> bool {
        self.is_contradicted() && self.task.is_ordered && !self.resent
    }

    /// The refresh token is alive, so it may be sent once more. Not if that has been done already, for a late first request
    /// could still win, and not if the server has asked for patience.
    pub(super) fn send_again(&mut self) -> Effect {
        match (self.resent, self.patience, self.problem.take()) {
            (true, _, _) => self.unknown(),
            (false, Patience::Asked, Some(problem)) => self.forget(Next::Fail(problem)),
            _ => {
                (self.resent, self.is_unverified, self.is_unread) = (true, false, false);
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

    /// Looks whether another program has stored something newer. The tokens are compared, not the generations alone.
    pub(super) fn reread(&mut self, contents: StoreContents) -> Effect {
        if let Some(conflict) = self.conflict(&contents.record) {
            return Self::fail(conflict);
        }
        let record = &contents.record;
        let standing = self.contents.record.standing_of(record);
        let is_later = standing == Standing::Later && (record.tokens.is_some() || record.generation > self.stored);
        if record.lost.is_none() && (is_later || standing == Standing::Unknown) {
            return self.adopt_instead(contents);
        }
        if record.lost.is_some() && record.generation > self.stored && standing != Standing::Earlier {
            return Self::lost(record.clone());
        }
        // Our lease has ended, and another process has sent the token: it got the answer, or its successor will find out.
        let name = |pending: &Option<Pending>| pending.as_ref().map(|pending| pending.request_id.clone());
        if self.rereads == REREADS && name(&contents.pending) != name(&self.contents.pending) {
            return self.unknown();
        }
        self.refused_grant()
    }

    fn adopt_instead(&mut self, contents: StoreContents) -> Effect {
        if contents.record.tokens.is_none() {
            return Self::done(Outcome::Adopted(contents.record));
        }
        self.stored = contents.record.generation;
        self.contents = contents;
        self.adopt()
    }

    /// The reason for a refused grant, as far as it is known.
    fn loss(&self) -> SessionLoss {
        let end = self.tokens().and_then(TokenSet::refresh_token_end);
        match end {
            _ if (self.resent || self.was_repeated()) && !self.is_static() => SessionLoss::RotationOutcomeUnknown,
            Some(end) if end <= self.task.now => SessionLoss::Expired,
            _ => SessionLoss::Revoked,
        }
    }

    /// The current tokens are inactive. Without an alternative that is the loss of the login, with the reason of the first record; an
    /// answer that could not be parsed is quarantined before the loss is stored.
    pub(super) fn lose(&mut self, loss: SessionLoss) -> Effect {
        let (record, loss) = self.first_loss.take().unwrap_or_else(|| (self.contents.record.clone(), loss));
        if let Some(alternative) = self.alternative.take() {
            self.first_loss = Some((record, loss));
            return self.switch_to(alternative);
        }
        if let Some(theirs) = self.stored_loss.take() {
            return Self::lost(theirs);
        }
        self.contents.record = TokenRecord { generation: self.stored, ..record };
        if std::mem::take(&mut self.is_unread) {
            return self.go(State::Quarantining(loss), Effect::QuarantineReply);
        }
        self.store_loss(loss)
    }

    pub(super) fn store_loss(&mut self, loss: SessionLoss) -> Effect {
        let TokenRecord { tokens, lineage, introspection, .. } = self.contents.record.clone();
        let record = TokenRecord { lost: Some(loss), lineage, introspection, ..self.successor(tokens) };
        self.commit(Purpose::Lost(loss), record)
    }
}
