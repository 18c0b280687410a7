//! The connection to Redis: made when needed, made anew when it breaks, and never waited for without a limit.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo as _, RedisError,
    RedisResult, ServerErrorKind,
};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::RedisOptions;
use super::keys::Keys;
use super::script::Script;
use crate::bits::{excerpt, is_loopback};
use crate::clock::Clock as _;
use crate::runtime::{ByRuntime, Deadlines};
use crate::store::kit::needs_runtime;
use crate::store::{StoreError, StoreErrorKind};
use crate::transport::{NO_PROVIDER, provide_crypto};

/// Pauses before another try on a fresh connection. Every script can run twice: the second time changes nothing.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(50), Duration::from_millis(250)];

/// A Redis, and the connections to it that all logins there share.
struct Server {
    client: Client,
    config: AsyncConnectionConfig,
    limit: Duration,
    deadlines: Deadlines,
    /// Where it is, for people: without user and password.
    shown: String,
    /// A connection is driven by the runtime on which it was made, which may stand still while another one asks.
    live: ByRuntime<Arc<Mutex<Option<MultiplexedConnection>>>>,
}

impl Server {
    async fn live_connection(&self) -> RedisResult<MultiplexedConnection> {
        let own = self.live.get().unwrap_or_else(|| self.live.keep(Arc::default()));
        let mut live = own.lock().await;
        if let Some(connection) = &*live {
            return Ok(connection.clone());
        }
        let connection = self.client.get_multiplexed_async_connection_with_config(&self.config).await?;
        *live = Some(connection.clone());
        Ok(connection)
    }
}

/// One login in a Redis.
pub(super) struct Connection {
    server: Arc<Server>,
    keys: Keys,
    /// Where that is, for people.
    place: String,
}

impl Connection {
    /// Checks what the caller gave; connects later.
    pub(super) fn open(url: &str, key: &str, options: &RedisOptions) -> Result<Self, StoreError> {
        let limit = options.time_limit;
        // The reason of the parser could repeat the password.
        let no_url =
            || StoreError::message("this is not a Redis URL; write rediss://host, redis://localhost or unix:///path");
        let client = url.into_connection_info().and_then(Client::open).map_err(|_| no_url())?;
        let address = client.get_connection_info().addr();
        check_network(address, options.unencrypted)?;
        let shown = shown(address);
        // Half of the limit for a connection that turns out to be dead leaves the other half for a fresh one.
        let half = Some(limit / 2);
        let config = AsyncConnectionConfig::new().set_connection_timeout(half).set_response_timeout(half);
        let deadlines = options.deadlines();
        Connection::to(Arc::new(Server { client, config, limit, deadlines, shown, live: ByRuntime::default() }), key)
    }

    fn to(server: Arc<Server>, key: &str) -> Result<Self, StoreError> {
        let keys = Keys::of(key)?;
        let place = format!("{} on {}", keys.record, server.shown);
        Ok(Connection { server, keys, place })
    }

    /// Another login over the same connections.
    pub(super) fn beside(&self, key: &str) -> Result<Self, StoreError> {
        Connection::to(Arc::clone(&self.server), key)
    }

    pub(super) fn deadlines(&self) -> &Deadlines {
        &self.server.deadlines
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Runs a script with all keys of this login.
    pub(super) async fn run<T: FromRedisValue>(&self, script: &Script, values: &[&[u8]]) -> Result<T, StoreError> {
        if Handle::try_current().is_err() {
            return Err(needs_runtime("Redis"));
        }
        match self.deadlines().within(self.server.limit, self.persist(script, values)).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(self.failed(script, &error)),
            None => {
                // Whatever the connection still waits for, the next command shall not wait behind it.
                self.server.live.forget();
                let late = format!("Redis did not answer within {} ms", self.server.limit.as_millis());
                Err(self.worded(script, &late).of_kind(StoreErrorKind::Unavailable))
            }
        }
    }

    async fn persist<T: FromRedisValue>(&self, script: &Script, values: &[&[u8]]) -> RedisResult<T> {
        let mut outcome = self.once(script, values).await;
        for pause in PAUSES {
            match &outcome {
                Err(error) if is_passing(error) => {
                    self.server.live.forget();
                    self.deadlines().sleep(pause).await;
                    outcome = self.once(script, values).await;
                }
                _ => break,
            }
        }
        outcome
    }

    async fn once<T: FromRedisValue>(&self, script: &Script, values: &[&[u8]]) -> RedisResult<T> {
        let mut command = redis::cmd("EVAL");
        let keys = self.keys.in_order();
        command.arg(script.text).arg(keys.len()).arg(&keys[..]);
        for value in values {
            command.arg(*value);
        }
        let mut connection = self.server.live_connection().await?;
        command.query_async(&mut connection).await
    }

    fn failed(&self, script: &Script, error: &RedisError) -> StoreError {
        let said = match error.kind() {
            ErrorKind::Server(_) | ErrorKind::Extension => server_words(script, error),
            _ if error.is_timeout() => "Redis did not answer in time".to_owned(),
            // A failure of this side or of the network. It knows nothing of what was sent.
            _ => excerpt(&error.to_string()),
        };
        let failure = self.worded(script, &said);
        if script.writes && is_refused(error) {
            failure.of_kind(StoreErrorKind::NotWritable)
        } else if error.is_io_error() {
            failure.of_kind(StoreErrorKind::Unavailable)
        } else {
            failure
        }
    }

    fn worded(&self, script: &Script, said: &str) -> StoreError {
        StoreError::message(format!("could not {} at {}: {said}", script.task, self.place))
    }
}

fn check_network(address: &ConnectionAddr, unencrypted: bool) -> Result<(), StoreError> {
    match address {
        ConnectionAddr::Tcp(host, _) if !unencrypted && !is_loopback(host) => Err(StoreError::message(
            "redis:// sends tokens and password readable over the network; use rediss://, or RedisOptions::unencrypted_network \
             on a network that you trust",
        )),
        ConnectionAddr::TcpTls { insecure: true, .. } => {
            Err(StoreError::message("#insecure switches the checks of certificates off, which this store does not do"))
        }
        ConnectionAddr::TcpTls { .. } => {
            // The process has one from here on.
            provide_crypto().map(drop).ok_or_else(|| StoreError::message(NO_PROVIDER.to_owned()))
        }
        _ => Ok(()),
    }
}

fn shown(address: &ConnectionAddr) -> String {
    match address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
        ConnectionAddr::Unix(path) => path.display().to_string(),
        _ => "Redis".to_owned(),
    }
}

/// Another try on another connection may succeed: the network failed, or a server that starts or steps down answered.
fn is_passing(error: &RedisError) -> bool {
    use ServerErrorKind::{BusyLoading, MasterDown, ReadOnly, TryAgain};
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Server(BusyLoading | MasterDown | ReadOnly | TryAgain))
        || error.is_io_error()
        || error.is_unrecoverable_error()
}

/// Redis is there and will not write: no memory, no disk, a replica, no permission.
fn is_refused(error: &RedisError) -> bool {
    const CODES: [&str; 6] = ["READONLY", "OOM", "MISCONF", "NOREPLICAS", "NOPERM", "MASTERDOWN"];
    // Servers before version 7 put the code of a command in a script into the words of another.
    let within = |code: &&str| error.detail().is_some_and(|detail| detail.contains(*code));
    error.code().is_some_and(|code| CODES.contains(&code)) || CODES.iter().any(within)
}

/// What the server said, if it cannot have been told a secret, and never much of it.
fn server_words(script: &Script, error: &RedisError) -> String {
    let code = excerpt(error.code().unwrap_or("an error"));
    match error.detail() {
        Some(detail) if !script.secret => excerpt(&format!("Redis answered {code}: {detail}")),
        _ => format!("Redis answered {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str, key: &str) -> String {
        Connection::open(url, key, &RedisOptions::new()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn all_keys_of_a_login_have_one_hash_tag() {
        let keys = Keys::of("zeyos:demo").unwrap();
        assert_eq!((keys.record.as_str(), keys.corrupt.as_str()), ("{zeyos:demo}", "{zeyos:demo}:corrupt"));
        assert!(keys.in_order().iter().all(|key| key.starts_with("{zeyos:demo}")));
        for unreadable in ["", "a{b", "a}b", "{a}"] {
            assert!(refusal("redis://localhost", unreadable).contains("the key of a login"), "{unreadable}");
        }
    }

    #[test]
    fn readable_tokens_leave_this_machine_only_where_that_is_asked_for() {
        for url in ["redis://redis.example.com", "redis://:hunter2@10.0.0.7:6379/1", "redis://localhost.example.com"] {
            let said = refusal(url, "k");
            assert!(said.contains("rediss://") && !said.contains("hunter2"), "{said}");
            assert!(Connection::open(url, "k", &RedisOptions::new().unencrypted_network()).is_ok());
        }
        for url in ["redis://localhost", "redis://127.0.0.1:7", "redis://[::1]:7", "unix:///tmp/s", "rediss://10.0.0.7"]
        {
            assert_eq!(refusal(url, "k"), "", "{url}");
        }
        assert!(refusal("rediss://redis.example.com/#insecure", "k").contains("certificates"));
    }

    #[test]
    fn a_bad_url_is_refused_without_its_password() {
        for url in ["", "hunter2", "http://x:hunter2@localhost", "redis://x:hunter2@localhost/hunter2"] {
            let said = refusal(url, "k");
            assert!(said.contains("not a Redis URL") && !said.contains("hunter2"), "{said}");
        }
        let connection = Connection::open("redis://user:hunter2@localhost", "k", &RedisOptions::new()).unwrap();
        assert_eq!(connection.place(), "{k} on localhost:6379");
    }
}
