//! Names for the calls of a client: random digits and a number, so that a name costs no random bytes of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use zeyos_core::RequestId;

use crate::runtime::OfProcess;

/// The names of the calls of one client. A forked child has others.
#[derive(Debug, Default)]
pub(crate) struct RequestIds(OfProcess<Series>);

#[derive(Debug)]
struct Series {
    client: u64,
    next: AtomicU64,
}

impl Default for Series {
    fn default() -> Self {
        let mut client = [0; 8];
        // Without random bytes the names are those of every other client, which costs nothing but clarity.
        let _ = getrandom::fill(&mut client);
        Series { client: u64::from_le_bytes(client), next: AtomicU64::new(1) }
    }
}

impl RequestIds {
    /// The name of the next call.
    pub(crate) fn next(&self) -> RequestId {
        let series = self.0.get();
        RequestId::new(series.client, series.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// The name as a header has it.
pub(crate) fn header_value(id: RequestId) -> Option<HeaderValue> {
    HeaderValue::try_from(id.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_calls_of_any_client_have_one_name() {
        let clients = [RequestIds::default(), RequestIds::default()];
        let names: HashSet<String> = (0..200).map(|call| clients[call % 2].next().to_string()).collect();
        assert_eq!(names.len(), 200);
        assert!(names.iter().all(|name| name.len() > 17 && name.is_ascii()));
    }
}
