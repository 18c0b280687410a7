//! What is asked of ZeyOS as the user who is signed in.

use zeyos::rest::{Ticket, TicketStatus, ticket};
use zeyos::{Client, Error, projection};

/// How many tickets are shown.
const MOST: u32 = 5;

projection! {
    /// A ticket as the list shows it.
    pub(crate) struct TicketRow from Ticket {
        pub number: String = ticket::TICKETNUM,
        pub name: String = ticket::NAME,
        pub status: TicketStatus = ticket::STATUS,
    }
}

pub(crate) struct Overview {
    pub name: String,
    pub tickets: Vec<TicketRow>,
}

impl Overview {
    /// The name of the user, and the tickets that this user may see.
    pub(crate) async fn of(user: &Client) -> Result<Self, Error> {
        let newest = Ticket::query().live().sort([ticket::LASTMODIFIED.desc(), ticket::ID.desc()]).limit(MOST);
        let tickets = user.api().list_tickets(newest.select::<TicketRow>());
        let flows = user.oauth2();
        let (info, tickets) = tokio::try_join!(flows.user_info(), tickets.into_future())?;
        Ok(Overview { name: info.name, tickets: tickets.into_inner() })
    }
}
