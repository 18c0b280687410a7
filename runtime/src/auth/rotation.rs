//! The decisions of one renewal under the lock of the store: a pure state machine. An input comes in, an effect goes out; the
//! driver around it (`manager::driver`) carries effects out and knows nothing of why.
//!
//! Refresh tokens are single-use, so the machine never sends one again before the server has said that it is still alive. Where a
//! document says that they stay, it simply does; where no one knows and no one can be asked, it does so once, and not before the
//! access token is of no use any more (`repeat`).

mod choose;
mod commit;
mod recover;
mod repeat;

use std::time::Duration;

use zeyos_core::{Refreshing, Secret, SessionLoss, Timestamp, TokenError};

use super::reply::Reply;
use crate::TokenSet;
use crate::bits::fingerprint;
use crate::store::{Asked, Commit, Pending, StoreContents, TokenRecord};

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Read everything kept. The journal, if there is one, is what `Parse` reads next.
    Read,
    /// Prove that the store can be written, and leave the pending marker.
    Prepare(Pending),
    /// Send the token request once.
    Post(Renewal),
    /// Keep the answer as it came in.
    Journal,
    /// Keep the journalled answer apart: nothing could read tokens in it, and a loss is about to be stored.
    QuarantineReply,
    /// Read the answer, or the journal.
    Parse,
    /// Ask the server whether this token is alive.
    Introspect(Secret),
    /// Ask the server about a token that it has just issued: whether its word can be relied on later.
    Check(Secret),
    /// Note that the server has not answered a question, for the others who share the store.
    NoteQuestion(Asked),
    /// Replace the record if it is still the expected one.
    Commit { expected: u64, record: TokenRecord },
    /// Drop pending marker and journal.
    Clear,
    /// Let time pass.
    Wait(Duration),
    /// It is over.
    Done(Outcome),
}

/// What new tokens are got for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// A refresh token, which is spent by it.
    Refresh(Secret),
    /// What the client is configured with, which is not spent.
    Issue,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// What the store holds.
    Read(Box<StoreContents>),
    /// It is done, and there is nothing to say.
    Done,
    /// The store could not do it.
    StoreFailed(StoreFailure),
    /// The request was certainly not sent.
    NotSent,
    /// An answer came in, whole or in part, or the connection broke.
    Answered,
    /// What the answer means, and whether the server asked for patience.
    Parsed(Box<Reply>, Patience),
    /// Whether the token is alive.
    Probed(Probe),
    /// What became of the compare-and-swap.
    Committed(Commit),
}

/// Why the store could not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreFailure {
    /// What the caller is told where nothing was sent for it.
    pub error: TokenError,
    /// In the words of the store.
    pub reason: String,
}

/// Whether the server has asked to be left alone for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Asked,
    NotAsked,
}

/// What the server says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Active,
    Inactive,
    /// No answer, or none that says it.
    Unknown,
}

/// How a renewal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another program has changed the record.
    Adopted(TokenRecord),
    /// New tokens are stored.
    Renewed(TokenRecord),
    /// The tokens of an exchange that crashed before it was finished are stored.
    Recovered(TokenRecord),
    /// New tokens came in, and the store does not take them.
    Unpersisted { record: TokenRecord, reason: String },
    /// A new refresh token is stored, but there is no access token to use.
    RefreshTokenOnly(TokenRecord, TokenError),
    /// Only a new sign-in helps.
    Lost(TokenRecord, SessionLoss),
    /// Nothing has changed.
    Failed(TokenError),
}

/// What a renewal begins with.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// The caller has seen this generation fail.
    pub newer_than: u64,
    /// What this program holds, which can be later than what the store has: it was not taken, or the store fell back.
    pub known: Option<TokenRecord>,
    /// Whether `known` was never stored.
    pub unpersisted: bool,
    /// Whose login it is.
    pub login_id: String,
    /// The random name of this exchange.
    pub request_id: String,
    pub now: Timestamp,
    /// Whether the server may be asked about an exchange of which the outcome is unknown.
    pub may_probe: bool,
    /// How long the server is left alone after a question that it has not answered, by all who share the store.
    pub probe_interval: Duration,
    /// The last such question of this program.
    pub own_question: Option<Asked>,
    /// The caller has ordered this renewal: where nothing can be learnt of the last one, it is sent all the same.
    pub is_ordered: bool,
    /// Whether the server is asked once about a token that it has just issued.
    pub checks: bool,
    /// Whether tokens can be issued anew without a refresh token.
    pub can_issue: bool,
    /// Whether that goes without tokens that they take the place of.
    pub can_begin: bool,
    /// What a renewal does to the refresh token.
    pub refreshing: Refreshing,
    /// Whether the server has a way to be asked about a token.
    pub can_ask: bool,
    /// The server has refused the access token, or there is none.
    pub is_refused: bool,
    /// How often a request is tried for which no connection can be made.
    pub tries: u32,
    pub backoff: Duration,
    pub reread: Duration,
}

/// One renewal.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    task: Task,
    state: State,
    contents: StoreContents,
    /// The generation that the store has, which a commit expects.
    stored: u64,
    /// The record of this program is used although the store has another one, or none.
    prefers_known: bool,
    /// The other record, of which the server is asked if the one in use turns out to be dead.
    alternative: Option<TokenRecord>,
    /// The first tokens that turned out to be dead while there were others, and why.
    first_loss: Option<(TokenRecord, SessionLoss)>,
    /// The loss that the store tells of, if that is what it holds: it is right if the tokens of this program are dead, too.
    stored_loss: Option<TokenRecord>,
    tries: u32,
    rereads: u32,
    conflicts: u32,
    /// The token request was sent a second time, or on behalf of a crashed exchange.
    resent: bool,
    /// The answer is that of a crashed exchange.
    recovering: bool,
    /// Others may have spent these tokens since this program got them: the server has to confirm them.
    is_unverified: bool,
    /// Nothing could read tokens in the answer.
    is_unread: bool,
    patience: Patience,
    partial: Option<Partial>,
    problem: Option<TokenError>,
    restored: Option<u64>,
}

/// Tokens that came in and that the server has to call alive before they count.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Partial {
    tokens: TokenSet,
    /// What they are stored as.
    purpose: Purpose,
    /// What the answer means if they are dead.
    otherwise: Reply,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Reading,
    Preparing,
    Posting,
    BackingOff,
    Journaling,
    Parsing,
    Probing(Question),
    Checking(Purpose, TokenRecord),
    Noting,
    /// That the token is about to be sent although it may be spent.
    NotingRepeat(Question),
    Quarantining(SessionLoss),
    Committing(Purpose, TokenRecord),
    Clearing(Next),
    AwaitingOthers,
    Rereading,
    Over,
}

/// Why the server is asked about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// A request was sent, and its outcome is unknown.
    Consumed,
    /// The store fell back, or holds other tokens than this program.
    StaleStore,
    /// Tokens came in that do not count unless they live.
    Unconfirmed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// What this program holds and the store does not.
    Known,
    /// What the store holds, under a generation that is newer than those of this program.
    Adopted,
    Renewed,
    Recovered,
    /// A refresh token without an access token: it is sent next.
    Partial(TokenError),
    /// A refresh token that came beside an error, which the caller is told.
    WithRefusal(TokenError),
    Lost(SessionLoss),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Begin,
    Fail(TokenError),
}

impl Rotation {
    /// A renewal, and the first thing to do.
    pub(super) fn start(task: Task) -> (Self, Effect) {
        let rotation = Rotation {
            task,
            state: State::Reading,
            contents: StoreContents::default(),
            stored: 0,
            prefers_known: false,
            alternative: None,
            first_loss: None,
            stored_loss: None,
            tries: 0,
            rereads: 0,
            conflicts: 0,
            resent: false,
            recovering: false,
            is_unverified: false,
            is_unread: false,
            patience: Patience::NotAsked,
            partial: None,
            problem: None,
            restored: None,
        };
        (rotation, Effect::Read)
    }

    /// The generation under which the record of this program was written back over less, if it was.
    pub(super) fn restored(&self) -> Option<u64> {
        self.restored
    }

    /// What to do next.
    pub(super) fn step(&mut self, input: Input) -> Effect {
        let state = std::mem::replace(&mut self.state, State::Over);
        match (state, input) {
            (State::Reading, Input::Read(contents)) => self.found(*contents),
            (State::Rereading, Input::Read(contents)) => self.reread(*contents),
            (State::Preparing, Input::Done) => self.post(),
            (State::Preparing, Input::StoreFailed(failure)) => Self::fail(failure.error),
            (State::Posting, Input::NotSent) => self.not_sent(),
            (State::Posting, Input::Answered) => self.go(State::Journaling, Effect::Journal),
            (State::BackingOff, _) => self.post(),
            // A journal that cannot be written is no reason to throw the answer away.
            (State::Journaling, _) => self.go(State::Parsing, Effect::Parse),
            (State::Parsing, Input::Parsed(reply, patience)) => self.parsed(*reply, patience),
            (State::Probing(question), Input::Probed(probe)) => self.probed(question, probe),
            (State::Checking(purpose, record), Input::Probed(probe)) => self.checked(purpose, record, probe),
            (State::Committing(purpose, record), Input::Committed(commit)) => self.committed(purpose, record, commit),
            (State::Committing(purpose, record), Input::StoreFailed(failure)) => {
                self.uncommitted(purpose, record, failure)
            }
            // A note that cannot be written costs others a question of their own, nothing more.
            (State::Noting, _) => self.unknown(),
            (State::NotingRepeat(Question::Consumed), Input::Done) => self.send_again(),
            (State::NotingRepeat(_), Input::Done) => self.verified(),
            // No one would know that it was sent twice.
            (State::NotingRepeat(_), _) => self.unknown(),
            // An answer that cannot be kept apart is lost with the login.
            (State::Quarantining(loss), _) => self.store_loss(loss),
            // A marker that cannot be dropped costs the next exchange a question to the server, nothing more.
            (State::Clearing(Next::Begin), _) => self.go_on(),
            (State::Clearing(Next::Fail(error)), _) => Self::fail(error),
            (State::AwaitingOthers, _) => self.go(State::Rereading, Effect::Read),
            _ => Self::fail(TokenError::Interrupted),
        }
    }

    fn go(&mut self, state: State, effect: Effect) -> Effect {
        self.state = state;
        effect
    }

    fn done(outcome: Outcome) -> Effect {
        Effect::Done(outcome)
    }

    fn fail(error: TokenError) -> Effect {
        Self::done(Outcome::Failed(error))
    }

    fn clear(&mut self, next: Next) -> Effect {
        self.go(State::Clearing(next), Effect::Clear)
    }

    fn lost(record: TokenRecord) -> Effect {
        let loss = record.lost.unwrap_or(SessionLoss::Revoked);
        Self::done(Outcome::Lost(record, loss))
    }

    fn tokens(&self) -> Option<&TokenSet> {
        self.contents.record.tokens.as_ref()
    }

    fn refresh_token(&self) -> Option<&Secret> {
        self.tokens()?.refresh_token.as_ref()
    }

    /// Goes on with the tokens at hand, once the server has confirmed them where it must.
    fn go_on(&mut self) -> Effect {
        let must_ask = self.is_unverified && self.refresh_token().is_some() && !self.is_sent_on_order();
        if must_ask { self.ask(Question::StaleStore) } else { self.begin() }
    }

    /// Proves that the store can be written before anything is spent.
    fn begin(&mut self) -> Effect {
        // A marker over a record that is gone would let its successor send a spent token.
        if self.contents.record.generation != self.stored {
            return self.commit(Purpose::Known, self.contents.record.clone());
        }
        // What a finished exchange has left must not pass for the answer to this one.
        if self.contents.reply.is_some() {
            return self.forget(Next::Begin);
        }
        let refresh_token_hash = self.refresh_token().map(fingerprint);
        if self.tokens().is_none() && !self.task.can_begin {
            let nothing = || "the store holds no tokens".to_owned();
            return Self::fail(TokenError::NeedsLogin { reason: self.contents.damage.clone().unwrap_or_else(nothing) });
        }
        if refresh_token_hash.is_none() && !self.task.can_issue {
            return Self::fail(TokenError::NoRefreshToken);
        }
        let pending = Pending {
            generation: self.contents.record.generation,
            refresh_token_hash,
            since: self.task.now,
            request_id: self.task.request_id.clone(),
        };
        self.contents.pending = Some(pending.clone());
        self.go(State::Preparing, Effect::Prepare(pending))
    }

    fn post(&mut self) -> Effect {
        let renewal = self.refresh_token().cloned().map_or(Renewal::Issue, Renewal::Refresh);
        self.go(State::Posting, Effect::Post(renewal))
    }

    fn not_sent(&mut self) -> Effect {
        self.tries += 1;
        if self.tries < self.task.tries {
            let wait = self.task.backoff * 2_u32.pow(self.tries - 1);
            return self.go(State::BackingOff, Effect::Wait(wait));
        }
        self.clear(Next::Fail(TokenError::NotSent))
    }

    fn ask(&mut self, question: Question) -> Effect {
        if let Some(effect) = self.unasked(question) {
            return effect;
        }
        let token = match (question, &self.partial) {
            (Question::Unconfirmed, Some(partial)) => partial.tokens.refresh_token.clone(),
            _ => self.refresh_token().cloned(),
        };
        match token {
            Some(token) if self.was_just_asked(&token) => self.unknown(),
            Some(token) => self.go(State::Probing(question), Effect::Introspect(token)),
            None => self.clear(Next::Fail(self.problem.clone().unwrap_or(TokenError::Interrupted))),
        }
    }

    /// Whether another program has just asked the same in vain.
    fn was_just_asked(&self, token: &Secret) -> bool {
        let others = self.contents.asked.as_ref().filter(|asked| Some(*asked) != self.task.own_question.as_ref());
        others.is_some_and(|asked| {
            // Either clock may be ahead of the other.
            let since = self.task.now.as_unix().abs_diff(asked.at.as_unix());
            Duration::from_secs(since) < self.task.probe_interval && asked.refresh_token_hash == fingerprint(token)
        })
    }

    /// The question was put, and nothing was learnt.
    fn unanswered(&mut self, question: Question) -> Effect {
        let token = match (question, &self.partial) {
            (Question::Unconfirmed, Some(partial)) => partial.tokens.refresh_token.as_ref(),
            _ => self.refresh_token(),
        };
        let Some(refresh_token_hash) = token.map(fingerprint) else { return self.unknown() };
        self.go(State::Noting, Effect::NoteQuestion(Asked { refresh_token_hash, at: self.task.now }))
    }
}

#[cfg(test)]
mod explore;
#[cfg(test)]
mod tests;
