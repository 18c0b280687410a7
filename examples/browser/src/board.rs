//! What happens on the board: it is loaded, a card is moved, and the server may know better.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{DragEvent, Element, Event};
use zeyos::rest::{Ticket, TicketPatch, TicketStatus, ticket};
use zeyos::{Client, Error, Id};

use crate::card::Card;
use crate::choice;
use crate::page::{Outcome, Page, part, refused, within};
use crate::status::{self, COLUMNS};

/// More cards than this no one moves by hand.
const MOST: u32 = 200;

pub(crate) struct Board {
    client: Client,
    page: Page,
    cards: RefCell<Vec<Card>>,
}

/// How a move ended.
enum Moved {
    Done,
    /// Someone else has moved it since the page was loaded, to this state.
    Elsewhere(TicketStatus),
}

impl Board {
    pub(crate) fn new(client: Client, page: Page) -> Self {
        Board { client, page, cards: RefCell::default() }
    }

    /// Fetches the tickets and shows them.
    pub(crate) async fn load(&self) {
        let outcome = async {
            self.page.write("#user", &self.client.oauth2().user_info().await?.preferred_username);
            self.client.api().list_tickets(query()).await
        };
        let shown = match outcome.await {
            Ok(rows) => self.show(rows.into_inner()),
            Err(error) => {
                self.fail("The tickets cannot be shown", &error);
                Ok(())
            }
        };
        if shown.is_err() {
            self.page.tell_failure("This page does not fit its program.");
        }
        let _ = self.page.first("#board").map(|board| board.remove_attribute("aria-busy"));
    }

    fn show(&self, cards: Vec<Card>) -> Outcome {
        let board = self.page.first("#board")?;
        for (index, (_, label)) in COLUMNS.into_iter().enumerate() {
            let column = self.page.copy("#column-template")?;
            column.set_id(&format!("column-{index}"));
            column.set_attribute("aria-label", label).map_err(refused)?;
            part(&column, ".label")?.set_text_content(Some(label));
            board.append_child(&column).map_err(refused)?;
        }
        choice::fill(&self.page)?;
        for card in &cards {
            self.place(&card.element(&self.page)?, card.status)?;
        }
        self.page.tell(&match cards.len() {
            most if most >= MOST as usize => format!("The {MOST} most urgent open tickets; there may be more."),
            all => format!("{all} open tickets."),
        });
        self.cards.replace(cards);
        Ok(())
    }

    /// Puts a card into the column of a state; from the board, if it has none.
    fn place(&self, element: &Element, status: TicketStatus) -> Outcome {
        match COLUMNS.iter().position(|(known, _)| *known == status) {
            Some(index) => {
                let list = self.page.first(&format!("#column-{index} ul"))?;
                list.prepend_with_node_1(element).map_err(refused)?;
            }
            None => element.remove(),
        }
        for (index, _) in COLUMNS.iter().enumerate() {
            let column = self.page.first(&format!("#column-{index}"))?;
            let count = part(&column, "ul")?.child_element_count();
            part(&column, ".count")?.set_text_content(Some(&count.to_string()));
        }
        Ok(())
    }

    fn card(&self, id: Id<Ticket>) -> Option<Card> {
        self.cards.borrow().iter().find(|card| card.id == id).cloned()
    }

    /// Shows the card in its new column at once, and where it belongs when the server has spoken.
    async fn move_to(&self, id: Id<Ticket>, status: TicketStatus) -> Outcome {
        let Some(card) = self.card(id).filter(|card| card.status != status) else { return Ok(()) };
        let element = self.page.first(&format!("#ticket-{id}"))?;
        if element.has_attribute("aria-busy") {
            // What the server makes of the first move is not known yet, and the second would go by what the card was before it.
            self.page.tell(&format!("{} is still being moved.", card.name));
            return Ok(());
        }
        self.place(&element, status)?;
        element.set_attribute("aria-busy", "true").map_err(refused)?;
        let is_now = match self.update(&card, status).await {
            Ok(Moved::Done) => {
                self.page.tell(&format!("{} is now: {}.", card.name, status::label(status)));
                status
            }
            Ok(Moved::Elsewhere(other)) => {
                self.page.tell_failure(&elsewhere(&card, other));
                other
            }
            Err(error) => {
                self.fail(&format!("{} was not moved", card.name), &error);
                card.status
            }
        };
        self.cards.borrow_mut().iter_mut().filter(|card| card.id == id).for_each(|card| card.status = is_now);
        element.remove_attribute("aria-busy").map_err(refused)?;
        self.place(&element, is_now)?;
        // To move an element takes the focus from it.
        part(&element, "button")?.focus().map_err(refused)
    }

    /// Changes the ticket if it still is as the page shows it: nothing that someone else has done is overwritten.
    async fn update(&self, card: &Card, status: TicketStatus) -> Result<Moved, Error> {
        let api = self.client.api();
        let current = api.get_ticket(card.id).versioned().await?.into_inner();
        if current.value.status != card.status {
            return Ok(Moved::Elsewhere(current.value.status));
        }
        let patch = TicketPatch::new().status(status);
        match api.update_ticket(card.id, patch).if_match(&current.etag).await {
            Ok(_) => Ok(Moved::Done),
            Err(error) if error.is_precondition_failed() => {
                Ok(Moved::Elsewhere(api.get_ticket(card.id).await?.into_inner().status))
            }
            Err(error) => Err(error),
        }
    }

    fn fail(&self, what: &str, error: &Error) {
        if error.is_auth() {
            let _ = self.page.html("#sign-in").map(|hint| hint.set_hidden(false));
        }
        self.page.tell_failure(&format!("{what}: {error}."));
    }
}

/// What to say when someone else was faster.
fn elsewhere(card: &Card, is_now: TicketStatus) -> String {
    if is_now == card.status {
        return format!("{} was changed by someone else just now; move it once more.", card.name);
    }
    format!("{} was moved by someone else, to: {}.", card.name, status::label(is_now))
}

fn query() -> zeyos::Query<Ticket, Card> {
    let open = Ticket::query().live().filter(ticket::STATUS.one_of(status::open()));
    open.sort([ticket::PRIORITY.asc(), ticket::ID.desc()]).limit(MOST).select()
}

/// Has the board learn of what is done on the page.
pub(crate) fn listen(board: &Rc<Board>) {
    on(board, "#board", "click", |board, event| {
        let card = within(event, ".card button").and_then(|button| board.card(card_id(&button)?));
        if let Some(card) = card {
            let _ = choice::ask(&board.page, &card);
        }
    });
    on(board, "#move", "close", |board, _| {
        if let Some((id, status)) = choice::chosen(&board.page) {
            begin_move(board, id, status);
        }
    });
    on(board, "#reload", "click", |board, _| board.page.reload());
    on(board, "#board", "dragstart", |_, event| {
        let transfer = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer);
        if let (Some(transfer), Some(id)) = (transfer, within(event, ".card").and_then(|card| card_id(&card))) {
            let _ = transfer.set_data("text/plain", &id.to_string());
        }
    });
    on(board, "#board", "dragover", |board, event| {
        mark(board, within(event, "section").as_ref());
        if within(event, "section").is_some() {
            // Only then may it be dropped.
            event.prevent_default();
        }
    });
    on(board, "#board", "dragend", |board, _| mark(board, None));
    on(board, "#board", "drop", |board, event| {
        event.prevent_default();
        mark(board, None);
        if let Some((id, status)) = dropped(event) {
            begin_move(board, id, status);
        }
    });
}

fn begin_move(board: &Rc<Board>, id: Id<Ticket>, status: TicketStatus) {
    let board = Rc::clone(board);
    wasm_bindgen_futures::spawn_local(async move {
        if board.move_to(id, status).await.is_err() {
            board.page.tell_failure("This page does not fit its program.");
        }
    });
}

/// The ticket that was dropped, and the state of the column that it was dropped on.
fn dropped(event: &Event) -> Option<(Id<Ticket>, TicketStatus)> {
    let id = event.dyn_ref::<DragEvent>()?.data_transfer()?.get_data("text/plain").ok()?.parse().ok()?;
    let column = within(event, "section")?.id();
    let (status, _) = COLUMNS.get(column.strip_prefix("column-")?.parse::<usize>().ok()?)?;
    Some((id, *status))
}

fn card_id(element: &Element) -> Option<Id<Ticket>> {
    element.closest(".card").ok()??.get_attribute("data-id")?.parse().ok()
}

/// Shows which column a card would be dropped on.
fn mark(board: &Board, column: Option<&Element>) {
    for index in 0..COLUMNS.len() {
        let Ok(each) = board.page.first(&format!("#column-{index}")) else { return };
        let _ = each.class_list().toggle_with_force("over", Some(&each) == column);
    }
}

/// Listens for as long as there is the page.
fn on(board: &Rc<Board>, selector: &str, event: &str, hear: impl Fn(&Rc<Board>, &Event) + 'static) {
    let Ok(element) = board.page.first(selector) else { return };
    let board = Rc::clone(board);
    let closure = Closure::<dyn FnMut(Event)>::new(move |event| hear(&board, &event));
    let _ = element.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
