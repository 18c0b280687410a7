//! Lineage: which tokens of which login a record holds, and which of two records has the later ones. No store is touched here.

use zeyos_core::Secret;

use super::shared::TokenRecord;
use crate::TokenSet;
use crate::bits::{hex, sha256};

/// Which tokens of which login a record holds. A generation alone does not tell: a store that falls back to an older copy gives
/// the same one out twice.
///
/// The names are fingerprints of tokens, so the same tokens have the same names in whatever store or program they are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Lineage {
    /// The login: the fingerprint of its first tokens. Every renewal keeps it.
    pub login: String,
    /// How often the tokens of this login were renewed.
    pub renewals: u64,
    /// The fingerprint of these tokens; after a logout that of the last ones.
    pub pair: String,
}

impl Lineage {
    /// The first tokens of a login.
    pub fn first(tokens: &TokenSet) -> Self {
        let pair = fingerprint(tokens);
        Lineage { login: pair.clone(), renewals: 0, pair }
    }

    /// Tokens that took the place of these by a renewal.
    #[must_use]
    pub fn renewed(&self, tokens: &TokenSet) -> Self {
        Lineage { login: self.login.clone(), renewals: self.renewals.saturating_add(1), pair: fingerprint(tokens) }
    }

    /// As it was kept.
    pub fn from_parts(login: impl Into<String>, renewals: u64, pair: impl Into<String>) -> Self {
        Lineage { login: login.into(), renewals, pair: pair.into() }
    }
}

/// 128 bits of SHA-256 over both tokens, in hexadecimal.
fn fingerprint(tokens: &TokenSet) -> String {
    let [access, refresh] =
        [&tokens.access_token, &tokens.refresh_token].map(|token| token.as_ref().map_or("", Secret::expose).as_bytes());
    hex(&sha256(&[&(access.len() as u64).to_be_bytes(), access, refresh])[..16])
}

/// How the tokens of a store relate to those of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The same tokens.
    Same,
    /// The store has the later ones, or a logout that came later.
    Later,
    /// The store has nothing, or tokens from before those of this program.
    Earlier,
    /// Other tokens, and it is unknown which are the later ones.
    Unknown,
}

impl TokenRecord {
    /// The lineage as it was kept, if it fits the tokens; a program that knows of none may have replaced them.
    pub(crate) fn origin(&self) -> Option<Lineage> {
        let derived = self.tokens.as_ref().map(Lineage::first);
        match (&self.lineage, derived) {
            (Some(kept), Some(derived)) if kept.pair != derived.pair => Some(derived),
            (Some(kept), _) => Some(kept.clone()),
            (None, derived) => derived,
        }
    }

    /// Whether these tokens are those of this record, or those with which its login began: after a loss or a logout they are
    /// not tried again.
    pub(crate) fn has_ended(&self, tokens: &TokenSet) -> bool {
        let name = fingerprint(tokens);
        let is_over = self.lost.is_some() || self.tokens.is_none();
        is_over && self.origin().is_some_and(|origin| origin.pair == name || origin.login == name)
    }

    /// How the record of a store stands to this one, which a program holds with its tokens.
    pub(crate) fn standing_of(&self, stored: &TokenRecord) -> Standing {
        let Some(theirs) = stored.origin().filter(|_| stored.tokens.is_some()) else {
            // Damage and emptiness have no generation; a logout has a later one.
            let is_logout = stored.generation > 0 && stored.generation >= self.generation;
            return if is_logout { Standing::Later } else { Standing::Earlier };
        };
        let Some(ours) = self.origin() else { return Standing::Later };
        if ours.pair == theirs.pair {
            return Standing::Same;
        }
        if ours.login == theirs.login && ours.renewals != theirs.renewals {
            return if theirs.renewals > ours.renewals { Standing::Later } else { Standing::Earlier };
        }
        by_time(self, stored)
    }

    /// Whether the record of a store is of the same login and comes from the tokens of this one.
    pub(crate) fn is_ancestor_of(&self, stored: &TokenRecord) -> bool {
        match (self.origin(), stored.origin()) {
            (Some(ours), Some(theirs)) => ours.login == theirs.login && theirs.renewals > ours.renewals,
            _ => false,
        }
    }
}

fn by_time(ours: &TokenRecord, theirs: &TokenRecord) -> Standing {
    let obtained = |record: &TokenRecord| record.tokens.as_ref()?.obtained_at;
    match (obtained(ours), obtained(theirs)) {
        (Some(ours), Some(theirs)) if theirs > ours => Standing::Later,
        (Some(ours), Some(theirs)) if theirs < ours => Standing::Earlier,
        _ => Standing::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use zeyos_core::Timestamp;

    use super::*;

    fn tokens(name: &str, obtained: Option<i64>) -> TokenSet {
        let mut tokens = TokenSet::bearer(format!("a-{name}")).with_refresh_token(format!("r-{name}"));
        tokens.obtained_at = obtained.map(Timestamp::from_unix);
        tokens
    }

    fn record(generation: u64, lineage: Option<Lineage>, tokens: TokenSet) -> TokenRecord {
        TokenRecord { generation, lineage, tokens: Some(tokens), ..TokenRecord::default() }
    }

    #[test]
    fn renewals_of_one_login_are_ordered_whatever_their_generations_say() {
        let first = tokens("one", None);
        let begun = Lineage::first(&first);
        let second = tokens("two", None);
        let renewed = begun.renewed(&second);
        let ours = record(3, Some(renewed.clone()), second.clone());
        assert_eq!(ours.standing_of(&record(9, Some(begun.clone()), first.clone())), Standing::Earlier);
        assert_eq!(ours.standing_of(&record(9, Some(renewed.clone()), second)), Standing::Same);
        let third = tokens("three", None);
        let later = record(1, Some(renewed.renewed(&third)), third);
        assert_eq!(ours.standing_of(&later), Standing::Later);
        assert!(ours.is_ancestor_of(&later) && !later.is_ancestor_of(&ours));
    }

    #[test]
    fn other_logins_are_told_apart_by_the_time_of_receipt_and_else_not_at_all() {
        let ours = record(3, None, tokens("ours", Some(100)));
        for (obtained, standing) in [
            (Some(101), Standing::Later),
            (Some(99), Standing::Earlier),
            (Some(100), Standing::Unknown),
            (None, Standing::Unknown),
        ] {
            assert_eq!(ours.standing_of(&record(3, None, tokens("theirs", obtained))), standing, "{obtained:?}");
        }
    }

    #[test]
    fn nothing_is_damage_and_a_logout_has_a_later_generation() {
        let ours = record(3, None, tokens("ours", None));
        let logout = |generation| TokenRecord { generation, ..TokenRecord::default() };
        for (generation, standing) in
            [(0, Standing::Earlier), (2, Standing::Earlier), (3, Standing::Later), (4, Standing::Later)]
        {
            assert_eq!(ours.standing_of(&logout(generation)), standing, "{generation}");
        }
    }

    #[test]
    fn a_lineage_that_does_not_fit_the_tokens_is_none() {
        let (old, new) = (tokens("old", None), tokens("new", None));
        let replaced = record(3, Some(Lineage::first(&old)), new.clone());
        assert_eq!(replaced.origin(), Some(Lineage::first(&new)));
    }

    #[test]
    fn the_set_that_a_login_began_or_ended_with_has_ended() {
        let (first, second, other) = (tokens("one", None), tokens("two", None), tokens("other", None));
        let lineage = Some(Lineage::first(&first).renewed(&second));
        let logout = TokenRecord { generation: 4, lineage: lineage.clone(), ..TokenRecord::default() };
        let lost = TokenRecord { lost: Some(zeyos_core::SessionLoss::Revoked), ..record(4, lineage, second.clone()) };
        for over in [&logout, &lost] {
            assert!(over.has_ended(&first) && over.has_ended(&second) && !over.has_ended(&other));
        }
        assert!(!TokenRecord { lost: None, ..lost }.has_ended(&second), "it lives");
    }
}
