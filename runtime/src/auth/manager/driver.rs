//! The driver of the rotation: carries out the effects that the state machine decides on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{StatusCode, header};
use zeyos_core::{BoxFuture, Error, ExchangeId, Issuer, RequestId, Secret, TokenError};

use super::state::{RefreshReason, Snapshot};
use super::{Manager, SendOutcome, TokenEndpoint, failure, store_failed};
use crate::auth::reply::{self, RawAnswer, Reply};
use crate::auth::rotation::{Effect, Input, Outcome, Patience, Probe, Renewal, Rotation, Task};
use crate::bits::random_name;
use crate::event::ClientEvent;
use crate::store::{StoreLock, TokenRecord};

/// The timeout of introspecting a token that was just issued.
const CHECK: Duration = Duration::from_secs(5);

/// How often a request is tried if no connection can be made.
const TRIES: u32 = 3;

/// The data of the exchange so far.
#[derive(Default)]
struct ExchangeData {
    body: Bytes,
    head: Option<http::response::Parts>,
    /// Why the last request has no complete answer.
    broken: Option<Error>,
    /// The issuer that was asked, if that is known: the pending marker of a sign-in does not name it. Only OAuth must name a token type.
    issuer: Option<&'static Issuer>,
    /// How the server has called the grant used up.
    refusal: Option<TokenError>,
    /// The answer holds tokens, so it must not get into an error.
    has_tokens: bool,
    /// The generation under which the record of this program was written back.
    restored: Option<u64>,
    /// Whether the journal was read, which is done once: later it holds what is here anyway.
    has_read: bool,
    /// A store that cannot be read ends everything.
    unread: Option<Error>,
}

impl Manager {
    /// Runs one refresh under the lock of the store.
    pub(super) async fn renew(
        self: &Arc<Self>,
        generation: u64,
        reason: RefreshReason,
        endpoint: Arc<dyn TokenEndpoint>,
        events: &mut Vec<ClientEvent>,
    ) -> Result<Snapshot, Error> {
        let mut lock = self.shared().lock(self.limits.lock_patience).await.map_err(store_failed)?;
        let task = self.task(generation, reason, endpoint.issue().is_some())?;
        let request_id = task.request_id.clone();
        let mut data = ExchangeData::default();
        let outcome = self.drive(task, &mut *lock, &*endpoint, &mut data).await;
        let ending = match outcome {
            Ok(outcome) => self.conclude(outcome, &mut data, events),
            Err(error) => Err(error),
        };
        // What is stored is stored, whatever becomes of the lock.
        let _ = lock.release().await;
        ending.map_err(|error| endpoint.cleaned(error).of(ExchangeId::new(generation, self.now(), request_id)))
    }

    /// Recovers the tokens of a journalled answer, if that needs no request to the server.
    pub(super) async fn read_journal(&self, lock: &mut dyn StoreLock) -> Result<Option<TokenRecord>, Error> {
        let task = self.task(0, RefreshReason::Due, false)?;
        Ok(match self.drive(task, lock, &Offline, &mut ExchangeData::default()).await? {
            Outcome::Recovered(record) => Some(record),
            _ => None,
        })
    }

    fn task(&self, generation: u64, reason: RefreshReason, can_issue: bool) -> Result<Task, Error> {
        if reason == RefreshReason::Rejected {
            self.change(|state| state.tried_refused = Some(generation));
        }
        let state = self.state();
        let last_probe =
            state.failed.as_ref().filter(|(.., error)| matches!(error.token_error(), Some(TokenError::Unknown { .. })));
        let now = self.moment();
        let issuer = self.issuers.renewing();
        let can_ask = issuer.is_none_or(|issuer| issuer.introspection.is_some());
        let has_access =
            |record: &TokenRecord| record.tokens.as_ref().is_some_and(|tokens| tokens.access_token.is_some());
        Ok(Task {
            newer_than: generation,
            known: state.known.as_deref().cloned(),
            unpersisted: state.unpersisted.is_some(),
            login_id: self.login_id.to_string(),
            request_id: request_id()?,
            now: now.wall,
            may_probe: last_probe.is_none_or(|(_, at, _)| now.since(*at) >= self.limits.probe_interval),
            probe_interval: self.limits.probe_interval,
            own_question: state.question.clone(),
            is_ordered: reason == RefreshReason::Asked,
            checks: can_ask,
            can_issue,
            can_begin: can_issue && self.issuers.gives_for_key(),
            refreshing: issuer.map(|issuer| issuer.refreshing).unwrap_or_default(),
            can_ask,
            is_refused: reason == RefreshReason::Rejected || !state.known.as_deref().is_none_or(has_access),
            // While the old token is valid, no call has to wait for a connection that cannot be made.
            tries: if reason == RefreshReason::Due { 1 } else { TRIES },
            backoff: self.limits.backoff,
            reread: self.limits.reread,
        })
    }

    async fn drive(
        &self,
        task: Task,
        lock: &mut dyn StoreLock,
        endpoint: &dyn TokenEndpoint,
        data: &mut ExchangeData,
    ) -> Result<Outcome, Error> {
        let (mut rotation, mut effect) = Rotation::start(task);
        loop {
            if let Effect::Done(outcome) = effect {
                data.restored = rotation.restored();
                return Ok(outcome);
            }
            let input = self.perform(effect, lock, endpoint, data).await;
            if let Some(error) = data.unread.take() {
                return Err(error);
            }
            effect = rotation.step(input);
        }
    }

    async fn perform(
        &self,
        effect: Effect,
        lock: &mut dyn StoreLock,
        endpoint: &dyn TokenEndpoint,
        data: &mut ExchangeData,
    ) -> Input {
        let done = |stored: Result<(), crate::StoreError>| match stored {
            Ok(()) => Input::Done,
            Err(error) => Input::StoreFailed(failure(&error)),
        };
        match effect {
            Effect::Read => match lock.read().await {
                Ok(contents) => data.found(contents, self.issuers.renewing()),
                Err(error) => data.unreadable(store_failed(error)),
            },
            Effect::Prepare(pending) => done(lock.prepare(&pending).await),
            Effect::Post(renewal) => {
                data.issuer = match renewal {
                    Renewal::Refresh(_) => self.issuers.renewing(),
                    Renewal::Issue => self.issuers.issuing(),
                };
                data.sent(post(renewal, endpoint).await)
            }
            Effect::Journal if data.body.is_empty() => Input::Done,
            Effect::Journal => done(lock.journal(data.body.clone()).await),
            Effect::QuarantineReply => done(lock.quarantine_reply().await),
            Effect::Parse => self.parse(data),
            Effect::Introspect(token) => Input::Probed(endpoint.introspect(token).await),
            Effect::Check(token) => Input::Probed(self.check(endpoint, token).await),
            Effect::NoteQuestion(asked) => {
                self.change(|state| state.question = Some(asked.clone()));
                done(lock.note_question(&asked).await)
            }
            Effect::Commit { expected, record } => match lock.commit(expected, &record).await {
                Ok(commit) => Input::Committed(commit),
                Err(error) => Input::StoreFailed(failure(&error)),
            },
            Effect::Clear => done(lock.clear().await),
            Effect::Wait(duration) => {
                self.clock.sleep(duration).await;
                Input::Done
            }
            Effect::Done(_) => Input::Done,
        }
    }

    /// Introspects a token that was just issued. Callers wait for it once per login, so the timeout is short.
    pub(super) async fn check(&self, endpoint: &dyn TokenEndpoint, token: Secret) -> Probe {
        let answer = self.runtime.deadlines().within(CHECK, endpoint.introspect(token)).await;
        answer.unwrap_or(Probe::Unknown)
    }

    fn parse(&self, data: &mut ExchangeData) -> Input {
        let status = data.head.as_ref().map(|head| head.status);
        if data.head.as_ref().is_some_and(|head| head.status.is_success() && !is_json(&head.headers)) {
            tracing::warn!(target: "zeyos", "the token endpoint did not call its answer JSON; it is read all the same");
        }
        let sent_at = data.head.as_ref().and_then(|head| head.extensions.get::<SentAt>());
        let sent_at = sent_at.map_or_else(|| self.now(), |sent| sent.0);
        let mut reply = reply::read(&RawAnswer { status, body: &data.body, sent_at, dialect: data.issuer.into() });
        data.has_tokens = matches!(&reply, Reply::Tokens(_)) || reply.is_unverified();
        if let Reply::Tokens(tokens) | Reply::Partial(tokens, _) | Reply::RefusedWithTokens(_, tokens) = &mut reply {
            tokens.issuer = data.issuer.map(Into::into);
        }
        if let Reply::InvalidGrant(refusal) = &reply {
            data.refusal = Some(refusal.clone());
        }
        Input::Parsed(Box::new(reply), data.patience())
    }

    /// Publishes the outcome and collects its events.
    fn conclude(
        self: &Arc<Self>,
        outcome: Outcome,
        data: &mut ExchangeData,
        events: &mut Vec<ClientEvent>,
    ) -> Result<Snapshot, Error> {
        events.extend(data.restored.map(|generation| ClientEvent::Restored { generation }));
        match outcome {
            Outcome::Adopted(record) => {
                events.push(ClientEvent::Adopted { generation: record.generation });
                Ok(self.publish(&record))
            }
            Outcome::Renewed(record) => {
                events.push(ClientEvent::Refreshed { generation: record.generation });
                Ok(self.renewed(&record))
            }
            Outcome::Recovered(record) => {
                events.push(ClientEvent::Recovered { generation: record.generation });
                let snapshot = self.publish(&record);
                self.change(|state| state.renewed(self.moment()));
                Ok(snapshot)
            }
            Outcome::Unpersisted { record, reason } => {
                events.push(ClientEvent::Refreshed { generation: record.generation });
                events.push(ClientEvent::Unpersisted { generation: record.generation, reason: reason.clone() });
                let snapshot = self.renewed(&record);
                self.persist_in_background(reason);
                Ok(snapshot)
            }
            Outcome::RefreshTokenOnly(record, problem) => {
                events.push(ClientEvent::Refreshed { generation: record.generation });
                self.renewed(&record);
                Err(data.error(problem))
            }
            Outcome::Lost(record, loss) => {
                let is_news = self.known().is_none_or(|current| current.lost.is_none());
                if is_news {
                    events.push(ClientEvent::Lost { generation: record.generation, loss });
                }
                self.publish(&record);
                Err(data.error(TokenError::SessionLost(loss)))
            }
            Outcome::Failed(problem) => Err(data.error(problem)),
        }
    }

    pub(super) fn renewed(&self, record: &crate::store::TokenRecord) -> Snapshot {
        let (snapshot, now) = (self.publish(record), self.moment());
        self.change(|state| {
            state.renewed(now);
            state.issued();
        });
        snapshot
    }
}

/// A token endpoint that sends nothing.
struct Offline;

impl TokenEndpoint for Offline {
    fn id(&self) -> RequestId {
        RequestId::new(0, 0)
    }

    fn refresh(&self, _: Secret) -> BoxFuture<SendOutcome> {
        Box::pin(std::future::ready(SendOutcome::NotSent(Error::token(TokenError::NoRefreshToken))))
    }

    fn introspect(&self, _: Secret) -> BoxFuture<Probe> {
        Box::pin(std::future::ready(Probe::Unknown))
    }

    fn cleaned(&self, error: Error) -> Error {
        error
    }

    fn issue(&self) -> Option<BoxFuture<SendOutcome>> {
        None
    }
}

/// Whether an answer is said to be JSON. It is read in any case: to reject it would lose the chain of tokens.
fn is_json(headers: &http::HeaderMap) -> bool {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    told.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"))
}

async fn post(renewal: Renewal, endpoint: &dyn TokenEndpoint) -> SendOutcome {
    match (renewal, endpoint.issue()) {
        (Renewal::Refresh(token), _) => endpoint.refresh(token).await,
        (Renewal::Issue, Some(request)) => request.await,
        (Renewal::Issue, None) => SendOutcome::NotSent(Error::token(TokenError::NoRefreshToken)),
    }
}

/// When the request was sent that a response answers.
#[derive(Clone, Copy)]
pub(crate) struct SentAt(pub zeyos_core::Timestamp);

impl ExchangeData {
    fn found(&mut self, contents: crate::store::StoreContents, renewing: Option<&'static Issuer>) -> Input {
        let is_first = !std::mem::replace(&mut self.has_read, true);
        if let Some(reply) = contents.reply.as_ref().filter(|_| is_first) {
            (self.body, self.head) = (reply.clone(), None);
            let is_sign_in = contents.pending.as_ref().is_some_and(|pending| pending.refresh_token_hash.is_none());
            self.issuer = renewing.filter(|_| !is_sign_in);
        }
        Input::Read(Box::new(contents))
    }

    fn unreadable(&mut self, error: Error) -> Input {
        self.unread = Some(error);
        Input::Done
    }

    fn sent(&mut self, outcome: SendOutcome) -> Input {
        (self.head, self.broken) = (None, None);
        match outcome {
            SendOutcome::NotSent(error) => {
                self.broken = Some(error);
                Input::NotSent
            }
            SendOutcome::Answered(response) => {
                let (head, body) = response.into_parts();
                (self.head, self.body) = (Some(head), body);
                Input::Answered
            }
            SendOutcome::Incomplete(partial, error) => {
                (self.body, self.broken) = (partial, Some(error));
                Input::Answered
            }
        }
    }

    /// A server that is busy and says for how long must not be hurried.
    fn patience(&self) -> Patience {
        let busy = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
        match &self.head {
            Some(head) if busy.contains(&head.status) && head.headers.contains_key(header::RETRY_AFTER) => {
                Patience::Asked
            }
            _ => Patience::NotAsked,
        }
    }

    /// The error with its cause: the answer of the server, or why there is none.
    fn error(&mut self, problem: TokenError) -> Error {
        // The answer of a success may hold tokens, and so may any other that has some.
        let is_refusal = matches!(problem, TokenError::Refused { .. } | TokenError::ClientAuth { .. });
        let is_told = |head: &http::response::Parts| is_refusal || !head.status.is_success();
        let error = match self.head.take().filter(is_told).filter(|_| !self.has_tokens) {
            Some(head) => {
                Error::token_answer(problem, http::Response::from_parts(head, std::mem::take(&mut self.body)))
            }
            None => Error::token(problem),
        };
        match self.broken.take().or_else(|| self.refusal.take().map(Error::token)) {
            Some(cause) => error.after(cause),
            None => error,
        }
    }
}

/// The random id of one exchange: 64 bits in hexadecimal.
pub(super) fn request_id() -> Result<String, Error> {
    random_name::<8>().map_err(|_| Error::request("the system has no random bytes to give"))
}
