//! How a process of the model takes one step: what the driver does, over the model's server and store.

use zeyos_core::{Secret, SessionLoss, TokenError};

use super::answer::Answer;
use super::process::{Process, Run, Stage};
use super::store::{Kept, Marker};
use super::world::{How, World};
use crate::auth::rotation::{Effect, Input, Outcome, Probe, Renewal, StoreFailure};
use crate::bits::fingerprint;
use crate::store::Commit;

/// More effects than any renewal needs.
const EFFECTS: u8 = 60;

impl World {
    pub(super) fn step(&mut self, process: &mut Process, how: How) -> Result<(), String> {
        let mut run = match std::mem::replace(&mut process.stage, Stage::Ended) {
            Stage::Waiting => {
                self.store.lock = Some(process.id);
                process.begin(self.store.contents().asked, self.rules);
                return Ok(());
            }
            Stage::Ended => return Ok(()),
            Stage::Running(run) => run,
        };
        match how {
            How::Crash => {
                self.crash(process);
                return Ok(());
            }
            How::Abandon => {
                self.abandon(process);
                return Ok(());
            }
            _ => {}
        }
        let effect = run.effect.clone();
        process.stage = Stage::Running(run.clone());
        let Some(input) = self.perform(process, &mut run, effect, how)? else {
            if how == How::CrashInCommit {
                self.crash(process);
            } else {
                process.stage = Stage::Running(run);
            }
            return Ok(());
        };
        run.effects += 1;
        if run.effects > EFFECTS {
            return Err("I6: a renewal without an end".to_owned());
        }
        run.effect = run.rotation.step(input);
        match run.effect.clone() {
            Effect::Done(outcome) => self.conclude(process, &run, outcome),
            _ => {
                process.stage = Stage::Running(run);
                Ok(())
            }
        }
    }

    /// Carries out an effect; `None` if there is nothing to tell the machine yet.
    fn perform(
        &mut self,
        process: &mut Process,
        run: &mut Run,
        effect: Effect,
        how: How,
    ) -> Result<Option<Input>, String> {
        let refused = || {
            let reason = "refused".to_owned();
            Input::StoreFailed(StoreFailure { error: TokenError::StoreNotWritable { reason: reason.clone() }, reason })
        };
        let said = |done: bool| if done && how == How::Well { Input::Done } else { refused() };
        let is_done = how != How::StoreRefuses;
        Ok(Some(match effect {
            Effect::Read => {
                if !std::mem::replace(&mut run.has_read, true) {
                    run.received = self.store.journal.map(|answer| (answer, true));
                }
                run.journal = self.store.journal;
                Input::Read(Box::new(self.store.contents()))
            }
            Effect::Prepare(pending) => {
                let marker =
                    Marker { generation: pending.generation, token: run.token(), by: (process.id, process.run) };
                said(is_done && self.store.prepare(marker))
            }
            Effect::Post(Renewal::Issue) => return Err("nothing can be issued here".to_owned()),
            Effect::Post(Renewal::Refresh(token)) => {
                let token = token.expose()[1..].parse().map_err(|_| "no such token")?;
                return self.post(run, token, how);
            }
            Effect::Journal => match run.received {
                None | Some((Answer::Nothing, _)) => Input::Done,
                Some((answer, _)) => {
                    run.journal = Some(answer);
                    let is_kept = is_done && self.store.keep_reply(process.id, answer);
                    if let Some(token) = answer.issued().filter(|_| is_kept) {
                        self.ledger.is_durable(token);
                    }
                    said(is_kept)
                }
            },
            Effect::Parse => {
                let (answer, is_journal) = run.received.ok_or("there is nothing to parse")?;
                answer.parse(is_journal)
            }
            // Nothing in the model is beyond reading.
            Effect::QuarantineReply => said(is_done),
            Effect::NoteQuestion(asked) => {
                let token =
                    (0..=u8::MAX).find(|n| fingerprint(&Secret::from(format!("r{n}"))) == asked.refresh_token_hash);
                if is_done {
                    (self.store.asked, process.has_noted) = (token, true);
                }
                said(is_done)
            }
            Effect::Introspect(token) => {
                let token = token.expose()[1..].parse().map_err(|_| "no such token")?;
                // Without a record the answer is read before anything is known of a server.
                let is_offline = process.known.is_none();
                Input::Probed(if is_offline { Probe::Unknown } else { self.probe(token, how) })
            }
            // Only what is known of the server is learnt here, nothing about the token.
            Effect::Check(_) if how == How::ServerMute => Input::Probed(Probe::Unknown),
            Effect::Check(_) if self.rules.lies => Input::Probed(Probe::Inactive),
            Effect::Check(_) => Input::Probed(Probe::Active),
            Effect::Commit { .. } if !is_done => refused(),
            Effect::Commit { expected, record } => {
                let conflict = self.commit(expected, Kept::of(&record), run.journal, process)?;
                // A file is replaced before others are removed; where locks are leases, a script does both or neither.
                let is_whole = how != How::CrashInCommit || self.rules.leases;
                if conflict.is_none() && is_whole {
                    (self.store.marker, self.store.journal, self.store.asked) = (None, None, None);
                }
                if how == How::CrashInCommit {
                    return Ok(None);
                }
                match conflict {
                    _ if how == How::StoreMumbles => refused(),
                    Some(theirs) => {
                        let theirs = theirs.map(Kept::record).unwrap_or_default();
                        Input::Committed(Commit::Conflict(Box::new(theirs)))
                    }
                    None => Input::Committed(Commit::Stored),
                }
            }
            Effect::Clear => said(is_done && self.store.clear(process.id)),
            Effect::Wait(_) | Effect::Done(_) => Input::Done,
        }))
    }

    /// Sends the request, or receives the answer to it.
    fn post(&mut self, run: &mut Run, token: u8, how: How) -> Result<Option<Input>, String> {
        if let Some(answer) = run.coming.take() {
            if answer.issued().is_some() || answer == Answer::InvalidGrant {
                self.learn_spent(token);
            }
            if answer.spares() {
                self.ledger.is_spared(token);
            }
            run.received = Some((answer, false));
            return Ok(Some(Input::Answered));
        }
        if how == How::NotSent {
            return Ok(Some(Input::NotSent));
        }
        if !self.rules.stays {
            self.ledger.sent(token, self.rules.may_repeat())?;
        }
        let answer = match how {
            How::LostBefore => Answer::Nothing,
            How::LostAndLate => {
                (self.late, self.ledger.late) = (Some(token), true);
                Answer::Nothing
            }
            How::Instead(answer) => answer,
            _ => self.answered(token, how),
        };
        run.coming = Some(answer);
        Ok(None)
    }

    fn answered(&mut self, token: u8, how: How) -> Answer {
        match (self.server.post(token), how) {
            (Answer::Tokens(new), How::Cut) => Answer::Cut(new),
            (Answer::Tokens(new), How::Mac) => Answer::Mac(new),
            (_, How::LostAfter) => Answer::Nothing,
            (_, How::Html) => Answer::Html,
            (answer, _) => answer,
        }
    }

    fn probe(&mut self, token: u8, how: How) -> Probe {
        match self.server.is_active(token) {
            _ if how == How::ServerMute => Probe::Unknown,
            _ if self.rules.lies => Probe::Inactive,
            true => {
                self.ledger.is_spared(token);
                Probe::Active
            }
            false => {
                self.learn_spent(token);
                Probe::Inactive
            }
        }
    }

    fn learn_spent(&mut self, token: u8) {
        if self.server.is_spent(token) {
            self.ledger.is_spent(token);
        }
    }

    fn conclude(&mut self, process: &mut Process, run: &Run, outcome: Outcome) -> Result<(), String> {
        if self.store.lock == Some(process.id) {
            self.store.lock = None;
        }
        process.attempts = process.attempts.saturating_sub(1);
        let was_hushed = std::mem::take(&mut process.hushed);
        let (known, is_content) = match &outcome {
            Outcome::Adopted(record) | Outcome::Renewed(record) | Outcome::Recovered(record) => (Some(record), true),
            Outcome::Unpersisted { record, .. } => (Some(record), true),
            Outcome::RefreshTokenOnly(record, _) => (Some(record), false),
            Outcome::Lost(record, loss) => {
                if self.server.alive.is_some_and(|alive| process.holds(alive)) {
                    return Err(format!("I8: {:?} is given up, and it lives", process.known));
                }
                self.is_named(*loss)?;
                process.stage = Stage::Running(Box::new(run.clone()));
                self.may_be_lost(Kept::of(record), process)?;
                (Some(record), true)
            }
            Outcome::Failed(error) => {
                process.hushed = matches!(error, TokenError::Unknown { .. }) && !was_hushed;
                if matches!(error, TokenError::NeedsLogin { .. }) {
                    process.attempts = 0;
                    self.needs_login(process)?;
                }
                (None, false)
            }
        };
        if let Some(record) = known {
            process.known = record.tokens.as_ref().map(|_| Kept::of(record));
            process.unpersisted = matches!(outcome, Outcome::Unpersisted { .. });
        }
        process.stage = if is_content || process.attempts == 0 { Stage::Ended } else { Stage::Waiting };
        Ok(())
    }

    /// Whoever holds living tokens is never told to sign in.
    fn needs_login(&self, process: &Process) -> Result<(), String> {
        match self.server.alive.filter(|alive| process.holds(*alive)) {
            Some(alive) => Err(format!("I8: r{alive} lives and is in memory, and a new login is asked for")),
            None => Ok(()),
        }
    }

    /// No one revokes anything here, and nothing ends by itself: the one cause of a loss is an answer that was lost.
    pub(super) fn is_named(&self, loss: SessionLoss) -> Result<(), String> {
        let is_excused = self.ledger.late || self.ledger.leased || self.ledger.foreign || self.ledger.fell_back;
        match loss {
            SessionLoss::RotationOutcomeUnknown => Ok(()),
            // A token that was sent twice may have ended the tokens of another program, which it has not stored yet.
            SessionLoss::Revoked if is_excused || self.rules.may_repeat() => Ok(()),
            SessionLoss::StaleStore if self.ledger.fell_back => Ok(()),
            other => Err(format!("I5: the loss is called {other:?}")),
        }
    }
}
