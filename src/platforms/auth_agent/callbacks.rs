//! The callbacks for new and ended tokens.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use zeyos_core::{BoxFuture, MaybeSend, Secret};
use zeyos_runtime::{Auth, TokenSet};

type Told<T> = Arc<dyn Fn(T) -> BoxFuture<()> + Send + Sync>;

/// What is called, and awaited, after the tokens have changed.
#[derive(Clone, Default)]
pub(super) struct Callbacks {
    pub(super) received: Option<Told<TokenSet>>,
    pub(super) refreshed: Option<Told<TokenSet>>,
    pub(super) revoked: Option<Told<()>>,
}

/// A callback as it is kept.
pub(super) fn told<T, F, V>(callback: F) -> Option<Told<T>>
where
    F: Fn(T) -> V + Send + Sync + 'static,
    V: Future<Output = ()> + MaybeSend + 'static,
{
    Some(Arc::new(move |value| Box::pin(callback(value)) as BoxFuture<()>))
}

/// Reports each change once.
pub(super) struct Teller {
    callbacks: Callbacks,
    /// The access token that was reported last.
    last: Mutex<Option<Secret>>,
}

impl Teller {
    pub(super) fn new(callbacks: Callbacks) -> Self {
        Teller { callbacks, last: Mutex::default() }
    }

    /// Whether the token is news; it is none from now on.
    fn is_news(&self, token: Option<&Secret>) -> bool {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = last.as_ref() != token;
        *last = token.cloned();
        is_news
    }

    pub(super) async fn received(&self, tokens: TokenSet) {
        if let (true, Some(told)) = (self.is_news(tokens.access_token.as_ref()), &self.callbacks.received) {
            told(tokens).await;
        }
    }

    pub(super) async fn refreshed(&self, tokens: TokenSet) {
        if let (true, Some(told)) = (self.is_news(tokens.access_token.as_ref()), &self.callbacks.refreshed) {
            told(tokens).await;
        }
    }

    pub(super) async fn revoked(&self) {
        if let Some(told) = &self.callbacks.revoked {
            told(()).await;
        }
    }

    /// Sends a call, and reports tokens that were refreshed meanwhile.
    pub(super) async fn around<T>(&self, auth: &Auth, call: impl Future<Output = T>) -> T {
        if self.callbacks.refreshed.is_none() {
            return call.await;
        }
        let before = in_use(auth).await.and_then(|tokens| tokens.access_token);
        let outcome = call.await;
        if let Some(after) = in_use(auth).await
            && before.is_some()
            && after.access_token.is_some()
            && before != after.access_token
        {
            self.refreshed(after).await;
        }
        outcome
    }
}

async fn in_use(auth: &Auth) -> Option<TokenSet> {
    auth.token_set().await.ok().flatten()
}
