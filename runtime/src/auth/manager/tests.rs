//! Renewals of one login, one after the other.

mod repeats;

use std::sync::atomic::{AtomicU32, Ordering};

use zeyos_core::TokenError;

use super::*;
use crate::SystemClock;

/// A token endpoint that cannot be reached.
#[derive(Default)]
struct Unreachable {
    tries: AtomicU32,
}

impl TokenEndpoint for Unreachable {
    fn id(&self) -> RequestId {
        RequestId::new(0, 0)
    }

    fn refresh(&self, _: Secret) -> BoxFuture<SendOutcome> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { SendOutcome::NotSent(Error::timeout("no connection")) })
    }

    fn introspect(&self, _: Secret) -> BoxFuture<Probe> {
        Box::pin(async { Probe::Unknown })
    }

    fn cleaned(&self, error: Error) -> Error {
        error
    }

    fn issue(&self) -> Option<BoxFuture<SendOutcome>> {
        None
    }
}

#[tokio::test]
async fn fault_74_a_call_that_comes_as_a_try_ends_shares_its_failure() {
    let manager = Arc::new(Manager::new(Parts {
        store: None,
        initial: Some(TokenSet::bearer("a0").with_refresh_token("r0")),
        login_id: "me".into(),
        issuers: Issuers::default(),
        clock: Arc::new(SystemClock),
        limits: RefreshLimits::default(),
        events: Events::default(),
        timeout: None,
        place: Place::default(),
    }));
    let endpoint = Arc::new(Unreachable::default());
    let generation = manager.current(None).await.unwrap().generation;
    let join = || manager.join(generation, state::RefreshReason::Due, endpoint.clone()).map(drop);
    join().unwrap();
    manager.flight_ended().await;
    // It saw no failure when it looked, and the try has ended since.
    assert_eq!(join().unwrap_err().token_error(), Some(&TokenError::NotSent));
    assert_eq!(endpoint.tries.load(Ordering::SeqCst), 1);
}
