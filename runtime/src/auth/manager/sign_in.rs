//! Sign-ins: the store is proved writable before the code or password is sent, and the answer is journalled before it is parsed.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use zeyos_core::{Error, Issuer, MaybeSend, TokenError};

use super::driver::request_id;
use super::{Manager, SendOutcome, TokenEndpoint, failure, store_failed};
use crate::TokenSet;
use crate::auth::reply::{self, RawAnswer, Reply};
use crate::event::ClientEvent;
use crate::store::{IntrospectionCheck, Lineage, Pending, StoreContents, StoreLock, TokenRecord};

/// A sign-in that is about to be sent.
pub(crate) struct SignIn {
    /// The issuer of the tokens.
    pub issuer: &'static Issuer,
    /// Whether the tokens are for the caller alone.
    pub is_detached: bool,
    /// Where the refresh token can be introspected, if that is possible.
    pub endpoint: Option<Arc<dyn TokenEndpoint>>,
}

/// The answer, and the tokens in it or why there are none.
pub(crate) type SignedIn = (http::Response<Bytes>, Result<TokenSet, TokenError>);

impl Manager {
    /// Sends a sign-in under the lock of the refresh. Its tokens are stored before anyone uses them. Runs where exchanges do.
    pub(crate) async fn sign_in<F>(self: &Arc<Self>, sign_in: SignIn, post: F) -> Result<SignedIn, Error>
    where
        F: Future<Output = SendOutcome> + MaybeSend + 'static,
    {
        let this = Arc::clone(self);
        if sign_in.is_detached {
            let permit = self.apart().await?;
            let exchange = async move {
                let outcome = this.signed_in_apart(&sign_in, post).await;
                drop(permit);
                outcome
            };
            return self.runtime.carry_out(exchange).await;
        }
        let turn = self.turn().await?;
        let exchange = async move {
            let mut events = Vec::new();
            let outcome = this.exchange_and_store(&sign_in, post, &mut events).await;
            (outcome, events)
        };
        self.run_exchange(turn, exchange).await
    }

    /// Tokens for the caller alone.
    async fn signed_in_apart(
        &self,
        sign_in: &SignIn,
        post: impl Future<Output = SendOutcome>,
    ) -> Result<SignedIn, Error> {
        let sent_at = self.now();
        let response = answered(post.await)?;
        let (tokens, _) = self.read_answer(sign_in, &response, sent_at);
        Ok((response, tokens))
    }

    async fn exchange_and_store<F>(
        self: &Arc<Self>,
        sign_in: &SignIn,
        post: F,
        events: &mut Vec<ClientEvent>,
    ) -> Result<SignedIn, Error>
    where
        F: Future<Output = SendOutcome>,
    {
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let outcome = self.signed_in(sign_in, post, &mut *lock, events).await;
        let _ = lock.release().await;
        outcome
    }

    async fn signed_in<F>(
        self: &Arc<Self>,
        sign_in: &SignIn,
        post: F,
        lock: &mut dyn StoreLock,
        events: &mut Vec<ClientEvent>,
    ) -> Result<SignedIn, Error>
    where
        F: Future<Output = SendOutcome>,
    {
        let contents = lock.read().await.map_err(store_failed)?;
        self.check_login_id(&contents.record)?;
        let sent_at = self.now();
        // If a process crashed between the pending marker and the commit, its marker and journal stay until new tokens are committed.
        let is_free = contents.pending.is_none() && contents.reply.is_none();
        if is_free {
            self.prepare(lock, &contents).await?;
        }
        let response = match answered(post.await) {
            Ok(response) => response,
            Err(error) => {
                clear_own(lock, is_free).await;
                return Err(error);
            }
        };
        if is_free {
            // A journal that cannot be written is not a reason to throw the answer away.
            let _ = lock.journal(response.body().clone()).await;
        }
        let (tokens, is_unverified) = self.read_answer(sign_in, &response, sent_at);
        match &tokens {
            Ok(tokens) => self.store_signed_in(sign_in, lock, &contents, tokens, events).await,
            Err(error) => {
                // A refresh token that came all the same stays in the journal: the next renewal asks whether it lives.
                clear_own(lock, is_free && !is_unverified).await;
                if !matches!(error, TokenError::Refused { .. } | TokenError::ClientAuth { .. }) {
                    events.push(ClientEvent::NothingStored {
                        operation: sign_in.issuer.token.id,
                        reason: error.to_string(),
                    });
                }
            }
        }
        Ok((response, tokens))
    }

    pub(super) async fn prepare(&self, lock: &mut dyn StoreLock, contents: &StoreContents) -> Result<(), Error> {
        let generation = contents.record.generation;
        let pending = Pending { generation, refresh_token_hash: None, since: self.now(), request_id: request_id()? };
        lock.prepare(&pending).await.map_err(|error| Error::token(failure(&error).error))
    }

    /// The record of tokens that the store has not taken, as this program holds it.
    fn unstored(&self, contents: &StoreContents, record: TokenRecord) -> TokenRecord {
        let generation =
            contents.record.generation.max(contents.newest).max(self.state().generation()).saturating_add(1);
        TokenRecord { generation, owner: Some(self.login_id.to_string()), ..record }
    }

    /// The tokens in an answer, or why there are none; and whether a refresh token came that only the server can confirm.
    fn read_answer(
        &self,
        sign_in: &SignIn,
        response: &http::Response<Bytes>,
        sent_at: zeyos_core::Timestamp,
    ) -> (Result<TokenSet, TokenError>, bool) {
        let status = Some(response.status());
        let raw = RawAnswer { status, body: response.body(), sent_at, dialect: Some(sign_in.issuer).into() };
        let reply = reply::read(&raw);
        let is_unverified = reply.is_unverified();
        let tokens = match (reply.problem().cloned(), reply) {
            (None, Reply::Tokens(tokens)) => Ok(tokens.issued_by(sign_in.issuer)),
            (problem, _) => Err(problem.unwrap_or(TokenError::Interrupted)),
        };
        (tokens, is_unverified)
    }

    /// The tokens are in use from here on, whether the store takes them or not.
    async fn store_signed_in(
        self: &Arc<Self>,
        sign_in: &SignIn,
        lock: &mut dyn StoreLock,
        contents: &StoreContents,
        tokens: &TokenSet,
        events: &mut Vec<ClientEvent>,
    ) {
        let introspection = match (&sign_in.endpoint, &tokens.refresh_token) {
            (Some(endpoint), Some(token)) => IntrospectionCheck::of(self.check(&**endpoint, token.clone()).await),
            _ => None,
        };
        let lineage = Some(Lineage::first(tokens));
        let record = TokenRecord { tokens: Some(tokens.clone()), lineage, introspection, ..TokenRecord::default() };
        let stored = self.overwrite(lock, contents, record.clone()).await;
        events.push(ClientEvent::Received { operation: sign_in.issuer.token.id });
        let record = match &stored {
            Ok(stored) => stored.clone(),
            Err(_) => self.unstored(contents, record),
        };
        self.renewed(&record);
        if let Err(error) = stored {
            let reason = error.to_string();
            events.push(ClientEvent::Unpersisted { generation: record.generation, reason: reason.clone() });
            self.persist_in_background(reason);
        }
    }
}

/// Clears the pending marker and journal of this sign-in, not those of a crashed exchange.
async fn clear_own(lock: &mut dyn StoreLock, is_free: bool) {
    if is_free {
        // If that fails, the next exchange has to read them, nothing more.
        let _ = lock.clear().await;
    }
}

fn answered(outcome: SendOutcome) -> Result<http::Response<Bytes>, Error> {
    match outcome {
        SendOutcome::Answered(response) => Ok(response),
        SendOutcome::NotSent(error) | SendOutcome::Incomplete(_, error) => Err(error),
    }
}
