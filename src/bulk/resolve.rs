//! Resolves writes whose answer was lost. It only reads.

use std::time::Duration;

use zeyos_core::{Editable, Error, Fields, Id, Stored, Versioned};

use super::Outcome;
use crate::Client;
use crate::edit::{MatchKey, find, members};

/// Looks within a settle time: at once, and after waits that double.
const LOOKS: u32 = 4;

/// Whether a write that failed so was certainly not carried out.
pub(super) fn is_certain(error: &Error) -> bool {
    let refused = |status: u16| (400..500).contains(&status) && !matches!(status, 408 | 429);
    let has_refused = error.status().is_some_and(|status| refused(status.as_u16())) || error.is_validation();
    // The refusal of a repeat says nothing of the attempts before it, which may have been carried out without an answer.
    !error.may_have_been_sent() || (has_refused && error.attempts() == 1)
}

/// The waits between looks.
struct Waits<'a> {
    client: &'a Client,
    time: Duration,
    looks: u32,
}

impl<'a> Waits<'a> {
    fn within(client: &'a Client, time: Duration) -> Self {
        Waits { client, time, looks: 0 }
    }

    /// Waits before another look, unless the time is over: 1, 2, 4 and 8 fifteenths of it.
    async fn pass(&mut self) -> bool {
        if self.looks == LOOKS || self.time.is_zero() {
            return false;
        }
        let part = f64::from(1 << self.looks) / f64::from((1 << LOOKS) - 1);
        self.looks += 1;
        self.client.sleep(self.time.mul_f64(part)).await;
        true
    }
}

/// The record with the key, once there is one.
pub(super) async fn created<T: Stored>(client: &Client, time: Duration, key: &MatchKey) -> Result<Option<T>, Error> {
    let mut waits = Waits::within(client, time);
    loop {
        let mut found = find::<T>(client, key).await?;
        if found.len() > 1 {
            return Err(Error::request(format!("several {} have the same {}", T::RESOURCE, key.column)));
        }
        if !found.is_empty() || !waits.pass().await {
            return Ok(found.pop());
        }
    }
}

/// The record once it has all of these members.
pub(super) async fn changed<T: Editable>(
    client: &Client,
    time: Duration,
    id: Id<T>,
    fields: &Fields,
) -> Result<Option<Versioned<T>>, Error> {
    let mut waits = Waits::within(client, time);
    loop {
        let version = T::get(client, id).versioned().await?.into_inner();
        if fields.are_in(&members(&version.value)?) {
            return Ok(Some(version));
        }
        if !waits.pass().await {
            return Ok(None);
        }
    }
}

/// Whether the record is gone.
pub(super) async fn gone<T: Stored>(client: &Client, time: Duration, id: Id<T>) -> Result<bool, Error> {
    let mut waits = Waits::within(client, time);
    loop {
        match T::get(client, id).await {
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(error),
            Ok(_) if waits.pass().await => {}
            Ok(_) => return Ok(false),
        }
    }
}

/// The outcome of a write after its lost answer was looked into.
pub(super) fn resolved<R>(found: Result<Option<R>, Error>, lost: Error) -> Outcome<R> {
    match found {
        Ok(Some(record)) => Outcome::Done(record),
        // Why it could not be found out is said by the calls; what the caller has to know is which write it was.
        Ok(None) | Err(_) => Outcome::Unknown(lost),
    }
}
