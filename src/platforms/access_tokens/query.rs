//! Which tokens are listed.

use std::fmt;

use zeyos_core::Timestamp;

use super::TokenRecord;
use super::raw::ListTokensQuery;

/// Which tokens a list has: unless set, those that are neither revoked nor past their end, without the hashes of their secrets.
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct ListTokens {
    limit: Option<u32>,
    after: Option<String>,
    revoked: bool,
    expired: bool,
    secret_phc: bool,
    role: Option<String>,
}

impl ListTokens {
    /// All that can be exchanged, 100 for a page.
    pub fn new() -> Self {
        ListTokens::default()
    }

    /// How many tokens the service looks at for one page: it takes revoked and expired ones out of these. More than 1000 count as 1000.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Goes on behind this identifier, which need not exist.
    pub fn after(mut self, token_id: impl Into<String>) -> Self {
        self.after = Some(token_id.into());
        self
    }

    /// Revoked tokens too.
    pub fn include_revoked(mut self) -> Self {
        self.revoked = true;
        self
    }

    /// Tokens past their end too.
    pub fn include_expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// The hashes of their secrets too.
    pub fn include_secret_phc(mut self) -> Self {
        self.secret_phc = true;
        self
    }

    /// Only tokens with this role; services before 1.1.0 refuse it.
    pub fn has_role(mut self, role: impl Into<String>) -> Self {
        self.role = Some(role.into());
        self
    }

    /// The query of one page.
    pub(super) fn of_page(&self) -> ListTokensQuery {
        let mut query = self.of_every_token();
        // What is not asked for is left out: services before 1.1.0 know no `false`.
        query = if self.revoked { query.include_revoked(true) } else { query };
        query = if self.expired { query.include_expired(true) } else { query };
        match &self.role {
            Some(role) => query.has_role(role),
            None => query,
        }
    }

    /// The query for pages that nothing is taken out of, which therefore are empty at the end alone.
    pub(super) fn of_unfiltered_pages(&self) -> ListTokensQuery {
        self.of_every_token().include_revoked(true).include_expired(true)
    }

    fn of_every_token(&self) -> ListTokensQuery {
        let mut query = ListTokensQuery::new();
        query = self.limit.map_or(query.clone(), |limit| query.limit(limit.into()));
        query = if self.secret_phc { query.include_secret_phc(true) } else { query };
        match &self.after {
            Some(after) => query.after_token_id(after),
            None => query,
        }
    }

    /// Whether a record belongs to the list, as the service would say it.
    pub(super) fn has(&self, record: &TokenRecord, now: Timestamp) -> bool {
        let is_set = |time: Option<Option<Timestamp>>| time.flatten();
        let is_expired = is_set(record.expires_at).is_some_and(|end| end <= now);
        let has_role = |role: &String| record.roles.as_ref().is_some_and(|roles| roles.contains(role));
        (self.revoked || is_set(record.revoked_at).is_none())
            && (self.expired || !is_expired)
            && self.role.as_ref().is_none_or(has_role)
    }
}

/// Without texts of the caller.
impl fmt::Debug for ListTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListTokens")
            .field("limit", &self.limit)
            .field("revoked", &self.revoked)
            .field("expired", &self.expired)
            .finish_non_exhaustive()
    }
}
