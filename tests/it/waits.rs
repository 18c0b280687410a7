//! No wait is without an end: every public async call of the library against a server, a store, a provider of the session cookie, a
//! runtime and a lock that never answer. The calls are read from the sources, so that none can be forgotten.

mod calls;
mod stores;
mod stuck;
mod surface;

use std::collections::BTreeSet;
use std::time::Duration;

use calls::{Ended, cases};
use stuck::Stuck;

use crate::support::clock::TestClock;

/// What stores of ours do is told by the tests in `stores`; the names are theirs.
const STORES: [&str; 13] = [
    "FileLock::clear",
    "FileLock::commit",
    "FileLock::journal",
    "FileLock::note_question",
    "FileLock::prepare",
    "FileLock::quarantine_reply",
    "FileLock::read",
    "FileLock::release",
    "FileTokenStore::forget",
    "FileTokenStore::get",
    "FileTokenStore::lock",
    "FileTokenStore::read",
    "FileTokenStore::set",
];

/// They never wait.
const AT_ONCE: [&str; 2] = ["MemoryTokenStore::get", "MemoryTokenStore::set"];

#[test]
fn every_public_async_call_has_a_case() {
    let mut known: BTreeSet<String> = cases().into_iter().map(|case| case.name.to_owned()).collect();
    known.extend(STORES.iter().chain(&AT_ONCE).map(ToString::to_string));
    for (store, lock) in [("RedisTokenStore", "RedisLock"), ("KeyringTokenStore", "KeyringLock")] {
        let of_both = |name: &&&str| name.starts_with("File");
        known.extend(
            STORES.iter().filter(of_both).map(|name| name.replace("FileTokenStore", store).replace("FileLock", lock)),
        );
    }
    // Only a page has these. Every wait in them has a limit of its own (`store/web/lock.rs`, `tabs.rs`), and storages do not wait.
    let of_page = STORES.iter().filter(|name| name.starts_with("File"));
    known.extend(
        of_page.map(|name| name.replace("FileTokenStore", "WebStorageTokenStore").replace("FileLock", "WebLock")),
    );
    known.extend(["RedisTokenStore::connect", "RedisTokenStore::connect_with"].map(String::from));
    known.extend(["KeyringTokenStore::open", "KeyringTokenStore::open_with_limit"].map(String::from));
    assert_eq!(surface::asynchronous(), known, "left: the sources; right: what is tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_62_every_call_ends_whatever_never_answers() {
    for stuck in Stuck::ALL {
        let (clock, world) = (TestClock::new(), stuck::World::new());
        let mut calls = tokio::task::JoinSet::new();
        for case in cases().into_iter().chain(calls::operations()) {
            let client = world.client(stuck, &clock);
            calls.spawn(async move {
                let ended = (case.run)(client).await;
                (case.name, ended)
            });
        }
        let count = calls.len();
        let (ended, _) = clock.drive(Duration::from_secs(5), calls.join_all()).await;
        assert!(count > 380 && ended.len() == count, "{count}");
        let odd = |(name, ended): (String, Ended)| match ended {
            Ended::Typed(kind) => (!stuck.explains(kind)).then(|| format!("{name}: {kind}")),
            Ended::Well => (!stuck.is_not_needed_by(&name)).then(|| format!("{name}: it ended well")),
            Ended::Oddly(said) => Some(format!("{name}: {said}")),
        };
        let odd: Vec<String> = ended.into_iter().filter_map(odd).collect();
        assert!(odd.is_empty(), "{stuck:?}: {odd:#?}");
    }
}
