//! Sessions in Redis: they survive a restart, and several programs can share them.

use redis::aio::MultiplexedConnection;
use redis::{Client, Cmd, FromRedisValue, cmd};
use tokio::sync::Mutex;
use zeyos::{Identity, Json, RedisTokenStore};

use super::{LOGIN_LIFE, Later, SESSION_LIFE, SessionStore};
use crate::Outcome;

/// What all our keys begin with.
const OURS: &str = "zeyos:web";

/// A sorted set of all sessions, each with the Unix second of its end.
const SESSIONS: &str = "zeyos:web:sessions";

/// How many sessions that have ended are removed in one go.
const BATCH: usize = 100;

pub(super) struct Redis {
    /// The connection that the tokens of all sessions share.
    tokens: RedisTokenStore,
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Redis {
    pub(super) async fn open(url: &str) -> Outcome<Self> {
        // The store of the tokens knows which addresses are safe for them, and looks whether anyone answers. It writes nothing here.
        let tokens = RedisTokenStore::connect(url, &format!("{OURS}:tokens")).await?;
        Ok(Redis { tokens, client: Client::open(url)?, connection: Mutex::default() })
    }

    /// Sends a command once: the answer to a login that was taken may be lost, and must not be asked for again. After a failure
    /// the next command goes over a new connection.
    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Outcome<T> {
        let mut connection = self.connection().await?;
        let answer = command.query_async(&mut connection).await;
        if answer.is_err() {
            *self.connection.lock().await = None;
        }
        Ok(answer?)
    }

    async fn connection(&self) -> Outcome<MultiplexedConnection> {
        let mut known = self.connection.lock().await;
        match &*known {
            Some(connection) => Ok(connection.clone()),
            None => Ok(known.insert(self.client.get_multiplexed_async_connection().await?).clone()),
        }
    }

    /// By the clock of Redis, which is one for all programs.
    async fn now(&self) -> Outcome<u64> {
        let (seconds, _): (u64, u64) = self.ask(&cmd("TIME")).await?;
        Ok(seconds)
    }
}

fn login_key(key: &str) -> String {
    format!("{OURS}:login:{key}")
}

impl SessionStore for Redis {
    fn keep_login<'a>(&'a self, key: &'a str, login: &'a Json) -> Later<'a, ()> {
        Box::pin(async move {
            let mut command = cmd("SET");
            command.arg(login_key(key)).arg(login.to_string()).arg("EX").arg(LOGIN_LIFE.as_secs());
            self.ask(&command).await
        })
    }

    fn take_login<'a>(&'a self, key: &'a str) -> Later<'a, Option<Json>> {
        Box::pin(async move {
            let text: Option<String> = self.ask(cmd("GETDEL").arg(login_key(key))).await?;
            Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
        })
    }

    fn identity<'a>(&'a self, key: &'a str) -> Later<'a, Identity> {
        Box::pin(async move { Ok(Identity::stored_in(self.tokens.with_key(&format!("{OURS}:tokens:{key}"))?)) })
    }

    fn add<'a>(&'a self, key: &'a str) -> Later<'a, ()> {
        Box::pin(async move {
            let end = self.now().await? + SESSION_LIFE.as_secs();
            self.ask(cmd("ZADD").arg(SESSIONS).arg(end).arg(key)).await
        })
    }

    fn is_live<'a>(&'a self, key: &'a str) -> Later<'a, bool> {
        Box::pin(async move {
            let end: Option<u64> = self.ask(cmd("ZSCORE").arg(SESSIONS).arg(key)).await?;
            match end {
                Some(end) => Ok(end > self.now().await?),
                None => Ok(false),
            }
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> Later<'a, bool> {
        Box::pin(async move { self.ask(cmd("ZREM").arg(SESSIONS).arg(key)).await })
    }

    fn remove_overdue(&self) -> Later<'_, Vec<String>> {
        Box::pin(async move {
            let mut command = cmd("ZRANGEBYSCORE");
            command.arg(SESSIONS).arg("-inf").arg(self.now().await?).arg("LIMIT").arg(0).arg(BATCH);
            let overdue: Vec<String> = self.ask(&command).await?;
            let mut ours = Vec::new();
            for key in overdue {
                if self.remove(&key).await? {
                    ours.push(key);
                }
            }
            Ok(ours)
        })
    }
}
