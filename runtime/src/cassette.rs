//! Recorded conversations with a server, to be replayed in tests (feature `testing`).
//!
//! A [`Recorder`] stands before a transport and writes down what goes over it; a [`Player`] answers the same requests from that record,
//! without a network. A cassette is text, one JSON object a line, made to be committed: what is secret is taken out of it, and since
//! requests are compared without their secrets, a cassette still works when tokens have changed.
//!
//! Taken out are all credentials of requests, cookies, headers that no one has named, and members of requests and answers whose names
//! say that they are secret (`access_token`, `client_secret`, `password` ...), wherever else their values turn up too. What else is
//! confidential in the data of a company is not known from names: read a cassette before you commit it, and name further members
//! with [`Recorder::secret`].
//!
//! ```
//! # use std::sync::Arc;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use zeyos_runtime::cassette::{Cassette, Player, Recorder};
//! use zeyos_runtime::{HttpTransport, Transport, TransportRequest};
//!
//! let recorder = Recorder::new(HttpTransport::new()?);
//! // `ClientBuilder::transport(recorder.clone())`, calls, and at the end:
//! let text = recorder.cassette().to_string();
//!
//! let player = Player::new(Cassette::parse(&text)?);
//! // `ClientBuilder::transport(player.clone())`, and the same calls.
//! assert_eq!(player.unused(), Vec::<String>::new());
//! # Ok(())
//! # }
//! ```

mod entry;
mod mask;
mod player;
mod recorder;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use entry::Entry;

pub use player::Player;
pub use recorder::Recorder;

/// What was said between a client and a server, in its order and without secrets. Its text has one JSON object a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cassette {
    entries: Vec<Entry>,
}

impl Cassette {
    /// Reads the text of a cassette.
    ///
    /// # Errors
    /// With the number of the line that is none of a cassette.
    pub fn parse(text: &str) -> Result<Self, CassetteError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let entry = |(at, line)| Entry::parse(line).map_err(|error| CassetteError(format!("line {}: {error}", at + 1)));
        Ok(Cassette { entries: lines.map(entry).collect::<Result<_, _>>()? })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a cassette.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, CassetteError> {
        let path = path.as_ref();
        let of_file = |error: &dyn fmt::Display| CassetteError(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| of_file(&error))?;
        Cassette::parse(&text).map_err(|error| of_file(&error))
    }

    /// Writes a file, over one that is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, self.to_string())
    }

    /// How many requests are in it.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The text of the cassette.
impl fmt::Display for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.iter().try_for_each(|entry| writeln!(f, "{}", entry.line()))
    }
}

/// Why a text is not a cassette, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CassetteError(String);

impl fmt::Display for CassetteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CassetteError {}

#[cfg(test)]
mod tests;
