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
