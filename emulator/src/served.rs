//! What the front, the faults and the control route need of a server, whatever it imitates.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{Method, Uri};

use crate::clock::Clock;
use crate::config::{ConfigError, Item};
use crate::faults::{Faults, TokenEnd};
use crate::http::host::Hosts;
use crate::http::{Reply, Request};
use crate::request_log::RequestLog;
use crate::switches::{Switch, Switches};

/// A running server.
pub(crate) trait Served: Send + Sync + 'static {
    /// The names that it answers to.
    fn hosts(&self) -> &Hosts;

    fn clock(&self) -> &Clock;

    fn faults(&self) -> &Faults;

    fn request_log(&self) -> &RequestLog;

    /// Keeps a request in the log, with the status of its answer. [`LoggedRequest`] calls it, once for each.
    fn note(&self, request: &Request, status: Option<u16>);

    /// What says whose scripts may ask; nothing where no script of another origin may.
    fn cors(&self) -> Option<Arc<Switches>> {
        None
    }

    /// Answers a request for a file that is not part of the service, if such are served.
    fn page(&self, _method: &Method, _uri: &Uri) -> Option<Reply> {
        None
    }

    /// The path that faults are limited by.
    fn inner_path<'a>(&self, path: &'a str) -> &'a str {
        path
    }

    /// Carries a request out.
    fn handled(app: &Arc<Self>, request: &Arc<Request>, now: i64) -> impl Future<Output = Reply> + Send;

    /// The refusal of the endpoint, as for a credential that is not known there.
    fn refusal(&self, request: &Request) -> Reply;

    /// Ends the credential that a request carries.
    fn end_token(app: &Arc<Self>, request: &Arc<Request>, how: TokenEnd, now: i64) -> impl Future<Output = ()> + Send;

    fn switch_list(&self) -> Vec<Switch>;

    /// Sets the switches that are named; none if one of them is not known.
    fn set_by_name(&self, items: &[Item]) -> Result<(), ConfigError>;

    /// Puts it back to its state at the start, except for switches, faults, clock and log.
    fn start_anew(&self) -> Result<(), String>;

    /// Answers a request for the page that shows it, if there is one.
    fn inspected(&self, _parts: &Parts, _body: &[u8]) -> Option<Reply> {
        None
    }
}

/// A request that has come whole. It is in the log when it is over, also if its client left before the answer.
pub(crate) struct LoggedRequest<S: Served> {
    app: Arc<S>,
    request: Arc<Request>,
    is_noted: bool,
}

impl<S: Served> LoggedRequest<S> {
    pub(crate) fn new(app: &Arc<S>, request: &Arc<Request>) -> Self {
        Self { app: Arc::clone(app), request: Arc::clone(request), is_noted: false }
    }

    /// Notes the answer that it gets; `None` if it gets none.
    pub(crate) fn ends(mut self, status: Option<u16>) {
        self.is_noted = true;
        self.app.note(&self.request, status);
    }
}

impl<S: Served> Drop for LoggedRequest<S> {
    fn drop(&mut self) {
        if !self.is_noted {
            self.app.note(&self.request, None);
        }
    }
}
