//! Answers from a cassette.

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use zeyos_core::BoxFuture;

use super::Cassette;
use super::entry::{Asked, Entry};
use super::mask::Mask;
use super::recorder::asked;
use crate::transport::{Transport, TransportError, TransportRequest};

/// A transport that answers from a cassette and opens no connection. Clones play the same one.
///
/// A request gets the first answer that was not played yet of those to the same request: method, path, query, body, and the headers
/// that an answer depends on; credentials and other secrets are not compared, and neither is the host. Requests that differ may come in
/// another order than they were recorded in. A request that the cassette does not have is refused before it is sent, in words that name
/// the first difference to the nearest one.
#[derive(Clone)]
pub struct Player(Arc<Mutex<Playing>>);

struct Playing {
    /// With whether it was played.
    entries: Vec<(Entry, bool)>,
    mask: Mask,
}

impl Player {
    /// Plays this cassette.
    pub fn new(cassette: Cassette) -> Self {
        let mut mask = Mask::default();
        // A client sends them again as the secrets that it got.
        cassette.entries.iter().for_each(|entry| entry.came.learn_stand_ins(&mut mask));
        let entries = cassette.entries.into_iter().map(|entry| (entry, false)).collect();
        Player(Arc::new(Mutex::new(Playing { entries, mask })))
    }

    /// As [`Recorder::secret`](super::Recorder::secret), for the comparison of requests: the same names as at the recording.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.playing().mask.name(name);
        self
    }

    /// The requests that no one has sent, as method and path: at the end of a test, what it no longer does.
    pub fn unused(&self) -> Vec<String> {
        let playing = self.playing();
        let unused = playing.entries.iter().filter(|(_, is_played)| !is_played);
        unused.map(|(Entry { asked, .. }, _)| format!("{} {}", asked.method, asked.path)).collect()
    }

    fn playing(&self) -> MutexGuard<'_, Playing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player").field("unused", &self.unused()).finish()
    }
}

impl Transport for Player {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        Box::pin(ready(self.playing().answer(&request)))
    }
}

impl Playing {
    fn answer(&mut self, request: &TransportRequest) -> Result<http::Response<Bytes>, TransportError> {
        // What its body names as a secret may stand in its path too.
        asked(&mut self.mask, &request.request);
        let asked = asked(&mut self.mask, &request.request);
        let found = self.entries.iter_mut().find(|(entry, is_played)| !is_played && entry.asked == asked);
        let Some((entry, is_played)) = found else { return Err(TransportError::unsendable(self.missing(&asked))) };
        *is_played = true;
        entry.came.again().and_then(|answer| match answer.body().len() > request.max_body {
            true => Err(TransportError::too_large(request.max_body)),
            false => Ok(answer),
        })
    }

    /// What is to be said of a request that the cassette does not have.
    fn missing(&self, asked: &Asked) -> String {
        let Asked { method, path, headers, body } = asked;
        let said = format!("the cassette has no answer to {method} {path}");
        let of_path = |known: &&(Entry, bool)| known.0.asked.method == *method && known.0.asked.path == *path;
        let known: Vec<_> = self.entries.iter().filter(of_path).collect();
        let reason = match known.iter().find(|(_, is_played)| !is_played).or(known.first()) {
            None => "none was recorded for this path",
            Some((entry, _)) if entry.asked.body != *body => "one to another body was recorded",
            Some((entry, _)) if entry.asked.headers != *headers => "one to other headers was recorded",
            Some(_) => "all that were recorded have been played",
        };
        format!("{said}: {reason}; record it anew, or check what the program sends")
    }
}
