//! Without threads, sockets, and a clock that std could ask: in a page the browser has them, and elsewhere the caller.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use zeyos_core::{BoxFuture, MaybeSend, MaybeSync};

use super::super::{Client, ClientBuilder};
use super::Carried;
use crate::BuildError;
use crate::clock::Clock;
use crate::runtime::Place;
use crate::transport::Transport;

pub(in crate::client) use defaults::warn_of_secret;

/// What is to carry requests.
#[derive(Default)]
pub(in crate::client) struct Carrier(Option<Carried>);

impl Carrier {
    pub(in crate::client) fn of(transport: impl Transport) -> Self {
        let keeps_limits = defaults::keeps_limits(&transport);
        Carrier(Some(Carried { transport: Arc::new(transport), keeps_limits, is_without_page: false }))
    }

    pub(in crate::client) fn carried(self, idle: Duration, _is_secure: bool) -> Result<Carried, BuildError> {
        self.0.map_or_else(|| defaults::carried(idle), Ok)
    }
}

pub(in crate::client) fn clock(named: Option<Arc<dyn Clock>>) -> Result<Arc<dyn Clock>, BuildError> {
    named.map_or_else(defaults::clock, Ok)
}

pub(in crate::client) fn place(named: Option<Place>) -> Result<Place, BuildError> {
    named.map_or_else(defaults::place, Ok)
}

/// What only a target without threads can be set to.
impl<C: From<Client>> ClientBuilder<C> {
    /// How tasks are begun: exchanges of tokens and everything around them, which must go on when their caller has gone. In a page it is
    /// `wasm_bindgen_futures::spawn_local` unless set.
    pub fn spawn_with(mut self, spawn: impl Fn(BoxFuture<()>) + MaybeSend + MaybeSync + 'static) -> Self {
        self.place = Some(Place::on(spawn));
        self
    }
}

/// What a browser has of its own.
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod defaults {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::super::page::{SECRET_IN_PAGE, has_secret};
    use super::*;
    use crate::clock::SystemClock;
    use crate::request::ClientCredentials;
    use crate::transport::FetchTransport;

    pub(super) fn keeps_limits(transport: &dyn Any) -> bool {
        transport.is::<FetchTransport>()
    }

    #[expect(clippy::unnecessary_wraps, reason = "other targets without threads have none")]
    pub(super) fn carried(idle: Duration) -> Result<Carried, BuildError> {
        let transport = Arc::new(FetchTransport::set_up(idle));
        Ok(Carried { transport, keeps_limits: true, is_without_page: false })
    }

    #[expect(clippy::unnecessary_wraps, reason = "other targets without threads have none")]
    pub(super) fn clock() -> Result<Arc<dyn Clock>, BuildError> {
        Ok(Arc::new(SystemClock))
    }

    #[expect(clippy::unnecessary_wraps, reason = "other targets without threads have none")]
    pub(super) fn place() -> Result<Place, BuildError> {
        Ok(Place::on(wasm_bindgen_futures::spawn_local))
    }

    /// Said once in a page, where its developer looks.
    pub(in crate::client) fn warn_of_secret(client: Option<&ClientCredentials>) {
        static HAS_WARNED: AtomicBool = AtomicBool::new(false);
        if has_secret(client) && !HAS_WARNED.swap(true, Ordering::Relaxed) {
            tracing::warn!(target: "zeyos", "{SECRET_IN_PAGE}");
            web_sys::console::warn_2(&"zeyos".into(), &SECRET_IN_PAGE.into());
        }
    }
}

/// No one knows what another target has.
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))))]
mod defaults {
    use super::*;
    use crate::request::ClientCredentials;

    pub(super) fn keeps_limits(_: &dyn Any) -> bool {
        false
    }

    pub(super) fn carried(_: Duration) -> Result<Carried, BuildError> {
        Err(missing("transport", "`transport`"))
    }

    pub(super) fn clock() -> Result<Arc<dyn Clock>, BuildError> {
        Err(missing("clock", "`clock`"))
    }

    pub(super) fn place() -> Result<Place, BuildError> {
        Err(missing("way to begin tasks", "`spawn_with`"))
    }

    pub(in crate::client) fn warn_of_secret(_: Option<&ClientCredentials>) {}

    fn missing(what: &str, setter: &str) -> BuildError {
        BuildError::message(&format!("this target has no {what} of its own; give one to {setter} of the builder"))
    }
}
