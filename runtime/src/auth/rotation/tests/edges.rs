//! Cases on the edge between two answers, which mutation testing has found missing elsewhere.

use super::*;

fn logout(generation: u64) -> TokenRecord {
    TokenRecord { generation, owner: Some("me".into()), ..TokenRecord::default() }
}

#[test]
fn a_password_that_is_called_an_invalid_grant_ends_no_login() {
    let bearer = TokenRecord { tokens: Some(TokenSet::bearer("a1")), ..record(4, 1) };
    let issues = Task { known: Some(bearer.clone()), can_issue: true, ..task() };
    let refused = [found(StoreContents { record: bearer, ..contents() }), DONE, GOT, DONE, denied(), DONE];
    plays(issues, refused, "prepare 4, issue, journal, parse, clear, failed Refused");
}

#[test]
fn a_refusal_in_the_journal_counts_for_tokens_that_the_store_has_forgotten_and_not_for_others() {
    let journal =
        |generation| StoreContents { pending: marker(generation, Some("r9")), reply: Some("x".into()), ..contents() };
    plays(task(), [found(journal(6)), denied(), DONE], "parse, wait 50, read");
    plays(task(), [found(journal(4)), denied(), DONE, DONE], "parse, clear, prepare 4, post r1");
}

#[test]
fn a_logout_during_the_looks_after_a_refusal_is_one_only_if_it_is_newer() {
    let looks = |record: TokenRecord| [denied(), DONE, found(StoreContents { record, ..contents() })];
    plays_answer(looks(logout(5)), "wait 50, read, adopted 5 nothing");
    plays_answer(looks(logout(4)), "wait 50, read, wait 100");
}

#[test]
fn the_loss_of_successors_counts_and_that_of_strangers_does_not() {
    let successors = lost(6, 3, SessionLoss::Revoked);
    plays_answer([tokens(2), conflict(successors)], "commit 4>5 r2, lost 6 r3 Revoked");
    let strangers = TokenRecord { lost: Some(SessionLoss::Revoked), ..bare(6, 9) };
    plays_answer([tokens(2), conflict(strangers), stored()], "commit 4>5 r2, commit 6>7 r2, renewed 7 r2");
}

#[test]
fn what_is_stored_says_whose_login_it_is_and_which_tokens_of_it() {
    let checked = || TokenRecord { introspection: Some(IntrospectionCheck::Confirmed), ..record(4, 1) };
    let answered = |inputs: &[Input]| {
        let first = StoreContents { record: checked(), ..mine() };
        let looks = rereads(&first);
        let sent = [found(StoreContents { pending: None, ..first }), DONE, GOT, DONE].into_iter();
        let all = sent.chain(inputs.to_vec()).chain(if inputs == [denied()] { looks } else { Vec::new() });
        let (_, effect) = run(Task { known: Some(checked()), ..task() }, all);
        let Effect::Commit { record, .. } = effect else { panic!("{effect:?}") };
        record
    };
    for (answer, n, lost) in [(tokens(2), 2, None), (denied(), 1, Some(SessionLoss::Revoked))] {
        let expected = TokenRecord { lost, introspection: Some(IntrospectionCheck::Confirmed), ..record(5, n) };
        assert_eq!(answered(&[answer]), expected);
    }
}

#[test]
fn fault_74_a_renewal_that_has_time_tries_once() {
    let due = Task { tries: 1, ..task() };
    plays(due, [found(contents()), DONE, Input::NotSent, DONE], "prepare 4, post r1, clear, failed NotSent");
}

#[test]
fn a_login_that_is_known_to_be_lost_gives_way_to_what_the_store_holds() {
    let known = || knows(lost(4, 3, SessionLoss::Revoked), false);
    let behind = StoreContents { record: record(3, 2), newest: 3, ..StoreContents::default() };
    plays(known(), [found(behind), DONE], "prepare 3, post r2");
    let without = || Task { known: None, ..task() };
    plays(without(), [found(StoreContents { record: record(5, 2), ..contents() })], "adopted 5 r2");
    plays(without(), [found(contents()), DONE], "prepare 4, post r1");
}

#[test]
fn the_later_loss_of_other_tokens_is_not_that_of_these() {
    let strangers = TokenRecord { lost: Some(SessionLoss::Revoked), ..signed_in_at(bare(6, 9), 50) };
    let known = knows(signed_in_at(record(4, 1), 40), false);
    let contents = StoreContents { record: strangers, newest: 6, ..StoreContents::default() };
    plays(known, [found(contents), ALIVE, stored(), DONE], "ask r1, commit 6>7 r1, prepare 7, post r1");
}

fn signed_in_at(record: TokenRecord, second: i64) -> TokenRecord {
    let obtained_at = Some(Timestamp::from_unix(second));
    TokenRecord { tokens: record.tokens.map(|tokens| TokenSet { obtained_at, ..tokens }), ..record }
}

#[test]
fn the_journal_of_other_tokens_under_the_same_generation_says_nothing_of_these() {
    let journal =
        |generation| StoreContents { pending: marker(generation, Some("r9")), reply: Some("x".into()), ..contents() };
    let known = || knows(record(9, 3), false);
    plays(known(), [found(journal(9)), ALIVE, stored(), DONE], "ask r3, commit 4>9 r3, prepare 9, post r3");
    plays(known(), [found(journal(10)), tokens(4), ALIVE], "parse, ask r4, commit 4>10 r4");
}

#[test]
fn tokens_that_were_recovered_belong_to_their_login_and_those_of_a_sign_in_begin_one() {
    let lineage = |contents: StoreContents| {
        let (_, effect) = run(task(), [found(contents), tokens(2)]);
        let Effect::Commit { record, .. } = effect else { panic!("{effect:?}") };
        record.lineage
    };
    assert_eq!(lineage(marked(true)), record(5, 2).lineage);
    let of_sign_in = StoreContents { pending: marker(4, None), ..marked(true) };
    assert_eq!(lineage(of_sign_in), Some(Lineage::first(&set(2))));
}

#[test]
fn tokens_of_others_in_a_conflict_are_replaced_only_where_they_are_older() {
    plays_answer([tokens(2), conflict(bare(3, 9)), stored()], "commit 4>5 r2, commit 3>5 r2, renewed 5 r2");
    plays_answer([tokens(2), conflict(bare(4, 9))], "commit 4>5 r2, unpersisted 5 r2");
    // Later tokens of the same login stay, whatever the generation of the store says.
    plays_answer([tokens(2), conflict(record(3, 5)), stored()], "commit 4>5 r2, commit 3>5 r5, adopted 5 r5");
}

#[test]
fn eight_conflicts_are_resolved_and_a_ninth_is_not() {
    let conflicts = |count: u64| (0..count).map(|met| conflict(record(4 + met, 0)));
    let last = |count, end: Input| {
        let sent = [found(contents()), DONE, GOT, DONE, tokens(2)].into_iter();
        run(task(), sent.chain(conflicts(count)).chain([end])).1
    };
    assert!(matches!(last(8, stored()), Effect::Done(Outcome::Renewed(_))));
    assert!(matches!(last(8, conflict(record(12, 0))), Effect::Done(Outcome::Unpersisted { .. })));
}

#[test]
fn a_refresh_token_that_comes_back_in_a_partial_answer_is_no_new_one() {
    plays_answer([saved(1, cut()), ALIVE, DONE, DONE], "ask r1, clear, prepare 4, post r1");
}

#[test]
fn a_loss_that_was_there_before_is_no_news_while_the_store_is_read_again() {
    let looks = |record: TokenRecord| [denied(), DONE, found(StoreContents { record, ..mine() })];
    plays_answer(looks(lost(4, 1, SessionLoss::Expired)), "wait 50, read, wait 100");
    plays_answer(looks(lost(5, 1, SessionLoss::Expired)), "wait 50, read, lost 5 r1 Expired");
}

#[test]
fn a_refresh_token_that_is_refused_before_its_end_was_revoked() {
    let ends_at = |second: i64| {
        let mut record = record(4, 1);
        let tokens = record.tokens.as_mut().unwrap();
        tokens.refresh_token_expires_at = Some(Timestamp::from_unix(NOW.as_unix() + second));
        record
    };
    for (second, loss) in [(-1, "Expired"), (0, "Expired"), (1, "Revoked")] {
        let contents = StoreContents { record: ends_at(second), ..mine() };
        let first = StoreContents { pending: None, ..contents.clone() };
        let inputs = [found(first), DONE, GOT, DONE, denied()].into_iter().chain(rereads(&contents));
        let expected = format!(
            "prepare 4, post r1, journal, parse, wait 50, read, wait 100, read, wait 200, read, commit 4>5 r1 {loss}"
        );
        plays(knows(ends_at(second), false), inputs, &expected);
    }
}
