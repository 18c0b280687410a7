//! Numbers about all rows of a list, which the server cannot reckon: they are read as a stream, and added exactly.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::kind::List;
use super::{Body, Call, PageStream};
use crate::error::{DecodeError, Error};
use crate::fields::Fields;
use crate::maybe_send::BoxFuture;
use crate::model::{Custom, Decimal, Exact, Json, JsonMap};
use crate::query::{Column, Model, Number};

/// The names of columns in the rows.
const VALUE: &str = "value";
const CURRENCY: &str = "currency";
const GROUP: &str = "group";

/// Groups that are held in memory, unless it is said.
const GROUPS: usize = 10_000;

/// A row: its numbers as they stand on the wire.
type Line = BTreeMap<String, Box<RawValue>>;

impl<E: Model> Call<Vec<E>, List> {
    /// Adds up a column of all matching rows: see [`Aggregation`]. Of a custom field, values that are not a number count as
    /// [`nulls`](Aggregate::nulls).
    pub fn sum<T: Number, K>(self, column: Column<E, T, K>) -> Aggregation<E> {
        Aggregation::new(self, column, How::Sum)
    }

    /// The least value of a column of all matching rows: see [`Aggregation`].
    pub fn min<T: Number, K>(self, column: Column<E, T, K>) -> Aggregation<E> {
        Aggregation::new(self, column, How::Least(Ordering::Less))
    }

    /// The greatest value of a column of all matching rows: see [`Aggregation`].
    pub fn max<T: Number, K>(self, column: Column<E, T, K>) -> Aggregation<E> {
        Aggregation::new(self, column, How::Least(Ordering::Greater))
    }
}

/// What is reckoned, and how a value is read: `None` is null.
#[derive(Clone, Copy)]
struct Reckoning {
    how: How,
    read: fn(&str) -> Result<Option<Exact>, Error>,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Sum,
    /// Whatever compares so with all others.
    Least(Ordering),
}

/// A number about all rows of a list. Await it: then all of them are read, page by page, and no more than a page is held.
///
/// The numbers are taken from the text of the wire and added as decimals, so that a million rows of 0.10 give 100000.00; a sum of more than
/// 38 digits is an error. Where records have a currency, rows of two currencies are an error: choose one by a filter, or
/// [group by](Aggregation::group_by) it. Of the query its filter and its limit count, which takes the first rows by ID. Refused before
/// sending are a limit beside a sort, since that means other rows, an offset, and a query that chooses distinct rows.
///
/// A value that is not a number is an error, but for custom fields: no server is known to check those against their type. There a number
/// may stand among spaces, and what is none, such as an empty text or `about an hour`, counts as null, as [`Custom::value`] has it.
///
/// ```
/// # use zeyos_core::query::{Column, Model};
/// # use zeyos_core::{Call, Error, call::kind};
/// # pub struct Payment;
/// # impl Model for Payment {
/// #     const RESOURCE: &'static str = "payments";
/// # }
/// # mod payment {
/// #     use super::*;
/// #     pub const AMOUNT: Column<Payment, f64> = Column::new("amount");
/// # }
/// # async fn total(payments: Call<Vec<Payment>, kind::List>) -> Result<(), Error> {
/// let total = payments.sum(payment::AMOUNT).await?;
/// println!("{} in {} payments", total.value.map_or_else(String::new, |value| value.to_string()), total.rows);
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
#[must_use = "nothing is sent until it is awaited"]
pub struct Aggregation<E> {
    call: Call<Vec<E>, List>,
    reckoning: Reckoning,
    value: String,
    currency: Option<String>,
    record: PhantomData<fn() -> E>,
}

/// The same for each value of a column. Await it.
#[must_use = "nothing is sent until it is awaited"]
pub struct Grouping<E> {
    of: Aggregation<E>,
    group: String,
    most: usize,
}

/// A number about rows.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Aggregate {
    /// The number, exactly. `None` for the least and the greatest of no values.
    pub value: Option<Decimal>,
    /// How many rows have a value in the column.
    pub rows: u64,
    /// How many rows have none, and are not in the number; of a custom field also those whose value is not a number.
    pub nulls: u64,
    /// The currency of all of them, where records have one.
    pub currency: Option<String>,
}

/// The rows that have one value in a column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AggregateGroup {
    /// The value, as it stands on the wire.
    pub key: Json,
    /// The number about these rows.
    pub aggregate: Aggregate,
}

impl<E: Model> Aggregation<E> {
    fn new<T: Number, K>(call: Call<Vec<E>, List>, column: Column<E, T, K>, how: How) -> Self {
        let currency = E::CURRENCY.map(str::to_owned);
        let reckoning = Reckoning { how, read: if T::IS_CUSTOM { custom } else { plain } };
        Aggregation { call, reckoning, value: column.path(), currency, record: PhantomData }
    }

    /// The column that says the currency, where it is that of another resource: over a foreign key.
    pub fn currency<T, K>(mut self, column: Column<E, T, K>) -> Self {
        self.currency = Some(column.path());
        self
    }

    /// For numbers that are not amounts of money, such as weights: rows of any currency count together.
    pub fn any_currency(mut self) -> Self {
        self.currency = None;
        self
    }

    /// The number for each value of a column, in the order of their texts. At most 10,000 groups, unless
    /// [`most_groups`](Grouping::most_groups) says otherwise; more are an error.
    pub fn group_by<T, K>(self, column: Column<E, T, K>) -> Grouping<E> {
        Grouping { of: self, group: column.path(), most: GROUPS }
    }

    /// The rows, with nothing in them but what is needed.
    fn lines(self, group: Option<String>) -> PageStream<Line> {
        let mut fields = JsonMap::from_iter([(VALUE.to_owned(), Json::from(self.value))]);
        fields.extend(self.currency.map(|path| (CURRENCY.to_owned(), path.into())));
        fields.extend(group.map(|path| (GROUP.to_owned(), path.into())));
        self.call.choosing(fields).retyped::<Vec<Line>, List>().pages()
    }
}

impl<E: Model> Grouping<E> {
    /// How many groups are held at most.
    pub fn most_groups(mut self, groups: usize) -> Self {
        self.most = groups;
        self
    }

    async fn reckon(self) -> Result<Vec<AggregateGroup>, Error> {
        let Grouping { of, group, most } = self;
        let (reckoning, mut groups) = (of.reckoning, BTreeMap::<String, Running>::new());
        let mut lines = of.lines(Some(group));
        while let Some(page) = lines.next().await {
            for line in page? {
                let key = text(&line, GROUP)?.to_owned();
                if groups.len() == most && !groups.contains_key(&key) {
                    return Err(Error::request(format!(
                        "there are more than {most} groups; most_groups() allows more"
                    )));
                }
                groups.entry(key).or_default().take(&line, reckoning)?;
            }
        }
        let group = |(key, running): (String, Running)| {
            let key = serde_json::from_str(&key).map_err(|error| unreadable(&error.to_string()))?;
            Ok(AggregateGroup { key, aggregate: running.ended(reckoning)? })
        };
        groups.into_iter().map(group).collect()
    }
}

/// A number that is being reckoned.
#[derive(Default)]
struct Running {
    value: Option<Exact>,
    rows: u64,
    nulls: u64,
    currency: Option<Option<String>>,
}

impl Running {
    fn take(&mut self, line: &Line, reckoning: Reckoning) -> Result<(), Error> {
        let Some(value) = (reckoning.read)(text(line, VALUE)?)? else {
            self.nulls += 1;
            return Ok(());
        };
        if let Some(currency) = line.get(CURRENCY) {
            let currency: Option<String> =
                serde_json::from_str(currency.get()).map_err(|_| unreadable("a currency is not text"))?;
            let known = self.currency.get_or_insert_with(|| currency.clone());
            if *known != currency {
                let name = |currency: &Option<String>| currency.clone().unwrap_or_else(|| "none".to_owned());
                let (one, other) = (name(known), name(&currency));
                return Err(Error::request(format!(
                    "the rows are in several currencies, {one} and {other}: filter for one, or group by the currency"
                )));
            }
        }
        self.rows += 1;
        self.value = Some(match (self.value, reckoning.how) {
            (None, _) => value,
            (Some(sum), How::Sum) => sum.plus(value).ok_or_else(too_long)?,
            (Some(known), How::Least(order)) => {
                if value.compare(known).ok_or_else(too_long)? == order {
                    value
                } else {
                    known
                }
            }
        });
        Ok(())
    }

    fn ended(self, reckoning: Reckoning) -> Result<Aggregate, Error> {
        let value = match (self.value, reckoning.how) {
            (None, How::Sum) => Some(Exact::ZERO),
            (value, _) => value,
        };
        let value = value.map(|value| value.to_string().parse::<Decimal>()).transpose().map_err(Error::request)?;
        Ok(Aggregate { value, rows: self.rows, nulls: self.nulls, currency: self.currency.flatten() })
    }
}

/// A value of a column, whose type the server keeps.
fn plain(value: &str) -> Result<Option<Exact>, Error> {
    let value = value.trim_matches('"');
    if value == "null" { Ok(None) } else { Exact::parse(value).map(Some).ok_or_else(inexact) }
}

/// A value of a custom field, read as [`Custom`] reads it, but for numbers, which are taken digit by digit.
fn custom(value: &str) -> Result<Option<Exact>, Error> {
    if let Some(exact) = Exact::parse(value) {
        return Ok(Some(exact));
    }
    let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let number = if is_number {
        value.parse::<Decimal>().ok()
    } else {
        // A list or an object is not a value of a custom field.
        serde_json::from_str::<Option<Custom<Decimal>>>(value).ok().flatten().and_then(|custom| custom.value())
    };
    number.map(|number| number.exact().ok_or_else(inexact)).transpose()
}

fn text<'a>(line: &'a Line, name: &str) -> Result<&'a str, Error> {
    line.get(name).map(|value| value.get()).ok_or_else(|| unreadable("a row lacks a column that was asked for"))
}

fn inexact() -> Error {
    unreadable("a value is not a number that can be reckoned with exactly")
}

fn too_long() -> Error {
    unreadable("the numbers have more digits than can be reckoned with")
}

fn unreadable(what: &str) -> Error {
    Error::decode(DecodeError::unexpected(what.to_owned()), http::Response::new(Bytes::new()))
}

impl<E: Model> IntoFuture for Aggregation<E> {
    type Output = Result<Aggregate, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let (operation, reckoning) = (self.call.request().operation.id, self.reckoning);
        let mut lines = self.lines(None);
        Box::pin(async move {
            let mut running = Running::default();
            while let Some(page) = lines.next().await {
                let page = page?;
                page.iter().try_for_each(|line| running.take(line, reckoning)).map_err(|error| error.at(operation))?;
            }
            running.ended(reckoning)
        })
    }
}

impl<E: Model> IntoFuture for Grouping<E> {
    type Output = Result<Vec<AggregateGroup>, Error>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let operation = self.of.call.request().operation.id;
        let reckoned = self.reckon();
        Box::pin(async move { reckoned.await.map_err(|error| error.at(operation)) })
    }
}

impl<E> fmt::Debug for Aggregation<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aggregation")
            .field("of", &self.reckoning.how)
            .field("column", &self.value)
            .finish_non_exhaustive()
    }
}

impl<E> fmt::Debug for Grouping<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouping").field("of", &self.of).field("by", &self.group).finish_non_exhaustive()
    }
}

impl<E> Call<Vec<E>, List> {
    /// With these columns and no others, in no order but that of pages.
    fn choosing(self, columns: JsonMap) -> Self {
        self.map_request(|request| {
            let Body::Fields(fields) = &mut request.body else { return };
            let refusal = refusal(fields);
            ["sort", "expand", "extdata", "tags"].iter().for_each(|name| fields.remove(name));
            fields.set("fields", Json::Object(columns));
            if let Some(verification) = &mut request.verification {
                *verification = std::sync::Arc::new(verification.selecting(fields));
            }
            if let Some(reason) = refusal {
                request.refuse(format!("numbers about all rows: {reason}"));
            }
        })
    }
}

/// Why a number would be about other rows than those that the query means.
fn refusal(fields: &Fields) -> Option<&'static str> {
    let is_list_of_none = |value: &Json| value.as_array().is_some_and(Vec::is_empty);
    let says = |name: &str| fields.get(name).is_some_and(|value| !value.is_null() && !is_list_of_none(value));
    if fields.get("distinct").is_some_and(|distinct| *distinct == true) {
        return Some("other rows are `distinct` once other columns are chosen");
    }
    if fields.get("offset").is_some_and(|offset| !offset.is_null() && *offset != 0) {
        return Some("they are not begun at an `offset`");
    }
    (says("sort") && says("limit")).then_some("rows are read by ID, and a `limit` beside a `sort` means others")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_a_custom_field_that_is_no_number_is_null() {
        let read = |value: &str| custom(value).map(|exact| exact.map(|exact| exact.to_string()));
        for odd in ["null", r#""""#, r#""about an hour""#, r#""1,5""#, r#""12 h""#, "[15]", "{}", r#""NaN""#] {
            assert_eq!(read(odd).unwrap(), None, "{odd}");
        }
        for (value, number) in [
            (r#"" 15 ""#, "15"),
            (r#""+2.50\n""#, "2.50"),
            (r#""\u0031""#, "1"),
            ("-1e1", "-10"),
            ("12345678901234567.89", "12345678901234567.89"),
            ("true", "1"),
        ] {
            assert_eq!(read(value).unwrap().as_deref(), Some(number), "{value}");
        }
        for too_long in ["1e300", r#""1e300""#, r#"" 0.000000000000000000000000000000000000000000001""#] {
            assert!(read(too_long).unwrap_err().is_decode(), "{too_long}");
        }
        assert!(plain(r#""""#).is_err() && plain(r#"" 15 ""#).is_err(), "of a column that the server keeps");
    }
}
