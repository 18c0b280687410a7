//! Changes to one record that lose no one else's: what is read is what is changed, and only what changed is sent.

mod find;
mod upsert;

use std::fmt;
use std::future::IntoFuture;

use zeyos_core::{BoxFuture, Editable, Error, Fields, Id, Json, JsonMap, MaybeSend, Stored, Versioned, stored};

use crate::Client;

pub(crate) use find::{MatchKey, find};
pub use upsert::{CreateOrUpdate, Upserted};

/// How often a change is applied to what is there now, before it is given up.
const ATTEMPTS: u32 = 5;

impl Client {
    /// Changes a record by a function of what it is now: it is fetched with its entity tag, the changes that it does not have
    /// already are sent with `If-Match`, and where someone else was faster (412), the function is applied to what is there then,
    /// five times at most.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let zeyos = zeyos_emulator::Emulator::start().await?;
    /// # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
    /// use zeyos::rest::{NewTicket, Ticket, TicketPatch};
    /// use zeyos::{Client, TokenSet};
    ///
    /// let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
    /// let id = client.api().create_ticket(NewTicket::new("Pump")).await?.id;
    /// let edited = client.edit(id, |ticket: &Ticket| TicketPatch::new().name(format!("{} leaks", ticket.name))).await?;
    /// assert_eq!((edited.record.name.as_str(), edited.was_sent), ("Pump leaks", true));
    /// # Ok(())
    /// # }
    /// ```
    pub fn edit<T, F>(&self, id: Id<T>, change: F) -> Edit<T, F>
    where
        T: Editable,
        F: FnMut(&T) -> T::Patch + MaybeSend + 'static,
    {
        Edit { client: self.clone(), id, change, attempts: ATTEMPTS }
    }
}

/// A change that is carried out when it is awaited: see [`Client::edit`].
#[must_use = "nothing is changed until it is awaited"]
pub struct Edit<T, F> {
    client: Client,
    id: Id<T>,
    change: F,
    attempts: u32,
}

/// A record as it is after a change.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Edited<T> {
    /// The record.
    pub record: T,
    /// Its entity tag.
    pub etag: String,
    /// Whether anything was sent: not where the record had all of it already.
    pub was_sent: bool,
}

impl<T, F> Edit<T, F> {
    /// How often the change is applied at most, from 1 on; five times unless this says otherwise.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }
}

impl<T, F> Edit<T, F>
where
    T: Editable,
    F: FnMut(&T) -> T::Patch + MaybeSend + 'static,
{
    async fn carry_out(mut self) -> Result<Edited<T>, Error> {
        let mut current = T::get(&self.client, self.id).versioned().await?.into_inner();
        loop {
            let mut changes: Fields = (self.change)(&current.value).into();
            changes.retain_changes(&members(&current.value)?);
            if changes.is_empty() {
                return Ok(Edited::of(current, false));
            }
            let error = match updated(&self.client, self.id, changes.clone(), &current.etag).await {
                Ok(updated) => return Ok(Edited::of(updated, true)),
                Err(error) => error,
            };
            self.attempts -= 1;
            if !error.is_precondition_failed() || (self.attempts == 0 && !error.may_already_be_applied()) {
                return Err(error);
            }
            current = T::get(&self.client, self.id).versioned().await?.into_inner();
            if error.may_already_be_applied() {
                // The other writer may be this call: a change that depends on what was there must not be made twice.
                let is_applied = changes.are_in(&members(&current.value)?);
                return if is_applied { Ok(Edited::of(current, true)) } else { Err(error) };
            }
        }
    }
}

impl<T, F> IntoFuture for Edit<T, F>
where
    T: Editable,
    F: FnMut(&T) -> T::Patch + MaybeSend + 'static,
{
    type Output = Result<Edited<T>, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.carry_out())
    }
}

impl<T> Edited<T> {
    pub(crate) fn of(version: Versioned<T>, was_sent: bool) -> Self {
        Edited { record: version.value, etag: version.etag, was_sent }
    }
}

/// Without the change, which may hold anything.
impl<T, F> fmt::Debug for Edit<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").field("id", &self.id).field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

/// Sends changes to a record that still has this entity tag.
pub(crate) async fn updated<T: Editable>(
    client: &Client,
    id: Id<T>,
    changes: Fields,
    etag: &str,
) -> Result<Versioned<T>, Error> {
    let answer = stored::update(client, id, changes).if_match(etag).versioned().await?;
    Ok(answer.into_inner())
}

/// A record as it stands on the wire.
///
/// # Errors
/// Never, as far as is known: what was read can be written.
pub(crate) fn members<T: Stored>(record: &T) -> Result<JsonMap, Error> {
    match serde_json::to_value(record) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(_) => Err(Error::request("a record is written as an object")),
        Err(error) => Err(Error::request(error)),
    }
}
