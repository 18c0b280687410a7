//! The secrets that an error may repeat, and their scrubbing.

use std::cell::LazyCell;

use zeyos_core::call::Request;
use zeyos_core::decode::Drifts;
use zeyos_core::{Drift, Error, Operation, Safety, Secret};

use super::Middleware;
use crate::auth::reply;
use crate::scrub::Scrubber;

/// How many characters of a member's name are reported.
const NAME: usize = 64;

impl Middleware {
    /// All secrets that a call sends or may send.
    pub(super) fn secrets(&self, request: &Request) -> Vec<Secret> {
        [request.secrets(), self.settings.header_secrets.clone(), self.tokens()].concat()
    }

    /// The tokens in use, as far as they are known, and the last ones before them.
    pub(crate) fn tokens(&self) -> Vec<Secret> {
        let tokens = self.manager.cached().flatten();
        tokens.iter().flat_map(|tokens| tokens.secrets()).chain(self.manager.previous()).collect()
    }

    /// Takes secrets out of what an error repeats of the answer: those that it was made with, those that its call sent, and those of
    /// now. They are gathered here, and not before every call that may fail.
    pub(crate) fn scrubbed(&self, own: &[Secret], error: Error) -> Error {
        let scrubber = self.scrubber_of(own, &error);
        error.cleaned(|text| scrubber.redacted(text))
    }

    /// The differences without secrets: the name of a member is the server's own text.
    pub(super) fn scrubbed_drifts(&self, operation: &Operation, drifts: Drifts, sent: &[Secret]) -> Drifts {
        // Gathered once, and not before a name is to be repeated.
        let scrubber = LazyCell::new(|| {
            let known = self.further_secrets().chain(self.own_secrets());
            Scrubber::new(&known.chain(sent.iter().cloned()).collect::<Vec<_>>())
        });
        let scrubbed = |drift| match drift {
            // Nothing of an answer with tokens is repeated.
            Drift::UnknownMember { of, .. } if operation.safety == Safety::TokenExchange => {
                Drift::UnknownMember { of, name: "".into() }
            }
            Drift::UnknownMember { of, name } => {
                let clean = scrubber.redacted(&name).unwrap_or_else(|| name.into());
                Drift::UnknownMember { of, name: clean.chars().take(NAME).collect::<String>().into() }
            }
            other => other,
        };
        drifts.into_iter().map(|(drift, count)| (scrubbed(drift), count)).collect()
    }

    /// The secrets of the further logins of this client.
    pub(super) fn further_secrets(&self) -> impl Iterator<Item = Secret> {
        self.further.iter().flat_map(|login| [login.tokens(), login.credentials.secrets()]).flatten()
    }

    /// The secrets of this login.
    fn own_secrets(&self) -> Vec<Secret> {
        [self.tokens(), self.credentials.secrets(), self.settings.header_secrets.clone()].concat()
    }

    /// Knows the secrets that an error may repeat: those of this client, those that its request carried, and those in its answer.
    pub(crate) fn scrubber_of(&self, own: &[Secret], error: &Error) -> Scrubber {
        let mut secrets = own.to_vec();
        secrets.extend(error.sent().cloned());
        secrets.extend(self.own_secrets());
        // An answer that is not taken may hold tokens all the same.
        secrets.extend(error.body().map(reply::issued).unwrap_or_default());
        Scrubber::new(&secrets)
    }
}
