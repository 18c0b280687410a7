//! Faults on demand: what should go wrong, for which requests, how often. The front carries them out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderName, header};

/// Something that goes wrong on purpose, for the next requests that fit.
///
/// ```
/// use zeyos_emulator::Fault;
///
/// let twice_busy = Fault::status(503).on("POST", "/api/v1/tickets").times(2).retry_after("1");
/// # let _ = twice_busy;
/// ```
#[derive(Debug, Clone)]
pub struct Fault {
    method: Option<String>,
    prefix: String,
    times: u32,
    pub(crate) delay: Duration,
    pub(crate) effect: Effect,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    Nothing,
    Status(u16),
    CutBody(usize),
    CloseBefore,
    CloseAfter,
    ReplaceBody(Vec<u8>),
}

impl Effect {
    /// Whether no answer goes out.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::CloseBefore | Self::CloseAfter)
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self { method: None, prefix: String::new(), times: 1, delay: Duration::ZERO, effect, headers: Vec::new() }
    }

    /// Answers this status as plain text; the request is not carried out.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(Effect::Status(status))
    }

    /// Waits before the request is carried out.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self::new(Effect::Nothing).delayed(by)
    }

    /// Sends the true head of the answer and the first bytes of its body, then closes the connection.
    #[must_use]
    pub fn cut_body(kept: usize) -> Self {
        Self::new(Effect::CutBody(kept))
    }

    /// Closes the connection without an answer; the request is not carried out.
    #[must_use]
    pub fn close_before() -> Self {
        Self::new(Effect::CloseBefore)
    }

    /// Carries the request out, then closes the connection without an answer.
    #[must_use]
    pub fn close_after() -> Self {
        Self::new(Effect::CloseAfter)
    }

    /// Carries the request out and answers with the true head and this body.
    #[must_use]
    pub fn replace_body(body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::ReplaceBody(body.into()))
    }

    /// Limits the fault to requests with this method whose path, after the instance, begins like this
    /// (`/api/v1/tickets`). Without it every request fits.
    #[must_use]
    pub fn on(mut self, method: &str, path_prefix: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        path_prefix.clone_into(&mut self.prefix);
        self
    }

    /// How many requests meet it; one unless said otherwise.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Waits first, whatever else happens.
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay = by;
        self
    }

    /// Adds `Retry-After` to the answer of [`Fault::status`]: seconds or an HTTP date, sent as given.
    #[must_use]
    pub fn retry_after(mut self, value: &str) -> Self {
        self.headers.push((header::RETRY_AFTER, value.to_owned()));
        self
    }

    /// Adds `WWW-Authenticate` to the answer of [`Fault::status`], sent as given.
    #[must_use]
    pub fn www_authenticate(mut self, value: &str) -> Self {
        self.headers.push((header::WWW_AUTHENTICATE, value.to_owned()));
        self
    }

    /// Adds `Location` to the answer of [`Fault::status`], sent as given: a redirect that a client must not follow.
    #[must_use]
    pub fn location(mut self, value: &str) -> Self {
        self.headers.push((header::LOCATION, value.to_owned()));
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        self.times > 0 && self.method.as_deref().is_none_or(|own| own == method) && path.starts_with(&self.prefix)
    }
}

/// The faults that wait for their requests.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Adds one behind the others.
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    /// Drops all of them.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The first that fits, used up by one.
    pub fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = faults.iter().position(|fault| fault.fits(method, path))?;
        faults[index].times -= 1;
        if faults[index].times == 0 { Some(faults.remove(index)) } else { Some(faults[index].clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::status(503).on("post", "/api/v1/tickets").times(2));
        assert!(faults.take("POST", "/api/v1/tickets").is_some());
        assert!(faults.take("POST", "/api/v1/tickets/").is_some());
        assert!(faults.take("POST", "/api/v1/tickets").is_none());
    }

    #[test]
    fn only_fitting_requests_meet_it() {
        let faults = Faults::default();
        faults.add(Fault::status(401).on("GET", "/api/v1/tickets"));
        assert!(faults.take("POST", "/api/v1/tickets").is_none());
        assert!(faults.take("GET", "/api/v1/accounts").is_none());
        assert!(faults.take("GET", "/api/v1/tickets/1").is_some());
    }

    #[test]
    fn faults_come_in_the_order_in_which_they_were_added() {
        let faults = Faults::default();
        faults.add(Fault::status(401));
        faults.add(Fault::status(500));
        assert!(matches!(faults.take("GET", "/").unwrap().effect, Effect::Status(401)));
        assert!(matches!(faults.take("GET", "/").unwrap().effect, Effect::Status(500)));
    }
}
