//! Which calls may be sent, by what a repeat of them would do.

use zeyos_core::{Error, Operation, Safety};

/// Everything, or what was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Allowed(Option<u8>);

const fn bit(safety: Safety) -> u8 {
    1 << safety as u8
}

impl Allowed {
    /// This too, and nothing that was never named.
    pub(crate) fn and(self, safety: Safety) -> Self {
        Allowed(Some(self.0.unwrap_or(0) | bit(safety)))
    }

    /// What both allow.
    pub(crate) fn within(self, other: Allowed) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Allowed(Some(one & other)),
            (one, other) => Allowed(one.or(other)),
        }
    }

    /// Whether a call of this operation may be sent. Signing in is not a change of what the service holds for its users.
    ///
    /// # Errors
    /// When it may not.
    pub(crate) fn check(self, operation: &Operation) -> Result<(), Error> {
        let is_allowed = operation.safety == Safety::TokenExchange
            || self.0.is_none_or(|allowed| allowed & bit(operation.safety) != 0);
        if is_allowed { Ok(()) } else { Err(Error::not_allowed(operation.safety)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_named_is_not_allowed_once_something_was() {
        let reads = Allowed::default().and(Safety::Read);
        let all = [Safety::Read, Safety::Create, Safety::Update, Safety::Delete];
        assert!(all.iter().all(|safety| Allowed::default().0.is_none_or(|allowed| allowed & bit(*safety) != 0)));
        let allowed = |allowed: Allowed| all.map(|safety| allowed.0.is_none_or(|allowed| allowed & bit(safety) != 0));
        assert_eq!(allowed(reads), [true, false, false, false]);
        assert_eq!(allowed(reads.and(Safety::Update)), [true, false, true, false]);
        assert_eq!(allowed(reads.within(Allowed::default())), [true, false, false, false]);
        assert_eq!(allowed(Allowed::default().and(Safety::Create).within(reads)), [false; 4]);
    }
}
