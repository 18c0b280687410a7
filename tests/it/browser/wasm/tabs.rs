//! Several tabs with one login: who renews the tokens does it for all, and a tab that is closed in the middle of it costs no more than what
//! no one can know.

use std::time::Duration;

use serde_json::{Value, json};
use zeyos_emulator::Fault;

use super::tokens::{kept, reopened, without_tokens};
use super::{Stage, open_here, with};
use crate::support::random::Random;
use crate::support::size::size;

/// Two tabs of one page, of which the first is at hand.
fn two_tabs(stage: &Stage) -> (String, String) {
    stage.open(&kept(stage));
    assert_eq!(stage.call("count()").unwrap(), 3);
    let (first, second) = stage.chrome.open_tab();
    reopened(stage);
    // It calls when the other one does.
    stage.chrome.script(
        "const channel = new BroadcastChannel('test'); \
         channel.onmessage = () => tested.count().then(count => channel.postMessage(count), error => channel.postMessage(error.message))",
    );
    stage.chrome.turn_to(&first);
    (first, second)
}

/// A call of both tabs at the same time; answers what each came to.
fn both(stage: &Stage) -> serde_json::Value {
    stage
        .chrome
        .promised(
            "await new Promise(resolve => { const channel = new BroadcastChannel('test'); \
             const other = new Promise(heard => channel.onmessage = event => heard(event.data)); \
             channel.postMessage('go'); const own = tested.count().catch(error => error.message); \
             Promise.all([own, other]).then(both => { channel.close(); resolve(both); }); })",
        )
        .unwrap()
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn two_tabs_never_spend_one_refresh_token() {
    let stage = Stage::new(|switches| switches.reuse_ends_family = true);
    two_tabs(&stage);
    // 1,000 in the long run.
    let expiries = size("ZEYOS_BROWSER_EXPIRIES", 10);
    let (mut lost, mut refreshes) = (0, 0);
    for number in 0..expiries {
        stage.expire();
        let answers = both(&stage);
        lost += usize::from(answers != json!([3, 3]));
        assert_eq!(lost, 0, "{number}: {answers}");
        // Only so many requests are remembered.
        refreshes += stage.refreshes();
        stage.zeyos.clear_requests();
    }
    assert_eq!(refreshes, expiries, "one renewal each");
    println!("{expiries} expiries, {refreshes} renewals, {lost} lost");
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn the_duplicate_of_a_tab_never_sends_the_refresh_token_that_the_other_one_has_spent() {
    let stage = Stage::new(|switches| switches.reuse_ends_family = true);
    let of_tab = |wishes: Value| with(wishes, &json!({ "session_storage": true }));
    stage.open(&of_tab(kept(&stage)));
    assert_eq!(stage.call("count()").unwrap(), 3);
    let (first, copy) = stage.chrome.duplicate_tab();
    open_here(&stage.chrome, &stage.url(), &of_tab(without_tokens(&stage)));
    assert_eq!(stage.call("count()").unwrap(), 3, "it has the tokens of the other tab");
    stage.chrome.turn_to(&first);
    stage.expire();
    assert_eq!((stage.call("count()"), stage.refreshes()), (Ok(json!(3)), 1));
    stage.chrome.turn_to(&copy);
    let error = stage.call("count()").unwrap_err();
    assert!(error.contains("the session is lost"), "{error}");
    let sent = stage.zeyos.requests().iter().filter(|seen| seen.grant_type == Some("refresh_token")).count();
    assert_eq!(sent, 1, "the server was asked before anything was sent");
    // A token that is sent twice would have ended this login too.
    stage.chrome.turn_to(&first);
    stage.expire();
    assert_eq!((stage.call("count()"), stage.refreshes()), (Ok(json!(3)), 2));
}

/// What became of a login whose tab was closed.
#[derive(Default, Debug)]
struct Counts {
    /// The tab was closed while it waited for the answer.
    pending: usize,
    /// It was closed with an answer that was not stored as tokens yet.
    answered: usize,
    /// The other tab goes on.
    kept: usize,
    /// The answer of the server never got to the page, and the other tab says so.
    unknown: usize,
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_tab_that_is_closed_within_a_renewal_loses_no_answer_that_it_had() {
    let stage = Stage::new(|_| ());
    stage.open(&kept(&stage));
    let (first, mut counts, mut random) = (stage.chrome.tab(), Counts::default(), Random(17));
    let kills = size("ZEYOS_BROWSER_KILLS", 6);
    for number in 0..kills {
        stage.chrome.turn_to(&first);
        // A login of its own for each.
        stage.zeyos.reset().unwrap();
        stage.chrome.script("localStorage.clear()");
        stage.open(&kept(&stage));
        assert_eq!(stage.call("count()").unwrap(), 3, "{number}");
        let (_, other) = stage.chrome.open_tab();
        reopened(&stage);
        stage.expire();
        stage.zeyos.clear_requests();
        let slow = Fault::delay(Duration::from_millis(random.below(30) as u64))
            .answered_after(Duration::from_millis(random.below(30) as u64));
        stage.zeyos.inject(slow.on("POST", "/oauth2/v1/token"));
        stage.chrome.script("tested.count()");
        std::thread::sleep(Duration::from_millis(random.below(120) as u64));
        assert_ne!(other, first);
        stage.chrome.close_tab(&first);
        stage.zeyos.clear_faults();
        let has_answer = stage.chrome.script(JOURNAL).as_bool().unwrap();
        counts.answered += usize::from(has_answer);
        counts.pending += usize::from(!has_answer && stage.chrome.script(PENDING).as_bool().unwrap());
        match stage.call("count()") {
            Ok(_) => counts.kept += 1,
            Err(error) => {
                assert!(!has_answer, "{number}: the answer was in the store: {error}");
                // Of a client that has left the server notes no status.
                let seen = stage.zeyos.requests();
                let sent = seen.iter().filter(|seen| seen.grant_type == Some("refresh_token")).count();
                assert_eq!(sent, 1, "{number}: nothing was spent: {error}");
                assert!(error.contains("was spent, and the answer to it never arrived"), "{number}: {error}");
                counts.unknown += 1;
            }
        }
    }
    println!("{counts:?}");
    assert!(counts.kept > 0, "{counts:?}");
    // The long run, which is not left to chance.
    assert!(kills < 200 || counts.pending > 0, "{counts:?}");
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn an_answer_of_a_tab_that_is_closed_before_it_has_stored_the_tokens_is_used_by_another() {
    let stage = Stage::new(|_| ());
    stage.open(&kept(&stage));
    assert_eq!(stage.call("count()").unwrap(), 3);
    let (first, second) = stage.chrome.open_tab();
    reopened(&stage);
    stage.expire();
    stage.chrome.turn_to(&first);
    // What it does after that is lost, as if it were gone.
    stage.chrome.script(
        "let gone = false; for (const name of ['setItem', 'removeItem']) { const real = Storage.prototype[name]; \
         Storage.prototype[name] = function (key, value) { if (gone) return; real.call(this, key, value); \
         gone = name === 'setItem' && key === 'tokens:reply'; }; }",
    );
    stage.chrome.script("tested.count()");
    stage.chrome.until("the answer", || stage.chrome.script(JOURNAL) == true);
    stage.chrome.close_tab(&second);
    assert_eq!((stage.call("count()"), stage.refreshes()), (Ok(json!(3)), 1), "nothing was spent again");
    assert_eq!(stage.chrome.script(JOURNAL), false, "and it is kept as tokens");
    reopened(&stage);
    assert_eq!((stage.call("count()"), stage.refreshes()), (Ok(json!(3)), 1));
}

/// Whether the store holds the mark of an exchange that has not ended.
const PENDING: &str = "return Boolean(JSON.parse(localStorage.getItem('tokens:state') ?? '{}').pending)";

/// Whether the store holds an answer that is not stored as tokens yet.
const JOURNAL: &str = "return localStorage.getItem('tokens:reply') !== null";
