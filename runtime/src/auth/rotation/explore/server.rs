//! The authorization server of the model: single-use refresh tokens, one chain.

use super::answer::Answer;
use super::world::Rules;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Server {
    /// The one living refresh token.
    pub alive: Option<u8>,
    /// The number of the next one.
    pub next: u8,
    /// Those that were used.
    spent: u128,
    /// The one spent last, and what came for it.
    last: Option<(u8, u8)>,
    /// A spent token that comes again ends the chain.
    family: bool,
    /// The token spent last brings its successor once more.
    grace: bool,
    /// Its refresh tokens stay, and only access tokens are new.
    stays: bool,
    /// How often tokens were issued.
    pub posts: u8,
}

impl Server {
    pub(super) fn new(rules: Rules) -> Self {
        let Rules { family, grace, stays, .. } = rules;
        Server { alive: Some(0), next: 1, spent: 0, last: None, family, grace, stays, posts: 0 }
    }

    pub(super) fn post(&mut self, token: u8) -> Answer {
        let again = self.last.filter(|(spent, successor)| *spent == token && self.alive == Some(*successor));
        match again {
            _ if self.alive == Some(token) && self.stays => {
                self.posts += 1;
                Answer::Access(token, self.posts)
            }
            _ if self.alive == Some(token) => {
                self.last = Some((token, self.next));
                self.spent |= 1 << token;
                self.alive = Some(self.next);
                self.next += 1;
                self.posts += 1;
                Answer::Tokens(self.next - 1)
            }
            Some((_, successor)) if self.grace => Answer::Tokens(successor),
            _ => {
                self.alive = self.alive.filter(|_| !self.family);
                Answer::InvalidGrant
            }
        }
    }

    pub(super) fn is_active(&self, token: u8) -> bool {
        self.alive == Some(token)
    }

    /// Used, and not just revoked with the others.
    pub(super) fn is_spent(&self, token: u8) -> bool {
        self.spent & (1 << token) != 0
    }

    /// A new sign-in, for long runs.
    pub(super) fn sign_in(&mut self) -> u8 {
        (self.alive, self.last) = (Some(self.next), None);
        self.next += 1;
        self.next - 1
    }
}
