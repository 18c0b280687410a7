//! The whole of the model: one server, one store, some processes, and the choices that they and their bad luck have.

use std::rc::Rc;

use zeyos_core::Refreshing;

use super::answer::Answer;
use super::ledger::Ledger;
use super::process::{Process, Stage};
use super::server::Server;
use super::store::{Kept, Store};
use crate::auth::rotation::Effect;

/// What may happen in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rules {
    pub processes: u8,
    /// How often each process tries.
    pub attempts: u8,
    /// How many faults there are at most.
    pub faults: u16,
    pub family: bool,
    pub grace: bool,
    /// Leases may end while their holder works.
    pub leases: bool,
    /// Requests may come to the server after their sender has given them up.
    pub late: bool,
    /// An old copy of the store may be put in its place.
    pub restores: bool,
    /// The store may be damaged under the running processes: the record alone, or everything.
    pub damages: bool,
    /// A program that knows no lock may spend the token of the store and write what it gets.
    pub foreign: bool,
    /// The server calls every refresh token inactive, and the record says so.
    pub lies: bool,
    /// The server is asked about the first token of a login that it issues.
    pub checks: bool,
    /// The runtime of an exchange may be dropped, while its process lives on.
    pub drops: bool,
    /// What the document says of refresh tokens.
    pub refreshing: Refreshing,
    /// What the server does with them: they stay.
    pub stays: bool,
    /// Whether the server can be asked about a token.
    pub asks: bool,
    /// Whether the access token was refused before anyone renews it.
    pub is_refused: bool,
}

impl Rules {
    pub(super) const fn new(processes: u8, attempts: u8, faults: u16) -> Self {
        Rules {
            processes,
            attempts,
            faults,
            family: true,
            grace: false,
            leases: false,
            late: false,
            restores: false,
            damages: false,
            foreign: false,
            lies: false,
            drops: false,
            checks: false,
            refreshing: Refreshing::Rotating,
            stays: false,
            asks: true,
            is_refused: false,
        }
    }
}

impl Rules {
    /// Whether a token may be sent once more although no one has called it alive.
    pub(super) fn may_repeat(self) -> bool {
        self.refreshing == Refreshing::Unknown && !self.asks && self.is_refused
    }
}

#[derive(Debug, Clone, Hash)]
pub(super) struct World {
    pub rules: Rules,
    pub faults: u16,
    pub server: Server,
    pub store: Store,
    pub processes: Vec<Rc<Process>>,
    /// A token that is on its way to the server, given up by its sender.
    pub late: Option<u8>,
    pub ledger: Ledger,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// A process does the next thing, and this is how it goes.
    Step(usize, How),
    LeaseEnds,
    LateArrives,
    Restored,
    /// The record is gone; or everything.
    Damaged(bool),
    Foreign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Well,
    Crash,
    /// The exchange is dropped, and its process lives on.
    Abandon,
    /// The record is replaced, mark and journal are not.
    CrashInCommit,
    NotSent,
    LostBefore,
    LostAfter,
    LostAndLate,
    /// The server answers, and this is what of it comes in.
    Cut,
    Mac,
    Html,
    /// Someone before the server answers.
    Instead(Answer),
    StoreRefuses,
    /// The store does it, and cannot say so.
    StoreMumbles,
    ServerMute,
}

const POSTING: &[How] = &[
    How::Crash,
    How::NotSent,
    How::LostBefore,
    How::LostAfter,
    How::Cut,
    How::Mac,
    How::Html,
    How::Instead(Answer::Busy),
    How::Instead(Answer::Later),
    How::Instead(Answer::ClientAuth),
];

impl World {
    pub(super) fn new(rules: Rules) -> Self {
        let mut store = Store::new();
        store.record = store.record.map(|record| Kept { is_contradicted: rules.lies && !rules.checks, ..record });
        let process = |id| Rc::new(Process::new(id, store.record, rules.attempts));
        let processes = (0..rules.processes).map(process).collect();
        let mut ledger = Ledger::default();
        ledger.is_durable(0);
        let server = Server::new(rules);
        World { rules, faults: rules.faults, server, store, processes, late: None, ledger }
    }

    /// Everything that can happen now. Nothing means that the run is over.
    pub(super) fn moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (at, process) in self.processes.iter().enumerate() {
            self.moves_of(at, process, &mut moves);
        }
        if self.faults > 0 && self.rules.leases && self.store.lock.is_some() {
            moves.push(Move::LeaseEnds);
        }
        if self.late.is_some() {
            moves.push(Move::LateArrives);
        }
        let may_fall_back = self.faults > 0 && !self.ledger.fell_back;
        if may_fall_back && self.rules.restores && self.store.generation() > 1 {
            moves.push(Move::Restored);
        }
        if may_fall_back && self.rules.damages {
            moves.extend([Move::Damaged(false), Move::Damaged(true)]);
        }
        let is_alive = |kept: Kept| self.server.alive == Some(kept.token) && kept.lost.is_none();
        if self.faults > 0 && self.rules.foreign && !self.ledger.foreign && self.store.record.is_some_and(is_alive) {
            moves.push(Move::Foreign);
        }
        moves
    }

    fn moves_of(&self, at: usize, process: &Process, moves: &mut Vec<Move>) {
        let faults = match &process.stage {
            Stage::Waiting if self.store.lock.is_none() => &[][..],
            Stage::Waiting | Stage::Ended => return,
            Stage::Running(run) => faults_of(&run.effect, run.coming.is_some()),
        };
        moves.push(Move::Step(at, How::Well));
        if self.faults > 0 {
            moves.extend(faults.iter().map(|how| Move::Step(at, *how)));
            if self.rules.drops && matches!(process.stage, Stage::Running(_)) {
                moves.push(Move::Step(at, How::Abandon));
            }
            let is_sending = matches!(&process.stage, Stage::Running(run) if faults.len() > 5 && run.coming.is_none());
            if self.rules.late && self.late.is_none() && is_sending {
                moves.push(Move::Step(at, How::LostAndLate));
            }
        }
    }

    pub(super) fn apply(&mut self, chosen: Move) -> Result<(), String> {
        match chosen {
            Move::Step(at, how) => {
                if how != How::Well {
                    self.fault();
                }
                let mut process = (*self.processes[at]).clone();
                let result = self.step(&mut process, how);
                self.processes[at] = Rc::new(process);
                result
            }
            Move::LeaseEnds => {
                self.fault();
                self.ledger.leased = true;
                self.store.lock = None;
                Ok(())
            }
            Move::Restored => {
                self.fault();
                self.ledger.fell_back = true;
                let mut old = Store { newest: self.store.newest, lock: self.store.lock, ..Store::new() };
                old.record = old.record.map(|record| Kept { is_contradicted: self.rules.lies, ..record });
                self.store = old;
                Ok(())
            }
            Move::Damaged(is_all) => {
                self.fault();
                self.ledger.fell_back = true;
                self.store.record = None;
                if is_all {
                    (self.store.marker, self.store.journal, self.store.newest) = (None, None, 0);
                }
                Ok(())
            }
            Move::Foreign => {
                self.fault();
                self.ledger.foreign = true;
                let spent = self.store.record.map(|record| record.token);
                if let Some(Answer::Tokens(token)) = spent.map(|token| self.server.post(token)) {
                    let generation = self.store.newest + 1;
                    self.store.record = Some(Kept { lineage: None, ..Kept::first(generation, token) });
                    self.ledger.is_durable(token);
                }
                Ok(())
            }
            Move::LateArrives => {
                if let Some(token) = self.late.take() {
                    self.server.post(token);
                }
                Ok(())
            }
        }
    }

    fn fault(&mut self) {
        self.faults -= 1;
        self.ledger.faulty = true;
    }

    /// The process is gone, and so is all that it knew. Another one starts in its place and reads the store.
    pub(super) fn crash(&mut self, process: &mut Process) {
        self.free_lock(process.id);
        process.known = self.store.record;
        (process.unpersisted, process.hushed, process.has_noted) = (false, false, false);
        self.end_attempt(process);
    }

    /// The exchange is gone, and its process does not know how far it came.
    pub(super) fn abandon(&mut self, process: &mut Process) {
        self.free_lock(process.id);
        self.end_attempt(process);
    }

    fn free_lock(&mut self, process: u8) {
        if self.store.lock == Some(process) {
            self.store.lock = None;
        }
    }

    fn end_attempt(&self, process: &mut Process) {
        process.attempts = process.attempts.saturating_sub(1);
        process.stage = if process.attempts == 0 || !process.is_signed_in() { Stage::Ended } else { Stage::Waiting };
    }

    /// Writes the record if it may be written, and checks what must hold of every write.
    pub(super) fn commit(
        &mut self,
        expected: u64,
        record: Kept,
        journal: Option<Answer>,
        writer: &Process,
    ) -> Result<Option<Option<Kept>>, String> {
        let old = self.store.record;
        let is_unread = self.store.journal.is_some() && self.store.journal != journal;
        if self.store.generation() != expected || (record.lost.is_some() && is_unread) {
            return Ok(Some(old));
        }
        if record.generation <= self.store.generation() {
            return Err(format!("I3: generation {} over {}", record.generation, self.store.generation()));
        }
        if record.lost.is_some() {
            self.may_be_lost(record, writer)?;
        }
        if let Some(old) = old.filter(|old| record.lost.is_none() && record.token > old.token) {
            self.ledger.is_spent(old.token);
        }
        self.ledger.is_durable(record.token);
        self.store.record = Some(record);
        self.store.newest = self.store.newest.max(record.generation);
        Ok(None)
    }

    /// A loss may be declared only if no one has tokens that live; in a store that fell back, whoever has them puts them back.
    pub(super) fn may_be_lost(&self, record: Kept, writer: &Process) -> Result<(), String> {
        let is_excused = self.ledger.leased || self.ledger.fell_back || self.ledger.foreign;
        let Some(alive) = self.server.alive.filter(|_| !is_excused) else {
            return Ok(());
        };
        let in_memory = |process: &Rc<Process>| process.id != writer.id && process.holds(alive);
        let is_hidden = self.processes.iter().any(|process| in_memory(process) && process.unpersisted);
        let received = match &writer.stage {
            Stage::Running(run) => run.received.and_then(|(answer, _)| answer.issued()),
            _ => None,
        };
        let stored =
            [self.store.record.map(|record| record.token), self.store.journal.and_then(Answer::issued), received];
        if stored.contains(&Some(alive)) || (self.processes.iter().any(in_memory) && !is_hidden) {
            return Err(format!("I5: {record:?} is called lost, and r{alive} lives and is there"));
        }
        Ok(())
    }
}

fn faults_of(effect: &Effect, is_answered: bool) -> &'static [How] {
    match effect {
        Effect::Read | Effect::Wait(_) | Effect::Parse => &[How::Crash],
        Effect::Clear | Effect::QuarantineReply | Effect::NoteQuestion(_) => &[How::Crash, How::StoreRefuses],
        Effect::Post(_) if is_answered => &[How::Crash],
        Effect::Post(_) => POSTING,
        Effect::Prepare(_) | Effect::Journal => &[How::Crash, How::StoreRefuses, How::StoreMumbles],
        Effect::Introspect(_) | Effect::Check(_) => &[How::Crash, How::ServerMute],
        Effect::Commit { .. } => &[How::Crash, How::CrashInCommit, How::StoreRefuses, How::StoreMumbles],
        Effect::Done(_) => &[],
    }
}
