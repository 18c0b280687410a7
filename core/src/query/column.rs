//! Columns as typed constants. A path over a foreign key is a column too.

mod custom;
#[cfg(feature = "rust_decimal")]
mod decimal;
mod text;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use super::value::{Reference, Value};
use super::{Filter, HasExtData, Model};
use crate::model::{Json, Wire};

pub use custom::Extension;
#[cfg(feature = "rust_decimal")]
pub use decimal::Fractional;

/// How many names a path can have. One hop is documented; more are left to the server.
const DEPTH: usize = 4;

/// A column of the records `E` with values of type `T`.
///
/// `K` is [`ForeignKey`] for columns over which other resources can be joined.
///
/// Columns are constants of the module of their resource. They are compared with values of their own type, sort, are selected by
/// [`projection!`](crate::projection), and lead over a foreign key to the columns of another resource:
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
/// let late = ticket::DUEDATE.lt(Timestamp::from_unix(1_767_225_600)) & ticket::NAME.istarts_with("pump");
/// assert_eq!(late.to_json(), serde_json::json!({"duedate": {"<": 1_767_225_600}, "name": {"~~*": "pump%"}}));
///
/// let customer = ticket::ACCOUNT.then(account::LASTNAME);
/// assert_eq!(customer.path(), "account.lastname");
///
/// let in_order = Ticket::query().sort([customer.asc(), ticket::ID.desc()]);
/// # let _ = in_order;
/// # }
/// ```
pub struct Column<E, T, K = Plain> {
    path: Path,
    types: Types<E, T, K>,
}

type Types<E, T, K> = PhantomData<fn() -> (E, T, K)>;

/// Marks a column that leads nowhere.
#[derive(Debug)]
pub enum Plain {}

/// Marks a column that leads to the columns of another resource.
#[derive(Debug)]
pub enum ForeignKey {}

/// Marks a column of another resource, over a foreign key. `K` says whether it is one itself.
#[derive(Debug)]
pub struct Joined<K = Plain>(PhantomData<K>);

/// Columns over which [`then`](Column::then) leads to another resource. It is sealed.
#[diagnostic::on_unimplemented(
    message = "`then` leads over a foreign key of the resource itself",
    label = "this column is joined already, or no foreign key",
    note = "a join of one hop is documented; for a further hop, which is unconfirmed, use `then_unconfirmed`"
)]
pub trait Joins: sealed::Joins {}

impl Joins for ForeignKey {}

/// Columns of a resource itself. It is sealed.
#[diagnostic::on_unimplemented(
    message = "a join leads to a column of the next resource itself",
    label = "this column is joined already",
    note = "a join of one hop is documented; for a further hop, which is unconfirmed, use `then_unconfirmed`"
)]
pub trait Own: sealed::Own {}

impl Own for Plain {}

impl Own for ForeignKey {}

mod sealed {
    use super::{ForeignKey, Plain};

    pub trait Joins {}

    impl Joins for ForeignKey {}

    pub trait Own {}

    impl Own for Plain {}

    impl Own for ForeignKey {}
}

#[derive(Clone, Copy)]
struct Path {
    names: [&'static str; DEPTH],
    length: usize,
}

impl Path {
    /// That of a custom field.
    const fn extdata(name: &'static str) -> Self {
        Path { names: ["extdata", name, "", ""], length: 2 }
    }
}

impl<E, T, K> Clone for Column<E, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T, K> Copy for Column<E, T, K> {}

impl<E, T, K> fmt::Debug for Column<E, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

impl<E, T, K> Column<E, T, K> {
    /// The column with this name.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Column { path: Path { names: [name, "", "", ""], length: 1 }, types: PhantomData }
    }

    /// The path as it stands on the wire, names joined by dots.
    pub fn path(&self) -> String {
        self.path.names[..self.path.length].join(".")
    }

    /// Ascending by this column.
    pub fn asc(self) -> Sort<E> {
        Sort::new('+', &self.path())
    }

    /// Descending by this column.
    pub fn desc(self) -> Sort<E> {
        Sort::new('-', &self.path())
    }
}

impl<E, T: Reference, K> Column<E, T, K> {
    /// A column of the record that this key points to. With a null key the value is null and the row stays.
    ///
    /// One hop is documented; two do not compile:
    ///
    /// ```compile_fail,E0277
    /// # use zeyos_core::query::{Column, ForeignKey, Model};
    /// # use zeyos_core::Id;
    /// # struct Ticket;
    /// # impl Model for Ticket { const RESOURCE: &'static str = "tickets"; }
    /// # struct Account;
    /// # impl Model for Account { const RESOURCE: &'static str = "accounts"; }
    /// # struct Contact;
    /// # impl Model for Contact { const RESOURCE: &'static str = "contacts"; }
    /// # const ACCOUNT: Column<Ticket, Option<Id<Account>>, ForeignKey> = Column::new("account");
    /// # const CONTACT: Column<Account, Option<Id<Contact>>, ForeignKey> = Column::new("contact");
    /// # const CITY: Column<Contact, String> = Column::new("city");
    /// let _ = ACCOUNT.then(CONTACT).then(CITY);
    /// ```
    pub const fn then<U: Value, L: Own>(self, next: Column<T::Target, U, L>) -> Column<E, T::Through<U>, Joined<L>>
    where
        K: Joins,
    {
        self.joined(next)
    }

    const fn joined<U: Value, L, M>(self, next: Column<T::Target, U, L>) -> Column<E, T::Through<U>, M> {
        let mut names = self.path.names;
        let mut index = 0;
        assert!(self.path.length + next.path.length <= DEPTH, "a column path has at most four names");
        while index < next.path.length {
            names[self.path.length + index] = next.path.names[index];
            index += 1;
        }
        Column { path: Path { names, length: self.path.length + next.path.length }, types: PhantomData }
    }
}

impl<E, T: Reference> Column<E, T, Joined<ForeignKey>> {
    /// A further hop, from a joined key to a column of the record that it points to.
    ///
    /// **Unconfirmed**: it is undocumented whether a server follows more than one key. One that does not may answer with an error, or with
    /// null.
    ///
    /// ```
    /// # use zeyos_core::query::{Column, ForeignKey, Model};
    /// # use zeyos_core::Id;
    /// # struct Ticket;
    /// # impl Model for Ticket { const RESOURCE: &'static str = "tickets"; }
    /// # struct Account;
    /// # impl Model for Account { const RESOURCE: &'static str = "accounts"; }
    /// # struct Contact;
    /// # impl Model for Contact { const RESOURCE: &'static str = "contacts"; }
    /// # const ACCOUNT: Column<Ticket, Option<Id<Account>>, ForeignKey> = Column::new("account");
    /// # const CONTACT: Column<Account, Option<Id<Contact>>, ForeignKey> = Column::new("contact");
    /// # const CITY: Column<Contact, String> = Column::new("city");
    /// assert_eq!(ACCOUNT.then(CONTACT).then_unconfirmed(CITY).path(), "account.contact.city");
    /// ```
    ///
    /// A path of more than four names does not compile where it is a constant, and panics otherwise.
    pub const fn then_unconfirmed<U: Value, L: Own>(
        self,
        next: Column<T::Target, U, L>,
    ) -> Column<E, T::Through<U>, Joined<L>> {
        self.joined(next)
    }
}

impl<E: HasExtData> Column<E, Option<String>> {
    /// A custom field of the record.
    pub const fn extdata(name: &'static str) -> Self {
        Column { path: Path::extdata(name), types: PhantomData }
    }
}

impl<E: Model, T: Value, K> Column<E, T, K>
where
    T::Plain: Wire,
{
    fn compare(self, operator: &'static str, value: impl Into<T::Plain>) -> Filter<E> {
        Filter::leaf(self.path(), operator, value.into().to_json(), T::COMPARISON)
    }

    /// Equal to the value.
    pub fn eq(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare("=", value)
    }

    /// Not equal to the value. A row where the column is null does not match.
    pub fn ne(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare("!=", value)
    }

    /// Less than the value.
    pub fn lt(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare("<", value)
    }

    /// Less than or equal to the value.
    pub fn le(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare("<=", value)
    }

    /// Greater than the value.
    pub fn gt(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare(">", value)
    }

    /// Greater than or equal to the value.
    pub fn ge(self, value: impl Into<T::Plain>) -> Filter<E> {
        self.compare(">=", value)
    }

    /// From the first value on and before the second: half-open, so that windows that follow each other share no row.
    pub fn between<V: Into<T::Plain>>(self, range: Range<V>) -> Filter<E> {
        self.ge(range.start) & self.lt(range.end)
    }

    /// Equal to one of the values; met by no row where there are none. Ids, times and enums may come from slices and sets of them.
    pub fn one_of<I>(self, values: I) -> Filter<E>
    where
        I: IntoIterator,
        I::Item: Into<T::Plain>,
    {
        self.members("IN", values)
    }

    /// Equal to none of the values; met by every row where there are none. Otherwise a row where the column is null does not match.
    pub fn none_of<I>(self, values: I) -> Filter<E>
    where
        I: IntoIterator,
        I::Item: Into<T::Plain>,
    {
        self.members("!IN", values)
    }

    fn members<I>(self, operator: &'static str, values: I) -> Filter<E>
    where
        I: IntoIterator,
        I::Item: Into<T::Plain>,
    {
        let values = values.into_iter().map(|value| value.into().to_json()).collect();
        Filter::leaf(self.path(), operator, Json::Array(values), T::COMPARISON)
    }
}

impl<E: Model, U: Value, K> Column<E, Option<U>, K> {
    /// Has no value. Filtering for null is not documented by the server; see the notes on unconfirmed behaviour.
    pub fn is_null(self) -> Filter<E> {
        Filter::leaf(self.path(), "=", Json::Null, U::COMPARISON)
    }

    /// Has a value. Filtering for null is not documented by the server; see the notes on unconfirmed behaviour.
    pub fn is_not_null(self) -> Filter<E> {
        Filter::leaf(self.path(), "!=", Json::Null, U::COMPARISON)
    }
}

/// A column to sort by, with its direction.
pub struct Sort<E> {
    key: String,
    record: PhantomData<fn() -> E>,
}

impl<E> Sort<E> {
    fn new(sign: char, path: &str) -> Self {
        Sort { key: format!("{sign}{path}"), record: PhantomData }
    }

    pub(super) fn into_key(self) -> String {
        self.key
    }
}

/// One column is a list of columns too, so that a query is sorted by either.
impl<E> IntoIterator for Sort<E> {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

impl<E> fmt::Debug for Sort<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}
