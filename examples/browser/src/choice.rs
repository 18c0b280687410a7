//! The dialog that moves a card without dragging it: for keyboards, screen readers and fingers.

use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use zeyos::Id;
use zeyos::rest::{Ticket, TicketStatus};

use crate::card::Card;
use crate::page::{Outcome, Page, part, refused};
use crate::status::COLUMNS;

/// Asks where a card shall go. The browser holds the focus inside, and gives it back to the button of the card.
pub(crate) fn ask(page: &Page, card: &Card) -> Outcome {
    let dialog: HtmlDialogElement = page.first("#move")?.unchecked_into();
    page.write("#move-title", &card.name);
    dialog.set_attribute("data-id", &card.id.to_string()).map_err(refused)?;
    for (index, (status, _)) in COLUMNS.into_iter().enumerate() {
        let input: HtmlInputElement = page.first(&format!("#move-to input[value='{index}']"))?.unchecked_into();
        input.set_checked(status == card.status);
    }
    dialog.show_modal().map_err(refused)?;
    part(&dialog, "input:checked")?.focus().map_err(refused)
}

/// Writes the choices into the dialog, once.
pub(crate) fn fill(page: &Page) -> Outcome {
    let list = page.first("#move-to")?;
    for (index, (_, label)) in COLUMNS.into_iter().enumerate() {
        let choice = page.copy("#choice-template")?;
        part(&choice, "input")?.set_attribute("value", &index.to_string()).map_err(refused)?;
        part(&choice, "span")?.set_text_content(Some(label));
        list.append_child(&choice).map_err(refused)?;
    }
    Ok(())
}

/// What was chosen, once the dialog is closed; nothing where it was cancelled.
pub(crate) fn chosen(page: &Page) -> Option<(Id<Ticket>, TicketStatus)> {
    let dialog: HtmlDialogElement = page.first("#move").ok()?.unchecked_into();
    if dialog.return_value() != "move" {
        return None;
    }
    // Escape leaves the value of the last time.
    dialog.set_return_value("");
    let input: HtmlInputElement = part(&dialog, "input:checked").ok()?.unchecked_into();
    let (status, _) = COLUMNS.get(input.value().parse::<usize>().ok()?)?;
    Some((dialog.get_attribute("data-id")?.parse().ok()?, *status))
}
