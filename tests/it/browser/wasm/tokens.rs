//! Tokens in a page: they end, are renewed once, and outlive a network that is away, a full store and an emptied one.

use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::Fault;

use super::{Stage, with};

/// A client with its tokens in `localStorage`, and the application by which they are renewed.
pub(super) fn kept(stage: &Stage) -> Value {
    let credentials = stage.zeyos.credentials();
    let client = json!({ "id": credentials.client_id.as_str(), "secret": credentials.client_secret.as_str() });
    with(with(stage.pair(), &client), &json!({ "store": "tokens" }))
}

fn opened() -> Stage {
    let stage = Stage::new(|_| ());
    stage.open(&kept(&stage));
    assert_eq!(stage.call("count()").unwrap(), 3);
    stage
}

/// A client that has no tokens of its own, only what the store holds.
pub(super) fn reopened(stage: &Stage) {
    stage.open(&without_tokens(stage));
}

/// The wishes of that client.
pub(super) fn without_tokens(stage: &Stage) -> Value {
    let mut wishes = kept(stage);
    wishes.as_object_mut().unwrap().retain(|name, _| name != "access" && name != "refresh");
    wishes
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn tokens_that_end_are_renewed_once_for_all_calls_and_outlive_the_page() {
    let stage = opened();
    stage.expire();
    let calls = "count(), ".replace("count", "tested.count").repeat(8);
    let answers = stage.chrome.promised(&format!("await Promise.all([{calls}])")).unwrap();
    assert_eq!(answers, json!([3, 3, 3, 3, 3, 3, 3, 3]));
    assert_eq!(stage.refreshes(), 1);
    reopened(&stage);
    assert_eq!(stage.call("count()").unwrap(), 3);
    assert_eq!(stage.refreshes(), 1, "what was renewed is kept");
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_refusal_that_comes_late_costs_no_second_renewal() {
    let stage = opened();
    stage.expire();
    // One of the two is refused when the other one has new tokens already.
    let late = Fault::delay(Duration::ZERO).answered_after(Duration::from_millis(800));
    stage.zeyos.inject(late.on("POST", "/api/v1/tickets"));
    let answers = stage.chrome.promised("await Promise.all([tested.count(), tested.count()])").unwrap();
    assert_eq!((answers, stage.refreshes()), (json!([3, 3]), 1));
}

fn offline(stage: &Stage, is_offline: bool) {
    stage.chrome.devtools("Network.enable", &json!({}));
    let conditions = json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
    stage.chrome.devtools("Network.emulateNetworkConditions", &conditions);
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_network_that_is_away_costs_no_login() {
    let stage = opened();
    stage.expire();
    offline(&stage, true);
    let error = stage.call("count()").unwrap_err();
    assert!(!error.contains("sign in"), "{error}");
    offline(&stage, false);
    stage.chrome.until("it goes on", || stage.call("count()") == Ok(json!(3)));
    assert_eq!(stage.refreshes(), 1);
    // A page cannot know whether a request has left: the token counts as perhaps spent, until the server is asked.
    offline(&stage, true);
    let error = stage.call("refresh()").unwrap_err();
    assert!(error.contains("the tokens are kept, and the server is asked again later"), "{error}");
    offline(&stage, false);
    assert_eq!(stage.call("count()").unwrap(), 3, "the access token works");
    stage.chrome.until("it is asked", || stage.call("refresh()") == Ok(Value::Null));
    assert_eq!((stage.refreshes(), stage.call("count()")), (2, Ok(json!(3))));
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_full_store_spends_no_refresh_token() {
    let stage = opened();
    // As full as it can be.
    stage.chrome.script(
        "for (let size = 1 << 22; size; size = size >> 1) for (let number = 0; ; number++) \
         try { localStorage.setItem(`${size}-${number}`, 'x'.repeat(size)); } catch { break; }",
    );
    stage.expire();
    let error = stage.call("count()").unwrap_err();
    assert!(error.contains("store"), "{error}");
    assert_eq!(stage.refreshes(), 0, "what could not be kept is not asked for");
    stage
        .chrome
        .script("for (const key of Object.keys(localStorage)) if (/^\\d+-/.test(key)) localStorage.removeItem(key)");
    stage.chrome.until("it goes on", || stage.call("count()") == Ok(json!(3)));
    assert_eq!(stage.refreshes(), 1);
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_store_that_the_user_clears_costs_the_page_that_runs_nothing() {
    let stage = opened();
    stage.chrome.script("localStorage.clear()");
    stage.expire();
    assert_eq!(stage.call("count()").unwrap(), 3);
    assert_eq!(stage.refreshes(), 1);
    // Its tokens are there again for the next page.
    reopened(&stage);
    assert_eq!(stage.call("count()").unwrap(), 3);
    stage.chrome.script("localStorage.clear()");
    reopened(&stage);
    let error = stage.call("count()").unwrap_err();
    assert!(error.contains("token"), "a page without any says so: {error}");
}
