//! How many requests of a kind are taken.

use crate::http::Request;
use crate::platforms::message::Form;
use crate::platforms::rate::{Left, Rate};

const HOUR: i64 = 3600;

/// The windows of all kinds.
#[derive(Debug, Default)]
pub(super) struct Limits {
    registrations: Rate,
    sign_ins: Rate,
    refreshes: Rate,
    others: Rate,
}

impl Limits {
    /// Counts a request among its kind.
    pub(super) fn count(&mut self, request: &Request, path: &[&str], now: i64) -> Left {
        let is_refresh = || Form::of_body(request).is_some_and(|form| form.get("grant_type") == Some("refresh_token"));
        match path {
            ["api", "register-agent"] => self.registrations.count(5, HOUR, now),
            ["api", "agent-auth"] => self.sign_ins.count(10, 60, now),
            ["oauth2", "token"] if is_refresh() => self.refreshes.count(60, HOUR, now),
            _ => self.others.count(1000, HOUR, now),
        }
    }
}
