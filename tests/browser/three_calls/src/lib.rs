//! The page that is measured: three calls with the client.

use std::error::Error;

use wasm_bindgen::prelude::*;
use zeyos::rest::{NewTicket, Ticket, TicketPatch, TicketStatus, ticket};
use zeyos::{Client, Id, projection};

projection! {
    struct Row from Ticket {
        id: Id<Ticket> = ticket::ID,
        name: String = ticket::NAME,
    }
}

/// Lists tickets, creates one and changes it.
#[wasm_bindgen]
pub async fn run(url: String) -> Result<String, JsError> {
    calls(&url).await.map_err(|error| JsError::new(&error.to_string()))
}

async fn calls(url: &str) -> Result<String, Box<dyn Error>> {
    let client = Client::builder(url).browser_session().build()?;
    let active = Ticket::query().live().filter(ticket::STATUS.eq(TicketStatus::Active)).limit(10);
    let rows = client.api().list_tickets(active.select::<Row>()).await?.into_inner();
    let names: Vec<String> = rows.into_iter().map(|row| format!("{} {}", row.id, row.name)).collect();
    let created = client.api().create_ticket(NewTicket::new("Pump seal leaks")).await?.into_inner();
    let patch = TicketPatch::new().status(TicketStatus::Active);
    let changed = client.api().update_ticket(created.id, patch).await?.into_inner();
    Ok(format!("{}\n{} {}", names.join("\n"), changed.id, changed.name))
}
