//! The login registry of a client: which logins were finished, and the subject of the current one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use zeyos_core::{Secret, Timestamp};

use crate::bits::sha256;

/// Shared by all clones of a client.
#[derive(Default)]
pub(crate) struct LoginRegistry(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    /// Grows with every sign-in and every change of the tokens by the caller.
    login: u64,
    /// The user of the login in use, and the name of that login in the store.
    subject: Option<(Option<String>, String)>,
    /// Hashes of the states of finished logins, until these would have expired anyway.
    used: Vec<(Timestamp, [u8; 32])>,
}

impl LoginRegistry {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tokens are other ones than those of the last login: of another user, perhaps.
    pub(crate) fn begin(&self) {
        let mut memory = self.memory();
        memory.login += 1;
        memory.subject = None;
    }

    /// The number of the login in use, for [`is_same_subject`](LoginRegistry::is_same_subject).
    pub(crate) fn login(&self) -> u64 {
        self.memory().login
    }

    /// Whether the user of this login is the one of its first profile (OpenID Connect Core, section 5.3.2). A profile that was
    /// asked for before a newer login began says nothing about it, and neither does the one of a login that another process made.
    pub(crate) fn is_same_subject(&self, login: u64, name: Option<String>, subject: &str) -> bool {
        let mut memory = self.memory();
        if memory.login != login {
            return true;
        }
        match &memory.subject {
            Some((pinned, known)) if *pinned == name => known == subject,
            _ => {
                memory.subject = Some((name, subject.to_owned()));
                true
            }
        }
    }

    /// Marks the login with this state as finished; whether it was not before.
    pub(crate) fn finish(&self, state: &Secret, ends: Timestamp, now: Timestamp) -> bool {
        let hash = sha256(&[state.expose().as_bytes()]);
        let mut memory = self.memory();
        memory.used.retain(|(ends, _)| *ends >= now);
        let is_new = memory.used.iter().all(|(_, used)| *used != hash);
        memory.used.push((ends, hash));
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[test]
    fn a_late_profile_of_an_earlier_login_is_not_pinned() {
        let registry = LoginRegistry::default();
        let earlier = registry.login();
        registry.begin();
        let name = || Some("the login".to_owned());
        assert!(registry.is_same_subject(earlier, name(), "7"));
        assert!(registry.is_same_subject(registry.login(), name(), "8"));
        assert!(!registry.is_same_subject(registry.login(), name(), "7"));
        assert!(registry.is_same_subject(registry.login(), Some("of another process".to_owned()), "7"));
    }

    #[test]
    fn finished_logins_are_forgotten_when_they_would_have_expired() {
        let registry = LoginRegistry::default();
        let later = |seconds| Timestamp::from_unix(NOW.as_unix() + seconds);
        assert!(registry.finish(&"one".into(), later(600), NOW));
        assert!(!registry.finish(&"one".into(), later(600), later(600)));
        assert!(registry.finish(&"two".into(), later(1300), later(700)));
        assert_eq!(registry.memory().used.len(), 1);
    }
}
