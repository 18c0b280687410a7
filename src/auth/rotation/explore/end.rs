//! What must hold when a run is over: whoever comes next gets living tokens if any were kept, else a loss with its right name.

use std::rc::Rc;

use super::answer::Answer;
use super::process::{Process, Stage};
use super::store::Kept;
use super::world::{How, World};

/// How often whoever comes next may try.
const TRIES: usize = 4;

impl World {
    /// Checks a run that is over.
    pub fn check(&self) -> Result<(), String> {
        if !self.ledger.faulty {
            self.is_undisturbed()?;
        }
        let mut world = self.clone();
        world.faults = 0;
        for process in self.processes.iter().filter(|process| process.unpersisted) {
            world.persist(process);
        }
        let is_remembered = self.ledger.restored && world.remember()?;
        let kept = world.server.alive.filter(|alive| {
            let journaled = world.store.journal.and_then(Answer::issued);
            let is_here = world.store.record.token == *alive || journaled == Some(*alive);
            let is_safe = !self.ledger.leased && !self.ledger.restored;
            is_here || is_remembered || (is_safe && self.ledger.was_durable(*alive))
        });
        let heir = world.inherit()?;
        match (kept, heir.known.lost) {
            (Some(_), None) if world.server.alive == Some(heir.known.token) => Ok(()),
            (Some(alive), lost) => {
                Err(format!("I4: r{alive} was kept, and its heir has {:?} and {lost:?}", heir.known))
            }
            (None, Some(loss)) => world.is_named(loss),
            (None, None) => Err(format!("I5: nothing is left, and nobody says so: {:?}", heir.known)),
        }
    }

    /// One expiry, no fault: one request, and everybody has what it brought.
    fn is_undisturbed(&self) -> Result<(), String> {
        let all = |process: &Rc<Process>| Some(process.known.token) == self.server.alive;
        if self.server.posts == 1 && self.processes.iter().all(all) {
            return Ok(());
        }
        Err(format!("I7: {} requests for one expiry", self.server.posts))
    }

    /// What the manager does with tokens that the store did not take: see `manager::keep`. A loss above their own generation is
    /// that of their successors.
    fn persist(&mut self, process: &Process) {
        let (stored, known) = (self.store.record, process.known);
        let is_unheard_of =
            stored.lost.is_some() && stored.generation == known.generation && stored.token != known.token;
        // What the store has held once, others may have sent: the next renewal asks about it.
        if self.store.newest >= known.generation && !is_unheard_of {
            return;
        }
        let generation = known.generation + u64::from(is_unheard_of);
        self.store.record = Kept { generation, ..known };
        (self.store.mark, self.store.journal) = (None, None);
        self.store.newest = self.store.newest.max(generation);
    }

    /// A process that has living tokens in its memory puts them back over an old copy.
    fn remember(&mut self) -> Result<bool, String> {
        let alive = self.server.alive;
        let knows = |process: &&Rc<Process>| process.known.lost.is_none() && alive == Some(process.known.token);
        let Some(process) = self.processes.iter().find(knows) else { return Ok(false) };
        let mut process = Process::new(process.id, process.known, TRIES as u8);
        self.finish(&mut process)?;
        Ok(true)
    }

    fn finish(&mut self, process: &mut Process) -> Result<(), String> {
        while !matches!(process.stage, Stage::Ended) {
            self.step(process, How::Well)?;
        }
        Ok(())
    }

    /// A new process, to which nothing happens.
    fn inherit(&mut self) -> Result<Process, String> {
        self.store.lock = None;
        let mut heir = Process::new(9, self.store.record, TRIES as u8);
        for _ in 0..TRIES {
            heir.stage = if heir.known.lost.is_some() { Stage::Ended } else { Stage::Waiting };
            self.finish(&mut heir)?;
            if heir.known.lost.is_some() || self.server.alive == Some(heir.known.token) {
                break;
            }
            heir.attempts = TRIES as u8;
        }
        Ok(heir)
    }
}
