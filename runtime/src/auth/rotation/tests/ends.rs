//! What has no end by itself: a store that always conflicts, and generations.

use super::*;

#[test]
fn fault_83_a_store_that_always_conflicts_ends_the_renewal_with_words() {
    let (mut rotation, _) = Rotation::start(task());
    let mut effect = Effect::Read;
    for input in [found(contents()), DONE, GOT, DONE, tokens(2)] {
        effect = rotation.step(input);
    }
    let mut conflicts = 0;
    while let Effect::Commit { .. } = effect {
        conflicts += 1;
        effect = rotation.step(conflict(lost(4 + conflicts, 1, SessionLoss::Revoked)));
    }
    let Effect::Done(Outcome::Unpersisted { record: unstored, reason }) = effect else { panic!("{effect:?}") };
    assert!((5..20).contains(&conflicts) && reason.contains("kept writing"), "{conflicts} {reason}");
    assert_eq!(token_of(&unstored), "r2");
    // And one at the end of all generations.
    let last = || StoreContents { record: record(LAST, 1), newest: LAST, ..StoreContents::default() };
    let at_the_end = Task { newer_than: LAST, known: Some(record(LAST, 1)), ..task() };
    let (_, effect) = run(at_the_end, [found(last()), DONE, GOT, DONE, tokens(2)]);
    assert!(matches!(effect, Effect::Done(Outcome::Unpersisted { reason, .. }) if reason.contains("last generation")));
    let at_the_end = Task { newer_than: LAST, known: None, ..task() };
    plays(at_the_end, [found(StoreContents { newest: u64::MAX, ..last() })], "ask r1");
}

const LAST: u64 = crate::store::LAST_GENERATION;

fn token_of(record: &TokenRecord) -> &str {
    record.tokens.as_ref().unwrap().refresh_token.as_ref().unwrap().expose()
}
