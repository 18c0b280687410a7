//! Which secrets an error may repeat.

use zeyos_core::call::Request;
use zeyos_core::{Drift, Error, Operation, Safety, Secret};

use super::super::reply;
use super::Middleware;
use crate::scrub::Scrubber;

/// How many letters of a member's name are told.
const NAME: usize = 64;

impl Middleware {
    /// What a call is about to send, or may send, that nobody else may see.
    pub(super) fn secrets(&self, request: &Request) -> Vec<Secret> {
        [request.secrets(), self.settings.header_secrets.clone(), self.tokens()].concat()
    }

    /// The tokens in use, as far as they are known, and the last ones before them.
    pub(crate) fn tokens(&self) -> Vec<Secret> {
        let tokens = self.manager.peek().flatten();
        tokens.iter().flat_map(|tokens| tokens.secrets()).chain(self.manager.former()).collect()
    }

    /// Takes secrets out of what an error repeats of the answer: those that it was made with, those that its call sent, and those of
    /// now. They are gathered here, and not before every call that may fail.
    pub(crate) fn scrubbed(&self, own: &[Secret], error: Error) -> Error {
        let scrubber = self.scrubber_of(own, &error);
        error.cleaned(|text| scrubber.redacted(text))
    }

    /// A difference without secrets: the name of a member is the server's own text.
    pub(super) fn told(&self, operation: &Operation, drift: Drift, sent: &[Secret]) -> Drift {
        let Drift::UnknownMember { of, name } = drift else { return drift };
        // What an answer with tokens has in it is nobody's to repeat.
        if operation.safety == Safety::TokenExchange {
            return Drift::UnknownMember { of, name: "".into() };
        }
        let further = self.further.iter().flat_map(|login| [login.tokens(), login.credentials.secrets()]).flatten();
        let own = [self.tokens(), self.credentials.secrets(), self.settings.header_secrets.clone()].concat();
        let secrets: Vec<Secret> = own.into_iter().chain(further).chain(sent.iter().cloned()).collect();
        let clean = Scrubber::new(&secrets).redacted(&name).unwrap_or_else(|| name.into());
        Drift::UnknownMember { of, name: clean.chars().take(NAME).collect::<String>().into() }
    }

    /// Knows the secrets that an error may repeat: those of this client, those that its request carried, and those in its answer.
    pub(crate) fn scrubber_of(&self, own: &[Secret], error: &Error) -> Scrubber {
        let mut secrets = own.to_vec();
        secrets.extend(error.sent().cloned());
        secrets.extend(self.tokens());
        // An answer that is not taken may hold tokens all the same.
        secrets.extend(error.body().map(reply::issued).unwrap_or_default());
        secrets.extend(self.credentials.secrets());
        secrets.extend(self.settings.header_secrets.iter().cloned());
        Scrubber::new(&secrets)
    }
}
