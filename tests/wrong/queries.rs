use zeyos::rest::{Account, Ticket, account, ticket, transaction};
use zeyos::{Client, JsonRow, Query, projection};

//~ expected `Query<Account, _>`, found `Query<Ticket>`
async fn a_query_of_another_record(client: &Client) {
    client.api().list_accounts(Ticket::query()).await;
}

//~ expected `u32`, found `&str`
fn a_limit_as_a_text() -> Query<Ticket> {
    Ticket::query().limit("10")
}

//~ `Column<Ticket, String>` is not an iterator
//~ IntoIterator<Item = Sort<E>>
fn a_column_to_sort_by_without_its_direction() -> Query<Ticket> {
    Ticket::query().sort(ticket::NAME)
}

//~ expected `Sort<Ticket>`, found `Sort<Account>`
fn sorted_by_a_column_of_another_record() -> Query<Ticket> {
    Ticket::query().sort([account::LASTNAME.asc()])
}

//~ no method named `order_by` found
fn a_method_by_another_name() -> Query<Ticket> {
    Ticket::query().order_by(ticket::NAME.asc())
}

//~ `Ticket` is not a projection of `Ticket`
fn a_record_as_a_projection() {
    Ticket::query().select::<Ticket>();
}

struct Row {
    name: String,
}

//~ `Row` is not a projection of `Ticket`
//~ projection!
fn a_struct_without_the_macro() {
    Ticket::query().select::<Row>();
}

mod with_null {
    use super::*;

    //~ expected `Column<Ticket, String, _>`, found `Column<Ticket, Option<String>, Joined>`
    projection! {
        struct Nullable from Ticket {
            customer: String = ticket::ACCOUNT.then(account::LASTNAME),
        }
    }
}

mod of_another_record {
    use super::*;

    //~ expected `Column<Ticket, String, _>`, found `Column<Account, String>`
    projection! {
        struct Foreign from Ticket {
            name: String = account::LASTNAME,
        }
    }
}

mod of_another_type {
    use super::*;

    //~ expected `Column<Ticket, i64, _>`, found `Column<Ticket, String>`
    projection! {
        struct Mistyped from Ticket {
            name: i64 = ticket::NAME,
        }
    }
}

//~ cannot be expanded
async fn a_plain_column_expanded(client: &Client, id: zeyos::Id<Ticket>) {
    client.api().get_ticket(id).expand(ticket::NAME).await;
}

//~ use the path separator to refer to an item
fn a_query_of_a_module() {
    ticket.query();
}

//~ expected `&str`, found integer
fn a_row_by_number(row: JsonRow) {
    let _ = &row[0];
}

//~ expected `u64`, found `ResponseValue<Count>`
async fn a_count_for_its_number(client: &Client) -> u64 {
    client.api().list_tickets(Ticket::query()).count().await.unwrap()
}
