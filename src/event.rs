//! What happens behind a call, for logs and counters. Events hold no secret.

use std::error::Error as StdError;
use std::sync::Arc;
use std::{fmt, iter};

use zeyos_core::Error;

/// Something that happened behind a call.
///
/// Hear of it with [`ClientBuilder::on_event`](crate::ClientBuilder::on_event); `tracing` gets the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
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
    /// The tokens were renewed and stored.
    Refreshed,
    /// Newer tokens were found in the store and taken over: somebody else had renewed them.
    Adopted,
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
    /// A value that must not be null was absent or null; a tolerant client took the empty value.
    Defaulted {
        /// The operation whose answer lacked it.
        operation: &'static str,
        /// The record type.
        record: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl Event {
    /// The renewal failed for this reason and its causes.
    pub(crate) fn refresh_failed(error: &Error) -> Self {
        let first: &(dyn StdError + 'static) = error;
        let causes = iter::successors(Some(first), |error| (*error).source());
        let reason: Vec<String> = causes.map(ToString::to_string).collect();
        Event::RefreshFailed { reason: reason.join(": ") }
    }
}

/// Who hears of events.
#[derive(Clone, Default)]
pub(crate) struct Events(Option<Arc<Listener>>);

type Listener = dyn Fn(&Event) + Send + Sync;

impl Events {
    pub(crate) fn to(listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Events(Some(Arc::new(listener)))
    }

    pub(crate) fn emit(&self, event: &Event) {
        tracing::debug!(target: "zeyos", ?event);
        if let Some(listener) = &self.0 {
            listener(event);
        }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Events(heard)" } else { "Events" })
    }
}
