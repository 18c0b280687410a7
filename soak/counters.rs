//! What is counted in a run, and what of it must not be.

mod report;

use std::collections::BTreeMap;

use zeyos_emulator::{Counts, SeenRequest};

use super::arguments::Kind;
use super::message::{Calls, Change};

/// What must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Finding {
    /// A consumed token was sent, and no one can be excused by an older copy of the store.
    Replay,
    /// A token was sent again although no one knew what had become of it.
    Unguarded,
    /// A login was given up that no one had to give up.
    Unexplained,
    /// A process holds tokens that live, and no one puts the store right.
    NotPutRight,
    /// A loss was put right although nothing had been done to the store.
    Uncaused,
    /// The answer to a refresh came in whole, and its process, which lives, does not say so.
    Untold,
    /// A process goes on calling the login lost while others use it.
    LeftBehind,
    /// A process has ended that no one had killed.
    Ended,
}

impl Finding {
    pub(crate) const ALL: [(Finding, &'static str); 8] = [
        (Finding::Replay, "replays of consumed tokens"),
        (Finding::Unguarded, "sent again without asking"),
        (Finding::Unexplained, "unexplained losses"),
        (Finding::NotPutRight, "living tokens that no one put back"),
        (Finding::Uncaused, "losses put right that nothing had caused"),
        (Finding::Untold, "whole answers that no one reported"),
        (Finding::LeftBehind, "processes that stayed lost"),
        (Finding::Ended, "processes that ended by themselves"),
    ];

    pub(crate) fn text(self) -> &'static str {
        Finding::ALL.into_iter().find(|(finding, _)| *finding == self).map_or("", |(_, text)| text)
    }
}

/// Why someone signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SignIn {
    /// Once in a while.
    Scheduled,
    /// The answer to a rotation had got lost on its way, or with the process that was to have it.
    Window,
    /// The server lied before it had been checked whether it does.
    LiedTo,
    /// No one can learn from a server that lies whether tokens live.
    HeldUp,
    /// It is a finding.
    Unexplained,
}

/// What became of one kind of disturbances.
#[derive(Debug, Clone, Copy, Default)]
struct Disturbed {
    times: u64,
    put_right: u64,
}

/// The counters of a run.
#[derive(Default)]
pub(crate) struct Counters {
    /// Refresh tokens that the server has taken and answered.
    rotations: u64,
    /// Refresh tokens that it has refused.
    invalid_grants: u64,
    /// What the server between them saw.
    wire: Counts,
    changes: BTreeMap<Change, u64>,
    calls: BTreeMap<Calls, u64>,
    losses: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    disturbed: BTreeMap<Kind, Disturbed>,
    sign_ins: BTreeMap<SignIn, u64>,
    findings: BTreeMap<Finding, u64>,
    pub kills: u64,
    /// Processes that were started beside the others.
    pub newcomers: u64,
    /// Refreshes that a process was told to make although no one could say whether that was safe.
    pub orders: u64,
    /// Logins in which the server lied.
    pub lying: u64,
    pub put_right: u64,
    /// Answers to refreshes that came in whole, each reported by its process.
    pub answers_told: u64,
    /// Answers to refreshes that no one can have kept.
    pub answers_lost: u64,
    /// Consumed tokens that someone may send who knows nothing but an older copy of the store.
    pub may_replay: bool,
    /// A token that may be sent again, as it was ordered or as it comes from an older copy.
    pub may_repeat: bool,
    expected_replays: u64,
    expected_repeats: u64,
}

impl Counters {
    pub(crate) fn changed(&mut self, change: Change) {
        *self.changes.entry(change).or_default() += 1;
    }

    pub(crate) fn did(&mut self, calls: Calls, times: u64) {
        *self.calls.entry(calls).or_default() += times;
    }

    pub(crate) fn lost(&mut self, cause: &str) {
        *self.losses.entry(cause.to_owned()).or_default() += 1;
    }

    pub(crate) fn failed(&mut self, error: &str) {
        *self.failed.entry(without_numbers(error)).or_default() += 1;
    }

    pub(crate) fn disturbed(&mut self, kind: Kind) {
        self.disturbed.entry(kind).or_default().times += 1;
    }

    pub(crate) fn put_right(&mut self, kind: Kind) {
        self.disturbed.entry(kind).or_default().put_right += 1;
    }

    pub(crate) fn signed_in(&mut self, why: SignIn) {
        *self.sign_ins.entry(why).or_default() += 1;
    }

    pub(crate) fn found(&mut self, finding: Finding) {
        *self.findings.entry(finding).or_default() += 1;
    }

    /// Counts what the server saw. Answers what of it must not be.
    pub(crate) fn count(&mut self, requests: &[SeenRequest], wire: Counts) -> Vec<Finding> {
        for seen in requests.iter().filter(|seen| seen.grant_type == Some("refresh_token")) {
            self.rotations += u64::from(seen.status == Some(200));
            self.invalid_grants += u64::from(seen.status == Some(403));
        }
        let (mut replays, mut repeats) = (wire.replays - self.wire.replays, wire.unguarded - self.wire.unguarded);
        self.wire = wire;
        if replays > 0 && std::mem::take(&mut self.may_replay) {
            (replays, self.expected_replays) = (replays - 1, self.expected_replays + 1);
        }
        if repeats > 0 && std::mem::take(&mut self.may_repeat) {
            (repeats, self.expected_repeats) = (repeats - 1, self.expected_repeats + 1);
        }
        let times = |finding, times: u64| (0..times).map(move |_| finding);
        times(Finding::Replay, replays).chain(times(Finding::Unguarded, repeats)).collect()
    }

    /// Whether the run shows what it has to show.
    pub(crate) fn is_explained(&self) -> bool {
        self.findings.is_empty() && self.changes.contains_key(&Change::Refreshed)
    }
}

/// The text of an error without times and numbers in it, so that equal ones are counted together.
fn without_numbers(text: &str) -> String {
    let is_number = |word: &&str| word.chars().any(|sign| sign.is_ascii_digit());
    text.split(' ').filter(|word| !is_number(word)).collect::<Vec<_>>().join(" ")
}
