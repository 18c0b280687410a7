use zeyos::rest::{
    Comment, ContactType, Currency, Event, Invoice, InvoicePatch, NewAccount, NewInvoice, NewRecord, OrderStatus,
    PersonPatch, Ticket, TransactionType, account, contact, event, ticket,
};
use zeyos::{Client, Filter, Id, Query};

//~ expected `Currency`, found `&str`
fn a_name_for_a_currency() -> NewAccount {
    NewAccount::new("Acme")
}

//~ expected `Currency`, found `&str`
fn a_number_and_a_currency_the_other_way_round() -> NewInvoice {
    NewInvoice::new(Currency::new("EUR"), "R-1")
}

//~ InvoiceStatus
//~ OrderStatus
fn a_state_of_another_kind() -> InvoicePatch {
    InvoicePatch::new().status(OrderStatus::Delivered)
}

//~ no method named `type_` found
fn the_type_of_an_invoice(invoice: NewInvoice) -> NewInvoice {
    invoice.type_(TransactionType::BillingQuote)
}

//~ type_
//~ PersonPatch
fn another_type_of_a_person() -> PersonPatch {
    PersonPatch::new().type_(ContactType::Company)
}

//~ expected `Filter<Ticket>`, found `Filter<Transaction>`
fn a_filter_of_invoices_on_tickets() -> Query<Ticket> {
    Ticket::query().filter(Invoice::open())
}

//~ expected `TicketWrite<Patch>`, found
async fn changes_to_an_invoice_on_a_ticket(client: &Client) {
    client.api().update_ticket(Id::new(7), InvoicePatch::new()).await;
}

//~ EntityRef
//~ Id<Comment>
fn a_reference_to_what_has_no_name_there() -> NewRecord {
    NewRecord::new().about(Id::<Comment>::new(7))
}

//~ no method named `index` found
fn half_of_a_reference(record: NewRecord) -> NewRecord {
    record.index(7)
}

//~ EntityRef
fn a_reference_by_a_number() -> Filter<Event> {
    event::about(7)
}

//~ then_unconfirmed
fn a_second_hop() {
    ticket::ACCOUNT.then(account::CONTACT).then(contact::CITY);
}

//~ then_unconfirmed
fn a_second_hop_from_behind() {
    ticket::ACCOUNT.then(account::CONTACT.then(contact::CITY));
}
