//! Stores outside this process, Redis and the keyring: what they and the client say while all is well, when someone has damaged
//! what they hold, and when no one answers.

use std::fmt::Debug;

use zeyos::store::TokenStore;

use super::stores::{filled, held, renewing, used};
use super::{armed, crier};
use crate::support::transcript::Transcript;

/// An exchange up to its middle, then the calls of a client.
async fn visited<S: TokenStore + Clone + Debug>(store: &S, transcript: &Transcript) {
    filled(store, transcript).await;
    transcript.outcome(&store.get().await);
    held(store, transcript).await;
    called(store, transcript).await;
}

async fn called<S: TokenStore + Clone + Debug>(store: &S, transcript: &Transcript) {
    let client = armed(renewing().client()).token_store(store.clone()).on_event(crier(transcript)).build().unwrap();
    used(&client, transcript).await;
    transcript.print(store);
}

#[cfg(feature = "redis")]
pub(super) mod redis {
    use std::time::Duration;

    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use zeyos::{RedisOptions, RedisTokenStore};

    use super::{TokenStore as _, Transcript, called, filled, held, visited};
    use crate::promises::leaks::canaries as c;
    use crate::shared_stores::redis_server::RedisServer;

    pub(in crate::promises::leaks) async fn all(transcript: &Transcript) {
        let server = RedisServer::start();
        let options = || RedisOptions::new().time_limit(Duration::from_millis(500)).lease(Duration::from_millis(500));
        let store = RedisTokenStore::connect_with(&server.url(), "leaks", options()).await.unwrap();
        visited(&store, transcript).await;
        damaged(&server, &store, transcript).await;
        let names: Vec<String> = server.command(&[b"KEYS", b"*"]).await;
        assert!(names.len() > 2, "{names:?}");
        transcript.print(&names);
        refused(&server, transcript).await;
        // It takes nothing more, and says why.
        let _: () = server.command(&[b"CONFIG", b"SET", b"maxmemory", b"1"]).await;
        called(&store, transcript).await;
        drop(server);
        transcript.outcome(&store.get().await);
        called(&store, transcript).await;
    }

    async fn damaged(server: &RedisServer, store: &RedisTokenStore, transcript: &Transcript) {
        let half =
            format!("{{\"format\":1,\"tokens\":{{\"accessToken\":\"{}\",\"refreshToken\":\"{}", c::ACCESS, c::REFRESH);
        for key in ["{leaks}", "{leaks}:pending", "{leaks}:reply", "{leaks}:newest"] {
            for is_list in [false, true] {
                let _: u64 = server.command(&[b"DEL", b"{leaks}", b"{leaks}:pending", key.as_bytes()]).await;
                filled(store, transcript).await;
                let _: u64 = server.command(&[b"DEL", key.as_bytes()]).await;
                let _: redis::Value = match is_list {
                    true => server.command(&[b"LPUSH", key.as_bytes(), half.as_bytes()]).await,
                    false => server.command(&[b"SET", key.as_bytes(), half.as_bytes()]).await,
                };
                transcript.outcome(&store.get().await);
                held(store, transcript).await;
                if key == "{leaks}" {
                    called(store, transcript).await;
                }
            }
        }
    }

    /// What no connection is made with.
    async fn refused(server: &RedisServer, transcript: &Transcript) {
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
            transcript.outcome(&outcome);
        }
    }
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
mod keyring {
    use zeyos::KeyringTokenStore;

    use super::{TokenStore as _, Transcript, called, held, visited};
    use crate::promises::leaks::{SECRETS, canaries as c};
    use crate::shared_stores::keyring::{Daemon, on_a_bus_of_its_own, open, state};

    #[test]
    fn no_secret_of_a_login_in_the_keyring_is_seen_in_any_output() {
        let name = "promises::leaks::remote::keyring::no_secret_of_a_login_in_the_keyring_is_seen_in_any_output";
        if !on_a_bus_of_its_own(name) {
            return;
        }
        let transcript = Transcript::default();
        let _captured = transcript.capture();
        transcript.runtime().block_on(all(&transcript));
        for heard in ["KeyringTokenStore", "StoreContents", "Unavailable"] {
            assert!(transcript.text().contains(heard), "{heard}");
        }
        transcript.check(&SECRETS);
    }

    async fn all(transcript: &Transcript) {
        let daemon = Daemon::start(Some("a password"));
        let store = open("leaks").await;
        // It answers before it has a place to write to.
        for _ in 0..500 {
            match store.set(None).await {
                Ok(()) => break,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
        visited(&store, transcript).await;
        std::fs::write(state(), format!("{{\"format\":1,\"newest\":\"{}", c::ACCESS)).unwrap();
        held(&store, transcript).await;
        visited(&store, transcript).await;
        for entry in std::fs::read_dir(state().parent().unwrap()).unwrap().flatten() {
            transcript.print(&entry.file_name());
        }
        drop(daemon);
        transcript.outcome(&store.get().await);
        called(&store, transcript).await;
        // Another daemon, which no one has told the password.
        let _daemon = Daemon::start(None);
        let limit = std::time::Duration::from_secs(1);
        transcript.outcome(&KeyringTokenStore::open_with_limit(limit, "zeyos-test", "leaks", state()).await);
        called(&store, transcript).await;
    }
}
