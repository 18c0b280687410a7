//! What happens behind a call, for logs and counters. Events hold no secret.

use std::error::Error as StdError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, iter};

use http::StatusCode;
use zeyos_core::{Drift, Error, MaybeSend, MaybeSync, SessionLoss, Timestamp, Violations};

/// Something that happened behind a call.
///
/// Learn of it with [`ClientBuilder::on_event`](crate::ClientBuilder::on_event); `tracing` gets the same.
///
/// Beside them each call is one span of `tracing`, `http_call` with the target `zeyos`. Its fields have the names of the
/// OpenTelemetry conventions for HTTP clients (`http.request.method`, `url.template`, `server.address`,
/// `http.response.status_code`, `http.request.resend_count`, `error.type`); `api.operation` is the id of the operation,
/// `api.request_id` the [name of the call](zeyos_core::RequestId), and `api.credential` says whether `bearer`, `session`, `basic`,
/// `key` or `none` was sent last. Each request that was sent for a call is an event `attempt` in its span, with the same names. A
/// renewal of tokens is a span `token_refresh` of its own, with `api.operation`, `api.request_id` and `api.refresh.reason` (`due`,
/// `rejected`, `asked`), which follows from the span in which it was begun; its requests are events `attempt` in it. A stream reports each
/// page by an event `page` (`api.operation`, `api.page.rows`) in the span of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// Tokens of a sign-in were received and stored.
    Received {
        /// The operation that brought them.
        operation: &'static str,
    },
    /// A sign-in succeeded, but its answer holds no tokens that this client can use: it keeps those that it had.
    NothingStored {
        /// The operation that was to bring them.
        operation: &'static str,
        /// What is wrong with the answer, without its content.
        reason: String,
    },
    /// The tokens were renewed: a refresh token was spent, and its successor is in use.
    Refreshed {
        /// The generation of the new tokens.
        generation: u64,
    },
    /// Newer tokens were found in the store and taken over: someone else had renewed them.
    Adopted {
        /// The generation of the tokens found.
        generation: u64,
    },
    /// The tokens of an exchange that another process had not lived to finish were saved from its journal.
    Recovered {
        /// The generation of the tokens saved.
        generation: u64,
    },
    /// The store held less than this program does, be it damaged, removed or an old copy: the tokens in use were written back.
    Restored {
        /// The generation under which they are stored now.
        generation: u64,
    },
    /// A token was ended at the server.
    Revoked,
    /// The refresh token is of no more use: someone has to sign in again.
    Lost {
        /// The generation of the record that says so.
        generation: u64,
        /// Why, as far as it can be known.
        loss: SessionLoss,
    },
    /// The store does not take the tokens in use: they are lost if the program ends before it does.
    Unpersisted {
        /// The generation of the tokens.
        generation: u64,
        /// What the store said.
        reason: String,
    },
    /// The store has taken what it had not taken before.
    Persisted {
        /// The generation that is stored now.
        generation: u64,
    },
    /// The refresh token ends within a week: a login that is not used until then has to be made anew.
    RefreshTokenEnds {
        /// When it ends.
        at: Timestamp,
    },
    /// The tokens could not be renewed; the call goes on with what is left.
    RefreshFailed {
        /// Why, without any secret.
        reason: String,
    },
    /// A bearer token was refused, and the session cookie was sent instead.
    FellBackToSession {
        /// The operation concerned.
        operation: &'static str,
    },
    /// A call failed in a way that passes, and is sent again after a wait.
    Retrying {
        /// The operation concerned.
        operation: &'static str,
        /// Which attempt failed, counted from one.
        attempt: u32,
        /// The status that came back; `None` where no answer did.
        status: Option<StatusCode>,
        /// How long the wait is.
        wait: Duration,
    },
    /// A value that must not be null was absent or null; a tolerant client took the empty value.
    FilledDefault {
        /// The operation whose answer lacked it.
        operation: &'static str,
        /// The record type.
        record: &'static str,
        /// The column.
        column: &'static str,
    },
    /// An answer differs from the document that this program was made from. Said once an answer for each difference, with how often it
    /// stands in the answer, for the first 32 that differ from each other: what an answer has beyond them is neither told nor counted.
    /// Streams of items and of events read one element at a time, and say it once an element.
    /// No one looks for differences while there is no listener; a subscriber of `tracing` that takes events of the level `DEBUG` is one.
    Drift {
        /// The operation concerned.
        operation: &'static str,
        /// The difference.
        drift: Drift,
        /// How often it stands in the answer.
        count: u64,
    },
    /// A page of a stream was too large for the server; the stream goes on with smaller ones.
    PageHalved {
        /// The operation concerned.
        operation: &'static str,
        /// How many rows a request asks for from here on.
        rows: u32,
    },
    /// A list has a condition on a time without an index, for which a server may take too long. Said once a client and column, and by
    /// `tracing` too.
    UnindexedFilter {
        /// The operation concerned.
        operation: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A create or an update breaks documented rules of the tables and is sent all the same: [`Validation::Warn`](crate::Validation::Warn).
    RulesBroken {
        /// The operation concerned.
        operation: &'static str,
        /// The rules.
        violations: Violations,
    },
}

impl ClientEvent {
    /// The renewal failed for this reason and its causes.
    pub(crate) fn refresh_failed(error: &Error) -> Self {
        let first: &(dyn StdError + 'static) = error;
        let causes = iter::successors(Some(first), |error| (*error).source());
        let reason: Vec<String> = causes.map(ToString::to_string).collect();
        ClientEvent::RefreshFailed { reason: reason.join(": ") }
    }
}

/// Who learns of events.
#[derive(Clone, Default)]
pub(crate) struct Events(Option<Arc<dyn Listener>>);

/// A trait object may have one trait beside those of the compiler, and `MaybeSend` is none of them.
trait Listener: Fn(&ClientEvent) + MaybeSend + MaybeSync {}

impl<F: Fn(&ClientEvent) + MaybeSend + MaybeSync> Listener for F {}

impl Events {
    pub(crate) fn to(listener: impl Fn(&ClientEvent) + MaybeSend + MaybeSync + 'static) -> Self {
        Events(Some(Arc::new(listener)))
    }

    /// Whether anyone learns of events: the listener, or a subscriber of `tracing`.
    pub(crate) fn are_heard(&self) -> bool {
        self.0.is_some() || tracing::enabled!(target: "zeyos", tracing::Level::DEBUG)
    }

    pub(crate) fn emit(&self, event: &ClientEvent) {
        tracing::debug!(target: "zeyos", ?event);
        let Some(listener) = &self.0 else { return };
        // A listener that panics must not take the exchange of tokens with it that it learns of.
        if catch_unwind(AssertUnwindSafe(|| listener(event))).is_err() {
            tracing::error!(target: "zeyos", "the listener of events panicked");
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Events(heard)" } else { "Events" })
    }
}
