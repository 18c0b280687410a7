//! Servers whose refresh tokens stay, and servers that cannot be asked about them.

use super::*;

fn of(refreshing: Refreshing, can_ask: bool, is_refused: bool) -> Task {
    Task { refreshing, can_ask, is_refused, ..task() }
}

fn noted() -> StoreContents {
    StoreContents {
        asked: Some(Asked { refresh_token_hash: fingerprint(&Secret::from("r1")), at: NOW }),
        ..marked(false)
    }
}

#[test]
fn a_token_that_stays_is_simply_sent_again() {
    for (can_ask, is_refused) in [(true, false), (false, false), (false, true)] {
        let task = || of(Refreshing::Static, can_ask, is_refused);
        plays(task(), [found(marked(false)), DONE, DONE], "clear, prepare 4, post r1");
        // Also while others wait for a server that has not answered them.
        plays(Task { may_probe: false, ..task() }, [found(noted()), DONE, DONE], "clear, prepare 4, post r1");
        let lost = [found(contents()), DONE, Input::Answered, DONE, indeterminate(), DONE, DONE];
        plays(task(), lost, "prepare 4, post r1, journal, parse, clear, prepare 4, post r1");
    }
}

#[test]
fn a_token_of_unknown_kind_waits_until_the_access_token_is_refused() {
    let task = |is_refused| of(Refreshing::Unknown, false, is_refused);
    plays(task(false), [found(marked(false))], "failed Unknown");
    let lost = || vec![found(contents()), DONE, Input::Answered, DONE, indeterminate()];
    let begun = "prepare 4, post r1, journal, parse";
    plays(task(false), lost(), &format!("{begun}, failed Unknown"));
    // What came in stays in the journal, and is read again.
    plays(task(false), [found(marked(true)), indeterminate()], "parse, failed Unknown");

    plays(task(true), [found(marked(false)), DONE, DONE, DONE], "note, clear, prepare 4, post r1");
    plays(task(true), [lost(), vec![DONE, DONE, DONE]].concat(), &format!("{begun}, note, clear, prepare 4, post r1"));
    // Where the server can be asked, it is.
    plays(of(Refreshing::Unknown, true, true), [found(marked(false)), ALIVE, DONE], "ask r1, clear, prepare 4");
}

#[test]
fn a_token_of_unknown_kind_is_tried_once_more_and_not_twice() {
    let task = || of(Refreshing::Unknown, false, true);
    plays(task(), [found(noted())], "failed Unknown");
    let again = vec![found(marked(false)), DONE, DONE, DONE, Input::Answered, DONE, indeterminate()];
    plays(task(), again, "note, clear, prepare 4, post r1, journal, parse, failed Unknown");
    // What cannot be noted is not done: no one would know of it.
    plays(task(), [found(marked(false)), refused()], "note, failed Unknown");
}

#[test]
fn a_token_that_is_known_to_rotate_is_sent_again_on_order_alone() {
    let task = |is_ordered| Task { is_ordered, ..of(Refreshing::Rotating, false, true) };
    plays(task(false), [found(marked(false))], "failed Unknown");
    plays(task(true), [found(marked(false)), DONE, DONE, DONE], "note, clear, prepare 4, post r1");
}

#[test]
fn a_new_refresh_token_that_no_one_can_be_asked_about_is_used_where_the_old_one_may_be_spent() {
    let answered = |task: Task, rest: &[Input], expected: &str| {
        let sent = [found(contents()), DONE, GOT, DONE, saved(2, cut())].into_iter();
        plays(task, sent.chain(rest.to_vec()), &format!("prepare 4, post r1, journal, parse, {expected}"));
    };
    answered(of(Refreshing::Static, false, false), &[stored()], "commit 4>5 r2, prepare 5");
    answered(of(Refreshing::Static, true, false), &[ALIVE], "ask r2, commit 4>5 r2");
    answered(of(Refreshing::Unknown, false, true), &[stored()], "commit 4>5 r2, prepare 5");
    answered(of(Refreshing::Rotating, false, false), &[], "failed Unknown");
}

#[test]
fn an_old_copy_of_the_store_is_sent_once_where_no_one_can_be_asked() {
    let restored = || StoreContents { newest: 7, ..contents() };
    let needed = || of(Refreshing::Unknown, false, true);
    plays(needed(), [found(restored()), DONE, DONE], "note, prepare 4, post r1");
    plays(needed(), [found(restored()), refused()], "note, failed Unknown");
    plays(of(Refreshing::Static, false, false), [found(restored()), DONE], "prepare 4, post r1");
}
