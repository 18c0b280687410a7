//! Every arm of the machine, once: what the world says goes in, and the effects that come out are told in words.

mod alone;
mod edges;
mod ends;
mod memory;
mod repeat;
mod words;

use std::time::Duration;

use zeyos_core::{Refreshing, SessionLoss, Timestamp, TokenError};

use super::*;
use crate::auth::reply::Reply;
use crate::bits::fingerprint;
use crate::store::{IntrospectionCheck, Lineage};
use words::words;

const NOW: Timestamp = Timestamp::from_unix(1_000_000);

fn set(n: u8) -> TokenSet {
    TokenSet::bearer(format!("a{n}")).with_refresh_token(format!("r{n}"))
}

/// The tokens number n of one login, whose first are number 0.
fn record(generation: u64, n: u8) -> TokenRecord {
    let lineage = Lineage::from_parts("login", n.into(), Lineage::first(&set(n)).pair);
    TokenRecord {
        generation,
        tokens: Some(set(n)),
        owner: Some("me".into()),
        lineage: Some(lineage),
        ..TokenRecord::default()
    }
}

/// Tokens of which nothing is known, as another program writes them.
fn bare(generation: u64, n: u8) -> TokenRecord {
    TokenRecord { generation, tokens: Some(set(n)), ..TokenRecord::default() }
}

fn lost(generation: u64, n: u8, loss: SessionLoss) -> TokenRecord {
    TokenRecord { lost: Some(loss), ..record(generation, n) }
}

/// A store with generation 4 and the refresh token r1.
fn contents() -> StoreContents {
    StoreContents { record: record(4, 1), newest: 4, ..StoreContents::default() }
}

fn marker(generation: u64, token: Option<&str>) -> Option<Pending> {
    let refresh_token_hash = token.map(|token| fingerprint(&Secret::from(token)));
    Some(Pending { generation, refresh_token_hash, since: NOW, request_id: "dead".into() })
}

/// Someone died between the pending marker and the commit; the journal says what the driver then parses.
fn marked(has_reply: bool) -> StoreContents {
    StoreContents { pending: marker(4, Some("r1")), reply: has_reply.then(|| "journal".into()), ..contents() }
}

/// The pending marker that this process left itself.
fn mine() -> StoreContents {
    let pending = marker(4, Some("r1")).map(|marker| Pending { request_id: "mine".into(), ..marker });
    StoreContents { pending, ..contents() }
}

fn task() -> Task {
    Task {
        newer_than: 4,
        known: Some(record(4, 1)),
        unpersisted: false,
        login_id: "me".into(),
        request_id: "mine".into(),
        now: NOW,
        may_probe: true,
        probe_interval: Duration::from_secs(60),
        own_question: None,
        is_ordered: false,
        checks: false,
        can_issue: false,
        can_begin: false,
        refreshing: Refreshing::Rotating,
        can_ask: true,
        is_refused: false,
        tries: 3,
        backoff: Duration::from_millis(200),
        reread: Duration::from_millis(50),
    }
}

fn knows(known: TokenRecord, unpersisted: bool) -> Task {
    Task { newer_than: known.generation, known: Some(known), unpersisted, ..task() }
}

fn found(contents: StoreContents) -> Input {
    Input::Read(Box::new(contents))
}

fn says(reply: Reply) -> Input {
    Input::Parsed(Box::new(reply), Patience::NotAsked)
}

fn tokens(n: u8) -> Input {
    says(Reply::Tokens(set(n)))
}

fn saved(n: u8, problem: TokenError) -> Input {
    says(Reply::Partial(TokenSet { access_token: None, ..set(n) }, problem))
}

fn refusal(code: &str) -> TokenError {
    TokenError::Refused { code: code.into(), description: None, status: http::StatusCode::FORBIDDEN }
}

fn denied() -> Input {
    says(Reply::InvalidGrant(refusal("invalid_grant")))
}

fn cut() -> TokenError {
    TokenError::Malformed { reason: "cut".into(), status: http::StatusCode::OK }
}

fn indeterminate() -> Input {
    says(Reply::Indeterminate(cut()))
}

fn client_auth() -> Input {
    says(Reply::ClientAuth(TokenError::ClientAuth { status: http::StatusCode::UNAUTHORIZED }))
}

fn refused() -> Input {
    let reason = "full".to_owned();
    Input::StoreFailed(StoreFailure { error: TokenError::StoreNotWritable { reason: reason.clone() }, reason })
}

fn stored() -> Input {
    Input::Committed(Commit::Stored)
}

fn conflict(theirs: TokenRecord) -> Input {
    Input::Committed(Commit::Conflict(Box::new(theirs)))
}

const DONE: Input = Input::Done;
const GOT: Input = Input::Answered;
const ALIVE: Input = Input::Probed(Probe::Active);
const SPENT: Input = Input::Probed(Probe::Inactive);
const MUTE: Input = Input::Probed(Probe::Unknown);

/// Plays a script: `expected` has the effects after the first reading, and ends with the outcome.
#[track_caller]
fn plays(task: Task, inputs: impl IntoIterator<Item = Input>, expected: &str) {
    let (mut rotation, first) = Rotation::start(task);
    assert_eq!(first, Effect::Read);
    let effects: Vec<String> = inputs.into_iter().map(|input| words(&rotation.step(input))).collect();
    assert_eq!(effects.join(", "), expected);
}

/// The same from the first request on: pending marker, request and journal go well.
#[track_caller]
fn plays_answer(inputs: impl IntoIterator<Item = Input>, expected: &str) {
    let sent = [found(contents()), DONE, GOT, DONE];
    plays(task(), sent.into_iter().chain(inputs), &format!("prepare 4, post r1, journal, parse, {expected}"));
}

#[test]
fn what_the_store_holds_decides_what_is_done() {
    let of = |record: TokenRecord| StoreContents { record, ..contents() };
    plays(task(), [found(of(record(5, 2)))], "adopted 5 r2");
    plays(task(), [found(of(lost(5, 1, SessionLoss::Expired)))], "lost 5 r1 Expired");
    plays(task(), [found(of(TokenRecord { owner: Some("you".into()), ..record(5, 2) }))], "failed OtherLogin");
    let empty = TokenRecord { tokens: None, ..record(4, 1) };
    plays(Task { known: None, ..task() }, [found(of(empty.clone()))], "failed NeedsLogin");
    plays(task(), [found(of(TokenRecord { generation: 5, ..empty.clone() }))], "adopted 5 nothing");
    let damaged = StoreContents { damage: Some("the file is kept as x".into()), ..of(empty) };
    let (mut rotation, _) = Rotation::start(Task { known: None, ..task() });
    let Effect::Done(Outcome::Failed(TokenError::NeedsLogin { reason })) = rotation.step(found(damaged)) else {
        panic!("no login is needed")
    };
    assert_eq!(reason, "the file is kept as x");
    let bearer = TokenRecord { tokens: Some(TokenSet::bearer("a1")), ..record(4, 1) };
    let knows_bearer = || Task { known: Some(bearer.clone()), ..task() };
    plays(knows_bearer(), [found(of(bearer.clone()))], "failed NoRefreshToken");
    // Without a refresh token nothing can be learnt of other tokens, so those with one count.
    plays(task(), [found(of(bearer.clone())), ALIVE, stored(), DONE], "ask r1, commit 4>5 r1, prepare 5, post r1");
    let issues = Task { can_issue: true, ..knows_bearer() };
    let issued = [found(of(bearer.clone())), DONE, GOT, DONE, tokens(2), stored()];
    plays(issues, issued, "prepare 4, issue, journal, parse, commit 4>5 r2, renewed 5 r2");
}

#[test]
fn a_renewal_marks_sends_journals_reads_and_stores() {
    plays_answer([tokens(2), stored()], "commit 4>5 r2, renewed 5 r2");
    let no_refresh_token = says(Reply::Tokens(TokenSet::bearer("a2")));
    plays_answer([no_refresh_token, stored()], "commit 4>5 r1, renewed 5 r1");
    plays(
        task(),
        [found(contents()), DONE, GOT, refused(), tokens(2), stored()],
        "prepare 4, post r1, journal, parse, commit 4>5 r2, renewed 5 r2",
    );
    plays(task(), [found(contents()), refused()], "prepare 4, failed StoreNotWritable");
    plays_answer([tokens(2), refused()], "commit 4>5 r2, unpersisted 5 r2");
    // An effect that has ended in a way that cannot be is the end, not a guess.
    plays(task(), [found(contents()), GOT], "prepare 4, failed Interrupted");
}

#[test]
fn a_request_that_was_not_sent_is_tried_three_times_and_leaves_no_mark() {
    let lost_ways = [found(contents()), DONE, Input::NotSent, DONE, Input::NotSent, DONE, Input::NotSent];
    let tried = "prepare 4, post r1, wait 200, post r1, wait 400, post r1, clear, failed NotSent";
    for cleared in [DONE, refused()] {
        plays(task(), lost_ways.clone().into_iter().chain([cleared]), tried);
    }
}

#[test]
fn refusals_leave_the_tokens_and_drop_the_mark() {
    plays_answer([client_auth(), DONE], "clear, failed ClientAuth");
    plays_answer([says(Reply::Refused(refusal("invalid_scope"))), DONE], "clear, failed Refused");
}

#[test]
fn an_unclear_answer_is_asked_about_and_the_token_is_sent_again_once() {
    plays_answer(
        [indeterminate(), SPENT, DONE, stored()],
        "ask r1, quarantine, commit 4>5 r1 RotationOutcomeUnknown, lost 5 r1 RotationOutcomeUnknown",
    );
    plays_answer([indeterminate(), MUTE, DONE], "ask r1, note, failed Unknown");
    let again = "ask r1, clear, prepare 4, post r1, journal, parse";
    let alive = || [indeterminate(), ALIVE, DONE, DONE, GOT, DONE];
    let then = |rest: Vec<Input>| alive().into_iter().chain(rest);
    plays_answer(then(vec![tokens(2), stored()]), &format!("{again}, commit 4>5 r2, renewed 5 r2"));
    plays_answer(then(vec![indeterminate(), ALIVE]), &format!("{again}, ask r1, failed Unknown"));
    let denials = [vec![denied()], rereads(&mine()), vec![stored()]].concat();
    let rereading = "wait 50, read, wait 100, read, wait 200, read";
    let end = "commit 4>5 r1 RotationOutcomeUnknown, lost 5 r1 RotationOutcomeUnknown";
    plays_answer(then(denials), &format!("{again}, {rereading}, {end}"));
    let busy = Input::Parsed(Box::new(Reply::Indeterminate(refusal("busy"))), Patience::Asked);
    plays_answer([busy, ALIVE, DONE], "ask r1, clear, failed Refused");
}

fn rereads(contents: &StoreContents) -> Vec<Input> {
    (0..3).flat_map(|_| [DONE, found(contents.clone())]).collect()
}

#[test]
fn a_token_that_is_called_invalid_is_lost_only_after_three_looks_at_the_store() {
    let rereading = "wait 50, read, wait 100, read, wait 200, read";
    let denials =
        |contents: &StoreContents, rest: &[Input]| [vec![denied()], rereads(contents), rest.to_vec()].concat();
    plays_answer(denials(&mine(), &[stored()]), &format!("{rereading}, commit 4>5 r1 Revoked, lost 5 r1 Revoked"));
    let newer = |record: TokenRecord| found(StoreContents { record, ..contents() });
    plays_answer([denied(), DONE, newer(record(5, 2))], "wait 50, read, adopted 5 r2");
    let dead = lost(5, 1, SessionLoss::Revoked);
    plays_answer([denied(), DONE, newer(dead)], "wait 50, read, lost 5 r1 Revoked");
    let foreign = TokenRecord { owner: Some("you".into()), ..record(5, 2) };
    plays_answer([denied(), DONE, newer(foreign.clone())], "wait 50, read, failed OtherLogin");
    plays_answer([tokens(2), conflict(foreign)], "commit 4>5 r2, unpersisted 5 r2");
    // Someone else's pending marker: the lease has ended, and they may have the answer.
    plays_answer(denials(&marked(false), &[]), &format!("{rereading}, failed Unknown"));
    plays_answer(denials(&contents(), &[]), &format!("{rereading}, failed Unknown"));
    let mut old = contents();
    old.record.tokens.as_mut().unwrap().refresh_token_expires_at = Some(NOW);
    let sent = [found(old), DONE, GOT, DONE].into_iter().chain(denials(&mine(), &[stored()]));
    let begun = "prepare 4, post r1, journal, parse";
    plays(task(), sent, &format!("{begun}, {rereading}, commit 4>5 r1 Expired, lost 5 r1 Expired"));
}

#[test]
fn the_journal_of_a_predecessor_is_read_before_anything_is_sent() {
    let reads = |inputs: Vec<Input>, expected: &str| {
        plays(task(), [vec![found(marked(true))], inputs].concat(), &format!("parse, {expected}"));
    };
    reads(vec![tokens(2), stored()], "commit 4>5 r2, recovered 5 r2");
    reads(vec![tokens(2), refused()], "commit 4>5 r2, unpersisted 5 r2");
    reads(vec![client_auth(), DONE], "clear, failed ClientAuth");
    reads(vec![indeterminate(), MUTE, DONE], "ask r1, note, failed Unknown");
    // The journal has no status: what looks like a refusal may be the word of a proxy in trouble.
    reads(vec![says(Reply::Refused(refusal("overloaded"))), ALIVE, DONE], "ask r1, clear, prepare 4");
    let end = "commit 4>5 r1 Revoked, lost 5 r1 Revoked";
    let rereading = "wait 50, read, wait 100, read, wait 200, read";
    reads([vec![denied()], rereads(&marked(true)), vec![stored()]].concat(), &format!("{rereading}, {end}"));
}

#[test]
fn a_mark_without_a_journal_is_asked_about() {
    let asks = |inputs: Vec<Input>, expected: &str| {
        plays(task(), [vec![found(marked(false))], inputs].concat(), &format!("ask r1, {expected}"));
    };
    asks(vec![ALIVE, DONE, DONE], "clear, prepare 4, post r1");
    asks(vec![SPENT, stored()], "commit 4>5 r1 RotationOutcomeUnknown, lost 5 r1 RotationOutcomeUnknown");
    // Its holder lives after all, and has just written the answer.
    let unread = conflict(record(4, 1));
    asks(vec![SPENT, unread], "commit 4>5 r1 RotationOutcomeUnknown, failed Unknown");
    asks(vec![MUTE, refused()], "note, failed Unknown");
    plays(Task { may_probe: false, ..task() }, [found(marked(false))], "failed Unknown");
    plays(Task { may_probe: false, ..task() }, [found(marked(true)), indeterminate()], "parse, failed Unknown");
    // The answer to tokens that the store has forgotten since.
    let forgotten = StoreContents { pending: marker(6, Some("r3")), reply: Some("x".into()), newest: 6, ..contents() };
    plays(task(), [found(forgotten), tokens(4), stored()], "parse, commit 4>7 r4, recovered 7 r4");
    // What is left of an exchange that was committed says nothing.
    let committed = StoreContents { pending: marker(3, Some("r0")), ..contents() };
    plays(task(), [found(committed.clone()), DONE], "prepare 4, post r1");
    // Its answer must not pass for the one to the next request.
    let half = StoreContents { reply: Some("old".into()), ..committed };
    plays(task(), [found(half), DONE, DONE], "clear, prepare 4, post r1");
    let other = StoreContents { pending: marker(4, Some("r7")), ..contents() };
    plays(task(), [found(other), DONE, DONE], "clear, prepare 4, post r1");
}

#[test]
fn what_a_sign_in_left_behind_costs_no_tokens() {
    let of_sign_in = |reply: Option<&'static str>| StoreContents {
        pending: marker(4, None),
        reply: reply.map(Into::into),
        ..contents()
    };
    plays(task(), [found(of_sign_in(None)), DONE, DONE], "clear, prepare 4, post r1");
    for met in [denied(), client_auth(), says(Reply::Refused(refusal("invalid_scope"))), indeterminate()] {
        plays(task(), [found(of_sign_in(Some("x"))), met, DONE, DONE], "parse, clear, prepare 4, post r1");
    }
    let bearer = says(Reply::Tokens(TokenSet::bearer("a2")));
    plays(task(), [found(of_sign_in(Some("x"))), bearer, stored()], "parse, commit 4>5 a2, recovered 5 a2");
    let saved = [found(of_sign_in(Some("x"))), saved(2, cut()), SPENT, DONE];
    plays(task(), saved, "parse, ask r2, clear, prepare 4");
}

#[test]
fn a_saved_refresh_token_is_confirmed_kept_and_sent() {
    let kept = [saved(2, cut()), ALIVE, stored(), DONE, GOT, DONE];
    let words = "ask r2, commit 4>5 r2, prepare 5, post r2, journal, parse";
    let then = |rest: Vec<Input>| kept.clone().into_iter().chain(rest);
    plays_answer(then(vec![tokens(3), stored()]), &format!("{words}, commit 5>6 r3, renewed 6 r3"));
    plays_answer(
        then(vec![saved(3, cut()), ALIVE, stored()]),
        &format!("{words}, ask r3, commit 5>6 r3, kept 6 r3 Malformed"),
    );
    plays_answer([saved(2, cut()), MUTE, DONE], "ask r2, note, failed Unknown");
    plays_answer(
        [saved(2, cut()), SPENT, SPENT, DONE, stored()],
        "ask r2, ask r1, quarantine, commit 4>5 r1 RotationOutcomeUnknown, lost 5 r1 RotationOutcomeUnknown",
    );
    plays_answer([saved(2, cut()), ALIVE, refused()], "ask r2, commit 4>5 r2, unpersisted 5 r2");
    plays_answer([saved(1, cut()), MUTE, DONE], "ask r1, note, failed Unknown");
    let mac = || saved(2, TokenError::UnsupportedTokenType);
    plays_answer([mac(), ALIVE, stored()], "ask r2, commit 4>5 r2, kept 5 r2 UnsupportedTokenType");
}

#[test]
fn a_restored_copy_is_asked_about_before_it_is_sent() {
    let restored = || StoreContents { newest: 7, ..contents() };
    plays(task(), [found(restored()), ALIVE, DONE], "ask r1, prepare 4, post r1");
    plays(task(), [found(restored()), SPENT, stored()], "ask r1, commit 4>8 r1 StaleStore, lost 8 r1 StaleStore");
    plays(task(), [found(restored()), MUTE, DONE], "ask r1, note, failed Unknown");
}

#[test]
fn fault_58_memory_beats_nothing_an_ancestor_and_the_loss_of_others() {
    let empty = || StoreContents::default();
    let back = "ask r3, commit 0>3 r3, prepare 3, post r3";
    plays(knows(record(3, 3), false), [found(empty()), ALIVE, stored(), DONE], back);
    let lost_all = "ask r3, commit 0>4 r3 StaleStore, lost 4 r3 StaleStore";
    plays(knows(record(3, 3), false), [found(empty()), SPENT, stored()], lost_all);
    // One generation behind, two, and the same one twice.
    for (generation, n) in [(2, 2), (1, 1), (3, 2)] {
        let behind = StoreContents { record: record(generation, n), newest: generation, ..StoreContents::default() };
        let next = if generation == 3 { 4 } else { 3 };
        let expected = format!("ask r3, commit {generation}>{next} r3, prepare {next}, post r3");
        plays(knows(record(3, 3), false), [found(behind), ALIVE, stored(), DONE], &expected);
        let dead = StoreContents {
            record: lost(generation + 1, n, SessionLoss::Revoked),
            newest: 0,
            ..StoreContents::default()
        };
        let (rotation, _) = run(knows(record(3, 3), false), [found(dead), ALIVE, stored()]);
        assert_eq!(rotation.restored(), Some((generation + 2).max(3)), "above the loss and everything before it");
    }
    // The loss of what came from them is theirs too.
    let heirs = StoreContents { record: lost(9, 5, SessionLoss::Revoked), newest: 9, ..StoreContents::default() };
    plays(knows(record(3, 3), false), [found(heirs)], "lost 9 r5 Revoked");
}

#[test]
fn fault_58_other_tokens_count_if_they_were_obtained_later_and_else_the_server_decides() {
    let at = |record: TokenRecord, second: i64| {
        let mut tokens = record.tokens.clone().unwrap();
        tokens.obtained_at = Some(Timestamp::from_unix(second));
        TokenRecord { tokens: Some(tokens.clone()), lineage: None, ..record }
    };
    let stored_at = |second| StoreContents { record: at(record(3, 7), second), newest: 3, ..StoreContents::default() };
    let task = || knows(at(record(3, 1), 50), false);
    // Signed in anew after the store fell back: under a generation that is newer for every call of this program.
    plays(task(), [found(stored_at(51)), stored()], "commit 3>4 r7, adopted 4 r7");
    plays(task(), [found(stored_at(49)), ALIVE, stored(), DONE], "ask r1, commit 3>4 r1, prepare 4, post r1");
    plays(task(), [found(stored_at(49)), SPENT, ALIVE, stored()], "ask r1, ask r7, commit 3>4 r7, adopted 4 r7");
    plays(task(), [found(stored_at(50)), ALIVE, stored()], "ask r7, commit 3>4 r7, adopted 4 r7");
    plays(
        task(),
        [found(stored_at(50)), SPENT, ALIVE, stored(), DONE],
        "ask r7, ask r1, commit 3>4 r1, prepare 4, post r1",
    );
    plays(
        task(),
        [found(stored_at(50)), SPENT, SPENT, stored()],
        "ask r7, ask r1, commit 3>4 r7 StaleStore, lost 4 r7 StaleStore",
    );
    // Nothing is overwritten while nothing is known.
    plays(task(), [found(stored_at(50)), MUTE, DONE], "ask r7, note, failed Unknown");
    plays(task(), [found(stored_at(50)), SPENT, MUTE, DONE], "ask r7, ask r1, note, failed Unknown");
}

#[test]
fn fault_58_the_journal_of_an_exchange_of_these_tokens_outlives_the_record() {
    let journal = |hash: &str| StoreContents {
        pending: marker(3, Some(hash)),
        reply: Some("x".into()),
        ..StoreContents::default()
    };
    let known = || knows(record(3, 3), false);
    plays(known(), [found(journal("r3")), tokens(4), stored()], "parse, commit 0>4 r4, recovered 4 r4");
    // The refusal of other tokens says nothing of these.
    let others =
        || StoreContents { pending: marker(8, Some("r9")), reply: Some("x".into()), ..StoreContents::default() };
    plays(
        known(),
        [found(others()), denied(), DONE, ALIVE, stored(), DONE],
        "parse, clear, ask r3, commit 0>3 r3, prepare 3, post r3",
    );
    // Tokens for others may be later ones: the server has to say so.
    plays(known(), [found(others()), tokens(5), ALIVE, stored()], "parse, ask r5, commit 0>4 r5, recovered 4 r5");
}

#[test]
fn fault_70_what_another_program_writes_around_a_refusal_is_adopted() {
    let foreign = |n| found(StoreContents { record: bare(5, n), newest: 4, ..mine() });
    plays_answer([denied(), DONE, foreign(9)], "wait 50, read, adopted 5 r9");
    plays_answer([denied(), DONE, found(mine()), DONE, foreign(9)], "wait 50, read, wait 100, read, adopted 5 r9");
    // Under the old generation, too: the tokens are compared.
    let same = found(StoreContents { record: bare(4, 9), ..mine() });
    plays_answer([denied(), DONE, same, stored()], "wait 50, read, commit 4>5 r9, adopted 5 r9");
    // Between the last look and the commit of the loss.
    let denials = [vec![denied()], rereads(&mine()), vec![conflict(bare(5, 9))]].concat();
    let rereading = "wait 50, read, wait 100, read, wait 200, read";
    plays_answer(denials, &format!("{rereading}, commit 4>5 r1 Revoked, adopted 5 r9"));
    // New tokens of ours beside new tokens of theirs: neither are overwritten.
    plays_answer([tokens(2), conflict(bare(5, 9))], "commit 4>5 r2, unpersisted 5 r2");
}

#[test]
fn fault_60_new_tokens_beside_an_error_are_checked_before_a_loss_and_the_error_is_told() {
    let beside = |refusal: Reply, n: u8| {
        says(Reply::RefusedWithTokens(Box::new(refusal), TokenSet { access_token: None, ..set(n) }))
    };
    let grant = || Reply::InvalidGrant(refusal("invalid_grant"));
    plays_answer([beside(grant(), 2), ALIVE, stored()], "ask r2, commit 4>5 r2, kept 5 r2 Refused");
    plays_answer([beside(Reply::Refused(refusal("")), 2), ALIVE, stored()], "ask r2, commit 4>5 r2, kept 5 r2 Refused");
    let auth = Reply::ClientAuth(TokenError::ClientAuth { status: http::StatusCode::UNAUTHORIZED });
    plays_answer([beside(auth.clone(), 2), ALIVE, stored()], "ask r2, commit 4>5 r2, kept 5 r2 ClientAuth");
    plays_answer([beside(auth, 2), SPENT, DONE], "ask r2, clear, failed ClientAuth");
    plays_answer([beside(grant(), 2), MUTE, DONE], "ask r2, note, failed Unknown");
    plays_answer([beside(grant(), 2), SPENT, DONE], "ask r2, wait 50, read");
    // The token that was sent is not a new one.
    plays_answer([beside(grant(), 1), DONE], "wait 50, read");
    // The next exchange finds it in the journal.
    let journaled = [found(marked(true)), beside(grant(), 2), ALIVE, stored()];
    plays(task(), journaled, "parse, ask r2, commit 4>5 r2, kept 5 r2 Refused");
}

#[test]
fn fault_77_no_loss_rests_on_a_server_that_calls_living_tokens_inactive() {
    let lied = |contents: StoreContents| {
        let record = TokenRecord { introspection: Some(IntrospectionCheck::Contradicted), ..contents.record };
        found(StoreContents { record, ..contents })
    };
    plays(task(), [lied(marked(false)), SPENT, DONE], "ask r1, note, failed Unknown");
    plays(
        task(),
        [lied(contents()), DONE, GOT, DONE, indeterminate(), SPENT, DONE],
        "prepare 4, post r1, journal, parse, ask r1, note, failed Unknown",
    );
    plays(task(), [lied(StoreContents { newest: 7, ..contents() }), SPENT, DONE], "ask r1, note, failed Unknown");
    plays(
        task(),
        [lied(contents()), DONE, GOT, DONE, saved(2, cut()), SPENT, DONE],
        "prepare 4, post r1, journal, parse, ask r2, note, failed Unknown",
    );
    // The caller may order what no one can know to be safe, once.
    let ordered = || Task { is_ordered: true, ..task() };
    plays(ordered(), [lied(marked(false)), DONE, DONE], "clear, prepare 4, post r1");
    let again = [lied(marked(false)), DONE, DONE, GOT, DONE, indeterminate(), SPENT, DONE];
    plays(ordered(), again, "clear, prepare 4, post r1, journal, parse, ask r1, note, failed Unknown");
    let stale = [lied(StoreContents { newest: 7, ..contents() }), DONE];
    plays(ordered(), stale, "prepare 4, post r1");
    plays(Task { may_probe: false, ..ordered() }, [lied(marked(false)), DONE], "clear, prepare 4");
    // The order is about what was sent before it. What is sent because of it is not sent a second time.
    for contents in [contents(), StoreContents { newest: 7, ..contents() }] {
        let indeterminate = [lied(contents), DONE, GOT, DONE, indeterminate(), SPENT, DONE];
        plays(ordered(), indeterminate, "prepare 4, post r1, journal, parse, ask r1, note, failed Unknown");
    }
    // What it calls alive, is.
    plays(task(), [lied(marked(false)), ALIVE, DONE, DONE], "ask r1, clear, prepare 4, post r1");
    // It is asked once about a token that it has just issued, and what it says is stored with that token.
    let checks = || Task { checks: true, ..task() };
    for (probe, check) in
        [(ALIVE, Some(IntrospectionCheck::Confirmed)), (SPENT, Some(IntrospectionCheck::Contradicted)), (MUTE, None)]
    {
        let inputs = [found(contents()), DONE, GOT, DONE, tokens(2), probe];
        plays(checks(), inputs.clone(), "prepare 4, post r1, journal, parse, check r2, commit 4>5 r2");
        let (_, effect) = run(checks(), inputs);
        let Effect::Commit { record, .. } = effect else { panic!("nothing is stored") };
        assert_eq!(record.introspection, check);
    }
    plays(
        checks(),
        [lied(contents()), DONE, GOT, DONE, tokens(2)],
        "prepare 4, post r1, journal, parse, commit 4>5 r2",
    );
    // The check belongs to the login, and stays with its renewals.
    let (_, effect) = run(task(), [lied(contents()), DONE, GOT, DONE, tokens(2)]);
    let Effect::Commit { record, .. } = effect else { panic!("nothing is stored") };
    assert_eq!(record.introspection, Some(IntrospectionCheck::Contradicted));
}

#[test]
fn fault_78_what_another_program_has_just_asked_in_vain_is_not_asked_again() {
    let asked = |token: &str, ago: i64| {
        let at = Timestamp::from_unix(NOW.as_unix() - ago);
        Some(Asked { refresh_token_hash: fingerprint(&Secret::from(token)), at })
    };
    let noted = |asked: Option<Asked>| found(StoreContents { asked, ..marked(false) });
    for ago in [-59, 0, 59] {
        plays(task(), [noted(asked("r1", ago))], "failed Unknown");
    }
    for other in [asked("r1", 60), asked("r1", -60), asked("r2", 0), None] {
        plays(task(), [noted(other), ALIVE], "ask r1, clear");
    }
    let own = Task { own_question: asked("r1", 5), ..task() };
    plays(own, [noted(asked("r1", 5)), ALIVE], "ask r1, clear");
    let stale = StoreContents { newest: 7, asked: asked("r1", 1), ..contents() };
    plays(task(), [found(stale)], "failed Unknown");
    let saved = [found(StoreContents { asked: asked("r2", 1), ..contents() }), DONE, GOT, DONE, saved(2, cut())];
    plays(task(), saved, "prepare 4, post r1, journal, parse, failed Unknown");
}

/// Plays a script, and gives the machine with its last effect.
fn run(task: Task, inputs: impl IntoIterator<Item = Input>) -> (Rotation, Effect) {
    let (mut rotation, mut effect) = Rotation::start(task);
    for input in inputs {
        effect = rotation.step(input);
    }
    (rotation, effect)
}
