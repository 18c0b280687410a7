//! The sessions of all browsers: which are live, whose tokens each has, and the logins that wait for their answer.

mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use zeyos::{Client, Identity, Json, Secret};

use super::Outcome;
use super::cookie::SessionId;
use memory::Memory;

/// How long a pending login is kept: no longer than the client takes its answer.
const LOGIN_LIFE: Duration = Duration::from_secs(600);

/// How long a session lasts at most.
const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);

type Later<'a, T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send + 'a>>;

/// Where sessions are kept. Keys are hashes, so they hold no secret.
trait SessionStore: Send + Sync {
    /// Keeps a pending login for [`LOGIN_LIFE`].
    fn keep_login<'a>(&'a self, key: &'a str, login: &'a Json) -> Later<'a, ()>;

    /// Takes a pending login out. Of several that ask at the same time, one gets it.
    fn take_login<'a>(&'a self, key: &'a str) -> Later<'a, Option<Json>>;

    /// Where the tokens of this session are.
    fn identity<'a>(&'a self, key: &'a str) -> Later<'a, Identity>;

    /// Begins a session, which lasts for [`SESSION_LIFE`].
    fn add<'a>(&'a self, key: &'a str) -> Later<'a, ()>;

    /// Whether this session is live.
    fn is_live<'a>(&'a self, key: &'a str) -> Later<'a, bool>;

    /// Ends a session; whether it was live before. Of several that ask at the same time, one is told so.
    fn remove<'a>(&'a self, key: &'a str) -> Later<'a, bool>;

    /// Ends the sessions that have lasted long enough; each is told to one program.
    fn remove_overdue(&self) -> Later<'_, Vec<String>>;
}

pub(crate) struct Sessions {
    /// Of no one: users are made from it, so they share its connections.
    client: Client,
    store: Box<dyn SessionStore>,
    /// The users of live sessions. One client per session, so that requests which need new tokens at the same time share the refresh.
    users: Mutex<HashMap<String, User>>,
}

struct User {
    client: Client,
    until: Instant,
}

impl Sessions {
    /// In the Redis that is named, or in memory.
    pub(crate) async fn open(client: Client, redis_url: Option<&str>) -> Outcome<Self> {
        let store: Box<dyn SessionStore> = match redis_url {
            None => Box::new(Memory::default()),
            #[cfg(feature = "redis")]
            Some(url) => Box::new(redis::Redis::open(url).await?),
            #[cfg(not(feature = "redis"))]
            Some(_) => return Err("ZEYOS_REDIS_URL is set, which needs --features redis".into()),
        };
        Ok(Sessions { client, store, users: Mutex::default() })
    }

    /// The client for what is asked in no user's name.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn keep_login(&self, browser: &SessionId, state: &Secret, login: &Json) -> Outcome {
        self.store.keep_login(&browser.login_key(state), login).await
    }

    /// The login with this state that waits in this browser. It is gone then.
    pub(crate) async fn take_login(&self, browser: &SessionId, state: &Secret) -> Outcome<Option<Json>> {
        self.store.take_login(&browser.login_key(state)).await
    }

    /// A client without tokens for a session that is to begin.
    pub(crate) async fn new_user(&self, id: &SessionId) -> Outcome<Client> {
        self.client_of(&id.key()).await
    }

    /// Begins the session of a user who has tokens now.
    pub(crate) async fn add(&self, id: &SessionId, client: &Client) -> Outcome {
        let key = id.key();
        self.store.add(&key).await?;
        self.remember(&key, client);
        Ok(())
    }

    /// The user of this session, if it is live.
    pub(crate) async fn user(&self, id: &SessionId) -> Outcome<Option<Client>> {
        let key = id.key();
        if !self.store.is_live(&key).await? {
            self.users().remove(&key);
            return Ok(None);
        }
        let known = self.users().get(&key).map(|user| user.client.clone());
        match known {
            Some(client) => Ok(Some(client)),
            // Begun before a restart, or by another program.
            None => Ok(Some(self.remember(&key, &self.client_of(&key).await?))),
        }
    }

    /// Ends this session; its user, if it was live. The tokens are the caller's to end.
    pub(crate) async fn remove(&self, id: &SessionId) -> Outcome<Option<Client>> {
        let key = id.key();
        let was_live = self.store.remove(&key).await?;
        let known = self.users().remove(&key).map(|user| user.client);
        match (was_live, known) {
            (false, _) => Ok(None),
            (true, Some(client)) => Ok(Some(client)),
            (true, None) => Ok(Some(self.client_of(&key).await?)),
        }
    }

    /// Ends the sessions that have lasted long enough, and their tokens.
    pub(crate) async fn end_overdue(&self) -> Outcome {
        for key in self.store.remove_overdue().await? {
            let known = self.users().remove(&key).map(|user| user.client);
            let client = match known {
                Some(client) => client,
                None => self.client_of(&key).await?,
            };
            end_tokens(&client).await;
        }
        // Sessions that another program has ended.
        let now = Instant::now();
        self.users().retain(|_, user| user.until > now);
        Ok(())
    }

    /// Waits until no refresh is under way and all tokens are stored.
    pub(crate) async fn close(&self) {
        let clients: Vec<Client> = self.users().drain().map(|(_, user)| user.client).collect();
        for client in clients {
            if let Err(error) = client.auth().close().await {
                eprintln!("a session may be lost: {error}");
            }
        }
    }

    async fn client_of(&self, key: &str) -> Outcome<Client> {
        Ok(self.client.for_user(self.store.identity(key).await?)?)
    }

    /// Two requests that made a client of one session at the same time go on with the one that was first.
    fn remember(&self, key: &str, client: &Client) -> Client {
        let fresh = || User { client: client.clone(), until: Instant::now() + SESSION_LIFE };
        self.users().entry(key.to_owned()).or_insert_with(fresh).client.clone()
    }

    fn users(&self) -> MutexGuard<'_, HashMap<String, User>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends tokens that no session has any more, at ZeyOS and in the store.
pub(crate) async fn end_tokens(client: &Client) {
    let Err(error) = client.auth().logout().await else { return };
    eprintln!("the tokens of a session that has ended may be alive: {error}");
    if let Err(error) = client.auth().clear_token_set().await {
        eprintln!("they are still in the store: {error}");
    }
}
