//! The keys of one login. The braces are the hash tag by which a cluster puts them on one node.

use crate::store::StoreError;

/// Each key by what is there.
#[derive(Debug)]
pub(super) struct Keys {
    pub record: String,
    lock: String,
    pending: String,
    reply: String,
    /// The newest generation.
    newest: String,
    /// Where a record was moved that could not be read.
    damage: String,
    /// What values are named after that could not be read; it counts them.
    pub corrupt: String,
    /// The record a second time.
    copy: String,
    /// The last question to the server.
    asked: String,
    /// What answers are named after that nothing could read; it counts them.
    unread: String,
}

/// A key whose value can be quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Record,
    Pending,
    Reply,
}

impl Keys {
    pub(super) fn of(key: &str) -> Result<Self, StoreError> {
        if key.is_empty() || key.contains(['{', '}']) {
            return Err(StoreError::message(
                "the key of a login in Redis must not be empty and must not contain { or }",
            ));
        }
        let beside = |name: &str| format!("{{{key}}}{name}");
        Ok(Keys {
            record: beside(""),
            lock: beside(":lock"),
            pending: beside(":pending"),
            reply: beside(":reply"),
            newest: beside(":newest"),
            damage: beside(":damage"),
            corrupt: beside(":corrupt"),
            copy: beside(":copy"),
            asked: beside(":asked"),
            unread: beside(":unread"),
        })
    }

    /// In the order in which the scripts number them, from 1.
    pub(super) fn in_order(&self) -> [&str; 10] {
        let Keys { record, lock, pending, reply, newest, damage, corrupt, copy, asked, unread } = self;
        [record, lock, pending, reply, newest, damage, corrupt, copy, asked, unread]
    }
}

impl Slot {
    /// The number of the key in the scripts.
    pub(super) fn number(self) -> &'static str {
        match self {
            Slot::Record => "1",
            Slot::Pending => "3",
            Slot::Reply => "4",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_have_the_numbers_of_their_keys() {
        let keys = Keys::of("k").unwrap();
        for (slot, key) in [(Slot::Record, &keys.record), (Slot::Pending, &keys.pending), (Slot::Reply, &keys.reply)] {
            let number: usize = slot.number().parse().unwrap();
            assert_eq!(keys.in_order()[number - 1], key);
        }
    }
}
