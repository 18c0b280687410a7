//! The shared store of the model, with the semantics of `store::shared`; a holder whose lease has ended can do what the Redis
//! store lets it do.

use zeyos_core::{SessionLoss, Timestamp};

use super::answer::Answer;
use crate::TokenSet;
use crate::auth::reply::fingerprint;
use crate::store::{Held, Pending, Record};

pub const OWNER: &str = "owner";

/// A record in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kept {
    pub generation: u64,
    pub token: u8,
    pub lost: Option<SessionLoss>,
    pub has_access: bool,
}

/// A mark in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    pub generation: u64,
    pub token: u8,
    /// The process, and which of its renewals.
    pub by: (u8, u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Store {
    pub record: Kept,
    pub mark: Option<Mark>,
    pub journal: Option<Answer>,
    pub newest: u64,
    pub lock: Option<u8>,
}

pub fn number(record: &Record) -> u8 {
    let tokens = record.tokens.as_ref().unwrap();
    tokens.refresh_token.as_ref().unwrap().expose()[1..].parse().unwrap()
}

impl Kept {
    pub fn of(record: &Record) -> Self {
        let has_access = record.tokens.as_ref().is_some_and(|tokens| tokens.access_token.is_some());
        Kept { generation: record.generation, token: number(record), lost: record.lost, has_access }
    }

    pub fn record(self) -> Record {
        let mut tokens = TokenSet::bearer(format!("a{}", self.token)).with_refresh_token(format!("r{}", self.token));
        tokens.access_token = tokens.access_token.filter(|_| self.has_access);
        let (tokens, owner) = (Some(tokens), Some(OWNER.to_owned()));
        Record { generation: self.generation, tokens, lost: self.lost, owner }
    }
}

impl Mark {
    fn pending(self) -> Pending {
        let token = zeyos_core::Secret::from(format!("r{}", self.token));
        Pending {
            generation: self.generation,
            refresh_token_hash: Some(fingerprint(&token)),
            since: Timestamp::from_unix(1_000),
            request_id: format!("{}.{}", self.by.0, self.by.1),
        }
    }
}

impl Store {
    pub fn new() -> Self {
        let record = Kept { generation: 1, token: 0, lost: None, has_access: true };
        Store { record, mark: None, journal: None, newest: 1, lock: None }
    }

    pub fn held(&self) -> Held {
        Held {
            record: self.record.record(),
            pending: self.mark.map(Mark::pending),
            reply: self.journal.map(Answer::body),
            newest: self.newest,
            damage: None,
        }
    }

    pub fn is_marked_by(&self, process: u8) -> bool {
        self.mark.is_some_and(|mark| mark.by.0 == process)
    }

    pub fn prepare(&mut self, mark: Mark) -> bool {
        let is_holder = self.lock == Some(mark.by.0);
        if is_holder {
            (self.mark, self.journal) = (Some(mark), None);
        }
        is_holder
    }

    pub fn keep_reply(&mut self, process: u8, answer: Answer) -> bool {
        let is_owner = self.is_marked_by(process);
        if is_owner {
            self.journal = Some(answer);
        }
        is_owner
    }

    pub fn clear(&mut self, process: u8) -> bool {
        let may = self.lock == Some(process) || self.is_marked_by(process);
        if may {
            (self.mark, self.journal) = (None, None);
        }
        may
    }
}
