//! The body of a list request, built step by step.

use std::fmt;
use std::marker::PhantomData;

use super::filter::Node;
use super::value::Comparison;
use super::verify::{self, Condition, Verification};
use super::{Column, Filter, HasExtData, HasState, HasTags, JsonRow, Model, Projection, Sort};
use crate::fields::Fields;
use crate::model::{Json, JsonMap};

/// The member under which filters are built.
const FILTER: &str = FilterMember::Filters.name();

/// The most rows that one answer has.
const MOST_ROWS: u32 = 10_000;

/// Name of the list member that holds the filter.
///
/// The documents know `filter`; the vendor's own clients send `filters`, and a server is said to ignore `filter` on foreign
/// keys without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FilterMember {
    /// `filters`, as the vendor's clients do.
    #[default]
    Filters,
    /// `filter`, as the documents do.
    Filter,
}

impl FilterMember {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            FilterMember::Filters => "filters",
            FilterMember::Filter => "filter",
        }
    }
}

/// A list request for records `E`, read into rows of type `P`.
///
/// ```
/// # #![allow(unused)]
/// # use zeyos_core as zeyos;
/// # use zeyos_core::query::{Column, ForeignKey, HasState, Model};
/// # use zeyos_core::{Composite, Id, Query, Timestamp};
/// # #[derive(Debug)]
/// # pub struct Ticket;
/// # impl Model for Ticket {
/// #     const RESOURCE: &'static str = "tickets";
/// # }
/// # impl HasState for Ticket {
/// #     const STATE: &'static str = "visibility";
/// # }
/// # impl Ticket {
/// #     fn query() -> Query<Ticket> {
/// #         Query::new()
/// #     }
/// # }
/// # #[derive(Debug)]
/// # pub struct Account;
/// # impl Model for Account {
/// #     const RESOURCE: &'static str = "accounts";
/// # }
/// # mod ticket {
/// #     use super::*;
/// #     pub const ID: Column<Ticket, Id<Ticket>> = Column::new("ID");
/// #     pub const NAME: Column<Ticket, String> = Column::new("name");
/// #     pub const DUEDATE: Column<Ticket, Option<Timestamp>> = Column::new("duedate");
/// #     pub const ACCOUNT: Column<Ticket, Option<Id<Account>>, ForeignKey> = Column::new("account");
/// #     pub const BILLINGITEMS: Column<Ticket, Option<Composite<String, Vec<i64>>>> = Column::new("billingitems");
/// # }
/// # mod account {
/// #     use super::*;
/// #     pub const LASTNAME: Column<Account, String> = Column::new("lastname");
/// # }
/// # fn main() {
/// let query = Ticket::query()
///     .live()
///     .filter(ticket::DUEDATE.lt(Timestamp::from_unix(1_767_225_600)))
///     .sort(ticket::ID.asc())
///     .limit(100);
/// # let _ = query;
/// # }
/// // let tickets = client.api().list_tickets(query).await?;
/// ```
///
/// It adds nothing on its own: without a filter archived and deleted rows are included, without a limit the server stops
/// silently at 1000 rows.
#[must_use = "a query does nothing until it is passed to a list method"]
pub struct Query<E, P = E> {
    fields: Fields,
    /// The filters, as they stand in the fields.
    conditions: Vec<Node>,
    is_verified: bool,
    /// Why it must not be sent.
    invalid: Option<String>,
    types: PhantomData<fn() -> (E, P)>,
}

impl<E: Model> Query<E> {
    /// All rows, whole records.
    pub fn new() -> Self {
        Query { fields: Fields::new(), conditions: Vec::new(), is_verified: false, invalid: None, types: PhantomData }
    }
}

impl<E: Model> Default for Query<E> {
    fn default() -> Self {
        Query::new()
    }
}

impl<E, P> Query<E, P> {
    fn with(mut self, name: &'static str, value: Json) -> Self {
        self.fields.set(name, value);
        self
    }

    fn push(mut self, name: &'static str, members: impl Iterator<Item = Json>) -> Self {
        match self.fields.entry(name) {
            Json::Array(list) => list.extend(members),
            empty => *empty = members.collect(),
        }
        self
    }

    pub(super) fn retyped<Q>(self) -> Query<E, Q> {
        let Query { fields, conditions, is_verified, invalid, .. } = self;
        Query { fields, conditions, is_verified, invalid, types: PhantomData }
    }

    /// With these columns by name, in this order: it is that of the columns in a CSV file.
    pub(super) fn selecting<Q>(mut self, columns: Vec<(String, Json)>) -> Query<E, Q> {
        self.fields.set_ordered("fields", columns);
        self.retyped()
    }

    /// Only rows that meet the condition. Several filters must all be met.
    pub fn filter(self, filter: Filter<E>) -> Self {
        self.filter_node(filter.sent())
    }

    /// A member as it was stored.
    pub(super) fn plain(self, name: &'static str, value: Json) -> Self {
        self.with(name, value)
    }

    /// The members that were set; those that could hold secrets are left out.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.fields.members().filter_map(|(name, value)| Some((name, value?)))
    }

    /// The names of the columns in rows, in their order, where that is not the order of the alphabet.
    pub(super) fn order(&self) -> Option<Vec<String>> {
        self.fields.order("fields").map(<[String]>::to_vec)
    }

    pub(super) fn is_verified(&self) -> bool {
        self.is_verified
    }

    pub(super) fn filter_node(mut self, node: Node) -> Self {
        let node = node.beyond(&self.conditions);
        if node.is_true() {
            return self;
        }
        let condition = node.to_json();
        self.conditions.push(node);
        let place = self.fields.entry(FILTER);
        *place = match std::mem::take(place) {
            Json::Null => condition,
            earlier => both(earlier, condition),
        };
        self
    }

    /// Only rows that hold these search words in the text columns of the resource. Which columns are searched is not documented.
    pub fn search(self, words: &str) -> Self {
        self.with("query", words.into())
    }

    /// By this column, or by several in this order, of which earlier ones weigh more. End with the primary key where pages must not
    /// overlap.
    pub fn sort(self, columns: impl IntoIterator<Item = Sort<E>>) -> Self {
        self.push("sort", columns.into_iter().map(|sort| sort.into_key().into()))
    }

    /// At most this many rows, from 1 to 10000. A request with another number is not sent: the server is said to cut a larger one without
    /// a word, so that a loop over pages would end too early.
    pub fn limit(mut self, rows: u32) -> Self {
        if !(1..=MOST_ROWS).contains(&rows) {
            self.invalid.get_or_insert_with(|| format!(
                "limit({rows}): a list has from 1 to {MOST_ROWS} rows; more come page by page, sorted by ID and each filtered for an ID \
                 greater than the last one"
            ));
        }
        self.with("limit", rows.into())
    }

    /// Without the first rows.
    pub fn offset(self, rows: u64) -> Self {
        self.with("offset", rows.into())
    }

    /// Equal rows once only.
    pub fn distinct(self) -> Self {
        self.with("distinct", true.into())
    }

    /// This composite column with its content instead of text or a file number.
    pub fn expand<T, K>(self, column: Column<E, T, K>) -> Self {
        self.push("expand", std::iter::once(column.path().into()))
    }

    /// Rows of this type, with the columns that it names, in the order of its fields.
    pub fn select<Q: Projection<E>>(self) -> Query<E, Q> {
        self.selecting(Q::fields())
    }

    /// Untyped rows with these columns; every member is named by its path.
    pub fn select_paths<'a>(self, paths: impl IntoIterator<Item = &'a str>) -> Query<E, JsonRow> {
        self.with("fields", paths.into_iter().map(Json::from).collect()).retyped()
    }

    /// Untyped rows with these columns by name, in this order. A number as name means that the path itself is the name.
    pub fn select_aliases<'a>(self, aliases: impl IntoIterator<Item = (&'a str, &'a str)>) -> Query<E, JsonRow> {
        self.selecting(aliases.into_iter().map(|(name, path)| (name.to_owned(), path.into())).collect())
    }

    /// Holds every row that comes against the conditions of the query, so that a server which has not heeded its filter is noticed:
    /// the call, or the stream of it, then ends with an error that names the column and the row
    /// ([`Error::contradiction`](crate::Error::contradiction)), and no row of that page is handed over.
    ///
    /// Conditions are judged that have one meaning: equality and order of whole numbers, ids, times and enums, and equality of
    /// text. A row is never refused for others; [`conditions`](Query::conditions) tells which those are. Columns that are needed
    /// and not chosen are asked for as well, and so is the `ID`. Of whole records only their own columns are there: choose columns
    /// to have conditions on joined ones judged.
    ///
    /// Works for rows, streams, pages, ids and `exists`. A query that is `distinct`, a count and a CSV file are refused before sending: a
    /// further column would change which rows are equal, and a number shows no rows.
    pub fn verified(mut self) -> Self {
        self.is_verified = true;
        self
    }

    /// The comparisons that the query consists of, each with why it [is not judged](Query::verified), if it is not. Values are not shown.
    pub fn conditions(&self) -> Vec<Condition> {
        verify::conditions(&self.conditions, &self.fields)
    }

    /// Whether the request has this member.
    #[doc(hidden)]
    pub fn has_member(&self, name: &str) -> bool {
        self.fields.names().any(|own| own == name)
    }

    /// A member of the request that has no method of its own.
    pub fn member(mut self, name: &str, value: Json) -> Self {
        if name == FILTER {
            // It takes the place of the filters before it.
            self.conditions.clear();
        }
        self.fields.set(name.to_owned(), value);
        self
    }

    /// The body of the request, with the filter under this name.
    ///
    /// # Errors
    /// Why the request must not be sent.
    #[doc(hidden)]
    pub fn into_fields(self, filter: FilterMember) -> Result<Fields, String> {
        self.into_request(filter).map(|(fields, _)| fields)
    }

    /// The same with what its rows are to be checked against.
    pub(crate) fn into_request(mut self, filter: FilterMember) -> Result<(Fields, Option<Verification>), String> {
        let verification = if self.is_verified && self.invalid.is_none() {
            Some(Verification::new(self.conditions, &mut self.fields)?)
        } else {
            None
        };
        self.fields.rename(FILTER, filter.name());
        self.invalid.map_or(Ok((self.fields, verification)), Err)
    }
}

impl<E: Model, P> Query<E, P> {
    /// The times without an index that it has conditions on, each once.
    pub(crate) fn unindexed(&self) -> Vec<&'static str> {
        let mut found = Vec::new();
        for condition in verify::conditions(&self.conditions, &self.fields) {
            let slow = E::COLUMNS.unindexed.iter().copied().find(|name| *name == condition.column);
            found.extend(slow.filter(|name| !found.contains(name)));
        }
        found
    }
}

impl<E: HasExtData, P> Query<E, P> {
    /// Every record with its custom fields.
    pub fn extdata(self) -> Self {
        self.with("extdata", 1.into())
    }
}

impl<E: HasTags, P> Query<E, P> {
    /// Every record with its tags. Documented for single records only.
    pub fn tags(self) -> Self {
        self.with("tags", 1.into())
    }
}

impl<E: HasState, P> Query<E, P> {
    /// Only records in use: neither archived or switched off nor marked as deleted.
    pub fn live(self) -> Self {
        self.filter(Filter::leaf(E::STATE.to_owned(), "=", 0.into(), Comparison::Whole))
    }

    /// Only records that are archived or switched off.
    pub fn archived(self) -> Self {
        self.filter(Filter::leaf(E::STATE.to_owned(), "=", 1.into(), Comparison::Whole))
    }

    /// Records in use, archived ones and those that are marked as deleted. That is what a list without a filter has; here it is said.
    pub fn any_visibility(self) -> Self {
        self
    }
}

/// Two filter objects that must both be met. Entries that would collide go into a group.
pub(crate) fn both(earlier: Json, later: Json) -> Json {
    match (earlier, later) {
        (Json::Object(mut left), Json::Object(right)) if right.keys().all(|key| !left.contains_key(key)) => {
            left.extend(right);
            Json::Object(left)
        }
        (left, right) => {
            Json::Object(JsonMap::from_iter([("0".to_owned(), Json::from_iter(["AND".into(), left, right]))]))
        }
    }
}

impl<E, P> Clone for Query<E, P> {
    fn clone(&self) -> Self {
        Query {
            fields: self.fields.clone(),
            conditions: self.conditions.clone(),
            is_verified: self.is_verified,
            invalid: self.invalid.clone(),
            types: PhantomData,
        }
    }
}

impl<E, P> fmt::Debug for Query<E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(f)
    }
}
