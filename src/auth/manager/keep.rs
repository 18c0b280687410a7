//! Tokens that the store did not take: used from memory, and offered again until it takes them.

use std::sync::{Arc, Weak};

use zeyos_core::{Error, Secret, TokenError};

use super::super::task::{caught, detach};
use super::{Manager, store_failed};
use crate::StoreError;
use crate::event::Event;
use crate::store::{Commit, Record, StoreLock};

impl Manager {
    /// Offers the tokens in use to the store until it takes them, or the client is gone.
    pub(super) fn keep_trying(self: &Arc<Self>, reason: String) {
        self.state_mut().unpersisted = Some(reason);
        let this = Arc::downgrade(self);
        let (clock, pause) = (Arc::clone(&self.clock), self.limits.persist);
        // Without a thread to try on, `close` and the next refresh still try.
        let _ = detach(async move {
            loop {
                clock.sleep(pause).await;
                match Weak::upgrade(&this) {
                    Some(manager) if manager.persist().await.is_err() => {}
                    _ => break,
                }
            }
        });
    }

    /// Stores the tokens in use, unless they are stored.
    pub(super) async fn persist(&self) -> Result<(), Error> {
        let _exchange = self.exchange.lock().await;
        caught(self.offered()).await
    }

    async fn offered(&self) -> Result<(), Error> {
        let (record, reason) = {
            let state = self.state();
            let (Some(snapshot), Some(reason)) = (self.known(), &state.unpersisted) else { return Ok(()) };
            (snapshot.record(&self.owner), reason.clone())
        };
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let stored = offer(&mut *lock, &record).await;
        let _ = lock.release().await;
        let stored = stored.map_err(|_| Error::token(TokenError::Unpersisted { reason }))?;
        let event = Event::Persisted { generation: stored.generation };
        if stored == record {
            self.state_mut().unpersisted = None
        } else {
            drop(self.publish(&stored))
        }
        self.events.emit(&event);
        Ok(())
    }

    /// Waits for the renewal under way and stores what is not stored.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.landed().await;
        self.persist().await
    }
}

/// Writes the record over an older one, or over one that only says that its predecessor is spent: whoever wrote that had not
/// heard of it. What is newer counts more; a store that was set back is left to the next renewal, which asks the server first.
async fn offer(lock: &mut dyn StoreLock, record: &Record) -> Result<Record, StoreError> {
    let held = lock.read().await?;
    let stored = held.record;
    let is_unheard_of = stored.lost.is_some()
        && stored.generation == record.generation
        && refresh_token(&stored) != refresh_token(record);
    if stored.generation > record.generation || stored == *record {
        return Ok(stored);
    }
    if held.newest >= record.generation && !is_unheard_of {
        return Err(StoreError::message("the store was set back; the next refresh puts it right"));
    }
    let generation = record.generation + u64::from(is_unheard_of);
    let offered = Record { generation, ..record.clone() };
    match lock.commit(stored.generation, &offered).await? {
        Commit::Stored => Ok(offered),
        Commit::Conflict(_) => Err(StoreError::message("somebody else has written; it is tried again")),
    }
}

fn refresh_token(record: &Record) -> Option<&Secret> {
    record.tokens.as_ref()?.refresh_token.as_ref()
}
