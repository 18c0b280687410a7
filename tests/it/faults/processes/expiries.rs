//! Many processes on one store whose token ends for all of them at once.

use super::child::{Process, Scene};
use crate::support::size::size;

/// How often the token ends.
const EXPIRIES: &str = "ZEYOS_EXPIRIES";

const PROCESSES: usize = 64;

/// Lets the token end so often; each time every process makes a call.
fn expire(scene: &Scene, store: &str) {
    let expiries = u32::try_from(size(EXPIRIES, 3)).unwrap();
    let issuer = &scene.server.issuer;
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(&scene.server.url, store, None)).collect();
    processes.iter_mut().for_each(|process| process.expect("ready"));
    // Each has read the store before the first expiry.
    issuer.state().is_alive = true;
    call(&mut processes);
    for expiry in 1..=expiries {
        issuer.expire();
        call(&mut processes);
        let seen = issuer.seen();
        // All of them together check the login once (row 77).
        assert_eq!((seen.posts, seen.replays, seen.introspections), (expiry, 0, 1), "expiry {expiry}");
    }
    let refused = u32::try_from(PROCESSES).unwrap() * expiries;
    assert_eq!(issuer.seen().unauthorized, refused, "every process met every expiry");
}

fn call(processes: &mut [Process]) {
    processes.iter_mut().for_each(Process::go);
    processes.iter_mut().for_each(|process| process.expect("ok"));
}

#[test]
fn fault_15_of_64_processes_whose_token_expires_one_refreshes_and_the_rest_adopt() {
    let scene = Scene::new();
    expire(&scene, scene.store().to_str().unwrap());
}

#[cfg(feature = "redis")]
#[test]
fn of_64_processes_on_one_redis_whose_token_expires_one_refreshes_and_the_rest_adopt() {
    use crate::shared_stores::redis_server::RedisServer;
    use crate::support::issuer::Issuer;
    let (scene, redis) = (Scene::new(), RedisServer::start());
    let store = scene.server.runtime.block_on(redis.store("k"));
    scene.server.runtime.block_on(zeyos::TokenStore::set(&store, Some(&Issuer::tokens()))).unwrap();
    expire(&scene, &redis.url());
}
