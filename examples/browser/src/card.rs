//! A ticket as the board shows it.

use web_sys::Element;
use zeyos::rest::{Priority, Ticket, TicketStatus, account, ticket};
use zeyos::{Id, projection};

use crate::page::{Outcome, Page, part, refused};

projection! {
    /// The columns that a card needs, and no other.
    #[derive(Clone)]
    pub(crate) struct Card from Ticket {
        pub(crate) id: Id<Ticket> = ticket::ID,
        pub(crate) name: String = ticket::NAME,
        pub(crate) status: TicketStatus = ticket::STATUS,
        pub(crate) priority: Priority = ticket::PRIORITY,
        pub(crate) customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
    }
}

impl Card {
    /// The element that shows it.
    pub(crate) fn element(&self, page: &Page) -> Outcome<Element> {
        let element = page.copy("#card-template")?;
        element.set_id(&format!("ticket-{}", self.id));
        element.set_attribute("data-id", &self.id.to_string()).map_err(refused)?;
        part(&element, "h3")?.set_text_content(Some(&self.name));
        part(&element, ".customer")?.set_text_content(self.customer.as_deref());
        part(&element, ".priority")?.set_text_content(urgency(self.priority));
        // Read alone, one button is like the other.
        let label = format!("Move {}", self.name);
        part(&element, "button")?.set_attribute("aria-label", &label).map_err(refused)?;
        Ok(element)
    }
}

/// Ordinary urgency is not worth a line.
fn urgency(priority: Priority) -> Option<&'static str> {
    match priority {
        Priority::Highest => Some("Highest priority"),
        Priority::High => Some("High priority"),
        Priority::Low => Some("Low priority"),
        Priority::Lowest => Some("Lowest priority"),
        _ => None,
    }
}
