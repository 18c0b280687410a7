//! Sending a call again: the policy decides, this waits and carries it out.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use zeyos_core::Error;
use zeyos_core::call::Request;

use super::{Answer, Middleware};
use crate::clock::Clock as _;
use crate::event::ClientEvent;
use crate::observe::{self, UnderWay, Watch};
use crate::retry::{Circumstances, Tries};

impl Middleware {
    /// An exchange of tokens is sent once; how long its caller waits is limited all the same.
    pub(super) fn limit_exchange(&self, request: &mut Request) {
        if let Some(total) = self.settings.total(request) {
            let own = self.settings.limit(request);
            request.options.timeout = Some(own.map_or(total, |own| own.min(total)));
        }
    }

    /// Sends a call until it succeeds, or its policy, its time or the budget of its origin ends.
    pub(super) async fn repeated(self: &Arc<Self>, request: &mut Request, watch: &Watch) -> Answer {
        let clock = self.manager.runtime().deadlines();
        let policy = request.options.retry.take().map_or(Cow::Borrowed(&self.settings.retry), Cow::Owned);
        let (limit, total) = (self.settings.limit(request), self.settings.total(request));
        let origin = self.settings.base.origin(request.operation.service);
        let mut now = clock.monotonic();
        let mut tries = Tries::new(request, policy, total, now);
        loop {
            let left = tries.left(now);
            request.options.timeout = left.map_or(limit, |left| Some(limit.map_or(left, |limit| limit.min(left))));
            tries.begin();
            let under_way = UnderWay::of(watch);
            let outcome = self.once_within(request, &under_way, left.zip(total)).await;
            let progress = &under_way.progress;
            let error = match outcome {
                Ok(answer) => {
                    self.budgets.served(origin, tries.repeats());
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let around = Circumstances {
                can_resend: !request.body.is_spent(),
                asked: error.retry_after(),
                longest_asked: self.settings.max_wait,
                now: clock.monotonic(),
                chance: &self.chance,
            };
            let wait = tries.failed(progress, &around).filter(|_| self.budgets.withdraw(origin));
            let Some(wait) = wait else {
                if progress.last().is_served() {
                    self.budgets.served(origin, tries.repeats());
                }
                return Err(tries.ended(progress.last(), error));
            };
            let (operation, attempt) = (request.operation.id, tries.repeats() + 1);
            self.events.emit(&ClientEvent::Retrying { operation, attempt, status: error.status(), wait });
            observe::repeated(request.operation);
            tries.goes_on(progress.last(), error);
            clock.sleep(wait).await;
            now = clock.monotonic();
        }
    }

    /// One attempt, which is given up when the time of the whole call is over.
    async fn once_within(
        self: &Arc<Self>,
        request: &Request,
        under_way: &UnderWay<'_>,
        time: Option<(Duration, Duration)>,
    ) -> Answer {
        let Some((left, total)) = time else { return self.once(request, under_way).await };
        let answer = self.manager.runtime().deadlines().within(left, Box::pin(self.once(request, under_way))).await;
        let total = total.as_secs_f64();
        answer.unwrap_or_else(|| Err(Error::timeout(format!("the call did not end within {total:.1} s in all"))))
    }
}
