//! Commits: storing new tokens or a loss, and resolving conflicts with what other processes have written.

use zeyos_core::{Secret, TokenError};

use super::{Effect, Outcome, Probe, Purpose, Rotation, State, StoreFailure};
use crate::TokenSet;
use crate::auth::login_id;
use crate::auth::reply::with_old_refresh_token;
use crate::store::{Commit, IntrospectionCheck, Lineage, Standing, TokenRecord};

impl IntrospectionCheck {
    /// What an answer about a token says that was just issued.
    pub(crate) fn of(probe: Probe) -> Option<Self> {
        match probe {
            Probe::Active => Some(IntrospectionCheck::Confirmed),
            Probe::Inactive => Some(IntrospectionCheck::Contradicted),
            Probe::Unknown => None,
        }
    }
}

/// How many conflicts are tolerated. With the lock held there is hardly ever one.
const CONFLICTS: u32 = 8;

impl Rotation {
    /// A record with the next generation and no tokens of a known lineage yet.
    pub(super) fn successor(&self, tokens: Option<TokenSet>) -> TokenRecord {
        let owner = Some(login_id::merged(self.contents.record.owner.as_deref(), &self.task.login_id));
        TokenRecord { generation: self.next_generation(), tokens, owner, ..TokenRecord::default() }
    }

    pub(super) fn commit(&mut self, purpose: Purpose, record: TokenRecord) -> Effect {
        if record.generation <= self.stored {
            return self.uncommitted(
                purpose,
                record,
                refused("the store is at its last generation; `forget()` the login"),
            );
        }
        let effect = Effect::Commit { expected: self.stored, record: record.clone() };
        self.go(State::Committing(purpose, record), effect)
    }

    pub(super) fn store_tokens(&mut self, tokens: TokenSet, purpose: Purpose) -> Effect {
        let of_these = self.tokens().filter(|_| self.is_of_a_refresh());
        // Tokens that are issued anew for a password belong to the login that they renew.
        let is_renewal = of_these.is_some() || (purpose == Purpose::Renewed && self.tokens().is_some());
        let tokens = match of_these {
            Some(old) => with_old_refresh_token(tokens, old),
            // The answer to a sign-in has nothing to do with the tokens before it.
            None => tokens,
        };
        let (origin, introspection) = (self.contents.record.origin(), self.contents.record.introspection);
        let origin = origin.filter(|_| is_renewal);
        let lineage = origin.map_or_else(|| Lineage::first(&tokens), |origin| origin.renewed(&tokens));
        let introspection = introspection.filter(|_| is_renewal);
        let record = TokenRecord { lineage: Some(lineage), introspection, ..self.successor(Some(tokens)) };
        match self.unchecked(&purpose, &record) {
            Some(token) => self.go(State::Checking(purpose, record), Effect::Check(token)),
            None => self.commit(purpose, record),
        }
    }

    /// A refresh token that has just come, of a login in which the server was never asked about one. The answer is in the journal
    /// by now.
    fn unchecked(&self, purpose: &Purpose, record: &TokenRecord) -> Option<Secret> {
        let is_fresh = *purpose == Purpose::Renewed && self.task.checks && record.introspection.is_none();
        record.tokens.as_ref()?.refresh_token.clone().filter(|_| is_fresh)
    }

    pub(super) fn checked(&mut self, purpose: Purpose, record: TokenRecord, probe: Probe) -> Effect {
        let introspection = IntrospectionCheck::of(probe);
        self.commit(purpose, TokenRecord { introspection, ..record })
    }

    pub(super) fn store_partial(&mut self) -> Effect {
        match self.partial.take() {
            Some(partial) => self.store_tokens(partial.tokens, partial.purpose),
            None => Self::fail(TokenError::Interrupted),
        }
    }

    pub(super) fn committed(&mut self, purpose: Purpose, record: TokenRecord, commit: Commit) -> Effect {
        match commit {
            Commit::Stored => self.stored(purpose, record),
            Commit::Conflict(theirs) => self.conflicted(purpose, record, *theirs),
        }
    }

    fn stored(&mut self, purpose: Purpose, record: TokenRecord) -> Effect {
        match purpose {
            Purpose::Known => {
                self.restored = Some(record.generation).filter(|_| !self.task.unpersisted);
                (self.contents.pending, self.contents.reply, self.stored_loss) = (None, None, None);
                (self.stored, self.contents.record) = (record.generation, record);
                self.begin()
            }
            Purpose::Adopted => Self::done(Outcome::Adopted(record)),
            Purpose::Renewed => Self::done(Outcome::Renewed(record)),
            Purpose::Recovered => Self::done(Outcome::Recovered(record)),
            Purpose::Lost(loss) => Self::done(Outcome::Lost(record, loss)),
            Purpose::Partial(problem @ TokenError::UnsupportedTokenType) | Purpose::WithRefusal(problem) => {
                Self::done(Outcome::RefreshTokenOnly(record, problem))
            }
            Purpose::Partial(problem) => self.go_on_from(record, problem),
        }
    }

    /// A new refresh token without an access token: the new one is sent, once.
    fn go_on_from(&mut self, record: TokenRecord, problem: TokenError) -> Effect {
        if self.resent {
            return Self::done(Outcome::RefreshTokenOnly(record, problem));
        }
        (self.resent, self.recovering, self.tries) = (true, false, 0);
        (self.prefers_known, self.is_unverified, self.is_unread) = (false, false, false);
        (self.alternative, self.first_loss, self.stored_loss) = (None, None, None);
        (self.stored, self.contents.record) = (record.generation, record);
        (self.contents.pending, self.contents.reply) = (None, None);
        self.begin()
    }

    /// Another process has written although the lock was held here: a lease had expired, or it does not lock. Its record is adopted,
    /// unless it is a loss of tokens that were replaced here, or holds earlier tokens. If that is unknown, the new tokens stay in memory,
    /// and the next refresh asks the server.
    fn conflicted(&mut self, purpose: Purpose, mut record: TokenRecord, theirs: TokenRecord) -> Effect {
        if let Some(conflict) = self.conflict(&theirs) {
            let reason = conflict.to_string();
            return self.uncommitted(purpose, record, StoreFailure { error: conflict, reason });
        }
        let is_loss = matches!(purpose, Purpose::Lost(_));
        // Nothing was replaced: an answer has come in that nothing has read, and the next renewal will.
        if is_loss && theirs.generation == self.stored && theirs.lost.is_none() {
            return self.unknown();
        }
        self.conflicts += 1;
        if self.conflicts > CONFLICTS {
            return self.uncommitted(purpose, record, refused("other programs kept writing to the store"));
        }
        if self.is_less(&record, &theirs, is_loss) {
            self.stored = theirs.generation;
            record.generation = record.generation.max(theirs.generation.saturating_add(1));
            return self.commit(purpose, record);
        }
        if theirs.lost.is_some() {
            return Self::lost(theirs);
        }
        let is_unknown = record.standing_of(&theirs) == Standing::Unknown;
        if is_unknown && !is_loss && purpose != Purpose::Adopted {
            return self.uncommitted(purpose, record, refused("another program has stored other tokens"));
        }
        (self.stored, self.contents.record) = (theirs.generation, theirs);
        self.contents.newest = self.contents.newest.max(self.stored);
        self.adopt()
    }

    /// Whether the record of another process is superseded by the one to be stored.
    fn is_less(&self, record: &TokenRecord, theirs: &TokenRecord, is_loss: bool) -> bool {
        match (theirs.lost.is_some(), record.standing_of(theirs)) {
            (_, Standing::Earlier) => true,
            (_, Standing::Same) => false,
            // It only says that the predecessors of these tokens are consumed.
            (true, _) => !is_loss && !record.is_ancestor_of(theirs),
            (false, standing) => theirs.generation < self.stored && standing != Standing::Later,
        }
    }

    /// The commit failed: tokens are used from memory, and a loss remains a loss. A loss keeps the generation of the store, so that
    /// whatever is stored later is newer.
    pub(super) fn uncommitted(&self, purpose: Purpose, record: TokenRecord, failure: StoreFailure) -> Effect {
        Self::done(match purpose {
            Purpose::Known => Outcome::Failed(failure.error),
            Purpose::Lost(loss) => Outcome::Lost(TokenRecord { generation: self.stored, ..record }, loss),
            _ => Outcome::Unpersisted { record, reason: failure.reason },
        })
    }
}

fn refused(reason: &str) -> StoreFailure {
    StoreFailure { error: TokenError::StoreNotWritable { reason: reason.to_owned() }, reason: reason.to_owned() }
}
