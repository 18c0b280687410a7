//! Every schedule of a small fleet that renews one login: a model of server, store and crashing processes around the real state
//! machine and the real parser. What must hold:
//!
//! - I1: a token that someone has learnt to be spent is not sent again.
//! - I2: a token is sent again only after the server has called it alive.
//! - I3: the generation in the store grows.
//! - I4: tokens that came to the store, be it in the journal alone, are not lost.
//! - I5: a loss is declared only when no one has living tokens, and under its right name.
//! - I6: every renewal ends.
//! - I7: without a fault one expiry costs one request, and everyone gets what it brought.
//! - I8: a running program never gives up tokens that live, whatever becomes of the store.
//!
//! `ZEYOS_EXPLORE_FAULTS` and `ZEYOS_EXPLORE_SEEDS` set larger bounds.

mod answer;
mod end;
mod ledger;
mod process;
mod random;
mod server;
mod step;
mod store;
mod walk;
mod world;

use zeyos_core::Refreshing;

use random::Met;
use walk::walk;
use world::Rules;

fn bound(name: &str, ordinary: u64) -> u64 {
    std::env::var(name).ok().map_or(ordinary, |value| value.parse().unwrap())
}

/// Walks, and says what was covered.
fn covered(rules: Rules) -> u128 {
    let covered = walk(rules);
    println!("{} states, {} interleavings: {rules:?}", covered.states, covered.runs);
    covered.runs
}

fn faults(ordinary: u16) -> u16 {
    u16::try_from(bound("ZEYOS_EXPLORE_FAULTS", ordinary.into())).unwrap()
}

#[test]
fn one_expiry_of_a_fleet_costs_one_request() {
    for processes in 1..=4 {
        assert!(covered(Rules::new(processes, 1, 0)) > 0);
    }
}

#[test]
fn no_schedule_with_faults_loses_or_doubles_a_token() {
    let runs = [
        Rules::new(2, 2, faults(4)),
        Rules { grace: true, family: false, ..Rules::new(2, 2, faults(4)) },
        Rules::new(1, 3, faults(4)),
        Rules::new(3, 2, 2),
    ];
    let runs = runs.into_iter().fold(0_u128, |sum, rules| sum.saturating_add(covered(rules)));
    assert!(runs >= 1_000_000, "{runs}");
}

#[test]
fn a_request_that_comes_late_does_no_harm_that_nobody_names() {
    let rules = Rules { late: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 1_000);
}

#[test]
fn a_lease_that_ends_costs_no_tokens_that_were_kept() {
    let rules = Rules { leases: true, ..Rules::new(2, 2, faults(2)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 1_000);
}

#[test]
fn an_old_copy_of_the_store_sends_no_old_token() {
    let rules = Rules { restores: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 1_000);
}

#[test]
fn fault_58_a_store_that_falls_back_under_running_programs_costs_no_living_tokens() {
    let rules = Rules { restores: true, ..Rules::new(3, 2, faults(2)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 10_000);
}

#[test]
fn fault_59_a_store_that_is_damaged_under_running_programs_costs_no_living_tokens() {
    let rules = Rules { damages: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 10_000);
}

#[test]
fn fault_54_a_runtime_that_is_dropped_within_an_exchange_costs_no_tokens_that_were_kept() {
    let rules = Rules { drops: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) + covered(Rules { family: false, ..rules }) > 10_000);
}

#[test]
fn fault_70_a_program_that_knows_no_lock_takes_nobody_s_tokens() {
    let rules = Rules { foreign: true, family: false, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) > 10_000);
}

#[test]
fn fault_77_a_server_that_lies_costs_no_tokens() {
    // A server is known to lie from the first token on that it has issued while it was asked.
    let checks = Rules { checks: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(checks) > 10_000);
    let rules = Rules { lies: true, ..Rules::new(2, 2, faults(3)) };
    assert!(covered(rules) + covered(Rules { family: false, drops: true, ..rules }) > 10_000);
}

#[test]
fn fault_56_a_consumed_token_is_never_sent_again() {
    // The server ends the whole chain at the first replay, and the ledger of the model refuses to send a token that is known
    // to be spent.
    let runs = covered(Rules::new(2, 3, faults(3))).saturating_add(covered(Rules::new(3, 1, 1)));
    assert!(runs >= 10_000, "{runs}");
}

/// Every document, server and way to ask: what it says of refresh tokens, what is so, whether the server can be asked about them, and
/// whether the access token is refused already.
fn kinds() -> Vec<Rules> {
    let truths = [
        (Refreshing::Rotating, false),
        (Refreshing::Static, true),
        (Refreshing::Unknown, false),
        (Refreshing::Unknown, true),
    ];
    let mut kinds = Vec::new();
    for (refreshing, stays) in truths {
        for bits in 0..8 {
            let (asks, is_refused, family) = (bits & 1 == 0, bits & 2 == 0, bits & 4 == 0);
            kinds.push(Rules { refreshing, stays, asks, is_refused, family, ..Rules::new(2, 2, 0) });
        }
    }
    kinds
}

#[test]
fn every_kind_of_server_keeps_its_tokens_whatever_fails() {
    let runs = kinds().into_iter().map(|rules| covered(Rules { faults: faults(2), ..rules })).sum::<u128>();
    assert!(runs > 60_000, "{runs}");
}

#[test]
fn every_kind_of_server_gets_one_request_for_one_expiry() {
    for rules in kinds() {
        for processes in 1..=3 {
            assert!(covered(Rules { processes, attempts: 1, ..rules }) > 0);
        }
    }
}

#[test]
fn every_kind_of_server_keeps_its_tokens_though_the_store_falls_back() {
    let restored = kinds().into_iter().map(|rules| Rules { restores: true, faults: faults(2), ..rules });
    let damaged = kinds().into_iter().map(|rules| Rules { damages: true, faults: faults(2), ..rules });
    let dropped = kinds().into_iter().map(|rules| Rules { drops: true, faults: faults(2), ..rules });
    let runs = restored.chain(damaged).chain(dropped).map(covered).sum::<u128>();
    assert!(runs > 100_000, "{runs}");
}

#[test]
fn long_runs_with_random_faults_keep_every_promise() {
    let (mut met, seeds) = (Met::default(), bound("ZEYOS_EXPLORE_SEEDS", 10_000));
    let first = bound("ZEYOS_EXPLORE_FIRST_SEED", 0);
    for seed in first..first + seeds {
        let (late, restores, damages) = (seed % 3 == 0, seed % 5 == 0, seed % 7 == 0);
        let (family, drops) = (seed % 2 == 0, seed % 11 == 0);
        let rules = Rules { family, late, restores, damages, drops, ..Rules::new(3, 3, 1_000) };
        random::run(rules, seed, if seed % 10 == 7 { 30 } else { 3 }, &mut met);
    }
    println!("{seeds} seeds: {met:?}");
    assert!(met.renewals > seeds && met.losses > 0, "{met:?}");
}
