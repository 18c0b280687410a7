//! The decisions of one refresh under the lock of the store, as a pure state machine: an input comes in, an effect goes out. The driver
//! (`manager::driver`) carries the effects out and makes no decisions.
//!
//! Refresh tokens are single-use, so the machine never sends one again before introspection has confirmed that it is still active. If a
//! document says that refresh tokens are not rotated, it sends it again. If that is unknown and introspection is unsupported, it sends it
//! once more, and only after the access token was refused (`repeat`).

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

/// What the driver has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Read the store. The journal, if there is one, is what `Parse` reads next.
    Read,
    /// Prove that the store can be written, and write the pending marker.
    Prepare(Pending),
    /// Send the token request once.
    Post(Renewal),
    /// Journal the raw answer.
    Journal,
    /// Quarantine the journalled answer: no tokens could be parsed from it, and a loss is about to be stored.
    QuarantineReply,
    /// Parse the answer, or the journal.
    Parse,
    /// Introspect this token.
    Introspect(Secret),
    /// Introspect a token that was just issued, to learn whether introspection can be relied on later.
    Check(Secret),
    /// Record that an introspection had no answer, for the processes that share the store.
    NoteQuestion(Asked),
    /// Replace the record if it is still the expected one.
    Commit { expected: u64, record: TokenRecord },
    /// Drop pending marker and journal.
    Clear,
    /// Wait.
    Wait(Duration),
    /// The refresh has ended.
    Done(Outcome),
}

/// How new tokens are obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// With a refresh token, which is consumed.
    Refresh(Secret),
    /// With the configured credentials, which are not consumed.
    Issue,
}

/// The result of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// The contents of the store.
    Read(Box<StoreContents>),
    /// The effect succeeded.
    Done,
    /// The store failed.
    StoreFailed(StoreFailure),
    /// The request was certainly not sent.
    NotSent,
    /// An answer arrived, complete or not, or the connection broke.
    Answered,
    /// The parsed answer, and whether the server asked to wait.
    Parsed(Box<Reply>, Patience),
    /// The result of an introspection.
    Probed(Probe),
    /// The result of the compare-and-swap.
    Committed(Commit),
}

/// Why the store could not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoreFailure {
    /// The error for the caller if nothing was sent.
    pub error: TokenError,
    /// The message of the store.
    pub reason: String,
}

/// Whether the server has asked to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Asked,
    NotAsked,
}

/// The result of introspecting a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Probe {
    Active,
    Inactive,
    /// No answer, or an unusable one.
    Unknown,
}

/// The outcome of a refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Another program has changed the record.
    Adopted(TokenRecord),
    /// New tokens are stored.
    Renewed(TokenRecord),
    /// The tokens of an exchange that crashed before it was finished are stored.
    Recovered(TokenRecord),
    /// New tokens were issued and could not be stored.
    Unpersisted { record: TokenRecord, reason: String },
    /// A new refresh token is stored, but there is no access token to use.
    RefreshTokenOnly(TokenRecord, TokenError),
    /// Only a new sign-in helps.
    Lost(TokenRecord, SessionLoss),
    /// Nothing has changed.
    Failed(TokenError),
}

/// The input of a refresh.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// The caller has seen this generation fail.
    pub newer_than: u64,
    /// The record of this program, which can be later than that of the store: it could not be stored, or the store was rolled back.
    pub known: Option<TokenRecord>,
    /// Whether `known` was never stored.
    pub unpersisted: bool,
    /// The login id.
    pub login_id: String,
    /// The random id of this exchange.
    pub request_id: String,
    pub now: Timestamp,
    /// Whether the server may be asked about an exchange of unknown outcome now.
    pub may_probe: bool,
    /// The least time between two introspections without an answer, for all processes that share the store.
    pub probe_interval: Duration,
    /// The last introspection without an answer of this program.
    pub own_question: Option<Asked>,
    /// Whether the caller has ordered this refresh: it is then sent even if the outcome of the last one cannot be found out.
    pub is_ordered: bool,
    /// Whether a token that was just issued is introspected once.
    pub checks: bool,
    /// Whether tokens can be issued without a refresh token.
    pub can_issue: bool,
    /// Whether first tokens can be issued so.
    pub can_begin: bool,
    /// Whether a refresh rotates the refresh token.
    pub refreshing: Refreshing,
    /// Whether the server supports introspection.
    pub can_ask: bool,
    /// The server has refused the access token, or there is none.
    pub is_refused: bool,
    /// How often a request is tried if no connection can be made.
    pub tries: u32,
    pub backoff: Duration,
    pub reread: Duration,
}

/// One refresh.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    task: Task,
    state: State,
    contents: StoreContents,
    /// The generation in the store, which a commit expects.
    stored: u64,
    /// The record of this program is used although the store has another one, or none.
    prefers_known: bool,
    /// The other record, which is introspected if the current tokens turn out to be inactive.
    alternative: Option<TokenRecord>,
    /// The first record whose tokens turned out to be inactive while there was an alternative, and why.
    first_loss: Option<(TokenRecord, SessionLoss)>,
    /// The loss that is stored, if there is one: it is final if the tokens of this program are inactive, too.
    stored_loss: Option<TokenRecord>,
    tries: u32,
    rereads: u32,
    conflicts: u32,
    /// The token request was sent a second time, or on behalf of a crashed exchange.
    resent: bool,
    /// The answer is that of a crashed exchange.
    recovering: bool,
    /// Other processes may have consumed these tokens: the server has to confirm them.
    is_unverified: bool,
    /// No tokens could be parsed from the answer.
    is_unread: bool,
    patience: Patience,
    partial: Option<Partial>,
    problem: Option<TokenError>,
    restored: Option<u64>,
}

/// Tokens that the server has to confirm before they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Partial {
    tokens: TokenSet,
    /// What they are stored as.
    purpose: Purpose,
    /// What the answer means if they are inactive.
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
    /// Recording that the token is about to be sent although it may be consumed.
    NotingRepeat(Question),
    Quarantining(SessionLoss),
    Committing(Purpose, TokenRecord),
    Clearing(Next),
    AwaitingOthers,
    Rereading,
    Over,
}

/// Why a token is introspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// A request was sent and its outcome is unknown: was the token consumed?
    Consumed,
    /// The store was rolled back, or holds other tokens than this program.
    StaleStore,
    /// Tokens arrived that are used only if they are active.
    Unconfirmed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Purpose {
    /// The record of this program, which the store does not have.
    Known,
    /// The record of the store, under a generation newer than those of this program.
    Adopted,
    Renewed,
    Recovered,
    /// A refresh token without an access token, which is sent next.
    Partial(TokenError),
    /// A refresh token beside an error, which the caller gets.
    WithRefusal(TokenError),
    Lost(SessionLoss),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Begin,
    Fail(TokenError),
}

impl Rotation {
    /// A refresh, and its first effect.
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

    /// The generation under which the record of this program was restored in the store, if it was.
    pub(super) fn restored(&self) -> Option<u64> {
        self.restored
    }

    /// Takes the result of the last effect and returns the next one.
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
            // If it cannot be recorded, other processes ask for themselves, nothing more.
            (State::Noting, _) => self.unknown(),
            (State::NotingRepeat(Question::Consumed), Input::Done) => self.send_again(),
            (State::NotingRepeat(_), Input::Done) => self.verified(),
            // Without the record, other processes would not know that it was sent twice.
            (State::NotingRepeat(_), _) => self.unknown(),
            // An answer that cannot be quarantined is lost with the login.
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

    /// Continues with the current tokens, after the server has confirmed them if it has to.
    fn go_on(&mut self) -> Effect {
        let must_ask = self.is_unverified && self.refresh_token().is_some() && !self.is_sent_on_order();
        if must_ask { self.ask(Question::StaleStore) } else { self.begin() }
    }

    /// Proves that the store can be written before anything is spent.
    fn begin(&mut self) -> Effect {
        // A pending marker over another record would let the next process send a consumed token.
        if self.contents.record.generation != self.stored {
            return self.commit(Purpose::Known, self.contents.record.clone());
        }
        // Leftovers of a finished exchange must not be taken for the answer to this one.
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

    /// Whether another process has just introspected this token without an answer.
    fn was_just_asked(&self, token: &Secret) -> bool {
        let others = self.contents.asked.as_ref().filter(|asked| Some(*asked) != self.task.own_question.as_ref());
        others.is_some_and(|asked| {
            // Either clock may be ahead of the other.
            let since = self.task.now.as_unix().abs_diff(asked.at.as_unix());
            Duration::from_secs(since) < self.task.probe_interval && asked.refresh_token_hash == fingerprint(token)
        })
    }

    /// The introspection had no usable answer.
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
