//! The queries: every operator on every type of column that it is for, and every other thing that a request can say.

use serde_json::Value as Json;
use zeyos::custom_fields::Extension;
use zeyos::rest::{Item, ItemType, Priority, Ticket, TicketStatus, Visibility, account, item, ticket};
use zeyos::{Client, Column, Custom, Decimal, Filter, Id, Query, Row, Timestamp, projection};
use zeyos_core::model::Wire;
use zeyos_core::query::{Text, Value};

use super::world::START;
use crate::wire::Recorder;

/// A query as it is sent.
pub(super) struct Case {
    pub name: String,
    pub resource: &'static str,
    pub body: Json,
}

projection! {
    struct Line from Ticket {
        number: Id<Ticket> = ticket::ID,
        name: String = ticket::NAME,
        customer: Option<String> = ticket::ACCOUNT.then(account::LASTNAME),
        due: Option<Timestamp> = ticket::DUEDATE,
        channel: Option<String> = Column::extdata("channel"),
    }
}

projection! {
    struct State from Ticket {
        status: TicketStatus = ticket::STATUS,
        live: Visibility = ticket::VISIBILITY,
    }
}

/// Where all queries are collected.
struct Table {
    client: Client,
    cases: Vec<Case>,
}

impl Table {
    fn add(&mut self, name: impl Into<String>, resource: &'static str, body: Option<zeyos::JsonMap>) {
        let body = body.map_or_else(|| Json::Object(zeyos::JsonMap::new()), Json::Object);
        self.cases.push(Case { name: name.into(), resource, body });
    }

    fn tickets<P: Row<Ticket>>(&mut self, name: impl Into<String>, query: Query<Ticket, P>) {
        let shown = self.client.api().list_tickets(query).dry_run().unwrap();
        self.add(name, "tickets", shown.body);
    }

    fn count<P: Row<Ticket>>(&mut self, name: impl Into<String>, query: Query<Ticket, P>) {
        let shown = self.client.api().list_tickets(query).count().dry_run().unwrap();
        self.add(name, "tickets", shown.body);
    }

    /// In an order that decides between all rows, as every list should have.
    fn filter(&mut self, name: impl Into<String>, filter: Filter<Ticket>) {
        self.tickets(name, Ticket::query().filter(filter).sort(ticket::ID.asc()));
    }

    fn items(&mut self, name: impl Into<String>, filter: Filter<Item>) {
        let query = Item::query().filter(filter).sort(item::ID.asc());
        let shown = self.client.api().list_items(query).dry_run().unwrap();
        self.add(name, "items", shown.body);
    }

    /// Every comparison with two values of a column.
    fn compared<T: Value, K>(&mut self, name: &str, column: Column<Ticket, T, K>, low: T::Plain, high: T::Plain)
    where
        T::Plain: Wire + Clone,
    {
        for (operator, filter) in comparisons(column, low, high) {
            self.filter(format!("{name} {operator}"), filter);
        }
    }

    /// Every pattern on a column of texts.
    fn patterns<T: Text, K>(&mut self, name: &str, column: Column<Ticket, T, K>) {
        for (operator, filter) in patterns(column) {
            self.filter(format!("{name} {operator}"), filter);
        }
    }
}

fn comparisons<E: zeyos::Model, T: Value, K>(
    column: Column<E, T, K>,
    low: T::Plain,
    high: T::Plain,
) -> [(&'static str, Filter<E>); 9]
where
    T::Plain: Wire + Clone,
{
    [
        ("equal", column.eq(low.clone())),
        ("not equal", column.ne(low.clone())),
        ("less", column.lt(high.clone())),
        ("at most", column.le(low.clone())),
        ("greater", column.gt(low.clone())),
        ("at least", column.ge(high.clone())),
        ("between", column.between(low.clone()..high.clone())),
        ("one of", column.one_of([low.clone(), high.clone()])),
        ("none of", column.none_of([low, high])),
    ]
}

fn patterns<E: zeyos::Model, T: Text, K>(column: Column<E, T, K>) -> Vec<(&'static str, Filter<E>)> {
    vec![
        ("like", column.like("%e%a%")),
        ("like one letter", column.like("a_b")),
        ("like, capitals or not", column.ilike("LEAKS%")),
        ("not like", column.not_like("%e%")),
        ("not like, capitals or not", column.not_ilike("%MONDAY")),
        ("starts with", column.starts_with("50%")),
        ("starts with, capitals or not", column.istarts_with("leaks")),
        ("ends with", column.ends_with("\\slash")),
        ("ends with, capitals or not", column.iends_with("OFF")),
        ("contains", column.contains("a_b")),
        ("contains, capitals or not", column.icontains("VENTIL")),
        ("matches", column.matches("^[a-z_]+$")),
        ("matches, capitals or not", column.imatches("since|again")),
        ("does not match", column.not_matches("^[A-Z]")),
        ("does not match, capitals or not", column.not_imatches("^l")),
    ]
}

fn time(hours: i64) -> Timestamp {
    Timestamp::from_unix(START + 3600 * hours)
}

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let server = Recorder::json(Json::Null);
    let mut table = Table { client: server.client(), cases: Vec::new() };
    types(&mut table);
    texts(&mut table);
    joined(&mut table);
    numbers(&mut table);
    logic(&mut table);
    shapes(&mut table);
    table.cases
}

/// Comparisons by the type of the column.
fn types(table: &mut Table) {
    let (one, two) = (TicketStatus::from_code(2), TicketStatus::from_code(6));
    table.compared("enum", ticket::STATUS, one, two);
    table.compared("priority", ticket::PRIORITY, Priority::from_code(1), Priority::from_code(3));
    table.compared("id", ticket::ID, Id::new(9), Id::new(30));
    table.compared("time", ticket::DATE, time(3), time(9));
    table.compared("key that may be null", ticket::ACCOUNT, Id::new(2), Id::new(3));
    table.compared("text", ticket::NAME, "bearing".to_owned(), "flange".to_owned());
    let minutes = Column::<Ticket, Option<Custom<Decimal>>, Extension>::custom("minutes");
    table.filter("custom field, number, equal", minutes.eq(40));
    table.filter("custom field, number, less", minutes.lt(60));
    table.filter("custom field, number, at least", minutes.ge(100));
    let channel = Column::<Ticket, Option<String>>::extdata("channel");
    table.filter("custom field, text, equal", channel.eq("mail"));
    table.filter("custom field, text, not equal", channel.ne("mail"));
    table.filter("custom field, text, one of", channel.one_of(["mail", "visit"]));
    table.filter("custom field, text, none of", channel.none_of(["mail", "visit"]));
    table.filter("custom field, text, pattern", channel.icontains("I"));
    table.filter("custom field, null", channel.is_null());
    table.filter("custom field, not null", channel.is_not_null());
    table.filter("time that may be null, null", ticket::DUEDATE.is_null());
    table.filter("time that may be null, not null", ticket::DUEDATE.is_not_null());
    table.filter("time that may be null, equal", ticket::DUEDATE.eq(time(24 * 4)));
    table.filter("time that may be null, one of", ticket::DUEDATE.one_of([time(24 * 4), time(24 * 7)]));
    table.filter("key that may be null, null", ticket::ACCOUNT.is_null());
    table.filter("key that may be null, not null", ticket::ACCOUNT.is_not_null());
    table.filter("one of none", ticket::STATUS.one_of(Vec::<TicketStatus>::new()));
    table.filter("none of none", ticket::ACCOUNT.none_of(Vec::<Id<zeyos::rest::Account>>::new()));
}

fn texts(table: &mut Table) {
    table.patterns("text", ticket::DESCRIPTION);
    table.filter("text empty", ticket::DESCRIPTION.eq(""));
    table.filter("text of a number", ticket::TICKETNUM.eq("T-007"));
    table.filter("text with a backslash", ticket::DESCRIPTION.eq("back\\slash"));
    table.filter("text of two lines", ticket::DESCRIPTION.eq("leaks\nagain and again"));
}

/// Columns behind a key that may be null.
fn joined(table: &mut Table) {
    table.compared("joined text", ticket::ACCOUNT.then(account::LASTNAME), "flange".to_owned(), "hose".to_owned());
    for (name, filter) in patterns(ticket::ACCOUNT.then(account::LASTNAME)).into_iter().take(5) {
        table.filter(format!("joined text {name}"), filter);
    }
    let flag = ticket::ACCOUNT.then(account::EXCLUDETAX);
    table.filter("joined flag, yes", flag.eq(true));
    table.filter("joined flag, no", flag.eq(false));
    table.filter("joined null", ticket::ACCOUNT.then(account::LASTNAME).is_null());
    table.filter("joined not null", ticket::ACCOUNT.then(account::LASTNAME).is_not_null());
    let both = ticket::ACCOUNT.then(account::CURRENCY);
    table.filter("joined and own", both.eq("EUR") & ticket::STATUS.lt(TicketStatus::from_code(5)));
    table.filter("joined or own", both.eq("SEK") | ticket::ACCOUNT.is_null());
}

/// Numbers with a fraction, on another resource.
fn numbers(table: &mut Table) {
    for (name, filter) in comparisons(item::SELLINGPRICE, 5.0, 22.5) {
        table.items(format!("number {name}"), filter);
    }
    for (name, filter) in comparisons(item::TAXRATE, 7.0, 25.5) {
        table.items(format!("number that may be null {name}"), filter);
    }
    table.items("enum of items", item::TYPE.eq(ItemType::from_code(1)));
    table.items("number and enum", item::WEIGHT.gt(1.0) & item::TYPE.ne(ItemType::from_code(1)));
}

/// Conditions on conditions.
fn logic(table: &mut Table) {
    let urgent = || ticket::PRIORITY.ge(Priority::from_code(3));
    let early = || ticket::DATE.lt(time(8));
    let named = || ticket::NAME.one_of(["anchor", "hose"]);
    let customer = || ticket::ACCOUNT.eq(Id::new(1));
    table.filter("and", urgent() & early());
    table.filter(
        "and of one column",
        ticket::ID.ge(Id::new(5)) & ticket::ID.le(Id::new(12)) & ticket::ID.ne(Id::new(7)),
    );
    table.filter("and of one operator", ticket::NAME.contains("e") & ticket::NAME.contains("n"));
    table.filter("or", urgent() | named());
    table.filter("or of one column", ticket::NAME.eq("hose") | ticket::NAME.eq("engine"));
    table.filter("or of three", urgent() | named() | early());
    table.filter("not", !urgent());
    table.filter("not of a null", !customer());
    table.filter("not not", !!early());
    table.filter("not and", !(urgent() & early()));
    table.filter("not or", !(urgent() | named()));
    table.filter("and of ors", (urgent() | early()) & (named() | customer()));
    table.filter("or of ands", (urgent() & early()) | (named() & customer()));
    table.filter("not within or", !early() | named());
    table.filter("deep", !(!(urgent() | !(early() & !named())) & customer()));
    table.tickets("several filters", Ticket::query().filter(urgent()).filter(named()).sort(ticket::ID.asc()));
    table.tickets(
        "filters that collide",
        Ticket::query().filter(named()).filter(ticket::NAME.eq("hose")).sort(ticket::ID.asc()),
    );
    table.tickets("in use", Ticket::query().live().sort(ticket::ID.asc()));
    table.tickets("archived", Ticket::query().archived().sort(ticket::ID.asc()));
    table.tickets("in use and more", Ticket::query().live().filter(urgent()).sort(ticket::ID.asc()));
    table.tickets("search", Ticket::query().search("GASK").sort(ticket::ID.asc()));
    table.tickets("search in a number", Ticket::query().search("t-01").sort(ticket::ID.asc()));
    table.tickets("search and filter", Ticket::query().search("e").filter(urgent()).sort(ticket::ID.asc()));
}

/// Columns, orders, parts of lists, numbers of rows.
fn shapes(table: &mut Table) {
    let all = Ticket::query;
    table.tickets("projection", all().select::<Line>().sort(ticket::ID.asc()));
    table.tickets("projection in another order", all().select::<Line>().sort(ticket::ID.desc()).limit(7));
    table.tickets(
        "projection, filtered",
        all().filter(ticket::ACCOUNT.is_not_null()).select::<State>().sort(ticket::ID.asc()),
    );
    table.tickets(
        "aliases",
        all().select_aliases([("who", "account.lastname"), ("what", "name")]).sort(ticket::ID.asc()),
    );
    table.tickets(
        "distinct",
        all().select::<State>().distinct().sort([ticket::STATUS.asc(), ticket::VISIBILITY.desc()]),
    );
    table.tickets(
        "distinct, a part",
        all().select::<State>().distinct().sort([ticket::STATUS.asc(), ticket::VISIBILITY.desc()]).limit(4).offset(3),
    );
    table.tickets("descending", all().sort(ticket::ID.desc()));
    table.tickets("two orders", all().sort([ticket::NAME.asc(), ticket::ID.desc()]));
    table.tickets("three orders", all().sort([ticket::STATUS.desc(), ticket::NAME.asc(), ticket::ID.asc()]));
    table.tickets("order by a column that may be null", all().sort([ticket::DUEDATE.asc(), ticket::ID.asc()]));
    table.tickets("descending by one", all().sort([ticket::DUEDATE.desc(), ticket::ID.asc()]));
    table.tickets(
        "order by a joined column",
        all().sort([ticket::ACCOUNT.then(account::LASTNAME).asc(), ticket::ID.asc()]),
    );
    table.tickets(
        "order by a custom field",
        all().sort([Column::<Ticket, Option<String>>::extdata("channel").desc(), ticket::ID.asc()]),
    );
    table.tickets("limit", all().sort(ticket::ID.asc()).limit(5));
    table.tickets("limit and offset", all().sort(ticket::ID.asc()).limit(5).offset(44));
    table.tickets("offset", all().sort(ticket::ID.asc()).offset(40));
    table.tickets("offset beyond", all().sort(ticket::ID.asc()).offset(4000));
    table.tickets(
        "verified",
        all().filter(ticket::STATUS.eq(TicketStatus::from_code(4))).select::<Line>().sort(ticket::ID.asc()).verified(),
    );
    table.count("count", all());
    table.count("count, filtered", all().filter(ticket::STATUS.gt(TicketStatus::from_code(4))));
    table.count("count, searched", all().search("hose"));
    table.count("count of joined", all().filter(ticket::ACCOUNT.then(account::CURRENCY).eq("NOK")));
}
