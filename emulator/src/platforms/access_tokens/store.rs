//! The records of tokens, in the order of their hashes as the real store has them, and all else that the server holds.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::switches::TokenSwitches;
use crate::faults::TokenEnd;
use crate::json::Json;
use crate::platforms::jwt::Key;
use crate::platforms::message::object;
use crate::platforms::random::Random;
use crate::platforms::rate::Rate;

/// What is stored about a token. Null and absent are two states of a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub id: String,
    pub owner: String,
    pub is_admin: bool,
    pub secret_phc: String,
    pub roles: Vec<String>,
    pub created: i64,
    pub last_used: Option<i64>,
    pub expires: Option<Option<i64>>,
    pub revoked: Option<i64>,
}

impl Record {
    pub(super) fn is_expired(&self, now: i64) -> bool {
        self.expires.flatten().is_some_and(|at| now >= at)
    }

    pub(super) fn shown(&self, with_secret: bool) -> Json {
        let roles = || Json::List(self.roles.iter().map(|role| role.as_str().into()).collect());
        object([
            ("tokenId", Some(self.id.as_str().into())),
            ("owner", Some(self.owner.as_str().into())),
            ("isAdmin", Some(self.is_admin.into())),
            ("secretPhc", with_secret.then(|| self.secret_phc.as_str().into())),
            ("roles", (!self.roles.is_empty()).then(roles)),
            ("createdAt", Some(self.created.into())),
            ("lastUsedAt", self.last_used.map(Json::from)),
            ("expiresAt", self.expires.map(|at| at.map_or(Json::Null, Json::from))),
            ("revokedAt", self.revoked.map(Json::from)),
        ])
    }
}

/// The place of an identifier: its hash, so that no order of time shows.
type TokenKey = ([u8; 8], String);

fn place(id: &str) -> TokenKey {
    let hash: [u8; 32] = Sha256::digest(id).into();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    (first, id.to_owned())
}

/// The records.
#[derive(Debug, Default)]
pub(super) struct Store(BTreeMap<TokenKey, Record>);

impl Store {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, id: &str) -> Option<&Record> {
        self.0.get(&place(id))
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Record> {
        self.0.get_mut(&place(id))
    }

    pub(super) fn put(&mut self, record: Record) {
        self.0.insert(place(&record.id), record);
    }

    /// The next records behind an identifier, which need not exist.
    pub(super) fn scan(&self, after: Option<&str>, limit: usize) -> impl Iterator<Item = &Record> {
        let after = after.map(place);
        let behind = move |at: &TokenKey| after.as_ref().is_none_or(|after| at > after);
        self.0.iter().filter(move |(at, _)| behind(at)).take(limit).map(|(_, record)| record)
    }

    /// Lets a token end, as a fault asks for it.
    pub(super) fn end(&mut self, id: &str, how: TokenEnd) {
        if let Some(record) = self.get_mut(id) {
            match how {
                TokenEnd::Expired => record.expires = Some(Some(0)),
                TokenEnd::Revoked => record.revoked = Some(0),
            }
        }
    }
}

/// All that the server holds.
#[derive(Debug)]
pub(super) struct Tokens {
    pub switches: TokenSwitches,
    pub store: Store,
    /// Hash of the token that is taken in while there is none.
    pub bootstrap: String,
    pub key: Key,
    /// JWTs that ended before their time.
    pub ended: HashMap<String, TokenEnd>,
    pub exchanges: Rate,
    pub random: Random,
}
