use zeyos::rest::{Line, NewAppointment, NewTicket, NewTransaction, Ticket, TicketPatch, TicketStatus, TransactionPatch};
use zeyos::{Client, Id, Timestamp};

//~ this function takes 1 argument but 0 arguments were supplied
//~ provide the argument
fn what_must_be_there_is_missing() -> NewTicket {
    NewTicket::new()
}

//~ no function or associated item named `default` found
fn a_new_record_without_what_must_be_there() -> NewTicket {
    NewTicket::default()
}

//~ has no field named `name`
fn a_new_record_by_hand() -> NewTicket {
    NewTicket { name: "Pump".to_owned() }
}

//~ expected `TicketWrite<Patch>`, found `TicketWrite<New>`
async fn an_update_by_a_new_record(client: &Client, id: Id<Ticket>) {
    client.api().update_ticket(id, NewTicket::new("Pump")).await;
}

//~ expected `TicketWrite<New>`, found `Ticket`
//~ new: NewTicket
async fn a_record_created_again(client: &Client, ticket: Ticket) {
    client.api().create_ticket(ticket).await;
}

//~ expected `TicketWrite<Patch>`, found `Ticket`
async fn a_record_sent_back(client: &Client, ticket: Ticket) {
    client.api().update_ticket(ticket.id, ticket).await;
}

//~ this method takes 2 arguments but 1 argument was supplied
async fn an_update_without_an_id(client: &Client) {
    client.api().update_ticket(TicketPatch::new()).await;
}

//~ no method named `id` found
fn a_column_of_the_server_in_a_new_record() -> NewTicket {
    NewTicket::new("Pump").id(Id::new(7))
}

//~ no method named `creationdate` found
fn a_column_that_only_the_server_writes() -> TicketPatch {
    TicketPatch::new().creationdate(Timestamp::now())
}

//~ expected `TicketStatus`, found integer
fn a_status_as_a_number() -> TicketPatch {
    TicketPatch::new().status(4)
}

//~ named `Open` found for enum `TicketStatus`
fn a_status_that_is_not_there() -> TicketPatch {
    TicketPatch::new().status(TicketStatus::Open)
}

//~ expected `Timestamp`, found `String`
fn arguments_in_another_order() -> NewAppointment {
    NewAppointment::new(Timestamp::now(), Timestamp::now(), "Visit".to_owned())
}

//~ no method named `items` found
fn lines_of_a_record_without_lines(ticket: TicketPatch) -> TicketPatch {
    ticket.items(vec![Line::product("Seal")])
}

//~ cannot be set to
fn lines_as_texts() -> TransactionPatch {
    TransactionPatch::new().items(vec!["Seal"])
}

//~ non-exhaustive patterns
fn a_match_without_the_rest(status: TicketStatus) -> bool {
    match status {
        TicketStatus::Active => true,
        TicketStatus::NotStarted => false,
    }
}

//~ method, not a field
fn a_field_of_a_new_record(mut ticket: NewTicket) {
    ticket.name = "Pump".to_owned();
}
