//! With Redis, logins and sessions survive the program.

use super::program::Program;
use super::{agree, begin, confirmed, session_cookie};
use crate::browser::chrome::Chrome;
use crate::browser::emulator;
use crate::shared_stores::redis_server::RedisServer;

#[test]
fn a_login_that_was_begun_before_a_crash_is_finished_after_it() {
    let (zeyos, chrome, redis) = (emulator(), Chrome::start(), RedisServer::start());
    let url = redis.url();
    let variables = [("ZEYOS_REDIS_URL", url.as_str())];
    let mut web = Program::start(&zeyos, &variables);
    begin(&chrome, &web);
    web.crash_and_restart(&zeyos, &variables);
    agree(&chrome, "mara");
    chrome.until_heading("Signed in as Mara Lindholm");

    // So does the session.
    let id = session_cookie(&chrome);
    web.crash_and_restart(&zeyos, &variables);
    chrome.goto(web.url());
    chrome.until_heading("Signed in as Mara Lindholm");
    assert_eq!(session_cookie(&chrome), id);
    chrome.click("form[action='/sign-out'] button");
    chrome.until_heading("Not signed in");
    assert_eq!((confirmed(&zeyos, "/token"), confirmed(&zeyos, "/revoke")), (1, 1));
    assert_eq!(keys(&redis, "zeyos:web:login:*"), Vec::<String>::new(), "what was pending is gone");
    assert_eq!(keys(&redis, "zeyos:web:sessions"), Vec::<String>::new());
}

#[test]
fn what_is_kept_of_a_login_ends_by_itself_and_does_not_show_the_cookie() {
    let (zeyos, chrome, redis) = (emulator(), Chrome::start(), RedisServer::start());
    let url = redis.url();
    let web = Program::start(&zeyos, &[("ZEYOS_REDIS_URL", url.as_str())]);
    let waiting = begin(&chrome, &web);
    let [login] = keys(&redis, "zeyos:web:login:*").try_into().unwrap();
    let life: i64 = ask(&redis, &[b"TTL", login.as_bytes()]);
    assert!((1..=600).contains(&life), "{life} s");
    agree(&chrome, "mara");
    chrome.until_heading("Signed in as Mara Lindholm");
    let all = keys(&redis, "*");
    for id in [waiting, session_cookie(&chrome)] {
        assert!(!all.is_empty() && all.iter().all(|key| !key.contains(&id)), "{all:?}");
    }
}

#[test]
fn a_session_that_has_lasted_long_enough_is_over() {
    let (zeyos, chrome, redis) = (emulator(), Chrome::start(), RedisServer::start());
    let url = redis.url();
    let variables = [("ZEYOS_REDIS_URL", url.as_str())];
    let mut web = Program::start(&zeyos, &variables);
    begin(&chrome, &web);
    agree(&chrome, "mara");
    chrome.until_heading("Signed in as Mara Lindholm");
    let [session]: [String; 1] =
        ask::<Vec<String>>(&redis, &[b"ZRANGE", b"zeyos:web:sessions", b"0", b"-1"]).try_into().unwrap();
    let _: i64 = ask(&redis, &[b"ZADD", b"zeyos:web:sessions", b"1", session.as_bytes()]);
    chrome.goto(web.url());
    chrome.until_heading("Not signed in");
    // It looks for such sessions at its start, then once a minute.
    web.crash_and_restart(&zeyos, &variables);
    chrome.until("the tokens are ended", || confirmed(&zeyos, "/revoke") == 1);
}

fn ask<T: redis::FromRedisValue>(redis: &RedisServer, words: &[&[u8]]) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(redis.command(words))
}

fn keys(redis: &RedisServer, pattern: &str) -> Vec<String> {
    ask(redis, &[b"KEYS", pattern.as_bytes()])
}
