use zeyos::rest::{Account, Ticket, TicketStatus, account, ticket};
use zeyos::{Filter, Id, Query, Timestamp};

//~ expected `Filter<Ticket>`, found `Filter<Account>`
fn a_column_of_another_record() -> Query<Ticket> {
    Ticket::query().filter(account::LASTNAME.eq("Pumps"))
}

//~ TicketStatus
//~ `From<{integer}>` is not implemented
fn an_enum_from_a_number() -> Filter<Ticket> {
    ticket::STATUS.eq(4)
}

//~ TicketStatus
//~ `From<&str>` is not implemented
fn an_enum_from_a_text() -> Filter<Ticket> {
    ticket::STATUS.eq("active")
}

//~ `Priority: From<TicketStatus>` is not satisfied
fn an_enum_of_another_column() -> Filter<Ticket> {
    ticket::PRIORITY.eq(TicketStatus::Active)
}

//~ `Timestamp: From<&str>` is not satisfied
fn a_time_from_a_text() -> Filter<Ticket> {
    ticket::DUEDATE.lt("2026-01-01")
}

//~ `Timestamp: From<Duration>` is not satisfied
fn a_time_from_a_duration() -> Filter<Ticket> {
    ticket::DUEDATE.lt(std::time::Duration::from_secs(60))
}

//~ `Id<Account>: From<Id<Ticket>>` is not satisfied
fn an_id_of_another_record(id: Id<Ticket>) -> Filter<Ticket> {
    ticket::ACCOUNT.eq(id)
}

//~ `String: From<{integer}>` is not satisfied
fn a_number_for_a_text() -> Filter<Ticket> {
    ticket::NAME.eq(7)
}

//~ expected `bool`, found `Filter<Ticket>`
fn conditions_joined_as_for_bool() -> Filter<Ticket> {
    ticket::NAME.eq("a") && ticket::STATUS.eq(TicketStatus::Active)
}

//~ cannot apply unary operator `-`
fn a_condition_negated_by_minus() -> Filter<Ticket> {
    -ticket::NAME.eq("a")
}

//~ expected `Filter<Ticket>`, found `Filter<Account>`
fn conditions_on_two_records() -> Filter<Ticket> {
    ticket::NAME.eq("a") & account::LASTNAME.eq("b")
}

//~ binary operation `==` cannot be applied to type `Column<Ticket, String>`
fn a_comparison_by_an_operator() -> Query<Ticket> {
    Ticket::query().filter(ticket::NAME == "a")
}

//~ method `contains` exists for struct `Column<Ticket, Priority>`
//~ `Priority: Text`
fn a_text_operator_on_a_number() -> Filter<Ticket> {
    ticket::PRIORITY.contains("1")
}

//~ no method named `is_null` found
//~ Option
fn null_where_there_is_never_null() -> Filter<Ticket> {
    ticket::NAME.is_null()
}

//~ trait bounds were not satisfied
//~ `String: Reference`
fn a_path_over_a_column_that_is_no_key() {
    ticket::NAME.then(account::LASTNAME);
}

//~ expected `Column<Account, _, _>`, found `Column<Ticket, String>`
fn a_path_to_a_column_of_another_record() {
    ticket::ACCOUNT.then(ticket::NAME);
}

//~ cannot find value `CUSTOMER` in module `ticket`
fn a_column_that_is_not_there() -> Filter<Ticket> {
    ticket::CUSTOMER.is_null()
}

//~ expected `Filter<Ticket>`, found `Value`
fn json_for_a_filter() -> Query<Ticket> {
    Ticket::query().filter(zeyos::Json::Null)
}

//~ `TicketStatus` is not an iterator
fn one_of_without_a_list() -> Filter<Ticket> {
    ticket::STATUS.one_of(TicketStatus::Active)
}
