//! One running server of a platform: its service, and what it shares with the emulator.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;

use super::service::Service;
use crate::clock::Clock;
use crate::config::{ConfigError, Item};
use crate::faults::{Faults, TokenEnd};
use crate::http::host::Hosts;
use crate::http::{Reply, Request};
use crate::request_log::RequestLog;
use crate::served::Served;
use crate::switches::Switch;

/// A running server.
#[derive(Debug)]
pub(super) struct Site {
    pub hosts: Hosts,
    pub clock: Arc<Clock>,
    pub faults: Faults,
    pub request_log: RequestLog,
    /// What was handed out at the start, which the log never shows.
    pub handed_out: Vec<String>,
    pub service: Mutex<Box<dyn Service>>,
}

impl Site {
    /// The service, also after a panic in a request: what it holds is made of whole values.
    pub(super) fn service(&self) -> MutexGuard<'_, Box<dyn Service>> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Served for Site {
    fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn faults(&self) -> &Faults {
        &self.faults
    }

    fn request_log(&self) -> &RequestLog {
        &self.request_log
    }

    fn note(&self, request: &Request, status: Option<u16>) {
        self.request_log.push_of_platform(request, status, &self.handed_out);
    }

    async fn handled(app: &Arc<Self>, request: &Arc<Request>, now: i64) -> Reply {
        let answered = catch_unwind(AssertUnwindSafe(|| app.service().answer(request, now)));
        answered.unwrap_or_else(|_| Reply::text(StatusCode::INTERNAL_SERVER_ERROR, "the server could not do this"))
    }

    fn refusal(&self, request: &Request) -> Reply {
        self.service().refusal(request)
    }

    async fn end_token(app: &Arc<Self>, request: &Arc<Request>, how: TokenEnd, _now: i64) {
        app.service().end_token(request, how);
    }

    fn switch_list(&self) -> Vec<Switch> {
        self.service().switches()
    }

    fn set_by_name(&self, items: &[Item]) -> Result<(), ConfigError> {
        let pairs: Vec<(String, String)> = items.iter().map(|item| (item.name.clone(), item.shown())).collect();
        self.service().set(&pairs)
    }

    fn start_anew(&self) -> Result<(), String> {
        self.service().start_anew();
        Ok(())
    }
}
