use std::collections::BTreeMap;

use zeyos::rest::{Account, ActionStep, ActionStepStatus, Ticket, TicketStatus, action_step, project, task, ticket};
use zeyos::{Client, Error, Id, projection};

projection! {
    pub struct OpenTicket from Ticket {
        pub id: Id<Ticket> = ticket::ID,
        pub name: String = ticket::NAME,
        pub status: TicketStatus = ticket::STATUS,
    }
}

projection! {
    struct Step from ActionStep {
        ticket: Option<Id<Ticket>> = action_step::TICKET,
        ticket_of_task: Option<Id<Ticket>> = action_step::TASK.then(task::TICKET),
        minutes: i64 = action_step::EFFORT,
    }
}

/// What a ticket is in when no one works on it any more.
const ENDED: [TicketStatus; 5] = [
    TicketStatus::Rejected,
    TicketStatus::Cancelled,
    TicketStatus::Completed,
    TicketStatus::Failed,
    TicketStatus::Booked,
];

/// The open tickets of a customer, each with the minutes that were spent on it.
pub async fn open_tickets(client: &Client, customer: Id<Account>) -> Result<Vec<(OpenTicket, i64)>, Error> {
    let of_customer = ticket::ACCOUNT.eq(customer) | ticket::PROJECT.then(project::ACCOUNT).eq(customer);
    let open = Ticket::query().live().filter(of_customer & ticket::STATUS.none_of(ENDED));
    let tickets = client.api().list_tickets(open.select::<OpenTicket>()).stream().collect().await?;
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.id).collect();
    let spent = minutes(client, &ids).await?;
    let with_minutes = |ticket: OpenTicket| {
        let minutes = spent.get(&ticket.id).copied().unwrap_or_default();
        (ticket, minutes)
    };
    Ok(tickets.into_iter().map(with_minutes).collect())
}

/// What was done for tickets, and for tasks of them.
async fn minutes(client: &Client, tickets: &[Id<Ticket>]) -> Result<BTreeMap<Id<Ticket>, i64>, Error> {
    let mut spent = BTreeMap::new();
    for ids in tickets.chunks(500) {
        let of_tickets = action_step::TICKET.one_of(ids) | action_step::TASK.then(task::TICKET).one_of(ids);
        let done = action_step::STATUS.one_of([ActionStepStatus::Completed, ActionStepStatus::Booked]);
        let query = ActionStep::query().filter(of_tickets & done).select::<Step>();
        let mut steps = client.api().list_action_steps(query).stream();
        while let Some(step) = steps.next().await {
            let step = step?;
            if let Some(ticket) = step.ticket.or(step.ticket_of_task) {
                *spent.entry(ticket).or_default() += step.minutes;
            }
        }
    }
    Ok(spent)
}
