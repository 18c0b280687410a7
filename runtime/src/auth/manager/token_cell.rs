//! The token cell: the tokens in use, which every request reads without a lock and without a reference count that all cores share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwapOption;

use super::state::Snapshot;
use crate::TokenSet;

/// The number of copies, each for one group of threads.
const COPIES: usize = 8;

/// The tokens in use; empty until the store was read.
pub(super) struct TokenCell {
    shared: ArcSwapOption<Shared>,
    copies: usize,
}

/// A snapshot with its tokens once for each group of threads. Every copy is wiped when it is dropped, like the first.
struct Shared {
    rest: Snapshot,
    tokens: Vec<Arc<TokenSet>>,
}

impl Shared {
    fn new(snapshot: Snapshot, copies: usize) -> Self {
        let Snapshot { tokens, .. } = &snapshot;
        let further = |tokens: &Arc<TokenSet>| (1..copies).map(|_| Arc::new(TokenSet::clone(tokens))).collect();
        let mut copies: Vec<Arc<TokenSet>> = tokens.as_ref().map(further).unwrap_or_default();
        copies.extend(tokens.clone());
        Shared { tokens: copies, rest: Snapshot { tokens: None, ..snapshot } }
    }

    fn snapshot(&self) -> Snapshot {
        let tokens = match self.tokens.as_slice() {
            [] => None,
            [only] => Some(Arc::clone(only)),
            copies => Some(Arc::clone(&copies[place() % copies.len()])),
        };
        Snapshot { tokens, ..self.rest.clone() }
    }
}

impl Default for TokenCell {
    fn default() -> Self {
        TokenCell { shared: ArcSwapOption::empty(), copies: COPIES }
    }
}

impl TokenCell {
    /// The tokens of one of many users, of whom each has few calls at a time: there is one copy.
    pub(super) fn of_many() -> Self {
        TokenCell { copies: 1, ..TokenCell::default() }
    }

    pub(super) fn get(&self) -> Option<Snapshot> {
        self.shared.load().as_deref().map(Shared::snapshot)
    }

    /// Puts another snapshot in the place of the one that is answered.
    pub(super) fn replace(&self, snapshot: Snapshot) -> Option<Snapshot> {
        self.shared.swap(Some(Arc::new(Shared::new(snapshot, self.copies)))).as_deref().map(Shared::snapshot)
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
