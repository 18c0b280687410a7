//! Rows checked against the conditions of their query: right pages raise no alarm, wrong ones always do where all can be judged.

use std::collections::BTreeSet;

use serde_json::json;
use zeyos::rest::{
    Account, Currency, NewAccount, NewTicket, Priority, Ticket, TicketStatus, Visibility, account, ticket,
};
use zeyos::{Client, Column, Filter, FilterMember, Id, Query, Timestamp, Unjudged, projection};
use zeyos_core::model::Wire;
use zeyos_core::query::Value;
use zeyos_emulator::Emulator;
use zeyos_emulator::switches::{FilterMember as Member, TextOrder, UnindexedWindow};

use crate::auth::support::{emulator_with, tokens};
use crate::support::random::Random;
use crate::support::size::size;
use crate::wire::Recorder;

/// How many pages each order of texts is asked for.
fn pages() -> usize {
    size("ZEYOS_VERIFIED_PAGES", 1_500)
}

const NAMES: [&str; 8] = ["Apple", "apple", "äpfel", "Äpfel", "Zebra", "50% off", "a_b", "é"];

projection! {
    #[derive(Debug)]
    struct Named from Ticket {
        name: String = ticket::NAME,
        town: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
    }
}

projection! {
    #[derive(Debug)]
    struct Keyed from Ticket {
        number: Id<Ticket> = ticket::ID,
    }
}

struct World {
    zeyos: Emulator,
    client: Client,
    tickets: Vec<Id<Ticket>>,
    accounts: Vec<Id<Account>>,
}

fn client(zeyos: &Emulator, member: FilterMember) -> Client {
    Client::builder(zeyos.url()).token_set(tokens(zeyos)).filter_member(member).build().unwrap()
}

impl World {
    async fn new(order: TextOrder) -> Self {
        let zeyos = emulator_with(|switches| {
            switches.text_order = order;
            switches.unindexed_window = UnindexedWindow::Ok;
            switches.filter = Member::Ignore;
        })
        .await;
        let client = client(&zeyos, FilterMember::Filters);
        let (mut accounts, mut tickets, mut dice) = (Vec::new(), Vec::new(), Random(15));
        for name in &NAMES[..4] {
            let new = NewAccount::new(Currency::new("EUR")).lastname(*name);
            accounts.push(client.api().create_account(new).await.unwrap().id);
        }
        for row in 0..60 {
            let mut new = NewTicket::new(NAMES[dice.below(NAMES.len())])
                .status(TicketStatus::from_code(dice.below(9) as i64))
                .priority(Priority::from_code(dice.below(5) as i64))
                .visibility(Visibility::from_code(dice.below(3) as i64));
            if !dice.one_in(3) {
                new = new.account(accounts[dice.below(accounts.len())]);
            }
            if !dice.one_in(3) {
                new = new.duedate(Timestamp::from_unix(1_767_225_600 + row));
            }
            tickets.push(client.api().create_ticket(new).await.unwrap().id);
        }
        World { zeyos, client, tickets, accounts }
    }

    /// A condition that can be judged whatever the row is: no column of it can be null.
    fn decided(&self, dice: &mut Random) -> Filter<Ticket> {
        let code = dice.below(9) as i64;
        let id = self.tickets[dice.below(self.tickets.len())];
        match dice.below(6) {
            0 => compared(ticket::STATUS, TicketStatus::from_code(code), dice),
            1 => compared(ticket::PRIORITY, Priority::from_code(code % 5), dice),
            2 => compared(ticket::ID, id, dice),
            3 => ticket::NAME.eq(NAMES[dice.below(NAMES.len())]),
            4 => ticket::NAME.none_of([NAMES[dice.below(NAMES.len())], "apple"]),
            _ => compared(ticket::VISIBILITY, Visibility::from_code(code % 3), dice),
        }
    }

    fn any(&self, dice: &mut Random) -> Filter<Ticket> {
        let account = self.accounts[dice.below(self.accounts.len())];
        let name = NAMES[dice.below(NAMES.len())];
        let time = Timestamp::from_unix(1_767_225_600 + dice.below(60) as i64);
        match dice.below(14) {
            0 => compared(ticket::ACCOUNT, account, dice),
            1 => compared(ticket::DUEDATE, time, dice),
            2 => compared(ticket::NAME, name.to_owned(), dice),
            3 => compared(ticket::ACCOUNT.then(account::LASTNAME), name.to_owned(), dice),
            4 => compared(ticket::ACCOUNT.then(account::ID), account, dice),
            5 => ticket::NAME.ilike(name),
            6 => ticket::NAME.not_matches("^[a-z]"),
            7 => ticket::DUEDATE.is_null(),
            8 => ticket::ACCOUNT.is_not_null(),
            9 => compared(ticket::LASTMODIFIED, Timestamp::from_unix(1_767_225_600), dice),
            10 => Filter::raw("priority", "<", json!(3)),
            11 => ticket::STATUS.one_of(Vec::<TicketStatus>::new()),
            _ => self.decided(dice),
        }
    }

    fn nested(
        &self,
        depth: usize,
        dice: &mut Random,
        leaf: fn(&Self, &mut Random) -> Filter<Ticket>,
    ) -> Filter<Ticket> {
        if depth == 0 {
            return leaf(self, dice);
        }
        let inner = |dice: &mut Random| self.nested(depth - 1, dice, leaf);
        match dice.below(4) {
            0 => !inner(dice),
            1 => inner(dice) | inner(dice),
            2 => inner(dice) & inner(dice),
            _ => leaf(self, dice),
        }
    }
}

fn compared<T, K>(column: Column<Ticket, T, K>, value: T::Plain, dice: &mut Random) -> Filter<Ticket>
where
    T: Value,
    T::Plain: Wire,
{
    match dice.below(8) {
        0 => column.eq(value),
        1 => column.ne(value),
        2 => column.lt(value),
        3 => column.le(value),
        4 => column.gt(value),
        5 => column.ge(value),
        6 => column.one_of([value]),
        _ => column.none_of([value]),
    }
}

fn sorted<P>(query: Query<Ticket, P>, dice: &mut Random) -> Query<Ticket, P> {
    match dice.below(3) {
        0 => query.sort([ticket::NAME.asc(), ticket::ID.desc()]),
        1 => query.limit(1 + dice.below(30) as u32),
        _ => query,
    }
}

/// How many rows came, if the page raised no alarm.
async fn rows<P: zeyos::Row<Ticket>>(world: &World, query: Query<Ticket, P>) -> usize {
    let conditions = query.conditions();
    match world.client.api().list_tickets(query.verified()).await {
        Ok(rows) => rows.into_inner().len(),
        Err(error) => panic!("{error}: {conditions:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn right_pages_raise_no_alarm_whatever_the_order_of_texts() {
    for order in [TextOrder::CodePoints, TextOrder::Locale] {
        let world = World::new(order).await;
        let (mut dice, mut seen, mut judged) = (Random(1509), 0, 0);
        for page in 0..pages() {
            let filter = world.nested(page % 4, &mut dice, World::any);
            let query = sorted(Ticket::query().filter(filter), &mut dice);
            judged += query.conditions().iter().filter(|condition| condition.unjudged.is_none()).count();
            seen += match dice.below(4) {
                0 => rows(&world, query).await,
                1 => rows(&world, query.select::<Named>()).await,
                2 => rows(&world, query.select_paths(["name", "account.lastname"])).await,
                _ => rows(&world, query.select_aliases([("who", "account.lastname"), ("0", "priority")])).await,
            };
        }
        assert!(seen > pages() && judged > pages() / 2, "{seen} rows were checked against {judged} conditions");
    }
}

/// The numbers that a server brings which does not heed the filter, and those of a server that does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_heed_the_filter_is_noticed() {
    let world = World::new(TextOrder::CodePoints).await;
    let deaf = client(&world.zeyos, FilterMember::Filter);
    let (mut dice, mut wrong, mut right) = (Random(915), 0, 0);
    for page in 0..pages() / 3 {
        let filter = world.nested(page % 4, &mut dice, World::decided);
        let query = Ticket::query().filter(filter.clone()).sort([ticket::ID.asc()]).verified();
        assert!(query.conditions().iter().all(|condition| condition.unjudged.is_none()));
        let wanted: BTreeSet<_> =
            world.client.api().list_tickets(query.clone()).ids().await.unwrap().into_inner().into_iter().collect();
        let answers = [
            deaf.api().list_tickets(query.clone()).await.map(|rows| rows.len()),
            deaf.api().list_tickets(query.clone().select::<Keyed>()).await.map(|rows| rows.len()),
            deaf.api().list_tickets(query.clone()).ids().await.map(|ids| ids.len()),
            deaf.api()
                .list_tickets(query.clone().select::<Named>())
                .pages()
                .next()
                .await
                .unwrap_or_else(|| Ok(Vec::new()))
                .map(|rows| rows.len()),
        ];
        for answer in answers {
            match answer {
                Ok(rows) => {
                    assert_eq!(
                        (rows, wanted.len()),
                        (world.tickets.len(), world.tickets.len()),
                        "{}",
                        filter.to_json()
                    );
                    right += 1;
                }
                Err(error) => {
                    let contradiction = error.contradiction().unwrap_or_else(|| panic!("{error}"));
                    let first = world.tickets.iter().position(|id| !wanted.contains(id));
                    assert_eq!(Some(contradiction.row), first, "{error}: {}", filter.to_json());
                    assert_eq!(contradiction.id, first.map(|row| world.tickets[row].get()));
                    wrong += 1;
                }
            }
        }
    }
    assert!(wrong > right && right > 0, "{wrong} pages were wrong and {right} right");
}

#[tokio::test]
async fn a_contradiction_names_column_and_row_and_no_value() {
    let server = Recorder::json(json!([{"ID": 7, "name": "canary-1"}, {"ID": 9, "name": "canary-2"}]));
    let query = Ticket::query().filter(ticket::NAME.eq("canary-1")).select_paths(["ID", "name"]).verified();
    let error = server.client().api().list_tickets(query).await.unwrap_err();
    let contradiction = error.contradiction().unwrap();
    assert_eq!((contradiction.column.as_str(), contradiction.operator), ("name", "="));
    assert_eq!((contradiction.row, contradiction.id), (1, Some(9)));
    assert!(!error.is_decode() && !error.is_retryable() && error.may_have_been_sent());
    let said = format!("{error} {error:?}");
    assert!(said.contains("$[1] (ID 9)") && said.contains("name") && !said.contains("canary"), "{said}");
}

#[tokio::test]
async fn columns_that_are_needed_are_asked_for_and_a_row_without_one_is_refused() {
    let server = Recorder::json(json!([{"name": "a", "town": null, "status": 3}]));
    let wanted = ticket::STATUS.one_of([TicketStatus::from_code(3)]) & ticket::ACCOUNT.then(account::LASTNAME).eq("x");
    let query = Ticket::query().filter(wanted & ticket::NAME.like("%")).select::<Named>();
    let shown = server.client().api().list_tickets(query.clone().verified()).dry_run().unwrap().body.unwrap();
    assert_eq!(shown["fields"], json!({"name": "name", "town": "account.lastname", "status": "status", "ID": "ID"}));
    let unverified = server.client().api().list_tickets(query.clone()).dry_run().unwrap().body.unwrap();
    assert_eq!(unverified["fields"], json!({"name": "name", "town": "account.lastname"}));

    let error = server.client().api().list_tickets(query.clone().verified()).await.unwrap_err();
    assert_eq!(error.contradiction().unwrap().column, "account.lastname");
    let lacking = Ticket::query().filter(ticket::PRIORITY.ge(Priority::from_code(1))).select::<Named>().verified();
    let error = server.client().api().list_tickets(lacking).await.unwrap_err();
    assert!(error.is_decode() && error.to_string().contains("priority"), "{error}");
}

#[tokio::test]
async fn what_shows_no_rows_is_refused_before_sending() {
    let server = Recorder::json(json!([]));
    let client = server.client();
    let api = client.api();
    let query = || Ticket::query().filter(ticket::PRIORITY.ge(Priority::from_code(1))).verified();
    let refused = [
        api.list_tickets(query().distinct()).await.unwrap_err(),
        api.list_tickets(query()).count().await.unwrap_err(),
        api.list_tickets(query()).csv().await.unwrap_err(),
        api.list_tickets(query()).send_streamed().await.map(drop).unwrap_err(),
    ];
    for error in refused {
        assert!(error.is_request() && error.to_string().contains("verified()"), "{error}");
    }
    assert!(server.take().is_empty());
    assert!(!api.list_tickets(query()).exists().await.unwrap().into_inner());
}

#[test]
fn a_query_tells_which_of_its_conditions_are_judged() {
    let query = Ticket::query()
        .filter(ticket::PRIORITY.ge(Priority::from_code(1)) & ticket::NAME.lt("m"))
        .filter(!(ticket::DUEDATE.is_null() | ticket::NAME.contains("x")))
        .filter(ticket::ACCOUNT.then(account::LASTNAME).eq("x") & Filter::raw("status", "=", json!(1)))
        .filter(Column::<Ticket, Option<String>>::extdata("tier").eq("gold"))
        .live()
        .search("seal");
    let told: Vec<_> = query
        .conditions()
        .into_iter()
        .map(|condition| (condition.column, condition.operator, condition.unjudged))
        .collect();
    let wanted = [
        ("priority", ">=", None),
        ("name", "<", Some(Unjudged::TextOrder)),
        ("duedate", "=", Some(Unjudged::Null)),
        ("name", "~~", Some(Unjudged::Pattern)),
        ("account.lastname", "=", Some(Unjudged::NotSelected)),
        ("status", "=", Some(Unjudged::Raw)),
        ("extdata.tier", "=", Some(Unjudged::CustomField)),
        ("visibility", "=", None),
        ("query", "", Some(Unjudged::Search)),
    ];
    assert_eq!(told, wanted.map(|(column, operator, unjudged)| (column.to_owned(), operator, unjudged)));
    let chosen = query.select::<Named>().conditions();
    assert_eq!(chosen[4].unjudged, None, "joined columns can be chosen");
    let written = Ticket::query().live().member("filters", json!({"status": 1})).conditions();
    assert_eq!((written.len(), written[0].unjudged), (1, Some(Unjudged::Raw)));
}
