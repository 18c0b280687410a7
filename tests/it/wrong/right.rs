//! A right program, which tells whether a build of zeyos can be used.

use zeyos::rest::{Ticket, TicketStatus, ticket};
use zeyos::{Client, Error, HttpSettings};

/// Lists what is open.
pub async fn open(client: &Client, _: HttpSettings) -> Result<Vec<Ticket>, Error> {
    let query = Ticket::query().filter(ticket::STATUS.eq(TicketStatus::Active));
    Ok(client.api().list_tickets(query).await?.into_inner())
}
