//! Repeats without introspection: because the server does not rotate refresh tokens, or does not support introspection.

use zeyos_core::Refreshing;

use super::{Effect, Question, Rotation, State};
use crate::bits::fingerprint;
use crate::store::Asked;

impl Rotation {
    /// What to do instead of an introspection; `None` if the server is asked.
    pub(super) fn unasked(&mut self, question: Question) -> Option<Effect> {
        match question {
            Question::Consumed if self.is_static() => Some(self.send_again()),
            Question::StaleStore if self.is_static() => Some(self.verified()),
            _ if self.task.can_ask => None,
            Question::Consumed | Question::StaleStore if self.has_one_try() => Some(self.note_repeat(question)),
            // The server has issued it, and what was sent for it may be spent.
            Question::Unconfirmed if self.is_static() || self.has_one_try() => Some(self.store_partial()),
            _ => Some(self.unknown()),
        }
    }

    /// Whether a refresh token may be sent again at any time.
    pub(super) fn is_static(&self) -> bool {
        self.task.refreshing == Refreshing::Static
    }

    /// Whether the token is sent again although it is unknown whether it is consumed: once, and not while the access token may still
    /// work, unless the caller orders it.
    pub(super) fn has_one_try(&self) -> bool {
        let is_needed = self.task.is_ordered || (self.task.is_refused && self.task.refreshing == Refreshing::Unknown);
        is_needed && !self.task.can_ask && !self.resent && !self.was_repeated()
    }

    /// Whether any process has sent this token a second time: the record of that stays until tokens are committed.
    pub(super) fn was_repeated(&self) -> bool {
        let token = self.refresh_token().map(fingerprint);
        !self.task.can_ask
            && self.contents.asked.as_ref().is_some_and(|asked| Some(&asked.refresh_token_hash) == token.as_ref())
    }

    /// Without introspection, sending the token once more is the question.
    fn note_repeat(&mut self, question: Question) -> Effect {
        let Some(refresh_token_hash) = self.refresh_token().map(fingerprint) else { return self.unknown() };
        let asked = Asked { refresh_token_hash, at: self.task.now };
        self.contents.asked = Some(asked.clone());
        self.go(State::NotingRepeat(question), Effect::NoteQuestion(asked))
    }
}
