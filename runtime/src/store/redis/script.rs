//! The scripts that run inside Redis, each in one step that nothing else can interrupt.

/// A script: its text, what it does in words for errors, and what its failure means.
pub(super) struct Script {
    pub text: &'static str,
    pub task: &'static str,
    /// It changes something, so Redis may refuse it.
    pub writes: bool,
    /// It is sent tokens, so nothing that the server says about it may be repeated.
    pub secret: bool,
}

pub(super) const READ: Script =
    Script { text: include_str!("scripts/read.lua"), task: "read", writes: false, secret: false };

pub(super) const ACQUIRE: Script =
    Script { text: include_str!("scripts/acquire.lua"), task: "lock", writes: true, secret: false };

pub(super) const RENEW: Script =
    Script { text: include_str!("scripts/renew.lua"), task: "keep the lock", writes: true, secret: false };

pub(super) const RELEASE: Script =
    Script { text: include_str!("scripts/release.lua"), task: "unlock", writes: true, secret: false };

pub(super) const PREPARE: Script =
    Script { text: include_str!("scripts/prepare.lua"), task: "prepare an exchange", writes: true, secret: false };

pub(super) const JOURNAL: Script =
    Script { text: include_str!("scripts/journal.lua"), task: "journal a reply", writes: true, secret: true };

pub(super) const CLEAR: Script =
    Script { text: include_str!("scripts/clear.lua"), task: "drop the pending marker", writes: true, secret: false };

pub(super) const COMMIT: Script =
    Script { text: include_str!("scripts/commit.lua"), task: "store tokens", writes: true, secret: true };

pub(super) const QUARANTINE: Script =
    Script { text: include_str!("scripts/quarantine.lua"), task: "quarantine a value", writes: true, secret: true };

pub(super) const REPAIR: Script =
    Script { text: include_str!("scripts/repair.lua"), task: "restore a record", writes: true, secret: true };

pub(super) const NOTE: Script =
    Script { text: include_str!("scripts/note.lua"), task: "note a question", writes: true, secret: false };

pub(super) const QUARANTINE_REPLY: Script = Script {
    text: include_str!("scripts/quarantine_reply.lua"),
    task: "quarantine a reply",
    writes: true,
    secret: true,
};
