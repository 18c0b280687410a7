//! The login that the processes share, and how someone signs in anew.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use zeyos::store::{Commit, Lineage, StoreContents, StoreLock, TokenRecord};
use zeyos::{Clock as _, SystemClock, TokenSet};

use super::Outcome;
use super::server::Server;

/// What is known of the login.
pub(crate) struct Login {
    pub since: Duration,
    /// When a process last told that it goes on.
    pub renewed: Duration,
    /// Every refresh token that someone has reported, the newest last.
    pub known: Vec<String>,
    /// When a process said that the login is lost, unless it was renewed since.
    pub lost_at: Option<Duration>,
    /// Until then it is not looked at again.
    pub rests_until: Duration,
}

impl Login {
    pub(crate) fn new(since: Duration, refresh_token: Option<String>) -> Self {
        let known = refresh_token.into_iter().collect();
        Login { since, renewed: since, known, lost_at: None, rests_until: since }
    }

    /// Someone has reported a token.
    pub(crate) fn know(&mut self, refresh_token: &str) {
        if !self.known.iter().any(|known| known == refresh_token) {
            self.known.push(refresh_token.to_owned());
        }
    }
}

/// The refresh token of a record.
pub(crate) fn refresh_token_of(record: &TokenRecord) -> Option<String> {
    record.tokens.as_ref()?.refresh_token.as_ref().map(|token| token.expose().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is not part of the library: a person signs in when it is that late"
)]
pub(crate) fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Waits until a new second begins: tokens that come now are newer than all others.
pub(crate) async fn next_second() {
    let past = Duration::from_nanos(u64::from(wall().subsec_nanos()));
    tokio::time::sleep(Duration::from_millis(1_005).saturating_sub(past)).await;
}

/// Ends the logins of which these tokens are, and stores a new one. Answers its refresh token.
pub(crate) async fn sign_in(server: &Server, lock: &mut dyn StoreLock, known: &[String]) -> Outcome<Option<String>> {
    for token in known {
        server.revoke(token)?;
    }
    let answer: Value = server.sign_in()?;
    let tokens =
        TokenSet::from_response(&answer, SystemClock.wall()).ok_or("the answer to a sign-in holds no tokens")?;
    let StoreContents { record, newest, .. } = lock.read().await?;
    let refresh_token = tokens.refresh_token.as_ref().map(|token| token.expose().to_owned());
    let mut next = TokenRecord::default();
    next.generation = record.generation.max(newest) + 1;
    next.lineage = Some(Lineage::first(&tokens));
    (next.tokens, next.owner) = (Some(tokens), record.owner);
    match lock.commit(record.generation, &next).await? {
        Commit::Stored => Ok(refresh_token),
        Commit::Conflict(_) => Err("someone wrote while the lock was that of the sign-in".into()),
    }
}
