//! Longer runs with faults at random: one seed, one run.

use std::rc::Rc;

use super::process::Stage;
use super::store::Kept;
use super::world::{How, Move, Rules, World};

/// A small generator of random numbers (xorshift), so that a seed is a run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}

/// What was met in many runs.
#[derive(Debug, Default)]
pub(super) struct Met {
    pub steps: u64,
    pub renewals: u64,
    pub losses: u64,
}

/// Runs a seed through so many expiries.
pub(super) fn run(rules: Rules, seed: u64, expiries: u8, met: &mut Met) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut world = World::new(rules);
    for expiry in 0..expiries {
        // The ledger has room for 128 tokens.
        if world.server.next > 100 {
            break;
        }
        let (before, mut path) = (world.clone(), Vec::new());
        if let Err(broken) = expire(&mut world, &mut dice, met, &mut path) {
            let start = (&before.store, &before.server, &before.processes);
            panic!(
                "seed {seed}, expiry {expiry}: {broken}\n{rules:?}\nfrom {start:?}\nafter {path:?}\n{:?}",
                world.store
            );
        }
    }
    met.renewals += u64::from(world.server.posts);
}

fn expire(world: &mut World, dice: &mut Dice, met: &mut Met, path: &mut Vec<Move>) -> Result<(), String> {
    loop {
        let moves = world.moves();
        if moves.is_empty() {
            break;
        }
        met.steps += 1;
        let (well, faults): (Vec<Move>, Vec<Move>) =
            moves.iter().partition(|chosen| matches!(chosen, Move::Step(_, How::Well) | Move::LateArrives));
        let wants_fault = !faults.is_empty() && dice.below(25) == 0;
        let from = if wants_fault || well.is_empty() { &faults } else { &well };
        let chosen = from[dice.below(from.len())];
        path.push(chosen);
        world.apply(chosen)?;
    }
    if world.ledger.faulty {
        world.check()?;
    }
    if next(world) {
        met.losses += 1;
    }
    Ok(())
}

/// Time passes: every process wants new tokens. After a loss someone signs in.
fn next(world: &mut World) -> bool {
    let alive = world.server.alive;
    let has_it = |known: Option<Kept>| known.is_some_and(|it| it.lost.is_none() && alive == Some(it.token));
    let is_journaled = world.store.journal.and_then(super::answer::Answer::issued) == alive && alive.is_some();
    let is_lost = !has_it(world.store.record) && !is_journaled && !world.processes.iter().any(|p| has_it(p.known));
    world.ledger.late = false;
    world.ledger.leased = false;
    world.ledger.fell_back &= !has_it(world.store.record) && !is_lost;
    world.ledger.foreign &= !has_it(world.store.record) && !is_lost;
    world.store.asked = None;
    if is_lost {
        let generation = world.store.newest.max(world.store.generation()) + 1;
        let token = world.server.sign_in();
        world.store.record = Some(Kept { is_contradicted: world.rules.lies, ..Kept::first(generation, token) });
        (world.store.marker, world.store.journal, world.store.newest) = (None, None, generation);
        world.ledger.is_durable(token);
    }
    let (record, attempts) = (world.store.record, world.rules.attempts);
    for process in &mut world.processes {
        let process = Rc::make_mut(process);
        if is_lost || !process.is_signed_in() {
            (process.known, process.unpersisted) = (record, false);
        }
        (process.attempts, process.run, process.hushed) = (attempts, process.run % 100, false);
        process.has_noted = false;
        process.stage = if process.is_signed_in() { Stage::Waiting } else { Stage::Ended };
    }
    is_lost
}
