use zeyos::dependencies::tokio;
use zeyos::rest::{Account, NewTicket, Ticket};
use zeyos::{Call, Client, Error, Id};

//~ a call has no answer before it is sent
//~ `.await?` comes before
fn a_forgotten_await(client: &Client) -> Vec<Ticket> {
    client.api().list_tickets(Ticket::query()).into_inner()
}

//~ the `?` operator can only be applied to values that implement `Try`
async fn a_question_mark_without_await(client: &Client) -> Result<(), Error> {
    client.api().delete_ticket(Id::new(7))?;
    Ok(())
}

//~ `Call<Vec<Ticket>, List>` is not an iterator
async fn a_loop_without_await(client: &Client) {
    for ticket in client.api().list_tickets(Ticket::query()) {}
}

//~ `Call<Vec<Ticket>, List>` is not a future
async fn a_call_spawned_as_it_is(client: &Client) {
    tokio::spawn(client.api().list_tickets(Ticket::query()));
}

//~ expected `Ticket`, found `ResponseValue<Ticket>`
async fn an_answer_for_its_value(client: &Client) -> Result<Ticket, Error> {
    Ok(client.api().get_ticket(Id::new(7)).await?)
}

//~ no field `name` on type `Call<Ticket, Get>`
async fn a_field_of_a_call(client: &Client) -> String {
    client.api().get_ticket(Id::new(7)).name
}

//~ no method named `list_ticket` found
//~ list_tickets
async fn a_method_in_the_singular(client: &Client) {
    client.api().list_ticket(Ticket::query()).await;
}

//~ no method named `list_tickets` found
async fn a_call_without_its_service(client: &Client) {
    client.list_tickets(Ticket::query()).await;
}

//~ this method takes 1 argument but 0 arguments were supplied
//~ query
async fn a_list_without_a_query(client: &Client) {
    client.api().list_tickets().await;
}

//~ no method named `if_match` found
async fn a_condition_on_a_create(client: &Client) {
    client.api().create_ticket(NewTicket::new("Pump")).if_match("\"1\"").await;
}

//~ no method named `stream` found
async fn a_stream_of_one_record(client: &Client) {
    client.api().get_ticket(Id::new(7)).stream();
}

//~ expected `Duration`, found integer
async fn a_timeout_in_seconds(client: &Client) {
    client.api().get_ticket(Id::new(7)).timeout(30).await;
}

//~ `Ticket` doesn't implement `Display`
fn a_record_printed(ticket: Ticket) -> String {
    format!("{ticket}")
}
