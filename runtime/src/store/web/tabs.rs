//! What the tabs of an origin know of each other's exchanges.
//!
//! A storage is written in one process of the browser and read in another, and nothing says that a value arrives before the lock under
//! which it was written: a tab could read the tokens that another one has just spent. So whoever has stored a record holds a lock that is
//! named after its generation, which all tabs see at once, until it stores the next one. The channel tells the generation to those
//! who hold no lock.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::NAMESPACE;
use super::locks::{Hold, Locks, Mode};
use crate::clock::{Clock as _, SystemClock};
use crate::store::StoreError;
use crate::store::kit::{Newest, lock_timeout, system_deadlines};

/// In the name of a lock that says which generation its holder has stored: that and the key follow.
const STORED: &str = ":generation:";

/// How long a value may take from one tab to another before it counts as gone.
const ARRIVAL: Duration = Duration::from_secs(1);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(5);

pub(super) struct Tabs {
    /// The login, and the name of the channel.
    key: String,
    newest: Rc<Newest>,
    /// The generation that this tab has stored last.
    stored: RefCell<Option<Hold>>,
    /// The generation that was waited for in vain: someone has removed it.
    missing: Cell<u64>,
    channel: Option<Channel>,
}

/// Closed with its tab, or before.
struct Channel {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

impl Channel {
    fn open(name: &str, newest: Rc<Newest>) -> Option<Self> {
        let channel = BroadcastChannel::new(name).ok()?;
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(generation) = message.data().as_string().and_then(|text| text.parse().ok()) {
                newest.seen(generation);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Channel { channel, _heard: heard })
    }
}

impl Tabs {
    /// The tabs that share this login. Without a channel they learn of new tokens when they need some.
    pub(super) fn sharing(key: &str, newest: Rc<Newest>) -> Self {
        let channel = Channel::open(&format!("{NAMESPACE}:{key}"), Rc::clone(&newest));
        Tabs { key: key.to_owned(), newest, stored: RefCell::default(), missing: Cell::default(), channel }
    }

    /// The newest generation that a tab which is open has stored.
    async fn newest_stored(&self, locks: &Locks) -> Result<u64, StoreError> {
        let held = system_deadlines().within(ARRIVAL, locks.held()).await;
        let held = held.unwrap_or_else(|| Err(lock_timeout(&self.key, ARRIVAL)))?;
        let generation = |name: &String| {
            let (generation, key) = name.strip_prefix(NAMESPACE)?.strip_prefix(STORED)?.split_once(':')?;
            (key == self.key).then(|| generation.parse().ok())?
        };
        Ok(self.newest.seen(held.iter().filter_map(generation).max().unwrap_or(0)))
    }

    /// Called by whoever has just got the lock: waits until what the one before has stored can be seen here.
    pub(super) async fn arrived(&self, locks: &Locks, kept: impl Fn() -> u64) -> Result<(), StoreError> {
        self.newest_stored(locks).await?;
        self.settled(kept).await;
        Ok(())
    }

    /// Waits, but not for long, until the generation that is kept here is the newest that any tab has announced.
    pub(super) async fn settled(&self, kept: impl Fn() -> u64) {
        let began = SystemClock.monotonic();
        loop {
            let newest = self.newest.seen(0);
            if newest <= self.missing.get() || kept() >= newest {
                return;
            }
            if SystemClock.monotonic().saturating_sub(began) >= ARRIVAL {
                self.missing.set(newest);
                return;
            }
            SystemClock.sleep(LOOK).await;
        }
    }

    /// Tells all tabs of a generation that was stored, before the lock is given back.
    pub(super) async fn tell(&self, locks: &Locks, generation: u64) {
        self.newest.seen(generation);
        // No one else has a reason to hold it, and no one is waited for who does.
        let name = format!("{NAMESPACE}{STORED}{generation}:{}", self.key);
        let told = system_deadlines().within(ARRIVAL, locks.take(&name, Mode::Shared)).await;
        *self.stored.borrow_mut() = told.and_then(Result::ok);
        if let Some(open) = &self.channel {
            let _ = open.channel.post_message(&JsValue::from_str(&generation.to_string()));
        }
    }
}
