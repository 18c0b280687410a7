use zeyos::rest::{Account, NewTicket, Priority, Ticket, TicketPatch, TicketStatus, account, ticket};
use zeyos::{Client, Error, Id, projection};

projection! {
    // fields: { id: "ID", title: "name", customer: "account.lastname" }
    pub struct Row from Ticket {
        pub id: Id<Ticket> = ticket::ID,
        pub title: String = ticket::NAME,
        pub customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
    }
}

// listTickets({ fields, filters: { visibility: 0, status: { IN: [0, 4] } }, sort: ["-priority", "+ID"], limit: 10 })
pub async fn list(client: &Client) -> Result<Vec<Row>, Error> {
    let open = ticket::STATUS.one_of([TicketStatus::NotStarted, TicketStatus::Active]);
    let query = Ticket::query().live().filter(open).sort([ticket::PRIORITY.desc(), ticket::ID.asc()]).limit(10);
    Ok(client.api().list_tickets(query.select::<Row>()).await?.into_inner())
}

// listTickets({ filters: { "0": ["OR", { priority: 4 }, { name: { "~~*": "%pump%" } }] }, count: true })
pub async fn count(client: &Client) -> Result<u64, Error> {
    let either = ticket::PRIORITY.eq(Priority::Highest) | ticket::NAME.icontains("pump");
    Ok(client.api().list_tickets(Ticket::query().filter(either)).count().await?.0)
}

// A loop over offset and limit until a page is short; in that client: paginate, collect.
pub async fn all(client: &Client) -> Result<Vec<Account>, Error> {
    client.api().list_accounts(Account::query().live()).stream().collect().await
}

// createTicket({ name, priority: 3 }), updateTicket({ ID, status: 4 }), deleteTicket({ ID })
pub async fn write(client: &Client) -> Result<(), Error> {
    let new = NewTicket::new("Pump seal leaks").priority(Priority::High);
    let ticket = client.api().create_ticket(new).await?.into_inner();
    let active = TicketPatch::new().status(TicketStatus::Active);
    client.api().update_ticket(ticket.id, active).await?;
    client.api().delete_ticket(ticket.id).await?;
    Ok(())
}

// try { await getTicket({ ID }) } catch (error) { if (error.status === 404) return null; throw error; }
pub async fn find(client: &Client, id: Id<Ticket>) -> Result<Option<Ticket>, Error> {
    match client.api().get_ticket(id).await {
        Ok(ticket) => Ok(Some(ticket.into_inner())),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
