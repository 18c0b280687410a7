//! The shared store of the model, with the semantics of `store::shared`; a holder whose lease has ended can do what the Redis
//! store lets it do.

use std::cell::RefCell;
use std::collections::HashMap;

use zeyos_core::{SessionLoss, Timestamp};

use super::answer::Answer;
use crate::TokenSet;
use crate::bits::fingerprint;
use crate::store::{Asked, IntrospectionCheck, Lineage, Pending, StoreContents, TokenRecord};

pub(super) const OWNER: &str = "owner";

/// A record in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kept {
    pub generation: u64,
    pub token: u8,
    pub lost: Option<SessionLoss>,
    pub has_access: bool,
    /// The number of the access token, where the refresh token stays.
    pub access: u8,
    /// The first token of its login, and how often it was renewed; none as another program writes it.
    pub lineage: Option<(u8, u64)>,
    /// The server calls living tokens of this login inactive, and that is known.
    pub is_contradicted: bool,
}

/// A pending marker in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Marker {
    pub generation: u64,
    pub token: u8,
    /// The process, and which of its renewals.
    pub by: (u8, u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Store {
    /// None where it was damaged or removed.
    pub record: Option<Kept>,
    pub marker: Option<Marker>,
    pub journal: Option<Answer>,
    pub newest: u64,
    pub lock: Option<u8>,
    /// The token that the server was last asked about in vain.
    pub asked: Option<u8>,
}

fn set(token: u8) -> TokenSet {
    TokenSet::bearer(format!("a{token}")).with_refresh_token(format!("r{token}"))
}

/// The number of an access token that came without a refresh token.
fn access(record: &TokenRecord) -> u8 {
    let token = record.tokens.as_ref().and_then(|tokens| tokens.access_token.as_ref());
    token.and_then(|token| token.expose().strip_prefix('b')?.parse().ok()).unwrap_or_default()
}

pub(super) fn number(record: &TokenRecord) -> u8 {
    let tokens = record.tokens.as_ref().unwrap();
    tokens.refresh_token.as_ref().unwrap().expose()[1..].parse().unwrap()
}

thread_local! {
    /// The tokens by the names of their logins.
    static LOGINS: RefCell<HashMap<String, u8>> = RefCell::default();
}

fn login(token: u8) -> String {
    let name = Lineage::first(&set(token)).login;
    LOGINS.with_borrow_mut(|logins| logins.insert(name.clone(), token));
    name
}

fn login_named(name: &str) -> Option<u8> {
    let find = || LOGINS.with_borrow(|logins| logins.get(name).copied());
    find().or_else(|| {
        (0..=u8::MAX).for_each(|token| drop(login(token)));
        find()
    })
}

impl Kept {
    /// The first record of a login.
    pub(super) fn first(generation: u64, token: u8) -> Self {
        let lineage = Some((token, 0));
        Kept { generation, token, lost: None, has_access: true, access: 0, lineage, is_contradicted: false }
    }

    pub(super) fn of(record: &TokenRecord) -> Self {
        let has_access = record.tokens.as_ref().is_some_and(|tokens| tokens.access_token.is_some());
        let lineage = record.lineage.as_ref().and_then(|it| Some((login_named(&it.login)?, it.renewals)));
        let is_contradicted = record.introspection == Some(IntrospectionCheck::Contradicted);
        let (generation, token, lost) = (record.generation, number(record), record.lost);
        Kept { generation, token, lost, has_access, access: access(record), lineage, is_contradicted }
    }

    pub(super) fn record(self) -> TokenRecord {
        let mut tokens = set(self.token);
        if self.access > 0 {
            tokens.access_token = Some(format!("b{}", self.access).into());
        }
        tokens.access_token = tokens.access_token.filter(|_| self.has_access);
        let pair = Lineage::first(&tokens).pair;
        let lineage = self.lineage.map(|(first, renewals)| Lineage::from_parts(login(first), renewals, pair));
        let introspection = self.is_contradicted.then_some(IntrospectionCheck::Contradicted);
        let (tokens, owner) = (Some(tokens), self.lineage.map(|_| OWNER.to_owned()));
        TokenRecord { generation: self.generation, tokens, lost: self.lost, owner, lineage, introspection }
    }
}

impl Marker {
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
    pub(super) fn new() -> Self {
        Store { record: Some(Kept::first(1, 0)), marker: None, journal: None, newest: 1, lock: None, asked: None }
    }

    pub(super) fn contents(&self) -> StoreContents {
        let record = self.record.map(Kept::record).unwrap_or_default();
        let hash = |token: u8| fingerprint(&zeyos_core::Secret::from(format!("r{token}")));
        StoreContents {
            pending: self.marker.map(Marker::pending),
            reply: self.journal.map(Answer::body),
            newest: self.newest.max(record.generation),
            damage: None,
            asked: self.asked.map(|token| Asked { refresh_token_hash: hash(token), at: Timestamp::from_unix(2_000) }),
            record,
        }
    }

    pub(super) fn generation(&self) -> u64 {
        self.record.map_or(0, |record| record.generation)
    }

    pub(super) fn is_marked_by(&self, process: u8) -> bool {
        self.marker.is_some_and(|marker| marker.by.0 == process)
    }

    pub(super) fn prepare(&mut self, marker: Marker) -> bool {
        let is_holder = self.lock == Some(marker.by.0);
        if is_holder {
            (self.marker, self.journal) = (Some(marker), None);
        }
        is_holder
    }

    pub(super) fn keep_reply(&mut self, process: u8, answer: Answer) -> bool {
        let is_owner = self.is_marked_by(process);
        if is_owner {
            self.journal = Some(answer);
        }
        is_owner
    }

    pub(super) fn clear(&mut self, process: u8) -> bool {
        let may = self.lock == Some(process) || self.is_marked_by(process);
        if may {
            (self.marker, self.journal) = (None, None);
        }
        may
    }
}
