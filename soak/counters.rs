//! What became of every rotation: what the server did beside what the processes say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zeyos_emulator::{Counts, SeenRequest};

/// The counters of a run. Generations are counted once, however many processes tell of them.
#[derive(Default)]
pub struct Counters {
    /// Refresh tokens that the server has taken and answered.
    rotations: u64,
    /// Refresh tokens that it has refused.
    invalid_grants: u64,
    /// What the server between them saw.
    wire: Counts,
    refreshed: BTreeSet<u64>,
    recovered: BTreeSet<u64>,
    adopted: u64,
    unpersisted: BTreeSet<u64>,
    lost: BTreeMap<u64, String>,
    kills: u64,
    good: u64,
    failed: BTreeMap<String, u64>,
    logins: usize,
}

impl Counters {
    /// Counts a line of a process.
    pub fn hear(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (number, cause) = rest.split_once(' ').unwrap_or((rest, ""));
        let number: u64 = number.parse().unwrap_or(0);
        match word {
            "good" => self.good += number,
            "adopted" => self.adopted += 1,
            "refreshed" => drop(self.refreshed.insert(number)),
            "recovered" => drop(self.recovered.insert(number)),
            "unpersisted" => drop(self.unpersisted.insert(number)),
            "lost" => drop(self.lost.entry(number).or_insert_with(|| cause.to_owned())),
            "failed" => *self.failed.entry(without_time(rest)).or_default() += 1,
            _ => eprintln!("a process says: {line}"),
        }
    }

    /// Counts what the server saw.
    pub fn count(&mut self, requests: &[SeenRequest], wire: Counts) {
        self.wire = wire;
        for seen in requests {
            if seen.grant_type == Some("refresh_token") {
                self.rotations += u64::from(seen.status == Some(200));
                self.invalid_grants += u64::from(seen.status == Some(403));
            }
        }
    }

    pub fn killed(&mut self) {
        self.kills += 1;
    }

    /// Whether there is a loss after which nobody has signed in.
    pub fn wants_login(&self) -> bool {
        self.lost.len() > self.logins
    }

    pub fn signed_in(&mut self) {
        self.logins = self.lost.len();
    }

    /// Rotations whose new tokens nobody has reported: their answers never got as far as a journal, or the process was killed
    /// between storing them and saying so. Every loss has to be one of these.
    fn unheard(&self) -> u64 {
        self.rotations.saturating_sub(self.refreshed.union(&self.recovered).count() as u64)
    }

    fn losses(&self, cause: &str) -> u64 {
        self.lost.values().filter(|known| *known == cause).count() as u64
    }

    /// Losses that no answer on its way explains.
    fn unexplained(&self) -> u64 {
        let window = self.losses("RotationOutcomeUnknown");
        window.saturating_sub(self.unheard()) + (self.lost.len() as u64 - window)
    }

    /// Whether the run shows what it has to show.
    pub fn is_explained(&self) -> bool {
        self.unexplained() == 0 && self.wire.replays == 0 && self.wire.unguarded == 0 && !self.refreshed.is_empty()
    }
}

/// The text of an error without the time in it, so that equal ones are counted together.
fn without_time(text: &str) -> String {
    let is_time = |word: &&str| word.contains('T') && word.ends_with('Z');
    text.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "token requests                                 {:>8}", self.wire.token_posts)?;
        writeln!(f, "rotations (at the server)                      {:>8}", self.rotations)?;
        writeln!(f, "refreshes (told by a process)                  {:>8}", self.refreshed.len())?;
        writeln!(f, "recoveries (from the journal)                  {:>8}", self.recovered.len())?;
        writeln!(f, "adoptions                                      {:>8}", self.adopted)?;
        writeln!(f, "unpersisted                                    {:>8}", self.unpersisted.len())?;
        writeln!(f, "introspections                                 {:>8}", self.wire.introspections)?;
        writeln!(f, "kill -9                                        {:>8}", self.kills)?;
        for cause in ["RotationOutcomeUnknown", "StaleStore", "Revoked", "Expired"] {
            writeln!(f, "losses: {cause:<38} {:>8}", self.losses(cause))?;
        }
        writeln!(f, "predicted window: rotations that nobody told of{:>8}", self.unheard())?;
        writeln!(f, "invalid_grant                                  {:>8}", self.invalid_grants)?;
        writeln!(f, "replays of consumed tokens                     {:>8}  (must be 0)", self.wire.replays)?;
        writeln!(f, "sent again without asking                      {:>8}  (must be 0)", self.wire.unguarded)?;
        writeln!(f, "unexplained losses                             {:>8}  (must be 0)", self.unexplained())?;
        writeln!(f, "calls answered                                 {:>8}", self.good)?;
        for (error, times) in &self.failed {
            writeln!(f, "calls failed: {times} x {error}")?;
        }
        Ok(())
    }
}
