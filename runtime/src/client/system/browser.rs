//! Without threads, sockets, and a clock that std could ask: all of it comes from the caller.

use std::sync::Arc;
use std::time::Duration;

use zeyos_core::{BoxFuture, MaybeSend, MaybeSync};

use super::super::{Client, ClientBuilder};
use super::Carried;
use crate::BuildError;
use crate::clock::Clock;
use crate::runtime::Place;
use crate::transport::Transport;

/// What is to carry requests.
#[derive(Default)]
pub(in crate::client) struct Carrier(Option<Arc<dyn Transport>>);

impl Carrier {
    pub(in crate::client) fn of(transport: impl Transport) -> Self {
        Carrier(Some(Arc::new(transport)))
    }

    pub(in crate::client) fn carried(self, _idle: Duration, _is_secure: bool) -> Result<Carried, BuildError> {
        let transport = self.0.ok_or_else(|| missing("transport", "`transport`"))?;
        Ok(Carried { transport, keeps_limits: false })
    }
}

pub(in crate::client) fn clock(named: Option<Arc<dyn Clock>>) -> Result<Arc<dyn Clock>, BuildError> {
    named.ok_or_else(|| missing("clock", "`clock`"))
}

pub(in crate::client) fn place(named: Option<Place>) -> Result<Place, BuildError> {
    named.ok_or_else(|| missing("way to begin tasks", "`spawn_with`"))
}

fn missing(what: &str, setter: &str) -> BuildError {
    BuildError::message(&format!("this target has no {what} of its own; give one to {setter} of the builder"))
}

/// What only a target without threads can be set to.
impl<C: From<Client>> ClientBuilder<C> {
    /// How tasks are begun: exchanges of tokens and everything around them, which must go on when their caller has gone, such as by
    /// `wasm_bindgen_futures::spawn_local`.
    pub fn spawn_with(mut self, spawn: impl Fn(BoxFuture<()>) + MaybeSend + MaybeSync + 'static) -> Self {
        self.place = Some(Place::on(spawn));
        self
    }
}
