//! Stores outside this process, Redis and the keyring: what they and the client say while all is well, when somebody has damaged
//! what they hold, and when nobody answers.

use std::fmt::Debug;

use zeyos::store::TokenStore;

use super::stores::{filled, held, renewing, used};
use super::{armed, crier};
use crate::support::paper::Paper;

/// An exchange up to its middle, then the calls of a client.
async fn visited<S: TokenStore + Clone + Debug>(store: &S, paper: &Paper) {
    filled(store, paper).await;
    paper.outcome(&store.get().await);
    held(store, paper).await;
    called(store, paper).await;
}

async fn called<S: TokenStore + Clone + Debug>(store: &S, paper: &Paper) {
    let client = armed(renewing().client()).token_store(store.clone()).on_event(crier(paper)).build().unwrap();
    used(&client, paper).await;
    paper.print(store);
}

#[cfg(feature = "redis")]
pub(super) mod redis {
    use std::time::Duration;

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use zeyos::{RedisOptions, RedisTokenStore};

    use super::{Paper, TokenStore as _, called, filled, held, visited};
    use crate::promises::leaks::canaries as c;
    use crate::shared_stores::redis_server::RedisServer;

    pub(in crate::promises::leaks) async fn all(paper: &Paper) {
        let server = RedisServer::start();
        let options = || RedisOptions::new().time_limit(Duration::from_millis(500)).lease(Duration::from_millis(500));
        let store = RedisTokenStore::connect_with(&server.url(), "leaks", options()).await.unwrap();
        visited(&store, paper).await;
        damaged(&server, &store, paper).await;
        let names: Vec<String> = server.command(&[b"KEYS", b"*"]).await;
        assert!(names.len() > 2, "{names:?}");
        paper.print(&names);
        refused(&server, paper).await;
        // It takes nothing more, and says why.
        let _: () = server.command(&[b"CONFIG", b"SET", b"maxmemory", b"1"]).await;
        called(&store, paper).await;
        drop(server);
        paper.outcome(&store.get().await);
        called(&store, paper).await;
    }

    async fn damaged(server: &RedisServer, store: &RedisTokenStore, paper: &Paper) {
        let half =
            format!("{{\"format\":1,\"tokens\":{{\"accessToken\":\"{}\",\"refreshToken\":\"{}", c::ACCESS, c::REFRESH);
        for key in ["{leaks}", "{leaks}:pending", "{leaks}:reply", "{leaks}:newest"] {
            for is_list in [false, true] {
                let _: u64 = server.command(&[b"DEL", b"{leaks}", b"{leaks}:pending", key.as_bytes()]).await;
                filled(store, paper).await;
                let _: u64 = server.command(&[b"DEL", key.as_bytes()]).await;
                let _: redis::Value = match is_list {
                    true => server.command(&[b"LPUSH", key.as_bytes(), half.as_bytes()]).await,
                    false => server.command(&[b"SET", key.as_bytes(), half.as_bytes()]).await,
                };
                paper.outcome(&store.get().await);
                held(store, paper).await;
                if key == "{leaks}" {
                    called(store, paper).await;
                }
            }
        }
    }

    /// What no connection is made with.
    async fn refused(server: &RedisServer, paper: &Paper) {
        let password = utf8_percent_encode(c::IN_URL, NON_ALPHANUMERIC);
        for url in [
            format!("{}?user=mara&pass={password}", server.url()),
            format!("redis://mara:{password}@127.0.0.1:1"),
            format!("redis://mara:{password}@redis.example.com"),
            format!("rediss://mara:{password}@127.0.0.1:1/#insecure"),
            format!("http://mara:{password}@localhost/{password}"),
        ] {
            let outcome = RedisTokenStore::connect(&url, "leaks").await;
            assert!(outcome.is_err(), "{outcome:?}");
            paper.outcome(&outcome);
        }
    }
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring {
    use zeyos::KeyringTokenStore;

    use super::{Paper, TokenStore as _, called, held, visited};
    use crate::promises::leaks::{SECRETS, canaries as c};
    use crate::shared_stores::keyring::{Daemon, on_a_bus_of_its_own, open, state};

    #[test]
    fn no_secret_of_a_login_in_the_keyring_is_seen_in_any_output() {
        let name = "promises::leaks::remote::keyring::no_secret_of_a_login_in_the_keyring_is_seen_in_any_output";
        if !on_a_bus_of_its_own(name) {
            return;
        }
        let paper = Paper::default();
        let _ear = paper.listen();
        paper.runtime().block_on(all(&paper));
        for heard in ["KeyringTokenStore", "StoreContents", "Unavailable"] {
            assert!(paper.text().contains(heard), "{heard}");
        }
        paper.check(&SECRETS);
    }

    async fn all(paper: &Paper) {
        let daemon = Daemon::start(Some("a password"));
        let store = open("leaks").await;
        // It answers before it has a place to write to.
        for _ in 0..500 {
            match store.set(None).await {
                Ok(()) => break,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
        visited(&store, paper).await;
        std::fs::write(state(), format!("{{\"format\":1,\"newest\":\"{}", c::ACCESS)).unwrap();
        held(&store, paper).await;
        visited(&store, paper).await;
        for entry in std::fs::read_dir(state().parent().unwrap()).unwrap().flatten() {
            paper.print(&entry.file_name());
        }
        drop(daemon);
        paper.outcome(&store.get().await);
        called(&store, paper).await;
        // Another daemon, which nobody has told the password.
        let _daemon = Daemon::start(None);
        let limit = std::time::Duration::from_secs(1);
        paper.outcome(&KeyringTokenStore::open_with_limit(limit, "zeyos-test", "leaks", state()).await);
        called(&store, paper).await;
    }
}
