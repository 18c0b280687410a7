//! What a process knows beside its store, and what it meets there.

use super::*;

#[test]
fn what_this_process_knows_is_stored_before_it_is_sent() {
    let newer = knows(record(5, 2), false);
    plays(newer.clone(), [found(contents()), ALIVE, stored(), DONE], "ask r2, commit 4>5 r2, prepare 5, post r2");
    plays(newer.clone(), [found(contents()), ALIVE, refused()], "ask r2, commit 4>5 r2, failed StoreNotWritable");
    plays(newer, [found(contents()), ALIVE, conflict(record(6, 3))], "ask r2, commit 4>5 r2, adopted 6 r3");
    // A store that refused to take it may have taken it all the same, and fallen back since.
    plays(
        knows(record(5, 2), true),
        [found(contents()), ALIVE, stored(), DONE],
        "ask r2, commit 4>5 r2, prepare 5, post r2",
    );
    // The marker carries the generation that the store has in the end.
    let raced = [found(contents()), ALIVE, conflict(lost(5, 1, SessionLoss::Revoked)), stored(), DONE];
    plays(knows(record(5, 2), true), raced, "ask r2, commit 4>5 r2, commit 5>6 r2, prepare 6, post r2");
    // Someone knows something newer still, and the store was set back below both.
    let conflicted = StoreContents { newest: 7, ..contents() };
    plays(
        knows(record(5, 2), false),
        [found(conflicted.clone()), SPENT, stored()],
        "ask r2, commit 4>8 r2 StaleStore, lost 8 r2 StaleStore",
    );
    plays(
        knows(record(5, 2), false),
        [found(conflicted), ALIVE, stored(), DONE],
        "ask r2, commit 4>8 r2, prepare 8, post r2",
    );
}

#[test]
fn tokens_in_memory_outlive_a_loss_that_somebody_declared_without_them() {
    let dead = |loss: SessionLoss| StoreContents { record: lost(5, 1, loss), newest: 5, ..StoreContents::default() };
    let unknown = || dead(SessionLoss::RotationOutcomeUnknown);
    // Stored first: a journal over a record that is called lost would be read by no one.
    plays(
        knows(record(5, 2), true),
        [found(unknown()), ALIVE, stored(), DONE],
        "ask r2, commit 5>6 r2, prepare 6, post r2",
    );
    plays(knows(record(4, 1), false), [found(unknown())], "lost 5 r1 RotationOutcomeUnknown");
    let stale = StoreContents { record: lost(8, 1, SessionLoss::StaleStore), newest: 8, ..StoreContents::default() };
    plays(
        knows(record(7, 3), false),
        [found(stale.clone()), ALIVE, stored(), DONE],
        "ask r3, commit 8>9 r3, prepare 9, post r3",
    );
    // Row 58: whatever the generations say, it is the loss of other tokens, so the server decides.
    plays(knows(record(6, 2), false), [found(stale.clone()), SPENT], "ask r2, lost 8 r1 StaleStore");
    plays(
        knows(record(3, 2), false),
        [found(stale), ALIVE, stored(), DONE],
        "ask r2, commit 8>9 r2, prepare 9, post r2",
    );
}

#[test]
fn whoever_stored_something_meanwhile_is_right_unless_all_they_knew_is_a_loss() {
    plays_answer([tokens(2), conflict(record(5, 3))], "commit 4>5 r2, adopted 5 r3");
    let unknown = || lost(5, 1, SessionLoss::RotationOutcomeUnknown);
    plays_answer([tokens(2), conflict(unknown()), stored()], "commit 4>5 r2, commit 5>6 r2, renewed 6 r2");
    plays_answer([tokens(2), conflict(record(3, 0)), stored()], "commit 4>5 r2, commit 3>5 r2, renewed 5 r2");
    let dies = |rest: Input| [indeterminate(), SPENT, DONE, rest];
    let dying = "ask r1, quarantine, commit 4>5 r1 RotationOutcomeUnknown";
    plays_answer(dies(conflict(unknown())), &format!("{dying}, lost 5 r1 RotationOutcomeUnknown"));
    plays_answer(dies(conflict(record(5, 2))), &format!("{dying}, adopted 5 r2"));
    // A loss that the store does not take keeps the generation of the store: what comes after it is newer.
    plays_answer(dies(refused()), &format!("{dying}, lost 4 r1 RotationOutcomeUnknown"));
}
