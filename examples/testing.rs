//! One function of a program, tested in three ways: with a mock, with a recorded conversation, with an emulator.
//!
//! `cargo run --example testing --features testing`

use std::error::Error;

use serde_json::json;
use zeyos::rest::{NewTicket, Ticket, TicketPatch, TicketStatus, ticket};
use zeyos::testing::cassette::{Cassette, Player, Recorder};
use zeyos::testing::faults::{Fault, Faults};
use zeyos::testing::{self, Mock};
use zeyos::{Client, HttpTransport, TokenSet};
use zeyos_emulator::{Emulator, Seed};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is tested: closes all tickets of this name, and answers how many there were.
async fn close_all(client: &Client, name: &str) -> std::result::Result<usize, zeyos::Error> {
    let api = client.api();
    let open = Ticket::query().live().filter(ticket::NAME.eq(name)).sort(ticket::ID.asc());
    let tickets = api.list_tickets(open).await?.into_inner();
    for ticket in &tickets {
        api.update_ticket(ticket.id, TicketPatch::new().status(TicketStatus::Completed)).await?;
    }
    Ok(tickets.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    with_a_mock().await?;
    let cassette = with_an_emulator().await?;
    with_a_cassette(&cassette).await?;
    with_a_lost_answer(&cassette).await
}

/// Answers are written down here; only the columns that matter are named.
async fn with_a_mock() -> Result<()> {
    let ticket: Ticket = testing::record(json!({"ID": 7, "name": "Pump seal leaks"}))?;
    let mock = Mock::new().answer([&ticket]).answer(json!({"ID": 7}));
    let closed = close_all(&mock.client()?, "Pump seal leaks").await?;
    let update = &mock.sent()[1];
    println!(
        "mock: {closed} closed by {} {} with {}",
        update.method,
        update.path,
        update.body.clone().unwrap_or_default()
    );
    Ok(())
}

/// A ZeyOS in this process, without any tickets at first. What is said is recorded.
async fn with_an_emulator() -> Result<String> {
    let zeyos = Emulator::builder().seed(Seed::Empty).start().await?;
    let recorder = Recorder::new(HttpTransport::new()?);
    let token = TokenSet::bearer(zeyos.credentials().access_token.as_str());
    let client = Client::builder(zeyos.url()).token_set(token).transport(recorder.clone()).build()?;
    for name in ["Pump seal leaks", "Bearing is loud", "Pump seal leaks"] {
        client.api().create_ticket(NewTicket::new(name)).await?;
    }
    println!("emulator: {} closed", close_all(&client, "Pump seal leaks").await?);
    let cassette = recorder.cassette();
    println!(
        "recorded {} requests, the last one as\n{}",
        cassette.len(),
        cassette.to_string().lines().last().unwrap_or("")
    );
    Ok(cassette.to_string())
}

/// The same conversation without a server, by a client with another token at another host.
async fn with_a_cassette(text: &str) -> Result<()> {
    let player = Player::new(Cassette::parse(text)?);
    let client = of_another_day(player.clone())?;
    println!("cassette: {} closed; not asked for: {:?}", close_all(&client, "Pump seal leaks").await?, player.unused());
    Ok(())
}

/// What the function does when an answer is lost.
async fn with_a_lost_answer(text: &str) -> Result<()> {
    let player = Player::new(Cassette::parse(text)?);
    let lossy = Faults::new(player, |_, request| (request.method() == "PATCH").then_some(Fault::LostAnswer));
    match close_all(&of_another_day(lossy)?, "Pump seal leaks").await {
        Ok(closed) => Err(format!("{closed} closed, although an answer was lost").into()),
        Err(error) => {
            println!("lost answer: {error}; may have been sent: {}", error.may_have_been_sent());
            Ok(())
        }
    }
}

fn of_another_day(transport: impl zeyos::Transport) -> Result<Client> {
    let client = Client::builder("https://erp.example.com/demo").token_set(TokenSet::bearer("of-another-day"));
    Ok(client.transport(transport).build()?)
}
