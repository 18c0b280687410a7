//! Which quarantined values a commit removes.

use crate::store::TokenRecord;

/// Which quarantined values are removed when a record is stored: a logout leaves no token behind, and a new login has no use for the
/// answers of the previous one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Leftovers {
    /// Values in the place of a record.
    pub records: bool,
    /// Answers that nothing could read.
    pub replies: bool,
}

impl Leftovers {
    /// Of a record that is stored in the place of another one, as far as that is known.
    pub(in crate::store) fn of(before: Option<&TokenRecord>, record: &TokenRecord) -> Self {
        let login = |record: &TokenRecord| record.origin().map(|origin| origin.login);
        let is_logout = record.tokens.is_none();
        let is_other_login = before.is_some_and(|before| login(before) != login(record));
        Leftovers { records: is_logout, replies: is_logout || is_other_login }
    }
}
