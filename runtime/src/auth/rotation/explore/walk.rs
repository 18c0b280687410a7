//! Every order of every choice, depth first; a state that was met before is not walked again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::world::{Move, Rules, World};

/// What was covered.
#[derive(Debug, Default)]
pub(super) struct Covered {
    pub states: usize,
    /// Runs from the beginning to an end.
    pub runs: u128,
}

struct Walk {
    met: HashMap<(u64, u64), u128>,
    path: Vec<Move>,
}

/// Walks every run that the rules allow.
pub(super) fn walk(rules: Rules) -> Covered {
    let walker = move || {
        let mut walk = Walk { met: HashMap::new(), path: Vec::new() };
        let runs = walk.from(&World::new(rules));
        Covered { states: walk.met.len(), runs }
    };
    // The recursion is as deep as a run is long.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(walker).unwrap();
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Walk {
    fn from(&mut self, world: &World) -> u128 {
        let key = key(world);
        if let Some(runs) = self.met.get(&key) {
            return *runs;
        }
        let moves = world.moves();
        let runs = if moves.is_empty() {
            self.must(world.check(), world);
            1
        } else {
            moves.iter().fold(0_u128, |runs, chosen| runs.saturating_add(self.after(world, *chosen)))
        };
        self.met.insert(key, runs);
        runs
    }

    fn after(&mut self, world: &World, chosen: Move) -> u128 {
        let mut next = world.clone();
        self.path.push(chosen);
        let result = next.apply(chosen);
        self.must(result, &next);
        let runs = self.from(&next);
        self.path.pop();
        runs
    }

    fn must(&self, result: Result<(), String>, world: &World) {
        if let Err(broken) = result {
            panic!("{broken}\nafter {:?}\n{:?}\n{:?} {:?}", self.path, world.rules, world.store, world.server);
        }
    }
}

fn key(world: &World) -> (u64, u64) {
    let mut first = DefaultHasher::new();
    world.hash(&mut first);
    let mut second = first.clone();
    0x5a.hash(&mut second);
    (first.finish(), second.finish())
}
