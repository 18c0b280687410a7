//! What a caller may want to decide on. Each predicate says what to do.

use std::borrow::Cow;

use http::StatusCode;

use super::{Error, Kind, TokenError};

impl Error {
    /// The kind of this error as one word for the labels of metrics and spans (`error.type` of OpenTelemetry): the status as digits
    /// where the server refused with one, else one of `timeout`, `connect`, `transport`, `too_large`, `decode`, `contradiction`, `token`,
    /// `store`, `rate_limited`, `refused`, `not_allowed` and `request`. There may be more of them later.
    pub fn error_type(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.0.kind {
            Kind::Status => {
                return self.status().map_or("transport".into(), |status| status.as_str().to_owned().into());
            }
            Kind::Timeout => "timeout",
            Kind::Connect => "connect",
            Kind::Transport => "transport",
            Kind::TooLarge => "too_large",
            Kind::Decode => "decode",
            Kind::Contradiction => "contradiction",
            Kind::Token => "token",
            Kind::Store => "store",
            Kind::Throttled => "rate_limited",
            Kind::Refused => "refused",
            Kind::NotAllowed => "not_allowed",
            Kind::Request => "request",
        })
    }

    /// The server answered with this status, as in `error.is_status(404)`. The predicates with names say what the statuses of the
    /// documents mean; this is for all others.
    pub fn is_status(&self, status: u16) -> bool {
        self.0.kind == Kind::Status && self.status().is_some_and(|own| own.as_u16() == status)
    }

    /// Too many requests: the answer is 429, or nothing was sent because an earlier one asked to wait.
    ///
    /// Send less, and this call not before [`retry_after`](Error::retry_after).
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == Kind::Throttled || self.is_status(429)
    }

    /// The credential is missing, wrong or refused: nothing fitted, the token could not be renewed, or the answer is 401.
    ///
    /// Let the user sign in again; where [`refusal`](Error::refusal) is there, it says what to configure instead.
    pub fn is_auth(&self) -> bool {
        let may_pass = self.is_store() || self.is_connect() || self.is_unknown();
        (matches!(self.0.kind, Kind::Refused | Kind::Token) && !may_pass) || self.is_status(401)
    }

    /// The user may not do this (403).
    ///
    /// Signing in again does not help: the user or the application has to be given the permission.
    pub fn is_forbidden(&self) -> bool {
        self.is_status(403)
    }

    /// There is no such record, or none that the user may see (404).
    ///
    /// Take it for gone. After a delete that was repeated, [it may be your own](Error::may_already_be_applied).
    pub fn is_not_found(&self) -> bool {
        self.is_status(404)
    }

    /// The id is taken, or differs from the one in the path, or the record cannot be deleted (409).
    ///
    /// Leave the id to the server, or name the one of the path; what refers to a record has to go before it.
    pub fn is_conflict(&self) -> bool {
        self.is_status(409)
    }

    /// The record is no longer the one that the condition named: someone else was faster (412).
    ///
    /// Read it again, apply your change to what is there now, and send the new entity tag. It may have been
    /// [you](Error::may_already_be_applied).
    pub fn is_precondition_failed(&self) -> bool {
        self.is_status(412)
    }

    /// The values break a rule of the server, as far as that can be told. Either nothing was sent, and
    /// [`violations`](Error::violations) has all rules that the documents have. Or the answer is 400 or 422, or one of 409 and
    /// 500 whose text speaks of a rule, a constraint or a violation. Services that leave their rules to a database answer them with
    /// 500.
    ///
    /// Show those, or [`text`](Error::text), to whoever entered the values; the same call will fail again. Where it is `false`, a
    /// rule may be the reason all the same.
    pub fn is_validation(&self) -> bool {
        let tells_a_rule = || self.text().is_some_and(|text| speaks_of_a_rule(&text));
        self.breaks_rules()
            || [400, 422].iter().any(|status| self.is_status(*status))
            || ([409, 500].iter().any(|status| self.is_status(*status)) && tells_a_rule())
    }

    /// Whether nothing was sent because of rules of the documents.
    fn breaks_rules(&self) -> bool {
        #[cfg(feature = "validate")]
        if self.cause::<crate::validate::ValidationError>().is_some() {
            return true;
        }
        self.violations().is_some()
    }

    /// The answer has more bytes than the call takes ([`max_body`](crate::Call::max_body)), or the server takes no request as large as
    /// this one (413). It is never repeated: it would be too large again.
    ///
    /// Ask for fewer rows or columns, read the answer as a [stream](crate::Call::send_streamed), or raise the limit; after 413 send
    /// less at a time.
    pub fn is_too_large(&self) -> bool {
        self.0.kind == Kind::TooLarge || self.is_status(413)
    }

    /// The answer did not come in time: within the time of one attempt ([`timeout`](crate::Call::timeout)) or of the whole call
    /// ([`total_timeout`](crate::Call::total_timeout)), or the server was silent for too long.
    ///
    /// A read can be made again. For a write ask [`is_retryable`](Error::is_retryable): it may have been carried out.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == Kind::Timeout
    }

    /// No connection could be made; nothing was sent.
    ///
    /// Make the call again later, whatever it does; where it never succeeds, look at the URL, the network, the proxy and the
    /// certificates.
    pub fn is_connect(&self) -> bool {
        self.0.kind == Kind::Connect || self.own_token_error() == Some(&TokenError::NotSent)
    }

    /// The answer is not what the document promises. A write was carried out.
    ///
    /// [`decode_error`](Error::decode_error) has the place and [`body`](Error::body) the answer. Where a value is missing that must
    /// be there, a [tolerant](crate::Decoding::Tolerant) client goes on with the empty one.
    pub fn is_decode(&self) -> bool {
        self.0.kind == Kind::Decode
    }

    /// The client, or this user of it, is set to send no calls of this kind (`allow`); nothing was sent.
    ///
    /// This is a mistake in the program, or the wrong client for the job.
    pub fn is_not_allowed(&self) -> bool {
        self.0.kind == Kind::NotAllowed
    }

    /// The caller's input could not be sent; nothing was.
    ///
    /// The message says what is wrong with it; the same call will fail again.
    pub fn is_request(&self) -> bool {
        self.0.kind == Kind::Request
    }

    /// The token store failed, or its lock was not free in time.
    ///
    /// The tokens are not lost: repair the store (permissions, disk, connection) and go on with the same client, which keeps what the
    /// store has not taken.
    pub fn is_store(&self) -> bool {
        self.0.kind == Kind::Store || self.own_token_error().is_some_and(TokenError::is_store)
    }

    /// The outcome of an exchange of tokens is unknown.
    pub(super) fn is_unknown(&self) -> bool {
        matches!(self.own_token_error(), Some(TokenError::Unknown { .. }))
    }

    pub(super) fn own_token_error(&self) -> Option<&TokenError> {
        self.0.source.as_deref()?.downcast_ref()
    }

    pub(super) fn has(&self, status: StatusCode) -> bool {
        self.is_status(status.as_u16())
    }
}

/// Whether a text of the server has one of the words by which databases and frameworks report a broken rule.
fn speaks_of_a_rule(text: &str) -> bool {
    const WORDS: [&str; 6] = ["constraint", "rule", "validation", "violated", "violates", "violation"];
    let mut words = text.split(|char: char| !char.is_alphanumeric());
    words.any(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Error {
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        Error::status_of(response).at("getPen")
    }

    #[test]
    fn each_status_has_its_predicate() {
        assert!(answer(401, "").is_auth());
        assert!(answer(403, "").is_forbidden());
        assert!(answer(404, "").is_not_found());
        assert!(answer(409, "").is_conflict());
        assert!(answer(412, "").is_precondition_failed());
        assert!(answer(413, "").is_too_large());
        assert!(answer(429, "").is_rate_limited());
        for status in 100..600 {
            assert!(answer(status, "").is_status(status) && !answer(status, "").is_status(status + 1));
        }
        assert!(!Error::timeout("late").is_status(0));
    }

    #[test]
    fn a_broken_rule_is_told_by_its_status_or_by_the_words_of_the_answer() {
        for (status, text) in [
            (400, ""),
            (422, "{\"title\": \"pen\"}"),
            (500, "a rule of the table does not allow this"),
            (500, "ERROR: null value in column \"name\" violates not-null constraint"),
            (500, "Constraint: name"),
            (409, "UNIQUE constraint failed: pens.name"),
        ] {
            assert!(answer(status, text).is_validation(), "{status} {text}");
        }
        for (status, text) in [
            (500, ""),
            (500, "Internal Server Error"),
            (500, "the ruler is too short"),
            (409, "the ID is taken"),
            (404, "no such rule"),
            (502, "a constraint"),
        ] {
            assert!(!answer(status, text).is_validation(), "{status} {text}");
        }
    }

    #[test]
    fn what_is_too_large_is_that_and_nothing_else() {
        let error = Error::too_large("the answer is larger than 9 bytes").at("listPens");
        assert!(error.is_too_large() && !error.is_retryable() && error.may_have_been_sent());
        assert!(!error.is_decode() && !error.is_timeout() && error.status().is_none());
    }
}
