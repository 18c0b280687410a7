//! Retries of a failed save: tokens that could not be stored are used from memory until a retry succeeds.

use std::sync::{Arc, Weak};

use zeyos_core::{Error, Secret, TokenError};

use super::{Manager, store_failed};
use crate::StoreError;
use crate::bits::fingerprint;
use crate::event::ClientEvent;
use crate::store::{Commit, Pending, Standing, StoreLock, TokenRecord, following};

impl Manager {
    /// Retries saving the tokens in use in the background until it succeeds or the client is dropped.
    pub(super) fn persist_in_background(self: &Arc<Self>, reason: String) {
        self.change(|state| state.unpersisted = Some(reason));
        let this = Arc::downgrade(self);
        let (clock, pause) = (Arc::clone(&self.clock), self.limits.persist);
        // Without a thread to try on, `close` and the next refresh still try.
        let _ = self.runtime.begin(async move {
            loop {
                clock.sleep(pause).await;
                match Weak::upgrade(&this) {
                    Some(manager) if manager.persist().await.is_err() => {}
                    _ => break,
                }
            }
        });
    }

    /// Stores the tokens in use, unless they are stored. Runs where exchanges do.
    async fn persist(self: &Arc<Self>) -> Result<(), Error> {
        let (turn, this) = (self.turn().await?, Arc::clone(self));
        let work = async move {
            match this.persisted_under_lock().await {
                Ok(event) => (Ok(()), event.into_iter().collect()),
                Err(error) => (Err(error), Vec::new()),
            }
        };
        self.run_exchange(turn, work).await
    }

    async fn persisted_under_lock(&self) -> Result<Option<ClientEvent>, Error> {
        let (record, reason) = {
            let state = self.state();
            let (Some(record), Some(reason)) = (&state.known, &state.unpersisted) else { return Ok(None) };
            (record.clone(), reason.clone())
        };
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let stored = commit_unless_later(&mut *lock, &record).await;
        let _ = lock.release().await;
        let stored = stored.map_err(|_| Error::token(TokenError::Unpersisted { reason }))?;
        let event = ClientEvent::Persisted { generation: stored.generation };
        if stored == *record {
            self.change(|state| state.unpersisted = None)
        } else {
            drop(self.publish(&stored))
        }
        Ok(Some(event))
    }

    /// Waits for the exchange in progress, saves tokens that are not stored, repairs a store that was damaged meanwhile, and ends the
    /// thread of exchanges if no other client uses it.
    pub(crate) async fn close(self: &Arc<Self>) -> Result<(), Error> {
        if !self.runtime.is_used() {
            return Ok(());
        }
        let this = Arc::clone(self);
        let drained = async move {
            this.flight_ended().await;
            this.persist().await?;
            if let Err(error) = this.restore().await {
                tracing::warn!(target: "zeyos", %error, "the store could not be looked at in the end; the tokens in it may be damaged");
            }
            Ok(())
        };
        self.runtime.outcome(self.patience(None), drained).await?;
        self.runtime.close();
        Ok(())
    }

    /// Writes the tokens in use back if the store holds earlier ones or none. Runs where exchanges do.
    async fn restore(self: &Arc<Self>) -> Result<(), Error> {
        let (turn, this) = (self.turn().await?, Arc::clone(self));
        let restored = async move {
            match this.restored().await {
                Ok(generation) => {
                    (Ok(()), generation.map(|generation| ClientEvent::Restored { generation }).into_iter().collect())
                }
                Err(error) => (Err(error), Vec::new()),
            }
        };
        self.run_exchange(turn, restored).await
    }

    /// Without this the next start would find no login.
    async fn restored(&self) -> Result<Option<u64>, Error> {
        let known = self.state().known.clone();
        let Some(known) = known.filter(|known| known.tokens.is_some() && known.lost.is_none()) else { return Ok(None) };
        let is_less = |contents: &TokenRecord| known.standing_of(contents) == Standing::Earlier;
        if self.shared().read().await.is_ok_and(|record| !is_less(&record)) {
            return Ok(None);
        }
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let restored = self.write_back(&mut *lock, &known).await;
        let _ = lock.release().await;
        restored.map_err(store_failed)
    }

    /// Other processes may have read these tokens before the store lost them, so the next process has to ask the server. A pending marker
    /// without an answer makes it do so.
    async fn write_back(&self, lock: &mut dyn StoreLock, known: &TokenRecord) -> Result<Option<u64>, StoreError> {
        let contents = lock.read().await?;
        if known.standing_of(&contents.record) != Standing::Earlier || self.check_login_id(&contents.record).is_err() {
            return Ok(None);
        }
        let generation = self.next(&contents, contents.record.generation)?;
        let record = TokenRecord { generation, ..known.clone() };
        if lock.commit(contents.record.generation, &record).await? != Commit::Stored {
            return Ok(None);
        }
        let refresh_token_hash = refresh_token(&record).map(fingerprint);
        if refresh_token_hash.is_some() {
            let (since, request_id) = (self.now(), "restored".to_owned());
            lock.prepare(&Pending { generation, refresh_token_hash, since, request_id }).await?;
        }
        Ok(Some(generation))
    }
}

/// Commits the record over an earlier one, be it the loss of its predecessor, whose writer did not know it. A later record is kept; if
/// other processes may have read these tokens, the next refresh asks the server first.
async fn commit_unless_later(lock: &mut dyn StoreLock, record: &TokenRecord) -> Result<TokenRecord, StoreError> {
    let contents = lock.read().await?;
    let stored = contents.record;
    let was_newer = contents.newest > stored.generation && contents.newest >= record.generation;
    match record.standing_of(&stored) {
        Standing::Same | Standing::Later => return Ok(stored),
        Standing::Earlier if !was_newer => {}
        _ => return Err(StoreError::message("the store fell back; the next refresh puts it right")),
    }
    let generation =
        if record.generation > stored.generation { record.generation } else { following(stored.generation)? };
    let record = TokenRecord { generation, ..record.clone() };
    match lock.commit(stored.generation, &record).await? {
        Commit::Stored => Ok(record),
        Commit::Conflict(_) => Err(StoreError::message("another program has written; it is tried again")),
    }
}

fn refresh_token(record: &TokenRecord) -> Option<&Secret> {
    record.tokens.as_ref()?.refresh_token.as_ref()
}

#[cfg(test)]
mod tests;
