//! Chooses between the tokens of the store and those of this program. Tokens of a running program that the server accepts are never
//! given up for a store that has earlier ones or none.

use zeyos_core::TokenError;

use super::{Effect, Outcome, Purpose, Question, Rotation};
use crate::auth::login_id;
use crate::bits::fingerprint;
use crate::store::{LAST_GENERATION, Pending, Standing, StoreContents, TokenRecord};

impl Rotation {
    /// The first read of the store decides how to proceed.
    pub(super) fn found(&mut self, contents: StoreContents) -> Effect {
        self.stored = contents.record.generation;
        self.contents = contents;
        if let Some(conflict) = self.conflict(&self.contents.record) {
            return Self::fail(conflict);
        }
        let Some(known) = self.live_record() else { return self.as_stored() };
        let record = &self.contents.record;
        let (standing, is_lost) = (known.standing_of(record), record.lost.is_some());
        match standing {
            Standing::Same if is_lost => Self::lost(record.clone()),
            Standing::Same => self.unless_stale(),
            Standing::Later if is_lost && known.is_ancestor_of(record) => Self::lost(record.clone()),
            Standing::Later if !is_lost => self.adopt(),
            Standing::Unknown if !is_lost && can_be_asked_about(record) => self.ask_about_both(known),
            Standing::Unknown if !is_lost && !can_be_asked_about(&known) => self.adopt(),
            // Nothing, earlier tokens, or the loss of other tokens.
            _ => self.prefer_known(known),
        }
    }

    /// The record of this program, if its tokens are not known to be lost.
    fn live_record(&self) -> Option<TokenRecord> {
        self.task.known.clone().filter(|known| known.tokens.is_some() && known.lost.is_none())
    }

    /// This program has no tokens, so the store decides.
    fn as_stored(&mut self) -> Effect {
        let record = &self.contents.record;
        if record.lost.is_some() {
            return Self::lost(record.clone());
        }
        if record.generation > self.task.newer_than {
            return Self::done(Outcome::Adopted(record.clone()));
        }
        self.unless_stale()
    }

    fn unless_stale(&mut self) -> Effect {
        self.is_unverified = self.contents.record.generation < self.contents.newest && self.refresh_token().is_some();
        if self.pending().is_some() { self.recover() } else { self.go_on() }
    }

    /// Adopts the record of the store, under a generation that is newer for every call of this program.
    pub(super) fn adopt(&mut self) -> Effect {
        let record = self.contents.record.clone();
        let known = self.task.known.as_ref().map_or(0, |known| known.generation);
        if record.generation > known.max(self.task.newer_than) {
            return Self::done(Outcome::Adopted(record));
        }
        let generation = self.next_generation();
        self.commit(Purpose::Adopted, TokenRecord { generation, ..record })
    }

    /// Prefers the tokens of this program, if the server confirms them: they may have been in the store, and other processes may have
    /// consumed them before it was rolled back.
    fn prefer_known(&mut self, known: TokenRecord) -> Effect {
        let record = &self.contents.record;
        self.is_unverified = true;
        let is_alternative = record.tokens.is_some() && record.lost.is_none() && !record.is_ancestor_of(&known);
        self.alternative = is_alternative.then(|| record.clone());
        self.stored_loss = Some(record.clone()).filter(|record| record.lost.is_some());
        self.take_known(known);
        if self.pending().is_some() { self.recover() } else { self.go_on() }
    }

    fn take_known(&mut self, known: TokenRecord) {
        let newest = self.contents.newest.max(self.stored);
        let is_newer = known.generation > newest;
        let generation = if is_newer { known.generation } else { self.next_generation() };
        self.prefers_known = true;
        self.contents.record = TokenRecord { generation, ..known };
    }

    /// Other tokens, and it is unknown which are the later ones: the server is asked, and neither record is overwritten before.
    fn ask_about_both(&mut self, known: TokenRecord) -> Effect {
        self.alternative = Some(known);
        self.is_unverified = true;
        if self.pending().is_some() { self.recover() } else { self.go_on() }
    }

    /// The server has confirmed the current tokens.
    pub(super) fn verified(&mut self) -> Effect {
        self.is_unverified = false;
        let differs = |known: &TokenRecord| known.standing_of(&self.contents.record) != Standing::Same;
        if !self.prefers_known && self.live_record().is_some_and(|known| differs(&known)) {
            self.adopt()
        } else {
            self.begin()
        }
    }

    /// The current tokens are inactive: the server is asked about the alternative.
    pub(super) fn switch_to(&mut self, alternative: TokenRecord) -> Effect {
        self.recovering = false;
        if self.prefers_known {
            self.prefers_known = false;
            self.contents.record = alternative;
            return self.ask(Question::StaleStore);
        }
        self.take_known(alternative);
        if self.pending().is_some() { self.recover() } else { self.ask(Question::StaleStore) }
    }

    /// Why a record belongs to another login.
    pub(super) fn conflict(&self, record: &TokenRecord) -> Option<TokenError> {
        login_id::conflict(record.owner.as_deref(), &self.task.login_id)
    }

    /// The pending marker, if it concerns the current tokens: of a request with these tokens, of a sign-in, or of newer tokens that the
    /// store has lost since, if the answer is journalled.
    pub(super) fn pending(&self) -> Option<&Pending> {
        let pending = self.contents.pending.as_ref()?;
        let is_newer =
            pending.generation > self.stored.max(self.contents.record.generation) && self.contents.reply.is_some();
        let is_of_the_store = !self.prefers_known && pending.generation == self.stored;
        (self.is_for_current_tokens(pending) || is_of_the_store || is_newer).then_some(pending)
    }

    /// Whether the pending marker is that of a request with the current refresh token.
    pub(super) fn is_for_current_tokens(&self, pending: &Pending) -> bool {
        let sent = pending.refresh_token_hash.as_ref();
        sent.is_some() && sent == self.refresh_token().map(fingerprint).as_ref()
    }

    /// Above every generation that the store has held and that this program has seen, so that an old copy is never taken for a new one.
    pub(super) fn next_generation(&self) -> u64 {
        let known = self.task.known.as_ref().map_or(0, |known| known.generation);
        let newest = self.contents.record.generation.max(self.contents.newest).max(self.stored).max(known);
        // At the end of all generations the store refuses, which is an error with words.
        newest.saturating_add(1).min(LAST_GENERATION)
    }
}

/// Only a refresh token tells whether a login lives.
fn can_be_asked_about(record: &TokenRecord) -> bool {
    record.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some())
}
