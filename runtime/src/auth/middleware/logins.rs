//! Which login of a client sends a call, where it has several: the one whose credential the operation asks for; and where its
//! alternatives belong to several logins, the next one if the first has nothing to send or is over.

use std::sync::Arc;

use http::StatusCode;
use zeyos_core::call::Request;
use zeyos_core::error::Delivery;
use zeyos_core::{DryRun, Error, Operation, Refusal, Safety};

use super::Middleware;
use crate::auth::credentials::Role;
use crate::bits::few_sorted;
use crate::clock::Clock as _;
use crate::observe::Watch;
use crate::transport::TransportBody;

/// The logins that a call can be sent by, in the order in which they are tried.
pub(super) struct Logins {
    first: Arc<Middleware>,
    others: Vec<Arc<Middleware>>,
}

/// An answer with the login that it comes from.
type Sent = Result<(Arc<Middleware>, http::Response<TransportBody>), Error>;

impl Middleware {
    /// The logins of an operation. Where it is for none, the first one sends what was configured for the scheme, or refuses.
    pub(super) fn logins_of(self: Arc<Self>, operation: &Operation) -> Logins {
        if self.further.is_empty() {
            return Logins { first: self, others: Vec::new() };
        }
        let mut logins = self.logins_for(operation).into_iter().map(Arc::clone).collect::<Vec<_>>();
        if self.is_for(operation) {
            logins.push(Arc::clone(&self));
        }
        let mut logins = few_sorted(logins, |login| login.rank_in(operation));
        // An exchange of tokens belongs to the login whose tokens it brings.
        if operation.safety == Safety::TokenExchange {
            logins.truncate(1);
        }
        let mut logins = logins.into_iter();
        Logins { first: logins.next().unwrap_or(self), others: logins.collect() }
    }

    fn logins_for(&self, operation: &Operation) -> Vec<&Arc<Self>> {
        self.further.iter().filter(|login| login.is_for(operation)).collect()
    }

    /// The first alternative of an operation that asks for a credential of this login. One that it asks for without naming a
    /// scheme, as an exchange of its tokens, goes before all.
    fn rank_in(&self, operation: &Operation) -> usize {
        if self.manager.issuers.of(operation).is_some() {
            return 0;
        }
        let mut alternatives = operation.security.iter();
        let mine = alternatives.position(|needed| needed.iter().any(|needed| self.role(needed.scheme) != Role::Key));
        mine.map_or(usize::MAX, |index| index + 1)
    }

    /// What the first login with something to send would send.
    pub(super) fn described_by_logins(&self, request: &Request) -> Result<DryRun, Error> {
        let mut logins: Vec<&Self> = self.logins_for(request.operation).into_iter().map(Arc::as_ref).collect();
        if logins.is_empty() || self.is_for(request.operation) {
            logins.push(self);
        }
        let mut failed = None;
        for login in few_sorted(logins, |login| login.rank_in(request.operation)) {
            match login.describe(request) {
                Err(error) if gives_way(&error) => failed = Some(after(failed, error, login)),
                outcome => return outcome,
            }
        }
        Err(failed.unwrap_or_else(|| Error::refused(Refusal { unusable: Vec::new() })))
    }
}

impl Logins {
    /// Sends the call with the first login that can send it. Returns the result and the login that it comes from; secrets are taken out of
    /// errors.
    pub(super) async fn run(self, request: &mut Request, watch: &Watch) -> Sent {
        let Logins { first, others } = self;
        if !others.is_empty() {
            // Boxed, so that the usual way stays small.
            return Box::pin(in_turn(first, others, request, watch)).await;
        }
        let outcome = first.run(request, watch).await.map_err(|error| first.scrubbed(&[], error));
        outcome.map(|answer| (first, answer))
    }
}

/// Sends the call by one login after the other.
async fn in_turn(first: Arc<Middleware>, others: Vec<Arc<Middleware>>, request: &mut Request, watch: &Watch) -> Sent {
    let (mut login, mut failed) = (first, None);
    let begun = login.manager.runtime().deadlines().monotonic();
    let total = login.settings.total(request);
    for next in others {
        let outcome = login.run(&mut request.clone(), watch).await;
        match outcome.map_err(|error| login.scrubbed(&[], error)) {
            Err(error) if gives_way(&error) && may_go_on(request, &error) => {
                failed = Some(after(failed, error, &login));
                // The time of a call in all is that of all logins.
                let spent = login.manager.runtime().deadlines().monotonic().saturating_sub(begun);
                request.options.total_timeout = total.map(|total| total.saturating_sub(spent));
                login = next;
            }
            Err(error) => return Err(counted(failed.as_ref(), error)),
            Ok(answer) => return Ok((login, answer)),
        }
    }
    let outcome = login.run(request, watch).await.map_err(|error| login.scrubbed(&[], error));
    match outcome {
        Ok(answer) => Ok((login, answer)),
        Err(error) if gives_way(&error) => Err(after(failed, error, &login)),
        Err(error) => Err(counted(failed.as_ref(), error)),
    }
}

/// Whether another login may send a call after this error: an attempt before the refusal may have been carried out, and the next login
/// would neither have its key nor know of its lost answer.
fn may_go_on(request: &Request, error: &Error) -> bool {
    let changes_nothing_more = matches!(request.operation.safety, Safety::Read | Safety::Idempotent);
    !request.body.is_spent() && (changes_nothing_more || error.delivery() < Delivery::Sent)
}

/// Whether a login has nothing to send, is over, or was refused.
fn gives_way(error: &Error) -> bool {
    let is_over = error.token_error().is_some_and(|error| error.session_loss().is_some());
    error.refusal().is_some() || is_over || error.status() == Some(StatusCode::UNAUTHORIZED)
}

/// The error of the last login, with the attempts of those before it.
fn counted(earlier: Option<&Error>, error: Error) -> Error {
    match earlier {
        Some(earlier) if earlier.may_have_been_sent() => {
            let delivery = error.delivery().max(earlier.delivery());
            let count = if error.may_have_been_sent() { error.attempts() } else { 0 } + earlier.attempts();
            error.with_attempts(count, delivery)
        }
        _ => error,
    }
}

/// Both errors as one. Of refusals, each login says what it knows of its own schemes; what a server said counts more than them.
fn after(earlier: Option<Error>, error: Error, login: &Middleware) -> Error {
    let Some(earlier) = earlier else { return error };
    match (earlier.refusal(), error.refusal()) {
        (Some(known), Some(more)) => {
            let mut unusable = known.unusable.clone();
            for own in more.unusable.iter().filter(|one| login.role(one.scheme) != Role::Key) {
                match unusable.iter_mut().find(|one| one.scheme == own.scheme) {
                    Some(one) => *one = *own,
                    None => unusable.push(*own),
                }
            }
            Error::refused(Refusal { unusable })
        }
        (None, Some(_)) => earlier,
        _ => error.after(earlier),
    }
}
