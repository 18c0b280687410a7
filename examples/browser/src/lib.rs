//! A board of open tickets inside the page: the browser attaches the cookie of whoever is signed in, and no secret is in the program.
//! Cards are dragged, or moved by a dialog that needs no mouse; each move is an update with `If-Match`.
//!
//! `cargo xtask wasm --serve` builds it and serves it beside an emulator.

mod board;
mod card;
mod choice;
mod page;
mod status;

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use zeyos::Client;

use board::Board;
use page::Page;

/// Runs when the page has loaded.
#[wasm_bindgen(start)]
fn start() -> Result<(), JsError> {
    let page = Page::of_window()?;
    let client = Client::builder(page.instance()?).browser_session().build()?;
    let board = Rc::new(Board::new(client, page));
    board::listen(&board);
    wasm_bindgen_futures::spawn_local(async move { board.load().await });
    Ok(())
}
