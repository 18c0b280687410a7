use zeyos::rest::{Account, NewAddress, NewTicket, Ticket, TicketPatch, account, ticket};
use zeyos::{Client, Error, Id};

//~ expected `Id<Account>`, found `Id<Ticket>`
async fn the_id_of_another_record(client: &Client, ticket: Ticket) {
    client.api().get_account(ticket.id).await;
}

//~ expected `Id<Ticket>`, found integer
async fn a_number_for_an_id(client: &Client) {
    client.api().get_ticket(7).await;
}

//~ expected `Id<Ticket>`, found `&str`
async fn a_text_for_an_id(client: &Client) {
    client.api().get_ticket("7").await;
}

//~ expected `Id<Account>`, found `Option<Id<Account>>`
//~ expect
async fn a_key_that_may_be_null(client: &Client, ticket: Ticket) {
    client.api().get_account(ticket.account).await;
}

//~ expected `Id<Contact>`, found `Id<Account>`
//~ swap these arguments
fn two_ids_swapped(account: Id<Account>, contact: Id<zeyos::rest::Contact>) {
    NewAddress::new(contact, account);
}

//~ expected `Id<Ticket>`, found `Id<Account>`
fn ids_of_two_records_are_not_compared(ticket: Id<Ticket>, account: Id<Account>) -> bool {
    ticket == account
}

//~ field `0` of struct `Id` is private
fn the_number_of_an_id(id: Id<Ticket>) -> i64 {
    id.0
}

//~ expected `i64`, found `Id<Ticket>`
fn an_id_as_a_number(id: Id<Ticket>) -> i64 {
    id
}

//~ expected `i64`, found `&str`
fn an_id_of_a_text() -> Id<Ticket> {
    Id::new("7")
}

//~ has no field named `number`
fn an_id_by_hand() -> Id<Ticket> {
    Id::<Ticket> { number: 7 }
}
