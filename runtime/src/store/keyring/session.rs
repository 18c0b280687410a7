//! The session with the keyring: reads and writes entries on the thread of the store.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};

use super::worker::{Open, unavailable};
use crate::bits::excerpt;
use crate::store::{StoreError, StoreErrorKind};

/// The keyring, opened when it is first needed and again after a failure.
pub(super) struct KeyringSession {
    open: Open,
    opened: Option<Arc<CredentialStore>>,
}

impl KeyringSession {
    pub(super) fn new(open: Open) -> Self {
        KeyringSession { open, opened: None }
    }

    pub(super) fn forget(&mut self) {
        self.opened = None;
    }

    /// The value of an entry, also where the keyring calls it malformed.
    pub(super) fn get(&mut self, service: &str, user: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.entry(service, user).and_then(|entry| entry.get_secret()) {
            Ok(value) | Err(Error::BadEncoding(value) | Error::BadDataFormat(value, _)) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    pub(super) fn set(&mut self, service: &str, user: &str, value: &[u8]) -> Result<(), StoreError> {
        let done = self.entry(service, user).and_then(|entry| entry.set_secret(value));
        done.map_err(|error| self.failed("written", &error))
    }

    pub(super) fn remove(&mut self, service: &str, user: &str) -> Result<(), StoreError> {
        match self.entry(service, user).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(self.failed("cleared", &error)),
        }
    }

    fn entry(&mut self, service: &str, user: &str) -> keyring_core::Result<Entry> {
        if self.opened.is_none() {
            self.opened = Some((self.open)()?);
        }
        match &self.opened {
            Some(keyring) => keyring.build(service, user, None),
            None => Err(Error::NoDefaultStore),
        }
    }

    /// Our words for a failure. The error itself may hold the bytes of an entry, so it goes no further.
    fn failed(&mut self, what: &str, error: &Error) -> StoreError {
        // A connection that failed once is made anew for the next call.
        self.forget();
        match error {
            Error::NoStorageAccess(cause) => unavailable(&format!(
                "the keyring could not be {what}, it may be locked; unlock it and try again: {}",
                excerpt(&cause.to_string())
            )),
            Error::PlatformFailure(cause) => unavailable(&format!(
                "the keyring could not be {what}; is its service running? {}",
                excerpt(&cause.to_string())
            )),
            Error::NoDefaultStore | Error::NotSupportedByStore(_) => {
                unavailable("this system has no keyring that the store can use; keep the tokens in another store")
            }
            Error::TooLong(_, most) => {
                StoreError::message(format!("the keyring takes no more than {most} characters in an entry"))
                    .of_kind(StoreErrorKind::NotWritable)
            }
            Error::Ambiguous(found) => StoreError::message(format!(
                "the keyring has {} entries for this service and user; remove all but one",
                found.len()
            )),
            _ => StoreError::message(format!("the keyring could not be {what}")),
        }
    }
}
