//! The example of `examples/browser`: a board whose cards are moved by mouse and by keyboard, and lose no one's change.

use std::time::Duration;

use zeyos::rest::{NewTicket, Ticket, TicketPatch, TicketStatus};
use zeyos::{Client, Id, TokenSet};

use super::Stage;
use crate::browser::chrome::ENTER;
use crate::browser::layout::{audit, look};

const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";

/// The columns of two states.
const ACTIVE: usize = 3;
const TESTING: usize = 6;

/// A board in the browser, and someone else who works on the same tickets.
struct Bench {
    stage: Stage,
    other: Client,
    runtime: tokio::runtime::Runtime,
}

impl Bench {
    fn new() -> Self {
        let stage = Stage::new(|_| ());
        let tokens = TokenSet::bearer(stage.zeyos.credentials().access_token.as_str());
        let other = Client::builder(stage.zeyos.url()).token_set(tokens).build().unwrap();
        stage.sign_in();
        let bench = Bench { stage, other, runtime: tokio::runtime::Runtime::new().unwrap() };
        bench.load();
        bench
    }

    fn load(&self) {
        let chrome = &self.stage.chrome;
        chrome.goto(&format!("{}/board/", self.stage.recorder.origin()));
        chrome.until("the tickets", || chrome.text("#told").ends_with("open tickets."));
        assert_eq!(chrome.text("#user"), "demo");
    }

    /// The first ticket of a column.
    fn first(&self, column: usize) -> Id<Ticket> {
        let script = format!("return document.querySelector('#column-{column} .card').dataset.id");
        self.stage.chrome.script(&script).as_str().unwrap().parse().unwrap()
    }

    fn status(&self, id: Id<Ticket>) -> TicketStatus {
        self.runtime.block_on(async { self.other.api().get_ticket(id).await.unwrap().status })
    }

    fn set(&self, id: Id<Ticket>, patch: TicketPatch) {
        self.runtime.block_on(async { self.other.api().update_ticket(id, patch).await.unwrap() });
    }

    fn is_in(&self, id: Id<Ticket>, column: usize) -> bool {
        self.stage.chrome.has(&format!("#column-{column} #ticket-{id}:not([aria-busy])"))
    }
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_card_that_is_dragged_changes_its_ticket_with_if_match() {
    let bench = Bench::new();
    let (chrome, id) = (&bench.stage.chrome, bench.first(ACTIVE));
    bench.stage.recorder.take();
    chrome.drag(&format!("#ticket-{id} h3"), &format!("#column-{TESTING} h2"));
    chrome.until("what is told", || chrome.text("#told").ends_with("is now: Testing."));
    assert!(bench.is_in(id, TESTING) && bench.status(id) == TicketStatus::Testing);
    let heads = bench.stage.recorder.take();
    let update = heads.iter().find(|head| head.method == "PATCH").unwrap();
    assert!(update.header("if-match").is_some_and(|tag| tag.starts_with('"')), "{update:?}");
    assert_eq!(update.credentials(), (None, true), "as the session of the page");
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_card_is_moved_by_the_keyboard_and_its_button_keeps_the_focus() {
    let bench = Bench::new();
    let (chrome, id) = (&bench.stage.chrome, bench.first(ACTIVE));
    let focus =
        || chrome.script("return document.activeElement.closest('.card')?.dataset.id ?? document.activeElement.name");
    chrome.script(&format!("document.querySelector('#ticket-{id} button').focus()"));
    chrome.press(ENTER);
    chrome.until("the dialog", || chrome.has("#move[open]"));
    assert_eq!(focus(), "status", "at the choice that stands");
    audit("board-dialog", chrome);
    chrome.picture("board-dialog");
    chrome.press(ESCAPE);
    chrome.until("no dialog", || !chrome.has("#move[open]"));
    assert_eq!((focus(), bench.is_in(id, ACTIVE)), (id.to_string().into(), true));
    chrome.press(ENTER);
    chrome.until("the dialog", || chrome.has("#move[open]"));
    chrome.press(&[DOWN, DOWN, DOWN, ENTER].concat());
    chrome.until("what is told", || chrome.text("#told").ends_with("is now: Testing."));
    assert!(bench.is_in(id, TESTING) && bench.status(id) == TicketStatus::Testing);
    assert_eq!(focus(), id.to_string(), "to go on from there");
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn what_somebody_else_has_done_is_told_and_not_overwritten() {
    let bench = Bench::new();
    let (chrome, id) = (&bench.stage.chrome, bench.first(ACTIVE));
    bench.set(id, TicketPatch::new().status(TicketStatus::Accepted));
    chrome.drag(&format!("#ticket-{id} h3"), &format!("#column-{TESTING} h2"));
    chrome.until("what is told", || chrome.text("#failed").ends_with("was moved by somebody else, to: Accepted."));
    assert!(bench.is_in(id, 2) && bench.status(id) == TicketStatus::Accepted);

    // Between its reading and its writing.
    let fault = zeyos_emulator::Fault::status(412).on("PATCH", "/api/v1/tickets");
    bench.stage.zeyos.inject(fault);
    chrome.drag(&format!("#ticket-{id} h3"), &format!("#column-{TESTING} h2"));
    chrome.until("what is told", || chrome.text("#failed").ends_with("just now; move it once more."));
    assert!(bench.is_in(id, 2) && bench.status(id) == TicketStatus::Accepted);

    bench.stage.chrome.devtools("Network.clearBrowserCookies", &serde_json::json!({}));
    chrome.drag(&format!("#ticket-{id} h3"), &format!("#column-{TESTING} h2"));
    chrome.until("the way to sign in", || chrome.has("#sign-in:not([hidden])"));
    assert!(bench.is_in(id, 2) && chrome.text("#failed").contains("was not moved"));
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_card_that_is_being_moved_is_not_moved_again() {
    let bench = Bench::new();
    let (chrome, id) = (&bench.stage.chrome, bench.first(ACTIVE));
    bench.stage.zeyos.inject(zeyos_emulator::Fault::delay(Duration::from_secs(2)).on("PATCH", "/api/v1/tickets"));
    bench.stage.recorder.take();
    let drop_on = |column: usize| {
        format!(
            "{{ const dataTransfer = new DataTransfer(); dataTransfer.setData('text/plain', '{id}'); \
             document.querySelector('#column-{column} h2').dispatchEvent(new DragEvent('drop', {{ dataTransfer, bubbles: true }})); }}"
        )
    };
    // Faster than any server.
    chrome.script(&(drop_on(TESTING) + &drop_on(2)));
    chrome.until("what is told", || chrome.text("#told").ends_with("is still being moved."));
    chrome.until("what is told", || chrome.text("#told").ends_with("is now: Testing."));
    assert!(bench.is_in(id, TESTING) && bench.status(id) == TicketStatus::Testing);
    assert_eq!(bench.stage.recorder.take().iter().filter(|head| head.method == "PATCH").count(), 1);
    // And then it is.
    chrome.script(&drop_on(2));
    chrome.until("what is told", || chrome.text("#told").ends_with("is now: Accepted."));
    assert!(bench.is_in(id, 2) && bench.status(id) == TicketStatus::Accepted);
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn a_board_that_cannot_show_all_tickets_says_so() {
    let bench = Bench::new();
    let chrome = &bench.stage.chrome;
    bench.runtime.block_on(async {
        for number in 0..200 {
            let ticket = NewTicket::new(format!("Ticket {number}")).status(TicketStatus::Active);
            bench.other.api().create_ticket(ticket).await.unwrap();
        }
    });
    chrome.click("#reload");
    chrome.until("what is told", || chrome.text("#told") == "The 200 most urgent open tickets; there may be more.");
    assert_eq!(chrome.script("return document.querySelectorAll('.card').length"), 200);
}

#[test]
#[ignore = "needs the pages of `cargo xtask wasm --test`"]
fn the_board_fits_a_phone_and_a_screen() {
    let bench = Bench::new();
    look(&bench.stage.chrome, "board");
}
