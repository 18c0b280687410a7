//! Reading and writing the record of a login outside a refresh: loading it, setting tokens, logging out.

use std::sync::Arc;

use zeyos_core::{Error, TokenError};

use super::state::Snapshot;
use super::{Manager, store_failed};
use crate::TokenSet;
use crate::auth::login_id;
use crate::store::{
    Commit, Lineage, Standing, StoreContents, StoreError, StoreErrorKind, StoreLock, TokenRecord, following,
};

/// How many conflicts are tolerated. With the lock held there is hardly ever one.
const TRIES: u32 = 8;

/// A change of the record.
enum Change {
    /// These tokens take the place of whatever is stored.
    Set(Option<TokenSet>),
    /// The tokens of this record were ended.
    End(TokenRecord),
}

impl Manager {
    /// Reads the store, unless that has been done. The caller holds the lock of the exchange.
    pub(super) async fn load(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.known() {
            return Ok(snapshot);
        }
        let record = match self.shared().read().await {
            Err(error) if error.kind() == StoreErrorKind::Corrupt => self.repaired().await?,
            other => other.map_err(store_failed)?,
        };
        self.check_login_id(&record)?;
        match self.initial.as_ref().filter(|tokens| is_new_sign_in(tokens, &record)) {
            Some(initial) => self.write(Change::Set(Some(initial.clone()))).await,
            None => Ok(self.publish(&record)),
        }
    }

    /// Repairs a store that cannot be read, under its lock.
    async fn repaired(&self) -> Result<TokenRecord, Error> {
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let repaired = self.repaired_under(&mut *lock).await;
        let _ = lock.release().await;
        repaired
    }

    async fn repaired_under(&self, lock: &mut dyn StoreLock) -> Result<TokenRecord, Error> {
        let contents = lock.read().await.map_err(store_failed)?;
        if contents.record.tokens.is_some() {
            return Ok(contents.record);
        }
        if contents.reply.is_some()
            && let Some(record) = self.read_journal(lock).await?
        {
            return Ok(record);
        }
        match contents.damage.filter(|_| self.initial.is_none()) {
            Some(damage) => Err(Error::token(TokenError::NeedsLogin { reason: damage })),
            None => Ok(contents.record),
        }
    }

    /// Writes and clears a pending marker, as an exchange does before it sends anything. If an exchange was interrupted, nothing is
    /// written, since its pending marker and journal are needed. Runs where exchanges do.
    pub(crate) async fn check_store(self: &Arc<Self>) -> Result<(), Error> {
        self.in_turn(|this| async move { this.checked().await }).await
    }

    async fn checked(&self) -> Result<(), Error> {
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let checked = self.checked_under(&mut *lock).await;
        let released = lock.release().await.map_err(store_failed);
        checked.and(released)
    }

    async fn checked_under(&self, lock: &mut dyn StoreLock) -> Result<(), Error> {
        let contents = lock.read().await.map_err(store_failed)?;
        self.check_login_id(&contents.record)?;
        if contents.pending.is_some() || contents.reply.is_some() {
            return Ok(());
        }
        let prepared = self.prepare(lock, &contents).await;
        // A marker that was written although that failed must not look like an exchange.
        let cleared = lock.clear().await.map_err(store_failed);
        prepared.and(cleared)
    }

    pub(super) fn check_login_id(&self, record: &TokenRecord) -> Result<(), Error> {
        login_id::conflict(record.owner.as_deref(), &self.login_id)
            .map_or(Ok(()), |conflict| Err(Error::token(conflict)))
    }

    /// Replaces the tokens by the caller's. Runs where exchanges do.
    pub(crate) async fn replace(self: &Arc<Self>, tokens: Option<TokenSet>) -> Result<(), Error> {
        self.in_turn(|this| async move { this.write(Change::Set(tokens)).await.map(|_| ()) }).await
    }

    /// Removes the tokens of this generation, unless this program has other ones by now; later ones in the store stay. Runs where
    /// exchanges do.
    pub(crate) async fn remove(self: &Arc<Self>, generation: u64) -> Result<(), Error> {
        self.in_turn(move |this| async move {
            let ended = this.state().known.clone().filter(|known| known.generation == generation);
            match ended {
                Some(ended) => this.write(Change::End(TokenRecord::clone(&ended))).await.map(|_| ()),
                None => Ok(()),
            }
        })
        .await
    }

    async fn write(&self, change: Change) -> Result<Snapshot, Error> {
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let written = self.written(&mut *lock, change).await;
        // What is stored is stored, whatever becomes of the lock.
        let _ = lock.release().await;
        Ok(self.publish(&written?))
    }

    async fn written(&self, lock: &mut dyn StoreLock, change: Change) -> Result<TokenRecord, Error> {
        let contents = lock.read().await.map_err(store_failed)?;
        self.check_login_id(&contents.record)?;
        let written = match change {
            Change::Set(tokens) => {
                let lineage = tokens.as_ref().map(Lineage::first).or_else(|| contents.record.origin());
                self.overwrite(lock, &contents, TokenRecord { tokens, lineage, ..TokenRecord::default() }).await
            }
            Change::End(ended) => self.without(lock, contents, &ended).await,
        };
        written.map_err(store_failed)
    }

    /// Stores a record over whatever is there, with its login id and the next generation.
    pub(super) async fn overwrite(
        &self,
        lock: &mut dyn StoreLock,
        contents: &StoreContents,
        record: TokenRecord,
    ) -> Result<TokenRecord, StoreError> {
        let owner = Some(login_id::merged(contents.record.owner.as_deref(), &self.login_id));
        let mut record = TokenRecord { owner, ..record };
        let mut expected = contents.record.generation;
        for _ in 0..TRIES {
            record.generation = self.next(contents, expected)?;
            match lock.commit(expected, &record).await? {
                Commit::Stored => return Ok(record),
                Commit::Conflict(theirs) => expected = theirs.generation,
            }
        }
        Err(StoreError::contended())
    }

    /// A logout in the place of the tokens that were ended, or of less; what is later stays.
    async fn without(
        &self,
        lock: &mut dyn StoreLock,
        contents: StoreContents,
        ended: &TokenRecord,
    ) -> Result<TokenRecord, StoreError> {
        if !matches!(ended.standing_of(&contents.record), Standing::Same | Standing::Earlier) {
            return Ok(contents.record);
        }
        let owner = Some(login_id::merged(contents.record.owner.as_deref(), &self.login_id));
        let generation = self.next(&contents, contents.record.generation)?;
        let logout = TokenRecord { generation, lineage: ended.origin(), owner, ..TokenRecord::default() };
        match lock.commit(contents.record.generation, &logout).await? {
            Commit::Stored => Ok(logout),
            Commit::Conflict(theirs) => Ok(*theirs),
        }
    }

    /// The generation after this one, and after every other that was ever seen.
    pub(super) fn next(&self, contents: &StoreContents, generation: u64) -> Result<u64, StoreError> {
        following(generation.max(contents.newest).max(self.state().generation()))
    }
}

/// Whether a configured token set is a new sign-in: the store holds no usable tokens, and the set is not the one that was lost or ended.
fn is_new_sign_in(tokens: &TokenSet, record: &TokenRecord) -> bool {
    (record.tokens.is_none() || record.lost.is_some()) && !record.has_ended(tokens)
}
