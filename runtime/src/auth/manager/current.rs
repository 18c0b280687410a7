//! The tokens in use, as every request reads them: without a lock, and without a counter that the cores pass to each other.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;

use super::state::Snapshot;
use crate::TokenSet;

/// As many threads as this count their copies apart.
const COPIES: usize = 8;

/// Empty until the store was read.
#[derive(Default)]
pub(super) struct Current(ArcSwapOption<Shared>);

/// A snapshot with its tokens once for each group of threads. Every copy is wiped when it is dropped, like the first.
struct Shared {
    rest: Snapshot,
    tokens: Option<[Arc<TokenSet>; COPIES]>,
}

impl Shared {
    fn new(snapshot: Snapshot) -> Self {
        let copies = |tokens: Arc<TokenSet>| array::from_fn(|_| Arc::new(TokenSet::clone(&tokens)));
        Shared { tokens: snapshot.tokens.clone().map(copies), rest: Snapshot { tokens: None, ..snapshot } }
    }

    fn snapshot(&self) -> Snapshot {
        let tokens = self.tokens.as_ref().map(|copies| Arc::clone(&copies[place()]));
        Snapshot { tokens, ..self.rest.clone() }
    }
}

impl Current {
    pub fn get(&self) -> Option<Snapshot> {
        self.0.load().as_deref().map(Shared::snapshot)
    }

    /// Puts another snapshot in the place of the one that is answered.
    pub fn replace(&self, snapshot: Snapshot) -> Option<Snapshot> {
        self.0.swap(Some(Arc::new(Shared::new(snapshot)))).as_deref().map(Shared::snapshot)
    }
}

/// The copy that this thread uses.
fn place() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = NEXT.fetch_add(1, Ordering::Relaxed) % COPIES;
    }
    // While a thread ends any will do.
    PLACE.try_with(|place| *place).unwrap_or(0)
}
