//! What all users of a client share: its settings, where its services are, connections, gates and events.

mod base;
mod client_auth_method;
mod settings;
mod unindexed;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::chance::Chance;
use crate::event::Events;
use crate::retry::Budgets;
use crate::transport::Transport;
use crate::transport::gate::Gate;

pub(crate) use base::Base;
pub use client_auth_method::ClientAuthMethod;
pub use settings::SessionFallback;
pub(crate) use settings::Settings;
pub(crate) use unindexed::Unindexed;

/// What all users of a client share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub transport: Arc<dyn Transport>,
    pub events: Events,
    pub gate: Gate,
    pub budgets: Budgets,
    pub chance: Chance,
    /// Whether it was said that a credential goes along in a URL.
    pub has_warned: AtomicBool,
    /// Whether no cookie of a page can go along: the transport certainly has none.
    pub is_without_page: bool,
    /// The times without an index of which it was said that lists filter by them.
    pub unindexed: Unindexed,
}
