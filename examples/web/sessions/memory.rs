//! Sessions in memory: gone with the program.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use zeyos::{Identity, Json, MemoryTokenStore};

use super::{LOGIN_LIFE, Later, SESSION_LIFE, SessionStore};

#[derive(Default)]
pub(super) struct Memory(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    logins: HashMap<String, (Json, Instant)>,
    /// When each ends.
    sessions: HashMap<String, Instant>,
}

impl Memory {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for Memory {
    fn keep_login<'a>(&'a self, key: &'a str, login: &'a Json) -> Later<'a, ()> {
        let until = Instant::now() + LOGIN_LIFE;
        self.contents().logins.insert(key.to_owned(), (login.clone(), until));
        Box::pin(ready(Ok(())))
    }

    fn take_login<'a>(&'a self, key: &'a str) -> Later<'a, Option<Json>> {
        let taken = self.contents().logins.remove(key);
        Box::pin(ready(Ok(taken.filter(|(_, until)| *until > Instant::now()).map(|(login, _)| login))))
    }

    fn identity<'a>(&'a self, _: &'a str) -> Later<'a, Identity> {
        Box::pin(ready(Ok(Identity::stored_in(MemoryTokenStore::default()))))
    }

    fn add<'a>(&'a self, key: &'a str) -> Later<'a, ()> {
        self.contents().sessions.insert(key.to_owned(), Instant::now() + SESSION_LIFE);
        Box::pin(ready(Ok(())))
    }

    fn is_live<'a>(&'a self, key: &'a str) -> Later<'a, bool> {
        let is_live = self.contents().sessions.get(key).is_some_and(|until| *until > Instant::now());
        Box::pin(ready(Ok(is_live)))
    }

    fn remove<'a>(&'a self, key: &'a str) -> Later<'a, bool> {
        let was_live = self.contents().sessions.remove(key).is_some();
        Box::pin(ready(Ok(was_live)))
    }

    fn remove_overdue(&self) -> Later<'_, Vec<String>> {
        let (now, mut contents) = (Instant::now(), self.contents());
        contents.logins.retain(|_, (_, until)| *until > now);
        let overdue = contents.sessions.extract_if(|_, until| *until <= now).map(|(key, _)| key).collect();
        Box::pin(ready(Ok(overdue)))
    }
}
