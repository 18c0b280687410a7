//! The one-time address of a login. It stands in the list of processes when a browser is started with it, where everyone on the
//! machine can read it: so it works once, and what it leads to is bound to the browser that came.

use std::sync::atomic::{AtomicBool, Ordering};

use zeyos_core::Secret;

use crate::oauth2::LoginError;
use crate::oauth2::pkce::random_text;

/// How long the browser keeps the cookie, in seconds: as long as a login may take.
const LIFE: u32 = 600;

/// One address, and the cookie for the browser that opens it.
pub(super) struct Start {
    path: Secret,
    /// The ports of a host share their cookies, so the port is in the name.
    name: String,
    value: Secret,
    is_opened: AtomicBool,
}

impl Start {
    pub(super) fn new(port: u16) -> Result<Self, LoginError> {
        Ok(Start {
            path: format!("/start/{}", random_text()?.expose()).into(),
            name: format!("zeyos-login-{port}"),
            value: random_text()?,
            is_opened: AtomicBool::new(false),
        })
    }

    pub(super) fn path(&self) -> &Secret {
        &self.path
    }

    /// Whether this is the first visit.
    pub(super) fn open(&self) -> bool {
        !self.is_opened.swap(true, Ordering::SeqCst)
    }

    /// The header that gives the cookie to the browser, for this path alone. The answer comes from another site, by a link of
    /// its own (`Lax`).
    pub(super) fn cookie(&self, path: &str) -> String {
        let (name, value) = (&self.name, self.value.expose());
        format!("Set-Cookie: {name}={value}; Path={path}; Max-Age={LIFE}; HttpOnly; SameSite=Lax\r\n")
    }

    /// The header that takes it back.
    pub(super) fn no_cookie(&self, path: &str) -> String {
        format!("Set-Cookie: {}=; Path={path}; Max-Age=0; HttpOnly; SameSite=Lax\r\n", self.name)
    }

    /// Whether these header lines carry the cookie, once.
    pub(super) fn is_carried<'a>(&self, lines: impl Iterator<Item = &'a str>) -> bool {
        let fields = lines.filter_map(|line| line.split_once(':'));
        let cookies = fields.filter(|(name, _)| name.eq_ignore_ascii_case("cookie")).map(|(_, value)| value);
        let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut own = pairs.filter(|(name, _)| *name == self.name).map(|(_, value)| Secret::new(value));
        own.next().is_some_and(|value| value == self.value) && own.next().is_none()
    }
}
