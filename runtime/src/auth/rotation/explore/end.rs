//! What must hold when a run is over: whoever comes next gets living tokens if any were kept, else a loss with its right name.

use std::rc::Rc;

use zeyos_core::Refreshing;

use super::answer::Answer;
use super::process::{Process, Stage};
use super::store::Kept;
use super::world::{How, World};
use crate::store::Standing;

/// How often whoever comes next may try.
const TRIES: usize = 4;

/// Whether the living token lies in the journal of a store whose record or server is of no help.
fn is_kept_unread(world: &World, alive: u8) -> bool {
    let is_there = world.store.journal.and_then(Answer::issued) == Some(alive);
    is_there && (world.rules.lies || !world.rules.asks || world.store.record.is_none())
}

impl World {
    /// Checks a run that is over.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.ledger.faulty {
            self.is_undisturbed()?;
        }
        let mut world = self.clone();
        world.faults = 0;
        for process in self.processes.iter().filter(|process| process.unpersisted) {
            world.persist(process);
        }
        world.forget_question();
        // Where no one can be asked, what is in memory stays there: others may have spent it.
        let is_remembered = self.ledger.may_be_forgotten()
            && world.remember()?
            && (self.rules.asks || self.rules.refreshing == Refreshing::Static);
        let kept = world.server.alive.filter(|alive| {
            let journaled = world.store.journal.and_then(Answer::issued);
            let stored = world.store.record.map(|record| record.token);
            let is_here = stored == Some(*alive) || journaled == Some(*alive);
            let is_safe = !self.ledger.leased && !self.ledger.may_be_forgotten();
            is_here || is_remembered || (is_safe && self.ledger.was_durable(*alive))
        });
        let heir = world.inherit()?;
        let lost = heir.known.and_then(|known| known.lost);
        match (kept, lost) {
            (Some(_), None) if world.server.alive.is_some_and(|alive| heir.holds(alive)) => Ok(()),
            // Nothing can be learnt from a server that lies, or that is not asked: what came in stays where it is.
            (Some(alive), None) if is_kept_unread(&world, alive) => Ok(()),
            (None, None) if self.rules.lies || !self.rules.asks => Ok(()),
            (Some(alive), lost) => {
                Err(format!("I4: r{alive} was kept, and its heir has {:?} and {lost:?}", heir.known))
            }
            (None, Some(loss)) => world.is_named(loss),
            // A store without anything in it says that no one is signed in.
            (None, None) if heir.known.is_none() && self.ledger.fell_back => Ok(()),
            (None, None) => Err(format!("I5: nothing is left, and nobody says so: {:?}", heir.known)),
        }
    }

    /// One expiry, no fault: one request, and everyone has what it brought.
    fn is_undisturbed(&self) -> Result<(), String> {
        let all = |process: &Rc<Process>| self.server.alive.is_some_and(|alive| process.holds(alive));
        if self.server.posts == 1 && self.processes.iter().all(all) {
            return Ok(());
        }
        Err(format!("I7: {} requests for one expiry", self.server.posts))
    }

    /// Time passes, and the server may be asked again. Where it cannot be, the note tells of a token that was sent twice, and stays.
    fn forget_question(&mut self) {
        self.store.asked = self.store.asked.filter(|_| !self.rules.asks);
    }

    /// What the manager does with tokens that the store did not take: see `manager::persist`.
    fn persist(&mut self, process: &Process) {
        let Some(known) = process.known else { return };
        let (ours, contents) = (known.record(), self.store.contents());
        let was_held = contents.newest > contents.record.generation && contents.newest >= known.generation;
        if was_held || ours.standing_of(&contents.record) != Standing::Earlier {
            return;
        }
        let generation = known.generation.max(contents.record.generation + 1);
        self.store.record = Some(Kept { generation, ..known });
        (self.store.marker, self.store.journal) = (None, None);
        self.store.newest = self.store.newest.max(generation);
    }

    /// A process that has living tokens in its memory puts them back over an old copy.
    fn remember(&mut self) -> Result<bool, String> {
        let Some(alive) = self.server.alive else { return Ok(false) };
        let knows = |process: &&Rc<Process>| process.holds(alive);
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
            // Without a record there may be an answer that was never stored: the manager reads it without a word to the server.
            let may_read = heir.known.is_none() && self.store.journal.is_some();
            heir.stage = if heir.is_signed_in() || may_read { Stage::Waiting } else { Stage::Ended };
            self.forget_question();
            self.finish(&mut heir)?;
            if !heir.is_signed_in() || self.server.alive.is_some_and(|alive| heir.holds(alive)) {
                break;
            }
            heir.attempts = TRIES as u8;
        }
        Ok(heir)
    }
}
