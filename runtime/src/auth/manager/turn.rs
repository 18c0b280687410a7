//! Turns: one exchange of tokens at a time, on the runtime of exchanges and never on that of a caller.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use zeyos_core::{Error, MaybeSend};

use super::Manager;
use super::state::Snapshot;
use crate::auth::limits::PATIENCE;
use crate::runtime::{ExchangeRuntime, interrupted};

/// The permission to read the store, exchange tokens and write them. It is given back when it is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

/// How many sign-ins are sent at once whose tokens are for their callers alone.
const MOST_APART: usize = 8;

pub(super) struct Apart(Arc<Semaphore>);

impl Default for Apart {
    fn default() -> Self {
        Apart(Arc::new(Semaphore::new(MOST_APART)))
    }
}

impl Manager {
    pub(crate) fn runtime(&self) -> &ExchangeRuntime {
        &self.runtime
    }

    /// How long a caller waits: its own limit, else that of the client, else two minutes.
    pub(crate) fn patience(&self, own: Option<Duration>) -> Duration {
        own.or(self.timeout).unwrap_or(PATIENCE)
    }

    /// Waits for the exchange in progress. Runs where exchanges do.
    pub(super) async fn turn(&self) -> Result<Turn, Error> {
        self.when_free(self.exchange.get().lock_owned()).await
    }

    /// Waits for the logout in progress, so that waiting callers take no threads.
    pub(crate) async fn logout_turn(&self) -> Result<Turn, Error> {
        self.when_free(self.logout.get().lock_owned()).await
    }

    /// Waits until there are fewer sign-ins apart from the login.
    pub(super) async fn apart(&self) -> Result<OwnedSemaphorePermit, Error> {
        let permit = self.when_free(Arc::clone(&self.apart.get().0).acquire_owned()).await?;
        permit.map_err(|_| interrupted())
    }

    async fn when_free<T>(&self, turn: impl Future<Output = T>) -> Result<T, Error> {
        self.runtime.deadlines().within(PATIENCE, turn).await.ok_or_else(|| {
            let waited = PATIENCE.as_secs();
            Error::timeout(format!("an earlier exchange of tokens has not ended within {waited} s; nothing was begun"))
        })
    }

    /// Carries out work that needs the turn. Runs where exchanges do.
    pub(super) async fn in_turn<T, F>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> F + MaybeSend + 'static,
    ) -> Result<T, Error>
    where
        T: MaybeSend + 'static,
        F: Future<Output = Result<T, Error>> + MaybeSend + 'static,
    {
        let turn = self.turn().await?;
        let this = Arc::clone(self);
        let work = async move {
            let outcome = work(this).await;
            drop(turn);
            outcome
        };
        self.runtime.carry_out(work).await
    }

    pub(super) async fn first(self: &Arc<Self>, limit: Option<Duration>) -> Result<Snapshot, Error> {
        let this = Arc::clone(self);
        self.runtime.outcome(self.patience(limit), async move { this.read().await }).await
    }

    /// As [`current`](Self::current), where exchanges run.
    pub(crate) async fn read(self: &Arc<Self>) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.in_use() {
            return Ok(snapshot);
        }
        let turn = self.turn().await?;
        // Those who waited take no thread of the pool each.
        if let Some(snapshot) = self.in_use() {
            return Ok(snapshot);
        }
        let this = Arc::clone(self);
        let work = async move {
            let outcome = this.load().await;
            drop(turn);
            outcome
        };
        self.runtime.carry_out(work).await
    }
}
