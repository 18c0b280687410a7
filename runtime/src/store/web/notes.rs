//! Notes for copies of a storage: the newest generation of each login. Their names are fingerprints and reveal no token.

use zeyos_core::Timestamp;

use super::area::Area;
use crate::store::StoreError;

/// How long a note is kept that no one renews, in seconds: as long as a refresh token lives. Nothing can be spent twice after that.
const KEPT: i64 = 100 * 24 * 60 * 60;
/// How long a fingerprint is.
const NAME: usize = 32;

/// The storage that all copies see, and what time it is.
#[derive(Clone, Copy)]
pub(super) struct Notes<'a> {
    pub area: &'a dyn Area,
    pub now: Timestamp,
}

impl Notes<'_> {
    /// The newest generation that was noted; 0 if none was.
    pub(super) fn newest(self, name: &str) -> u64 {
        self.note(name).map_or(0, |(generation, _)| generation)
    }

    fn note(self, name: &str) -> Option<(u64, Timestamp)> {
        let text = self.area.get(name).ok()??;
        let (generation, since) = text.split_once(' ')?;
        Some((generation.parse().ok()?, Timestamp::from_unix(since.parse().ok()?)))
    }

    /// Notes this generation, whatever was noted before.
    pub(super) fn set(self, name: &str, generation: u64) -> Result<(), StoreError> {
        self.area.set(name, &format!("{generation} {}", self.now.as_unix()))
    }

    /// Notes this generation, unless a newer one was noted.
    pub(super) fn raise(self, name: &str, generation: u64) -> Result<(), StoreError> {
        self.set(name, generation.max(self.newest(name)))
    }

    /// Removes the notes with this beginning that are too old to be of use.
    pub(super) fn drop_old(self, beginning: &str) -> Result<(), StoreError> {
        let is_name = |rest: &str| rest.len() == NAME && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        for name in self.area.names()? {
            let is_old = |(_, since)| self.now.seconds_since(since) > KEPT;
            if name.strip_prefix(beginning).is_some_and(is_name) && self.note(&name).is_some_and(is_old) {
                self.area.remove(&name)?;
            }
        }
        Ok(())
    }
}
