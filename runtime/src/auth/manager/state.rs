//! The tokens in use, and what was tried with them.

use std::sync::Arc;
use std::time::Duration;

use zeyos_core::{Error, Secret, SessionLoss, Timestamp, TokenError};

use super::token_cell::TokenCell;
use crate::TokenSet;
use crate::auth::expiry::{Expiry, Moment};
use crate::auth::limits::RefreshLimits;
use crate::bits::spread;
use crate::store::{Asked, IntrospectionCheck, TokenRecord};

/// The tokens in use. The generation grows with every change: a request remembers which tokens it was sent with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub generation: u64,
    pub tokens: Option<Arc<TokenSet>>,
    pub lost: Option<SessionLoss>,
    pub(super) expiry: Option<Expiry>,
    /// Whether the event about the end of the refresh token is still to be emitted.
    pub tell_end: bool,
}

impl Snapshot {
    pub(crate) fn new(record: &TokenRecord, now: Moment, limits: &RefreshLimits, gives_for_key: bool) -> Self {
        let tokens = record.tokens.as_ref();
        Snapshot {
            generation: record.generation,
            tokens: record.tokens.clone().map(Arc::new),
            lost: record.lost,
            expiry: tokens.and_then(|tokens| Expiry::of(tokens, now, limits, spread(), gives_for_key)),
            tell_end: tokens.is_some_and(|tokens| tokens.refresh_token_end().is_some()),
        }
    }

    pub(crate) fn is_due(&self, now: Moment) -> bool {
        self.lost.is_none() && self.expiry.is_some_and(|expiry| expiry.is_due(now))
    }

    /// Whether the access token is past its end.
    pub(crate) fn has_ended(&self, now: Moment) -> bool {
        self.expiry.is_some_and(|expiry| expiry.has_ended(now))
    }

    fn interval(&self, limits: &RefreshLimits) -> Duration {
        self.expiry.map_or(limits.floor, |expiry| expiry.interval(limits))
    }
}

/// Why a refresh is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshReason {
    /// The tokens are about to expire.
    Due,
    /// The server has answered 401.
    Rejected,
    /// The caller asks for it.
    Asked,
}

impl RefreshReason {
    /// The name in traces.
    pub(super) fn name(self) -> &'static str {
        match self {
            RefreshReason::Due => "due",
            RefreshReason::Rejected => "rejected",
            RefreshReason::Asked => "asked",
        }
    }
}

/// How many previous tokens are remembered.
const PREVIOUS: usize = 8;

#[derive(Clone, Default)]
pub(super) struct State {
    /// The cell that the manager reads.
    pub cell: Arc<TokenCell>,
    /// The next contents of the cell, set after the rest of the state.
    pub next: Option<Snapshot>,
    /// The record in use, as it is in the store or should be; none until the store was read.
    pub known: Option<Arc<TokenRecord>>,
    /// The last question to the server that it has not answered, as it is noted in the store.
    pub question: Option<Asked>,
    /// The last tokens before these: a server may still repeat them, and then they must not be printed.
    pub previous: Vec<Secret>,
    /// Why the tokens in use are not stored.
    pub unpersisted: Option<String>,
    /// When tokens were last renewed here.
    renewed: Option<Moment>,
    /// The last generation that the server has issued to this program, and to no other before.
    issued: Option<u64>,
    /// Tokens that were refused although they had just come, and when.
    rejected: Option<(u64, Moment)>,
    /// How the last renewal failed, of which generation, and when.
    pub failed: Option<(u64, Moment, Error)>,
    /// How often in a row no connection could be made.
    unsent: u32,
    /// Whether a renewal of unknown outcome is tried once more when the access token is refused.
    pub waits_for_refusal: bool,
    /// The last generation that was tried after its access token was refused.
    pub tried_refused: Option<u64>,
}

impl State {
    /// One of many in this process.
    pub(super) fn of_many() -> Self {
        State { cell: Arc::new(TokenCell::of_many()), ..State::default() }
    }

    pub(super) fn generation(&self) -> u64 {
        self.cell.get().map_or(0, |snapshot| snapshot.generation)
    }

    /// Takes tokens into use. A record that is not newer cannot replace what is known, except by a restart.
    pub(super) fn take(&mut self, snapshot: Snapshot, record: Arc<TokenRecord>) {
        self.known = Some(record);
        let gone = self.cell.get().and_then(|gone| gone.tokens);
        self.next = Some(snapshot);
        let gone = gone.iter().flat_map(|tokens| [&tokens.access_token, &tokens.refresh_token]);
        self.previous.extend(gone.flatten().cloned());
        let surplus = self.previous.len().saturating_sub(PREVIOUS);
        self.previous.drain(..surplus);
        self.unpersisted = None;
        (self.failed, self.unsent) = (None, 0);
    }

    /// A renewal has failed.
    pub(super) fn fail(&mut self, generation: u64, now: Moment, error: Error) {
        let is_unsent = matches!(error.token_error(), Some(TokenError::NotSent));
        self.unsent = if is_unsent { self.unsent.saturating_add(1) } else { 0 };
        self.failed = Some((generation, now, error));
    }

    pub(super) fn renewed(&mut self, now: Moment) {
        self.renewed = Some(now);
    }

    /// The server has issued the tokens in use to this program.
    pub(super) fn issued(&mut self) {
        self.issued = Some(self.generation());
    }

    /// Whether this program was issued tokens of this generation, or of a later one.
    pub(super) fn has_issued(&self, generation: u64) -> bool {
        self.issued.is_some_and(|issued| issued >= generation)
    }

    pub(super) fn reject(&mut self, generation: u64, now: Moment) {
        if self.generation() == generation {
            self.rejected = Some((generation, now));
        }
    }

    /// Whether this caller is the first to report the end of the refresh token.
    pub(super) fn tell_end(&mut self) -> bool {
        let Some(current) = self.cell.get().filter(|current| current.tell_end) else { return false };
        self.cell.replace(Snapshot { tell_end: false, ..current });
        true
    }

    /// Whether tokens that are due may be renewed now.
    pub(super) fn may_renew(&self, snapshot: &Snapshot, now: Moment, limits: &RefreshLimits) -> bool {
        let rested = self.renewed.is_none_or(|renewed| now.since(renewed) >= snapshot.interval(limits));
        rested && self.throttled(snapshot.generation, RefreshReason::Due, now, limits).is_none()
    }

    /// Why nothing may be sent to the token endpoint now.
    pub(super) fn throttled(
        &self,
        generation: u64,
        reason: RefreshReason,
        now: Moment,
        limits: &RefreshLimits,
    ) -> Option<Error> {
        let snapshot = self.cell.get().filter(|snapshot| snapshot.generation == generation)?;
        if let Some(loss) = snapshot.lost {
            return Some(Error::token(TokenError::SessionLost(loss)));
        }
        self.failure(generation, reason, now, limits).or_else(|| self.pause(generation, reason, now, limits))
    }

    /// The last failure, while trying again would be of no use or would hurry the server.
    fn failure(&self, generation: u64, reason: RefreshReason, now: Moment, limits: &RefreshLimits) -> Option<Error> {
        let (_, at, error) = self.failed.as_ref().filter(|(failed, ..)| *failed == generation)?;
        let is_contradicted =
            self.known.as_ref().is_some_and(|known| known.introspection == Some(IntrospectionCheck::Contradicted));
        let rest = match error.token_error() {
            // If introspection is contradicted, the caller may order a refresh whose safety cannot be known.
            Some(TokenError::Unknown { .. }) if reason == RefreshReason::Asked && is_contradicted => return None,
            // The one more try of a token of unknown outcome waits for a 401, and is made once.
            Some(TokenError::Unknown { .. })
                if self.waits_for_refusal
                    && reason == RefreshReason::Rejected
                    && self.tried_refused != Some(generation) =>
            {
                return None;
            }
            Some(TokenError::Unknown { .. }) => limits.probe_interval,
            _ if reason == RefreshReason::Asked => return None,
            // While the old token is good, the whole process tries once in a while; without one, every call needs a new one.
            Some(TokenError::NotSent) if reason == RefreshReason::Due => {
                limits.floor.saturating_mul(1 << self.unsent.min(6)).min(limits.hold)
            }
            Some(TokenError::NotSent | TokenError::Interrupted) => Duration::ZERO,
            _ if error.is_store() && reason == RefreshReason::Rejected => Duration::ZERO,
            _ if error.is_store() => limits.floor,
            _ => limits.hold,
        };
        (now.since(*at) < rest).then(|| error.clone())
    }

    /// The time between two refreshes, and after tokens that were refused as soon as they came.
    fn pause(&self, generation: u64, reason: RefreshReason, now: Moment, limits: &RefreshLimits) -> Option<Error> {
        if reason == RefreshReason::Asked {
            return None;
        }
        let (at, rest) = self.pausing(generation, now, limits)?;
        Some(on_hold(at, rest))
    }

    fn pausing(&self, generation: u64, now: Moment, limits: &RefreshLimits) -> Option<(Moment, Duration)> {
        let rejected = self.rejected.filter(|(rejected, _)| *rejected == generation).map(|(_, at)| (at, limits.hold));
        let renewed = self.renewed.map(|at| (at, limits.floor));
        [rejected, renewed].into_iter().flatten().find(|(at, rest)| now.since(*at) < *rest)
    }

    /// How long that time still takes.
    pub(super) fn pause_left(&self, generation: u64, now: Moment, limits: &RefreshLimits) -> Option<Duration> {
        let (at, rest) = self.pausing(generation, now, limits)?;
        Some(rest.saturating_sub(now.since(at)))
    }

    /// Whether the last renewal of this generation failed.
    pub(super) fn has_failed(&self, generation: u64) -> bool {
        self.failed.as_ref().is_some_and(|(failed, ..)| *failed == generation)
    }
}

/// No tokens are asked for before so long after this moment.
pub(super) fn on_hold(at: Moment, rest: Duration) -> Error {
    let rest = i64::try_from(rest.as_secs()).unwrap_or(i64::MAX);
    let until = Timestamp::from_unix(at.wall.as_unix().saturating_add(rest));
    Error::token(TokenError::OnHold { until })
}
