//! What an error tells about sending its call again.

use std::fmt;

use http::StatusCode;

use super::{Error, Kind, TokenError};
use crate::call::Repeatable;

/// How far a call came that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[doc(hidden)]
pub enum Delivery {
    /// Nothing of it left.
    Unsent,
    /// It was sent, and refused for its credential alone: it was certainly not carried out.
    Unauthorized,
    /// It was sent.
    Sent,
}

/// What is known of the attempts of a call that failed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attempts {
    count: u32,
    delivery: Option<Delivery>,
    /// An answer that may have been a success was lost, and a repeat found things as they are after one.
    may_be_applied: bool,
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count > 1 {
            write!(f, " ({} attempts)", self.count)?;
        }
        if self.may_be_applied {
            f.write_str("; the answer to an earlier attempt was lost, so it may already be applied")
        } else {
            Ok(())
        }
    }
}

impl Error {
    /// Says whether the call may be carried out more than once. The last one to say so knows the call.
    #[doc(hidden)]
    #[must_use]
    pub fn with_repeatable(mut self, repeatable: Repeatable) -> Self {
        self.0.repeatable = Some(repeatable);
        self
    }

    /// Says how often the call was tried, and how far it came.
    #[doc(hidden)]
    #[must_use]
    pub fn with_attempts(mut self, count: u32, delivery: Delivery) -> Self {
        self.0.attempts = Attempts { count, delivery: Some(delivery), ..self.0.attempts };
        self
    }

    /// Says that a repeat failed as it would after an earlier attempt that was carried out, and that this one's answer was lost.
    #[doc(hidden)]
    #[must_use]
    pub fn with_lost_answer(mut self, lost: Error) -> Self {
        self.0.attempts.may_be_applied = true;
        self.after(lost)
    }

    /// How often the call was sent, or tried to be: more than once where the [retry policy](crate::RetryPolicy) has repeated it.
    pub fn attempts(&self) -> u32 {
        self.0.attempts.count.max(1)
    }

    /// Whether something of the call may have reached the server: it has answered, or the connection broke, or the answer did not come
    /// in time. `false` is a promise: nothing left this machine, so the call can be made again, whatever it does.
    ///
    /// Where it is `true` for a write that is not [retryable](Error::is_retryable), look at the server whether it was carried out
    /// before you make it again.
    pub fn may_have_been_sent(&self) -> bool {
        self.delivery() > Delivery::Unsent
    }

    /// Whether the change that was asked for may be in place although the call failed: the answer to an attempt was lost, and a
    /// repeat was told that the record is not the one that the condition named (412), or not there any more (404, 410), or there
    /// already (409), as it is once the first attempt was carried out.
    ///
    /// Read the record, and compare it with what you wanted, before you tell anyone that it failed.
    pub fn may_already_be_applied(&self) -> bool {
        self.0.attempts.may_be_applied
    }

    /// Whether making the same call again is safe and may succeed: the failure is one that passes (no connection, no answer in time, 429,
    /// 502, 503 or 504), and either this operation may be carried out more than once, or it certainly was not carried out.
    ///
    /// Then try again after [`retry_after`](Error::retry_after), or after a while; the client has done so itself as far as its
    /// [retry policy](crate::RetryPolicy) goes. Where a create, an update or a delete may have been carried out it is `false`, whatever the
    /// failure: see [`may_have_been_sent`](Error::may_have_been_sent).
    pub fn is_retryable(&self) -> bool {
        if !self.may_pass() {
            return false;
        }
        // An exchange of unknown outcome is never simply sent again: the client asks, and waits.
        let is_safe = matches!(self.0.repeatable, Some(Repeatable::Freely | Repeatable::Guarded));
        is_safe || self.is_unknown() || self.delivery() < Delivery::Sent
    }

    fn may_pass(&self) -> bool {
        let passing = [429, 502, 503, 504];
        matches!(self.0.kind, Kind::Timeout | Kind::Transport | Kind::Throttled)
            || self.is_connect()
            || self.is_unknown()
            || self.status().is_some_and(|status| passing.contains(&status.as_u16()))
    }

    /// How far the call came, over all of its attempts.
    #[doc(hidden)]
    pub fn delivery(&self) -> Delivery {
        self.0.attempts.delivery.unwrap_or_else(|| match self.0.kind {
            Kind::Refused | Kind::Request | Kind::NotAllowed | Kind::Throttled | Kind::Connect | Kind::Store => {
                Delivery::Unsent
            }
            Kind::Status if self.has(StatusCode::UNAUTHORIZED) => Delivery::Unauthorized,
            Kind::Token if self.0.response.is_none() && self.own_token_error().is_some_and(is_before_sending) => {
                Delivery::Unsent
            }
            Kind::Status
            | Kind::Decode
            | Kind::Contradiction
            | Kind::TooLarge
            | Kind::Timeout
            | Kind::Transport
            | Kind::Token => Delivery::Sent,
        })
    }
}

/// Whether an exchange of tokens failed before it was sent.
fn is_before_sending(error: &TokenError) -> bool {
    matches!(
        error,
        TokenError::NoClientCredentials
            | TokenError::NoRefreshToken
            | TokenError::NotSent
            | TokenError::StoreNotWritable { .. }
            | TokenError::LockUnsupported { .. }
            | TokenError::LockTimeout
            | TokenError::OtherLogin { .. }
            | TokenError::NeedsLogin { .. }
            | TokenError::OnHold { .. }
    )
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Refusal, Safety, Throttled, Timestamp};

    const ALL: [Repeatable; 4] = [Repeatable::Freely, Repeatable::Guarded, Repeatable::UntilSent, Repeatable::Never];

    fn answered(status: u16) -> Error {
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        Error::status_of(response)
    }

    fn retryable(error: impl Fn() -> Error) -> [bool; 4] {
        ALL.map(|repeatable| error().with_repeatable(repeatable).is_retryable())
    }

    #[test]
    fn what_may_have_been_carried_out_is_only_retryable_where_a_repeat_does_no_harm() {
        for status in [429, 502, 503, 504] {
            assert_eq!(retryable(|| answered(status)), [true, true, false, false], "{status}");
        }
        assert_eq!(retryable(|| Error::timeout("late")), [true, true, false, false]);
        assert_eq!(retryable(|| Error::transport("reset")), [true, true, false, false]);
    }

    #[test]
    fn what_was_not_sent_is_retryable_whatever_it_does() {
        let held = || Error::throttled(Throttled::new(std::time::Duration::from_secs(9), Timestamp::from_unix(0)));
        assert_eq!(retryable(held), [true; 4]);
        assert_eq!(retryable(|| Error::connect("nobody there")), [true; 4]);
        assert_eq!(retryable(|| Error::token(TokenError::NotSent)), [true; 4]);
        assert_eq!(retryable(|| Error::timeout("no token").with_attempts(1, Delivery::Unsent)), [true; 4]);
        assert_eq!(retryable(|| Error::timeout("no token").with_attempts(1, Delivery::Unauthorized)), [true; 4]);
        assert!(!held().may_have_been_sent() && !Error::connect("nobody there").may_have_been_sent());
    }

    #[test]
    fn what_does_not_pass_is_never_retryable() {
        for status in [400, 401, 403, 404, 409, 410, 412, 413, 422, 500, 501, 505] {
            assert_eq!(retryable(|| answered(status)), [false; 4], "{status}");
            assert!(answered(status).may_have_been_sent());
        }
        assert_eq!(retryable(|| Error::request("a line break in a header")), [false; 4]);
        assert_eq!(retryable(|| Error::refused(Refusal { unusable: Vec::new() })), [false; 4]);
        assert_eq!(retryable(|| Error::not_allowed(Safety::Create)), [false; 4]);
    }

    #[test]
    fn an_error_that_knows_no_call_takes_it_for_one_that_must_not_be_repeated() {
        assert!(!answered(503).is_retryable() && Error::connect("nobody there").is_retryable());
    }

    #[test]
    fn attempts_and_lost_answers_are_told() {
        let lost = Error::transport("reset").at("updatePen");
        let error = answered(412).at("updatePen").with_attempts(2, Delivery::Sent).with_lost_answer(lost);
        assert!(error.may_already_be_applied() && error.is_precondition_failed() && error.attempts() == 2);
        let said = error.to_string();
        assert!(said.contains("(2 attempts)") && said.ends_with("it may already be applied"), "{said}");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "updatePen: the connection failed");
        assert_eq!((answered(503).attempts(), answered(503).may_already_be_applied()), (1, false));
    }
}
