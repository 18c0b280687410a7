//! A record that is created if it is not there, and changed if it is.

use std::fmt;
use std::future::IntoFuture;

use zeyos_core::{BoxFuture, Column, Editable, Error, Fields, stored};

use super::find::{MatchKey, find, path};
use super::{members, updated};
use crate::Client;

impl Client {
    /// Creates a record, unless there is one with the same value in this column: then what differs is changed there, with `If-Match`.
    ///
    /// The column is one that tells records apart, such as a number that the caller's own system gives. The server keeps the two steps
    /// apart: where two programs do this at the same moment, both may find nothing and create one each, unless the column is unique on the
    /// server. What creates a view of the record fits as well.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let zeyos = zeyos_emulator::Emulator::start().await?;
    /// # let (url, token) = (zeyos.url().to_owned(), zeyos.credentials().access_token.clone());
    /// use zeyos::rest::{NewTicket, Ticket, ticket};
    /// use zeyos::{Client, TokenSet, Upserted};
    ///
    /// let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
    /// for (name, is_new) in [("Pump", true), ("Pump leaks", false)] {
    ///     let new = NewTicket::new(name).ticketnum("EXT-1");
    ///     let upserted: Upserted<Ticket> = client.create_or_update_by(ticket::TICKETNUM, new).await?;
    ///     assert_eq!((matches!(upserted, Upserted::Created(_)), upserted.record().name.as_str()), (is_new, name));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_or_update_by<T: Editable, V, K>(
        &self,
        column: Column<T, V, K>,
        new: impl Into<T::New>,
    ) -> CreateOrUpdate<T> {
        CreateOrUpdate { client: self.clone(), column: path(column), new: new.into() }
    }
}

/// What is carried out when it is awaited: see [`Client::create_or_update_by`].
///
/// # Errors
/// Those of the calls; and where the column is not set or several records have the value, without anything being written.
#[must_use = "nothing is written until it is awaited"]
pub struct CreateOrUpdate<T: Editable> {
    client: Client,
    column: String,
    new: T::New,
}

/// A record that is there now, and how it came there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Upserted<T> {
    /// There was none.
    Created(T),
    /// There was one, and something of it was changed.
    Updated(T),
    /// There was one that had all of it already.
    Unchanged(T),
}

impl<T> Upserted<T> {
    /// The record as it is now.
    pub fn record(&self) -> &T {
        match self {
            Upserted::Created(record) | Upserted::Updated(record) | Upserted::Unchanged(record) => record,
        }
    }
}

impl<T: Editable> CreateOrUpdate<T> {
    async fn carry_out(self) -> Result<Upserted<T>, Error> {
        let client = self.client;
        let mut fields: Fields = self.new.into();
        let key = MatchKey::of::<T>(&self.column, &fields)?;
        let id = match find::<T>(&client, &key).await?.as_slice() {
            [] => return Ok(Upserted::Created(stored::create::<T>(&client, fields).await?.into_inner())),
            [one] => one.id(),
            several => {
                let ids: Vec<String> = several.iter().map(|record| record.id().to_string()).collect();
                let (column, ids) = (self.column, ids.join(" and "));
                return Err(Error::request(format!("{} {ids} have the same {column}", T::RESOURCE)));
            }
        };
        let current = T::get(&client, id).versioned().await?.into_inner();
        fields.retain_changes(&members(&current.value)?);
        if fields.is_empty() {
            return Ok(Upserted::Unchanged(current.value));
        }
        Ok(Upserted::Updated(updated(&client, id, fields, &current.etag).await?.value))
    }
}

impl<T: Editable> IntoFuture for CreateOrUpdate<T> {
    type Output = Result<Upserted<T>, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.carry_out())
    }
}

/// Without the members, which may hold anything.
impl<T: Editable> fmt::Debug for CreateOrUpdate<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateOrUpdate").field("column", &self.column).finish_non_exhaustive()
    }
}
