//! Tokens that the store did not take: used from memory, and offered again until it takes them.

use std::sync::{Arc, Weak};

use zeyos_core::{Error, TokenError};

use super::super::task::detach;
use super::{Manager, store_failed};
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
        let (record, reason) = {
            let state = self.state();
            let (Some(snapshot), Some(reason)) = (&state.current, &state.unpersisted) else { return Ok(()) };
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

/// Writes the record over an older one, or over one that only says that its predecessor is spent. Anything else that somebody
/// has stored since counts more.
async fn offer(lock: &mut dyn StoreLock, record: &Record) -> Result<Record, crate::StoreError> {
    let mut offered = record.clone();
    let held = lock.read().await?;
    let mut stored = held.record;
    loop {
        if stored.generation >= offered.generation && stored.lost.is_none() {
            return Ok(stored);
        }
        offered.generation = offered.generation.max(stored.generation + u64::from(stored.lost.is_some()));
        match lock.commit(stored.generation, &offered).await? {
            Commit::Stored => return Ok(offered),
            Commit::Conflict(theirs) => stored = *theirs,
        }
    }
}
