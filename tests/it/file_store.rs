//! The file store against a model of it: random steps, and random steps on a machine that fails at any call.

mod failure_point;
mod model;

use model::Run;

/// How many steps a run takes: `ZEYOS_MODEL_STEPS` for the long one.
fn steps(ordinary: usize) -> usize {
    crate::support::size::size("ZEYOS_MODEL_STEPS", ordinary)
}

#[test]
fn the_store_does_what_its_model_does() {
    let mut run = Run::new(1, None);
    for _ in 0..steps(100_000) {
        run.step();
    }
    run.check_variety();
}

#[test]
fn the_store_does_what_its_model_does_on_a_machine_that_fails_at_any_call() {
    let mut run = Run::new(2, Some(60));
    for _ in 0..steps(30_000) {
        run.step();
    }
    run.check_variety();
}
