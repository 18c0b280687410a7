//! Random lists against an evaluator of their own: the same rows in the same order. `ZEYOS_LIST_CASES` sets how many,
//! `ZEYOS_LIST_SEED` the seed of the first; a failure prints both for the one that failed.

mod list_request;
mod oracle;
mod pattern;
mod random;
mod request;
mod world;

use list_request::ListRequest;
use random::Random;
use world::World;

const CASES: u64 = 2000;
const SEED: u64 = 20_260_101;

fn setting(name: &str, ordinary: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(ordinary)
}

#[test]
fn random_lists_answer_the_rows_that_an_independent_evaluator_finds() {
    let world = World::new();
    let (first, cases) = (setting("ZEYOS_LIST_SEED", SEED), setting("ZEYOS_LIST_CASES", CASES));
    let (mut found, mut rows) = (0_u64, 0_usize);
    for seed in first..first + cases {
        let mut random = Random::new(seed);
        let list = ListRequest::random(&mut random, &world);
        let sent = request::of(&list, &mut random);
        let expected = oracle::answer(&world, &list);
        let answer = sent.send(&world.server);
        let replay = format!("ZEYOS_LIST_SEED={seed} ZEYOS_LIST_CASES=1\n{sent}");
        assert_eq!(answer.status, 200, "{}\n{replay}", answer.text());
        assert_eq!(answer.json(), expected, "left: the emulator, right: the evaluator\n{replay}");
        let length = expected.as_array().map_or(1, Vec::len);
        found += u64::from(length > 0);
        rows += length;
    }
    // Lists that find nothing would agree about nothing.
    if cases >= CASES {
        assert!(found * 3 > cases && rows > 0, "only {found} of {cases} lists found rows");
    }
}
