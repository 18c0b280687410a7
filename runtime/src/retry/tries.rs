//! The attempts of one call: events in, decisions out. No clock, no lock of another, no chance in here.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use http::StatusCode;
use zeyos_core::call::{Repeatable, Request};
use zeyos_core::error::Delivery;
use zeyos_core::{Error, RetryPolicy, RetryRules, Safety};

use crate::chance::Chance;

/// No attempt begins later than this after the call, unless that is limited anyway.
const LAST_BEGINNING: Duration = Duration::from_secs(600);

/// What became of a request that was given to the transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// None was: the call failed before.
    None,
    /// It is on its way.
    UnderWay,
    /// It certainly did not leave.
    Unsent,
    /// It was sent, and no answer came.
    Lost,
    /// It was answered.
    Answered(StatusCode),
    /// It was answered with more than the caller takes: the next answer will be no smaller.
    TooLarge,
}

impl Outcome {
    const NONE: u16 = 0;
    const UNDER_WAY: u16 = 1;
    const UNSENT: u16 = 2;
    const LOST: u16 = 3;
    const TOO_LARGE: u16 = 4;

    fn code(self) -> u16 {
        match self {
            Outcome::None => Self::NONE,
            Outcome::UnderWay => Self::UNDER_WAY,
            Outcome::Unsent => Self::UNSENT,
            Outcome::Lost => Self::LOST,
            Outcome::TooLarge => Self::TOO_LARGE,
            Outcome::Answered(status) => status.as_u16(),
        }
    }

    fn from_code(code: u16) -> Self {
        match code {
            Self::NONE => Outcome::None,
            Self::UNSENT => Outcome::Unsent,
            Self::LOST => Outcome::Lost,
            Self::TOO_LARGE => Outcome::TooLarge,
            code => StatusCode::from_u16(code).map_or(Outcome::UnderWay, Outcome::Answered),
        }
    }

    fn delivery(self) -> Delivery {
        match self {
            Outcome::None | Outcome::Unsent => Delivery::Unsent,
            Outcome::Answered(StatusCode::UNAUTHORIZED) => Delivery::Unauthorized,
            Outcome::UnderWay | Outcome::Lost | Outcome::Answered(_) | Outcome::TooLarge => Delivery::Sent,
        }
    }

    /// Whether the server has done with the request, be it that it refused it.
    pub(crate) fn is_served(self) -> bool {
        matches!(self, Outcome::Answered(status)
            if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS && status != StatusCode::REQUEST_TIMEOUT)
    }

    /// Whether the server may have carried the request out, and no one was told.
    fn is_open(self) -> bool {
        match self {
            Outcome::UnderWay | Outcome::Lost => true,
            Outcome::Answered(status) => status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
            Outcome::None | Outcome::Unsent | Outcome::TooLarge => false,
        }
    }
}

/// How far one attempt has come, for the one who may have to give it up. An attempt sends more than one request where a credential was
/// refused.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    last: AtomicU16,
    delivery: AtomicU16,
}

impl Progress {
    /// A request is given to the transport.
    pub(crate) fn begin(&self) {
        self.last.store(Outcome::UnderWay.code(), Ordering::Relaxed);
    }

    /// It came back.
    pub(crate) fn end(&self, outcome: Outcome) {
        self.last.store(outcome.code(), Ordering::Relaxed);
        self.delivery.fetch_max(outcome.delivery() as u16, Ordering::Relaxed);
    }

    /// What became of the last request.
    pub(crate) fn last(&self) -> Outcome {
        Outcome::from_code(self.last.load(Ordering::Relaxed))
    }

    fn delivery(&self) -> Delivery {
        let before = match self.delivery.load(Ordering::Relaxed) {
            code if code == Delivery::Unsent as u16 => Delivery::Unsent,
            code if code == Delivery::Unauthorized as u16 => Delivery::Unauthorized,
            _ => Delivery::Sent,
        };
        before.max(self.last().delivery())
    }
}

/// What a failed attempt is judged by, beside its outcome.
pub(crate) struct Circumstances<'a> {
    /// Whether the body can be sent again.
    pub can_resend: bool,
    /// How long the server asks to wait.
    pub asked: Option<Duration>,
    /// The longest such wait that is waited for.
    pub longest_asked: Duration,
    /// The time now.
    pub now: Duration,
    pub chance: &'a Chance,
}

/// The attempts of one call.
pub(crate) struct Tries<'a> {
    policy: Cow<'a, RetryPolicy>,
    safety: Safety,
    repeatable: Repeatable,
    /// Whether 503 says that the request takes too long, so that it would again.
    may_be_too_slow: bool,
    started: Duration,
    total: Option<Duration>,
    count: u32,
    delivery: Delivery,
    /// The first attempt that the server may have carried out without anyone being told.
    lost: Option<Error>,
}

impl<'a> Tries<'a> {
    /// Before the first attempt, at this time.
    pub(crate) fn new(
        request: &Request,
        policy: Cow<'a, RetryPolicy>,
        total: Option<Duration>,
        started: Duration,
    ) -> Self {
        Tries {
            policy,
            safety: request.operation.safety,
            repeatable: request.repeatable(),
            may_be_too_slow: request.may_be_too_slow,
            started,
            total,
            count: 0,
            delivery: Delivery::Unsent,
            lost: None,
        }
    }

    /// How often the call was repeated.
    pub(crate) fn repeats(&self) -> u32 {
        self.count.saturating_sub(1)
    }

    /// How much time is left of all that the call has; `None` where that is not limited.
    pub(crate) fn left(&self, now: Duration) -> Option<Duration> {
        self.total.map(|total| total.saturating_sub(now.saturating_sub(self.started)))
    }

    /// An attempt begins.
    pub(crate) fn begin(&mut self) {
        self.count = self.count.saturating_add(1);
    }

    /// Takes in a failed attempt. Answers how long to wait before the next one, if there may be one.
    pub(crate) fn failed(&mut self, progress: &Progress, around: &Circumstances<'_>) -> Option<Duration> {
        self.delivery = self.delivery.max(progress.delivery());
        self.wait(progress.last(), around)
    }

    /// There will be another attempt after this one, which ended with this error.
    pub(crate) fn goes_on(&mut self, outcome: Outcome, error: Error) {
        if outcome.is_open() && self.safety != Safety::Read {
            self.lost.get_or_insert(error);
        }
    }

    fn wait(&self, outcome: Outcome, around: &Circumstances<'_>) -> Option<Duration> {
        let rules = self.policy.rules()?;
        if self.count > rules.limit() || !around.can_resend || !self.may_repeat(&rules, outcome) {
            return None;
        }
        let wait = match around.asked {
            Some(asked) if asked > around.longest_asked => return None,
            Some(asked) => asked,
            None => rules.wait(self.count, around.chance.draw()),
        };
        let spent = around.now.saturating_sub(self.started);
        let end = self.total.unwrap_or(LAST_BEGINNING);
        (spent.saturating_add(wait) < end).then_some(wait)
    }

    fn may_repeat(&self, rules: &RetryRules, outcome: Outcome) -> bool {
        if self.repeatable == Repeatable::Never {
            return false;
        }
        match outcome {
            Outcome::None | Outcome::UnderWay | Outcome::TooLarge => false,
            Outcome::Unsent => true,
            Outcome::Lost => self.is_safe(rules),
            Outcome::Answered(StatusCode::SERVICE_UNAVAILABLE) if self.may_be_too_slow => false,
            Outcome::Answered(status) => {
                let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
                rules.covers(status) && (self.is_safe(rules) || (is_busy && rules.covers_busy_writes()))
            }
        }
    }

    /// Whether the call may be carried out more than once.
    fn is_safe(&self, rules: &RetryRules) -> bool {
        match self.repeatable {
            Repeatable::Freely | Repeatable::Guarded => true,
            Repeatable::UntilSent => self.safety == Safety::Create && rules.covers_creates(),
            Repeatable::Never => false,
        }
    }

    /// The error of the call: that of the last attempt, with what is known of those before it.
    pub(crate) fn ended(self, last: Outcome, error: Error) -> Error {
        let error = error.with_attempts(self.count, self.delivery);
        match self.lost {
            Some(lost) if error.status().is_some_and(is_of_a_second_time) => error.with_lost_answer(lost),
            // What was not sent at the end says nothing of what was sent before.
            Some(lost) if last.delivery() == Delivery::Unsent => error.after(lost),
            _ => error,
        }
    }
}

/// Whether a server answers so to what it has carried out already: the record is not the same, gone, or there.
fn is_of_a_second_time(status: StatusCode) -> bool {
    let statuses = [StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::GONE, StatusCode::PRECONDITION_FAILED];
    statuses.contains(&status)
}

#[cfg(test)]
mod tests;
